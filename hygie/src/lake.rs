//! The lake: sealing what the logs can do without, and reading it back.
//!
//! The work itself is that of another program, `hygie-lake`, one process a job: what it takes, and
//! whatever may go wrong in it, never reaches the door.
//!
//! Read first: `sealing.rs` (the thread of each log), then `frames.rs` (how sealed entries return).

mod frames;
mod limits;
mod plan;
mod program;
mod sealing;
mod store;
mod tail;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use evidence::SealedSource;

pub use limits::{MEMORY_MB, MEMORY_MB_MAX, MEMORY_MB_MIN, SEAL_AFTER_HOURS, SEAL_CHECK_S};
pub use plan::Plan;
pub use program::{Job, find};
pub use sealing::{Sealed, Sealing};
pub use store::Store;

use crate::folder::DataFolder;
use frames::LakeSource;

/// What the configuration says about the lake.
#[derive(Debug, Clone)]
pub struct LakeSettings {
    /// The program, when it is not beside this one.
    pub program: Option<PathBuf>,
    /// Where sealed entries are kept; the folder `lake` of the data folder without one.
    pub store: Option<Store>,
    /// Most memory of one job, in megabytes.
    pub memory_mb: u64,
    /// How long decisions stay unsealed.
    pub seal_after: Duration,
    /// How often it is looked whether something may be sealed.
    pub seal_check: Duration,
    /// Length of one piece of a log; a full one may be sealed.
    pub segment_bytes: u64,
}

/// The program that seals, and where it puts what it sealed.
#[derive(Debug, Clone)]
pub struct Lake {
    program: Option<PathBuf>,
    store: Option<Store>,
    memory_mb: u64,
}

/// A job of the lake that cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The program is nowhere.
    #[error(
        "`hygie-lake` is not at `{}`: build it with `cargo build --release -p lake`, or name it \
         as `program` in the section `[lake]`",
        .looked.display()
    )]
    Absent {
        /// Where it was looked for last.
        looked: PathBuf,
    },
    /// The program said something that is no answer.
    #[error("`hygie-lake` answered with something that is {what}")]
    Answer {
        /// What it is.
        what: &'static str,
    },
    /// The log refused.
    #[error("the log cannot be sealed")]
    Evidence {
        /// Why.
        #[source]
        source: evidence::Error,
    },
    /// The program failed.
    #[error("`hygie-lake` ended with {ended}: {said}")]
    Failed {
        /// How it ended.
        ended: std::process::ExitStatus,
        /// The end of what it said about it.
        said: String,
    },
    /// A file could not be read or written.
    #[error("cannot {act} `{}`", .path.display())]
    File {
        /// What was tried.
        act: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file that says where sealed entries are cannot be understood.
    #[error(
        "`{}` does not say where sealed entries are kept: start `hygie serve` once, which writes it",
        .path.display()
    )]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The program took too long and was ended.
    #[error("`hygie-lake` was ended after {limit_s} seconds without an answer")]
    Slow {
        /// The longest a job may take.
        limit_s: u64,
    },
    /// The door closes; the job is done after the next start.
    #[error("the job was ended because the door closes")]
    Stopped,
}

impl Lake {
    /// The lake of a configuration.
    #[must_use]
    pub fn of_settings(settings: &LakeSettings) -> Self {
        Self {
            program: settings.program.clone(),
            store: settings.store.clone(),
            memory_mb: settings.memory_mb,
        }
    }

    /// The lake of a data folder, as the last start of the door wrote it down.
    pub fn of_folder(data: &DataFolder) -> Result<Self, LakeError> {
        Ok(Self {
            program: None,
            store: Store::read(&data.lake_file())?,
            memory_mb: MEMORY_MB,
        })
    }

    /// What reads sealed entries back; each job starts when it is needed.
    ///
    /// With `checks`, every object and every leaf is hashed again on the way.
    #[must_use]
    pub fn source(&self, checks: bool) -> Arc<dyn SealedSource> {
        Arc::new(LakeSource::new(self.clone(), checks))
    }

    /// What reads the sealed entries back that hold one of the indicators of a file.
    #[must_use]
    pub fn hunting(&self, indicators: PathBuf) -> Arc<dyn SealedSource> {
        Arc::new(LakeSource::hunting(self.clone(), indicators))
    }

    /// Finds the program, and begins the command line of one of its jobs.
    pub fn job(&self, name: &'static str) -> Result<Job, LakeError> {
        let program = find(self.program.as_deref())?;
        Ok(Job::new(&program, name, self.store.as_ref()))
    }

    /// Most memory of one job, in megabytes.
    pub(crate) fn memory_mb(&self) -> u64 {
        self.memory_mb
    }
}

impl LakeError {
    /// The stable code that evidence keeps.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "program-absent",
            Self::Answer { .. } => "answer-unreadable",
            Self::Evidence { .. } => "log-refused",
            Self::Failed { .. } => "program-failed",
            Self::File { .. } | Self::Settings { .. } => "file-failed",
            Self::Slow { .. } => "program-too-slow",
            Self::Stopped => "stopped",
        }
    }

    /// The exit code of the program, when it gave one.
    #[must_use]
    pub fn exit(&self) -> Option<i32> {
        match self {
            Self::Failed { ended, .. } => ended.code(),
            _ => None,
        }
    }
}
