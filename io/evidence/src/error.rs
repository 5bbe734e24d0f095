//! Everything that can go wrong with a log on disk, each naming the file and what to do.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error as ThisError;

/// Why the log could not be created, opened, written or read.
#[derive(Debug, ThisError)]
pub enum Error {
    /// The folder already holds something; creating never overwrites.
    #[error("folder `{}` is not empty: open the log that is there, or choose another folder", .path.display())]
    AlreadyExists {
        /// The folder.
        path: PathBuf,
    },
    /// More entries or bytes than one batch holds; split the append.
    #[error("append of {entries} entries and {bytes} bytes is larger than one batch: split it")]
    BatchTooLarge {
        /// Entries of the refused append.
        entries: usize,
        /// Bytes that they would take on disk.
        bytes: usize,
    },
    /// The published checkpoint and the log disagree; nobody but an operator can say which is right.
    #[error("log contradicts its checkpoint `{}` of size {size}: restore both from one copy, and keep this one for the inquiry", .path.display())]
    CheckpointContradicted {
        /// The checkpoint.
        path: PathBuf,
        /// Size that the checkpoint signs.
        size: u64,
    },
    /// The log has lost entries that its own checkpoint proves.
    #[error("log is shorter than its checkpoint `{}`: {log} entries are here, {checkpoint} were signed; restore the missing segments from a copy, and do not remove the checkpoint", .path.display())]
    CheckpointAhead {
        /// The checkpoint.
        path: PathBuf,
        /// Entries found.
        log: u64,
        /// Entries signed.
        checkpoint: u64,
    },
    /// The checkpoint is malformed, or its signature is missing or wrong under this key.
    #[error("checkpoint `{}` is not by the key of this log: give the key that the log was created with, or restore the checkpoint from a copy", .path.display())]
    CheckpointUntrusted {
        /// The checkpoint.
        path: PathBuf,
        /// What exactly is wrong with it.
        #[source]
        cause: tlog::Error,
    },
    /// The log was closed; nothing is appended any more.
    #[error("log is closed")]
    Closed,
    /// Acknowledged evidence was changed or lost.
    #[error("damaged evidence in `{}` at byte {offset}: {what}; restore the file from a copy, and keep this one for the inquiry", .path.display())]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// Where the damage was noticed.
        offset: u64,
        /// First entry that cannot be trusted, when one can be named.
        entry: Option<u64>,
        /// What is wrong.
        what: &'static str,
    },
    /// There is no room for another segment, and no reserve is left; the log takes entries again
    /// once there is room.
    #[error("no room on the disk for `{}`, and no reserve is left: make room; nothing that was acknowledged is lost", .path.display())]
    DiskFull {
        /// The segment that could not be made.
        path: PathBuf,
    },
    /// A file that does not belong into this log's folder.
    #[error("file `{}` does not belong to log `{origin}`: move it out of the folder", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The log.
        origin: String,
    },
    /// The operating system refused an operation on a file.
    #[error("cannot {act} `{}`", .path.display())]
    Io {
        /// What was tried.
        act: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        cause: io::Error,
    },
    /// Another process writes this log.
    #[error("log `{}` is in use by another process: stop that one first", .path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The list of sealed ranges has reached its greatest length.
    #[error("manifest `{}` is full: nothing more is sealed, and the log goes on; begin a new log", .path.display())]
    ManifestFull {
        /// The manifest.
        path: PathBuf,
    },
    /// A file without which the log cannot be opened is not there.
    #[error("`{}` is missing: restore it from a copy, or create a new log in an empty folder", .path.display())]
    Missing {
        /// The absent file.
        path: PathBuf,
    },
    /// An option is outside its limits.
    #[error("option `{option}` is out of its limits")]
    OptionOutOfLimits {
        /// Name of the option.
        option: &'static str,
    },
    /// The payload is longer than an entry may be.
    #[error("payload of {bytes} bytes is longer than {max}")]
    PayloadTooLong {
        /// Length of the payload.
        bytes: usize,
        /// Greatest length allowed.
        max: usize,
    },
    /// A write failed earlier; nothing is acknowledged any more until the log is opened again.
    #[error(
        "log stopped after a failed write: nothing more is acknowledged until it is opened again"
    )]
    Poisoned {
        /// The first failure.
        #[source]
        cause: Arc<Error>,
    },
    /// The operating system gives no randomness for salts.
    #[error("no randomness for salts")]
    Randomness {
        /// Why.
        #[source]
        cause: getrandom::Error,
    },
    /// A range was offered as sealed that cannot be: it is not whole segments, does not follow the
    /// last one, or is not under a checkpoint yet.
    #[error("entries {first} to {end} of log `{}` cannot be freed: they are not the next closed and signed segments", .path.display())]
    SealRefused {
        /// The log's folder.
        path: PathBuf,
        /// First entry of the range.
        first: u64,
        /// Index after its last entry.
        end: u64,
    },
    /// Entries that left the write-ahead log are not as they were written where they are kept.
    #[error("sealed entries from {from} on cannot be read: {what}")]
    Sealed {
        /// First entry that was wanted.
        from: u64,
        /// What is wrong, and what to do.
        what: String,
    },
    /// Where sealed entries are kept could not be asked; that says nothing about the entries.
    #[error(
        "sealed entries from {from} on could not be read: check that their store can be reached, then try again"
    )]
    SealedUnread {
        /// First entry that was wanted.
        from: u64,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A tree, tile or note could not be made.
    #[error("cannot keep the tree of the log")]
    Tree {
        /// Why.
        #[source]
        cause: tlog::Error,
    },
}

impl Error {
    /// Why entries were not kept: the log has stopped, unless there was only no room for them.
    pub(crate) fn refused(cause: Arc<Self>) -> Self {
        match cause.as_ref() {
            Self::DiskFull { path } => Self::DiskFull { path: path.clone() },
            _ => Self::Poisoned { cause },
        }
    }

    /// Whether an operation failed for want of room.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::DiskFull { .. } => true,
            Self::Io { cause, .. } => crate::spare::is_full(cause),
            _ => false,
        }
    }

    /// Wraps a failed file operation.
    pub(crate) fn io(
        act: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::Io { act, path, cause }
    }
}

impl From<tlog::Error> for Error {
    fn from(cause: tlog::Error) -> Self {
        Self::Tree { cause }
    }
}
