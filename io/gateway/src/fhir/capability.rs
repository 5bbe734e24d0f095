//! What the door says that it can do (`CapabilityStatement`, FHIR R4 section 5.2).
//!
//! Written here and never passed through: the upstream's own statement promises interactions that
//! the door refuses, and shows inner addresses.

use serde_json::{Value, json};
use wire::fhir::{FilterKind, PatientSearch, ResourceType, Scope};

const EVERYTHING: &str = "http://hl7.org/fhir/OperationDefinition/Patient-everything";
const EXPORT: &str = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export";
const GROUP_EXPORT: &str = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export";
const PATIENT_EXPORT: &str = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export";

/// The compartments that can be searched by their path.
const COMPARTMENTS: [&str; 3] = [
    "http://hl7.org/fhir/CompartmentDefinition/encounter",
    "http://hl7.org/fhir/CompartmentDefinition/patient",
    "http://hl7.org/fhir/CompartmentDefinition/practitioner",
];

/// The statement of the service at `public_base`, in JSON.
pub(crate) fn capability_statement(public_base: &str) -> String {
    let resources: Vec<Value> = ResourceType::all().filter_map(resource).collect();
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-26",
        "kind": "instance",
        "software": { "name": "Hygie", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": "Hygie", "url": public_base },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "patchFormat": ["application/json-patch+json"],
        "rest": [{
            "mode": "server",
            "security": {
                "description": "OAuth 2.0 bearer tokens or mutual TLS. A refusal with a \
                    break-glass extension may be opened by POST /break-glass."
            },
            "interaction": [{ "code": "batch" }, { "code": "transaction" }],
            "operation": [operation("export", EXPORT)],
            "compartment": COMPARTMENTS,
            "resource": resources,
        }],
    })
    .to_string()
}

fn resource(resource_type: ResourceType) -> Option<Value> {
    let scope = resource_type.scope();
    if resource_type.name() == "Binary" {
        return Some(json!({ "type": "Binary", "interaction": [{ "code": "read" }] }));
    }
    if !matches!(scope, Scope::Compartment | Scope::Open) {
        return None;
    }
    let mut interactions = vec!["read", "vread", "history-instance"];
    if resource_type.is_searchable() {
        interactions.push("search-type");
    }
    let mut statement = json!({
        "type": resource_type.name(),
        "versioning": "versioned",
        "readHistory": true,
        "updateCreate": false,
    });
    let members = statement.as_object_mut()?;
    if scope == Scope::Compartment {
        interactions.extend(["update", "patch", "delete"]);
        if !resource_type.is_patient() {
            interactions.push("create");
            members.insert("conditionalCreate".to_owned(), json!(true));
        }
        members.insert("conditionalUpdate".to_owned(), json!(true));
        members.insert("conditionalDelete".to_owned(), json!("single"));
        // A reference in what is written names one resource, never a search.
        members.insert(
            "referencePolicy".to_owned(),
            json!(["literal", "local", "enforced"]),
        );
    }
    if resource_type.is_searchable() {
        members.insert("searchParam".to_owned(), search_parameters(resource_type));
        members.insert(
            "searchInclude".to_owned(),
            json!(includes_of(resource_type)),
        );
        members.insert(
            "searchRevInclude".to_owned(),
            json!(reverse_includes_of(resource_type)),
        );
    }
    let operations = match resource_type.name() {
        "Patient" => vec![
            operation("everything", EVERYTHING),
            operation("export", PATIENT_EXPORT),
        ],
        "Group" => vec![operation("export", GROUP_EXPORT)],
        _ => Vec::new(),
    };
    members.insert("operation".to_owned(), json!(operations));
    let interactions: Vec<Value> = interactions
        .into_iter()
        .map(|code| json!({ "code": code }))
        .collect();
    members.insert("interaction".to_owned(), Value::from(interactions));
    // FHIR allows no empty array.
    members.retain(|_, value| value.as_array().is_none_or(|items| !items.is_empty()));
    Some(statement)
}

fn operation(name: &str, definition: &str) -> Value {
    json!({ "name": name, "definition": definition })
}

fn search_parameters(resource_type: ResourceType) -> Value {
    let patient = match resource_type.patient_search() {
        PatientSearch::Absent => None,
        PatientSearch::Both | PatientSearch::Patient => Some("patient"),
        PatientSearch::Subject => Some("subject"),
    };
    let patient = patient.map(|name| json!({ "name": name, "type": "reference" }));
    let narrowing = resource_type
        .filters()
        .map(|(name, kind)| json!({ "name": name, "type": type_of(kind) }));
    Value::from(patient.into_iter().chain(narrowing).collect::<Vec<_>>())
}

fn includes_of(resource_type: ResourceType) -> Vec<String> {
    resource_type
        .links()
        .map(|link| format!("{resource_type}:{}", link.parameter))
        .collect()
}

fn reverse_includes_of(resource_type: ResourceType) -> Vec<String> {
    ResourceType::all()
        .filter(|source| source.is_searchable())
        .flat_map(|source| source.links().map(move |link| (source, link)))
        .filter(|(_, link)| link.may_name(resource_type))
        .map(|(source, link)| format!("{source}:{}", link.parameter))
        .collect()
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
    use wire::fhir::Request;

    use super::*;

    fn parse(method: &str, path: &str, query: Option<&str>) -> bool {
        let limits = wire::limits::TargetLimits::DEFAULT;
        Request::parse(method, path, query, &limits).is_ok()
    }

    #[test]
    fn what_is_promised_is_what_the_grammar_takes() {
        let statement: Value = serde_json::from_str(&capability_statement("https://a")).unwrap();
        let resources = statement["rest"][0]["resource"].as_array().unwrap();
        assert!(resources.len() > 50);
        for resource in resources {
            let name = resource["type"].as_str().unwrap();
            let promises = |code: &str| {
                let interactions = resource["interaction"].as_array().unwrap();
                interactions.iter().any(|it| it["code"] == code)
            };
            let one = format!("/{name}/1");
            assert!(parse("GET", &one, None), "{name}");
            for (code, method, path) in [
                ("vread", "GET", format!("{one}/_history/2")),
                ("history-instance", "GET", format!("{one}/_history")),
                ("update", "PUT", one.clone()),
                ("patch", "PATCH", one.clone()),
                ("delete", "DELETE", one.clone()),
            ] {
                assert_eq!(parse(method, &path, None), promises(code), "{name} {code}");
            }
            let whose = if name == "Patient" {
                "family=x"
            } else {
                "_id=1"
            };
            let searched = parse("GET", &format!("/{name}"), Some(whose));
            assert_eq!(searched, promises("search-type"), "{name}");
            for promised in resource["searchParam"].as_array().into_iter().flatten() {
                let value = match promised["type"].as_str().unwrap() {
                    "date" => "2026",
                    "quantity" => "5",
                    _ if promised["name"] == "patient" => "Patient/1",
                    _ if promised["name"] == "subject" => "Patient/1",
                    _ => "Encounter/1",
                };
                let query = format!("{}={value}", promised["name"].as_str().unwrap());
                assert!(
                    parse("GET", &format!("/{name}"), Some(&query)),
                    "{name}?{query}"
                );
            }
            for (list, parameter) in [
                ("searchInclude", "_include"),
                ("searchRevInclude", "_revinclude"),
            ] {
                for include in resource[list].as_array().into_iter().flatten() {
                    let query = format!("{whose}&{parameter}={}", include.as_str().unwrap());
                    assert!(
                        parse("GET", &format!("/{name}"), Some(&query)),
                        "{name}?{query}"
                    );
                }
            }
        }
    }
}
