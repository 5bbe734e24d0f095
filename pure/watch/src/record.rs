//! One line of JSON, read lazily: where each value is and of which kind, nothing decoded.
//!
//! The reader hops from quote to quote and resolves no escape; a value is decoded when somebody
//! tests it ([`text`]). It does not check that the line is perfect JSON: it refuses what it cannot
//! follow, as [`Unreadable`], and never panics.
//!
//! Names of nested fields join with dots (`winlog.event_data.Image`); elements of an array carry
//! the name of the array. A name that somebody asks for is known by its number, which
//! [`Names`] hands out before the first line.

mod foresight;
mod names;
mod scan;
pub mod text;

#[cfg(test)]
mod tests;

pub(crate) use foresight::{Foreseen, Foresight};
pub use names::{FieldId, Names, NamesBuilder};
pub use scan::Record;

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

/// One value of a line. Places are in 32 bits, as no line is longer
/// ([`crate::limits::LINE_BYTES_MAX`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    value: (u32, u32),
    /// The last step of the name, without its quotes and as escaped in the line.
    key: (u32, u32),
    /// The field that this one is inside of.
    parent: u32,
    /// Its place in [`Names`].
    node: u32,
    kind: Kind,
}

/// A value that somebody asks for, where another reader of the line has found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The number of its name, by [`Names::member`] of the same rules.
    pub name: u32,
    /// Its first byte in the line; of a text, the byte behind the quote.
    pub from: u32,
    /// The byte behind its last; of a text, the quote. As [`Placed::from`] for objects and arrays.
    pub to: u32,
    /// Of which kind it is.
    pub kind: Kind,
}

/// The parent of what stands at the top.
const NO_PARENT: u32 = u32::MAX;

impl Field {
    /// Of which kind it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The value as it stands in its line, without the quotes of a text; nothing for objects and
    /// arrays.
    #[must_use]
    #[inline]
    pub fn raw<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        slice(line, self.value)
    }

    /// Whether it can be compared: no null, object or array.
    #[must_use]
    #[inline]
    pub fn is_value(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Number | Kind::Bool)
    }

    /// As another reader would have told it.
    #[cfg(test)]
    pub(crate) fn placed(&self) -> Placed {
        Placed {
            name: self.node,
            from: self.value.0,
            to: self.value.1,
            kind: self.kind,
        }
    }

    #[inline]
    pub(crate) fn node(&self) -> u32 {
        self.node
    }
}

#[inline]
fn slice(line: &[u8], (start, end): (u32, u32)) -> &[u8] {
    let place = |at| usize::try_from(at).unwrap_or(usize::MAX);
    line.get(place(start)..place(end)).unwrap_or_default()
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
