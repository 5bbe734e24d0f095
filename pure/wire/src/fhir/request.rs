//! The grammar of requests: a closed list of forms, everything else is refused.
//!
//! `GET /metadata`, `GET /Type/id`, `GET /Type?patient=...` with conditions on the resources
//! themselves, `GET /Patient/id/$everything`
//! (FHIR R4 sections 3.1.0 and 3.1.1, operation `Patient-everything`).
//!
//! The client's bytes end here: what goes to the upstream is [`Request::canonical_target`], written
//! from the values that were understood.

mod filter;

use std::borrow::Cow;

use super::disclosure::{Answer, BundleType};
use super::id::Id;
use super::misunderstood::{Misunderstood, Reason};
use super::types::{PatientSearch, ResourceType, Scope};
use crate::http::{self, BadTarget};
use crate::limits::TargetLimits;

pub use filter::{Filter, SortKey};

/// Greatest page size that a client may ask for.
pub const COUNT_MAX: u16 = 1000;

/// A request that the door understands whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `GET /metadata`: what the server can do.
    Capabilities,
    /// `GET /Patient/id/$everything`: the whole record of one patient.
    Everything {
        /// Whose record.
        patient: Id,
        /// Greatest number of entries in one page.
        count: Option<u16>,
    },
    /// `GET /Type/id`: the current version of one resource.
    Read {
        /// Never of [`Scope::Closed`].
        resource_type: ResourceType,
        /// Its logical id.
        id: Id,
    },
    /// `GET /Type?patient=id`: the resources of one type that belong to one patient.
    SearchByPatient {
        /// Always one with a parameter for its patient.
        resource_type: ResourceType,
        /// Whose resources.
        patient: Id,
        /// Conditions that all hold, in their alphabetical order.
        filters: Vec<Filter>,
        /// The order of what is found, the first key first.
        sort: Vec<SortKey>,
        /// Greatest number of entries in one page.
        count: Option<u16>,
    },
}

impl Request {
    /// Reads one request.
    ///
    /// `path_below_base` is what follows the public base of the FHIR service and starts with `/`;
    /// `raw_query` is what follows the first `?`, not decoded. A bare `?` counts as no query.
    ///
    /// # Errors
    /// The first rule that is broken; nothing of the request may then reach the upstream.
    pub fn parse(
        method: &str,
        path_below_base: &str,
        raw_query: Option<&str>,
        limits: &TargetLimits,
    ) -> Result<Self, Misunderstood> {
        check_method(method)?;
        let query = raw_query.unwrap_or_default();
        if path_below_base.len().saturating_add(query.len()) > limits.target_bytes_max {
            return refuse(Reason::Target(BadTarget::TooLong), path_below_base);
        }
        let segments = read_path(path_below_base)?;
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        let form = Form::of(&segments)?;
        let parameters = Parameters::parse(query, form.searched(), limits)?;
        form.complete(parameters)
    }

    /// The one patient whose data is asked for, when the request itself says so.
    ///
    /// What comes back may concern others; only the answer tells.
    #[must_use]
    pub fn patient(&self) -> Option<&Id> {
        match self {
            Self::Everything { patient, .. } | Self::SearchByPatient { patient, .. } => {
                Some(patient)
            }
            Self::Read { resource_type, id } if resource_type.is_patient() => Some(id),
            Self::Capabilities | Self::Read { .. } => None,
        }
    }

    /// Whether `answer` has the form of an answer to this request.
    ///
    /// A server may answer with another resource than the one that was decided upon, by mistake or
    /// through a cache; such an answer is no answer.
    #[must_use]
    pub fn is_answered_by(&self, answer: &Answer<'_>) -> bool {
        match (self, answer) {
            (Self::Read { resource_type, id }, Answer::Resource(resource)) => {
                resource.resource_type == *resource_type && resource.id.as_ref() == Some(id)
            }
            (Self::Everything { .. } | Self::SearchByPatient { .. }, Answer::Bundle(bundle)) => {
                bundle.kind == BundleType::Searchset
            }
            (Self::Capabilities, Answer::Resource(resource)) => {
                resource.resource_type.name() == "CapabilityStatement"
            }
            (Self::Capabilities | Self::Read { .. }, Answer::Bundle(_))
            | (Self::Everything { .. } | Self::SearchByPatient { .. }, Answer::Resource(_)) => {
                false
            }
        }
    }

    /// Path and query for the upstream, below its base: one spelling for each meaning.
    ///
    /// INVARIANT: holds only literals, type names, ids, numbers and escaped values of filters, never
    /// the client's bytes, and parses back to the same request.
    #[must_use]
    pub fn canonical_target(&self) -> String {
        match self {
            Self::Capabilities => "/metadata".to_owned(),
            Self::Everything { patient, count } => {
                let mut target = format!("/Patient/{patient}/$everything");
                push_count(&mut target, '?', *count);
                target
            }
            Self::Read { resource_type, id } => format!("/{resource_type}/{id}"),
            Self::SearchByPatient {
                resource_type,
                patient,
                filters,
                sort,
                count,
            } => {
                // A bare id under `subject` could be of any type, so it is always qualified.
                let parameter = match resource_type.patient_search() {
                    PatientSearch::Subject => "subject=Patient/",
                    PatientSearch::Absent | PatientSearch::Both | PatientSearch::Patient => {
                        "patient="
                    }
                };
                let mut target = format!("/{resource_type}?{parameter}{patient}");
                for filter in filters {
                    filter.push(&mut target);
                }
                SortKey::push_all(sort, &mut target);
                push_count(&mut target, '&', *count);
                target
            }
        }
    }
}

