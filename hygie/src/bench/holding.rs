//! How many observations the upstream holds of one patient: written straight to it, so that an
//! answer is as large as it is said to be.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::BenchError;
use super::demonstration::End;
use super::load::{Connection, Step};

/// What holds the observations of a patient.
const TYPE: &str = "Observation";

/// A search set with one of the observations.
#[derive(Deserialize)]
struct Found {
    total: usize,
    entry: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    resource: Map<String, Value>,
}

/// The search for the observations of a patient, below the FHIR base.
pub(super) fn search(patient: &str, count: usize) -> String {
    format!("{TYPE}?patient={patient}&_count={count}")
}

/// Creates observations, copies of one that is there, until the patient has `held`.
///
/// # Errors
/// [`BenchError::Entries`] when there is none to copy, or afterwards another number than `held`.
pub(super) fn hold(
    upstream: &End,
    patient: &str,
    token: &str,
    held: usize,
) -> Result<(), BenchError> {
    let mut connection = Connection::open(&upstream.place)?;
    let look = Step::ok(upstream.get(&search(patient, 1), token));
    let wrong = |entries| BenchError::Entries {
        target: upstream.place.name,
        entries,
        claimed: held,
    };
    connection.exchange(&look)?;
    let (there, json) = copy_of(connection.body()).ok_or_else(|| wrong(0))?;
    let create = Step {
        request: upstream.create(TYPE, token, &json),
        status: 201,
        entries: None,
    };
    for _ in there..held {
        connection.exchange(&create)?;
    }
    connection.exchange(&look)?;
    match copy_of(connection.body()) {
        Some((there, _)) if there == held => Ok(()),
        Some((there, _)) => Err(wrong(there)),
        None => Err(wrong(0)),
    }
}

/// How many observations a search found, and the first of them without its identity.
fn copy_of(body: &[u8]) -> Option<(usize, String)> {
    let Found { total, entry } = serde_json::from_slice(body).ok()?;
    let mut resource = entry.into_iter().next()?.resource;
    resource.remove("id");
    Some((total, Value::Object(resource).to_string()))
}

#[cfg(test)]
mod tests;
