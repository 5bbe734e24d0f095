//! What may fail on the way from a feed to evidence.

/// Something that a feed told could not be kept, so the directory does not follow it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Evidence did not take it.
    #[error("the evidence did not take what a feed told")]
    Evidence {
        /// Why.
        #[source]
        source: evidence::Error,
    },
    /// A file that waits to be imported cannot be read, or not be put away.
    #[error("a file that waits to be imported cannot be used")]
    File {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Evidence took longer than a sender waits.
    #[error("the evidence is too slow for what a feed told")]
    TooSlow,
}
