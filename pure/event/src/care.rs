//! What the hospital's own systems tell about care: who is where, who takes part, who is one with
//! whom.
//!
//! One shape serves two states of a patient: [`CareChange`] of a [`PatientRef`] is what evidence
//! keeps, and of a [`crate::PatientId`] what the directory folds.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{EstablishmentId, PatientRef, PersonId, ServiceId, Timestamp, UnitId};

/// One report of a feed, kept before it is acknowledged (OCSF `User Access Management`, 3005).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CareReported {
    /// The feed, as the configuration names it.
    pub feed: ServiceId,
    /// What the sender calls the message, keyed: it may hold anything.
    pub message: CareKey,
    /// What it is: a trigger event such as `A01`, or a resource type.
    pub message_type: String,
    /// The stable codes of what the directory did not know when it came.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<String>,
    /// What it changes.
    #[serde(flatten)]
    pub change: CareChange<PatientRef>,
}

/// Something that came on a feed and changes nothing, because it could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedUnread {
    /// The feed.
    pub feed: ServiceId,
    /// From where it came, when it came over the network.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ip: Option<IpAddr>,
    /// The stable code of what was wrong; never the sender's bytes.
    pub reason: String,
    /// The field that could not be read, as the standard names it.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub field: String,
    /// How often, when more than once is told at once.
    pub times: u64,
}

/// A keyed name of something that belongs to one patient, such as a stay: equal names give equal
/// keys, and nobody without the key of the house can tell or test what was named.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CareKey(u128);

/// A text that is no [`CareKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key of care has 32 hexadecimal digits")]
pub struct InvalidCareKey;

/// A change of who takes part in whose care.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum CareChange<Patient> {
    /// Something happened in an episode: a stay, a care team, an appointment, an order.
    Episode(EpisodeReport<Patient>),
    /// Two identities are one patient (HL7 v2 A40); both stay known.
    Merged {
        /// Under which the patient goes on.
        survivor: Patient,
        /// Under which they were known.
        prior: Patient,
    },
    /// A patient is known, without anything else.
    Known {
        /// Who.
        patient: Patient,
    },
    /// An episode goes on under another name (HL7 v2 A42, A50).
    Renamed {
        /// The patient.
        patient: Patient,
        /// How it was called.
        from: CareKey,
        /// How it is called.
        to: CareKey,
    },
    /// A person of the staff: who they are, or where they work.
    Staff(StaffReport),
    /// A unit of an establishment.
    Unit {
        /// The establishment.
        establishment: EstablishmentId,
        /// The unit.
        unit: UnitId,
        /// Its name.
        name: String,
        /// The name of the establishment, when that is new.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        establishment_name: Option<String>,
    },
}

/// One report about one episode. The reports of an episode are a set: which came first does not
/// matter, only when each was told and of when it speaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EpisodeReport<Patient> {
    /// When the sender told it: what is told later corrects what was told before.
    pub told: Timestamp,
    /// What is told.
    #[serde(flatten)]
    pub step: EpisodeStep,
    /// Of when it speaks.
    pub at: Timestamp,
    /// The number of the movement, where the sender numbers them (`ZBE-1`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub movement: Option<CareKey>,
    /// The units that take care of the patient from then on.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub units: Vec<UnitId>,
    /// Those who are in charge from then on, or are asked for advice.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attending: Vec<PersonId>,
    /// Since when the episode lasts, if that is told beside.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub began: Option<Timestamp>,
    /// Where the patient was before, if that is told beside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub prior: Vec<UnitId>,
    /// The patient.
    pub patient: Patient,
    /// The episode.
    pub episode: CareKey,
}

/// What is told about an episode.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum EpisodeStep {
    /// It is expected: nobody is there yet.
    Plan,
    /// The patient came (A01, A04).
    Begin,
    /// The patient is elsewhere from then on (A02, A06, A07).
    Move,
    /// The patient left (A03).
    End,
    /// What was told is told anew (A08); with an end, that of the last stay.
    Correct {
        /// Until when, if that is told.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        ended: Option<Timestamp>,
    },
    /// It is another patient's, and always was (A45).
    Owner,
    /// The whole of it as it now stands (FHIR).
    Whole(EpisodeState),
    /// The movement of this number never was, or the last one of this kind.
    CancelMove,
    /// The end never was (A13).
    CancelEnd,
    /// The patient never came (A11), or is no longer expected (A38).
    CancelBegin,
}

