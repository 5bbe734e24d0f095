//! Why a house cannot be opened.

use std::net::SocketAddr;
use std::path::PathBuf;

use event::ServiceId;

use crate::detection::RulesError;
use crate::folder::FolderError;

/// A house that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// The texts that are built in do not hold together.
    #[error("the texts of the program cannot be read")]
    Catalog {
        /// Why.
        #[source]
        source: locale::Error,
    },
    /// The data folder cannot be used.
    #[error("the data folder cannot be used")]
    Folder {
        /// Why.
        #[source]
        source: FolderError,
    },
    /// The log cannot be created, opened, read or written.
    #[error("the evidence in `{folder}` cannot be used")]
    Evidence {
        /// The folder of the log.
        folder: PathBuf,
        /// Why.
        #[source]
        source: evidence::Error,
    },
    /// A feed has no place to listen.
    #[error("listening on {address} for the feed `{feed}`")]
    Feed {
        /// The feed.
        feed: ServiceId,
        /// Where.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// What feeds have told cannot be recalled.
    #[error("what feeds have told cannot be read or written")]
    Told {
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A source of logs has no place to listen.
    #[error("listening on {address} for the logs `{name}`")]
    Logs {
        /// The source.
        name: String,
        /// Where.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line of the guard has no place to listen.
    #[error("listening on {address} for the conduit `{conduit}`")]
    Line {
        /// The conduit.
        conduit: String,
        /// Where.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The house was closed by force before its logs were.
    #[error("the logs were not closed in good order")]
    Interrupted,
    /// No thread could be started.
    #[error("no thread can be started beside the door")]
    Threads {
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The rules that come with the program cannot be used.
    #[error("what the logs are watched with cannot be used")]
    Rules {
        /// Why.
        #[source]
        source: RulesError,
    },
    /// A name of the program itself is no identity.
    #[error("a name of the program is no identity")]
    Name {
        /// Why.
        #[source]
        source: event::InvalidId,
    },
}
