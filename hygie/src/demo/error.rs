//! Why the demonstration cannot run.

use std::path::PathBuf;

/// What can go wrong with the demonstration and its data folder.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The group lacks somebody whom the examples need: a fault of the generator.
    #[error("the demonstration group has no {what}")]
    Absent {
        /// Who or what is absent.
        what: &'static str,
    },
    /// The directory in the folder, or the generated one, does not hold together.
    #[error("the directory of the demonstration does not hold together")]
    Directory {
        /// What the directory says.
        #[source]
        source: hospital::Error,
    },
    /// The policy of the guard does not hold together.
    #[error("the policy of the demonstration's guard does not hold together")]
    Guard {
        /// What the guard says.
        #[source]
        source: policy::guard::GuardError,
    },
    /// The generator wrote a text that is no identity.
    #[error("the demonstration made an identity that is none")]
    Identity {
        /// What is wrong with it.
        #[source]
        source: event::InvalidId,
    },
    /// A file or folder of the demonstration could not be read or written.
    #[error("cannot {act} `{path}`")]
    File {
        /// What was tried.
        act: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A scenario is not understood, or does not fit the group.
    #[error("the scenario cannot be played: {what}")]
    Scenario {
        /// What is wrong with it.
        what: String,
    },
    /// A file of the demonstration is not what was once written there.
    #[error("`{path}` is not what the demonstration wrote, at line {line}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the reader met.
        #[source]
        source: serde_json::Error,
    },
    /// A line of the patients' records is no resource that can be served.
    #[error("line {line} of the records is no FHIR resource with a type and an id")]
    Resource {
        /// The line, from 1.
        line: usize,
    },
    /// The folder was made with another seed.
    #[error("`{path}` was made with the seed {kept}, not {asked}; choose another folder")]
    SeedDiffers {
        /// The data folder.
        path: PathBuf,
        /// The seed that it was made with.
        kept: u64,
        /// The seed asked for now.
        asked: u64,
    },
    /// The signing key could not be made or read, or a signature failed.
    #[error("cannot {act} with the signing key of the demonstration")]
    Key {
        /// What was tried.
        act: &'static str,
    },
    /// The system gave no randomness.
    #[error("the system gave no random bytes")]
    Randomness {
        /// What the system said.
        #[source]
        source: getrandom::Error,
    },
}
