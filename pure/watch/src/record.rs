//! One line of JSON, read lazily: where each value is and of which kind, nothing decoded.
//!
//! The reader hops from quote to quote and resolves no escape; a value is decoded when somebody
//! tests it ([`text`]). It does not check that the line is perfect JSON: it refuses what it cannot
//! follow, as [`Unreadable`], and never panics.
//!
//! Names of nested fields join with dots (`winlog.event_data.Image`); elements of an array carry
//! the name of the array. A name that somebody asks for is known by its number, which
//! [`Names`] hands out before the first line.

mod names;
mod scan;
pub mod text;

#[cfg(test)]
mod tests;

pub use names::{FieldId, Names, NamesBuilder};
pub use scan::Record;

use std::ops::Range;

/// The kind of a JSON value, known from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text; the span is between the quotes.
    Text,
    /// A number as written.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
    /// An object; its members follow as fields of their own.
    Object,
    /// An array; its elements follow as fields of their own.
    Array,
}

/// One value of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where the value is, without the quotes of a text. Empty for objects and arrays.
    pub value: Range<usize>,
    /// Of which kind.
    pub kind: Kind,
    /// Where the last step of the name is, without its quotes and as escaped in the line.
    pub(crate) key: Range<usize>,
    /// The field that this one is inside of.
    pub(crate) parent: Option<u32>,
    /// Its place in [`Names`].
    pub(crate) node: u32,
}

/// Why a line cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than [`crate::limits::LINE_BYTES_MAX`].
    #[error("the line is too long")]
    TooLong,
    /// More values than [`crate::limits::RECORD_FIELDS_MAX`].
    #[error("the line has too many fields")]
    TooManyFields,
    /// Deeper than [`crate::limits::RECORD_DEPTH_MAX`].
    #[error("the line is nested too deeply")]
    TooDeep,
    /// No JSON object, or one that breaks off, at this byte.
    #[error("the line is no JSON object: surprise at byte {at}")]
    Malformed {
        /// Counted from the start of the line.
        at: usize,
    },
}
