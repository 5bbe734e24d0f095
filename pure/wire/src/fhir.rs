//! HL7 FHIR R4 (4.0.1) at the door: what is asked, what an answer discloses, how a refusal is said.

pub mod care;
pub mod consent;
pub mod disclosure;
pub mod exchange;
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
pub use request::{
    COUNT_MAX, Chain, Change, Condition, Direction, ExportOf, Filter, Include, Request,
    ReverseChain, Search, SortKey, Subject, Summary, TotalMode, Whose, plain_target,
};
pub use types::{FilterKind, Link, PatientSearch, ResourceType, Scope};
