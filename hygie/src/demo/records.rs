//! The patients' records as FHIR R4 resources.
//!
//! Written in French, as the records of a French hospital are. Identifiers stand in test systems;
//! sensitive diagnoses, and what is given for them, carry a `meta.security` label.

mod clinical;
mod people;

use event::{Confidentiality, Timestamp};
use serde_json::{Value, json};

use super::dice::Dice;
use super::{DemoError, Group};

/// One resource, written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its type.
    pub resource_type: String,
    /// Its logical id.
    pub id: String,
    /// It as JSON, on one line.
    pub json: Vec<u8>,
}

/// Every resource of a group: organisations, practitioners, then each patient's record.
pub fn records(group: &Group) -> Result<Vec<Resource>, DemoError> {
    let mut shelf = Shelf {
        resources: Vec::new(),
        at: group.at,
    };
    people::organisations(&mut shelf, &group.directory);
    for person in &group.directory.persons {
        people::practitioner(&mut shelf, person);
    }
    for (number, case) in (1..).zip(&group.cases) {
        // Each patient has a stream of chance of their own.
        let mut dice = Dice::new(group.seed, &format!("record {number}"));
        people::patient(&mut shelf, case, &mut dice);
        people::care_team(&mut shelf, case);
        clinical::record(&mut shelf, case, &mut dice)?;
    }
    Ok(shelf.resources)
}

/// The resources written so far.
struct Shelf {
    resources: Vec<Resource>,
    at: Timestamp,
}

impl Shelf {
    /// Adds one resource; `body` holds everything but the type, the id and `meta`.
    fn put(
        &mut self,
        (resource_type, id): (&str, &str),
        updated: Timestamp,
        confidentiality: Confidentiality,
        mut body: Value,
    ) {
        let mut meta = json!({ "versionId": "1", "lastUpdated": instant(updated) });
        if confidentiality > Confidentiality::Normal {
            let label = coding(SYSTEM_CONFIDENTIALITY, confidentiality.code(), None);
            if let Some(meta) = meta.as_object_mut() {
                meta.insert("security".to_owned(), json!([label]));
            }
        }
        drop_nulls(&mut meta);
        drop_nulls(&mut body);
        // Readers find the type first whatever order a JSON map has.
        let body = body.to_string();
        let rest = body.strip_prefix('{').unwrap_or_default();
        let type_text = json!(resource_type);
        let json = format!(
            "{{\"resourceType\":{type_text},\"id\":{},\"meta\":{meta},{rest}",
            json!(id)
        );
        self.resources.push(Resource {
            resource_type: resource_type.to_owned(),
            id: id.to_owned(),
            json: json.into_bytes(),
        });
    }
}

const SYSTEM_CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/// An instant as FHIR writes it, in whole seconds.
fn instant(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split('.').next().unwrap_or_default();
    format!("{seconds}Z")
}

/// The day of an instant.
fn day(at: Timestamp) -> String {
    at.to_string()
        .split('T')
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn coding(system: &str, code: &str, display: Option<&str>) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

/// A concept of one coding, with the same words as text.
fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [coding(system, code, Some(display))], "text": display })
}

fn reference(resource_type: &str, id: &str) -> Value {
    json!({ "reference": format!("{resource_type}/{id}") })
}

/// Takes away members that are null, which FHIR does not allow (section 2.6.2).
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, it| !it.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}
