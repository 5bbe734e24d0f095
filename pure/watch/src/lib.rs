//! What the evidence means: Sigma rules over log records, live and years back.
//!
//! Everything here is pure: lines and rules come in, findings go out as values. What cannot be
//! read or supported is a value with its reason, never a guess and never a weaker match.
//!
//! - [`record`] reads one line of JSON without building anything: where each value is, and of
//!   which kind.
//! - [`sigma`] reads rules, filters and correlations of the Sigma language.
//! - [`source`] says which log a record is from, and what its fields are called in Sigma.
//! - [`engine`] compiles all rules into one set of predicates and finds which rules a line meets.
//! - [`limits`] is the one place where sizes and depths are bounded.
//!
//! Read first: `engine/detector.rs`, then `engine/compile.rs`.

pub mod engine;
pub mod limits;
pub mod record;
pub mod sigma;
pub mod source;