/// What the path alone says.
enum Form {
    Capabilities,
    Everything(Id),
    Read(ResourceType, Id),
    Search(ResourceType),
}

impl Form {
    fn of(segments: &[&str]) -> Result<Self, Misunderstood> {
        match *segments {
            ["metadata"] => Ok(Self::Capabilities),
            ["_history"] | [_, "_history"] | [_, _, "_history"] => {
                refuse(Reason::History, "_history")
            }
            ["_search"] | [_, "_search"] | [_, _, "_search"] => refuse(Reason::Search, "_search"),
            [_, _, "_history", version] => refuse(Reason::VersionRead, version),
            ["Patient", id, "$everything"] => Ok(Self::Everything(read_id(id)?)),
            [.., last] if last.starts_with('$') => refuse(Reason::Operation, last),
            [name] => Ok(Self::Search(read_type(name)?)),
            [name, id] => Ok(Self::Read(read_type(name)?, read_id(id)?)),
            [.., last] => refuse(Reason::UnknownPath, last),
            [] => refuse(Reason::UnknownPath, "/"),
        }
    }

    /// The type that is searched, whose parameters the query may have.
    fn searched(&self) -> Option<ResourceType> {
        match self {
            Self::Search(resource_type) => Some(*resource_type),
            Self::Capabilities | Self::Everything(_) | Self::Read(..) => None,
        }
    }

    /// Joins what the query says; a parameter that the form has no use for is refused.
    fn complete(self, parameters: Parameters) -> Result<Request, Misunderstood> {
        let Parameters {
            count,
            patient,
            filters,
            sort,
        } = parameters;
        match self {
            Self::Search(resource_type) => {
                let Some(link) = patient else {
                    return refuse(Reason::SearchWithoutPatient, resource_type.name());
                };
                let patient = link.resolve(resource_type)?;
                Ok(Request::SearchByPatient {
                    resource_type,
                    patient,
                    filters,
                    sort: sort.unwrap_or_default(),
                    count,
                })
            }
            Self::Capabilities | Self::Everything(_) | Self::Read(..) if patient.is_some() => {
                refuse(Reason::ParameterNotSupported, "patient")
            }
            Self::Everything(patient) => Ok(Request::Everything { patient, count }),
            Self::Capabilities | Self::Read(..) if count.is_some() => {
                refuse(Reason::ParameterNotSupported, "_count")
            }
            Self::Capabilities => Ok(Request::Capabilities),
            Self::Read(resource_type, id) => Ok(Request::Read { resource_type, id }),
        }
    }
}

/// What the query says, each parameter at most once but for filters, which all hold.
#[derive(Default)]
struct Parameters {
    count: Option<u16>,
    patient: Option<PatientLink>,
    filters: Vec<Filter>,
    sort: Option<Vec<SortKey>>,
}

impl Parameters {
    fn parse(
        query: &str,
        searched: Option<ResourceType>,
        limits: &TargetLimits,
    ) -> Result<Self, Misunderstood> {
        http::check_query(query).map_err(|bad| Misunderstood::new(Reason::Target(bad), query))?;
        let mut read = Self::default();
        let mut format_seen = false;
        if query.is_empty() {
            return Ok(read);
        }
        for (index, pair) in query.split('&').enumerate() {
            if index >= limits.parameters_max {
                return refuse(Reason::ParametersTooMany, pair);
            }
            let (name, value) = read_pair(pair)?;
            match name.as_ref() {
                "_count" if read.count.is_none() => read.count = Some(read_count(&value)?),
                "_format" if !format_seen => {
                    read_format(&value)?;
                    format_seen = true;
                }
                "patient" | "subject" if read.patient.is_none() => {
                    read.patient = Some(PatientLink::parse(&name, &value)?);
                }
                "_count" | "_format" | "patient" | "subject" => {
                    return refuse(Reason::DuplicateParameter, &name);
                }
                "_sort" if searched.is_some() && read.sort.is_some() => {
                    return refuse(Reason::DuplicateParameter, &name);
                }
                _ => read.narrow(searched, &name, &value)?,
            }
        }
        // One spelling for each meaning: all of them hold, in whatever order, once is enough.
        read.filters.sort();
        read.filters.dedup();
        Ok(read)
    }

