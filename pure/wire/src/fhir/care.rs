//! FHIR R4 resources that tell who takes part in whose care: `Encounter`, `CareTeam`,
//! `Appointment`, `PractitionerRole` and `ServiceRequest`.
//!
//! INVARIANT: what the care relation does not need is dropped here: of a resource only references,
//! states, roles and times are read, never a name, a text, a reason or an observation.
//!
//! The French care circle (profile `CDSCareTeam`) needs nothing of its own: a member who left and
//! came back is another participant, each with a period.

mod parts;
mod resources;
mod time;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::limits::{CARE_BUNDLE_ENTRIES_MAX, CARE_PARTS_MAX};

/// One version of a resource, as far as it concerns care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareStatement {
    /// The type of the resource.
    pub kind: CareKind,
    /// Its logical id.
    pub id: String,
    /// When this version was made (`meta.lastUpdated`), in microseconds since 1970.
    pub updated_us: Option<u64>,
    /// The logical id of the patient; none for a [`CareKind::PractitionerRole`].
    pub patient: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// When it holds.
    pub period: Period,
    /// Who takes part.
    pub participants: Vec<Participant>,
    /// Which places and organisations take part.
    pub places: Vec<Place>,
    /// To which organisation a practitioner's role belongs, by logical id.
    pub organization: Option<String>,
}

/// The types of resources that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CareKind {
    /// A role of a practitioner: read before those that may name it.
    PractitionerRole,
    /// A stay or visit.
    Encounter,
    /// A care team.
    CareTeam,
    /// An appointment.
    Appointment,
    /// An order.
    ServiceRequest,
}

/// How a resource stands, whatever the words of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody takes part yet, or nobody knows.
    Expected,
    /// It is in force.
    Active,
    /// It was, and is no longer.
    Ended,
    /// It will not be, or was given up.
    Cancelled,
    /// It never was.
    Void,
}

/// From an instant until before another one, in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Period {
    /// The first instant.
    pub from_us: Option<u64>,
    /// The first instant after it.
    pub until_us: Option<u64>,
}

/// Somebody who takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub who: Who,
    /// As what: a code, else nothing.
    pub role: Option<String>,
    /// When, as far as it differs from the whole.
    pub period: Period,
}

/// How a resource names somebody of the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// By an identifier alone.
    Identifier(String),
    /// By the logical id of a `Practitioner`.
    Practitioner(String),
    /// By the logical id of a `PractitionerRole`.
    PractitionerRole(String),
}

/// A place or organisation that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The logical id of a `Location`, `HealthcareService` or `Organization`.
    pub id: String,
    /// When, as far as it differs from the whole.
    pub period: Period,
}

/// Why a resource is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It is no JSON object of the form of its type.
    #[error("it is no FHIR resource of its type")]
    Malformed,
    /// It has no logical id.
    #[error("it has no `id`")]
    Id,
    /// It is about nobody, or not about a patient.
    #[error("it names no patient")]
    Patient,
    /// Its status is none of its type.
    #[error("its `status` is none of its type")]
    Status,
    /// A time in it cannot be read.
    #[error("a time in it cannot be read")]
    Time,
    /// It has more parts than are read.
    #[error("it has too many parts")]
    TooMany,
}

impl Unread {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "resource-malformed",
            Self::Id => "resource-without-id",
            Self::Patient => "patient-unidentified",
            Self::Status => "status-unknown",
            Self::Time => "time-unreadable",
            Self::TooMany => "parts-too-many",
        }
    }
}

impl CareKind {
    /// The name of the type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Appointment => "Appointment",
            Self::CareTeam => "CareTeam",
            Self::Encounter => "Encounter",
            Self::PractitionerRole => "PractitionerRole",
            Self::ServiceRequest => "ServiceRequest",
        }
    }
}

/// The beginning of every resource.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, rename = "resourceType")]
    resource_type: std::borrow::Cow<'a, str>,
}

/// Reads one resource; nothing for one of another type.
///
/// # Errors
/// [`Unread`], whose words hold nothing of the resource.
pub fn read(resource: &[u8]) -> Result<Option<CareStatement>, Unread> {
    let head: Head<'_> = serde_json::from_slice(resource).map_err(|_| Unread::Malformed)?;
    let statement = match &*head.resource_type {
        "Appointment" => resources::appointment(resource),
        "CareTeam" => resources::care_team(resource),
        "Encounter" => resources::encounter(resource),
        "PractitionerRole" => resources::practitioner_role(resource),
        "ServiceRequest" => resources::service_request(resource),
        _ => return Ok(None),
    }?;
    if statement.participants.len().max(statement.places.len()) > CARE_PARTS_MAX {
        return Err(Unread::TooMany);
    }
    Ok(Some(statement))
}

/// The resources of a bundle, or the one that stands alone.
///
/// # Errors
/// [`Unread::Malformed`], and [`Unread::TooMany`] for a bundle that is too long.
pub fn resources(bytes: &[u8]) -> Result<Vec<&[u8]>, Unread> {
    #[derive(Deserialize)]
    struct Bundle<'a> {
        #[serde(borrow, default)]
        entry: Vec<Entry<'a>>,
    }
    #[derive(Deserialize)]
    struct Entry<'a> {
        #[serde(borrow)]
        resource: Option<&'a RawValue>,
    }
    let head: Head<'_> = serde_json::from_slice(bytes).map_err(|_| Unread::Malformed)?;
    if head.resource_type != "Bundle" {
        return Ok(vec![bytes]);
    }
    let bundle: Bundle<'_> = serde_json::from_slice(bytes).map_err(|_| Unread::Malformed)?;
    if bundle.entry.len() > CARE_BUNDLE_ENTRIES_MAX {
        return Err(Unread::TooMany);
    }
    let resources = bundle.entry.iter().filter_map(|entry| entry.resource);
    Ok(resources.map(|raw| raw.get().as_bytes()).collect())
}

#[cfg(test)]
mod tests;
