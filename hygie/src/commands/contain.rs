//! `hygie contain --dry-run`: may this be isolated or cut without harm to care, and if not, what may
//! be done instead?
//!
//! Only the interlock is asked; nothing here can act. What it orders is dropped.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use event::{SupplyId, Timestamp};
use locale::{Family, Value, key};
use respond::{
    Action, Aim, Alternative, Basis, Checked, Facts, InForce, Interlock, Limits, LostFunction,
    Measure, Milder, Plan, Refused, Use,
};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::explain::directory_of;
use super::{Ending, Usage, Words, say};
use crate::cli;
use crate::clock;

/// The longest file about what is in use that is read, in bytes.
const IN_USE_BYTES_MAX: u64 = 64 << 20;

/// What is in use, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFacts {
    /// When it was seen; the instant of the question without it.
    as_of: Option<Timestamp>,
    #[serde(default)]
    in_use: Vec<WrittenUse>,
    #[serde(default)]
    out_of_service: BTreeSet<SupplyId>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenUse {
    function: SupplyId,
    from: Timestamp,
    until: Option<Timestamp>,
    #[serde(default)]
    interrupted_minutes: u32,
}

/// Asks the interlock about one plan; exit 0 it passes, 1 it is refused.
pub(crate) fn run(wanted: &cli::Contain, words: &Words) -> Result<Ending> {
    let now = instant(wanted.at.as_deref())?;
    let plan = plan(wanted)?;
    let facts = match &wanted.in_use {
        Some(file) => Some(facts(file, now)?),
        None => None,
    };
    let directory = directory_of(&wanted.directory)?;
    let interlock =
        Interlock::new(&directory, Limits::DEFAULT).context("arranging what care stands on")?;
    let checked = interlock.check(&plan, facts.as_ref(), &mut InForce::new(), now);
    match checked {
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
            match wanted.json {
                true => say(&as_json(&refused).to_string()),
                false => tell_refused(&refused, words),
            }
            Ok(Ending::DoesNotHold)
        }
    }
}

/// An instant that was named, or now.
pub(super) fn instant(text: Option<&str>) -> Result<Timestamp> {
    let Some(text) = text else {
        return Ok(clock::now());
    };
    let at: Result<Timestamp, _> = text.parse();
    at.map_err(|error| Usage(format!("`{text}` is no instant: {error}")).into())
}

/// An instant as people read it: to the second.
pub(super) fn shown(at: Timestamp) -> String {
    Timestamp::from_s(at.as_us() / 1_000_000)
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
    match text {
        "commands" => Ok(Aim::Commands),
        "outside" => Ok(Aim::Outside),
        "spread" => Ok(Aim::Spread),
        _ => Err(Usage(format!("`{text}` is none of commands, outside and spread")).into()),
    }
}

fn facts(file: &Path, now: Timestamp) -> Result<Facts> {
    let name = || format!("reading `{}`", file.display());
    if std::fs::metadata(file).with_context(name)?.len() > IN_USE_BYTES_MAX {
        return Err(Usage(format!("`{}` is too long", file.display())).into());
    }
    let bytes = std::fs::read(file).with_context(name)?;
    let written: WrittenFacts = serde_json::from_slice(&bytes).with_context(name)?;
    let in_use = written.in_use.into_iter().map(|it| Use {
        function: it.function,
        from: it.from,
        until: it.until,
        interrupted_minutes: it.interrupted_minutes,
    });
    Ok(Facts {
        as_of: written.as_of.unwrap_or(now),
        in_use: in_use.collect(),
        out_of_service: written.out_of_service,
    })
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
    say("");
    say(&words.text(key::CONTAIN_OVERRIDE, &[]));
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
