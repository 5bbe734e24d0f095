//! `hygie contain --dry-run`: may this be isolated or cut without harm to care, and if not, what may
//! be done instead?
//!
//! Only the interlock is asked; nothing here can act. What it orders is dropped.

mod setting_aside;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use event::{SupplyId, Timestamp};
use hospital::Directory;
use locale::{Family, Value, key};
use respond::{
    Action, Aim, Alternative, Basis, Checked, Facts, InForce, Interlock, Limits, LostFunction,
    Measure, Milder, Plan, Refused,
};
use serde_json::{Value as Json, json};

use super::explain::directory_of;
use super::reading::bounded;
use super::{Ending, Usage, Words, say};
use crate::cli;
use crate::clock;

/// The longest file about what is in use that is read, in bytes.
const IN_USE_BYTES_MAX: u64 = 64 << 20;

/// Asks the interlock about one plan; exit 0 it passes, 1 it is refused.
pub(crate) fn run(wanted: &cli::Contain, words: &Words) -> Result<Ending> {
    let now = wanted.at.unwrap_or_else(clock::now);
    let plan = plan(wanted)?;
    let directory = directory_of(&wanted.directory)?;
    let facts = match &wanted.in_use {
        Some(file) => Some(facts(file, &directory)?),
        None => None,
    };
    let interlock =
        Interlock::new(&directory, Limits::DEFAULT).context("arranging what care stands on")?;
    let aside = setting_aside::wanted(&wanted.aside)?;
    let mut in_force = InForce::new();
    match interlock.check(&plan, facts.as_ref(), &mut in_force, now) {
        Checked::Ordered(order) => {
            let interrupted = match order.basis() {
                Basis::Passed { interrupted } => interrupted.as_slice(),
                Basis::Overridden { .. } => &[],
            };
            match wanted.json {
                true => say(&json!({ "passes": true, "interrupted": interrupted }).to_string()),
                false => tell_passes(interrupted, words),
            }
            Ok(Ending::Done)
        }
        Checked::Refused(refused) => {
            if let Some(word) = aside {
                let (signed, at) = ((refused, word), (&mut in_force, now));
                let telling = (wanted.json, words);
                return Ok(setting_aside::tell(signed, &directory, at, telling));
            }
            match wanted.json {
                true => say(&as_json(&refused).to_string()),
                false => tell_refused(&refused, words),
            }
            Ok(Ending::DoesNotHold)
        }
    }
}

/// An instant as people read it: to the second.
pub(super) fn shown(at: Timestamp) -> String {
    Timestamp::from_s(at.as_s())
        .to_string()
        .replace(".000000", "")
}

fn plan(wanted: &cli::Contain) -> Result<Plan> {
    let asked = [
        (&wanted.block_writes, Measure::BlockWrites),
        (&wanted.isolate_from_outside, Measure::IsolateFromOutside),
        (&wanted.isolate, Measure::Isolate),
        (&wanted.disable_account, Measure::DisableAccount),
        (&wanted.cut_power, Measure::CutPower),
    ];
    let mut actions = BTreeSet::new();
    for (targets, measure) in asked {
        for target in targets {
            let target = SupplyId::new(target)
                .map_err(|error| Usage(format!("`{target}` names nothing: {error}")))?;
            actions.insert(Action { target, measure });
        }
    }
    let aims = wanted.aim.iter().map(|text| aim(text));
    let aims: BTreeSet<Aim> = aims.collect::<Result<_>>()?;
    Plan::new(actions, wanted.minutes, aims, &Limits::DEFAULT)
        .map_err(|error| Usage(error.to_string()).into())
}

fn aim(text: &str) -> Result<Aim> {
    let aim = Aim::ALL.into_iter().find(|aim| aim.code() == text);
    let what = || Usage(format!("`{text}` is none of commands, outside and spread"));
    aim.ok_or_else(|| what().into())
}

/// What is in use. A supplier out of service that the directory does not have would be passed over,
/// and what stands in for it counted twice: it is refused.
fn facts(file: &Path, directory: &Directory) -> Result<Facts> {
    let name = || format!("reading `{}`", file.display());
    let facts: Facts =
        serde_json::from_slice(&bounded(file, IN_USE_BYTES_MAX)?).with_context(name)?;
    let known: BTreeSet<&SupplyId> = directory.supply_nodes().map(|it| it.id()).collect();
    let is_known = |id: &SupplyId| known.contains(id) || directory.asset(id.as_str()).is_some();
    match facts.out_of_service.iter().find(|id| !is_known(id)) {
        Some(id) => Err(Usage(format!("the directory has no `{id}`")).into()),
        None => Ok(facts),
    }
}

fn tell_passes(interrupted: &[SupplyId], words: &Words) {
    say(&words.text(key::CONTAIN_PASSES, &[]));
    if !interrupted.is_empty() {
        let functions = listed(interrupted);
        let values = [("functions", Value::Text(&functions))];
        say(&words.text(key::CONTAIN_INTERRUPTED, &values));
    }
}

