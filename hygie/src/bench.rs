//! Measuring the house on the machine it stands on, each figure beside the machine's own limit.
//!
//! | Part | What is measured | Beside what |
//! | --- | --- | --- |
//! | [`decision`] | the policy alone, with the directory of a large group | |
//! | [`evidence`] | durable events a second, and the wait for each batch | a bare loop that writes the same bytes |
//! | [`gateway`] | the door: throughput, and latency it adds to a permitted read | the upstream alone, and nginx |
//!
//! Every part runs to a `Report` that prints itself as a table for people and as one line of JSON
//! for programs. Nothing here is a test: figures depend on the machine, so no test asks for them.
//!
//! Read first: [`evidence`].

pub mod decision;
pub mod evidence;
pub mod gateway;

mod demonstration;
mod error;
mod figures;
mod limits;
mod load;
mod machine;
mod nginx;
mod process;

pub use error::BenchError;
pub use machine::Machine;

/// One figure of a table, at the right of its column.
fn cell(text: &str, width: usize) -> String {
    format!("{text:>width$}")
}
