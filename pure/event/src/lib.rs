//! The words of the house: identities, instants, codes, pseudonyms and the [`Event`] envelope.
//!
//! Every other crate speaks with these words; this one depends on nothing inside the house.
//! All of it only computes: instants, keys and identities come in as arguments.
//!
//! Read first: [`Event`] (what is kept), then [`Access`] (the event of one request),
//! [`Logged`] (a line of another system's log) and [`Finding`] (what such lines mean).

mod access;
mod act;
mod care;
mod code;
mod finding;
mod glass;
mod guard;
mod id;
mod logged;
mod observed;
mod pseudonym;
mod record;
mod seal;
mod timestamp;

pub use access::{Access, Actor, Asked, Association, Disclosed, Outcome, Target};
pub use act::{ActApproved, ActRequested, ActWithdrawn, SeatLeft, SeatTaken};
pub use care::{
    CareChange, CareKey, CareReported, EpisodeReport, EpisodeState, EpisodeStep, FeedUnread,
    InvalidCareKey, Member, MemberPeriod, PostPlace, PostReport, StaffReport, UnitPeriod,
};
pub use code::{
    AccessMode, Confidentiality, DeferralGround, GlassEnd, GlassReason, NoticeChannel, NoticeTo,
    Purpose, ReviewFinding, Tier, UnknownCode,
};
pub use finding::{
    Entity, EntityKind, Fact, Finding, FindingRaised, HuntEnded, Level, POSITIONS_MAX, Suppression,
    SuppressionLifted,
};
pub use glass::{GlassDeclared, GlassEnded, NoticeDeferred, NoticeGiven, NoticeOwed, ReviewClosed};
pub use guard::{
    Errand, GuardCommand, GuardFailed, GuardGround, GuardReads, GuardVerdict, PLACES_TOLD_MAX,
};
pub use id::{
    ActRequestId, AssetId, EstablishmentId, GlassId, GroupId, InvalidId, KeyThumbprint, NoticeId,
    PatientId, PersonId, RequestId, ReviewId, ServiceId, SessionId, SupplyId, UnitId,
};
pub use logged::{LogTaken, LogUnread, Logged};
pub use observed::{CLAIMS_TOLD_MAX, DeviceClaim, DevicesObserved};
pub use pseudonym::{PatientRef, PatientSealer, Pseudonym, SealError, SealKeys};
pub use record::{
    DirectoryLoaded, Event, LakeFailed, LimitReached, LogRecovered, PolicyLoaded, Rejected,
    Started, UnreadableEvent, Upstream, class_of,
};
pub use seal::{RowGroupSealed, SegmentSealed};
pub use timestamp::{InvalidTimestamp, Timestamp};
