//! What the server can do, as a `CapabilityStatement` (FHIR R4 section 5.2).

use bytes::Bytes;
use serde_json::{Value, json};

use super::shelves::Shelves;

/// The statement of a server with these resources at this base.
pub(super) fn statement(shelves: &Shelves, base: &str) -> Bytes {
    let resources: Vec<Value> = shelves
        .types()
        .map(|(name, is_in_compartment)| {
            let mut resource = json!({
                "type": name,
                "interaction": [
                    { "code": "read" }, { "code": "vread" }, { "code": "history-instance" },
                    { "code": "search-type" }, { "code": "create" }, { "code": "update" },
                    { "code": "delete" },
                ],
                "versioning": "versioned-update",
            });
            let Some(members) = resource.as_object_mut() else {
                return resource;
            };
            if is_in_compartment {
                members.insert(
                    "searchParam".to_owned(),
                    json!([
                        { "name": "patient", "type": "reference" },
                        { "name": "subject", "type": "reference" },
                    ]),
                );
            }
            if name == "Patient" {
                members.insert(
                    "operation".to_owned(),
                    json!([{
                        "name": "everything",
                        "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything",
                    }]),
                );
            }
            resource
        })
        .collect();
    let statement = json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-01",
        "kind": "instance",
        "software": { "name": "Hygie demonstration", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": "Invented patients, in memory", "url": base },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [{ "mode": "server", "resource": resources }],
    });
    Bytes::from(statement.to_string())
}
