//! The ears: what the hospital's own systems tell about care becomes events.
//!
//! ```text
//! MLLP  ─ frame ─ message ─ what it changes ─ kept ─ the directory follows ─ acknowledged
//! files ─ lines ───── entries ─ what it changes ─ kept ─ the directory follows
//! captures ─ packets ─ observations ─ an inventory ([`captures`])
//! logs of monitors ─ events ─ observations ─ the same inventory ([`monitors`])
//! logs  ─ lines ───── events ─ batches, which detection and evidence take ([`logs`])
//! ```
//!
//! INVARIANT: a message is kept before the directory follows it, and acknowledged after both. A
//! crash in between is a repeat, which the directory knows.
//! INVARIANT: (8) nothing is dropped silently: what cannot be read is an event too.
//!
//! Read first: `mllp.rs` (a connection), then `adt.rs` (what a message changes), then `keeper.rs`.

mod adt;
mod budget;
pub mod captures;
mod connections;
mod error;
pub mod import;
mod keeper;
pub mod limits;
pub mod logs;
mod mllp;
pub mod monitors;
mod peers;
mod terms;

pub use connections::Tls;
pub use error::Error;
pub use keeper::{Keeper, Parts, Report};
pub use mllp::{Listener, serve};
pub use peers::{InvalidNetwork, Network};
pub use terms::{FeedTerms, SenderTerms};
