//! The [`Event`]: everything that evidence keeps, in one closed list.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{
    Access, ActApproved, ActRequested, ActWithdrawn, CareReported, DevicesObserved, FeedUnread,
    FindingRaised, GlassDeclared, GlassEnded, GuardCommand, GuardFailed, GuardReads, HuntEnded,
    LogTaken, LogUnread, NoticeDeferred, NoticeGiven, RequestId, ReviewClosed, SeatLeft, SeatTaken,
    SegmentSealed, ServiceId, Suppression, SuppressionLifted,
};

/// Something that happened and is kept.
///
/// Written to evidence as JSON with a member `event` that names the case. Cases are only ever
/// added: a log of years ago must still read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A request of a known person was decided.
    Access(Access),
    /// Somebody who answers for an asset approved an act on it.
    ActApproved(ActApproved),
    /// A person asked to do an act on an asset.
    ActRequested(ActRequested),
    /// An act on an asset that was asked for or approved was taken back.
    ActWithdrawn(ActWithdrawn),
    /// A feed told about care, and the directory follows it.
    CareReported(CareReported),
    /// Devices told something of themselves that is news.
    DevicesObserved(DevicesObserved),
    /// The directory of staff, units and care relations was loaded.
    DirectoryLoaded(DirectoryLoaded),
    /// Something came on a feed that could not be taken.
    FeedUnread(FeedUnread),
    /// A rule, a correlation or an analytic found something in a log.
    FindingRaised(FindingRaised),
    /// A glass was broken: a permit for one patient began and a review is owed.
    GlassDeclared(GlassDeclared),
    /// A glass ended: by time, by the person, or by an officer.
    GlassEnded(GlassEnded),
    /// A command to a device of building control was decided.
    GuardCommand(GuardCommand),
    /// A guard could not keep what it decided for a while.
    GuardFailed(GuardFailed),
    /// Reads of one kind passed a guard, so many.
    GuardReads(GuardReads),
    /// What was new among rules and indicators was looked for in the past.
    HuntEnded(HuntEnded),
    /// A piece of a log could not be sealed into the lake; it stays where it is.
    LakeFailed(LakeFailed),
    /// A limit was reached and something was held back because of it.
    LimitReached(LimitReached),
    /// The end of the log was repaired after a crash.
    LogRecovered(LogRecovered),
    /// A batch of another system's log was kept.
    LogTaken(LogTaken),
    /// Something of another system's log could not be read.
    LogUnread(LogUnread),
    /// A notice that is owed was put off, on a ground that the law knows and until a date.
    NoticeDeferred(NoticeDeferred),
    /// A notice that was owed was given.
    NoticeGiven(NoticeGiven),
    /// A policy set came into force.
    PolicyLoaded(PolicyLoaded),
    /// Nothing came for a while: what waited for what might still come is judged without it.
    ///
    /// Kept so that a fold of the log knows the time without a clock.
    Quiet,
    /// A request was turned away before anybody could be named or anything decided.
    Rejected(Rejected),
    /// A review that was owed came to a finding.
    ReviewClosed(ReviewClosed),
    /// A person no longer works at an address.
    SeatLeft(SeatLeft),
    /// A person works at an address.
    SeatTaken(SeatTaken),
    /// A range of entries was sealed into the lake.
    SegmentSealed(SegmentSealed),
    /// The program started.
    Started(Started),
    /// The program stopped in good order.
    Stopped,
    /// A suppression of findings was ended before its date.
    SuppressionLifted(SuppressionLifted),
    /// Findings are kept from becoming incidents, for a reason and until a date.
    SuppressionSet(Suppression),
    /// An upstream failed, lied or was too slow.
    Upstream(Upstream),
}

/// A request that was turned away at the threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The request, when it came far enough to get a name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request: Option<RequestId>,
    /// The network address of the client.
    pub ip: IpAddr,
    /// The stable code of what was wrong; never the client's bytes.
    pub reason: String,
    /// The HTTP status that the client is about to get; 0 when the connection was closed.
    pub status: u16,
}

/// What was wrong with an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// The request that met it.
    pub request: RequestId,
    /// The service.
    pub service: ServiceId,
    /// The stable code of the fault.
    pub fault: String,
}

/// A limit that was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitReached {
    /// The name of the limit, units last.
    pub limit: String,
    /// Its value.
    pub value: u64,
    /// How often it was reached since the last such event.
    pub times: u64,
}

/// A job of the lake that failed; nothing was lost, and it is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeFailed {
    /// The stable code of what failed.
    pub what: String,
    /// Index of the first entry that was to be sealed.
    pub first: u64,
    /// Index after the last one.
    pub end: u64,
    /// The exit code of the program that seals, when it gave one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exit: Option<i32>,
}

/// The program started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Its version.
    pub version: String,
}

/// A policy set came into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyLoaded {
    /// SHA-256 of the schema and the policies, hexadecimal.
    pub sha256: String,
    /// How many policies it has.
    pub policies: u32,
}

