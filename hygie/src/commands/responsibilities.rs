//! `hygie responsibilities`: who answers for which aspect of which asset, and where nobody does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;
use hospital::{
    Answer, Aspect, Asset, Conflict, ConflictKind, Directory, Gap, Survey, SurveyLimits, Who,
};
use locale::{Family, Value, key};
use serde_json::json;

use super::contain::shown;
use super::explain::directory_of;
use super::{Ending, Usage, Words, say};
use crate::cli;
use crate::clock;

/// Gaps that are told one by one to people; the rest is counted.
const LISTED_MAX: usize = 20;

/// Most days that are looked through.
const DAYS_MAX: u32 = 366;

/// Lists them; exit 1 when there are gaps or conflicts.
pub(crate) fn run(wanted: &cli::Responsibilities, words: &Words) -> Result<Ending> {
    let at = wanted.at.unwrap_or_else(clock::now);
    if wanted.days > DAYS_MAX {
        return Err(Usage(format!("at most {DAYS_MAX} days are looked through")).into());
    }
    let directory = directory_of(&wanted.directory)?;
    let asked = match &wanted.asset {
        None => None,
        Some(id) => {
            let found = directory.asset(id);
            Some(found.ok_or_else(|| Usage(format!("the directory has no asset `{id}`")))?)
        }
    };
    let until = at.after(Duration::from_secs(u64::from(wanted.days) * 86_400));
    let mut survey = directory.survey(at, until, &SurveyLimits::DEFAULT);
    if let Some(asset) = asked {
        survey.gaps.retain(|gap| gap.asset == asset.id);
        survey
            .conflicts
            .retain(|conflict| conflict.asset == asset.id);
    }
    let mut answered = 0;
    for asset in directory.assets() {
        if asked.is_some_and(|asked| asked.id != asset.id) {
            continue;
        }
        let answers = directory.answerables(&asset.id, at);
        if answers.is_empty() {
            continue;
        }
        answered += 1;
        match wanted.json {
            true => tell_json(asset, &answers),
            false => tell(asset, &answers, &directory, words),
        }
    }
    if answered == 0 && !wanted.json {
        say(&words.text(key::RESPONSIBILITIES_NONE, &[]));
    }
    match wanted.json {
        true => survey_json(&survey),
        false => tell_survey(&survey, wanted.days, words),
    }
    let holds = survey.gaps.is_empty() && survey.conflicts.is_empty() && survey.unknown.is_empty();
    Ok(match (holds, survey.is_complete) {
        (false, _) => Ending::DoesNotHold,
        (true, false) => Ending::NotAllChecked,
        (true, true) => Ending::Done,
    })
}

type Answers<'d> = BTreeMap<Aspect, Answer<'d>>;

fn tell(asset: &Asset, answers: &Answers<'_>, directory: &Directory, words: &Words) {
    say(&words.text(
        key::RESPONSIBILITIES_ASSET,
        &[
            ("asset", Value::Text(asset.id.as_str())),
            ("name", Value::Text(&asset.name)),
        ],
    ));
    for (aspect, answer) in answers {
        let aspect = words.label(Family::Aspect, aspect.code());
        let line = match answer {
            Answer::Answered(answerable) => {
                let persons = answerable.persons.iter().map(|id| {
                    let name = directory
                        .person(id)
                        .map_or("", |person| person.name.as_str());
                    format!("{name} ({id})")
                });
                let persons = persons.collect::<Vec<_>>().join(", ");
                let capacity = words.label(Family::Capacity, answerable.capacity.code());
                words.text(
                    key::RESPONSIBILITIES_LINE,
                    &[
                        ("aspect", Value::Text(&aspect)),
                        ("capacity", Value::Text(&capacity)),
                        ("persons", Value::Text(&persons)),
                    ],
                )
            }
            Answer::Nobody(because) => {
                let because = words.label(Family::Unanswered, because.code());
                words.text(
                    key::RESPONSIBILITIES_NOBODY,
                    &[
                        ("aspect", Value::Text(&aspect)),
                        ("because", Value::Text(&because)),
                    ],
                )
            }
        };
        say(&format!("    {line}"));
    }
}

