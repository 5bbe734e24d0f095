//! What method and path alone say: which interaction, on what (FHIR R4 section 3.1.0).

use std::borrow::Cow;

use super::super::id::Id;
use super::super::misunderstood::{Misunderstood, Reason};
use super::super::types::{Link, ResourceType, Scope};
use super::{Change, ExportOf, decode, refuse};
use crate::http::{self, BadTarget};
use crate::limits::PAGE_TOKEN_BYTES_MAX;

/// The first segment of the paths of export jobs; no resource type is named like it.
pub(super) const EXPORT_PATH: &str = "_export";

/// An interaction, its query not yet read.
pub(super) enum Form {
    Binary(Id),
    Bundle,
    Capabilities,
    /// A change of what the query finds.
    ChangeFound(Change, ResourceType),
    ChangeOne(Change, ResourceType, Id),
    Compartment(Id, ResourceType),
    Create(ResourceType),
    Everything(Id),
    Export(ExportOf),
    ExportFile(Box<str>, ResourceType),
    ExportJob(Box<str>),
    History(ResourceType, Id),
    /// What a link ties to a resource: the compartment of an encounter or a practitioner.
    LinkedCompartment(Link, ResourceType, Id, ResourceType),
    Read(ResourceType, Id),
    Search(ResourceType),
    VersionRead(ResourceType, Id, Id),
}

impl Form {
    pub(super) fn of(method: &str, path: &str) -> Result<Self, Misunderstood> {
        check_method(method)?;
        http::check_path(path).map_err(|bad| Misunderstood::new(Reason::Target(bad), path))?;
        if method == "POST" && path == "/" {
            return Ok(Self::Bundle);
        }
        let segments = segments(path)?;
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        match (method, segments.as_slice()) {
            ("GET", _) => Self::of_read(&segments),
            ("POST", [rest @ .., "_search"]) => match rest {
                [name] => Ok(Self::Search(read_type(name)?)),
                [owner, id, name] => Self::of_compartment(owner, id, name),
                _ => refuse(Reason::Search, "_search"),
            },
            ("POST", [name]) => Ok(Self::Create(written_type(name)?)),
            ("PUT", _) => Self::of_change(Change::Update, &segments),
            ("PATCH", _) => Self::of_change(Change::Patch, &segments),
            ("DELETE", _) => Self::of_change(Change::Delete, &segments),
            (_, [.., last]) if last.starts_with('$') => refuse(Reason::Operation, last),
            _ => refuse(Reason::MethodWrite, method),
        }
    }

    fn of_read(segments: &[&str]) -> Result<Self, Misunderstood> {
        match *segments {
            ["metadata"] => Ok(Self::Capabilities),
            ["_history"] | [_, "_history"] => refuse(Reason::History, "_history"),
            [name, id, "_history"] => Ok(Self::History(read_type(name)?, read_id(id)?)),
            ["_search"] | [_, "_search"] | [_, _, "_search"] => refuse(Reason::Search, "_search"),
            [name, id, "_history", version] => Ok(Self::VersionRead(
                read_type(name)?,
                read_id(id)?,
                read_id(version)?,
            )),
            ["Patient", id, "$everything"] => Ok(Self::Everything(read_id(id)?)),
            ["$export"] => Ok(Self::Export(ExportOf::System)),
            ["Patient", "$export"] => Ok(Self::Export(ExportOf::Patients)),
            ["Group", id, "$export"] => Ok(Self::Export(ExportOf::Group(read_id(id)?))),
            [EXPORT_PATH, token] => Ok(Self::ExportJob(read_token(token)?)),
            [EXPORT_PATH, token, name] => {
                Ok(Self::ExportFile(read_token(token)?, read_type(name)?))
            }
            [.., last] if last.starts_with('$') => refuse(Reason::Operation, last),
            ["Binary", id] => Ok(Self::Binary(read_id(id)?)),
            [name] => Ok(Self::Search(read_type(name)?)),
            [name, id] => Ok(Self::Read(read_type(name)?, read_id(id)?)),
            [owner, id, name] => Self::of_compartment(owner, id, name),
            [.., last] => refuse(Reason::UnknownPath, last),
            [] => refuse(Reason::UnknownPath, "/"),
        }
    }

