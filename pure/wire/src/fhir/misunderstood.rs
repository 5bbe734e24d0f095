//! Why a request is not one that the door understands.

use std::fmt;

use crate::http::BadTarget;
use crate::limits::DETAIL_CHARS_MAX;

/// A request outside the grammar: a value, because refusing is an ordinary outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misunderstood {
    /// The first rule that is broken.
    pub reason: Reason,
    /// The offending piece of the request: printable ASCII, escaped, at most 80 characters.
    pub detail: String,
}

impl Misunderstood {
    /// Keeps a bounded, printable form of `offending`.
    pub(super) fn new(reason: Reason, offending: &str) -> Self {
        let printable = offending.chars().flat_map(char::escape_default);
        Self {
            reason,
            detail: printable.take(DETAIL_CHARS_MAX).collect(),
        }
    }
}

impl fmt::Display for Misunderstood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: `{}`", self.reason.code(), self.detail)
    }
}

impl std::error::Error for Misunderstood {}

/// What kind of answer a misunderstood request deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Would hide its meaning from one reader or another, or asks for what no one is given: 403.
    Forbidden,
    /// Breaks the grammar of HTTP or of FHIR: 400.
    Malformed,
    /// Proper FHIR that this door does not serve: 405 for a method, 501 for the rest.
    NotSupported,
}

/// The first rule that a request breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A condition of a conditional interaction that is no plain search of one patient.
    BadCondition,
    /// `_count` that is not a whole number within bounds.
    BadCount,
    /// A value that a search parameter cannot have, or has in a form with two readings.
    BadFilter,
    /// `_format` other than JSON.
    BadFormat,
    /// An id outside the standard's pattern.
    BadId,
    /// A page token that is none.
    BadPage,
    /// A patient value that is neither an id nor `Patient/id`.
    BadPatient,
    /// `_sort` by something that the type cannot be sorted by.
    BadSort,
    /// `_summary` by a word that the standard does not have.
    BadSummary,
    /// `_total` other than `accurate`, `estimate` or `none`.
    BadTotal,
    /// A parameter through another resource that leads nowhere, or further than one step.
    Chain,
    /// The same parameter twice, or both `patient` and `subject`.
    DuplicateParameter,
    /// `_history` on the system or a type.
    History,
    /// `_include` or `_revinclude` by something that is no link of the type.
    Include,
    /// `;` in the path.
    MatrixParameter,
    /// A method that is not a token of letters.
    MethodMalformed,
    /// A read by a method other than `GET`.
    MethodNotSupported,
    /// A write that is no interaction of the standard.
    MethodWrite,
    /// A parameter with a modifier that is not served, such as `patient:identifier`.
    Modifier,
    /// An operation other than `Patient/id/$everything`.
    Operation,
    /// A parameter without name or without `=`.
    ParameterMalformed,
    /// A parameter of the standard that is not served on this request.
    ParameterNotSupported,
    /// More parameters than the limit.
    ParametersTooMany,
    /// `_has` by something that is no link, or further than one step.
    ReverseChain,
    /// `_search` by another method, or on the whole system.
    Search,
    /// A search for patients without any condition.
    SearchWithoutPatient,
    /// The form of the target itself.
    Target(BadTarget),
    /// A type that the standard does not link to a patient by this parameter.
    TypeNotSearchable,
    /// A type that belongs to no patient, which is written behind the door.
    TypeNotWritable,
    /// A type that is neither in the patient compartment nor open to all.
    TypeRefused,
    /// A parameter that is not one of the standard's common ones.
    UnknownParameter,
    /// A path that is no interaction of FHIR.
    UnknownPath,
    /// A first segment that is not a resource type of R4.
    UnknownType,
}

impl Reason {
    /// A stable word for evidence and for the texts shown to people.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadCondition => "bad-condition",
            Self::BadCount => "bad-count",
            Self::BadFilter => "bad-filter",
            Self::BadFormat => "bad-format",
            Self::BadId => "bad-id",
            Self::BadPage => "bad-page",
            Self::BadPatient => "bad-patient",
            Self::BadSort => "bad-sort",
            Self::BadSummary => "bad-summary",
            Self::BadTotal => "bad-total",
            Self::Chain => "chain",
            Self::DuplicateParameter => "duplicate-parameter",
            Self::History => "history",
            Self::Include => "include",
            Self::MatrixParameter => "matrix-parameter",
            Self::MethodMalformed => "method-malformed",
            Self::MethodNotSupported => "method-not-supported",
            Self::MethodWrite => "method-write",
            Self::Modifier => "modifier",
            Self::Operation => "operation",
            Self::ParameterMalformed => "parameter-malformed",
            Self::ParameterNotSupported => "parameter-not-supported",
            Self::ParametersTooMany => "parameters-too-many",
            Self::ReverseChain => "reverse-chain",
            Self::Search => "search",
            Self::SearchWithoutPatient => "search-without-patient",
            Self::Target(target) => target.code(),
            Self::TypeNotSearchable => "type-not-searchable",
            Self::TypeNotWritable => "type-not-writable",
            Self::TypeRefused => "type-refused",
            Self::UnknownParameter => "unknown-parameter",
            Self::UnknownPath => "unknown-path",
            Self::UnknownType => "unknown-type",
        }
    }

    /// What kind of answer this reason deserves.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::BadFormat
            | Self::Chain
            | Self::History
            | Self::Include
            | Self::MethodNotSupported
            | Self::MethodWrite
            | Self::Modifier
            | Self::Operation
            | Self::ParameterNotSupported
            | Self::ReverseChain
            | Self::Search
            | Self::SearchWithoutPatient
            | Self::TypeNotSearchable
            | Self::TypeNotWritable => Category::NotSupported,
            Self::BadCondition
            | Self::BadCount
            | Self::BadFilter
            | Self::BadId
            | Self::BadPage
            | Self::BadPatient
            | Self::BadSort
            | Self::BadSummary
            | Self::BadTotal
            | Self::MethodMalformed
            | Self::ParameterMalformed
            | Self::ParametersTooMany
            | Self::UnknownParameter
            | Self::UnknownPath
            | Self::UnknownType => Category::Malformed,
            Self::DuplicateParameter | Self::MatrixParameter | Self::TypeRefused => {
                Category::Forbidden
            }
            Self::Target(target) => match target {
                BadTarget::InvalidEscape
                | BadTarget::InvalidUtf8
                | BadTarget::NotAscii
                | BadTarget::NotOriginForm
                | BadTarget::NotUri
                | BadTarget::TooLong => Category::Malformed,
                BadTarget::Backslash
                | BadTarget::Control
                | BadTarget::DotSegment
                | BadTarget::DoubleEncoding
                | BadTarget::EmptySegment
                | BadTarget::EncodedDot
                | BadTarget::EncodedSeparator
                | BadTarget::Fragment => Category::Forbidden,
            },
        }
    }
}
