//! Why was it legitimate? The reviews that are owed after each break-glass.
//!
//! [`Reviews`] is a fold of kept events: the same log gives the same reviews, at any time and on
//! any machine.
//!
//! [`Projector`] shows the same events as FHIR `AuditEvent`, and [`communication`] a notice that is
//! owed as FHIR `Communication`.

mod communication;
mod projection;
mod review;

pub use communication::communication;
pub use projection::{Profile, Projector, Unseal};
pub use review::{
    Closed, Deferred, Ended, Given, Notice, NoticeState, Opened, Review, ReviewState, Reviews,
    Wanted,
};
