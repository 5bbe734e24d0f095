//! Reading the parameters of a request.

use super::{
    Create, FileRange, FileWrite, ObjectWrites, PropertyReference, PropertyWrite, Range,
    ReadSpecification, Request,
};
use crate::bacnet::fault::Reading;
use crate::bacnet::fields::Fields;
use crate::bacnet::service::confirmed;
use crate::bacnet::{Element, Fault};

pub(super) fn request(
    service: u8,
    elements: Vec<Element>,
    reading: &mut Reading,
) -> Result<Request, Fault> {
    let mut fields = Fields::new(&elements, reading);
    let read = &mut fields;
    let request = match service {
        confirmed::SUBSCRIBE_COV => Request::SubscribeCov {
            process: read.unsigned(0)?,
            object: read.object(1)?,
            confirmed: read.maybe_boolean(2)?,
            lifetime_seconds: read.maybe_unsigned(3)?,
        },
        confirmed::ATOMIC_READ_FILE => Request::AtomicReadFile {
            file: read.object_value()?,
            range: file_range(read)?,
        },
        confirmed::ATOMIC_WRITE_FILE => Request::AtomicWriteFile {
            file: read.object_value()?,
            write: file_contents(read)?,
        },
        confirmed::ADD_LIST_ELEMENT | confirmed::REMOVE_LIST_ELEMENT => Request::ChangeList {
            add: service == confirmed::ADD_LIST_ELEMENT,
            object: read.object(0)?,
            reference: read.property(1)?,
            elements: read.group(3)?.to_vec(),
        },
        confirmed::CREATE_OBJECT => create(read)?,
        confirmed::DELETE_OBJECT => Request::DeleteObject(read.object_value()?),
        confirmed::READ_PROPERTY => Request::ReadProperty {
            object: read.object(0)?,
            reference: read.property(1)?,
        },
        confirmed::READ_PROPERTY_MULTIPLE => Request::ReadPropertyMultiple(specifications(read)?),
        confirmed::WRITE_PROPERTY => Request::WriteProperty {
            object: read.object(0)?,
            write: write(read, 1)?,
        },
        confirmed::WRITE_PROPERTY_MULTIPLE => Request::WritePropertyMultiple(object_writes(read)?),
        confirmed::DEVICE_COMMUNICATION_CONTROL => Request::DeviceCommunicationControl {
            minutes: read.maybe_unsigned(0)?,
            mode: read.unsigned(1)?,
            password: read.maybe_text(2)?,
        },
        confirmed::PRIVATE_TRANSFER => Request::PrivateTransfer {
            vendor: read.unsigned(0)?,
            service: read.unsigned(1)?,
            parameters: read.maybe_group(2).map(<[Element]>::to_vec),
        },
        confirmed::REINITIALIZE_DEVICE => Request::ReinitializeDevice {
            state: read.unsigned(0)?,
            password: read.maybe_text(1)?,
        },
        confirmed::READ_RANGE => Request::ReadRange {
            object: read.object(0)?,
            reference: read.property(1)?,
            range: range(read)?,
        },
        confirmed::LIFE_SAFETY_OPERATION => Request::LifeSafetyOperation {
            process: read.unsigned(0)?,
            source: read.maybe_text(1)?.ok_or(Fault::Parameter)?,
            operation: read.unsigned(2)?,
            object: read.maybe_object(3)?,
        },
        confirmed::SUBSCRIBE_COV_PROPERTY => subscribe_property(read)?,
        _ => return Ok(Request::Other { service, elements }),
    };
    fields.end()?;
    Ok(request)
}

/// A property, its value and maybe a priority, numbered `number` and the next three.
fn write(read: &mut Fields<'_, '_>, number: u8) -> Result<PropertyWrite, Fault> {
    Ok(PropertyWrite {
        reference: read.property(number)?,
        value: read.group(number + 2)?.to_vec(),
        priority: read.maybe_priority(number + 3)?,
    })
}

fn writes<'a>(
    read: &mut Fields<'a, '_>,
    group: &'a [Element],
) -> Result<Vec<PropertyWrite>, Fault> {
    let mut inner = read.within(group);
    let mut writes = Vec::new();
    while !inner.is_empty() {
        writes.push(write(&mut inner, 0)?);
    }
    Ok(writes)
}

