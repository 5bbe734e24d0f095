//! The first bytes of an element (clause 20.2.1).

use crate::bacnet::Fault;
use crate::bacnet::fault::Reading;
use crate::cursor::Cursor;

/// The first bytes of an element, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// Number of the type and length.
    Application(u8, usize),
    /// The only type whose value stands in the tag.
    Boolean(bool),
    /// The end of a group.
    Closing(u8),
    /// Number and length.
    Context(u8, usize),
    /// The beginning of a group.
    Opening(u8),
}

/// Says that the number follows in one byte.
const NUMBER_FOLLOWS: u8 = 15;

/// Says that the length follows.
const LENGTH_FOLLOWS: u8 = 5;

/// The type of truth values.
pub(super) const BOOLEAN: u8 = 1;

/// The last type that is defined.
const TYPE_MAX: u8 = 12;

impl Tag {
    pub(super) fn read(cursor: &mut Cursor<'_>, reading: &mut Reading) -> Result<Self, Fault> {
        let first = cursor.u8().ok_or(Fault::TooShort)?;
        let context = first & 0x08 != 0;
        let number = match first >> 4 {
            NUMBER_FOLLOWS => {
                let number = cursor.u8().ok_or(Fault::TooShort)?;
                if number == u8::MAX {
                    return Err(Fault::IllegalValue);
                }
                reading.canonical(number >= NUMBER_FOLLOWS)?;
                number
            }
            number => number,
        };
        match (context, first & 0x07) {
            (true, 6) => return Ok(Self::Opening(number)),
            (true, 7) => return Ok(Self::Closing(number)),
            (false, 6 | 7) => return Err(Fault::IllegalValue),
            (false, _) if number > TYPE_MAX => return Err(Fault::IllegalValue),
            (false, value) if number == BOOLEAN => {
                return match value {
                    0 => Ok(Self::Boolean(false)),
                    1 => Ok(Self::Boolean(true)),
                    _ => Err(Fault::IllegalValue),
                };
            }
            _ => {}
        }
        let length = match first & 0x07 {
            LENGTH_FOLLOWS => length(cursor, reading)?,
            length => length.into(),
        };
        if context {
            Ok(Self::Context(number, length))
        } else {
            Ok(Self::Application(number, length))
        }
    }
}

/// A length that follows: whoever writes it in more bytes than it needs hopes that two readers
/// differ, because not every reader knows the longer forms.
fn length(cursor: &mut Cursor<'_>, reading: &mut Reading) -> Result<usize, Fault> {
    let (length, least) = match cursor.u8().ok_or(Fault::TooShort)? {
        254 => (u32::from(cursor.u16().ok_or(Fault::TooShort)?), 254),
        255 => (cursor.u32().ok_or(Fault::TooShort)?, 0x1_0000),
        length => (u32::from(length), u32::from(LENGTH_FOLLOWS)),
    };
    reading.canonical(length >= least)?;
    usize::try_from(length).map_err(|_| Fault::TooShort)
}

fn write_first(out: &mut Vec<u8>, number: u8, low: u8) {
    if number < NUMBER_FOLLOWS {
        out.push(number << 4 | low);
    } else {
        out.extend_from_slice(&[NUMBER_FOLLOWS << 4 | low, number]);
    }
}

pub(super) fn write_opening(out: &mut Vec<u8>, number: u8) {
    write_first(out, number, 0x0e);
}

pub(super) fn write_closing(out: &mut Vec<u8>, number: u8) {
    write_first(out, number, 0x0f);
}

/// A tag with a length, in its shortest form.
pub(super) fn write(out: &mut Vec<u8>, number: u8, context: bool, length: usize) {
    let class = if context { 0x08 } else { 0 };
    match u8::try_from(length) {
        Ok(short) if short < LENGTH_FOLLOWS => write_first(out, number, class | short),
        Ok(medium) if medium < 254 => {
            write_first(out, number, class | LENGTH_FOLLOWS);
            out.push(medium);
        }
        _ => {
            write_first(out, number, class | LENGTH_FOLLOWS);
            match u16::try_from(length) {
                Ok(long) => {
                    out.push(254);
                    out.extend_from_slice(&long.to_be_bytes());
                }
                Err(_) => {
                    out.push(255);
                    let longest = u32::try_from(length).unwrap_or(u32::MAX);
                    out.extend_from_slice(&longest.to_be_bytes());
                }
            }
        }
    }
}

/// A truth value, which stands in its tag.
pub(super) fn write_boolean(out: &mut Vec<u8>, value: bool) {
    write_first(out, BOOLEAN, value.into());
}
