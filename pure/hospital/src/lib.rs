//! Who works where and cares for whom, and the assets that care stands on.
//!
//! A [`DirectoryDocument`] is what a hospital group writes down: establishments and their units,
//! staff and their posts, patients, care teams, encounters and assets, and what bends them: duties
//! on call, replacements, supervision, the consents of patients and their own accounts. [`Directory`] is the same,
//! checked whole and arranged for one question: what holds between this person and this patient
//! at this instant ([`Directory::relation`])?
//!
//! Feeds of the hospital's own systems change it while it is asked: [`Directory::apply`] takes one
//! [`event::CareChange`] in, and [`SharedDirectory`] is what the door and the feeds hold together.
//!
//! [`inventory`] folds what was observed in the traffic into assets, reversibly.
//!
//! All of it only computes: instants come in as arguments, and the file is read by the caller.
//!
//! Read first: [`DirectoryDocument`], then [`Relation`]; for feeds `change.rs`, then `course.rs`.

mod account;
mod chain;
mod change;
mod check;
mod consent;
mod course;
mod directory;
mod document;
mod duty;
mod error;
mod feeds;
mod group;
mod hours;
pub mod inventory;
mod limits;
mod panel;
mod relation;
mod responsibility;
mod shared;
mod succession;
mod supply;
mod table;

pub use account::{Account, Relationship};
pub use chain::{
    Alerted, Answer, Answerable, Approval, Conflict, ConflictKind, Gap, Survey, SurveyLimits,
    Unanswered,
};
pub use change::{Applied, Finding};
pub use consent::{Consent, Disclosure, Effect, Provision, Recipient, Standing};
pub use directory::{Counts, Directory};
pub use document::{
    Asset, CareTeam, CareTeamMember, DirectoryDocument, Encounter, EncounterStatus, Establishment,
    Patient, Person, Post, Unit,
};
pub use duty::{OnCall, Replacement, Supervision};
pub use error::{Error, Place};
pub use group::{AssetGroup, Selection};
pub use hours::{ClockTime, Day, InvalidClockTime, OfficeHours, Window};
pub use limits::{DirectoryLimits, FeedLimits, InventoryLimits};
pub use relation::{CareTeamRef, Relation};
pub use responsibility::{ApprovalRule, Aspect, Capacity, Party, Responsibility, Scope, Who};
pub use shared::SharedDirectory;
pub use supply::{
    AtLeast, CareFunction, Clearance, Dependency, Gives, Need, Supplier, SupplierKind, SupplyNode,
};
