//! What a device answers when an answer says more than "done" (clauses 14, 15 and 21).

use super::apdu::class_and_code;
use super::element;
use super::fault::Reading;
use super::fields::Fields;
use super::request::{FileWrite, file_contents, file_write, put_index};
use super::service::{confirmed, confirmed_name};
use super::{Element, Fault, ObjectId, PropertyReference, Value};

/// Part of a file that was read; the same shape as what is written.
pub type FileContents = FileWrite;

/// What became of reading one property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyResult {
    /// Which one.
    pub reference: PropertyReference,
    /// Its value, or class and code of the error.
    pub value: Result<Vec<Element>, (u32, u32)>,
}

/// What became of reading one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadResult {
    /// Which one.
    pub object: ObjectId,
    /// Its properties, as they were asked for.
    pub properties: Vec<PropertyResult>,
}

/// An answer with contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ack {
    /// 6.
    AtomicReadFile {
        /// Whether the file ends here.
        end: bool,
        /// What was read.
        contents: FileContents,
    },
    /// 7: where it was written.
    AtomicWriteFile {
        /// Whether records are counted, or bytes.
        records: bool,
        /// The first one.
        start: i64,
    },
    /// 10: what was created.
    CreateObject(ObjectId),
    /// 12.
    ReadProperty {
        /// Which object.
        object: ObjectId,
        /// Which property.
        reference: PropertyReference,
        /// What it is.
        value: Vec<Element>,
    },
    /// 14.
    ReadPropertyMultiple(Vec<ReadResult>),
    /// A service that the standard names and whose answer is not typed here: its elements are
    /// well-formed.
    Other {
        /// Its number.
        service: u8,
        /// The answer.
        elements: Vec<Element>,
    },
    /// A service that the standard does not name.
    Unknown {
        /// Its number.
        service: u8,
    },
}

impl Ack {
    /// The number of the service on the wire.
    #[must_use]
    pub const fn service(&self) -> u8 {
        match self {
            Self::AtomicReadFile { .. } => confirmed::ATOMIC_READ_FILE,
            Self::AtomicWriteFile { .. } => confirmed::ATOMIC_WRITE_FILE,
            Self::CreateObject(_) => confirmed::CREATE_OBJECT,
            Self::ReadProperty { .. } => confirmed::READ_PROPERTY,
            Self::ReadPropertyMultiple(_) => confirmed::READ_PROPERTY_MULTIPLE,
            Self::Other { service, .. } | Self::Unknown { service } => *service,
        }
    }

    /// Every property that was told, with its object: for an inventory.
    ///
    /// What a device tells about itself is a claim, never a proof.
    #[must_use]
    pub fn told(&self) -> Vec<(ObjectId, PropertyReference, &[Element])> {
        match self {
            Self::ReadProperty {
                object,
                reference,
                value,
            } => vec![(*object, *reference, value)],
            Self::ReadPropertyMultiple(results) => results
                .iter()
                .flat_map(|of| {
                    of.properties.iter().filter_map(|property| {
                        let value = property.value.as_ref().ok()?;
                        Some((of.object, property.reference, value.as_slice()))
                    })
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn read(service: u8, bytes: &[u8], reading: &mut Reading) -> Result<Self, Fault> {
        if confirmed_name(service).is_none() {
            return Ok(Self::Unknown { service });
        }
        let elements = element::read(bytes, reading)?;
        let mut fields = Fields::new(&elements, reading);
        let read = &mut fields;
        let ack = match service {
            confirmed::ATOMIC_READ_FILE => Self::AtomicReadFile {
                end: read.boolean_value()?,
                contents: file_contents(read)?,
            },
            confirmed::ATOMIC_WRITE_FILE => written(read)?,
            confirmed::CREATE_OBJECT => Self::CreateObject(read.object_value()?),
            confirmed::READ_PROPERTY => Self::ReadProperty {
                object: read.object(0)?,
                reference: read.property(1)?,
                value: read.group(3)?.to_vec(),
            },
            confirmed::READ_PROPERTY_MULTIPLE => Self::ReadPropertyMultiple(results(read)?),
            _ => return Ok(Self::Other { service, elements }),
        };
        fields.end()?;
        Ok(ack)
    }

    /// Nothing for what must not be sent on.
    pub(super) fn elements(&self) -> Option<Vec<Element>> {
        Some(match self {
            Self::AtomicReadFile { end, contents } => {
                vec![Element::Value(Value::Boolean(*end)), file_write(contents)]
            }
            Self::AtomicWriteFile { records, start } => {
                let start = element::signed_bytes(*start);
                vec![Element::Context((*records).into(), start)]
            }
            Self::CreateObject(object) => vec![Element::Value(Value::Object(*object))],
            Self::ReadProperty {
                object,
                reference,
                value,
            } => {
                let mut all = vec![
                    Element::object(0, *object),
                    Element::unsigned(1, reference.property),
                ];
                put_index(&mut all, 2, *reference);
                all.push(Element::Group(3, value.clone()));
                all
            }
            Self::ReadPropertyMultiple(results) => results
                .iter()
                .flat_map(|of| {
                    let inner = of.properties.iter().flat_map(result_elements).collect();
                    [Element::object(0, of.object), Element::Group(1, inner)]
                })
                .collect(),
            Self::Other { elements, .. } => elements.clone(),
            Self::Unknown { .. } => return None,
        })
    }
}

/// Where a file was written: bytes and records are numbered 0 and 1.
fn written(read: &mut Fields<'_, '_>) -> Result<Ack, Fault> {
    for (number, records) in [(0, false), (1, true)] {
        if let Some(start) = read.maybe_signed(number)? {
            return Ok(Ack::AtomicWriteFile { records, start });
        }
    }
    Err(Fault::Parameter)
}

fn results(read: &mut Fields<'_, '_>) -> Result<Vec<ReadResult>, Fault> {
    let mut all = Vec::new();
    while !read.is_empty() {
        let object = read.object(0)?;
        let group = read.group(1)?;
        let mut inner = read.within(group);
        let mut properties = Vec::new();
        while !inner.is_empty() {
            properties.push(result(&mut inner)?);
        }
        all.push(ReadResult { object, properties });
    }
    Ok(all)
}

fn result(read: &mut Fields<'_, '_>) -> Result<PropertyResult, Fault> {
    let reference = read.property(2)?;
    let value = match read.maybe_group(4) {
        Some(value) => Ok(value.to_vec()),
        None => {
            let group = read.group(5)?;
            let mut inner = read.within(group);
            let error = (inner.enumerated_value()?, inner.enumerated_value()?);
            inner.end()?;
            Err(error)
        }
    };
    Ok(PropertyResult { reference, value })
}

fn result_elements(result: &PropertyResult) -> Vec<Element> {
    let mut all = vec![Element::unsigned(2, result.reference.property)];
    put_index(&mut all, 3, result.reference);
    all.push(match &result.value {
        Ok(value) => Element::Group(4, value.clone()),
        Err((class, code)) => Element::Group(5, class_and_code(*class, *code)),
    });
    all
}