fn tell_refused(refused: &Refused, words: &Words) {
    let reasons = refused.reasons().iter();
    let reasons = reasons.map(|it| words.label(Family::Contained, it.code()));
    let reasons = reasons.collect::<Vec<_>>().join("; ");
    let text = |key, name: &str, value: &str| {
        say(&words.text(key, &[(name, Value::Text(value))]));
    };
    text(key::CONTAIN_REFUSED, "reasons", &reasons);
    for lost in refused.lost() {
        tell_lost(lost, words);
    }
    let more = refused.lost_count().saturating_sub(refused.lost().len());
    if more > 0 {
        say(&words.text(key::CONTAIN_MORE, &[("count", Value::from(more))]));
    }
    if !refused.unknown().is_empty() {
        text(key::CONTAIN_UNKNOWN, "targets", &listed(refused.unknown()));
    }
    if !refused.unfit().is_empty() {
        let actions = actions(refused.unfit(), words);
        text(key::CONTAIN_UNFIT, "actions", &actions);
    }
    say("");
    if refused.alternatives().is_empty() {
        say(&words.text(key::CONTAIN_NOTHING, &[]));
    } else {
        say(&words.text(key::CONTAIN_INSTEAD, &[]));
    }
    for (number, alternative) in (1..).zip(refused.alternatives()) {
        say(&format!("{number:>2}. {}", way(alternative, words)));
    }
    if !refused.searched_all() {
        say(&words.text(key::CONTAIN_SEARCHED, &[]));
    }
    if refused.can_be_overridden() {
        let hours = Limits::DEFAULT.override_minutes_max / 60;
        say("");
        say(&words.text(key::CONTAIN_OVERRIDE, &[("hours", Value::from(hours))]));
    }
}

fn tell_lost(lost: &LostFunction, words: &Words) {
    let because = words.label(Family::Lost, lost.because.code());
    say(&words.text(
        key::CONTAIN_LOST,
        &[
            ("because", Value::Text(&because)),
            ("function", Value::Text(lost.function.as_str())),
            ("name", Value::Text(&lost.name)),
            ("tolerance", Value::from(lost.tolerance_minutes)),
        ],
    ));
    let indented = |key, name: &str, value: &str| {
        say(&format!(
            "    {}",
            words.text(key, &[(name, Value::Text(value))])
        ));
    };
    if let Some(until) = lost.in_use_until {
        indented(key::CONTAIN_LOST_UNTIL, "until", &shown(until));
    }
    if !lost.safe_state.is_empty() {
        indented(key::CONTAIN_SAFE_STATE, "state", &lost.safe_state);
    }
    let path: Vec<&str> = lost.path.iter().map(SupplyId::as_str).collect();
    indented(key::CONTAIN_PATH, "path", &path.join(" > "));
}

fn way(alternative: &Alternative, words: &Words) -> String {
    let way = words.label(Family::Milder, alternative.way.code());
    let actions = actions(alternative.plan.actions(), words);
    let begin = shown(alternative.begin);
    let minutes = alternative.plan.minutes().map_or(0, std::num::NonZero::get);
    let (way, actions) = (Value::Text(&way), Value::Text(&actions));
    match alternative.way {
        Milder::Wait => words.text(
            key::CONTAIN_WAY_FROM,
            &[
                ("actions", actions),
                ("begin", Value::Text(&begin)),
                ("way", way),
            ],
        ),
        Milder::Shorten => words.text(
            key::CONTAIN_WAY_MINUTES,
            &[
                ("actions", actions),
                ("minutes", Value::from(minutes)),
                ("way", way),
            ],
        ),
        Milder::BlockWrites
        | Milder::IsolateFromOutside
        | Milder::Isolate
        | Milder::ContainTheRest => {
            words.text(key::CONTAIN_WAY, &[("actions", actions), ("way", way)])
        }
    }
}

fn actions<'a>(actions: impl IntoIterator<Item = &'a Action>, words: &Words) -> String {
    let actions = actions.into_iter().map(|it| {
        let measure = words.label(Family::Measure, it.measure.code());
        format!("{measure} {}", it.target)
    });
    actions.collect::<Vec<_>>().join(", ")
}

fn listed<'a>(ids: impl IntoIterator<Item = &'a SupplyId>) -> String {
    let ids: Vec<&str> = ids.into_iter().map(SupplyId::as_str).collect();
    ids.join(", ")
}

fn as_json(refused: &Refused) -> Json {
    let alternatives = refused.alternatives().iter().map(|it| {
        json!({
            "way": it.way.code(),
            "actions": it.plan.actions(),
            "minutes": it.plan.minutes(),
            "begin": it.begin,
        })
    });
    let reasons = refused.reasons().iter().map(|it| it.code());
    json!({
        "passes": false,
        "reasons": reasons.collect::<Vec<_>>(),
        "lost": refused.lost(),
        "lost_count": refused.lost_count(),
        "unknown": refused.unknown(),
        "unfit": refused.unfit(),
        "alternatives": alternatives.collect::<Vec<_>>(),
        "searched_all": refused.searched_all(),
    })
}

#[cfg(test)]
mod tests {
    use hospital::Aspect;
    use respond::{OverrideFault, RefusedBecause};

    use super::*;

    /// Each code that can be told has a text of its own.
    #[test]
    fn every_code_has_its_words() {
        let known = |family: Family, code: &str| assert!(family.knows(code), "{family:?} {code}");
        RefusedBecause::ALL
            .iter()
            .for_each(|it| known(Family::Contained, it.code()));
        Milder::ALL
            .iter()
            .for_each(|it| known(Family::Milder, it.code()));
        Measure::ALL
            .iter()
            .for_each(|it| known(Family::Measure, it.code()));
        Aspect::ALL
            .iter()
            .for_each(|it| known(Family::Aspect, it.code()));
        OverrideFault::ALL
            .iter()
            .for_each(|it| known(Family::Overriding, it.code()));
    }

    #[test]
    fn an_aim_is_one_of_three() {
        assert_eq!(aim("outside").unwrap(), Aim::Outside);
        assert!(aim("all").is_err());
    }
}
