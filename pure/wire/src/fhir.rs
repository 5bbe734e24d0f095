//! HL7 FHIR R4 (4.0.1) at the door: what is asked, what an answer discloses, how a refusal is said.

pub mod disclosure;
mod id;
mod misunderstood;
mod outcome;
mod reference;
mod request;
mod types;

pub use disclosure::{
    Answer, Bundle, BundleType, Confidentiality, Entry, Labels, Membership, Next, Resource,
    SearchMode, Searchset, Total, Undetermined, Unreadable,
};
pub use id::Id;
pub use misunderstood::{Category, Misunderstood, Reason};
pub use outcome::{
    BREAK_GLASS_DETAILS, BREAK_GLASS_EXTENSION, Challenge, Coding, IssueType, Outcome, Severity,
    V3_ACT_REASON,
};
pub use request::{COUNT_MAX, Filter, Request, SortKey};
pub use types::{FilterKind, PatientSearch, ResourceType, Scope};
