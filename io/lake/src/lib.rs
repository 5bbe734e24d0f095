//! Years of evidence as verified Parquet: seal, give back, ask with SQL.
//!
//! The write-ahead log of [`evidence`] holds what is new; this crate takes closed ranges of it
//! into Parquet objects, which any tool can read, and from which every leaf of the log's Merkle
//! tree can be computed again.
//!
//! ```text
//! wal/…  ── seal ──►  <origin>/<first>-<end>.parquet   (folder or S3)
//!    │                      │
//!    │                      ├── frames ──►  entries, as the log gave them
//!    │                      ├── hunt ────►  those of them that hold a wanted value
//!    └────── query ─────────┘  one snapshot: objects, then what is not sealed yet
//! ```
//!
//! INVARIANT (nobody rewrites): what is called sealed was read back from its store first.
//! INVARIANT: a query sees every entry of its snapshot exactly once, also while others seal.
//!
//! Everything happens in the program `hygie-lake`, one process for each job, so that neither a
//! large query nor a broken file can touch the door.
//!
//! Read first: `schema.rs` (the columns), `seal.rs`, `snapshot.rs`.

pub mod limits;

mod bench;
mod bench_hunt;
mod bloom;
mod cli;
mod columns;
mod error;
#[cfg(test)]
mod fixture;
mod frames;
mod generate;
mod hunt;
mod memory;
mod object;
mod output;
mod pack;
mod payload;
mod query;
mod row;
mod schema;
mod seal;
mod snapshot;
mod store;
mod table;
mod unsealed;
mod values;
mod wanted;
mod writer;

pub use cli::Cli;
pub use error::Error;
pub use schema::SCHEMA_VERSION;
