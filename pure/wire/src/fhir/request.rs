//! The grammar of requests: a closed list of interactions, everything else is refused
//! (FHIR R4 sections 3.1.0 and 3.1.1).
//!
//! The client's bytes end here: what goes to the upstream is written from the values that were
//! understood ([`Request::canonical_target`], [`Search::plain_target`]).

mod chain;
mod filter;
mod include;
mod parameters;
mod path;
mod search;

use std::borrow::Cow;

use super::disclosure::{Answer, BundleType};
use super::id::Id;
use super::misunderstood::{Misunderstood, Reason};
use super::types::ResourceType;
use crate::http::BadTarget;
use crate::limits::TargetLimits;

use parameters::Parameters;
use path::{EXPORT_PATH, Form};

pub use chain::{Chain, Condition, ReverseChain};
pub use filter::{Filter, SortKey};
pub use include::{Direction, Include};
pub use search::{Search, Summary, TotalMode, Whose, plain_target};

/// Greatest page size that a client may ask for.
pub const COUNT_MAX: u16 = 1000;

/// A request that the door understands whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `GET /Binary/id`: the bytes of a document.
    Binary {
        /// Its logical id.
        id: Id,
    },
    /// `POST /`: a bundle of type `batch` or `transaction`.
    Bundle,
    /// `GET /metadata`: what the server can do.
    Capabilities,
    /// `POST /Type`: a new resource.
    Create {
        /// Always of the patient compartment.
        resource_type: ResourceType,
    },
    /// `GET /Patient/id/$everything`: the whole record of one patient.
    Everything {
        /// Whose record.
        patient: Id,
        /// Greatest number of entries in one page.
        count: Option<u16>,
    },
    /// `GET /Patient/$export` and alike: the resources of many patients, in bulk (FHIR Bulk Data
    /// Access).
    Export {
        /// Whose resources.
        of: ExportOf,
        /// The types wanted, in alphabetical order; none stands for all that may be.
        types: Vec<ResourceType>,
        /// Only what was changed since this instant.
        since: Option<Box<str>>,
    },
    /// `GET /_export/token/Type`: one file of an export.
    ExportFile {
        /// The job, which only the door can read.
        token: Box<str>,
        /// The type whose resources the file holds.
        resource_type: ResourceType,
    },
    /// `GET /_export/token`: how far an export is, and its files.
    ExportJob {
        /// The job, which only the door can read.
        token: Box<str>,
    },
    /// `GET /Type/id/_history`: the versions of one resource.
    History {
        /// Its type.
        resource_type: ResourceType,
        /// Its logical id.
        id: Id,
        /// Greatest number of versions.
        count: Option<u16>,
    },
    /// `GET /Type?_page=...`: a further page of a search, named by a token of the door.
    Page {
        /// What is searched.
        resource_type: ResourceType,
        /// The token, which only the door can read.
        token: Box<str>,
    },
    /// `GET /Type/id`: the current version of one resource.
    Read {
        /// Of the patient compartment, or open.
        resource_type: ResourceType,
        /// Its logical id.
        id: Id,
    },
    /// `GET /Type?...`, `POST /Type/_search` or `GET /Patient/id/Type`.
    Search(Search),
    /// `GET /Type/id/_history/version`: one version of one resource.
    VersionRead {
        /// Its type.
        resource_type: ResourceType,
        /// Its logical id.
        id: Id,
        /// The version.
        version: Id,
    },
    /// `PUT`, `PATCH` or `DELETE` of one resource.
    Write {
        /// What is done.
        change: Change,
        /// To what.
        subject: Subject,
    },
}

/// What a bulk export takes in (FHIR Bulk Data Access, "Endpoints").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportOf {
    /// `Group/id/$export`: the resources of the members of a group.
    Group(Id),
    /// `Patient/$export`: the resources of all patients.
    Patients,
    /// `$export`: these, and the reference data that belongs to nobody.
    System,
}

/// A change of a resource that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// `DELETE`
    Delete,
    /// `PATCH`
    Patch,
    /// `PUT`
    Update,
}

