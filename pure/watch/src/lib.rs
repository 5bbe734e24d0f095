//! What does this mean? Sigma rules, correlations and analytics over events, live and years back.
//!
//! Everything here is pure: lines and rules come in, findings go out as values. What cannot be
//! read or supported is a value with its reason, never a guess and never a weaker match. State is a
//! fold of what came in, written down and read back exactly, so a hunt through years is the same
//! fold as the stream.
//!
//! - [`record`] reads one line of JSON without building anything: where each value is, and of
//!   which kind.
//! - [`sigma`] reads rules, filters and correlations of the Sigma language.
//! - [`source`] says which log a record is from, and what its fields are called in Sigma.
//! - [`engine`] compiles all rules into one set of predicates and finds which rules a line meets.
//! - [`correlation`] joins what rules met over time; [`analytics`] are the built-in definitions.
//! - [`observe`] gives analytics their typed events, of lines and of the house's own events.
//! - [`fold`] is all of it together: entries of a log in, findings out.
//! - [`finding`] is what comes out, and [`incident`] makes few incidents of many findings.
//! - [`sample`] makes events up, for measurements.
//! - [`coverage`] says which ATT&CK techniques rules are about.
//! - [`indicator`] finds addresses, names, URLs, hashes and mail addresses that others saw attackers use.
//! - [`limits`] is where sizes and depths of rules and lines are bounded.
//!
//! Read first: `fold.rs`, `engine/detector.rs`, then `engine/compile.rs`; for time, `correlation.rs`.

pub mod analytics;
pub mod correlation;
pub mod coverage;
pub mod engine;
pub mod finding;
pub mod fold;
pub mod hash;
pub mod incident;
pub mod indicator;
pub mod limits;
pub mod observe;
mod pairs;
pub mod record;
pub mod sample;
pub mod sigma;
pub mod sketch;
pub mod source;
