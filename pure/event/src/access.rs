//! The event of one request at the door: who asked what for whom, and what became of it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{
    EstablishmentId, GlassId, PatientRef, PersonId, Purpose, RequestId, ServiceId, SessionId,
};

/// One decided access, kept before anything is shown (OCSF `API Activity`, 6003).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The request, as told to the client in `X-Request-Id`.
    pub request: RequestId,
    /// Who asked.
    pub actor: Actor,
    /// What was asked.
    pub asked: Asked,
    /// What was decided.
    pub outcome: Outcome,
    /// The stable codes of the reasons, from the policies that settled the decision.
    pub reasons: Vec<String>,
    /// The policies that settled it, by their ids.
    pub policies: Vec<String>,
    /// The policy set in force: the first 16 hexadecimal digits of its SHA-256.
    pub policy_set: String,
    /// The break-glass opening this access stands on, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub glass: Option<GlassId>,
    /// What leaves the door after this event is durable.
    pub disclosed: Disclosed,
    /// The HTTP status that the client is about to get; of another protocol, the one that says the
    /// same.
    pub status: u16,
    /// Between which applications it went, of DICOM only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub association: Option<Association>,
}

/// Between which applications something went (DICOM PS3.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Association {
    /// The title that the client gave itself: told, never trusted.
    pub calling: String,
    /// The title that it asked for.
    pub called: String,
    /// The address of the application behind it.
    pub device: IpAddr,
    /// The class of service, by its UID.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub class: Option<String>,
    /// To whom instances were to be sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub destination: Option<String>,
}

/// Who asked, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The person or machine.
    pub person: PersonId,
    /// The profession under which they acted, as the directory knows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub profession: Option<String>,
    /// The establishments they act for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub establishments: Vec<EstablishmentId>,
    /// The session.
    pub session: SessionId,
    /// The network address of the client.
    pub ip: IpAddr,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The service behind the door.
    pub service: ServiceId,
    /// The action of the policy: `read`, `search`, `everything`, `use`, `declareBreakGlass`...
    pub action: String,
    /// The purpose of use.
    pub purpose: Purpose,
    /// The kind of thing asked for.
    #[serde(flatten)]
    pub target: Target,
}

/// The thing asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Target {
    /// The FHIR resource type, or nothing for a service that is not FHIR.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource_type: Option<String>,
    /// The patient whom the request itself names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub patient: Option<PatientRef>,
}

/// What a decision comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Refused, and an emergency may open it.
    Breakable,
    /// Allowed.
    Permit,
    /// Refused.
    Refusal,
}

/// What leaves the door, counted, and of whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Disclosed {
    /// The patients whose data leaves.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub patients: Vec<PatientRef>,
    /// How many resources leave.
    pub resources: u32,
    /// How many resources of the answer were held back.
    pub withheld: u32,
}

impl Outcome {
    /// The outcome as evidence and people read it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Breakable => "breakable",
            Self::Permit => "permit",
            Self::Refusal => "refusal",
        }
    }
}
