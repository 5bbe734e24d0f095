//! Whose data is it? The head of a data set, as far as the number of the patient (PS3.5, chapter 7).
//!
//! Elements come in ascending order, so that nothing behind (0010,0020) is looked at.

use super::{Fault, Uid};
use crate::cursor::Cursor;
use crate::limits::{DICOM_DEPTH_MAX, DICOM_HEAD_BYTES_MAX};

/// The number of a patient (LO).
const PATIENT_ID: (u16, u16) = (0x0010, 0x0020);

/// Longest number of a patient: 64 characters, each of up to four bytes.
const PATIENT_ID_BYTES_MAX: u32 = 256;

const ITEM: (u16, u16) = (0xfffe, 0xe000);
const ITEM_END: (u16, u16) = (0xfffe, 0xe00d);
const SEQUENCE_END: (u16, u16) = (0xfffe, 0xe0dd);

/// The length of what ends where an element says so.
const OPEN: u32 = u32::MAX;

/// How a data set is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// Each element says of what form its value is.
    Explicit,
    /// None does.
    Implicit,
}

/// The head of one data set, fed with bytes as they come.
///
/// INVARIANT: holds at most [`DICOM_HEAD_BYTES_MAX`] bytes, and none that were looked at.
#[derive(Clone, Debug)]
pub struct Head {
    syntax: Syntax,
    waiting: Vec<u8>,
    /// Bytes of a value that are passed over when they come.
    skip: u64,
    open: Vec<Open>,
    last: Option<(u16, u16)>,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Looking,
    Known(Option<Vec<u8>>),
    Broken(Fault),
}

/// What has begun and ends where an element says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Sequence(Syntax),
    Item(Syntax),
}

/// What the next bytes are.
enum Step {
    /// More bytes are needed.
    Wait,
    /// One element was read.
    Taken,
    /// The number of the patient, when it is there.
    Found(Option<Vec<u8>>),
}

impl Syntax {
    /// How data of a transfer syntax is written; nothing when nobody here can read it: big-endian,
    /// packed as a whole, or unknown.
    #[must_use]
    pub fn of(transfer: &Uid) -> Option<Self> {
        match transfer.as_str() {
            "1.2.840.10008.1.2" => Some(Self::Implicit),
            "1.2.840.10008.1.2.1" | "1.2.840.10008.1.2.5" => Some(Self::Explicit),
            // Pictures stand elsewhere, and what tells of them is packed as a whole.
            "1.2.840.10008.1.2.4.95" | "1.2.840.10008.1.2.4.205" => None,
            // Pictures are packed, what stands before them is not (PS3.5, annex A.4).
            other if other.starts_with("1.2.840.10008.1.2.4.") => Some(Self::Explicit),
            _ => None,
        }
    }
}

impl Head {
    /// A data set of which nothing has come.
    #[must_use]
    pub const fn new(syntax: Syntax) -> Self {
        Self {
            syntax,
            waiting: Vec::new(),
            skip: 0,
            open: Vec::new(),
            last: None,
            state: State::Looking,
        }
    }

