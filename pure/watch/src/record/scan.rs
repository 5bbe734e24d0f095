//! The reader itself: from quote to quote, one pass, one stack of bounded depth.

use super::foresight::{Descend, Nameless};
use super::names::{ROOT, UNKNOWN};
use super::{Field, Kind, NO_PARENT, Names, Placed, Unreadable, slice, text};
use crate::limits::{LINE_BYTES_MAX, RECORD_DEPTH_MAX, RECORD_FIELDS_MAX};

/// What was read of a line. Kept from line to line for its room.
#[derive(Clone, Debug, Default)]
pub struct Record {
    fields: Vec<Field>,
    stack: Vec<Frame>,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    field: u32,
    node: u32,
    is_array: bool,
}

/// Where a value is about to be read, and under which name.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    key: (usize, usize),
    node: u32,
}

impl Record {
    /// Reads a line; what was read before is forgotten.
    ///
    /// # Errors
    /// The line is no JSON object, or beyond a limit; the record is then empty.
    pub fn read(&mut self, line: &[u8], names: &Names) -> Result<(), Unreadable> {
        self.read_by(line, names)
    }

    /// Reads a line with other ways to find names.
    pub(crate) fn read_by(&mut self, line: &[u8], names: impl Descend) -> Result<(), Unreadable> {
        let mut names = names;
        self.fields.clear();
        self.stack.clear();
        let read = self.object(line, &mut names);
        if read.is_err() {
            self.fields.clear();
        }
        read
    }

    /// Takes what another reader has found; what was read before is forgotten.
    #[inline]
    pub(crate) fn take(&mut self, values: impl Iterator<Item = Placed>) {
        self.fields.clear();
        self.fields.extend(values.map(|value| Field {
            value: (value.from, value.to),
            key: (0, 0),
            parent: NO_PARENT,
            node: value.name,
            kind: value.kind,
        }));
    }

    /// Reads every value of a line without asking for its name.
    pub(crate) fn read_nameless(&mut self, line: &[u8]) -> Result<(), Unreadable> {
        self.read_by(line, Nameless)
    }

    /// Every value in the order of the line, objects and arrays included.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The name of a field with all its steps, as a JSON path joined by dots.
    #[must_use]
    pub fn dotted_name(&self, line: &[u8], field: &Field) -> String {
        let mut steps = Vec::new();
        let mut at = Some(field);
        while let Some(field) = at {
            let key = slice(line, field.key);
            if !key.is_empty() {
                let mut plain = Vec::new();
                text::unescape(key, &mut plain);
                steps.push(String::from_utf8_lossy(&plain).into_owned());
            }
            at = usize::try_from(field.parent)
                .ok()
                .and_then(|parent| self.fields.get(parent));
        }
        steps.reverse();
        steps.join(".")
    }

    fn object(&mut self, line: &[u8], names: &mut impl Descend) -> Result<(), Unreadable> {
        if line.len() > LINE_BYTES_MAX {
            return Err(Unreadable::TooLong);
        }
        let start = match line {
            [0xef, 0xbb, 0xbf, ..] => 3,
            _ => 0,
        };
        let at = expect(line, start, b'{')?;
        self.stack.push(Frame {
            field: NO_PARENT,
            node: ROOT,
            is_array: false,
        });
        let mut at = match skip_space(line, at) {
            (b'}', next) => self.close(next),
            _ => self.member(line, at, names)?,
        };
        while let Some(frame) = self.stack.last().copied() {
            let (sign, next) = skip_space(line, at);
            at = match (sign, frame.is_array) {
                (b',', false) => self.member(line, next, names)?,
                (b',', true) => self.element(line, next, frame, names)?,
                (b'}', false) | (b']', true) => self.close(next),
                _ => return Err(malformed(at)),
            };
        }
        match skip_space(line, at) {
            (0, next) if next >= line.len() => Ok(()),
            _ => Err(malformed(at)),
        }
    }

    /// Leaves the innermost object or array.
    fn close(&mut self, next: usize) -> usize {
        self.stack.pop();
        next
    }

    fn member(
        &mut self,
        line: &[u8],
        at: usize,
        names: &mut impl Descend,
    ) -> Result<usize, Unreadable> {
        let start = expect(line, at, b'"')?;
        let end = text_end(line, start).ok_or(malformed(at))?;
        let parent = self.stack.last().map_or(UNKNOWN, |frame| frame.node);
        let node = names.descend(parent, line.get(start..end).unwrap_or_default());
        let key = (start, end);
        let at = expect(line, end + 1, b':')?;
        self.value(line, Place { at, key, node }, names)
    }

    fn element(
        &mut self,
        line: &[u8],
        at: usize,
        frame: Frame,
        names: &mut impl Descend,
    ) -> Result<usize, Unreadable> {
        let place = Place {
            at,
            key: (0, 0),
            node: frame.node,
        };
        self.value(line, place, names)
    }

