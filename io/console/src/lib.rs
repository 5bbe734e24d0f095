//! The desk: what the officers' console shows, folded from evidence.
//!
//! [`Desk`] reads the log and never writes it. Each look goes on from where the last one ended.

mod desk;

pub use desk::{Desk, Error};
