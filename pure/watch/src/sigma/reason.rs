//! Why a document is refused.

use std::fmt;

/// A document that is left out, with what is needed to find it and to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The file or other origin that the reader was given.
    pub origin: String,
    /// The `id` of the document, where it could be read.
    pub id: Option<String>,
    /// The `title` of the document, where it could be read.
    pub title: Option<String>,
    /// Why.
    pub reason: Reason,
}

impl fmt::Display for Refused {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.title.as_deref().unwrap_or("(no title)");
        write!(to, "{}: {title}: {}", self.origin, self.reason)
    }
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// A file, document, list or expression beyond a limit.
    #[error("{what} is larger than {max}")]
    TooLarge {
        /// What.
        what: &'static str,
        /// The limit.
        max: usize,
    },
    /// No YAML.
    #[error("line {line}: this is no YAML: {problem}")]
    Yaml {
        /// Counted from 1 in the file.
        line: usize,
        /// In the words of the YAML reader.
        problem: String,
    },
    /// An alias of something that is not finished, or not there.
    #[error("line {line}: this alias has nothing to stand for")]
    Alias {
        /// Counted from 1 in the file.
        line: usize,
    },
    /// The same key twice in one map.
    #[error("`{0}` is there twice")]
    RepeatedKey(String),
    /// A document that is neither rule, filter nor correlation.
    #[error("this is neither a rule nor a filter nor a correlation")]
    UnknownDocument,
    /// A collection of the first version of the language.
    #[error("`action: {0}` belongs to Sigma 1, which is not read")]
    ObsoleteAction(String),
    /// Aggregation in a condition, which correlations replaced.
    #[error(
        "aggregations in a condition (`| ...`, `timeframe`) belong to Sigma 1: write a correlation"
    )]
    ObsoleteAggregation,
    /// A key that must be there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A value of a wrong shape.
    #[error("`{key}` must be {wanted}")]
    WrongShape {
        /// Its key.
        key: String,
        /// What would be right.
        wanted: &'static str,
    },
    /// A log source that names nothing.
    #[error("the log source names no product, category or service")]
    EmptyLogSource,
    /// A modifier that the specification does not know.
    #[error("`{field}`: modifier `{modifier}` is unknown")]
    UnknownModifier {
        /// The field with its modifiers.
        field: String,
        /// The modifier.
        modifier: String,
    },
    /// Modifiers that contradict each other, or stand in an order without meaning.
    #[error("`{field}`: modifier `{modifier}` cannot stand there")]
    MisplacedModifier {
        /// The field with its modifiers.
        field: String,
        /// The modifier.
        modifier: String,
    },
    /// A value that its modifier cannot use.
    #[error("`{field}`: the value must be {wanted}")]
    WrongValue {
        /// The field with its modifiers.
        field: String,
        /// What would be right.
        wanted: &'static str,
    },
    /// `%name%` that nobody fills.
    #[error("no values are given for the placeholder `%{0}%`")]
    MissingPlaceholder(String),
    /// A regular expression that cannot be run in linear time, or is none.
    #[error("`{field}`: this regular expression cannot be used: {problem}")]
    Regex {
        /// The field with its modifiers.
        field: String,
        /// In the words of the engine.
        problem: String,
    },
    /// A condition that cannot be read.
    #[error("condition `{condition}`: {problem}")]
    Condition {
        /// The condition.
        condition: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A condition that names a selection which is not there.
    #[error("condition: no selection `{0}`")]
    UnknownSelection(String),
    /// A filter or correlation that refers to a rule which is not there.
    #[error("refers to the rule `{0}`, which is not there or was refused")]
    UnknownRule(String),
    /// A rule whose `id` or `name` another rule has already.
    #[error("`{0}` is the id or name of an earlier document")]
    RepeatedId(String),
    /// Correlations that refer to each other in a circle.
    #[error("correlations refer to each other in a circle")]
    Circle,
    /// Something that the specification allows and this engine does not do.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
}
