//! Measuring the house on the machine it stands on, each figure beside the machine's own limit.
//!
//! | Part | What is measured | Beside what |
//! | --- | --- | --- |
//! | [`decision`] | the policy alone, with the directory of a large group | |
//! | [`evidence`] | durable events a second, and the wait for each batch | a bare loop that writes the same bytes |
//!
//! Every part runs to a `Report` that prints itself as a table for people and as one line of JSON
//! for programs. Nothing here is a test: figures depend on the machine, so no test asks for them.
//!
//! Read first: [`evidence`].

pub mod decision;
pub mod evidence;

mod error;
mod figures;
mod limits;
mod machine;

pub use error::BenchError;
pub use machine::Machine;

/// One figure of a table, at the right of its column.
fn cell(text: &str, width: usize) -> String {
    format!("{text:>width$}")
}
