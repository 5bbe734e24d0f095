//! Writing the parameters of a request.

use super::{Create, FileRange, FileWrite, PropertyReference, PropertyWrite, Range, Request};
use crate::bacnet::{Element, Text, Value};

pub(super) fn request(request: &Request) -> Option<Vec<Element>> {
    Some(match request {
        Request::SubscribeCov { .. } | Request::SubscribeCovProperty { .. } => subscribe(request),
        Request::AtomicReadFile { file, range } => {
            vec![Element::Value(Value::Object(*file)), file_range(*range)]
        }
        Request::AtomicWriteFile { file, write } => {
            vec![Element::Value(Value::Object(*file)), file_write(write)]
        }
        Request::ChangeList {
            object,
            reference,
            elements,
            ..
        } => {
            let mut all = vec![Element::object(0, *object)];
            put_property(&mut all, 1, *reference);
            all.push(Element::Group(3, elements.clone()));
            all
        }
        Request::CreateObject { create, initial } => {
            let what = match create {
                Create::OfType(kind) => Element::unsigned(0, *kind),
                Create::Object(object) => Element::object(1, *object),
            };
            let mut all = vec![Element::Group(0, vec![what])];
            if !initial.is_empty() {
                all.push(Element::Group(1, writes(initial)));
            }
            all
        }
        Request::DeleteObject(object) => vec![Element::Value(Value::Object(*object))],
        Request::ReadProperty { object, reference } => {
            let mut all = vec![Element::object(0, *object)];
            put_property(&mut all, 1, *reference);
            all
        }
        Request::ReadPropertyMultiple(specifications) => specifications
            .iter()
            .flat_map(|of| {
                let mut inner = Vec::new();
                for reference in &of.properties {
                    put_property(&mut inner, 0, *reference);
                }
                [Element::object(0, of.object), Element::Group(1, inner)]
            })
            .collect(),
        Request::WriteProperty { object, write } => {
            let mut all = vec![Element::object(0, *object)];
            put_write(&mut all, 1, write);
            all
        }
        Request::WritePropertyMultiple(objects) => objects
            .iter()
            .flat_map(|of| {
                let inner = writes(&of.writes);
                [Element::object(0, of.object), Element::Group(1, inner)]
            })
            .collect(),
        Request::DeviceCommunicationControl { .. }
        | Request::PrivateTransfer { .. }
        | Request::ReinitializeDevice { .. }
        | Request::ReadRange { .. }
        | Request::LifeSafetyOperation { .. } => return remaining(request),
        Request::Other { elements, .. } => elements.clone(),
        Request::Unknown { .. } | Request::Unreadable { .. } => return None,
    })
}

/// The services of devices, and the rest.
fn remaining(request: &Request) -> Option<Vec<Element>> {
    let mut all = Vec::new();
    match request {
        Request::DeviceCommunicationControl {
            minutes,
            mode,
            password,
        } => {
            all.extend(minutes.map(|minutes| Element::unsigned(0, minutes)));
            all.push(Element::unsigned(1, *mode));
            all.extend(password.as_ref().map(|password| text(2, password)));
        }
        Request::PrivateTransfer {
            vendor,
            service,
            parameters,
        } => {
            all.push(Element::unsigned(0, *vendor));
            all.push(Element::unsigned(1, *service));
            all.extend(parameters.clone().map(|inner| Element::Group(2, inner)));
        }
        Request::ReinitializeDevice { state, password } => {
            all.push(Element::unsigned(0, *state));
            all.extend(password.as_ref().map(|password| text(1, password)));
        }
        Request::ReadRange {
            object,
            reference,
            range: items,
        } => {
            all.push(Element::object(0, *object));
            put_property(&mut all, 1, *reference);
            all.extend(range(*items));
        }
        Request::LifeSafetyOperation {
            process,
            source,
            operation,
            object,
        } => {
            all.push(Element::unsigned(0, *process));
            all.push(text(1, source));
            all.push(Element::unsigned(2, *operation));
            all.extend(object.map(|object| Element::object(3, object)));
        }
        _ => return None,
    }
    Some(all)
}

