//! `hygie notices`: who must be told of an opening, for people or for a messaging system.

use anyhow::Result;
use audit::{Notice, Review, communication};
use event::{PatientSealer, Timestamp};
use locale::{Family, Value, key};

use super::reviews::folded;
use super::{Ending, Words, say};
use crate::cli::Notices;
use crate::clock;
use crate::folder::DataFolder;

/// Lists the notices that were not given yet, the earliest due first; with `--json`, each as a
/// FHIR `Communication` on a line.
pub(crate) fn run(notices: &Notices, words: &Words) -> Result<Ending> {
    let data = DataFolder::at(&notices.data);
    let sealer = notices.unseal.then(|| data.sealer()).transpose()?;
    let now = clock::now();
    let folded = folded(&data)?;
    let owing = folded.reviews().noticing();
    let owed: Vec<(&Review, &Notice)> = owing
        .iter()
        .flat_map(|review| review.notices_owed().map(|notice| (*review, notice)))
        .collect();
    if !notices.json {
        say(&words.text(key::NOTICES_COUNT, &[("count", Value::from(owed.len()))]));
    }
    for (review, notice) in owed {
        say(&if notices.json {
            resource(review, notice, sealer.as_ref(), now, words)
        } else {
            line(review, notice, sealer.as_ref(), now, words)
        });
    }
    Ok(Ending::Done)
}

fn resource(
    review: &Review,
    notice: &Notice,
    sealer: Option<&PatientSealer>,
    now: Timestamp,
    words: &Words,
) -> String {
    let patient = sealer.and_then(|key| key.open(&review.patient).ok());
    let (from, person) = (review.declared.to_string(), review.actor.person.to_string());
    let reason = words.label(Family::GlassReason, review.reason.code());
    let text = words.text(
        key::COMMUNICATION_TEXT,
        &[
            ("from", Value::Text(&from)),
            ("person", Value::Text(&person)),
            ("reason", Value::Text(&reason)),
        ],
    );
    communication(review, notice, now, &text, patient.as_ref()).to_string()
}

fn line(
    review: &Review,
    notice: &Notice,
    sealer: Option<&PatientSealer>,
    now: Timestamp,
    words: &Words,
) -> String {
    let clear = sealer.and_then(|key| key.open(&review.patient).ok());
    let patient = clear.map_or_else(|| review.patient.pseudonym.to_string(), |it| it.to_string());
    let (id, due) = (notice.id.to_string(), notice.due.to_string());
    let to = words.label(Family::NoticeTo, notice.to.code());
    let state = words.label(Family::NoticeState, notice.state(now).code());
    words.text(
        key::NOTICES_LINE,
        &[
            ("due", Value::Text(&due)),
            ("notice", Value::Text(&id)),
            ("patient", Value::Text(&patient)),
            ("state", Value::Text(&state)),
            ("to", Value::Text(&to)),
        ],
    )
}
