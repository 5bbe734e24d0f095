//! What a device is asked to do, with the parameters of each service (clauses 13 to 17 and 21).

mod emit;
mod parse;

use super::element;
use super::fault::Reading;
use super::service::{confirmed, confirmed_access, confirmed_name};
use super::{Access, Element, Fault, ObjectId, Text, Value};

/// The priority of a command, 1 (manual life safety) to 16 (lowest); 1 and 2 are for life safety
/// alone (clause 19.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

impl Priority {
    /// A priority in its range.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match number {
            1..=16 => Some(Self(number)),
            _ => None,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Whether it is one of the two of life safety.
    #[must_use]
    pub const fn is_life_safety(self) -> bool {
        self.0 <= 2
    }
}

/// A property, and maybe one element of its array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyReference {
    /// Its number; see [`super::property_name`].
    pub property: u32,
    /// 0 for how many elements there are.
    pub index: Option<u32>,
}

/// What a property becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyWrite {
    /// Which one.
    pub reference: PropertyReference,
    /// Elements of any type.
    pub value: Vec<Element>,
    /// At which priority; without one, the lowest.
    pub priority: Option<Priority>,
}

impl PropertyWrite {
    /// Whether it gives up what was written before: that changes the value as any write does.
    #[must_use]
    pub fn relinquishes(&self) -> bool {
        self.value == [Element::Value(Value::Null)]
    }

    /// The value as a number, when it is a single one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self.value.as_slice() {
            [Element::Value(value)] => value.number(),
            _ => None,
        }
    }
}

/// What properties of one object become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectWrites {
    /// Which object.
    pub object: ObjectId,
    /// In the order in which they are written.
    pub writes: Vec<PropertyWrite>,
}

/// Which properties of one object are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadSpecification {
    /// Which object.
    pub object: ObjectId,
    /// Which properties.
    pub properties: Vec<PropertyReference>,
}

/// Part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileRange {
    /// Whether records are counted, or bytes.
    pub records: bool,
    /// The first one, from 0.
    pub start: i64,
    /// How many.
    pub count: u32,
}

/// What part of a file becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileWrite {
    /// Bytes from `start` on; -1 for the end of the file.
    Octets {
        /// The first byte.
        start: i64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Records from `start` on; -1 for the end of the file.
    Records {
        /// The first record.
        start: i64,
        /// The records.
        records: Vec<Vec<u8>>,
    },
}

/// What is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// Any object of a type.
    OfType(u32),
    /// This one.
    Object(ObjectId),
}

/// Which items of a list or log are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// All.
    All,
    /// So many from the n-th on; negative for those before.
    Position(u64, i64),
    /// So many from a sequence number on.
    Sequence(u64, i64),
    /// So many from a day and an hour on.
    Time([u8; 4], [u8; 4], i64),
}

/// One request that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// 5: to be told when a value changes.
    SubscribeCov {
        /// The asker's own number.
        process: u32,
        /// Which object.
        object: ObjectId,
        /// Whether each notice is to be acknowledged; without it and a lifetime, the subscription
        /// ends.
        confirmed: Option<bool>,
        /// For how many seconds; 0 for ever.
        lifetime_seconds: Option<u32>,
    },
    /// 6.
    AtomicReadFile {
        /// Which file.
        file: ObjectId,
        /// Which part.
        range: FileRange,
    },
    /// 7.
    AtomicWriteFile {
        /// Which file.
        file: ObjectId,
        /// What it becomes.
        write: FileWrite,
    },
    /// 8 and 9: elements come into a list, or go.
    ChangeList {
        /// Whether they come.
        add: bool,
        /// Which object.
        object: ObjectId,
        /// Which list.
        reference: PropertyReference,
        /// The elements.
        elements: Vec<Element>,
    },
    /// 10.
    CreateObject {
        /// Which.
        create: Create,
        /// What its properties begin with.
        initial: Vec<PropertyWrite>,
    },
    /// 11.
    DeleteObject(ObjectId),
    /// 12.
    ReadProperty {
        /// Which object.
        object: ObjectId,
        /// Which property.
        reference: PropertyReference,
    },
    /// 14.
    ReadPropertyMultiple(Vec<ReadSpecification>),
    /// 15.
    WriteProperty {
        /// Which object.
        object: ObjectId,
        /// What is written.
        write: PropertyWrite,
    },
    /// 16.
    WritePropertyMultiple(Vec<ObjectWrites>),
    /// 17: a device falls silent, or speaks again.
    DeviceCommunicationControl {
        /// For how many minutes; without it, until told otherwise.
        minutes: Option<u16>,
        /// 0 speaks, 1 is silent, 2 only answers.
        mode: u32,
        /// In clear.
        password: Option<Text>,
    },
    /// 18: what only one maker knows.
    PrivateTransfer {
        /// The maker's number.
        vendor: u32,
        /// His own number.
        service: u32,
        /// His own parameters, none known.
        parameters: Option<Vec<Element>>,
    },
    /// 20: restarts a device, or prepares it for a restore.
    ReinitializeDevice {
        /// 0 and 1 restart it; 2 to 6 are of backup and restore; 7 activates changes.
        state: u32,
        /// In clear.
        password: Option<Text>,
    },
    /// 26.
    ReadRange {
        /// Which object.
        object: ObjectId,
        /// Which list or log.
        reference: PropertyReference,
        /// Which items.
        range: Range,
    },
    /// 27: silences or resets alarms of life safety.
    LifeSafetyOperation {
        /// The asker's own number.
        process: u32,
        /// Who asks, as text.
        source: Text,
        /// 1 to 3 silence, 4 to 6 reset, 7 to 9 sound again.
        operation: u32,
        /// Which object; without it, all.
        object: Option<ObjectId>,
    },
    /// 28: to be told when a property changes.
    SubscribeCovProperty {
        /// The asker's own number.
        process: u32,
        /// Which object.
        object: ObjectId,
        /// See [`Request::SubscribeCov`].
        confirmed: Option<bool>,
        /// For how many seconds.
        lifetime_seconds: Option<u32>,
        /// Which property.
        reference: PropertyReference,
        /// The least change that is told, as the bits of a [`Value::Real`].
        increment: Option<u32>,
    },
    /// A service that the standard names and that is not typed here: its elements are well-formed.
    Other {
        /// Its number.
        service: u8,
        /// Its parameters.
        elements: Vec<Element>,
    },
    /// A service that the standard does not name.
    Unknown {
        /// Its number.
        service: u8,
    },
    /// A service whose parameters are not those of the standard; only in [`super::Observed`].
    Unreadable {
        /// Its number.
        service: u8,
        /// What is wrong.
        fault: Fault,
    },
}

