//! What a reference points at (FHIR R4 section 2.3.0, `Reference.reference`).

use super::id::Id;
use super::types::ResourceType;
use crate::limits::REFERENCE_BYTES_MAX;

/// What the text of a reference points at, before any look into the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pointed<'a> {
    /// `#id`: inside the same resource; empty for the resource itself.
    Contained(&'a str),
    /// A resource of a known type on another server.
    Foreign(ResourceType),
    /// `urn:uuid:...` or `urn:oid:...`: an entry of the same bundle.
    InBundle(&'a str),
    /// A resource of this server, whatever the version.
    Own(ResourceType, &'a str),
    /// Anything else: a search, a broken address, a type that R4 does not have.
    Unclear,
}

/// Reads the text of a reference; `own_bases` are compared as they are, without trailing slash.
pub(super) fn point<'a>(text: &'a str, own_bases: &[&str]) -> Pointed<'a> {
    if text.len() > REFERENCE_BYTES_MAX {
        return Pointed::Unclear;
    }
    if let Some(fragment) = text.strip_prefix('#') {
        return Pointed::Contained(fragment);
    }
    if text.starts_with("urn:uuid:") || text.starts_with("urn:oid:") {
        return Pointed::InBundle(text);
    }
    if !text.contains("://") {
        return own(text);
    }
    // One base may be the beginning of another, so each is tried.
    own_bases
        .iter()
        .filter_map(|base| below(text, base)?.strip_prefix('/'))
        .map(own)
        .find(|pointed| *pointed != Pointed::Unclear)
        .unwrap_or_else(|| foreign(text))
}

/// What follows `base` in `text`; a trailing slash of the base does not count.
pub(super) fn below<'a>(text: &'a str, base: &str) -> Option<&'a str> {
    text.strip_prefix(base.strip_suffix('/').unwrap_or(base))
}

fn own(relative: &str) -> Pointed<'_> {
    match typed(relative) {
        Some((resource_type, id)) => Pointed::Own(resource_type, id),
        None => Pointed::Unclear,
    }
}

/// The type and id that end an address on another server.
fn foreign(text: &str) -> Pointed<'_> {
    let unversioned = text
        .split_once("/_history/")
        .map_or(text, |(before, _)| before);
    let mut tail = unversioned.rsplitn(3, '/');
    let (id, name) = (tail.next(), tail.next());
    match (name.and_then(ResourceType::parse), id) {
        (Some(resource_type), Some(id)) if Id::is_valid(id) => Pointed::Foreign(resource_type),
        _ => Pointed::Unclear,
    }
}

/// `Type/id` or `Type/id/_history/version`.
fn typed(relative: &str) -> Option<(ResourceType, &str)> {
    let (name, rest) = relative.split_once('/')?;
    let resource_type = ResourceType::parse(name)?;
    let id = match rest.split_once('/') {
        None => rest,
        Some((id, version)) => {
            let version = version.strip_prefix("_history/")?;
            if !Id::is_valid(version) {
                return None;
            }
            id
        }
    };
    Id::is_valid(id).then_some((resource_type, id))
}

#[cfg(test)]
mod tests;
