//! The one-pass reader against a deliberately naive one that walks a tree of values.
//!
//! Resources are generated from the compartment table: every element of every type gets references
//! of every form, surrounded by extensions, contained resources and labels.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use wire::fhir::{Answer, Membership, Resource, ResourceType, Scope, disclosure};
use wire::limits::AnswerLimits;

pub(super) const BASES: [&str; 1] = ["https://ehr.test/fhir"];

/// A reference of any form.
fn link() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec![
        "Patient/1",
        "Patient/2",
        "Patient/3/_history/4",
        "https://ehr.test/fhir/Patient/4",
        "https://other.test/fhir/Patient/5",
        "Practitioner/1",
        "Group/g",
        "#c1",
        "#c2",
        "#none",
        "#",
        "urn:uuid:none",
        "Patient?identifier=1",
        "",
        "Alien/1",
        "Patient/1/",
        "https://other.test/fhir/Group/1",
    ]);
    prop_oneof![
        12 => prop::sample::select(vec!["Patient/1", "Patient/2", "Practitioner/1"])
            .prop_map(|text| json!({ "reference": text })),
        4 => text.prop_map(|text| json!({ "reference": text, "display": "x" })),
        1 => Just(json!({ "display": "x" })),
        1 => Just(json!({ "identifier": { "value": "x" } })),
        1 => Just(json!({ "identifier": { "value": "x" }, "type": "Patient" })),
        1 => Just(json!({ "identifier": { "value": "x" }, "type": "Practitioner" })),
        1 => link_with_extension(),
    ]
}

fn link_with_extension() -> impl Strategy<Value = Value> {
    Just(json!({
        "reference": "Patient/1",
        "extension": [{ "url": "x", "valueReference": { "reference": "Patient/6" } }],
    }))
}

/// What stands around the elements of the compartment.
fn surroundings() -> impl Strategy<Value = Map<String, Value>> {
    let confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    let act_code = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    let member = prop_oneof![
        link().prop_map(|link| ("focus2", json!([link]))),
        link().prop_map(|link| ("extension", json!([{ "url": "x", "valueReference": link }]))),
        Just((
            "meta",
            json!({ "security": [
            { "system": confidentiality, "code": "R" }, { "system": act_code, "code": "PSY" } ] })
        )),
        Just((
            "securityLabel",
            json!([{ "coding": [{ "system": act_code, "code": "HIV" }] }])
        )),
        link().prop_map(move |link| (
            "contained",
            json!([
            { "resourceType": "Coverage", "id": "c1", "beneficiary": link },
            { "resourceType": "Group", "id": "g1", "meta": { "security": [
                { "system": confidentiality, "code": "V" }] } } ])
        )),
        Just((
            "contained",
            json!([{ "resourceType": "Patient", "id": "c2" }])
        )),
        Just(("text", json!({ "div": "Patient/7 \"quoted\" \u{e9}" }))),
        Just((
            "valueQuantity",
            json!({ "value": 1.5, "unit": "x", "deep": [[{ "a": null }]] })
        )),
    ];
    prop::collection::btree_map(0..8_u8, member, 0..4).prop_map(|members| {
        members
            .into_values()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    })
}

/// A resource of any readable type.
pub(super) fn resource() -> impl Strategy<Value = Value> {
    let types: Vec<_> = ResourceType::all()
        .filter(|found| found.scope() != Scope::Closed)
        .collect();
    let links = prop::collection::vec(prop::collection::vec(link(), 0..3), 8);
    (
        prop::sample::select(types),
        links,
        surroundings(),
        prop::option::of("[a-z0-9]{1,8}"),
    )
        .prop_map(|(resource_type, links, mut members, id)| {
            for (path, links) in resource_type.compartment_paths().iter().zip(links) {
                put(&mut members, path, &links);
            }
            members.insert("resourceType".to_owned(), resource_type.name().into());
            if let Some(id) = id {
                members.insert("id".to_owned(), id.into());
            }
            Value::Object(members)
        })
}

/// Puts `links` at the end of `path`: one as an object, several as an array.
fn put(members: &mut Map<String, Value>, path: &[&str], links: &[Value]) {
    let (Some(name), rest) = (path.first(), path.get(1..).unwrap_or_default()) else {
        return;
    };
    if links.is_empty() {
        return;
    }
    let value = if !rest.is_empty() {
        let inner = |links: &[Value]| {
            let mut inner = Map::new();
            put(&mut inner, rest, links);
            Value::Object(inner)
        };
        Value::Array(
            links
                .iter()
                .map(|link| inner(std::slice::from_ref(link)))
                .collect(),
        )
    } else if let [only] = links {
        only.clone()
    } else {
        Value::from(links.to_vec())
    };
    members.insert((*name).to_owned(), value);
}

/// What the naive reader makes of a resource.
#[derive(Debug, Default, PartialEq)]
struct Naive {
    kind: &'static str,
    own: BTreeSet<String>,
    mentions: BTreeSet<String>,
    unnamed: usize,
    confidentiality: Option<&'static str>,
    sensitivity: BTreeSet<String>,
}

