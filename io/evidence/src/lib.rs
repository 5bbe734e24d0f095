//! Keep every event: write-ahead log, Merkle tiles, checkpoints, verification.
//!
//! An append resolves to a [`Receipt`] once its entry is durable; nothing else makes a receipt.
//! Every second the log reads its own bytes back, hashes them again and signs the tree, so that
//! anyone with the files and the public key can [`verify`] that nothing was changed.
//!
//! ```text
//! append ─ salt, hash, CRC (caller) ─ queue ─ writer: frame, pwrite, fdatasync ─ receipt
//!                                                │
//!                     wal/<first index>.seg ◄────┘
//!                         │
//!                         ├─ integrator: re-read, re-hash ─ tree/… ─ checkpoint
//!                         └─ sealed elsewhere ─ SEAL entry ─ manifest ─ freed
//! ```
//!
//! INVARIANT (kept before shown): a [`Receipt`] exists only after `fdatasync` returned.
//! INVARIANT (nobody rewrites): what was signed was read back from the file first.
//! INVARIANT (care goes on): a log with a reserve takes entries while the disk is full.
//!
//! Read first: `batch.rs` (the format), `writer.rs`, `tail.rs` (what a crash may leave).

pub mod bench;
pub mod limits;

mod append;
mod batch;
mod bytes;
mod create;
mod disk;
mod entry;
mod error;
mod frame;
mod group;
mod integrator;
mod layout;
mod log;
mod manifest;
mod options;
mod pipe;
mod proof;
mod reader;
mod records;
mod recover;
mod scan;
mod seal;
mod segment;
mod shared;
mod snapshot;
mod spare;
mod tail;
mod tiles;
mod verify;
mod verify_seals;
mod verify_tiles;
mod writer;

pub use append::{Offer, Pending, PendingBatch};
pub use entry::{Entry, Receipt, Receipts, Record, Salted};
pub use error::Error;
pub use frame::LEAF_BYTES;
pub use log::{EvidenceLog, Status};
pub use manifest::Manifest;
pub use options::Options;
pub use pipe::{FrameReader, FrameWriter};
pub use proof::{InclusionProof, prove};
pub use reader::Reader;
pub use records::{NothingSealed, Records, SealedSource};
pub use recover::{Discarded, Recovery};
pub use snapshot::{Snapshot, read_snapshot};
pub use verify::{Broken, Holds, Progress, Report, verify};

#[cfg(test)]
mod tests;