fn tell_survey(survey: &Survey, days: u32, words: &Words) {
    say("");
    // What was not looked at to its end is not said to be whole.
    if survey.is_complete || !survey.gaps.is_empty() {
        say(&words.text(
            key::RESPONSIBILITIES_GAPS,
            &[
                ("count", Value::from(survey.gaps.len())),
                ("days", Value::from(days)),
            ],
        ));
    }
    for gap in survey.gaps.iter().take(LISTED_MAX) {
        say(&format!("    {}", gap_line(gap, words)));
    }
    let more = survey.gaps.len().saturating_sub(LISTED_MAX);
    if more > 0 {
        say(&words.text(key::CONTAIN_MORE, &[("count", Value::from(more))]));
    }
    if !survey.conflicts.is_empty() {
        let count = [("count", Value::from(survey.conflicts.len()))];
        say(&words.text(key::RESPONSIBILITIES_CONFLICTS, &count));
    }
    for conflict in survey.conflicts.iter().take(LISTED_MAX) {
        say(&format!("    {}", conflict_line(conflict, words)));
    }
    let more = survey.conflicts.len().saturating_sub(LISTED_MAX);
    if more > 0 {
        say(&words.text(key::CONTAIN_MORE, &[("count", Value::from(more))]));
    }
    let unknown: BTreeSet<&str> = survey.unknown.iter().map(|(_, who)| name(who)).collect();
    if !unknown.is_empty() {
        let names = unknown.into_iter().collect::<Vec<_>>().join(", ");
        let values = [("names", Value::Text(&names))];
        say(&words.text(key::RESPONSIBILITIES_UNKNOWN, &values));
    }
    if !survey.is_complete {
        say(&words.text(key::RESPONSIBILITIES_INCOMPLETE, &[]));
    }
}

fn gap_line(gap: &Gap, words: &Words) -> String {
    let aspect = words.label(Family::Aspect, gap.aspect.code());
    let because = words.label(Family::Unanswered, gap.because.code());
    let (from, until) = (shown(gap.from), shown(gap.until));
    words.text(
        key::RESPONSIBILITIES_GAP,
        &[
            ("asset", Value::Text(gap.asset.as_str())),
            ("aspect", Value::Text(&aspect)),
            ("because", Value::Text(&because)),
            ("from", Value::Text(&from)),
            ("until", Value::Text(&until)),
        ],
    )
}

fn conflict_line(conflict: &Conflict, words: &Words) -> String {
    let (from, until) = (shown(conflict.from), shown(conflict.until));
    let (from, until) = (Value::Text(&from), Value::Text(&until));
    let asset = Value::Text(conflict.asset.as_str());
    match &conflict.kind {
        ConflictKind::SoleApprover { act, person } => words.text(
            key::RESPONSIBILITIES_SOLE_APPROVER,
            &[
                ("act", Value::Text(act)),
                ("asset", asset),
                ("from", from),
                ("person", Value::Text(person.as_str())),
                ("until", until),
            ],
        ),
        ConflictKind::TwoHolders { aspect, holders } => {
            let aspect = words.label(Family::Aspect, aspect.code());
            words.text(
                key::RESPONSIBILITIES_TWO_HOLDERS,
                &[
                    ("asset", asset),
                    ("aspect", Value::Text(&aspect)),
                    ("first", Value::Text(name(&holders.0))),
                    ("from", from),
                    ("second", Value::Text(name(&holders.1))),
                    ("until", until),
                ],
            )
        }
    }
}

fn name(who: &Who) -> &str {
    match who {
        Who::Person(id) => id.as_str(),
        Who::Role(role) => role,
    }
}

fn tell_json(asset: &Asset, answers: &Answers<'_>) {
    let answers: BTreeMap<&str, _> = answers
        .iter()
        .map(|(aspect, answer)| {
            let told = match answer {
                Answer::Answered(it) => json!({
                    "capacity": it.capacity.code(),
                    "persons": it.persons,
                    "legal_basis": it.responsibility.legal_basis,
                    "contract": it.responsibility.contract,
                }),
                Answer::Nobody(because) => json!({ "nobody": because.code() }),
            };
            (aspect.code(), told)
        })
        .collect();
    say(&json!({ "asset": asset.id, "answers": answers }).to_string());
}

fn survey_json(survey: &Survey) {
    for gap in &survey.gaps {
        let told = json!({
            "gap": gap.aspect.code(),
            "asset": gap.asset,
            "because": gap.because.code(),
            "from": gap.from,
            "until": gap.until,
        });
        say(&told.to_string());
    }
    for conflict in &survey.conflicts {
        let kind = match &conflict.kind {
            ConflictKind::SoleApprover { act, person } => {
                json!({ "sole_approver": person, "act": act })
            }
            ConflictKind::TwoHolders { aspect, holders } => {
                let holders = [name(&holders.0), name(&holders.1)];
                json!({ "two_holders": holders, "aspect": aspect.code() })
            }
        };
        let told = json!({
            "conflict": kind,
            "asset": conflict.asset,
            "from": conflict.from,
            "until": conflict.until,
        });
        say(&told.to_string());
    }
    for (_, who) in &survey.unknown {
        say(&json!({ "unknown": name(who) }).to_string());
    }
    say(&json!({ "survey_is_complete": survey.is_complete }).to_string());
}
