//! A refusal that two persons would set aside: would it hold, and what would be lost by it?
//!
//! Who they are is taken as it is said here, and only looked up in the directory: nothing acts, so
//! nothing is signed.

use anyhow::Result;
use event::{PersonId, Timestamp};
use hospital::Directory;
use locale::{Family, Value, key};
use respond::{Basis, InForce, Order, Overridden, Override, OverrideFault, Refused};
use serde_json::{Value as Json, json};

use super::{as_json, shown, tell_lost, tell_refused};
use crate::cli;
use crate::commands::{Ending, Usage, Words, say};

/// The word of the two, when the command line has it.
pub(super) fn wanted(asked: &cli::SettingAside) -> Result<Option<Override>> {
    let cli::SettingAside {
        safety: Some(safety),
        security: Some(security),
        reason: Some(reason),
        until: Some(until),
    } = asked
    else {
        return Ok(None);
    };
    let person = |text: &String| {
        PersonId::new(text).map_err(|error| Usage(format!("`{text}` names nobody: {error}")))
    };
    Ok(Some(Override {
        safety: person(safety)?,
        security: person(security)?,
        reason: reason.clone(),
        expires: *until,
    }))
}

/// Says whether it would hold; exit 0 when it would.
pub(super) fn tell(
    (refused, word): (Box<Refused>, Override),
    directory: &Directory,
    (in_force, now): (&mut InForce, Timestamp),
    (json, words): (bool, &Words),
) -> Ending {
    match refused.override_with(word, directory, in_force, now) {
        Overridden::Ordered(order) => {
            match json {
                true => say(&set_aside(&order).to_string()),
                false => tell_set_aside(&order, words),
            }
            Ending::Done
        }
        Overridden::Denied { refused, faults } => {
            let codes = faults.iter().map(|it| it.code());
            match json {
                true => {
                    let mut told = as_json(&refused);
                    if let Some(members) = told.as_object_mut() {
                        members.insert("override_faults".to_owned(), codes.collect());
                    }
                    say(&told.to_string());
                }
                false => {
                    tell_refused(&refused, words);
                    say(&denied(faults.iter(), words));
                }
            }
            Ending::DoesNotHold
        }
    }
}

fn denied<'a>(faults: impl Iterator<Item = &'a OverrideFault>, words: &Words) -> String {
    let faults = faults.map(|it| words.label(Family::Overriding, it.code()));
    let faults = faults.collect::<Vec<_>>().join("; ");
    words.text(
        key::CONTAIN_NOT_SET_ASIDE,
        &[("faults", Value::Text(&faults))],
    )
}

fn tell_set_aside(order: &Order, words: &Words) {
    let Basis::Overridden {
        safety,
        security,
        lost,
        lost_count,
        ..
    } = order.basis()
    else {
        return;
    };
    let until = order.ends().map(shown).unwrap_or_default();
    say(&words.text(
        key::CONTAIN_SET_ASIDE,
        &[
            ("safety", Value::Text(safety.as_str())),
            ("security", Value::Text(security.as_str())),
            ("until", Value::Text(&until)),
        ],
    ));
    for lost in lost {
        tell_lost(lost, words);
    }
    let more = lost_count.saturating_sub(lost.len());
    if more > 0 {
        say(&words.text(key::CONTAIN_MORE, &[("count", Value::from(more))]));
    }
}

fn set_aside(order: &Order) -> Json {
    json!({ "passes": false, "set_aside": order.basis(), "until": order.ends() })
}
