//! The guard as a hospital writes it down, in TOML. Unknown keys are refused; everything is denied
//! that no `allow` rule names.
//!
//! ```toml
//! time_zone = "CET-1CEST,M3.5.0,M10.5.0/3"
//!
//! [[conduits]]
//! name = "theatre-air"
//! protocol = "modbus"
//! clients = ["10.20.0.0/16"]
//! devices = ["10.30.4.0/24"]
//! fail = "open"
//! owner = "m-durand"
//! reason = "ventilation of theatres keeps its last set-point"
//! refuse = "exception"
//!
//! [[conduits.allow]]
//! id = "set-points"
//! from = ["*.*.*.100"]
//! persons = ["m-durand"]
//! access = ["write"]
//! units = [1, "10-12"]
//! functions = ["write-register", 16]
//! days = ["mon", "tue", "wed", "thu", "fri"]
//! hours = ["07:00-19:00"]
//! approval = "air-set-point"
//!
//! [[conduits.allow.points]]
//! space = "holding-register"
//! address = "40-47"
//! minimum = 180
//! maximum = 240
//! step_max = 10
//! interval_ms_min = 60000
//! ```

use event::{PersonId, ServiceId, Tier};
use serde::{Deserialize, Serialize};

use super::error::few;
use super::limits::DOCUMENT_BYTES_MAX;
use super::{AddressPattern, GuardError, Hours, Protocol, Range};

/// Everything a guard knows, in the order its author chose.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardDocument {
    /// The time zone of `days` and `hours`, with its rule of summer time as in POSIX.1 (`TZ`), so
    /// that no file of the system is needed; UTC when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The conduits.
    #[serde(default)]
    pub conduits: Vec<ConduitDocument>,
}

/// One way between two zones, in one language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConduitDocument {
    /// Its name.
    pub name: String,
    /// Its language.
    pub protocol: Protocol,
    /// Who may ask at all.
    pub clients: Vec<AddressPattern>,
    /// Whom they may ask.
    pub devices: Vec<AddressPattern>,
    /// What happens while the guard cannot judge.
    pub fail: Fail,
    /// The safety owner who chose that.
    pub owner: PersonId,
    /// Why.
    pub reason: String,
    /// How a refusal is answered.
    pub refuse: Refuse,
    /// For how many seconds a value that was read stays known; 300 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_s_max: Option<u32>,
    /// Searches (Who-Is, Who-Has) of one source in a minute, of BACnet only; 30 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub searches_per_minute: Option<u32>,
    /// What is allowed.
    #[serde(default)]
    pub allow: Vec<RuleDocument>,
}

/// What happens while the guard cannot judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fail {
    /// Nothing passes.
    Closed,
    /// Reads pass, and what was approved last may be sent again.
    Open,
}

/// How a refusal is answered. A false "done" does not exist: the operator's screen would believe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refuse {
    /// Not at all.
    Drop,
    /// With the protocol's own refusal.
    Exception,
}

/// What one rule allows; each list that is left out allows any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleDocument {
    /// Its name, told in refusals and evidence.
    pub id: String,
    /// From which addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<AddressPattern>,
    /// By which persons; together with `services`, nobody else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub persons: Vec<PersonId>,
    /// By which machines under their own names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceId>,
    /// From networks of which tiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
    /// What may be done; never left out.
    pub access: Vec<AccessName>,
    /// To which units, of Modbus only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<Range>,
    /// To devices on which networks, 0 for the local one, of BACnet only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<Range>,
    /// To which devices by instance, of BACnet only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<Range>,
    /// By which functions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<FunctionName>,
    /// By clients of which titles, of DICOM only. A title is what the client says of itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calling: Vec<String>,
    /// To applications of which titles, of DICOM only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub called: Vec<String>,
    /// About which classes of service, by their UIDs or `storage` for all that store, of DICOM only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// To whom instances may be sent (C-MOVE), of DICOM only; to nobody when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<String>,
    /// At which places, read or written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<PointDocument>,
    /// On which days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Day>,
    /// At which hours; one that ends before it starts ends on the next day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<Hours>,
    /// The act for which it needs a grant that is in force, as rules of approval call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// At which priorities, of BACnet only; 3 to 16 when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub priorities: Vec<Range>,
    /// Whether it is of life safety, which priorities 1 and 2 and life-safety operations need.
    #[serde(default, skip_serializing_if = "is_false")]
    pub life_safety: bool,
    /// The longest subscription or registration in seconds, of BACnet only; 3,600 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_s_max: Option<u32>,
    /// What is allowed besides, which no other key implies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowances: Vec<Allowance>,
}

/// What a request may do to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessName {
    /// See [`super::Access::Control`].
    Control,
    /// See [`super::Access::Identify`].
    Identify,
    /// See [`super::Access::Read`].
    Read,
    /// See [`super::Access::Write`].
    Write,
}

/// A function by its number or by its standard name; numbers of BACnet are of confirmed services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "the number or the standard name of a function")]
pub enum FunctionName {
    /// Its number.
    Number(u8),
    /// Its name.
    Name(String),
}

/// A property by its number or by its standard name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "the number or the standard name of a property")]
pub enum PropertyName {
    /// Its number.
    Number(u32),
    /// Its name.
    Name(String),
}

/// What a rule allows beyond its access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allowance {
    /// Writes and controls that reach every device.
    Broadcast,
    /// Messages that a broadcast manager is asked to distribute.
    DistributeBroadcast,
    /// Registering as a foreign device with a broadcast manager.
    RegisterForeignDevice,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// Places of one table, or one property of objects of one type, and what they may become.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointDocument {
    /// `coil`, `discrete-input`, `input-register`, `holding-register` or `file`; of BACnet the type
    /// of the objects, by name or as `object-128` by number.
    pub space: String,
    /// The property, of BACnet only; any, and the object as a whole, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<PropertyName>,
    /// The addresses, from 0 as on the wire; instances of objects; numbers of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Range>,
    /// The least value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// The greatest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// The greatest change by one write; needs `interval_ms_min`, because a hundred small steps at
    /// once are a great one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_max: Option<f64>,
    /// The shortest pause between two writes of one place, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_ms_min: Option<u64>,
    /// Whether a value with limits may be given up (NULL), of BACnet only: nobody knows what it
    /// then becomes.
    #[serde(default, skip_serializing_if = "is_false")]
    pub relinquish: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
fn is_false(value: &bool) -> bool {
    !value
}

impl GuardDocument {
    /// Reads a document; nothing is cross-checked yet, see [`super::Guard::new`].
    pub fn from_toml(text: &str) -> Result<Self, GuardError> {
        few("document", text.len(), DOCUMENT_BYTES_MAX)?;
        toml::from_str(text).map_err(|source| GuardError::Syntax {
            what: source.to_string(),
            source,
        })
    }
}