/// At least one.
fn object_writes(read: &mut Fields<'_, '_>) -> Result<Vec<ObjectWrites>, Fault> {
    let mut all = Vec::new();
    while all.is_empty() || !read.is_empty() {
        let object = read.object(0)?;
        let group = read.group(1)?;
        let writes = writes(read, group)?;
        all.push(ObjectWrites { object, writes });
    }
    Ok(all)
}

/// At least one.
fn specifications(read: &mut Fields<'_, '_>) -> Result<Vec<ReadSpecification>, Fault> {
    let mut all = Vec::new();
    while all.is_empty() || !read.is_empty() {
        let object = read.object(0)?;
        let group = read.group(1)?;
        let mut inner = read.within(group);
        let mut properties: Vec<PropertyReference> = Vec::new();
        while !inner.is_empty() {
            properties.push(inner.property(0)?);
        }
        all.push(ReadSpecification { object, properties });
    }
    Ok(all)
}

fn create(read: &mut Fields<'_, '_>) -> Result<Request, Fault> {
    let group = read.group(0)?;
    let mut inner = read.within(group);
    let create = match inner.maybe_unsigned(0)? {
        Some(kind) => Create::OfType(kind),
        None => Create::Object(inner.object(1)?),
    };
    inner.end()?;
    let initial = match read.maybe_group(1) {
        Some([]) => return Err(Fault::Parameter),
        Some(group) => writes(read, group)?,
        None => Vec::new(),
    };
    Ok(Request::CreateObject { create, initial })
}

fn file_range(read: &mut Fields<'_, '_>) -> Result<FileRange, Fault> {
    let (records, group) = match read.maybe_group(0) {
        Some(group) => (false, group),
        None => (true, read.group(1)?),
    };
    let mut inner = read.within(group);
    let range = FileRange {
        records,
        start: inner.signed_value()?,
        count: inner.unsigned_value()?,
    };
    inner.end()?;
    Ok(range)
}

/// Bytes or records with their place, as in a write and in the answer to a read.
pub(in crate::bacnet) fn file_contents(read: &mut Fields<'_, '_>) -> Result<FileWrite, Fault> {
    if let Some(group) = read.maybe_group(0) {
        let mut inner = read.within(group);
        let (start, bytes) = (inner.signed_value()?, inner.octets_value()?);
        inner.end()?;
        return Ok(FileWrite::Octets { start, bytes });
    }
    let group = read.group(1)?;
    let mut inner = read.within(group);
    let (start, count): (_, usize) = (inner.signed_value()?, inner.unsigned_value()?);
    let mut records = Vec::new();
    while !inner.is_empty() {
        records.push(inner.octets_value()?);
    }
    if records.len() != count {
        return Err(Fault::IllegalValue);
    }
    Ok(FileWrite::Records { start, records })
}

fn range(read: &mut Fields<'_, '_>) -> Result<Range, Fault> {
    let numbers = |inner: &mut Fields<'_, '_>| -> Result<(u64, i64), Fault> {
        Ok((inner.unsigned_value()?, inner.signed_value()?))
    };
    if read.is_empty() {
        return Ok(Range::All);
    }
    let (range, inner) = if let Some(group) = read.maybe_group(3) {
        let mut inner = read.within(group);
        let (first, count) = numbers(&mut inner)?;
        (Range::Position(first, count), inner)
    } else if let Some(group) = read.maybe_group(6) {
        let mut inner = read.within(group);
        let (first, count) = numbers(&mut inner)?;
        (Range::Sequence(first, count), inner)
    } else {
        let group = read.group(7)?;
        let mut inner = read.within(group);
        let (date, time) = inner.date_and_time()?;
        (Range::Time(date, time, inner.signed_value()?), inner)
    };
    inner.end()?;
    Ok(range)
}

fn subscribe_property(read: &mut Fields<'_, '_>) -> Result<Request, Fault> {
    let process = read.unsigned(0)?;
    let object = read.object(1)?;
    let confirmed = read.maybe_boolean(2)?;
    let lifetime_seconds = read.maybe_unsigned(3)?;
    let group = read.group(4)?;
    let mut inner = read.within(group);
    let reference = inner.property(0)?;
    inner.end()?;
    Ok(Request::SubscribeCovProperty {
        process,
        object,
        confirmed,
        lifetime_seconds,
        reference,
        increment: read.maybe_real(5)?,
    })
}
