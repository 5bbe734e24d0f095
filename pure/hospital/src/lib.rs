//! Who works where and cares for whom, and the assets that care stands on.
//!
//! A [`DirectoryDocument`] is what a hospital group writes down: establishments and their units,
//! staff and their posts, patients, care teams, encounters and assets, and what bends them: duties
//! on call, replacements, supervision, the consents of patients and their own accounts. [`Directory`] is the same,
//! checked whole and arranged for one question: what holds between this person and this patient
//! at this instant ([`Directory::relation`])?
//!
//! All of it only computes: instants come in as arguments, and the file is read by the caller.
//!
//! Read first: [`DirectoryDocument`], then [`Relation`].

mod account;
mod check;
mod consent;
mod directory;
mod document;
mod duty;
mod error;
mod limits;
mod panel;
mod relation;
mod table;

pub use account::{Account, Relationship};
pub use consent::{Consent, Disclosure, Effect, Provision, Recipient, Standing};
pub use directory::{Counts, Directory};
pub use document::{
    Asset, CareTeam, CareTeamMember, DirectoryDocument, Encounter, EncounterStatus, Establishment,
    Patient, Person, Post, Unit,
};
pub use duty::{OnCall, Replacement, Supervision};
pub use error::{Error, Place};
pub use limits::DirectoryLimits;
pub use relation::{CareTeamRef, Relation};
