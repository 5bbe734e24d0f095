//! What a person did to devices, and where they sat: lines of `hygie evidence show --person`.

use event::{Errand, Event, GuardCommand, GuardVerdict, PersonId, Timestamp};
use locale::{Key, Value, key};

use crate::commands::Words;

/// Who did it, when it is something about devices and it is known who.
pub(super) fn doer(event: &Event) -> Option<&PersonId> {
    match event {
        Event::ActApproved(approved) => Some(&approved.actor.person),
        Event::ActRequested(asked) => Some(&asked.actor.person),
        Event::ActWithdrawn(withdrawn) => Some(&withdrawn.actor.person),
        Event::GuardCommand(command) => command.errand.person.as_ref(),
        Event::GuardReads(reads) => reads.errand.person.as_ref(),
        Event::SeatLeft(left) => Some(&left.actor.person),
        Event::SeatTaken(taken) => Some(&taken.actor.person),
        _ => None,
    }
}

/// The line of such an event.
pub(super) fn line(time: Timestamp, event: &Event, words: &Words) -> Option<String> {
    let (time, person) = (time.to_string(), doer(event)?.to_string());
    let told = |key: Key, more: &[(&'static str, &str)]| {
        let mut values = vec![
            ("time", Value::Text(&time)),
            ("person", Value::Text(&person)),
        ];
        values.extend(more.iter().map(|(name, value)| (*name, Value::Text(value))));
        words.text(key, &values)
    };
    Some(match event {
        Event::ActApproved(it) => {
            let key = match it.complete.is_empty() {
                true => key::EVIDENCE_SHOW_ACT_APPROVED,
                false => key::EVIDENCE_SHOW_ACT_COMPLETE,
            };
            told(key, &[("act", it.act_request.as_str())])
        }
        Event::ActRequested(it) => told(
            key::EVIDENCE_SHOW_ACT_ASKED,
            &[
                ("act", &format!("{} ({})", it.act, it.act_request)),
                ("asset", it.asset.as_str()),
            ],
        ),
        Event::ActWithdrawn(it) => {
            let act = ("act", it.act_request.as_str());
            told(key::EVIDENCE_SHOW_ACT_WITHDRAWN, &[act])
        }
        Event::GuardCommand(it) => command(it, told),
        Event::GuardReads(it) => told(
            key::EVIDENCE_SHOW_READS,
            &[
                ("count", &it.count.to_string()),
                ("device", &device(&it.errand)),
                ("function", &it.errand.function),
            ],
        ),
        Event::SeatLeft(it) => {
            let address = it.actor.ip.to_string();
            told(key::EVIDENCE_SHOW_SEAT_LEFT, &[("address", &address)])
        }
        Event::SeatTaken(it) => {
            let address = it.actor.ip.to_string();
            told(key::EVIDENCE_SHOW_SEAT_TAKEN, &[("address", &address)])
        }
        _ => return None,
    })
}

fn command(it: &GuardCommand, told: impl Fn(Key, &[(&'static str, &str)]) -> String) -> String {
    let places = it.places.join(", ");
    let what = match places.is_empty() {
        true => it.errand.function.clone(),
        false => format!("{} ({places})", it.errand.function),
    };
    let device = device(&it.errand);
    let common = [("device", device.as_str()), ("function", what.as_str())];
    match it.verdict {
        GuardVerdict::Allowed => told(key::EVIDENCE_SHOW_COMMAND, &common),
        GuardVerdict::Denied => {
            let [device, function] = common;
            let reason = ("reason", it.reason.as_str());
            told(
                key::EVIDENCE_SHOW_COMMAND_REFUSED,
                &[device, function, reason],
            )
        }
    }
}

/// A device behind its conduit.
fn device(errand: &Errand) -> String {
    match errand.station.is_empty() {
        true => format!("{} {}", errand.conduit, errand.device),
        false => format!("{} {} {}", errand.conduit, errand.device, errand.station),
    }
}