    /// Takes a parameter that narrows or orders what is found.
    fn narrow(
        &mut self,
        searched: Option<ResourceType>,
        name: &str,
        value: &str,
    ) -> Result<(), Misunderstood> {
        let unknown = || Misunderstood::new(why_not_parameter(name), name);
        let searched = searched.ok_or_else(unknown)?;
        if name == "_sort" {
            self.sort = Some(SortKey::parse_all(searched, value)?);
            return Ok(());
        }
        let filter = Filter::parse(searched, name, value).ok_or_else(unknown)??;
        self.filters.push(filter);
        Ok(())
    }
}

/// `patient=id`, `patient=Patient/id` or `subject=Patient/id`.
struct PatientLink {
    by_subject: bool,
    patient: Id,
}

impl PatientLink {
    fn parse(name: &str, value: &str) -> Result<Self, Misunderstood> {
        let by_subject = name == "subject";
        let id = match value.strip_prefix("Patient/") {
            Some(id) => id,
            None if by_subject => return refuse(Reason::BadPatient, value),
            None => value,
        };
        match Id::parse(id) {
            Some(patient) => Ok(Self {
                by_subject,
                patient,
            }),
            None => refuse(Reason::BadPatient, value),
        }
    }

    fn resolve(self, resource_type: ResourceType) -> Result<Id, Misunderstood> {
        match (resource_type.patient_search(), self.by_subject) {
            (PatientSearch::Both, _)
            | (PatientSearch::Patient, false)
            | (PatientSearch::Subject, true) => Ok(self.patient),
            (PatientSearch::Absent, _)
            | (PatientSearch::Patient, true)
            | (PatientSearch::Subject, false) => {
                refuse(Reason::TypeNotSearchable, resource_type.name())
            }
        }
    }
}

fn refuse<T>(reason: Reason, offending: &str) -> Result<T, Misunderstood> {
    Err(Misunderstood::new(reason, offending))
}

fn check_method(method: &str) -> Result<(), Misunderstood> {
    match method {
        "GET" => Ok(()),
        "POST" | "PUT" | "PATCH" | "DELETE" => refuse(Reason::MethodWrite, method),
        _ if !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            refuse(Reason::MethodNotSupported, method)
        }
        _ => refuse(Reason::MethodMalformed, method),
    }
}

/// The decoded segments of a path; escapes are decoded exactly once, here.
fn read_path(path: &str) -> Result<Vec<Cow<'_, str>>, Misunderstood> {
    http::check_path(path).map_err(|bad| Misunderstood::new(Reason::Target(bad), path))?;
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

fn read_id(text: &str) -> Result<Id, Misunderstood> {
    Id::parse(text).ok_or_else(|| Misunderstood::new(Reason::BadId, text))
}

fn read_pair(pair: &str) -> Result<(Cow<'_, str>, Cow<'_, str>), Misunderstood> {
    match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((decode(name)?, decode(value)?)),
        // `_include` without value is still worth its own name.
        _ if !pair.is_empty() => {
            let name = decode(pair)?;
            match why_not_parameter(&name) {
                Reason::UnknownParameter => refuse(Reason::ParameterMalformed, &name),
                reason => refuse(reason, &name),
            }
        }
        _ => refuse(Reason::ParameterMalformed, pair),
    }
}

fn read_count(value: &str) -> Result<u16, Misunderstood> {
    let plain = !value.starts_with('0') && value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse::<u16>() {
        Ok(count) if plain && (1..=COUNT_MAX).contains(&count) => Ok(count),
        _ => refuse(Reason::BadCount, value),
    }
}

fn read_format(value: &str) -> Result<(), Misunderstood> {
    match value {
        "json" | "application/json" | "application/fhir+json" => Ok(()),
        _ => refuse(Reason::BadFormat, value),
    }
}

/// Names the construct behind a parameter that is not served.
fn why_not_parameter(name: &str) -> Reason {
    const COMMON: [&str; 21] = [
        "_at",
        "_contained",
        "_containedtype",
        "_content",
        "_elements",
        "_filter",
        "_id",
        "_lastupdated",
        "_list",
        "_pretty",
        "_profile",
        "_query",
        "_security",
        "_since",
        "_sort",
        "_source",
        "_summary",
        "_tag",
        "_text",
        "_total",
        "_type",
    ];
    let lower = name.to_ascii_lowercase();
    let stem = lower.split([':', '.']).next().unwrap_or_default();
    match stem {
        "_include" | "_revinclude" | "includes" => Reason::Include,
        "_has" => Reason::ReverseChain,
        _ if name.contains(':') => Reason::Modifier,
        _ if name.contains('.') => Reason::Chain,
        _ if COMMON.contains(&stem) => Reason::ParameterNotSupported,
        _ => Reason::UnknownParameter,
    }
}

/// Decodes escapes once. The checks of [`http`] have already refused what decodes to an escape.
fn decode(text: &str) -> Result<Cow<'_, str>, Misunderstood> {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| Misunderstood::new(Reason::Target(BadTarget::InvalidUtf8), text))
}

fn push_count(target: &mut String, separator: char, count: Option<u16>) {
    if let Some(count) = count {
        target.push(separator);
        target.push_str("_count=");
        target.push_str(&count.to_string());
    }
}

#[cfg(test)]
mod tests;
