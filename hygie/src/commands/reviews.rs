//! `hygie reviews`: the reviews that are owed after break-glass.

use anyhow::Result;
use audit::{Review, ReviewState};
use console::Fold;
use evidence::Records;
use locale::{Family, Value, key};

use super::{Ending, Words, say};
use crate::cli::Reviews;
use crate::clock;
use crate::folder::DataFolder;
use crate::lake::Lake;

/// Lists them, the earliest due first.
pub(crate) fn run(reviews: &Reviews, words: &Words) -> Result<Ending> {
    let data = DataFolder::at(&reviews.data);
    // Only who asks for names needs the key that opens them.
    let sealer = reviews.unseal.then(|| data.sealer()).transpose()?;
    let now = clock::now();
    let folded = folded(&data)?;
    let owed = folded.reviews().by_due();
    let patient = |review: &Review| {
        let named = sealer
            .as_ref()
            .and_then(|key| key.open(&review.patient).ok());
        named.map_or_else(|| review.patient.pseudonym.to_string(), |id| id.to_string())
    };
    if reviews.json {
        for review in owed {
            say(&json(review, &patient(review), review.state(now)));
        }
        return Ok(Ending::Done);
    }
    let counted = |count: usize| [("count", Value::from(count))];
    say(&words.text(key::REVIEWS_TITLE, &counted(owed.len())));
    let overdue = owed
        .iter()
        .filter(|review| review.state(now) == ReviewState::Overdue)
        .count();
    if overdue > 0 {
        say(&words.text(key::REVIEWS_OVERDUE, &counted(overdue)));
    }
    for review in owed {
        say(&line(review, &patient(review), words));
    }
    Ok(Ending::Done)
}

/// Folds the reviews, with what was opened under each glass.
pub(super) fn folded(data: &DataFolder) -> Result<Fold> {
    let source = Lake::of_folder(data)?.source(false);
    let mut fold = Fold::default();
    let records = Records::open(&data.evidence(), fold.next(), source);
    fold.catch_up(&mut records.with_classes(Fold::CLASSES))?;
    Ok(fold)
}

fn line(review: &Review, patient: &str, words: &Words) -> String {
    let (id, person, due) = (
        review.id.to_string(),
        review.actor.person.to_string(),
        review.due.to_string(),
    );
    let reason = words.label(Family::GlassReason, review.reason.code());
    words.text(
        key::REVIEWS_LINE,
        &[
            ("review", Value::Text(&id)),
            ("person", Value::Text(&person)),
            ("patient", Value::Text(patient)),
            ("reason", Value::Text(&reason)),
            ("due", Value::Text(&due)),
        ],
    )
}

fn json(review: &Review, patient: &str, state: ReviewState) -> String {
    serde_json::json!({
        "review": review.id,
        "glass": review.glass,
        "person": review.actor.person,
        "patient": patient,
        "reason": review.reason,
        "text": review.text,
        "declared": review.declared,
        "until": review.until,
        "due": review.due,
        "state": state.code(),
        "ended": review.ended.as_ref().map(|ended| ended.end),
        "reads": review.opened.reads,
        "resources": review.opened.resources,
        "opened": review.opened.by_type,
        "first_read": review.opened.first,
        "last_read": review.opened.last,
        "evidence_index": review.index,
    })
    .to_string()
}
