//! What the door says that it can do (`CapabilityStatement`, FHIR R4 section 5.2).
//!
//! Written here and never passed through: the upstream's own statement promises interactions that
//! the door refuses, and shows inner addresses.

use serde_json::{Value, json};
use wire::fhir::{FilterKind, PatientSearch, ResourceType, Scope};

/// The statement of the service at `public_base`, in JSON.
pub(crate) fn capability_statement(public_base: &str) -> String {
    let resources: Vec<Value> = ResourceType::all().filter_map(resource).collect();
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-23",
        "kind": "instance",
        "software": { "name": "Hygie", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": "Hygie", "url": public_base },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [{
            "mode": "server",
            "security": {
                "description": "OAuth 2.0 bearer tokens or mutual TLS. A refusal with a \
                    break-glass extension may be opened by POST /break-glass."
            },
            "resource": resources,
        }],
    })
    .to_string()
}

fn resource(resource_type: ResourceType) -> Option<Value> {
    if !matches!(resource_type.scope(), Scope::Compartment | Scope::Open) {
        return None;
    }
    let mut interactions = vec![json!({ "code": "read" })];
    let mut members = json!({ "type": resource_type.name() });
    let parameter = match resource_type.patient_search() {
        PatientSearch::Absent => None,
        PatientSearch::Both | PatientSearch::Patient => Some("patient"),
        PatientSearch::Subject => Some("subject"),
    };
    if let Some(members) = members.as_object_mut() {
        if let Some(name) = parameter {
            interactions.push(json!({ "code": "search-type" }));
            let patient = json!({ "name": name, "type": "reference" });
            let narrowing = resource_type
                .filters()
                .map(|(name, kind)| json!({ "name": name, "type": type_of(kind) }));
            let parameters: Vec<Value> = std::iter::once(patient).chain(narrowing).collect();
            members.insert("searchParam".to_owned(), Value::from(parameters));
        }
        members.insert("interaction".to_owned(), Value::from(interactions));
        if resource_type.is_patient() {
            let definition = "http://hl7.org/fhir/OperationDefinition/Patient-everything";
            members.insert(
                "operation".to_owned(),
                json!([{ "name": "everything", "definition": definition }]),
            );
        }
    }
    Some(members)
}

/// The type of a search parameter (`search-param-type`).
fn type_of(kind: FilterKind) -> &'static str {
    match kind {
        FilterKind::Date => "date",
        FilterKind::Quantity => "quantity",
        FilterKind::Reference => "reference",
        FilterKind::Text => "string",
        FilterKind::Token => "token",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_promised_is_what_the_grammar_takes() {
        let limits = wire::limits::TargetLimits::DEFAULT;
        let statement: Value = serde_json::from_str(&capability_statement("https://a")).unwrap();
        let resources = statement["rest"][0]["resource"].as_array().unwrap();
        assert!(resources.len() > 50);
        for resource in resources {
            let name = resource["type"].as_str().unwrap();
            let parse = |path: &str, query: Option<&str>| {
                wire::fhir::Request::parse("GET", path, query, &limits)
            };
            assert!(parse(&format!("/{name}/1"), None).is_ok(), "{name}");
            let searchable = resource["interaction"].as_array().unwrap().len() == 2;
            let parameter = resource["searchParam"][0]["name"]
                .as_str()
                .unwrap_or("patient");
            let query = format!("{parameter}=Patient/1");
            assert_eq!(
                parse(&format!("/{name}"), Some(&query)).is_ok(),
                searchable,
                "{name}"
            );
            for promised in resource["searchParam"]
                .as_array()
                .into_iter()
                .flatten()
                .skip(1)
            {
                let value = match promised["type"].as_str().unwrap() {
                    "date" => "2026",
                    "quantity" => "5",
                    _ => "Encounter/1",
                };
                let query = format!("{query}&{}={value}", promised["name"].as_str().unwrap());
                assert!(
                    parse(&format!("/{name}"), Some(&query)).is_ok(),
                    "{name}?{query}"
                );
            }
        }
    }
}