fn subscribe(request: &Request) -> Vec<Element> {
    let (Request::SubscribeCov {
        process,
        object,
        confirmed,
        lifetime_seconds,
    }
    | Request::SubscribeCovProperty {
        process,
        object,
        confirmed,
        lifetime_seconds,
        ..
    }) = request
    else {
        return Vec::new();
    };
    let mut all = vec![Element::unsigned(0, *process), Element::object(1, *object)];
    all.extend(confirmed.map(|confirmed| Element::Context(2, vec![confirmed.into()])));
    all.extend(lifetime_seconds.map(|seconds| Element::unsigned(3, seconds)));
    if let Request::SubscribeCovProperty {
        reference,
        increment,
        ..
    } = request
    {
        let mut inner = Vec::new();
        put_property(&mut inner, 0, *reference);
        all.push(Element::Group(4, inner));
        all.extend(increment.map(|bits| Element::Context(5, bits.to_be_bytes().to_vec())));
    }
    all
}

pub(in crate::bacnet) fn text(number: u8, text: &Text) -> Element {
    Element::Context(number, text.contents())
}

/// A property and maybe an index, numbered `number` and the next.
fn put_property(all: &mut Vec<Element>, number: u8, reference: PropertyReference) {
    all.push(Element::unsigned(number, reference.property));
    put_index(all, number + 1, reference);
}

pub(in crate::bacnet) fn put_index(
    all: &mut Vec<Element>,
    number: u8,
    reference: PropertyReference,
) {
    all.extend(
        reference
            .index
            .map(|index| Element::unsigned(number, index)),
    );
}

fn put_write(all: &mut Vec<Element>, number: u8, write: &PropertyWrite) {
    put_property(all, number, write.reference);
    all.push(Element::Group(number + 2, write.value.clone()));
    all.extend(
        write
            .priority
            .map(|priority| Element::unsigned(number + 3, priority.number())),
    );
}

fn writes(writes: &[PropertyWrite]) -> Vec<Element> {
    let mut all = Vec::new();
    for write in writes {
        put_write(&mut all, 0, write);
    }
    all
}

fn file_range(range: FileRange) -> Element {
    Element::Group(
        range.records.into(),
        vec![
            Element::Value(Value::Signed(range.start)),
            Element::Value(Value::Unsigned(range.count.into())),
        ],
    )
}

pub(in crate::bacnet) fn file_write(write: &FileWrite) -> Element {
    match write {
        FileWrite::Octets { start, bytes } => Element::Group(
            0,
            vec![
                Element::Value(Value::Signed(*start)),
                Element::Value(Value::Octets(bytes.clone())),
            ],
        ),
        FileWrite::Records { start, records } => {
            let count = u64::try_from(records.len()).unwrap_or(u64::MAX);
            let mut inner = vec![
                Element::Value(Value::Signed(*start)),
                Element::Value(Value::Unsigned(count)),
            ];
            inner.extend(
                records
                    .iter()
                    .cloned()
                    .map(Value::Octets)
                    .map(Element::Value),
            );
            Element::Group(1, inner)
        }
    }
}

fn range(range: Range) -> Option<Element> {
    let (number, values) = match range {
        Range::All => return None,
        Range::Position(first, count) => (3, vec![Value::Unsigned(first), Value::Signed(count)]),
        Range::Sequence(first, count) => (6, vec![Value::Unsigned(first), Value::Signed(count)]),
        Range::Time(date, time, count) => (
            7,
            vec![Value::Date(date), Value::Time(time), Value::Signed(count)],
        ),
    };
    Some(Element::Group(
        number,
        values.into_iter().map(Element::Value).collect(),
    ))
}