/// An episode as one version of a FHIR resource has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EpisodeState {
    /// What it is: `encounter`, `care-team`, `appointment`, `service-request`.
    pub kind: String,
    /// It never was: cancelled, or entered in error.
    #[serde(skip_serializing_if = "is_false", default)]
    pub void: bool,
    /// Which unit cares, and when.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub stays: Vec<UnitPeriod>,
    /// Who takes part, and when.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub members: Vec<MemberPeriod>,
}

/// A unit, for one period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnitPeriod {
    /// The unit.
    pub unit: UnitId,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
}

/// A person of the staff in a role, for one period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MemberPeriod {
    /// Who, or under which role of theirs.
    #[serde(flatten)]
    pub who: Member,
    /// As what.
    pub role: String,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
}

/// How a member is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Member {
    /// By their own identity.
    Person(PersonId),
    /// By a post of theirs (FHIR `PractitionerRole`).
    Post(CareKey),
}

/// What is told about a person of the staff; what is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffReport {
    /// Who.
    pub person: PersonId,
    /// When it was told.
    pub told: Timestamp,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The code of their profession.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub profession: Option<String>,
    /// What they are besides.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub roles: Option<BTreeSet<String>>,
    /// One post of theirs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub post: Option<PostReport>,
}

/// A post as it now stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PostReport {
    /// The post.
    pub key: CareKey,
    /// Where and when; nothing for a post that never was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<PostPlace>,
}

/// Where and when somebody works.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PostPlace {
    /// The establishment.
    pub establishment: EstablishmentId,
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<UnitId>,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
}

impl<Patient> CareChange<Patient> {
    /// The same with its patients under another name.
    ///
    /// # Errors
    /// The first one that `name` gives.
    pub fn try_named<Other, E>(
        self,
        mut name: impl FnMut(Patient) -> Result<Other, E>,
    ) -> Result<CareChange<Other>, E> {
        Ok(match self {
            Self::Episode(report) => CareChange::Episode(report.try_named(name)?),
            Self::Merged { survivor, prior } => CareChange::Merged {
                survivor: name(survivor)?,
                prior: name(prior)?,
            },
            Self::Known { patient } => CareChange::Known {
                patient: name(patient)?,
            },
            Self::Renamed { patient, from, to } => CareChange::Renamed {
                patient: name(patient)?,
                from,
                to,
            },
            Self::Staff(report) => CareChange::Staff(report),
            Self::Unit {
                establishment,
                unit,
                name,
                establishment_name,
            } => CareChange::Unit {
                establishment,
                unit,
                name,
                establishment_name,
            },
        })
    }

    /// The patients that it names.
    pub fn patients(&self) -> impl Iterator<Item = &Patient> {
        let (first, second) = match self {
            Self::Episode(report) => (Some(&report.patient), None),
            Self::Merged { survivor, prior } => (Some(survivor), Some(prior)),
            Self::Known { patient } | Self::Renamed { patient, .. } => (Some(patient), None),
            Self::Staff(_) | Self::Unit { .. } => (None, None),
        };
        first.into_iter().chain(second)
    }
}

impl<Patient> EpisodeReport<Patient> {
    /// The same with its patient under another name.
    ///
    /// # Errors
    /// That of `name`.
    pub fn try_named<Other, E>(
        self,
        name: impl FnOnce(Patient) -> Result<Other, E>,
    ) -> Result<EpisodeReport<Other>, E> {
        Ok(EpisodeReport {
            patient: name(self.patient)?,
            told: self.told,
            step: self.step,
            at: self.at,
            movement: self.movement,
            units: self.units,
            attending: self.attending,
            began: self.began,
            prior: self.prior,
            episode: self.episode,
        })
    }
}

impl CareKey {
    pub(crate) fn from_tag(tag: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(tag))
    }
}

impl fmt::Display for CareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for CareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CareKey({self})")
    }
}

impl FromStr for CareKey {
    type Err = InvalidCareKey;

    fn from_str(text: &str) -> Result<Self, InvalidCareKey> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u128::from_str_radix(text, 16).ok().filter(|_| is_hex);
        number.map(Self).ok_or(InvalidCareKey)
    }
}

impl Serialize for CareKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CareKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests;
