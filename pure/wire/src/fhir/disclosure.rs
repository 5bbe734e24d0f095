//! What an answer discloses, read from the answer itself.
//!
//! The question that was asked proves nothing about what came back: a server may include, contain
//! or reference other people. So each resource is read whole, once, and tells whose it is (the
//! patient compartment of FHIR R4, `CompartmentDefinition/patient`), whom else it names, and how
//! sensitive it is. JSON that two readers could understand differently is unreadable.

use std::collections::{BTreeMap, BTreeSet};

use super::id::Id;
use super::types::ResourceType;
use crate::limits::AnswerLimits;

mod bundle;
mod history;
mod labels;
mod named;
mod rebuild;
mod scan;
mod settle;

pub use bundle::{Bundle, BundleType, Entry, Next, SearchMode};
pub use history::{Method, Version, read_history, write_history};
pub use labels::{Confidentiality, Labels};
pub use named::{
    BinaryContext, Names, at_path, attaches, binary_context, group_members, named_by, names_of,
    own_address, version_of,
};
pub use rebuild::{Searchset, Total};

/// A whole answer.
#[derive(Debug)]
pub enum Answer<'a> {
    /// `Bundle`: a page of a search, or a set of resources.
    Bundle(Bundle<'a>),
    /// Any other resource.
    Resource(Resource<'a>),
}

/// One resource and what showing it would disclose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource<'a> {
    /// Its type.
    pub resource_type: ResourceType,
    /// Its logical id; absent on resources that were never stored.
    pub id: Option<Id>,
    /// Whose it is.
    pub membership: Membership,
    /// Patients of this server that it names in any other way: outside the elements of the
    /// compartment, in extensions, in contained resources, through `Patient.link`.
    pub mentions: BTreeSet<Id>,
    /// How many references name a patient without an id of this server: on another server, by
    /// identifier only, or by a search.
    pub unnamed_patients: usize,
    /// Its security labels and those inside it.
    pub labels: Labels,
    /// The resource as received, byte for byte.
    pub raw: &'a str,
}

impl Resource<'_> {
    /// Every patient of this server that the resource names, its own included.
    pub fn patients(&self) -> impl Iterator<Item = &Id> {
        let own = match &self.membership {
            Membership::Patients(own) => Some(own.iter()),
            _ => None,
        };
        own.into_iter().flatten().chain(&self.mentions)
    }
}

/// Whose a resource is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Membership {
    /// Of a type that is neither in the compartment nor open: to be refused.
    Closed,
    /// Of a type that is read without a patient.
    Open,
    /// Of a type of the compartment, yet it names no patient there: to be refused.
    Orphan,
    /// An `OperationOutcome`.
    Outcome,
    /// In the compartments of these patients, at least one: showing it to somebody who may see one
    /// of them also shows him the others. A `Patient` is in its own only.
    Patients(BTreeSet<Id>),
    /// It belongs to somebody, and it cannot be told to whom: to be refused.
    Undetermined(Undetermined),
}

/// Why it cannot be told whose a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Undetermined {
    /// It contains a `Patient`, which has no identity of its own.
    ContainedPatient,
    /// A reference into the resource or the bundle finds nothing, or two different things.
    Dangling,
    /// It comes from another server, so that its relative references do too.
    ForeignEntry,
    /// Its patient is on another server.
    ForeignPatient,
    /// Its patient is named by identifier only.
    Logical,
    /// It is a `Patient` without id, or belongs to one.
    NoId,
    /// A reference that has no known form.
    Unclear,
}

impl Undetermined {
    /// A stable word for evidence.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ContainedPatient => "contained-patient",
            Self::Dangling => "dangling-reference",
            Self::ForeignEntry => "foreign-entry",
            Self::ForeignPatient => "foreign-patient",
            Self::Logical => "logical-reference",
            Self::NoId => "no-id",
            Self::Unclear => "unclear-reference",
        }
    }
}

