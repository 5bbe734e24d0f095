//! Commands and their answers (PS3.7, chapters 6, 9, 10 and annex E): elements of group 0000,
//! implicit, the lesser byte first.
//!
//! ```text
//! group u16 = 0 | element u16 | length u32 | value
//! ```

use std::collections::BTreeMap;

use super::{AeTitle, Fault, Uid};
use crate::access::Access;
use crate::cursor::Cursor;
use crate::limits::DICOM_COMMAND_BYTES_MAX;

const AFFECTED_CLASS: u16 = 0x0002;
const REQUESTED_CLASS: u16 = 0x0003;
const FIELD: u16 = 0x0100;
const ID: u16 = 0x0110;
const ANSWERS: u16 = 0x0120;
const DESTINATION: u16 = 0x0600;
const DATA_SET: u16 = 0x0800;
const STATUS: u16 = 0x0900;

/// The type of a data set that is not there.
const NO_DATA_SET: u16 = 0x0101;

/// The bit by which an answer is told from what it answers.
const IS_ANSWER: u16 = 0x8000;

/// Longest comment on an error (LO).
const TEXT_BYTES_MAX: usize = 64;

/// What stands in an element.
#[derive(Clone, Copy)]
enum Form {
    Name,
    Number,
    Tags,
    Text,
    Title,
}

/// Every element that a command may have (PS3.7, annex E.1); others are not passed on.
const ELEMENTS: &[(u16, Form)] = &[
    (AFFECTED_CLASS, Form::Name),
    (REQUESTED_CLASS, Form::Name),
    (FIELD, Form::Number),
    (ID, Form::Number),
    (ANSWERS, Form::Number),
    (DESTINATION, Form::Title),
    (0x0700, Form::Number),
    (DATA_SET, Form::Number),
    (STATUS, Form::Number),
    (0x0901, Form::Tags),
    (0x0902, Form::Text),
    (0x0903, Form::Number),
    (0x1000, Form::Name),
    (0x1001, Form::Name),
    (0x1002, Form::Number),
    (0x1005, Form::Tags),
    (0x1008, Form::Number),
    (0x1020, Form::Number),
    (0x1021, Form::Number),
    (0x1022, Form::Number),
    (0x1023, Form::Number),
    (0x1030, Form::Title),
    (0x1031, Form::Number),
];

/// What a command does, by its field (PS3.7, annex E.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An instance, such as an image, is to be stored.
    Store,
    /// Instances are to be sent over this association.
    Get,
    /// What fits a question is to be listed.
    Find,
    /// Instances are to be sent to another application.
    Move,
    /// Is anybody there?
    Echo,
    /// Something has happened to an instance.
    EventReport,
    /// Attributes of an instance are asked for.
    NGet,
    /// Attributes of an instance are to be changed.
    NSet,
    /// Something is to be done with an instance.
    NAction,
    /// An instance is to be made.
    NCreate,
    /// An instance is to be deleted.
    NDelete,
    /// What is under way is to be ended.
    Cancel,
    /// The standard has no such command.
    Unknown,
}

const KINDS: &[(u16, Kind)] = &[
    (0x0001, Kind::Store),
    (0x0010, Kind::Get),
    (0x0020, Kind::Find),
    (0x0021, Kind::Move),
    (0x0030, Kind::Echo),
    (0x0100, Kind::EventReport),
    (0x0110, Kind::NGet),
    (0x0120, Kind::NSet),
    (0x0130, Kind::NAction),
    (0x0140, Kind::NCreate),
    (0x0150, Kind::NDelete),
    (0x0fff, Kind::Cancel),
];

/// A command or an answer, read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    values: BTreeMap<u16, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Name(Uid),
    Number(u16),
    Tags(Vec<u32>),
    /// In a set of characters that the other side knows.
    Text(Vec<u8>),
    Title(AeTitle),
}