impl Naive {
    fn read(value: &Value) -> Self {
        let name = value["resourceType"].as_str().unwrap();
        let resource_type = ResourceType::parse(name).unwrap();
        let mut naive = Self::default();
        let contained: Vec<&Value> = value["contained"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        let mut doubt = contained
            .iter()
            .any(|inner| inner["resourceType"] == "Patient");
        let mut on_path: Vec<&Value> = Vec::new();
        if name == "Patient" {
            match value["id"].as_str() {
                Some(id) => _ = naive.own.insert(id.to_owned()),
                None => doubt = true,
            }
        } else {
            for path in resource_type.compartment_paths() {
                on_path.extend(at(value, path));
            }
        }
        for link in &on_path {
            match who(link, &contained, true) {
                Who::Nobody => {}
                Who::Patient(id) => _ = naive.own.insert(id),
                Who::Unnamed => {
                    naive.unnamed += 1;
                    doubt = true;
                }
                Who::Unknown => doubt = true,
            }
        }
        let mut objects = Vec::new();
        every_object(value, &mut objects);
        for object in objects {
            if on_path.iter().any(|link| std::ptr::eq(*link, object)) {
                continue;
            }
            match who(object, &contained, false) {
                Who::Patient(id) => _ = naive.mentions.insert(id),
                Who::Unnamed => naive.unnamed += 1,
                Who::Nobody | Who::Unknown => {}
            }
        }
        naive.label(value);
        contained.iter().for_each(|inner| naive.label(inner));
        naive.kind = match resource_type.scope() {
            _ if doubt => {
                naive.mentions.append(&mut naive.own);
                "undetermined"
            }
            Scope::Compartment if naive.own.is_empty() => "orphan",
            Scope::Compartment => "patients",
            Scope::Open => "open",
            Scope::Outcome => "outcome",
            Scope::Closed => "closed",
        };
        naive.mentions = naive.mentions.difference(&naive.own).cloned().collect();
        naive
    }

    fn label(&mut self, value: &Value) {
        for coding in at(value, &["meta", "security"])
            .into_iter()
            .chain(at(value, &["securityLabel", "coding"]))
        {
            match coding["code"].as_str() {
                Some("V") => self.confidentiality = Some("V"),
                Some("R") if self.confidentiality.is_none() => self.confidentiality = Some("R"),
                Some(code) if code.len() == 3 => _ = self.sensitivity.insert(code.to_owned()),
                _ => {}
            }
        }
    }
}

enum Who {
    Nobody,
    Patient(String),
    Unknown,
    Unnamed,
}

fn who(object: &Value, contained: &[&Value], own: bool) -> Who {
    let Some(text) = object["reference"].as_str() else {
        let logical = object.get("identifier").is_some();
        return match object["type"].as_str() {
            Some("Patient") if logical => Who::Unnamed,
            None if logical && own => Who::Unnamed,
            _ => Who::Nobody,
        };
    };
    let relative = text.replacen("https://ehr.test/fhir/", "", 1);
    let parts: Vec<&str> = relative.split('/').collect();
    match parts.as_slice() {
        ["#"] => Who::Nobody,
        ["Patient", id] | ["Patient", id, "_history", _] if !id.is_empty() => {
            Who::Patient((*id).to_owned())
        }
        ["Practitioner" | "Group", _] => Who::Nobody,
        ["https:", "", "other.test", "fhir", "Patient", _] => Who::Unnamed,
        ["https:", "", "other.test", "fhir", _, _] => Who::Nobody,
        [fragment] if fragment.starts_with('#') => {
            let id = fragment.trim_start_matches('#');
            match contained.iter().find(|inner| inner["id"] == id) {
                Some(inner) if inner["resourceType"] == "Patient" => Who::Unnamed,
                Some(_) => Who::Nobody,
                None => Who::Unknown,
            }
        }
        _ if text.contains("Patient") => Who::Unnamed,
        _ => Who::Unknown,
    }
}

/// The values at the end of `path`, arrays opened on the way.
fn at<'v>(value: &'v Value, path: &[&str]) -> Vec<&'v Value> {
    match (value, path) {
        (Value::Array(items), _) => items.iter().flat_map(|item| at(item, path)).collect(),
        (_, []) => vec![value],
        (Value::Object(members), [name, rest @ ..]) => members
            .get(*name)
            .map(|inner| at(inner, rest))
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn every_object<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| every_object(item, found)),
        Value::Object(members) => {
            found.push(value);
            members
                .values()
                .for_each(|member| every_object(member, found));
        }
        _ => {}
    }
}

/// The same view of the real reader's result.
fn view(resource: &Resource<'_>) -> Naive {
    let (kind, own) = match &resource.membership {
        Membership::Closed => ("closed", BTreeSet::new()),
        Membership::Open => ("open", BTreeSet::new()),
        Membership::Orphan => ("orphan", BTreeSet::new()),
        Membership::Outcome => ("outcome", BTreeSet::new()),
        Membership::Patients(own) => ("patients", own.iter().map(ToString::to_string).collect()),
        Membership::Undetermined(_) => ("undetermined", BTreeSet::new()),
    };
    Naive {
        kind,
        own,
        mentions: resource.mentions.iter().map(ToString::to_string).collect(),
        unnamed: resource.unnamed_patients,
        confidentiality: resource.labels.confidentiality.map(|level| level.code()),
        sensitivity: resource.labels.sensitivity.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_reader_agrees_with_a_naive_one(value in resource(), pretty in any::<bool>()) {
        let text = if pretty {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            serde_json::to_string(&value).unwrap()
        };
        match disclosure::read(text.as_bytes(), &BASES, &AnswerLimits::DEFAULT) {
            Ok(Answer::Resource(read)) => {
                let mut naive = Naive::read(&value);
                // Without membership there is nobody to subtract from the mentions.
                if naive.kind != "patients" {
                    naive.own.clear();
                }
                prop_assert_eq!(view(&read), naive, "{}", text);
            }
            other => prop_assert!(false, "{other:?} {text}"),
        }
    }
}
