//! Every way in which bytes can fail to be what this crate was told they are.

use thiserror::Error as ThisError;

/// Why something could not be read, made or believed.
///
/// No variant carries a source: this crate does no I/O, so each one is a first cause.
#[derive(Clone, Debug, Eq, PartialEq, ThisError)]
pub enum Error {
    /// A checkpoint's text breaks c2sp.org/tlog-checkpoint; the word says which line.
    #[error("checkpoint has a malformed {0}")]
    Checkpoint(&'static str),
    /// A valid signature, but the checkpoint speaks for another log.
    #[error("checkpoint is of log `{found}`, not of `{expected}`")]
    CheckpointOrigin {
        /// The log that was asked about.
        expected: String,
        /// The log that the checkpoint names.
        found: String,
    },
    /// An entry is longer than the u16 length prefix of an entry bundle can tell.
    #[error("entry of {bytes} bytes does not fit an entry bundle (65535 at most)")]
    EntryTooLong {
        /// Length of the refused entry.
        bytes: usize,
    },
    /// An entry bundle ends inside an entry.
    #[error("entry bundle ends inside entry {entry} of the bundle")]
    EntryBundle {
        /// Position of the cut entry within the bundle.
        entry: usize,
    },
    /// A serialised frontier is too short, too long, or of an impossible size.
    #[error("malformed frontier of a tree")]
    Frontier,
    /// A proof was asked for a leaf or a size outside the tree.
    #[error("no proof exists for {index} in a tree of {size} leaves")]
    OutOfTree {
        /// The leaf index, or the smaller size for a consistency proof.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// A key text, key name or signature line breaks c2sp.org/signed-note.
    #[error("malformed {0}")]
    Note(&'static str),
    /// A proof does not lead to the root it was given with.
    #[error("proof does not hold")]
    Proof,
    /// A proof file breaks c2sp.org/tlog-proof; the word says where.
    #[error("proof file has a malformed {0}")]
    ProofFile(&'static str),
    /// A known key's signature on a note is wrong.
    #[error("signature by `{name}` does not verify")]
    Signature {
        /// Name of the key that was expected to have signed.
        name: String,
    },
    /// The size of a tree would exceed 2^63 leaves.
    #[error("tree is full")]
    TreeFull,
    /// A tile's path, width or length breaks c2sp.org/tlog-tiles.
    #[error("malformed tile")]
    Tile,
    /// The note carries no signature of the expected key.
    #[error("note is not signed by `{name}`")]
    Unsigned {
        /// Name of the key that was expected to have signed.
        name: String,
    },
}
