//! Tagged elements: what every service is written in (clause 20.2).
//!
//! ```text
//! tag: number, 4 bits | class, 1 bit | length, value or type, 3 bits
//!      number 15: the number follows in one byte
//!      length  5: one byte follows, up to 253; 254 and two bytes; 255 and four bytes
//!      type 6 and 7 of class 1: beginning and end of a group
//! ```

mod tag;
mod value;

use super::fault::Reading;
use super::{Fault, ObjectId};
use crate::cursor::Cursor;
use crate::limits::{BACNET_DEPTH_MAX, BACNET_ELEMENTS_MAX};
use tag::Tag;
pub(super) use value::{four, signed, signed_bytes, text, unsigned, unsigned_bytes};

/// One element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    /// With an application tag: its type is known.
    Value(Value),
    /// With a context tag: the service gives the number its type.
    Context(u8, Vec<u8>),
    /// Between the beginning and the end of a group.
    Group(u8, Vec<Self>),
}

/// A value with its type (clause 20.2.2 to 20.2.14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// 0; a write of it gives up what was written before, at its priority.
    Null,
    /// 1.
    Boolean(bool),
    /// 2.
    Unsigned(u64),
    /// 3.
    Signed(i64),
    /// 4: the bits of an IEEE 754 number, so that two of them can be compared; see [`Value::number`].
    Real(u32),
    /// 5: the bits of a number of double precision.
    Double(u64),
    /// 6.
    Octets(Vec<u8>),
    /// 7.
    Text(Text),
    /// 8: bits in bytes, the first one the greatest; those beyond `bits` are 0.
    Bits {
        /// How many bits.
        bits: usize,
        /// The bytes they stand in.
        bytes: Vec<u8>,
    },
    /// 9.
    Enumerated(u32),
    /// 10: year less 1900, month, day, day of the week; 255 stands for any.
    Date([u8; 4]),
    /// 11: hour, minute, second, hundredths; 255 stands for any.
    Time([u8; 4]),
    /// 12.
    Object(ObjectId),
}

/// Text and its character set: 0 for UTF-8, 4 for UCS-2, 5 for ISO 8859-1 and others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The number of the set.
    pub set: u8,
    /// The text as it came.
    pub bytes: Vec<u8>,
}

impl Text {
    /// Text as most devices write it.
    #[must_use]
    pub fn utf8(text: &str) -> Self {
        Self {
            set: 0,
            bytes: text.as_bytes().to_vec(),
        }
    }
}

/// To be shown: what cannot be read is replaced, control characters are left out.
impl std::fmt::Display for Text {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self.set {
            4 => {
                let pairs = self.bytes.chunks_exact(2);
                let units = pairs.filter_map(|pair| Some(u16::from_be_bytes(*pair.first_chunk()?)));
                String::from_utf16_lossy(&units.collect::<Vec<u16>>())
            }
            5 => self.bytes.iter().copied().map(char::from).collect(),
            _ => String::from_utf8_lossy(&self.bytes).into_owned(),
        };
        text.chars()
            .filter(|character| !character.is_control())
            .try_for_each(|character| std::fmt::Write::write_char(out, character))
    }
}

impl Element {
    /// A context-tagged number in its shortest form.
    pub(super) fn unsigned(number: u8, value: impl Into<u64>) -> Self {
        Self::Context(number, unsigned_bytes(value.into()))
    }

    /// A context-tagged object.
    pub(super) fn object(number: u8, object: ObjectId) -> Self {
        Self::Context(number, object.bytes().to_vec())
    }
}

/// Reads every element to the end of the bytes.
pub(super) fn read(bytes: &[u8], reading: &mut Reading) -> Result<Vec<Element>, Fault> {
    let mut cursor = Cursor::new(bytes);
    // The lists of the groups that have begun, and their numbers; the outermost has none.
    let mut open: Vec<(u8, Vec<Element>)> = Vec::new();
    let mut list = Vec::new();
    let mut count = 0;
    while !cursor.is_empty() {
        count += 1;
        if count > BACNET_ELEMENTS_MAX {
            return Err(Fault::TooMany);
        }
        match Tag::read(&mut cursor, reading)? {
            Tag::Opening(number) => {
                if open.len() >= BACNET_DEPTH_MAX {
                    return Err(Fault::TooDeep);
                }
                open.push((number, std::mem::take(&mut list)));
            }
            Tag::Closing(number) => {
                let (began, outer) = open.pop().ok_or(Fault::Unbalanced)?;
                if began != number {
                    return Err(Fault::Unbalanced);
                }
                let inner = std::mem::replace(&mut list, outer);
                list.push(Element::Group(number, inner));
            }
            Tag::Boolean(value) => list.push(Element::Value(Value::Boolean(value))),
            Tag::Application(number, length) => {
                let bytes = cursor.take(length).ok_or(Fault::TooShort)?;
                list.push(Element::Value(value::read(number, bytes, reading)?));
            }
            Tag::Context(number, length) => {
                let bytes = cursor.take(length).ok_or(Fault::TooShort)?;
                list.push(Element::Context(number, bytes.to_vec()));
            }
        }
    }
    if open.is_empty() {
        Ok(list)
    } else {
        Err(Fault::Unbalanced)
    }
}

/// Writes elements in their only form.
pub(super) fn write(elements: &[Element], out: &mut Vec<u8>) {
    for element in elements {
        match element {
            Element::Value(value) => value::write(value, out),
            Element::Context(number, bytes) => {
                tag::write(out, *number, true, bytes.len());
                out.extend_from_slice(bytes);
            }
            Element::Group(number, inner) => {
                tag::write_opening(out, *number);
                write(inner, out);
                tag::write_closing(out, *number);
            }
        }
    }
}
