//! Why a measurement gave no figures.

use std::path::PathBuf;

/// What can go wrong while measuring.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file, folder or process of the measurement could not be used.
    #[error("cannot {act} `{path}`")]
    File {
        /// What was tried.
        act: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The evidence log failed under load.
    #[error("the evidence log failed in batches of {batch}")]
    Evidence {
        /// Entries of each batch.
        batch: usize,
        /// What the log says.
        #[source]
        source: ::evidence::Error,
    },
    /// The directory of the large group is not accepted.
    #[error("the directory of the measured group does not hold together")]
    Directory {
        /// What the directory says.
        #[source]
        source: hospital::Error,
    },
    /// A generated text is no identity.
    #[error("a generated identity is none")]
    Identity {
        /// What is wrong with it.
        #[source]
        source: event::InvalidId,
    },
    /// The policies with their padding do not come into force.
    #[error("the measured policies cannot come into force")]
    Policy {
        /// Why.
        #[source]
        source: policy::Error,
    },
    /// The key of the log that is thrown away afterwards could not be made.
    #[error("cannot make the key of a log")]
    Key {
        /// What is wrong with it.
        #[source]
        source: tlog::Error,
    },
}

impl BenchError {
    /// Wraps what the system said about a path.
    pub(super) fn file(
        act: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { act, path, source }
    }
}