/// The resource that is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The one that a search finds (conditional forms, section 3.1.0.4.3).
    Found(Search),
    /// The one with this type and id.
    One(ResourceType, Id),
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
        Self::parse_with_form(method, path_below_base, raw_query, "", limits)
    }

    /// Reads one request whose body is the form of a `_search`; see [`Request::takes_form`].
    ///
    /// # Errors
    /// As [`Request::parse`].
    pub fn parse_with_form(
        method: &str,
        path_below_base: &str,
        raw_query: Option<&str>,
        form: &str,
        limits: &TargetLimits,
    ) -> Result<Self, Misunderstood> {
        let query = raw_query.unwrap_or_default();
        let bytes = path_below_base.len().saturating_add(query.len());
        if bytes.saturating_add(form.len()) > limits.target_bytes_max {
            return refuse(Reason::Target(BadTarget::TooLong), path_below_base);
        }
        let interaction = Form::of(method, path_below_base)?;
        let mut parameters = Parameters::new(match &interaction {
            Form::Export(of) => Some(of.clone()),
            _ => None,
        });
        parameters.read(query, interaction.searched(), limits)?;
        // In a form a space is written as a plus sign, which a query means literally.
        parameters.read(&form.replace('+', "%20"), interaction.searched(), limits)?;
        interaction.complete(parameters)
    }

    /// Reads the condition of a conditional create: the query in `If-None-Exist`.
    ///
    /// # Errors
    /// As [`Request::parse`].
    pub fn parse_condition(
        resource_type: ResourceType,
        query: &str,
        limits: &TargetLimits,
    ) -> Result<Search, Misunderstood> {
        let path = format!("/{resource_type}");
        match Self::parse("GET", &path, Some(query), limits)? {
            Self::Search(search) => Ok(search),
            _ => refuse(Reason::BadCondition, query),
        }
    }

    /// Whether the body of such a request is a form that belongs to its query.
    #[must_use]
    pub fn takes_form(method: &str, path_below_base: &str) -> bool {
        method == "POST" && path_below_base.ends_with("/_search")
    }

    /// The method by which this is asked.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Bundle | Self::Create { .. } => "POST",
            Self::Write { change, .. } => match change {
                Change::Delete => "DELETE",
                Change::Patch => "PATCH",
                Change::Update => "PUT",
            },
            _ => "GET",
        }
    }

    /// The one patient whose data is asked for, when the request itself says so.
    ///
    /// What comes back may concern others; only the answer tells.
    #[must_use]
    pub fn patient(&self) -> Option<&Id> {
        let named = |resource_type: &ResourceType| resource_type.is_patient();
        match self {
            Self::Everything { patient, .. } => Some(patient),
            Self::Read { resource_type, id }
            | Self::History {
                resource_type, id, ..
            }
            | Self::VersionRead {
                resource_type, id, ..
            } if named(resource_type) => Some(id),
            Self::Write {
                subject: Subject::One(resource_type, id),
                ..
            } if named(resource_type) => Some(id),
            Self::Search(search)
            | Self::Write {
                subject: Subject::Found(search),
                ..
            } => search.patient(),
            _ => None,
        }
    }

    /// What is asked for, or changed.
    #[must_use]
    pub fn resource_type(&self) -> Option<ResourceType> {
        match self {
            Self::Binary { .. } => ResourceType::parse("Binary"),
            Self::Bundle | Self::Capabilities | Self::ExportJob { .. } => None,
            Self::Everything { .. } | Self::Export { .. } => ResourceType::parse("Patient"),
            Self::Create { resource_type }
            | Self::ExportFile { resource_type, .. }
            | Self::History { resource_type, .. }
            | Self::Page { resource_type, .. }
            | Self::Read { resource_type, .. }
            | Self::VersionRead { resource_type, .. } => Some(*resource_type),
            Self::Search(search) => Some(search.resource_type),
            Self::Write { subject, .. } => Some(match subject {
                Subject::Found(search) => search.resource_type,
                Subject::One(resource_type, _) => *resource_type,
            }),
        }
    }

    /// Whether `answer` has the form of an answer to this request.
    ///
    /// A server may answer with another resource than the one that was decided upon, by mistake or
    /// through a cache; such an answer is no answer.
    #[must_use]
    pub fn is_answered_by(&self, answer: &Answer<'_>) -> bool {
        match (self, answer) {
            (
                Self::Read { resource_type, id }
                | Self::VersionRead {
                    resource_type, id, ..
                },
                Answer::Resource(resource),
            ) => resource.resource_type == *resource_type && resource.id.as_ref() == Some(id),
            (Self::Everything { .. } | Self::Search(_), Answer::Bundle(bundle)) => {
                bundle.kind == BundleType::Searchset
            }
            (Self::History { .. }, Answer::Bundle(bundle)) => bundle.kind == BundleType::History,
            (Self::Capabilities, Answer::Resource(resource)) => {
                resource.resource_type.name() == "CapabilityStatement"
            }
            _ => false,
        }
    }

    /// Path and query below the base: one spelling for each meaning.
    ///
    /// INVARIANT: holds only literals, type names, ids, numbers and escaped values of filters, never
    /// the client's bytes, and parses back to the same request.
    #[must_use]
    pub fn canonical_target(&self) -> String {
        let mut target = String::new();
        match self {
            Self::Binary { id } => target.push_str(&format!("/Binary/{id}")),
            Self::Bundle => target.push('/'),
            Self::Capabilities => target.push_str("/metadata"),
            Self::Create { resource_type } => target.push_str(&format!("/{resource_type}")),
            Self::Everything { patient, count } => {
                target.push_str(&format!("/Patient/{patient}/$everything"));
                push_count(&mut target, *count);
            }
            Self::Export { of, types, since } => {
                match of {
                    ExportOf::Group(id) => target.push_str(&format!("/Group/{id}/$export")),
                    ExportOf::Patients => target.push_str("/Patient/$export"),
                    ExportOf::System => target.push_str("/$export"),
                }
                if !types.is_empty() {
                    let names: Vec<&str> = types.iter().map(|it| it.name()).collect();
                    search::push(&mut target, "_type", &names.join(","));
                }
                if let Some(since) = since {
                    search::push(&mut target, "_since", &filter::escaped(since));
                }
            }
            Self::ExportFile {
                token,
                resource_type,
            } => target.push_str(&format!("/{EXPORT_PATH}/{token}/{resource_type}")),
            Self::ExportJob { token } => target.push_str(&format!("/{EXPORT_PATH}/{token}")),
            Self::History {
                resource_type,
                id,
                count,
            } => {
                target.push_str(&format!("/{resource_type}/{id}/_history"));
                push_count(&mut target, *count);
            }
            Self::Page {
                resource_type,
                token,
            } => target.push_str(&format!("/{resource_type}?_page={token}")),
            Self::Read { resource_type, id } => target.push_str(&format!("/{resource_type}/{id}")),
            Self::Search(search) => search.push_target(&mut target),
            Self::VersionRead {
                resource_type,
                id,
                version,
            } => target.push_str(&format!("/{resource_type}/{id}/_history/{version}")),
            Self::Write { subject, .. } => match subject {
                Subject::Found(search) => search.push_target(&mut target),
                Subject::One(resource_type, id) => {
                    target.push_str(&format!("/{resource_type}/{id}"));
                }
            },
        }
        target
    }
}

