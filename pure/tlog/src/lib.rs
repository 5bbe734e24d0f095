//! Merkle trees, checkpoints and proofs in the C2SP tlog formats.
//!
//! This crate only computes: no disk, network, clock, randomness or thread.
//! An auditor can build it alone and check a log with nothing but its files and a public key.
//!
//! | Module | Standard | Gives |
//! | --- | --- | --- |
//! | [`struct@Hash`], [`leaf_hash`], [`node_hash`] | RFC 6962 section 2.1 | the hash tree |
//! | [`Frontier`] | compact range | the root after each append, in at most 64 hashes |
//! | [`Tile`], [`TileTree`], [`TileRead`] | c2sp.org/tlog-tiles | the tree as static files |
//! | [`prove_inclusion`], [`verify_inclusion`] and their consistency twins | RFC 9162 section 2.1 | proofs |
//! | [`SignedNote`], [`NoteSigner`], [`VerifierKey`] | c2sp.org/signed-note | signatures |
//! | [`Checkpoint`] | c2sp.org/tlog-checkpoint | the signed tree head |
//! | [`ProofFile`] | c2sp.org/tlog-proof | one entry's proof as a file to hand on |
//!
//! Read first: `frontier.rs`, then `tree.rs`.
//! Nothing here panics on any input; whatever cannot be read is an [`Error`].

mod bundle;
mod checkpoint;
mod error;
mod frontier;
mod hash;
mod key;
mod note;
mod proof;
mod proof_file;
mod tile;
mod tree;

pub use bundle::{BundleEntries, bundle_push};
pub use checkpoint::Checkpoint;
pub use error::Error;
pub use frontier::Frontier;
pub use hash::{HASH_BYTES, Hash, empty_root, leaf_hash, node_hash};
pub use key::{NoteSigner, VerifierKey};
pub use note::{NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, NoteSignature, SignedNote};
pub use proof::{prove_consistency, prove_inclusion, verify_consistency, verify_inclusion};
pub use proof_file::{PROOF_EXTRA_BYTES_MAX, PROOF_FILE_BYTES_MAX, ProofFile};
pub use tile::{TILE_BYTES, TILE_HEIGHT, TILE_WIDTH, Tile, TileKind};
pub use tree::{TileRead, TileTree};