    /// Takes bytes that come next.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.state != State::Looking {
            return;
        }
        let bytes = self.pass(bytes);
        self.waiting.extend_from_slice(bytes);
        while self.state == State::Looking {
            let waiting = std::mem::take(&mut self.waiting);
            let mut cursor = Cursor::new(&waiting);
            let step = self.step(&mut cursor);
            let rest = match step {
                // An element that is there in part is looked at again, from its beginning.
                Ok(Step::Wait) => waiting.as_slice(),
                _ => cursor.rest(),
            };
            let rest = self.pass(rest).to_vec();
            self.waiting = rest;
            match step {
                Ok(Step::Wait) if self.waiting.len() > DICOM_HEAD_BYTES_MAX => {
                    self.state = State::Broken(Fault::TooLong);
                }
                Ok(Step::Wait) => return,
                Ok(Step::Taken) => {}
                Ok(Step::Found(patient)) => self.state = State::Known(patient),
                Err(fault) => self.state = State::Broken(fault),
            }
        }
    }

    /// Nothing more comes.
    pub fn end(&mut self) {
        if self.state == State::Looking {
            let is_whole = self.waiting.is_empty() && self.skip == 0 && self.open.is_empty();
            self.state = match is_whole {
                true => State::Known(None),
                false => State::Broken(Fault::TooShort),
            };
        }
    }

    /// The number of the patient without the blanks around it, once it is known that there is one or
    /// none.
    #[must_use]
    pub fn patient(&self) -> Option<Result<Option<&[u8]>, Fault>> {
        match &self.state {
            State::Looking => None,
            State::Known(patient) => Some(Ok(patient.as_deref())),
            State::Broken(fault) => Some(Err(*fault)),
        }
    }

    /// Passes over what belongs to a value that is not looked at.
    fn pass<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let skip = usize::try_from(self.skip).unwrap_or(usize::MAX);
        let (passed, rest) = bytes.split_at(skip.min(bytes.len()));
        let count = u64::try_from(passed.len()).unwrap_or(u64::MAX);
        self.skip = self.skip.saturating_sub(count);
        rest
    }

    fn step(&mut self, cursor: &mut Cursor<'_>) -> Result<Step, Fault> {
        let (Some(group), Some(element)) = (number(cursor), number(cursor)) else {
            return Ok(Step::Wait);
        };
        let tag = (group, element);
        match self.open.last().copied() {
            Some(Open::Sequence(syntax)) => self.within_sequence(tag, syntax, cursor),
            Some(Open::Item(syntax)) => self.within_item(tag, syntax, cursor),
            None => self.at_top(tag, cursor),
        }
    }

    fn within_sequence(
        &mut self,
        tag: (u16, u16),
        syntax: Syntax,
        cursor: &mut Cursor<'_>,
    ) -> Result<Step, Fault> {
        let Some(length) = long(cursor) else {
            return Ok(Step::Wait);
        };
        match (tag, length) {
            (ITEM, OPEN) => self.begin(Open::Item(syntax))?,
            (ITEM, _) => self.skip = length.into(),
            (SEQUENCE_END, 0) => drop(self.open.pop()),
            _ => return Err(Fault::Nesting),
        }
        Ok(Step::Taken)
    }

    fn within_item(
        &mut self,
        tag: (u16, u16),
        syntax: Syntax,
        cursor: &mut Cursor<'_>,
    ) -> Result<Step, Fault> {
        if tag == ITEM_END {
            return match long(cursor) {
                None => Ok(Step::Wait),
                Some(0) => {
                    self.open.pop();
                    Ok(Step::Taken)
                }
                Some(_) => Err(Fault::Nesting),
            };
        }
        match header(tag, syntax, cursor)? {
            None => Ok(Step::Wait),
            Some((length, inner)) => self.value(length, inner),
        }
    }

    fn at_top(&mut self, tag: (u16, u16), cursor: &mut Cursor<'_>) -> Result<Step, Fault> {
        if self.last.is_some_and(|last| last >= tag) {
            return Err(Fault::Order);
        }
        if tag > PATIENT_ID {
            return Ok(Step::Found(None));
        }
        let Some((length, inner)) = header(tag, self.syntax, cursor)? else {
            return Ok(Step::Wait);
        };
        if tag != PATIENT_ID {
            self.last = Some(tag);
            return self.value(length, inner);
        }
        if length > PATIENT_ID_BYTES_MAX {
            return Err(Fault::Text);
        }
        let length = usize::try_from(length).map_err(|_| Fault::Text)?;
        let Some(value) = cursor.take(length) else {
            return Ok(Step::Wait);
        };
        let value = trimmed(value);
        Ok(Step::Found((!value.is_empty()).then(|| value.to_vec())))
    }

    fn value(&mut self, length: u32, inner: Syntax) -> Result<Step, Fault> {
        match length {
            OPEN => self.begin(Open::Sequence(inner))?,
            _ => self.skip = length.into(),
        }
        Ok(Step::Taken)
    }

    fn begin(&mut self, open: Open) -> Result<(), Fault> {
        if self.open.len() >= DICOM_DEPTH_MAX {
            return Err(Fault::Nesting);
        }
        self.open.push(open);
        Ok(())
    }
}

/// The length of an element's value, and how what stands in it is written.
fn header(
    tag: (u16, u16),
    syntax: Syntax,
    cursor: &mut Cursor<'_>,
) -> Result<Option<(u32, Syntax)>, Fault> {
    if tag.0 == ITEM.0 {
        return Err(Fault::Nesting);
    }
    if syntax == Syntax::Implicit {
        return Ok(long(cursor).map(|length| (length, Syntax::Implicit)));
    }
    let Some(form) = cursor.array::<2>() else {
        return Ok(None);
    };
    if !form.iter().all(u8::is_ascii_uppercase) {
        return Err(Fault::Element);
    }
    let is_long = matches!(
        &form,
        b"OB"
            | b"OD"
            | b"OF"
            | b"OL"
            | b"OV"
            | b"OW"
            | b"SQ"
            | b"SV"
            | b"UC"
            | b"UN"
            | b"UR"
            | b"UT"
            | b"UV"
    );
    if !is_long {
        return Ok(number(cursor).map(|length| (length.into(), Syntax::Explicit)));
    }
    let (Some(_reserved), Some(length)) = (number(cursor), long(cursor)) else {
        return Ok(None);
    };
    // What is unknown and has no length is written as if it said nothing of its forms
    // (PS3.5, section 6.2.2).
    let inner = match &form {
        b"UN" => Syntax::Implicit,
        _ => Syntax::Explicit,
    };
    match (&form, length) {
        (b"SQ" | b"UN", _) => Ok(Some((length, inner))),
        (_, OPEN) => Err(Fault::Nesting),
        _ => Ok(Some((length, inner))),
    }
}

/// Without the blanks before it, and the blanks and zeros behind it.
fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' ' | 0] = value {
        value = rest;
    }
    value
}

fn number(cursor: &mut Cursor<'_>) -> Option<u16> {
    cursor.array().map(u16::from_le_bytes)
}

fn long(cursor: &mut Cursor<'_>) -> Option<u32> {
    cursor.array().map(u32::from_le_bytes)
}
