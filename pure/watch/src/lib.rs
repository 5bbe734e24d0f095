//! What does this mean? Rules, correlations and analytics over kept events give findings.
//!
//! Everything here is a fold: events come in with their time and their position in the log,
//! findings go out as values, and state is written down and read back exactly. So a hunt through
//! years is the same fold as the stream.
//!
//! Read first: [`finding`] (what comes out), then [`correlation`].

pub mod analytics;
pub mod correlation;
pub mod finding;
pub mod hash;
pub mod incident;
mod pairs;
pub mod sketch;