    /// `owner/id/name`: what belongs to the compartment of a resource (section 2.26).
    fn of_compartment(owner: &str, id: &str, name: &str) -> Result<Self, Misunderstood> {
        if owner == "Patient" {
            return Ok(Self::Compartment(read_id(id)?, compartment_type(name)?));
        }
        let Some(owner) = ResourceType::parse(owner) else {
            return refuse(Reason::UnknownPath, name);
        };
        let id = read_id(id)?;
        let named = read_type(name)?;
        match named.compartment_link(owner) {
            Some(link) => Ok(Self::LinkedCompartment(link, owner, id, named)),
            None => refuse(Reason::TypeNotSearchable, name),
        }
    }

    fn of_change(change: Change, segments: &[&str]) -> Result<Self, Misunderstood> {
        match *segments {
            [name] => Ok(Self::ChangeFound(change, written_type(name)?)),
            [name, id] => Ok(Self::ChangeOne(change, written_type(name)?, read_id(id)?)),
            [.., last] if last.starts_with('$') => refuse(Reason::Operation, last),
            [.., last] => refuse(Reason::UnknownPath, last),
            [] => refuse(Reason::UnknownPath, "/"),
        }
    }

    /// The type that is searched, whose parameters the query may have.
    pub(super) fn searched(&self) -> Option<ResourceType> {
        match self {
            Self::Search(found)
            | Self::Compartment(_, found)
            | Self::LinkedCompartment(_, _, _, found)
            | Self::ChangeFound(_, found) => Some(*found),
            _ => None,
        }
    }
}

/// What a token of this door is made of.
pub(super) fn read_token(text: &str) -> Result<Box<str>, Misunderstood> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=PAGE_TOKEN_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain) {
        Ok(text.into())
    } else {
        // Whoever sent it knows it; evidence need not.
        refuse(Reason::BadPage, "token")
    }
}

fn check_method(method: &str) -> Result<(), Misunderstood> {
    match method {
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE" => Ok(()),
        _ if !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            refuse(Reason::MethodNotSupported, method)
        }
        _ => refuse(Reason::MethodMalformed, method),
    }
}

/// The decoded segments of a path; escapes are decoded exactly once, here.
fn segments(path: &str) -> Result<Vec<Cow<'_, str>>, Misunderstood> {
    let below = path.strip_prefix('/').unwrap_or(path);
    let mut segments = Vec::new();
    for segment in below.split('/') {
        let segment = decode(segment)?;
        if segment.contains(';') {
            return refuse(Reason::MatrixParameter, &segment);
        }
        segments.push(segment);
    }
    // `/Patient/1/` is not `/Patient/1` for every server.
    match segments.last() {
        Some(last) if last.is_empty() && segments.len() > 1 => {
            refuse(Reason::Target(BadTarget::EmptySegment), path)
        }
        Some(last) if last.is_empty() => refuse(Reason::UnknownPath, path),
        _ => Ok(segments),
    }
}

fn read_type(name: &str) -> Result<ResourceType, Misunderstood> {
    match ResourceType::parse(name) {
        Some(found) => match found.scope() {
            Scope::Compartment | Scope::Open => Ok(found),
            Scope::Closed | Scope::Outcome => refuse(Reason::TypeRefused, name),
        },
        None => refuse(Reason::UnknownType, name),
    }
}

/// A type that belongs to patients: reference data is written behind the door, not through it.
fn written_type(name: &str) -> Result<ResourceType, Misunderstood> {
    let found = read_type(name)?;
    if found.scope() == Scope::Compartment {
        Ok(found)
    } else {
        refuse(Reason::TypeNotWritable, name)
    }
}

fn compartment_type(name: &str) -> Result<ResourceType, Misunderstood> {
    let found = read_type(name)?;
    if found.scope() == Scope::Compartment && !found.is_patient() {
        Ok(found)
    } else {
        refuse(Reason::TypeNotSearchable, name)
    }
}

fn read_id(text: &str) -> Result<Id, Misunderstood> {
    Id::parse(text).ok_or_else(|| Misunderstood::new(Reason::BadId, text))
}