/// Why an answer cannot be read; nothing of it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Unreadable {
    /// A bundle whose own elements are missing, doubled or of the wrong kind.
    #[error("the bundle's own elements do not follow the standard")]
    BadBundle,
    /// An `id` that is not one.
    #[error("a resource has an id outside the standard's pattern")]
    BadId,
    /// A reference that is not an object, or whose text is not a string.
    #[error("a reference is not of the standard's form")]
    BadReference,
    /// More bytes than the limit.
    #[error("the body is too long")]
    BodyTooLong,
    /// Two keys of one object that are equal, letter case aside.
    #[error("an object has the same key twice")]
    DuplicateKey,
    /// A key written with escapes, which no FHIR server does.
    #[error("a key is written with escapes")]
    EscapedKey,
    /// An entry whose `fullUrl` names another resource than the one inside.
    #[error("an entry's `fullUrl` contradicts its resource")]
    FullUrlMismatch,
    /// Bytes that are not UTF-8.
    #[error("the body is not UTF-8")]
    InvalidUtf8,
    /// A resource at a place that is neither an entry nor `contained`.
    #[error("a resource is nested where the standard allows none")]
    NestedResource,
    /// JSON without `resourceType`.
    #[error("the body is not a resource")]
    NotAResource,
    /// Not JSON, or followed by something else.
    #[error("the body is not one JSON value")]
    Syntax,
    /// Nested deeper than the limit.
    #[error("the body is nested too deep")]
    TooDeep,
    /// More entries than the limit.
    #[error("the bundle has too many entries")]
    TooManyEntries,
    /// More keys in one object than the limit.
    #[error("an object has too many keys")]
    TooManyKeys,
    /// More references or contained resources than the limit.
    #[error("a resource has too many references")]
    TooManyReferences,
    /// A `resourceType` that R4 does not have.
    #[error("a resource is of a type that FHIR R4 does not have")]
    UnknownType,
}

impl Unreadable {
    /// A stable word for evidence.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadBundle => "bad-bundle",
            Self::BadId => "bad-id",
            Self::BadReference => "bad-reference",
            Self::BodyTooLong => "body-too-long",
            Self::DuplicateKey => "duplicate-key",
            Self::EscapedKey => "escaped-key",
            Self::FullUrlMismatch => "full-url-mismatch",
            Self::InvalidUtf8 => "invalid-utf8",
            Self::NestedResource => "nested-resource",
            Self::NotAResource => "not-a-resource",
            Self::Syntax => "syntax",
            Self::TooDeep => "too-deep",
            Self::TooManyEntries => "too-many-entries",
            Self::TooManyKeys => "too-many-keys",
            Self::TooManyReferences => "too-many-references",
            Self::UnknownType => "unknown-type",
        }
    }
}

/// Reads a whole answer.
///
/// `own_bases` are the addresses of the one service that answers, such as its internal and its
/// public one (`https://ehr.example/fhir`); an absolute reference below any other is foreign.
///
/// # Errors
/// Why nothing of the answer may be shown.
pub fn read<'a>(
    body: &'a [u8],
    own_bases: &[&str],
    limits: &AnswerLimits,
) -> Result<Answer<'a>, Unreadable> {
    if body.len() > limits.body_bytes_max {
        return Err(Unreadable::BodyTooLong);
    }
    let text = str::from_utf8(body).map_err(|_| Unreadable::InvalidUtf8)?;
    let resource_type = scan::type_of(text)?;
    if resource_type.name() == "Bundle" {
        return Ok(Answer::Bundle(bundle::read(text, own_bases, limits)?));
    }
    let scanned = scan::scan(text, resource_type, limits)?;
    let place = settle::Place {
        own_bases,
        urns: &BTreeMap::new(),
        foreign: false,
    };
    Ok(Answer::Resource(settle::settle(scanned, &place)))
}

#[cfg(test)]
mod tests;