impl Kind {
    /// The standard name in small letters; empty for what the standard does not know.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Store => "c-store",
            Self::Get => "c-get",
            Self::Find => "c-find",
            Self::Move => "c-move",
            Self::Echo => "c-echo",
            Self::EventReport => "n-event-report",
            Self::NGet => "n-get",
            Self::NSet => "n-set",
            Self::NAction => "n-action",
            Self::NCreate => "n-create",
            Self::NDelete => "n-delete",
            Self::Cancel => "c-cancel",
            Self::Unknown => "",
        }
    }

    /// What it does.
    #[must_use]
    pub const fn access(self) -> Access {
        match self {
            Self::Echo => Access::Identify,
            Self::Find | Self::Get | Self::Move | Self::NGet | Self::Cancel => Access::Read,
            Self::Store | Self::NSet | Self::NCreate | Self::EventReport => Access::Write,
            Self::NAction | Self::NDelete => Access::Control,
            Self::Unknown => Access::Unknown,
        }
    }
}

impl Command {
    /// Reads a command whose fragments were put together.
    ///
    /// # Errors
    /// When elements are out of order, of a wrong length, or one that must be there is not.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > DICOM_COMMAND_BYTES_MAX {
            return Err(Fault::TooLong);
        }
        let mut cursor = Cursor::new(bytes);
        let (mut values, mut last) = (BTreeMap::new(), None);
        while !cursor.is_empty() {
            let (group, element, value) = element(&mut cursor).ok_or(Fault::TooShort)?;
            if group != 0 {
                return Err(Fault::Element);
            }
            if last.is_some_and(|last| last >= element) {
                return Err(Fault::Order);
            }
            last = Some(element);
            let known = ELEMENTS.binary_search_by_key(&element, |(number, _)| *number);
            let form = known.ok().and_then(|at| ELEMENTS.get(at));
            if let Some((_, form)) = form
                && let Some(value) = Value::read(*form, value)?
            {
                values.insert(element, value);
            }
        }
        let command = Self { values };
        command.check()?;
        Ok(command)
    }

    fn check(&self) -> Result<(), Fault> {
        let has = |element| self.number(element).is_some();
        let must: &[u16] = match (self.is_answer(), self.kind()) {
            (true, _) => &[FIELD, ANSWERS, DATA_SET, STATUS],
            (false, Kind::Cancel) => &[FIELD, ANSWERS, DATA_SET],
            (false, _) => &[FIELD, ID, DATA_SET],
        };
        let is_whole = must.iter().all(|element| has(*element));
        let is_moved = self.kind() != Kind::Move || self.is_answer();
        match is_whole && (is_moved || self.destination().is_some()) {
            true => Ok(()),
            false => Err(Fault::Element),
        }
    }

    /// What it does, or of what it is the answer.
    #[must_use]
    pub fn kind(&self) -> Kind {
        let field = self.field() & !IS_ANSWER;
        let known = KINDS.iter().find(|(number, _)| *number == field);
        known.map_or(Kind::Unknown, |(_, kind)| *kind)
    }

    /// The number of what it does, and the bit of an answer.
    #[must_use]
    pub fn field(&self) -> u16 {
        self.number(FIELD).unwrap_or_default()
    }

    /// Whether it answers.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        self.field() & IS_ANSWER != 0
    }

    /// The number by which its answer is known; 0 of an answer.
    #[must_use]
    pub fn id(&self) -> u16 {
        self.number(ID).unwrap_or_default()
    }

    /// The number of what it answers or ends.
    #[must_use]
    pub fn answers(&self) -> u16 {
        self.number(ANSWERS).unwrap_or_default()
    }

    /// The class of service that it is about.
    #[must_use]
    pub fn class(&self) -> Option<&Uid> {
        let classes = [AFFECTED_CLASS, REQUESTED_CLASS];
        classes.iter().find_map(|at| match self.values.get(at) {
            Some(Value::Name(class)) => Some(class),
            _ => None,
        })
    }

    /// To whom instances are to be sent.
    #[must_use]
    pub fn destination(&self) -> Option<&AeTitle> {
        match self.values.get(&DESTINATION) {
            Some(Value::Title(title)) => Some(title),
            _ => None,
        }
    }

    /// Whether a data set follows.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.number(DATA_SET) != Some(NO_DATA_SET)
    }

    /// What became of it, of an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.number(STATUS)
    }

    /// Whether further answers follow (PS3.7, annex C: FF00 and FF01).
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(self.status(), Some(0xff00 | 0xff01))
    }

    /// The answer that refuses it, under a status; nothing for what nobody waits to be answered.
    #[must_use]
    pub fn refusal(&self, status: u16) -> Option<Self> {
        if self.is_answer() || self.kind() == Kind::Cancel {
            return None;
        }
        let mut values = BTreeMap::from([
            (FIELD, Value::Number(self.field() | IS_ANSWER)),
            (ANSWERS, Value::Number(self.id())),
            (DATA_SET, Value::Number(NO_DATA_SET)),
            (STATUS, Value::Number(status)),
        ]);
        if let Some(class) = self.class() {
            values.insert(AFFECTED_CLASS, Value::Name(class.clone()));
        }
        // Who stores looks for the instance that was not.
        for (from, to) in [(0x1000, 0x1000), (0x1001, 0x1000)] {
            if let Some(instance) = self.values.get(&from) {
                values.entry(to).or_insert_with(|| instance.clone());
            }
        }
        Some(Self { values })
    }

    /// The command in its only form, the length of the group before it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut elements = Vec::new();
        for (element, value) in &self.values {
            write(&mut elements, *element, &value.to_bytes());
        }
        let length = u32::try_from(elements.len()).unwrap_or(u32::MAX);
        let mut out = Vec::with_capacity(elements.len().saturating_add(12));
        write(&mut out, 0, &length.to_le_bytes());
        out.extend(elements);
        out
    }

    fn number(&self, element: u16) -> Option<u16> {
        match self.values.get(&element) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

impl Value {
    /// Nothing of what is empty.
    fn read(form: Form, bytes: &[u8]) -> Result<Option<Self>, Fault> {
        if bytes.is_empty() {
            return Ok(None);
        }
        Ok(Some(match form {
            Form::Name => Self::Name(Uid::new(bytes)?),
            Form::Number => match bytes {
                [low, high] => Self::Number(u16::from_le_bytes([*low, *high])),
                _ => return Err(Fault::Element),
            },
            Form::Tags => {
                let (tags, rest) = bytes.as_chunks();
                if !rest.is_empty() {
                    return Err(Fault::Element);
                }
                Self::Tags(tags.iter().map(|tag| u32::from_le_bytes(*tag)).collect())
            }
            Form::Text if bytes.len() <= TEXT_BYTES_MAX => Self::Text(bytes.to_vec()),
            Form::Text => return Err(Fault::Element),
            Form::Title if bytes.iter().all(|byte| *byte == b' ') => return Ok(None),
            Form::Title => Self::Title(AeTitle::new(bytes)?),
        }))
    }

    /// Of an even length, as every value has.
    fn to_bytes(&self) -> Vec<u8> {
        let even = |text: &[u8], filler: u8| {
            let filler = (text.len() % 2 == 1).then_some(filler);
            text.iter().copied().chain(filler).collect()
        };
        match self {
            Self::Name(uid) => even(uid.as_str().as_bytes(), 0),
            Self::Number(number) => number.to_le_bytes().to_vec(),
            Self::Tags(tags) => tags.iter().flat_map(|tag| tag.to_le_bytes()).collect(),
            Self::Text(text) => even(text, b' '),
            Self::Title(title) => even(title.as_str().as_bytes(), b' '),
        }
    }
}

/// Group, element and value; the lesser byte of each number first.
fn element<'a>(cursor: &mut Cursor<'a>) -> Option<(u16, u16, &'a [u8])> {
    let group = cursor.array().map(u16::from_le_bytes)?;
    let element = cursor.array().map(u16::from_le_bytes)?;
    let length = cursor.array().map(u32::from_le_bytes)?;
    let value = cursor.take(usize::try_from(length).ok()?)?;
    Some((group, element, value))
}

fn write(out: &mut Vec<u8>, element: u16, value: &[u8]) {
    let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&element.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(value);
}
