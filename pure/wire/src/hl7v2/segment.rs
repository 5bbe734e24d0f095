//! The parts of a message: segments, fields, repetitions, components, subcomponents.

use thiserror::Error;

use super::text::{Charset, read};
use crate::limits::{HL7_FIELD_BYTES_MAX, HL7_SEGMENTS_MAX};

/// Why a message is not taken; its code can be shown and counted.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Unreadable {
    /// It does not begin with `MSH` and its delimiters.
    #[error("the message does not begin with a header")]
    Header,
    /// Its header has no control id, to which an acknowledgement could answer.
    #[error("the message has no control id")]
    ControlId,
    /// It is of another type than `ADT`, or of a trigger event that is none.
    #[error("the message is of another type")]
    Type,
    /// It declares a character set that is not read here.
    #[error("the message is in a character set that is not read here")]
    Charset,
    /// It has more segments than messages may have.
    #[error("the message has too many segments")]
    Segments,
    /// A segment that this event needs is missing.
    #[error("the message lacks a segment that its event needs")]
    Missing,
    /// A field cannot be what it is to be.
    #[error("field {0} of the message cannot be read")]
    Field(&'static str),
}

/// The characters that a message separates its parts with (MSH-1 and MSH-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delimiters {
    pub(super) field: u8,
    pub(super) component: u8,
    pub(super) repetition: u8,
    pub(super) escape: u8,
    pub(super) subcomponent: u8,
}

/// A message in its segments, nothing of which is read yet.
#[derive(Clone, Debug)]
pub(super) struct Segments<'a> {
    header: Segment<'a>,
    all: Vec<Segment<'a>>,
}

/// One segment: its name and what follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) name: &'a [u8],
    body: &'a [u8],
    pub(super) delimiters: Delimiters,
    charset: Charset,
}

impl Delimiters {
    fn of(header: &[u8]) -> Option<Self> {
        let rest = header.strip_prefix(b"MSH")?;
        let (&[field, component, repetition, escape, subcomponent], _) =
            rest.split_first_chunk::<5>()?;
        let all = [field, component, repetition, escape, subcomponent];
        let plain = all.iter().all(|byte| {
            byte.is_ascii_punctuation() && all.iter().filter(|b| *b == byte).count() == 1
        });
        plain.then_some(Self {
            field,
            component,
            repetition,
            escape,
            subcomponent,
        })
    }
}

impl<'a> Segments<'a> {
    /// Takes a message apart; the standard ends segments by a carriage return, some by a line feed.
    pub(super) fn of(message: &'a [u8]) -> Result<Self, Unreadable> {
        let mut header = Segment::header_of(message)?;
        let delimiters = header.delimiters;
        let declared = header.raw(17);
        // Of several sets the first is the default one.
        let declared = declared
            .split(|byte| *byte == delimiters.repetition)
            .next()
            .unwrap_or_default();
        let charset = Charset::parse(declared).ok_or(Unreadable::Charset)?;
        header.charset = charset;
        let mut all = Vec::new();
        let lines = message
            .split(|byte| matches!(byte, b'\r' | b'\n'))
            .filter(|line| !line.is_empty());
        for line in lines {
            if all.len() == HL7_SEGMENTS_MAX {
                return Err(Unreadable::Segments);
            }
            all.push(Segment {
                charset,
                ..Segment::of(line, delimiters)
            });
        }
        Ok(Self { header, all })
    }

    /// The header; see [`Segment::header_of`].
    pub(super) fn header(&self) -> Segment<'a> {
        self.header
    }

    pub(super) fn all(&self) -> &[Segment<'a>] {
        &self.all
    }

    /// The first segment of a name.
    pub(super) fn find(&self, name: &[u8]) -> Option<Segment<'a>> {
        self.all
            .iter()
            .find(|segment| segment.name == name)
            .copied()
    }
}

impl<'a> Segment<'a> {
    /// The header of a message, whatever follows. Its fields are counted from the delimiters on:
    /// MSH-10 is field 9.
    pub(super) fn header_of(message: &'a [u8]) -> Result<Self, Unreadable> {
        let delimiters = Delimiters::of(message).ok_or(Unreadable::Header)?;
        let line = message.split(|byte| matches!(byte, b'\r' | b'\n')).next();
        Ok(Self::of(line.unwrap_or_default(), delimiters))
    }

    fn of(line: &'a [u8], delimiters: Delimiters) -> Self {
        let mut parts = line.splitn(2, |byte| *byte == delimiters.field);
        Self {
            name: parts.next().unwrap_or_default(),
            body: parts.next().unwrap_or_default(),
            delimiters,
            charset: Charset::Undeclared,
        }
    }

    /// The bytes of a field, counted from 1; empty when it is not there.
    pub(super) fn raw(&self, field: usize) -> &'a [u8] {
        self.body
            .split(|byte| *byte == self.delimiters.field)
            .nth(field.saturating_sub(1))
            .unwrap_or_default()
    }

    /// The repetitions of a field that hold anything.
    pub(super) fn repetitions(&self, field: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let repetition = self.delimiters.repetition;
        self.raw(field)
            .split(move |byte| *byte == repetition)
            .filter(|part| !part.is_empty())
    }

    /// A component of a field, counted from 1; `None` when it is empty.
    ///
    /// `name` is how the standard calls the field.
    pub(super) fn text(
        &self,
        name: &'static str,
        (field, component): (usize, usize),
    ) -> Result<Option<String>, Unreadable> {
        self.component(name, self.raw(field), (component, 1))
    }

    /// A subcomponent of a component of a part of a field; `None` when it is empty, or explicitly
    /// nothing (`""`).
    pub(super) fn component(
        &self,
        name: &'static str,
        part: &[u8],
        (component, subcomponent): (usize, usize),
    ) -> Result<Option<String>, Unreadable> {
        let bytes = part
            .split(|byte| *byte == self.delimiters.component)
            .nth(component.saturating_sub(1))
            .and_then(|part| {
                part.split(|byte| *byte == self.delimiters.subcomponent)
                    .nth(subcomponent.saturating_sub(1))
            })
            .unwrap_or_default();
        if bytes.len() > HL7_FIELD_BYTES_MAX {
            return Err(Unreadable::Field(name));
        }
        let text = read(bytes, self.charset, &self.delimiters).ok_or(Unreadable::Field(name))?;
        Ok(Some(text).filter(|text| !text.is_empty() && text != "\"\""))
    }
}
