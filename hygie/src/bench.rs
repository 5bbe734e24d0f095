//! Measuring the house on the machine it stands on, each figure beside the machine's own limit.
//!
//! | Part | What is measured | Beside what |
//! | --- | --- | --- |
//! | [`decision`] | the policy alone, with the directory of a large group | |
//! | [`evidence`] | durable events a second, and the wait for each batch | a bare loop that writes the same bytes |
//! | [`gateway`] | the door: reads, searches, emergencies, and the memory that large answers take | the upstream alone, nginx, and nginx with a decision service |
//! | [`guard`] | the guard inline before a Modbus/TCP device: reads, and commands that are kept first | the device alone, and a relay that decides nothing |
//! | [`inventory`] | devices from captures: bits a second of one core, memory with many devices | the same bytes only added up |
//! | [`watch`] | detection: from the bytes of a log to findings | rsigma |
//!
//! Every part runs to a `Report` that prints itself as a table for people and as one line of JSON
//! for programs. Nothing here is a test: figures depend on the machine, so no test asks for them.
//!
//! Read first: [`evidence`].

pub mod decision;
pub mod evidence;
pub mod gateway;
pub mod guard;
pub mod inventory;
pub mod watch;

mod decision_point;
mod demonstration;
mod emergency;
mod error;
mod figures;
mod holding;
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