    /// Reads the value at a place; of an object or array, up to the end of its first member.
    #[inline]
    fn value(
        &mut self,
        line: &[u8],
        place: Place,
        names: &mut impl Descend,
    ) -> Result<usize, Unreadable> {
        let (sign, next) = skip_space(line, place.at);
        match sign {
            b'"' => {
                let end = text_end(line, next).ok_or(malformed(place.at))?;
                self.push(place, Kind::Text, (next, end))?;
                Ok(end + 1)
            }
            b'{' => {
                self.open(place, Kind::Object, next)?;
                match skip_space(line, next) {
                    (b'}', next) => Ok(self.close(next)),
                    _ => self.member(line, next, names),
                }
            }
            b'[' => {
                let frame = self.open(place, Kind::Array, next)?;
                match skip_space(line, next) {
                    (b']', next) => Ok(self.close(next)),
                    _ => self.element(line, next, frame, names),
                }
            }
            _ => {
                let start = next.saturating_sub(1);
                let end = bare_end(line, start);
                let kind = bare_kind(line.get(start..end).unwrap_or_default())
                    .ok_or(malformed(place.at))?;
                self.push(place, kind, (start, end))?;
                Ok(end)
            }
        }
    }

    fn open(&mut self, place: Place, kind: Kind, at: usize) -> Result<Frame, Unreadable> {
        if self.stack.len() >= RECORD_DEPTH_MAX {
            return Err(Unreadable::TooDeep);
        }
        let field = narrow(self.fields.len());
        let frame = Frame {
            field,
            node: place.node,
            is_array: kind == Kind::Array,
        };
        self.push(place, kind, (at, at))?;
        self.stack.push(frame);
        Ok(frame)
    }

    #[inline]
    fn push(&mut self, place: Place, kind: Kind, value: (usize, usize)) -> Result<(), Unreadable> {
        if self.fields.len() >= RECORD_FIELDS_MAX {
            return Err(Unreadable::TooManyFields);
        }
        self.fields.push(Field {
            value: (narrow(value.0), narrow(value.1)),
            key: (narrow(place.key.0), narrow(place.key.1)),
            parent: self.stack.last().map_or(NO_PARENT, |frame| frame.field),
            node: place.node,
            kind,
        });
        Ok(())
    }
}

/// Lines are shorter than what fits.
#[inline]
fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn malformed(at: usize) -> Unreadable {
    Unreadable::Malformed { at }
}

/// The next byte that is no space, and the place behind it; 0 at the end.
#[inline]
fn skip_space(line: &[u8], mut at: usize) -> (u8, usize) {
    loop {
        match line.get(at) {
            Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
            Some(sign) => return (*sign, at + 1),
            None => return (0, line.len()),
        }
    }
}

#[inline]
fn expect(line: &[u8], at: usize, wanted: u8) -> Result<usize, Unreadable> {
    match skip_space(line, at) {
        (sign, next) if sign == wanted => Ok(next),
        _ => Err(malformed(at)),
    }
}

/// The quote that ends the text which starts at `start`: one with an even number of backslashes
/// before it. Each backslash is looked at once, since no quote stands between it and the next.
#[inline]
fn text_end(line: &[u8], start: usize) -> Option<usize> {
    let mut from = start;
    loop {
        let rest = line.get(from..)?;
        let at = quote(rest)?;
        let before = rest.get(..at)?;
        let slashes = before.iter().rev().take_while(|sign| **sign == b'\\');
        if slashes.count() % 2 == 0 {
            return Some(from + at);
        }
        from += at + 1;
    }
}

/// Most texts are short: their end is found in a few words, without the long way of a search.
#[inline]
fn quote(text: &[u8]) -> Option<usize> {
    let mut rest = text;
    for word in 0..3 {
        let Some((first, more)) = rest.split_first_chunk::<8>() else {
            break;
        };
        let found = quote_in(u64::from_le_bytes(*first));
        if found != 0 {
            let at = usize::try_from(found.trailing_zeros() / 8).unwrap_or(0);
            return Some(word * 8 + at);
        }
        rest = more;
    }
    let skipped = text.len() - rest.len();
    memchr::memchr(b'"', rest).map(|at| skipped + at)
}

/// The highest bit of each byte that is a quote; exact up to the first one.
#[inline]
fn quote_in(word: u64) -> u64 {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let differing = word ^ (LOW * 0x22);
    differing.wrapping_sub(LOW) & !differing & HIGH
}

/// The end of a number or word.
#[inline]
fn bare_end(line: &[u8], start: usize) -> usize {
    let rest = line.get(start..).unwrap_or_default();
    let length = rest
        .iter()
        .position(|sign| matches!(sign, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n'))
        .unwrap_or(rest.len());
    start + length
}

fn bare_kind(word: &[u8]) -> Option<Kind> {
    match word {
        b"true" | b"false" => Some(Kind::Bool),
        b"null" => Some(Kind::Null),
        [b'-' | b'0'..=b'9', rest @ ..] => rest
            .iter()
            .all(|sign| matches!(sign, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
            .then_some(Kind::Number),
        _ => None,
    }
}
