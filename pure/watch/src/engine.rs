//! All rules as one set of tests, and which rules a line meets.
//!
//! Equal tests of different rules are one predicate. Each field of a log source has one
//! [`matcher`](self) that finds every predicate a value meets in one pass, and what it found is
//! remembered by value. A rule is looked at only when one of its necessary predicates, its
//! witness, holds; so the cost of a line grows with what it meets, not with the number of rules.

mod classify;
mod compile;
mod detector;
mod gate;
mod literal;
mod matcher;
mod memo;
mod predicate;
mod tree;
mod witness;

#[cfg(test)]
mod tests;

pub use compile::{Compiled, RuleSet, Settings};
pub use detector::{Counts, Detector, Hit, MatchedField, Outcome};