impl Request {
    /// The number of the service on the wire.
    #[must_use]
    pub const fn service(&self) -> u8 {
        match self {
            Self::SubscribeCov { .. } => confirmed::SUBSCRIBE_COV,
            Self::AtomicReadFile { .. } => confirmed::ATOMIC_READ_FILE,
            Self::AtomicWriteFile { .. } => confirmed::ATOMIC_WRITE_FILE,
            Self::ChangeList { add: true, .. } => confirmed::ADD_LIST_ELEMENT,
            Self::ChangeList { add: false, .. } => confirmed::REMOVE_LIST_ELEMENT,
            Self::CreateObject { .. } => confirmed::CREATE_OBJECT,
            Self::DeleteObject(_) => confirmed::DELETE_OBJECT,
            Self::ReadProperty { .. } => confirmed::READ_PROPERTY,
            Self::ReadPropertyMultiple(_) => confirmed::READ_PROPERTY_MULTIPLE,
            Self::WriteProperty { .. } => confirmed::WRITE_PROPERTY,
            Self::WritePropertyMultiple(_) => confirmed::WRITE_PROPERTY_MULTIPLE,
            Self::DeviceCommunicationControl { .. } => confirmed::DEVICE_COMMUNICATION_CONTROL,
            Self::PrivateTransfer { .. } => confirmed::PRIVATE_TRANSFER,
            Self::ReinitializeDevice { .. } => confirmed::REINITIALIZE_DEVICE,
            Self::ReadRange { .. } => confirmed::READ_RANGE,
            Self::LifeSafetyOperation { .. } => confirmed::LIFE_SAFETY_OPERATION,
            Self::SubscribeCovProperty { .. } => confirmed::SUBSCRIBE_COV_PROPERTY,
            Self::Other { service, .. }
            | Self::Unknown { service }
            | Self::Unreadable { service, .. } => *service,
        }
    }

    /// The stable name of the service, for policies and evidence.
    #[must_use]
    pub fn name(&self) -> &'static str {
        confirmed_name(self.service()).unwrap_or("unknown")
    }

    /// What the request does to the device.
    #[must_use]
    pub const fn access(&self) -> Access {
        confirmed_access(self.service())
    }

    /// What is written to which property, in order: for rules on values and priorities.
    #[must_use]
    pub fn writes(&self) -> Vec<(ObjectId, &PropertyWrite)> {
        match self {
            Self::WriteProperty { object, write } => vec![(*object, write)],
            Self::WritePropertyMultiple(objects) => objects
                .iter()
                .flat_map(|of| of.writes.iter().map(|write| (of.object, write)))
                .collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn read(service: u8, bytes: &[u8], reading: &mut Reading) -> Result<Self, Fault> {
        if confirmed_name(service).is_none() {
            return Ok(Self::Unknown { service });
        }
        let elements = element::read(bytes, reading)?;
        parse::request(service, elements, reading)
    }

    /// Nothing for what must not be sent on.
    pub(super) fn elements(&self) -> Option<Vec<Element>> {
        emit::request(self)
    }
}

pub(super) use emit::{file_write, put_index, text};
pub(super) use parse::file_contents;
