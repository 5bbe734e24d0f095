//! The events of a guard before building control: each command that was decided, reads by their
//! count, and the times in which it could not keep what it decided.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{PersonId, ServiceId, Timestamp};

/// The most places that one event tells of; `places_total` says how many there were.
pub const PLACES_TOLD_MAX: usize = 16;

/// Who asked whom on a conduit for what, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Errand {
    /// The conduit.
    pub conduit: String,
    /// Its language: `modbus`, `bacnet` or `dicom`.
    pub protocol: String,
    /// The network address of the client.
    pub client: IpAddr,
    /// The person who sat at that address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<PersonId>,
    /// The machine, by its own name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub service: Option<ServiceId>,
    /// What the client's certificate says that it may do (Modbus/TCP Security): told, never trusted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<String>,
    /// The title that the client gives itself, of DICOM: told, never trusted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub calling: Option<String>,
    /// The address of the device.
    pub device: IpAddr,
    /// Which device at that address: `unit 3`, `network 0`, `title ARCHIVE`; empty when it could not be read.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub station: String,
    /// The standard name of the function; empty when it could not be read.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub function: String,
    /// Its number on the wire.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<u16>,
}

/// One command, decided (OCSF `API Activity`, 6003). What was allowed to change something is kept before it is sent.
///
/// That it was sent, or done, is not said: a crash right after this event leaves a command that is
/// told and was not given, never the reverse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardCommand {
    /// Who asked whom for what.
    #[serde(flatten)]
    pub errand: Errand,
    /// What was decided.
    pub verdict: GuardVerdict,
    /// The rule that allows it, or the stable code of why it does not pass.
    pub reason: String,
    /// Of a refusal, the rule that came nearest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule: Option<String>,
    /// The approval on which it stands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grant: Option<String>,
    /// In which state of the guard it was decided.
    pub ground: GuardGround,
    /// Places, and what they become: `holding-register 40 = 215`; at most [`PLACES_TOLD_MAX`].
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub places: Vec<String>,
    /// How many places there were.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub places_total: u32,
}

/// Reads of one kind that passed, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardReads {
    /// Who asked whom for what.
    #[serde(flatten)]
    pub errand: Errand,
    /// The rule that allows them.
    pub rule: String,
    /// How many, with those of which an earlier event has told none.
    pub count: u64,
    /// Since when they are counted.
    pub since: Timestamp,
}

/// A guard could not keep what it decided, and the choice of the conduit's owner held meanwhile.
///
/// Kept when it can keep again, so that the gap itself is evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardFailed {
    /// The conduit.
    pub conduit: String,
    /// What it does meanwhile: `open` or `closed`.
    pub fail: String,
    /// The safety owner who chose that.
    pub owner: PersonId,
    /// The first request that could not be kept. Of several events of one conduit and one `since` the
    /// last tells all: the others were too slow to be believed, and are durable all the same.
    pub since: Timestamp,
    /// The first that could.
    pub until: Timestamp,
    /// Requests that passed in between.
    pub passed: u64,
    /// Requests that were refused for it.
    pub refused: u64,
}

/// What a guard decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardVerdict {
    /// It passes.
    Allowed,
    /// It does not.
    Denied,
}

/// In which state of the guard something was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardGround {
    /// It could not judge or keep, and the choice of the conduit's owner held.
    Failing,
    /// It judged.
    Judged,
}

impl GuardVerdict {
    /// The verdict as evidence and people read it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, class_of};

    fn errand() -> Errand {
        Errand {
            conduit: "theatre-air".to_owned(),
            protocol: "modbus".to_owned(),
            client: "10.20.0.100".parse().unwrap(),
            person: Some("m-durand".parse().unwrap()),
            service: None,
            role: None,
            calling: None,
            device: "10.30.4.1".parse().unwrap(),
            station: "unit 3".to_owned(),
            function: "write-register".to_owned(),
            number: Some(6),
        }
    }

    /// Logs outlive programs: these texts must read for ever.
    #[test]
    fn the_first_form_still_reads() {
        let kept = include_bytes!("guard/first-form.jsonl");
        let lines: Vec<_> = kept
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .collect();
        assert_eq!(lines.len(), 4);
        for line in lines {
            let event = Event::from_bytes(line).unwrap();
            assert_eq!(event.to_bytes(), line, "{event:?}");
        }
    }

    #[test]
    fn a_command_says_what_becomes_of_places_and_on_which_ground() {
        let event = Event::GuardCommand(GuardCommand {
            errand: errand(),
            verdict: GuardVerdict::Allowed,
            reason: "set-points".to_owned(),
            rule: None,
            grant: Some("grant-1".to_owned()),
            ground: GuardGround::Judged,
            places: vec!["holding-register 40 = 215".to_owned()],
            places_total: 1,
        });
        assert_eq!(event.class(), class_of::API_ACTIVITY);
        let text = String::from_utf8(event.to_bytes()).unwrap();
        let first = include_str!("guard/first-form.jsonl").lines().next();
        assert_eq!(Some(text.as_str()), first);
        assert_eq!(Event::from_bytes(text.as_bytes()).unwrap(), event);
    }

    #[test]
    fn what_could_not_be_read_names_no_function() {
        let event = Event::GuardCommand(GuardCommand {
            errand: Errand {
                person: None,
                station: String::new(),
                function: String::new(),
                number: None,
                ..errand()
            },
            verdict: GuardVerdict::Denied,
            reason: "modbus-header-length".to_owned(),
            rule: None,
            grant: None,
            ground: GuardGround::Judged,
            places: Vec::new(),
            places_total: 0,
        });
        let text = String::from_utf8(event.to_bytes()).unwrap();
        assert_eq!(
            Some(text.as_str()),
            include_str!("guard/first-form.jsonl").lines().nth(1)
        );
    }
}
