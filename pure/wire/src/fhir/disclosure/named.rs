//! What a resource names at one place: the references that a search parameter stands for, its
//! version, its attachments.
//!
//! Read only from resources that may be shown, when a request follows a link.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::Unreadable;
use crate::fhir::id::Id;
use crate::fhir::reference::{Pointed, point};
use crate::fhir::types::{Link, ResourceType};

/// The resources of this server that `raw` names by `link`.
///
/// What is contained, on another server, or named by identifier only leads nowhere.
#[must_use]
pub fn named_by(raw: &str, link: &Link, own_bases: &[&str]) -> BTreeSet<(ResourceType, Id)> {
    let mut texts = Vec::new();
    if let Ok(value) = serde_json::from_str::<Value>(raw) {
        at_path(&value, link.path, &mut |reference| {
            if let Some(text) = reference.get("reference").and_then(Value::as_str) {
                texts.push(text.to_owned());
            }
        });
    }
    texts
        .iter()
        .filter_map(|text| match point(text, own_bases) {
            Pointed::Own(resource_type, id) => Some((resource_type, Id::parse(id)?)),
            _ => None,
        })
        .filter(|(resource_type, _)| link.may_name(*resource_type))
        .collect()
}

/// The patients of this server who are members of a `Group` (`Group.member.entity`), but for those
/// who are members no more (`Group.member.inactive`); `None` when the group cannot be read.
#[must_use]
pub fn group_members(raw: &str, own_bases: &[&str]) -> Option<BTreeSet<Id>> {
    let group: GroupText = serde_json::from_str(raw).ok()?;
    let active = group.member.iter().filter(|member| !member.inactive);
    let patients = active.filter_map(|member| match point(&member.entity.reference, own_bases) {
        Pointed::Own(resource_type, id) if resource_type.is_patient() => Id::parse(id),
        _ => None,
    });
    Some(patients.collect())
}

/// The resource behind an address of this server, such as a `Location`.
#[must_use]
pub fn own_address(address: &str, own_bases: &[&str]) -> Option<(ResourceType, Id)> {
    match point(address, own_bases) {
        Pointed::Own(resource_type, id) => Some((resource_type, Id::parse(id)?)),
        _ => None,
    }
}

/// What a resource names, at whatever place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Resources of this server.
    pub own: BTreeSet<(ResourceType, Id)>,
    /// Entries of the same bundle, by their addresses.
    pub in_bundle: BTreeSet<String>,
    /// Whether a reference is a search, as in a transaction, or has no known form.
    pub unclear: bool,
}

/// Everything that a resource names.
#[must_use]
pub fn names_of(raw: &str, own_bases: &[&str]) -> Names {
    let mut names = Names::default();
    match serde_json::from_str::<Value>(raw) {
        Ok(value) => everywhere(&value, &mut |text| match point(text, own_bases) {
            Pointed::Own(resource_type, id) => match Id::parse(id) {
                Some(id) => {
                    names.own.insert((resource_type, id));
                }
                None => names.unclear = true,
            },
            Pointed::Unclear => names.unclear = true,
            Pointed::InBundle(urn) => {
                names.in_bundle.insert(urn.to_owned());
            }
            Pointed::Contained(_) | Pointed::Foreign(_) => {}
        }),
        Err(_) => names.unclear = true,
    }
    names
}

/// Visits the text of every reference inside.
fn everywhere(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| everywhere(item, visit)),
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get("reference") {
                visit(text);
            }
            members.values().for_each(|inner| everywhere(inner, visit));
        }
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}

/// The version of a resource (`meta.versionId`).
#[must_use]
pub fn version_of(raw: &str) -> Option<Id> {
    let text: VersionText<'_> = serde_json::from_str(raw).ok()?;
    Id::parse(&text.meta.version)
}

/// How a `Binary` is to be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinaryContext {
    /// The resource that it belongs to (`Binary.securityContext`), when it says so.
    pub holder: Option<(ResourceType, Id)>,
    /// Whether it has security labels of its own.
    pub labelled: bool,
}

/// Reads how a `Binary` is to be decided.
///
/// # Errors
/// When `body` is not the `Binary` with this id, or its context cannot be told.
pub fn binary_context(
    body: &[u8],
    id: &Id,
    own_bases: &[&str],
) -> Result<BinaryContext, Unreadable> {
    let text = str::from_utf8(body).map_err(|_| Unreadable::InvalidUtf8)?;
    let binary: BinaryText<'_> = serde_json::from_str(text).map_err(|_| Unreadable::Syntax)?;
    if binary.resource_type != "Binary" || binary.id != id.as_str() {
        return Err(Unreadable::FullUrlMismatch);
    }
    let labelled = binary.meta.is_some_and(|meta| meta.security.is_some());
    let holder = match &binary.security_context {
        None => None,
        Some(context) => match point(&context.reference, own_bases) {
            Pointed::Own(resource_type, id) => Id::parse(id).map(|id| (resource_type, id)),
            _ => return Err(Unreadable::BadReference),
        },
    };
    Ok(BinaryContext { holder, labelled })
}

