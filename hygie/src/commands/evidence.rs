//! `hygie evidence show`: who saw what, and why; and what a person did to devices.

mod device;

use std::time::{Duration, Instant};

use anyhow::Result;
use console::Fold;
use event::{
    Access, Event, GlassDeclared, GlassEnded, Outcome, PatientId, PersonId, Pseudonym,
    ReviewClosed, Timestamp, class_of,
};
use evidence::Records;
use locale::{Family, Value, key};

use super::{Ending, Usage, Words, complain, say};
use crate::cli::Show;
use crate::folder::DataFolder;
use crate::lake::Lake;

/// What was asked for.
struct Wanted {
    patient: Option<Pseudonym>,
    person: Option<PersonId>,
    since: Timestamp,
}

/// How often a long search says how far it is.
const PROGRESS_EACH: Duration = Duration::from_secs(2);

/// One event that answers.
struct Found {
    time: Timestamp,
    event: Event,
}

/// Shows the accesses and declarations that concern a patient or a person, each as it is found.
pub(crate) fn show(show: &Show, words: &Words) -> Result<Ending> {
    let data = DataFolder::at(&show.data);
    let wanted = Wanted::of(show, &data)?;
    let source = Lake::of_folder(&data)?.source(false);
    // What names a person and a patient is of these classes; others are not even read.
    let classes = Fold::CLASSES.into_iter().chain([class_of::AUTHENTICATION]);
    let mut records = Records::open(&data.evidence(), 0, source).with_classes(classes);
    let mut last = Instant::now();
    let mut count = 0_u64;
    while let Some(record) = records.read()? {
        if last.elapsed() >= PROGRESS_EACH {
            complain(&format!("{} ...", record.index));
            last = Instant::now();
        }
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
        count += 1;
        let index = record.index;
        if show.json {
            let line = serde_json::json!({ "index": index, "time": time, "kept": event });
            say(&line.to_string());
        } else {
            let found = Found { time, event };
            say(&format!("{index:>8}  {}", line(&found, words)));
        }
    }
    if !show.json {
        let count = [("count", Value::Count(count))];
        say(&words.text(key::EVIDENCE_SHOW_TITLE, &count));
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
            Event::GlassEnded(GlassEnded {
                actor: Some(actor), ..
            }) => (actor, &[][..], &[][..]),
            Event::ReviewClosed(closed) => (&closed.actor, &[][..], &[][..]),
            // Nothing about devices names a patient.
            about => {
                let doer = device::doer(about);
                return self.patient.is_none()
                    && doer.is_some_and(|doer| self.person.as_ref() == Some(doer));
            }
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
        Event::GlassEnded(ended) => end_line(found.time, ended, words),
        Event::ReviewClosed(closed) => review_line(found.time, closed, words),
        about => device::line(found.time, about, words).unwrap_or_default(),
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

fn end_line(time: Timestamp, ended: &GlassEnded, words: &Words) -> String {
    let by = ended.actor.as_ref().map(|actor| actor.person.to_string());
    let (time, by) = (time.to_string(), by.unwrap_or_default());
    let end = words.label(Family::Ended, ended.end.code());
    words.text(
        key::EVIDENCE_SHOW_END,
        &[
            ("time", Value::Text(&time)),
            ("person", Value::Text(&by)),
            ("end", Value::Text(&end)),
        ],
    )
}

fn review_line(time: Timestamp, closed: &ReviewClosed, words: &Words) -> String {
    let (time, by) = (time.to_string(), closed.actor.person.to_string());
    let finding = words.label(Family::Review, closed.finding.code());
    words.text(
        key::EVIDENCE_SHOW_REVIEW,
        &[
            ("time", Value::Text(&time)),
            ("person", Value::Text(&by)),
            ("finding", Value::Text(&finding)),
        ],
    )
}