impl Form {
    /// Joins what the query says; a parameter that the form has no use for is refused.
    fn complete(self, parameters: Parameters) -> Result<Request, Misunderstood> {
        Ok(match self {
            Self::Search(resource_type) if parameters.page.is_some() => {
                page_of(resource_type, parameters)?
            }
            Self::Search(resource_type) => {
                Request::Search(parameters.into_search(resource_type, None)?)
            }
            Self::Compartment(patient, resource_type) => {
                Request::Search(parameters.into_search(resource_type, Some(patient))?)
            }
            Self::LinkedCompartment(link, owner, id, resource_type) => {
                let mut parameters = parameters;
                parameters.narrow_to(Filter::naming(&link, owner, [&id]));
                Request::Search(parameters.into_search(resource_type, None)?)
            }
            Self::ChangeFound(change, resource_type) => {
                let search = parameters.into_search(resource_type, None)?;
                if search.includes.is_empty() && search.whose != Whose::Anyones {
                    let subject = Subject::Found(search);
                    Request::Write { change, subject }
                } else {
                    return refuse(Reason::BadCondition, resource_type.name());
                }
            }
            Self::Export(of) => {
                let (types, since) = parameters.into_export()?;
                Request::Export { of, types, since }
            }
            Self::Everything(patient) => Request::Everything {
                patient,
                count: parameters.nothing_but_count(true)?,
            },
            Self::History(resource_type, id) => Request::History {
                resource_type,
                id,
                count: parameters.nothing_but_count(true)?,
            },
            plain => {
                parameters.nothing_but_count(false)?;
                plain.alone()?
            }
        })
    }

    /// The interactions that have no parameters.
    fn alone(self) -> Result<Request, Misunderstood> {
        Ok(match self {
            Self::Binary(id) => Request::Binary { id },
            Self::Bundle => Request::Bundle,
            Self::Capabilities => Request::Capabilities,
            Self::ChangeOne(change, resource_type, id) => Request::Write {
                change,
                subject: Subject::One(resource_type, id),
            },
            Self::Create(resource_type) => Request::Create { resource_type },
            Self::ExportFile(token, resource_type) => Request::ExportFile {
                token,
                resource_type,
            },
            Self::ExportJob(token) => Request::ExportJob { token },
            Self::Read(resource_type, id) => Request::Read { resource_type, id },
            Self::VersionRead(resource_type, id, version) => Request::VersionRead {
                resource_type,
                id,
                version,
            },
            _ => return refuse(Reason::UnknownPath, "/"),
        })
    }
}

/// A page is named by its token alone, which holds the whole search.
fn page_of(resource_type: ResourceType, parameters: Parameters) -> Result<Request, Misunderstood> {
    match parameters.only_page() {
        Some(token) => Ok(Request::Page {
            resource_type,
            token,
        }),
        None => refuse(Reason::ParameterNotSupported, "_page"),
    }
}

fn refuse<T>(reason: Reason, offending: &str) -> Result<T, Misunderstood> {
    Err(Misunderstood::new(reason, offending))
}

/// Decodes escapes once. The checks of [`crate::http`] have already refused what decodes to an
/// escape.
fn decode(text: &str) -> Result<Cow<'_, str>, Misunderstood> {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| Misunderstood::new(Reason::Target(BadTarget::InvalidUtf8), text))
}

fn push_count(target: &mut String, count: Option<u16>) {
    if let Some(count) = count {
        search::push(target, "_count", &count.to_string());
    }
}

#[cfg(test)]
mod tests;
