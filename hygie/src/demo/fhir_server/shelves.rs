//! The resources, by type, id and patient.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use crate::demo::limits::{VERSIONS_MAX, WRITTEN_MAX};
use crate::demo::{DemoError, Resource};

/// Every resource of the server, written out and filed.
#[derive(Debug, Default)]
pub struct Shelves {
    types: BTreeMap<String, Shelf>,
}

/// One resource.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) resource_type: String,
    pub(super) id: String,
    pub(super) json: Bytes,
    /// The version that `json` is; the first is 1.
    pub(super) version: u32,
    /// Whether it is there no longer.
    pub(super) removed: bool,
    /// The versions before, with their numbers, the oldest first.
    pub(super) earlier: Vec<(u32, Bytes)>,
}

#[derive(Debug, Default)]
struct Shelf {
    rows: Vec<Row>,
    by_id: HashMap<String, usize>,
    by_patient: HashMap<String, Vec<usize>>,
}

impl Shelves {
    /// Files resources; the line of a resource that names no patient where it should, or is no
    /// JSON, is told in the error.
    pub fn new(resources: Vec<Resource>) -> Result<Self, DemoError> {
        let mut shelves = Self::default();
        for (line, resource) in (1..).zip(resources) {
            let patient = patient_of(&resource).ok_or(DemoError::Resource { line })?;
            let shelf = shelves
                .types
                .entry(resource.resource_type.clone())
                .or_default();
            let number = shelf.rows.len();
            if let Some(patient) = patient {
                shelf.by_patient.entry(patient).or_default().push(number);
            }
            if shelf.by_id.insert(resource.id.clone(), number).is_some() {
                return Err(DemoError::Resource { line });
            }
            let json = versioned(&resource.json, 1).ok_or(DemoError::Resource { line })?;
            shelf.rows.push(Row {
                resource_type: resource.resource_type,
                id: resource.id,
                json,
                version: 1,
                removed: false,
                earlier: Vec::new(),
            });
        }
        Ok(shelves)
    }

    /// How many resources there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.types.values().map(|shelf| shelf.rows.len()).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The types that there are, each with whether its resources belong to patients.
    pub(super) fn types(&self) -> impl Iterator<Item = (&str, bool)> {
        self.types
            .iter()
            .map(|(name, shelf)| (name.as_str(), shelf.is_in_compartment(name)))
    }

    pub(super) fn has_type(&self, name: &str) -> bool {
        self.types.contains_key(name)
    }

    /// Whether resources of this type can be searched by patient.
    pub(super) fn is_in_compartment(&self, name: &str) -> bool {
        self.types
            .get(name)
            .is_some_and(|shelf| shelf.is_in_compartment(name))
    }

    /// A resource that is there, or was.
    pub(super) fn row(&self, resource_type: &str, id: &str) -> Option<&Row> {
        let shelf = self.types.get(resource_type)?;
        shelf.rows.get(*shelf.by_id.get(id)?)
    }

    /// Writes a resource of a type that there is; `None` when there is no room or it is no JSON.
    pub(super) fn write(&mut self, resource_type: &str, id: &str, json: &[u8]) -> Option<&Row> {
        let patient = patient_of_json(json)?;
        let shelf = self.types.get_mut(resource_type)?;
        let number = match shelf.by_id.get(id) {
            Some(number) => {
                let row = shelf.rows.get_mut(*number)?;
                let version = row.version.checked_add(1)?;
                let json = versioned(json, version)?;
                let before = std::mem::replace(&mut row.json, json);
                if row.earlier.len() >= VERSIONS_MAX {
                    row.earlier.remove(0);
                }
                row.earlier.push((row.version, before));
                row.version = version;
                row.removed = false;
                *number
            }
            None => {
                let number = shelf.rows.len();
                if number >= WRITTEN_MAX {
                    return None;
                }
                shelf.rows.push(Row {
                    resource_type: resource_type.to_owned(),
                    id: id.to_owned(),
                    json: versioned(json, 1)?,
                    version: 1,
                    removed: false,
                    earlier: Vec::new(),
                });
                shelf.by_id.insert(id.to_owned(), number);
                if let Some(patient) = patient {
                    shelf.by_patient.entry(patient).or_default().push(number);
                }
                number
            }
        };
        shelf.rows.get(number)
    }

    /// Takes a resource away.
    pub(super) fn remove(&mut self, resource_type: &str, id: &str) {
        let found = self.types.get_mut(resource_type).and_then(|shelf| {
            let number = *shelf.by_id.get(id)?;
            shelf.rows.get_mut(number)
        });
        if let Some(row) = found {
            row.removed = true;
        }
    }

    pub(super) fn of_type(&self, resource_type: &str) -> Vec<&Row> {
        self.types
            .get(resource_type)
            .map(|it| it.rows.iter().filter(|row| !row.removed).collect())
            .unwrap_or_default()
    }

    pub(super) fn of_patient(&self, resource_type: &str, patient: &str) -> Vec<&Row> {
        let shelf = self.types.get(resource_type);
        shelf
            .map(|shelf| shelf.of_patient(patient).collect())
            .unwrap_or_default()
    }

    /// The patient, then all that belongs to them by type; `None` when there is no such patient.
    pub(super) fn everything(&self, patient: &str) -> Option<Vec<&Row>> {
        let patients = self.types.get("Patient")?;
        let own = patients.rows.get(*patients.by_id.get(patient)?)?;
        let rest = self.types.iter().filter(|(name, _)| *name != "Patient");
        let rest = rest.flat_map(|(_, shelf)| shelf.of_patient(patient));
        Some(std::iter::once(own).chain(rest).collect())
    }
}

impl Shelf {
    fn of_patient(&self, patient: &str) -> impl Iterator<Item = &Row> {
        let numbers = self
            .by_patient
            .get(patient)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let rows = numbers.iter().filter_map(|number| self.rows.get(*number));
        rows.filter(|row| !row.removed)
    }

    /// A `Patient` is found by its own id, not by a parameter for its patient.
    fn is_in_compartment(&self, name: &str) -> bool {
        name != "Patient" && !self.by_patient.is_empty()
    }
}

/// The links from a resource to its patient, as far as the types of this server have them.
#[derive(Deserialize)]
struct Links {
    subject: Option<Link>,
    patient: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    reference: String,
}

/// The patient of a resource, or nothing for a resource of nobody; `None` when it is no JSON.
fn patient_of(resource: &Resource) -> Option<Option<String>> {
    patient_of_json(resource.json.as_ref())
}

fn patient_of_json(json: &[u8]) -> Option<Option<String>> {
    let links: Links = serde_json::from_slice(json).ok()?;
    let link = links.subject.or(links.patient);
    Some(link.and_then(|it| it.reference.strip_prefix("Patient/").map(str::to_owned)))
}

/// The resource with its version in `meta`.
fn versioned(json: &[u8], version: u32) -> Option<Bytes> {
    let mut resource: serde_json::Value = serde_json::from_slice(json).ok()?;
    let members = resource.as_object_mut()?;
    let meta = members.entry("meta").or_insert_with(|| json!({}));
    meta.as_object_mut()?
        .insert("versionId".to_owned(), json!(version.to_string()));
    Some(Bytes::from(resource.to_string()))
}
