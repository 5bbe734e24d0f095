//! The directory as a hospital group writes it down, in JSON.
//!
//! Unknown keys are refused. Periods hold from `from` (inclusive) until `until` (exclusive);
//! without `until` they hold until further notice. All lists may be left out.

use std::collections::BTreeSet;

use event::{AssetId, EstablishmentId, PatientId, PersonId, Tier, Timestamp, UnitId};
use serde::{Deserialize, Serialize};

use crate::inventory::Key;
use crate::{
    Account, ApprovalRule, AssetGroup, CareFunction, Clearance, Consent, DirectoryLimits, Error,
    OfficeHours, OnCall, Place, Replacement, Responsibility, Supervision, Supplier,
};

/// Everything a directory knows, in the order its author chose.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryDocument {
    /// The establishments of the group, with their units.
    #[serde(default)]
    pub establishments: Vec<Establishment>,
    /// The staff, and machines that act under their own name.
    #[serde(default)]
    pub persons: Vec<Person>,
    /// The patients. Their names and traits are not here: those live in the record only.
    #[serde(default)]
    pub patients: Vec<Patient>,
    /// The care teams, one per patient and episode.
    #[serde(default)]
    pub care_teams: Vec<CareTeam>,
    /// The encounters.
    #[serde(default)]
    pub encounters: Vec<Encounter>,
    /// The devices and building controllers.
    #[serde(default)]
    pub assets: Vec<Asset>,
    /// Who answers for which units besides their own, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_call: Vec<OnCall>,
    /// Who stands in for whom, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replacements: Vec<Replacement>,
    /// Which student works under whom, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supervisions: Vec<Supervision>,
    /// What patients allow and refuse.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<Consent>,
    /// The accounts of patients and of those who act for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Account>,
    /// Assets that are treated alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asset_groups: Vec<AssetGroup>,
    /// The care that must not stop, and what it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub care_functions: Vec<CareFunction>,
    /// What care functions stand on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppliers: Vec<Supplier>,
    /// What somebody vouches that no care depends on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clearances: Vec<Clearance>,
    /// Hours of the week that responsibilities share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub office_hours: Vec<OfficeHours>,
    /// Who answers for which aspect of which asset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responsibilities: Vec<Responsibility>,
    /// Which acts on assets need whose approval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalRule>,
}

/// One hospital of the group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Establishment {
    /// Its identity.
    pub id: EstablishmentId,
    /// Its name.
    pub name: String,
    /// Its units.
    #[serde(default)]
    pub units: Vec<Unit>,
}

/// One unit of an establishment. Its identity is its own in the whole group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Its identity.
    pub id: UnitId,
    /// Its name.
    pub name: String,
}

/// A person of the staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Their identity, the `sub` of their tokens.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// The code of their profession, such as `physician`; what it allows is policy.
    pub profession: String,
    /// What they are besides, such as `on-call`; what it allows is policy.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<String>,
    /// Where they work, past and future posts included.
    #[serde(default)]
    pub posts: Vec<Post>,
    /// The record in which they are the patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_record: Option<PatientId>,
}

/// A post in an establishment, in one unit or in none in particular.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// The establishment.
    pub establishment: EstablishmentId,
    /// The unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// The first instant at which the post holds.
    pub from: Timestamp,
    /// The first instant at which it no longer does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A patient, as far as access is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patient {
    /// Their identity, the logical id of their FHIR `Patient` resource.
    pub id: PatientId,
    /// The establishments that follow them.
    #[serde(default)]
    pub establishments: BTreeSet<EstablishmentId>,
    /// Discretion was asked for: a well-known person, or a member of the staff.
    #[serde(default, skip_serializing_if = "is_false")]
    pub protected: bool,
}

/// The care team of one patient, for one episode or for all of their care.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CareTeam {
    /// Its identity, the logical id of a FHIR `CareTeam` where there is one.
    pub id: String,
    /// The patient.
    pub patient: PatientId,
    /// The episode, by its identity in the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub episode: Option<String>,
    /// The members. Who leaves and comes back has another entry.
    #[serde(default)]
    pub members: Vec<CareTeamMember>,
}

