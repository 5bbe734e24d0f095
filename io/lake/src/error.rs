//! Everything that can go wrong with sealed evidence, each naming the object and what to do.

use std::io;
use std::path::PathBuf;

use datafusion::error::DataFusionError;
use thiserror::Error as ThisError;

/// Why sealing, giving back or asking failed.
#[derive(Debug, ThisError)]
pub enum Error {
    /// The entries left the write-ahead log before.
    #[error("entries {first} to {end} are already sealed, up to {sealed}: nothing is to do")]
    AlreadySealed {
        /// First entry asked for.
        first: u64,
        /// Index after the last entry asked for.
        end: u64,
        /// Index after the last sealed entry.
        sealed: u64,
    },
    /// Columns could not be put together.
    #[error("cannot put columns together")]
    Columns {
        /// Why.
        #[source]
        cause: arrow::error::ArrowError,
    },
    /// A sealed object is not what it is to be.
    #[error(
        "sealed object `{object}` is damaged: {what}; restore it from a copy, and keep this one for the inquiry"
    )]
    Damaged {
        /// Its name in the store.
        object: String,
        /// What is wrong.
        what: String,
    },
    /// The write-ahead log does not hold all entries of the range.
    #[error("log `{}` holds entries {first} to {found}, not up to {end}: seal only what is there", .log.display())]
    EntriesMissing {
        /// The log's folder.
        log: PathBuf,
        /// First entry of the range.
        first: u64,
        /// Index after the last entry found.
        found: u64,
        /// Index after the last entry wanted.
        end: u64,
    },
    /// The log itself could not be read.
    #[error("cannot read log `{}`", .log.display())]
    Evidence {
        /// The log's folder.
        log: PathBuf,
        /// Why.
        #[source]
        cause: Box<evidence::Error>,
    },
    /// Between the sealed entries and the range would be a hole.
    #[error(
        "sealed entries end at {sealed}, so nothing can be sealed from {first} on: seal what lies between first"
    )]
    Hole {
        /// First entry asked for.
        first: u64,
        /// Index after the last sealed entry.
        sealed: u64,
    },
    /// An argument cannot be.
    #[error("`{argument}` cannot be: {what}")]
    Argument {
        /// The argument.
        argument: &'static str,
        /// What it is to be.
        what: String,
    },
    /// A list of indicators cannot be used.
    #[error("list of indicators `{}` cannot be used: {what}", .path.display())]
    IndicatorsUnusable {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        what: &'static str,
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
    /// What was written reads back differently: the disk, the store or the memory is at fault.
    #[error(
        "object `{object}` does not read back as it was written ({what}): nothing was sealed; check disk and memory, then seal again"
    )]
    NotAsWritten {
        /// Its name in the store.
        object: String,
        /// What differs.
        what: String,
    },
    /// The memory limit could not be set.
    #[error("cannot limit memory to {megabytes} MB")]
    Memory {
        /// The limit.
        megabytes: u64,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The threads of the job could not be started.
    #[error("cannot start threads")]
    Threads {
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A tree could not be computed.
    #[error("cannot compute the root of a row group")]
    Tree {
        /// Why.
        #[source]
        cause: tlog::Error,
    },
    /// The result could not be written.
    #[error("cannot write the result")]
    Output {
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A sealed object could not be read or written as Parquet.
    #[error("cannot {act} object `{object}` as Parquet")]
    Parquet {
        /// What was tried.
        act: &'static str,
        /// Its name in the store.
        object: String,
        /// Why.
        #[source]
        cause: parquet::errors::ParquetError,
    },
    /// The query cannot be understood or carried out.
    #[error("the query failed: {what}")]
    Query {
        /// What is wrong, in one line.
        what: String,
    },
    /// A segment was sealed while the query began; it starts over.
    #[error("entries from {from} on of log `{}` were sealed while they were read: ask again", .log.display())]
    SealedMeanwhile {
        /// The log's folder.
        log: PathBuf,
        /// First entry that left.
        from: u64,
    },
    /// The store refused an operation on an object.
    #[error(
        "cannot {act} object `{object}` in store `{store}`: check that the store is reachable and its keys are right"
    )]
    Store {
        /// What was tried.
        act: &'static str,
        /// Its name in the store.
        object: String,
        /// The store's address.
        store: String,
        /// Why.
        #[source]
        cause: Box<object_store::Error>,
    },
    /// The description of the store cannot be used.
    #[error("`--store` cannot be used: {what}")]
    StoreUnusable {
        /// What is wrong and what to do.
        what: String,
    },
    /// An object that the manifest names is not in the store.
    #[error(
        "sealed object `{object}` is not in store `{store}`: restore it from a copy, or name the store that holds it with `--store`"
    )]
    Vanished {
        /// Its name in the store.
        object: String,
        /// The store's address.
        store: String,
    },
}

impl Error {
    /// The exit code of a job that fails so.
    ///
    /// 65 (`EX_DATAERR`) says that sealed entries are not what was sealed or are gone; 1 says
    /// nothing about them.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Damaged { .. } | Self::Vanished { .. } => 65,
            _ => 1,
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

    /// Wraps a failure of the log, told apart from entries that were sealed meanwhile.
    pub(crate) fn evidence(log: &std::path::Path) -> impl FnOnce(evidence::Error) -> Self {
        let log = log.to_owned();
        move |cause| Self::Evidence {
            log,
            cause: Box::new(cause),
        }
    }

    /// Wraps a failure of Parquet on an object.
    pub(crate) fn parquet(
        act: &'static str,
        object: &str,
    ) -> impl FnOnce(parquet::errors::ParquetError) -> Self {
        let object = object.to_owned();
        move |cause| Self::Parquet { act, object, cause }
    }

    /// A damaged object.
    pub(crate) fn damaged(object: &str, what: impl Into<String>) -> Self {
        Self::Damaged {
            object: object.to_owned(),
            what: what.into(),
        }
    }

    /// What a query failed with: an error of ours that travelled through the engine comes out
    /// again, anything else becomes one line.
    pub(crate) fn of_query(cause: DataFusionError) -> Self {
        match ours(cause) {
            Ok(own) => own,
            Err(cause) => Self::Query {
                what: one_line(&cause.strip_backtrace()),
            },
        }
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(cause: arrow::error::ArrowError) -> Self {
        Self::Columns { cause }
    }
}

/// Finds an error of this crate inside one of the engine.
fn ours(cause: DataFusionError) -> Result<Error, DataFusionError> {
    match cause {
        DataFusionError::External(inner) => match inner.downcast::<Error>() {
            Ok(own) => Ok(*own),
            Err(inner) => Err(DataFusionError::External(inner)),
        },
        DataFusionError::Context(text, inner) => {
            ours(*inner).map_err(|inner| DataFusionError::Context(text, Box::new(inner)))
        }
        DataFusionError::ArrowError(inner, trace) => match *inner {
            arrow::error::ArrowError::ExternalError(inner) => match inner.downcast::<Error>() {
                Ok(own) => Ok(*own),
                Err(inner) => Err(DataFusionError::External(inner)),
            },
            other => Err(DataFusionError::ArrowError(Box::new(other), trace)),
        },
        other => Err(other),
    }
}

/// A text without line ends.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