/// The elements of a `Group` that are read.
#[derive(Deserialize)]
struct GroupText {
    #[serde(default)]
    member: Vec<MemberText>,
}

#[derive(Deserialize)]
struct MemberText {
    #[serde(default)]
    entity: EntityText,
    #[serde(default)]
    inactive: bool,
}

#[derive(Default, Deserialize)]
struct EntityText {
    #[serde(default)]
    reference: String,
}

/// The elements of a `Binary` that are read; `serde` refuses a second one of the same name.
#[derive(Deserialize)]
struct BinaryText<'a> {
    #[serde(rename = "resourceType", borrow)]
    resource_type: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    meta: Option<MetaText>,
    #[serde(rename = "securityContext", borrow)]
    security_context: Option<ContextText<'a>>,
}

#[derive(Deserialize)]
struct MetaText {
    security: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct ContextText<'a> {
    #[serde(borrow)]
    reference: Cow<'a, str>,
}

/// Whether one of the attachments of a `DocumentReference` is this `Binary`.
#[must_use]
pub fn attaches(raw: &str, binary: &Id, own_bases: &[&str]) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(raw) else {
        return false;
    };
    let mut found = false;
    at_path(&value, &["content", "attachment"], &mut |attachment| {
        let url = attachment.get("url").and_then(Value::as_str);
        if let Some(Pointed::Own(resource_type, id)) = url.map(|url| point(url, own_bases)) {
            found |= resource_type.name() == "Binary" && id == binary.as_str();
        }
    });
    found
}

/// The one element that is read of a resource whose version is asked for: each read has it.
#[derive(Deserialize)]
struct VersionText<'a> {
    #[serde(borrow)]
    meta: VersionMeta<'a>,
}

#[derive(Deserialize)]
struct VersionMeta<'a> {
    #[serde(rename = "versionId", borrow)]
    version: Cow<'a, str>,
}

/// Visits what stands at the end of a path of names; arrays are transparent.
pub fn at_path(value: &Value, path: &[&str], visit: &mut dyn FnMut(&Value)) {
    if let Value::Array(items) = value {
        return items.iter().for_each(|item| at_path(item, path, visit));
    }
    match path.split_first() {
        Some((name, rest)) => {
            if let Some(inner) = value.get(*name) {
                at_path(inner, rest, visit);
            }
        }
        None => visit(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASES: &[&str] = &["http://inner/fhir"];

    #[test]
    fn references_are_found_where_the_parameter_looks_and_nowhere_else() {
        let encounter = ResourceType::parse("Encounter").unwrap();
        let link = encounter.link("practitioner").unwrap();
        let raw = r##"{"resourceType":"Encounter","subject":{"reference":"Patient/p"},
            "participant":[{"individual":{"reference":"Practitioner/a"}},
                {"individual":{"reference":"http://inner/fhir/Practitioner/b/_history/2"}},
                {"individual":{"reference":"http://other/fhir/Practitioner/c"}},
                {"individual":{"reference":"PractitionerRole/d"}},
                {"individual":{"reference":"#e"}},{"individual":{"display":"f"}}]}"##;
        let found: Vec<String> = named_by(raw, &link, BASES)
            .into_iter()
            .map(|(resource_type, id)| format!("{resource_type}/{id}"))
            .collect();
        assert_eq!(found, ["Practitioner/a", "Practitioner/b"]);
        assert!(named_by("{", &link, BASES).is_empty());
    }

    #[test]
    fn the_members_of_a_group_are_its_patients_who_are_still_in_it() {
        let raw = r#"{"resourceType":"Group","member":[
            {"entity":{"reference":"Patient/one"}},
            {"entity":{"reference":"Patient/gone"},"inactive":true},
            {"entity":{"reference":"Practitioner/two"}},
            {"entity":{"reference":"https://elsewhere.example/Patient/three"}},
            {"entity":{"display":"somebody"}}, {}]}"#;
        let members = group_members(raw, BASES).unwrap();
        assert_eq!(members.iter().map(Id::as_str).collect::<Vec<_>>(), ["one"]);
        assert_eq!(group_members("{}", BASES), Some(BTreeSet::new()));
        assert_eq!(group_members(r#"{"member":{}}"#, BASES), None);
    }

    #[test]
    fn versions_and_attachments() {
        assert_eq!(version_of(r#"{"meta":{"versionId":"7"}}"#), Id::parse("7"));
        assert_eq!(version_of(r#"{"meta":{"versionId":"7/8"}}"#), None);
        assert_eq!(version_of(r#"{"meta":{}}"#), None);
        let raw = r#"{"content":[{"attachment":{"url":"Binary/x"}},{"attachment":{"title":"y"}}]}"#;
        let id = |text| Id::parse(text).unwrap();
        assert!(attaches(raw, &id("x"), BASES));
        assert!(!attaches(raw, &id("y"), BASES));
    }
}