/// A member of a care team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CareTeamMember {
    /// Who.
    pub person: PersonId,
    /// As what, such as `attending-physician`.
    pub role: String,
    /// The first instant of membership.
    pub from: Timestamp,
    /// The first instant after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A stay or visit of a patient in a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encounter {
    /// Its identity, the logical id of a FHIR `Encounter` where there is one.
    pub id: String,
    /// The patient.
    pub patient: PatientId,
    /// The unit; a move to another unit is another entry.
    pub unit: UnitId,
    /// How far it has come.
    pub status: EncounterStatus,
    /// When it began, or will.
    pub from: Timestamp,
    /// When it ended; a finished encounter must tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// How far an encounter has come: FHIR R4 `EncounterStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EncounterStatus {
    /// Not begun yet.
    Planned,
    /// The patient is there and waits.
    Arrived,
    /// The patient was seen by triage.
    Triaged,
    /// Under way.
    InProgress,
    /// Under way, the patient is away for a while.
    #[serde(rename = "onleave")]
    OnLeave,
    /// Over.
    Finished,
    /// Ended before it began.
    Cancelled,
    /// Never took place.
    EnteredInError,
    /// Not known.
    Unknown,
}

/// A device or a building controller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// Its identity.
    pub id: AssetId,
    /// Its name.
    pub name: String,
    /// Its tier.
    pub tier: Tier,
    /// Where it is.
    pub establishment: EstablishmentId,
    /// In which unit, when it serves one in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// What it is, such as `infusion-pump`.
    pub kind: String,
    /// The care that stops when it stops, such as `anaesthesia`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub care_function: Option<String>,
    /// By what it is known on the network, such as `ip:10.30.4.7` or `mac:02:00:00:00:00:01`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub keys: BTreeSet<Key>,
}

impl DirectoryDocument {
    /// Reads a document as JSON; nothing is cross-checked yet, see [`crate::Directory::new`].
    pub fn from_json(bytes: &[u8], limits: &DirectoryLimits) -> Result<Self, Error> {
        if bytes.len() > limits.document_bytes_max {
            return Err(Error::TooMany {
                place: Place::list("document"),
                kind: "bytes",
                count: bytes.len(),
                limit: limits.document_bytes_max,
            });
        }
        serde_json::from_slice(bytes).map_err(|source| Error::Unreadable {
            line: source.line(),
            column: source.column(),
            source,
        })
    }

    /// The document as JSON, indented, with a final line end.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // No map with foreign keys and no fallible serialiser is inside, so this cannot fail; an
        // empty document would be refused on reading, never taken for another.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }
}

impl Person {
    /// The posts in force at an instant.
    pub fn posts_at(&self, at: Timestamp) -> impl Iterator<Item = &Post> {
        self.posts
            .iter()
            .filter(move |post| holds(post.from, post.until, at))
    }

    /// Whether any post is in force at an instant.
    #[must_use]
    pub fn is_posted(&self, at: Timestamp) -> bool {
        self.posts_at(at).next().is_some()
    }
}

impl EncounterStatus {
    /// Whether the patient is, or was, in the unit during the period of the encounter.
    ///
    /// A finished encounter counts within its own period, so that an access of that time can
    /// still be explained years later.
    #[must_use]
    pub fn took_place(self) -> bool {
        match self {
            Self::Arrived | Self::Triaged | Self::InProgress | Self::OnLeave | Self::Finished => {
                true
            }
            Self::Planned | Self::Cancelled | Self::EnteredInError | Self::Unknown => false,
        }
    }
}

/// Whether a period holds at an instant: its start is inside, its end is not.
pub(crate) fn holds(from: Timestamp, until: Option<Timestamp>, at: Timestamp) -> bool {
    from <= at && until.is_none_or(|until| at < until)
}

pub(crate) fn is_false(value: &bool) -> bool {
    !value
}
