//! Conditions on the resources of a search (FHIR R4 section 3.1.1.4), as far as the
//! demonstration's records have something to find by.

use serde_json::Value;
use wire::fhir::ResourceType;
use wire::fhir::disclosure::{at_path, named_by};

use super::refusal::Refusal;
use super::shelves::Row;

/// One condition: a parameter and the values of which one has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    parameter: String,
    values: Vec<String>,
}

/// The order of what is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    parameter: String,
    descending: bool,
}

/// Where a parameter that is no reference looks: elements of which the first that is there counts.
const PLACES: &[(&str, &[&[&str]])] = &[
    ("birthdate", &[&["birthDate"]]),
    ("category", &[&["category", "coding"], &["category"]]),
    ("class", &[&["class"]]),
    ("clinical-status", &[&["clinicalStatus", "coding"]]),
    (
        "code",
        &[
            &["code", "coding"],
            &["medicationCodeableConcept", "coding"],
            &["vaccineCode", "coding"],
        ],
    ),
    (
        "date",
        &[
            &["effectiveDateTime"],
            &["period", "start"],
            &["recordedDate"],
            &["authoredOn"],
            &["date"],
            &["occurrenceDateTime"],
            &["performedDateTime"],
        ],
    ),
    ("family", &[&["name", "family"]]),
    ("gender", &[&["gender"]]),
    ("given", &[&["name", "given"]]),
    ("identifier", &[&["identifier"]]),
    ("name", &[&["name", "family"], &["name"]]),
    ("status", &[&["status"]]),
    ("type", &[&["type", "coding"]]),
];

impl Condition {
    /// Reads a condition on resources of a type; what the server cannot look at it refuses.
    pub(super) fn read(resource_type: &str, name: &str, value: &str) -> Result<Self, Refusal> {
        let known = name == "_id"
            || PLACES.iter().any(|(place, _)| *place == name)
            || ResourceType::parse(resource_type).is_some_and(|it| it.link(name).is_some());
        if !known {
            return Err(Refusal::unsupported("unknown search parameter", name));
        }
        Ok(Self {
            parameter: name.to_owned(),
            values: value.split(',').map(str::to_owned).collect(),
        })
    }

    /// Whether a resource meets the condition.
    pub(super) fn holds(&self, row: &Row) -> bool {
        if self.parameter == "_id" {
            return self.values.contains(&row.id);
        }
        let text = str::from_utf8(&row.json).unwrap_or_default();
        if let Some(link) =
            ResourceType::parse(&row.resource_type).and_then(|it| it.link(&self.parameter))
        {
            return named_by(text, &link, &[]).iter().any(|(named, id)| {
                let whole = format!("{named}/{id}");
                self.values
                    .iter()
                    .any(|value| *value == whole || value == id.as_str())
            });
        }
        let Ok(resource) = serde_json::from_str::<Value>(text) else {
            return false;
        };
        places(&self.parameter).iter().any(|path| {
            let mut met = false;
            at_path(&resource, path, &mut |found| {
                met |= self
                    .values
                    .iter()
                    .any(|value| is(&self.parameter, found, value));
            });
            met
        })
    }
}

impl Order {
    /// Reads `_sort`: one key at the most.
    pub(super) fn read(value: &str) -> Result<Self, Refusal> {
        let name = value.strip_prefix('-').unwrap_or(value);
        if places(name).is_empty() {
            return Err(Refusal::unsupported("cannot sort by", value));
        }
        Ok(Self {
            parameter: name.to_owned(),
            descending: name != value,
        })
    }

    /// Puts resources in order; those with the same value stay as they were.
    pub(super) fn sort(&self, rows: &mut [&Row]) {
        rows.sort_by_cached_key(|row| self.key(row));
        if self.descending {
            rows.reverse();
        }
    }

    fn key(&self, row: &Row) -> String {
        let mut key = String::new();
        if let Ok(resource) = serde_json::from_slice::<Value>(&row.json) {
            for path in places(&self.parameter) {
                at_path(&resource, path, &mut |found| {
                    if key.is_empty() {
                        found.as_str().unwrap_or_default().clone_into(&mut key);
                    }
                });
            }
        }
        key
    }
}

fn places(parameter: &str) -> &'static [&'static [&'static str]] {
    PLACES
        .iter()
        .find(|(name, _)| *name == parameter)
        .map_or(&[], |(_, paths)| paths)
}

fn is(parameter: &str, found: &Value, value: &str) -> bool {
    match found {
        Value::String(text) => match parameter {
            "date" | "birthdate" => is_in_time(text, value),
            "family" | "given" | "name" => text.to_lowercase().starts_with(&value.to_lowercase()),
            _ => text == value,
        },
        Value::Object(members) => {
            let text = |name| members.get(name).and_then(Value::as_str);
            let code = text("code").or(text("value"));
            match value.split_once('|') {
                Some((system, "")) => text("system") == Some(system),
                Some((system, wanted)) => {
                    text("system").unwrap_or_default() == system && code == Some(wanted)
                }
                None => code == Some(value),
            }
        }
        _ => false,
    }
}

/// Compares as text, as far as the wanted date is precise.
fn is_in_time(found: &str, value: &str) -> bool {
    let (prefix, wanted) = match value.get(..2) {
        Some(prefix @ ("ge" | "gt" | "le" | "lt" | "eq")) => {
            (prefix, value.get(2..).unwrap_or_default())
        }
        _ => ("eq", value),
    };
    let found = found.get(..wanted.len()).unwrap_or(found);
    match prefix {
        "ge" => found >= wanted,
        "gt" => found > wanted,
        "le" => found <= wanted,
        "lt" => found < wanted,
        _ => found == wanted,
    }
}
