//! The desk: what the officers' console shows, folded from evidence.
//!
//! [`Fold`] is what the house remembers of its log, and can be written down and read back.
//! [`Desk`] reads the log and never writes it. Each look goes on from where the last one ended.

mod desk;
mod fold;

pub use desk::{Desk, Error};
pub use fold::Fold;
