//! `hygie evidence show`: who saw what, and why.

use anyhow::Result;
use event::{Access, Event, GlassDeclared, Outcome, PatientId, PersonId, Pseudonym, Timestamp};
use locale::{Family, Value, key};

use super::{Ending, Usage, Words, say};
use crate::cli::Show;
use crate::folder::DataFolder;

/// What was asked for.
struct Wanted {
    patient: Option<Pseudonym>,
    person: Option<PersonId>,
    since: Timestamp,
}

/// One event that answers.
struct Found {
    index: u64,
    time: Timestamp,
    event: Event,
}

/// Shows the accesses and declarations that concern a patient or a person.
pub(crate) fn show(show: &Show, words: &Words) -> Result<Ending> {
    let data = DataFolder::at(&show.data);
    let wanted = Wanted::of(show, &data)?;
    let mut found = Vec::new();
    let mut reader = evidence::Reader::open(&data.evidence(), 0)?;
    while let Some(record) = reader.read()? {
        let time = Timestamp::from_us(record.time_us);
        if time < wanted.since {
            continue;
        }
        let Ok(event) = Event::from_bytes(record.payload) else {
            continue;
        };
        if !wanted.concerns(&event) {
            continue;
        }
        if show.json {
            say(
                &serde_json::json!({ "index": record.index, "time": time, "kept": event })
                    .to_string(),
            );
        } else {
            found.push(Found {
                index: record.index,
                time,
                event,
            });
        }
    }
    if !show.json {
        say(&words.text(
            key::EVIDENCE_SHOW_TITLE,
            &[("count", Value::from(found.len()))],
        ));
        for found in &found {
            say(&format!("{:>8}  {}", found.index, line(found, words)));
        }
    }
    Ok(Ending::Done)
}

impl Wanted {
    fn of(show: &Show, data: &DataFolder) -> Result<Self> {
        if show.patient.is_none() && show.person.is_none() {
            return Err(Usage(
                "name a patient with `--patient` or a person with `--person`".into(),
            )
            .into());
        }
        let patient = match &show.patient {
            None => None,
            Some(text) => {
                let bare = text.strip_prefix("Patient/").unwrap_or(text);
                let patient = PatientId::new(bare).map_err(|error| Usage(error.to_string()))?;
                // The clear identity goes no further than this: the log is searched by pseudonym.
                Some(data.sealer()?.pseudonym(&patient))
            }
        };
        let person = show.person.as_deref().map(PersonId::new).transpose();
        let since = show.since.as_deref().map(str::parse).transpose();
        Ok(Self {
            patient,
            person: person.map_err(|error| Usage(error.to_string()))?,
            since: since
                .map_err(|error: event::InvalidTimestamp| Usage(error.to_string()))?
                .unwrap_or_default(),
        })
    }

    fn concerns(&self, event: &Event) -> bool {
        let (actor, asked, disclosed) = match event {
            Event::Access(access) => (
                &access.actor,
                access.asked.target.patient.as_slice(),
                access.disclosed.patients.as_slice(),
            ),
            Event::GlassDeclared(declared) => (
                &declared.actor,
                std::slice::from_ref(&declared.patient),
                &[][..],
            ),
            Event::DirectoryLoaded(_)
            | Event::LimitReached(_)
            | Event::LogRecovered(_)
            | Event::PolicyLoaded(_)
            | Event::Rejected(_)
            | Event::SegmentSealed(_)
            | Event::Started(_)
            | Event::Stopped
            | Event::Upstream(_) => return false,
        };
        let of_the_patient = self.patient.as_ref().is_none_or(|pseudonym| {
            asked
                .iter()
                .chain(disclosed)
                .any(|patient| patient.pseudonym == *pseudonym)
        });
        of_the_patient
            && self
                .person
                .as_ref()
                .is_none_or(|person| actor.person == *person)
    }
}

fn line(found: &Found, words: &Words) -> String {
    match &found.event {
        Event::Access(access) => access_line(found.time, access, words),
        Event::GlassDeclared(declared) => glass_line(found.time, declared, words),
        _ => String::new(),
    }
}

fn access_line(time: Timestamp, access: &Access, words: &Words) -> String {
    let key = if access.outcome == Outcome::Permit && access.status == 200 {
        key::EVIDENCE_SHOW_PERMITTED
    } else {
        key::EVIDENCE_SHOW_REFUSED
    };
    let causes: Vec<String> = access
        .reasons
        .iter()
        .map(|code| words.label(Family::Cause, code))
        .collect();
    let resource_type = access.asked.target.resource_type.clone();
    let asked_for =
        resource_type.unwrap_or_else(|| words.label(Family::Action, &access.asked.action));
    let profession = access.actor.profession.as_deref().unwrap_or("-");
    let (time, person) = (time.to_string(), access.actor.person.to_string());
    words.text(
        key,
        &[
            ("time", Value::Text(&time)),
            ("person", Value::Text(&person)),
            (
                "profession",
                Value::Text(&words.label(Family::Profession, profession)),
            ),
            ("type", Value::Text(&asked_for)),
            ("reason", Value::Text(&causes.join(", "))),
        ],
    )
}

fn glass_line(time: Timestamp, declared: &GlassDeclared, words: &Words) -> String {
    let profession = declared.actor.profession.as_deref().unwrap_or("-");
    let (time, person) = (time.to_string(), declared.actor.person.to_string());
    words.text(
        key::EVIDENCE_SHOW_GLASS,
        &[
            ("time", Value::Text(&time)),
            ("person", Value::Text(&person)),
            (
                "profession",
                Value::Text(&words.label(Family::Profession, profession)),
            ),
            (
                "reason",
                Value::Text(&words.label(Family::GlassReason, declared.reason.code())),
            ),
        ],
    )
}
