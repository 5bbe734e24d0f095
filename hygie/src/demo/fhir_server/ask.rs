//! Reading a request: a closed list of forms and parameters.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::BASE_PATH;
use super::conditions::{Condition, Order};
use super::refusal::Refusal;
use super::shelves::Shelves;
use crate::demo::limits::{PAGE_ENTRIES, PAGE_ENTRIES_MAX, TARGET_BYTES_MAX};

/// A request that the server understands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Capability,
    Everything {
        patient: String,
        window: Window,
    },
    History {
        resource_type: String,
        id: String,
    },
    Read {
        resource_type: String,
        id: String,
        /// One version of it; the current one when nothing is said.
        version: Option<u32>,
    },
    Search {
        resource_type: String,
        patient: Option<String>,
        conditions: Vec<Condition>,
        order: Option<Order>,
        window: Window,
    },
}

/// The part of a list that one page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) count: usize,
    pub(super) offset: usize,
}

impl Ask {
    /// Reads path and query; `shelves` tells the types that there are.
    pub(super) fn read(path: &str, query: &str, shelves: &Shelves) -> Result<Self, Refusal> {
        if path.len().saturating_add(query.len()) > TARGET_BYTES_MAX {
            return Err(Refusal::bad("the target of the request is too long", ""));
        }
        let below = path
            .strip_prefix(BASE_PATH)
            .and_then(|it| it.strip_prefix('/'));
        let below = below.ok_or_else(|| Refusal::unknown("nothing is at", path))?;
        let decoded = below
            .split('/')
            .map(decode)
            .collect::<Result<Vec<_>, _>>()?;
        let segments: Vec<&str> = decoded.iter().map(AsRef::as_ref).collect();
        let name = match *segments {
            ["Patient", _, name] if !name.starts_with(['$', '_']) => name,
            [name, ..] => name,
            [] => "",
        };
        let parameters = Parameters::read(query, name)?;
        match *segments {
            ["metadata"] => parameters.nothing_else(Self::Capability),
            ["Patient", id, "$everything"] => {
                parameters.no_patient()?;
                Ok(Self::Everything {
                    patient: id.to_owned(),
                    window: parameters.window(),
                })
            }
            [name] => {
                let resource_type = known(name, shelves)?;
                if !shelves.is_in_compartment(name) {
                    parameters.no_patient()?;
                }
                Ok(parameters.search(resource_type))
            }
            [name, id] => {
                let resource_type = known(name, shelves)?;
                parameters.nothing_else(Self::Read {
                    resource_type,
                    id: id.to_owned(),
                    version: None,
                })
            }
            [name, id, "_history"] => Ok(Self::History {
                resource_type: known(name, shelves)?,
                id: id.to_owned(),
            }),
            [name, id, "_history", version] => {
                let resource_type = known(name, shelves)?;
                let version = version
                    .parse()
                    .map_err(|_| Refusal::unknown("no such version", version))?;
                parameters.nothing_else(Self::Read {
                    resource_type,
                    id: id.to_owned(),
                    version: Some(version),
                })
            }
            // The records name nobody but their subject, so the compartment is a search by patient.
            ["Patient", id, name] => {
                parameters.no_patient()?;
                let resource_type = known(name, shelves)?;
                let parameters = Parameters {
                    patient: Some(patient(id)?),
                    ..parameters
                };
                Ok(parameters.search(resource_type))
            }
            _ => Err(Refusal::unknown("nothing is at", path)),
        }
    }
}

/// What the query says; each parameter at most once.
#[derive(Default)]
struct Parameters {
    conditions: Vec<Condition>,
    order: Option<Order>,
    patient: Option<String>,
    count: Option<usize>,
    offset: Option<usize>,
    format: bool,
}

impl Parameters {
    fn read(query: &str, resource_type: &str) -> Result<Self, Refusal> {
        let mut read = Self::default();
        for pair in query.split('&').filter(|it| !it.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            let repeated = match name.as_ref() {
                // Several patients, or none that is plain, are an ordinary condition.
                "patient" | "subject" if !value.contains(',') => {
                    read.patient.replace(patient(&value)?).is_some()
                }
                "_count" => read.count.replace(number(&value)?).is_some(),
                "_offset" => read.offset.replace(number(&value)?).is_some(),
                "_format" => std::mem::replace(&mut read.format, json_format(&value)?),
                "_sort" => read.order.replace(Order::read(&value)?).is_some(),
                _ => {
                    let condition = Condition::read(resource_type, &name, &value)?;
                    read.conditions.push(condition);
                    false
                }
            };
            if repeated {
                return Err(Refusal::unsupported("the parameter is there twice", &name));
            }
        }
        Ok(read)
    }

    fn search(self, resource_type: String) -> Ask {
        Ask::Search {
            resource_type,
            window: self.window(),
            patient: self.patient,
            conditions: self.conditions,
            order: self.order,
        }
    }

    fn window(&self) -> Window {
        Window {
            count: self.count.unwrap_or(PAGE_ENTRIES).min(PAGE_ENTRIES_MAX),
            offset: self.offset.unwrap_or(0),
        }
    }

    fn no_patient(&self) -> Result<(), Refusal> {
        match &self.patient {
            Some(_) => Err(Refusal::unsupported("unknown search parameter", "patient")),
            None => Ok(()),
        }
    }

    fn nothing_else(&self, ask: Ask) -> Result<Ask, Refusal> {
        self.no_patient()?;
        let plain = self.conditions.is_empty() && self.order.is_none();
        if self.count.is_some() || self.offset.is_some() || !plain {
            return Err(Refusal::unsupported(
                "unknown parameter",
                "on a single resource",
            ));
        }
        Ok(ask)
    }
}

fn known(name: &str, shelves: &Shelves) -> Result<String, Refusal> {
    if shelves.has_type(name) {
        Ok(name.to_owned())
    } else {
        Err(Refusal::unknown(
            "this server holds no resources of type",
            name,
        ))
    }
}

/// `id` or `Patient/id`.
fn patient(value: &str) -> Result<String, Refusal> {
    let id = value.strip_prefix("Patient/").unwrap_or(value);
    let plain = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '.';
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
        return Err(Refusal::bad("this is no reference to a patient", value));
    }
    Ok(id.to_owned())
}

fn number(value: &str) -> Result<usize, Refusal> {
    let digits = !value.is_empty() && value.bytes().all(|it| it.is_ascii_digit());
    let number = if digits {
        value.parse::<u32>().ok()
    } else {
        None
    };
    number
        .and_then(|it| usize::try_from(it).ok())
        .ok_or_else(|| Refusal::bad("this is no number", value))
}

fn json_format(value: &str) -> Result<bool, Refusal> {
    match value {
        "json" | "application/json" | "application/fhir+json" => Ok(true),
        _ => Err(Refusal::unsupported("only JSON is spoken here, not", value)),
    }
}

fn decode(text: &str) -> Result<Cow<'_, str>, Refusal> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map_err(|_| Refusal::bad("this is not UTF-8", text))
}
