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
    /// The demonstration's announcement is not what this measurement understands.
    #[error("`{program} demo --json` announced something else than a demonstration")]
    Announcement {
        /// The program.
        program: PathBuf,
        /// What the reader met.
        #[source]
        source: serde_json::Error,
    },
    /// The authority of the demonstration cannot be trusted.
    #[error("cannot trust the authority in `{path}`")]
    Certificate {
        /// Its certificate.
        path: PathBuf,
        /// Why.
        #[source]
        source: gateway::tls::TlsError,
    },
    /// A program did not do what it was started for.
    #[error("`{program}` did not get ready: {said}")]
    Ended {
        /// The program.
        program: PathBuf,
        /// The last it said.
        said: String,
    },
    /// A request got no answer, or none that can be understood.
    #[error("cannot {act} `{target}`")]
    Exchange {
        /// What was loaded.
        target: &'static str,
        /// What was tried.
        act: &'static str,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
    /// Answers of the door that named no evidence, or that of another answer.
    #[error("{answers} permitted answers have only {kept} entries of evidence")]
    NotKept {
        /// Answers.
        answers: u64,
        /// Entries of evidence that they named, each counted once.
        kept: u64,
    },
    /// A bundle with other entries than it was asked for.
    #[error("`{target}` answered with {entries} entries, not the {claimed} that were asked for")]
    Entries {
        /// What was loaded.
        target: &'static str,
        /// How many there were; none when the answer was no bundle.
        entries: usize,
        /// How many there should have been.
        claimed: usize,
    },
    /// The group of the demonstration cannot be read.
    #[error("cannot read the group of the demonstration")]
    Group {
        /// Why.
        #[source]
        source: crate::demo::DemoError,
    },
    /// An answer other than what a request is to be answered with.
    #[error("`{target}` answered {status} under load, not {expected}")]
    Status {
        /// What was loaded.
        target: &'static str,
        /// The status.
        status: u16,
        /// The status that was expected.
        expected: u16,
    },
    /// A URL that the demonstration announced cannot be used.
    #[error("the demonstration announced `{url}`, which cannot be loaded")]
    Url {
        /// The URL.
        url: String,
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
    /// Rules that cannot be read.
    #[error("cannot load the rules")]
    Rules {
        /// Why.
        #[source]
        source: crate::detection::RulesError,
    },
    /// There was nothing to measure with.
    #[error("there are no {what}: name files or folders that hold some")]
    Nothing {
        /// Of what there is nothing.
        what: &'static str,
    },
    /// The system gave no randomness.
    #[error("cannot ask the system for randomness")]
    Randomness {
        /// Why.
        #[source]
        source: getrandom::Error,
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
