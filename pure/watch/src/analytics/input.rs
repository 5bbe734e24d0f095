//! What the analytics look at: one typed value for each kind of event, whoever reported it.
//!
//! Times are microseconds since 1970 and may be any number. The caller has put the time of receipt
//! in the place of one that lies beyond it, as `correlation` does, so that one wrong clock does not
//! move everybody's day.

use serde::{Deserialize, Serialize};

/// Where and when an event happened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// The position of the event in the log.
    pub position: u64,
    /// The hospital it belongs to.
    pub establishment: String,
}

/// One connection, or the attempt of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Where and when it began.
    pub place: Place,
    /// Who opened it.
    pub source: String,
    /// To which address.
    pub destination: String,
    /// To which port.
    pub port: u16,
    /// The protocol.
    pub proto: Proto,
    /// What became of it.
    pub state: FlowState,
    /// Bytes from the source.
    pub bytes_out: u64,
    /// Bytes to the source.
    pub bytes_in: u64,
    /// How long it lasted.
    pub duration_us: i64,
    /// The name that was asked for: TLS SNI or HTTP Host. A flow with a name was told, or will be
    /// told, a second time without it.
    pub name: Option<String>,
}

/// Protocols over IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proto {
    /// ICMP, of either version.
    Icmp,
    /// Anything else.
    Other,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// What became of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlowState {
    /// The other side answered (Zeek `SF`, `S1`, `S2`, `S3`, `RSTO`, `RSTR`).
    Answered,
    /// Only a part was seen (Zeek `OTH`, `SH`, `SHR`, `RSTRH`).
    Partial,
    /// The other side refused (Zeek `REJ`).
    Refused,
    /// Nobody answered (Zeek `S0`, `RSTOS0`).
    Unanswered,
}

/// One question to a name server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsQuery {
    /// Where and when.
    pub place: Place,
    /// Who asked.
    pub source: String,
    /// The name asked for.
    pub name: String,
    /// The registered domain under which it lies, by the public suffix list, when the caller
    /// knows it.
    pub registered: Option<String>,
    /// Whether there was no such name.
    pub is_absent: bool,
}

/// What was done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileAction {
    /// Made anew.
    Create,
    /// Removed.
    Delete,
    /// Read.
    Read,
    /// Named otherwise.
    Rename,
    /// The copies that the system keeps of earlier states were removed.
    ShadowCopyDelete,
    /// Written.
    Write,
}

/// One operation on a file, on a share or a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOperation {
    /// Where and when.
    pub place: Place,
    /// The account.
    pub person: String,
    /// The device from which it was done.
    pub device: String,
    /// The share or volume.
    pub share: String,
    /// The path within, after a rename.
    pub path: String,
    /// The path before a rename.
    pub path_before: Option<String>,
    /// What was done.
    pub action: FileAction,
    /// The entropy of what was written, in thousandths of a bit for each byte, when known.
    pub entropy_millibits: Option<u32>,
}

/// How a person stands to the patient whose record was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CareRelation {
    /// Broke the glass: declared and reviewed.
    BreakGlass,
    /// No relation is known.
    None,
    /// Cares for the patient.
    Treating,
    /// Works in the unit where the patient is.
    Unit,
}

/// One record that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAccess {
    /// Where and when.
    pub place: Place,
    /// Who opened it.
    pub person: String,
    /// Whose it is, by pseudonym.
    pub patient: String,
    /// How they stand to each other.
    pub relation: CareRelation,
}

/// One sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Where and when.
    pub place: Place,
    /// The account.
    pub person: String,
    /// The device from which it came.
    pub from: String,
    /// The device that was entered.
    pub to: String,
    /// Whether it was let in.
    pub is_success: bool,
    /// Where it came from on the globe, in millionths of a degree (latitude, longitude).
    pub location_udeg: Option<(i32, i32)>,
}

/// One command to a building controller or a medical device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlWrite {
    /// Where and when.
    pub place: Place,
    /// Who sent it.
    pub source: String,
    /// The tier of the sender: 1 office, 2 medical, 3 building; `None` when unknown.
    pub source_tier: Option<u8>,
    /// The controller.
    pub controller: String,
    /// The tier of the controller.
    pub controller_tier: u8,
    /// The protocol, as `modbus` or `bacnet`.
    pub protocol: String,
    /// The point that was written.
    pub point: String,
}
