//! The whole program, as its users meet it: real processes, real sockets, real files.
//!
//! Read first: `program.rs` (how the program is started), `client.rs` (how it is spoken to),
//! `kept.rs` (how its evidence is read back).
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at a surprise"
)]
#![expect(clippy::print_stdout, reason = "a test that was skipped says so")]
#![expect(
    clippy::too_many_lines,
    reason = "a table of cases and the story of a session are read whole"
)]

mod client;
mod contain;
mod dcmtk;
mod hfs;
mod hospital;
mod kept;
mod liar;
mod program;
mod provider;

mod bad_input;
mod cli;
mod demo;
mod detect;
mod devices;
mod explain;
mod feed_bytes;
mod feeds;
mod flip;
mod foreign_dicom;
mod foreign_export;
mod foreign_fhir;
mod foreign_search;
mod foreign_write;
mod glass;
mod imports;
mod inventory;
mod kills;
mod lake;
mod logs;
mod proof;
mod replay;
mod scenario;
mod secure_feed;
mod streams;
mod tiers;
mod upstream;
mod web;
