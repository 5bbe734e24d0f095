//! What can be wrong with the texts that were compiled in.

use fluent_bundle::FluentError;
use unic_langid::LanguageIdentifierError;

/// The texts cannot be loaded. The tests of this crate load them, so a released program never
/// meets this.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A language has no well-formed BCP 47 name.
    #[error("`{name}` is not the name of a language")]
    Language {
        /// The name.
        name: &'static str,
        /// What the parser said.
        #[source]
        source: LanguageIdentifierError,
    },
    /// Two texts of one language have the same key.
    #[error("`{file}` repeats a key of its language")]
    Repeated {
        /// The file, below `locales/`.
        file: &'static str,
        /// The first repetition.
        #[source]
        source: FluentError,
    },
    /// A file is not Fluent syntax.
    #[error("`{file}` is not Fluent syntax")]
    Syntax {
        /// The file, below `locales/`.
        file: &'static str,
        /// The first place that cannot be read.
        #[source]
        source: Option<FluentError>,
    },
}
