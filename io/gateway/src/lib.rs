//! The door: HTTP and FHIR, identities and sessions.
//!
//! A request is named, authenticated, decided, fetched, read for what it discloses, kept, and only
//! then shown. The steps stand in that order in `receive.rs` and `fhir.rs`; read those first.
//!
//! INVARIANT: (1) no permit, no passage, and (2) kept before shown: an upstream is only reached
//! through an errand that holds a permit, and an answer only leaves through a release that takes
//! the receipt of its evidence.

mod answer;
pub mod consent;
mod desk;
mod devices;
mod door;
mod fhir;
mod form;
mod glass;
pub mod guard;
mod hall;
pub mod identity;
mod ledger;
pub mod limits;
mod receive;
mod record;
mod refusal;
mod serve;
pub mod tls;
mod upstream;
mod visit;
mod web;

pub use devices::{DeviceLine, Devices};
pub use door::{
    AtRisk, ConsoleView, DevicesSeen, Door, Hall, IncidentsView, OWN_PATHS, OpeningsView, Parts,
    SignIn, Suspicion,
};
pub use glass::Over;
pub use ledger::Streams;
pub use serve::serve;
pub use upstream::{Kind, ServiceTerms};