/// The directory was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryLoaded {
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// How many persons of the staff.
    pub staff: u32,
    /// How many patients.
    pub patients: u32,
    /// How many care relations: members of care teams, and encounters.
    pub relations: u32,
}

/// The end of the log was repaired after a crash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRecovered {
    /// How many entries were found.
    pub entries: u64,
    /// How many bytes of a write that had never been acknowledged were discarded.
    pub discarded_bytes: u64,
    /// Their SHA-256, hexadecimal; empty when none were.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub discarded_sha256: String,
}

/// A kept payload that this version cannot read.
#[derive(Debug, thiserror::Error)]
#[error("this entry is no event that this version knows")]
pub struct UnreadableEvent(#[source] serde_json::Error);

impl Event {
    /// The OCSF class, kept beside the payload so that a reader can skip without parsing.
    #[must_use]
    pub fn class(&self) -> u16 {
        match self {
            Self::Access(_) | Self::GuardCommand(_) | Self::GuardReads(_) => class_of::API_ACTIVITY,
            Self::CareReported(_) => class_of::USER_ACCESS_MANAGEMENT,
            Self::DevicesObserved(_) => class_of::DEVICE_INVENTORY_INFO,
            Self::FindingRaised(_) => class_of::DETECTION_FINDING,
            Self::HuntEnded(_) => class_of::SCAN_ACTIVITY,
            Self::ActApproved(_)
            | Self::ActRequested(_)
            | Self::ActWithdrawn(_)
            | Self::GlassDeclared(_)
            | Self::GlassEnded(_)
            | Self::NoticeDeferred(_)
            | Self::NoticeGiven(_)
            | Self::ReviewClosed(_)
            | Self::SuppressionLifted(_)
            | Self::SuppressionSet(_) => class_of::ENTITY_MANAGEMENT,
            Self::Rejected(_) | Self::SeatLeft(_) | Self::SeatTaken(_) => class_of::AUTHENTICATION,
            Self::DirectoryLoaded(_)
            | Self::FeedUnread(_)
            | Self::GuardFailed(_)
            | Self::LakeFailed(_)
            | Self::LimitReached(_)
            | Self::LogRecovered(_)
            | Self::LogTaken(_)
            | Self::LogUnread(_)
            | Self::PolicyLoaded(_)
            | Self::Quiet
            | Self::SegmentSealed(_)
            | Self::Started(_)
            | Self::Stopped
            | Self::Upstream(_) => class_of::APPLICATION_LIFECYCLE,
        }
    }

    /// The bytes that evidence keeps.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // No map with foreign keys and no fallible serialiser is inside an event, so this cannot
        // fail; an empty payload would be seen as unreadable, never as something else.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads kept bytes back.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, UnreadableEvent> {
        serde_json::from_slice(bytes).map_err(UnreadableEvent)
    }
}

/// The OCSF class uids (1.x) that events are filed under.
pub mod class_of {
    /// Base Event (0): of no class that is known here.
    pub const BASE_EVENT: u16 = 0;
    /// File System Activity (1001).
    pub const FILE_SYSTEM_ACTIVITY: u16 = 1001;
    /// Module Activity (1005).
    pub const MODULE_ACTIVITY: u16 = 1005;
    /// Process Activity (1007).
    pub const PROCESS_ACTIVITY: u16 = 1007;
    /// Detection Finding (2004).
    pub const DETECTION_FINDING: u16 = 2004;
    /// Authentication (3002).
    pub const AUTHENTICATION: u16 = 3002;
    /// Entity Management (3004).
    pub const ENTITY_MANAGEMENT: u16 = 3004;
    /// User Access Management (3005).
    pub const USER_ACCESS_MANAGEMENT: u16 = 3005;
    /// Network Activity (4001).
    pub const NETWORK_ACTIVITY: u16 = 4001;
    /// HTTP Activity (4002).
    pub const HTTP_ACTIVITY: u16 = 4002;
    /// DNS Activity (4003).
    pub const DNS_ACTIVITY: u16 = 4003;
    /// DHCP Activity (4004).
    pub const DHCP_ACTIVITY: u16 = 4004;
    /// RDP Activity (4005).
    pub const RDP_ACTIVITY: u16 = 4005;
    /// SMB Activity (4006).
    pub const SMB_ACTIVITY: u16 = 4006;
    /// SSH Activity (4007).
    pub const SSH_ACTIVITY: u16 = 4007;
    /// Email Activity (4009).
    pub const EMAIL_ACTIVITY: u16 = 4009;
    /// Device Inventory Info (5001).
    pub const DEVICE_INVENTORY_INFO: u16 = 5001;
    /// Application Lifecycle (6002).
    pub const APPLICATION_LIFECYCLE: u16 = 6002;
    /// API Activity (6003).
    pub const API_ACTIVITY: u16 = 6003;
    /// Scan Activity (6007).
    pub const SCAN_ACTIVITY: u16 = 6007;
}

#[cfg(test)]
mod tests;
