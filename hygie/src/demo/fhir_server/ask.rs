//! Reading a request: a closed list of forms and parameters.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::BASE_PATH;
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
    Read {
        resource_type: String,
        id: String,
    },
    Search {
        resource_type: String,
        patient: Option<String>,
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
        let parameters = Parameters::read(query)?;
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
                let window = parameters.window();
                Ok(Self::Search {
                    resource_type,
                    patient: parameters.patient,
                    window,
                })
            }
            [name, id] => {
                let resource_type = known(name, shelves)?;
                parameters.nothing_else(Self::Read {
                    resource_type,
                    id: id.to_owned(),
                })
            }
            _ => Err(Refusal::unknown("nothing is at", path)),
        }
    }
}

/// What the query says; each parameter at most once.
#[derive(Default)]
struct Parameters {
    patient: Option<String>,
    count: Option<usize>,
    offset: Option<usize>,
    format: bool,
}

impl Parameters {
    fn read(query: &str) -> Result<Self, Refusal> {
        let mut read = Self::default();
        for pair in query.split('&').filter(|it| !it.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            let repeated = match name.as_ref() {
                "patient" | "subject" => read.patient.replace(patient(&value)?).is_some(),
                "_count" => read.count.replace(number(&value)?).is_some(),
                "_offset" => read.offset.replace(number(&value)?).is_some(),
                "_format" => std::mem::replace(&mut read.format, json_format(&value)?),
                _ => return Err(Refusal::unsupported("unknown search parameter", &name)),
            };
            if repeated {
                return Err(Refusal::unsupported("the parameter is there twice", &name));
            }
        }
        Ok(read)
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
        if self.count.is_some() || self.offset.is_some() {
            return Err(Refusal::unsupported(
                "unknown parameter",
                "_count or _offset",
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
