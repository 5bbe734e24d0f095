//! Messages of services: asked, told, answered, refused, or in segments (clause 20.1).

use super::element::{self, Element, Value};
use super::fault::Reading;
use super::service::confirmed_access;
use super::{Access, Ack, Fault, Request, Unconfirmed};
use crate::bacnet::fields::Fields;
use crate::cursor::Cursor;

/// Whose message is in segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentedKind {
    /// Of a request: a guard cannot know what it does.
    Request,
    /// Of an answer.
    Answer,
}

/// One segment of a message that did not fit into one datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segmented {
    /// Of what.
    pub kind: SegmentedKind,
    /// The number by which the answer is known again.
    pub invoke: u8,
    /// Number of the service; see [`super::confirmed_name`].
    pub service: u8,
    /// Which segment, from 0.
    pub sequence: u8,
    /// Whether more follow.
    pub more: bool,
    /// How many segments the sender would send before an acknowledgement, 1 to 127.
    pub window: u8,
    /// What it carries: a part, which cannot be read without the others.
    pub contents: Vec<u8>,
}

/// A message of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Apdu {
    /// 0: asks, and waits for an answer.
    Confirmed {
        /// The number by which the answer is known again.
        invoke: u8,
        /// How many segments the sender takes (0 to 7) and how long a message (0 to 15), in the
        /// code of clause 20.1.2.4 and 20.1.2.5.
        accepts: (u8, u8),
        /// Whether the sender takes segments.
        segments: bool,
        /// What is asked.
        request: Request,
    },
    /// 1: tells, or asks everybody.
    Unconfirmed(Unconfirmed),
    /// 2: done.
    SimpleAck {
        /// Of the request.
        invoke: u8,
        /// Of the request.
        service: u8,
    },
    /// 3: answered.
    ComplexAck {
        /// Of the request.
        invoke: u8,
        /// What is answered.
        ack: Ack,
    },
    /// 0 and 3 in segments.
    Segmented(Segmented),
    /// 4: a segment has come, or has not.
    SegmentAck {
        /// Whether one is missing.
        negative: bool,
        /// Whether whoever answers the request says so.
        server: bool,
        /// Of the request.
        invoke: u8,
        /// The last segment that came in order.
        sequence: u8,
        /// How many segments may follow before the next acknowledgement.
        window: u8,
    },
    /// 5: could not be done.
    Error {
        /// Of the request.
        invoke: u8,
        /// Of the request.
        service: u8,
        /// Class of the error, such as 2 for property and 4 for security (clause 18).
        class: u32,
        /// The error, such as 26 for a wrong password.
        code: u32,
        /// What some services say beyond that.
        detail: Vec<Element>,
    },
    /// 6: the request was not well-formed, or its service is not known.
    Reject {
        /// Of the request.
        invoke: u8,
        /// Clause 18.9; 9 for a service that is not known.
        reason: u8,
    },
    /// 7: ends a request.
    Abort {
        /// Of the request.
        invoke: u8,
        /// Whether whoever answers the request ends it.
        server: bool,
        /// Clause 18.10; 4 for segments that are not supported, 5 for security.
        reason: u8,
    },
}

impl Apdu {
    /// The class of errors of security; some devices tell a wrong password with 5, for services.
    pub const CLASS_SECURITY: u32 = 4;
    /// The error of a wrong password.
    pub const PASSWORD_FAILURE: u32 = 26;
    /// The class of errors of properties.
    pub const CLASS_PROPERTY: u32 = 2;
    /// The error of a property that must not be written.
    pub const WRITE_ACCESS_DENIED: u32 = 40;
    /// The reason of a reject: no such service here.
    pub const UNRECOGNIZED_SERVICE: u8 = 9;
    /// The reason of an abort: no segments here.
    pub const SEGMENTATION_NOT_SUPPORTED: u8 = 4;

    /// An error as an answer to a request of this service, for a guard that refuses.
    #[must_use]
    pub const fn error(invoke: u8, service: u8, class: u32, code: u32) -> Self {
        Self::Error {
            invoke,
            service,
            class,
            code,
            detail: Vec::new(),
        }
    }

    /// What the message does to the device that it reaches.
    #[must_use]
    pub const fn access(&self) -> Access {
        match self {
            Self::Confirmed { request, .. } => confirmed_access(request.service()),
            Self::Unconfirmed(told) => told.access(),
            // Only the whole would say what it does.
            Self::Segmented(Segmented {
                kind: SegmentedKind::Request,
                service,
                ..
            }) => match confirmed_access(*service) {
                Access::Read => Access::Unknown,
                access => access,
            },
            _ => Access::Read,
        }
    }

    pub(super) fn read(bytes: &[u8], reading: &mut Reading) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(bytes);
        let first = byte(&mut cursor)?;
        let (kind, low) = (first >> 4, first & 0x0f);
        let apdu = match kind {
            0 => return confirmed(low, cursor, reading),
            1 => {
                reading.reserved(low)?;
                let service = byte(&mut cursor)?;
                let read = Unconfirmed::read(service, cursor.rest(), reading);
                let told =
                    reading.named(read, |fault| Unconfirmed::Unreadable { service, fault })?;
                return Ok(Self::Unconfirmed(told));
            }
            2 => {
                reading.reserved(low)?;
                Self::SimpleAck {
                    invoke: byte(&mut cursor)?,
                    service: byte(&mut cursor)?,
                }
            }
            3 => return complex_ack(low, cursor, reading),
            4 => {
                reading.reserved(low & 0x0c)?;
                Self::SegmentAck {
                    negative: low & 2 != 0,
                    server: low & 1 != 0,
                    invoke: byte(&mut cursor)?,
                    sequence: byte(&mut cursor)?,
                    window: window(&mut cursor)?,
                }
            }
            5 => {
                reading.reserved(low)?;
                return error(cursor, reading);
            }
            6 => {
                reading.reserved(low)?;
                Self::Reject {
                    invoke: byte(&mut cursor)?,
                    reason: byte(&mut cursor)?,
                }
            }
            7 => {
                reading.reserved(low & 0x0e)?;
                Self::Abort {
                    server: low & 1 != 0,
                    invoke: byte(&mut cursor)?,
                    reason: byte(&mut cursor)?,
                }
            }
            _ => return Err(Fault::IllegalValue),
        };
        if cursor.is_empty() {
            Ok(apdu)
        } else {
            Err(Fault::Trailing)
        }
    }

    /// Nothing for segments of requests and for what is not understood.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Confirmed {
                invoke,
                accepts: (most, longest),
                segments,
                request,
            } => {
                let first = if *segments { 0x02 } else { 0 };
                let accepts = (most & 0x07) << 4 | (longest & 0x0f);
                out.extend_from_slice(&[first, accepts, *invoke, request.service()]);
                element::write(&request.elements()?, out);
            }
            Self::Unconfirmed(told) => {
                out.extend_from_slice(&[0x10, told.service()]);
                element::write(&told.elements()?, out);
            }
            Self::SimpleAck { invoke, service } => {
                out.extend_from_slice(&[0x20, *invoke, *service])
            }
            Self::ComplexAck { invoke, ack } => {
                out.extend_from_slice(&[0x30, *invoke, ack.service()]);
                element::write(&ack.elements()?, out);
            }
            Self::Segmented(part) => write_segment(part, out)?,
            Self::SegmentAck {
                negative,
                server,
                invoke,
                sequence,
                window,
            } => {
                let first = 0x40 | u8::from(*negative) << 1 | u8::from(*server);
                out.extend_from_slice(&[first, *invoke, *sequence, *window]);
            }
            Self::Error {
                invoke,
                service,
                class,
                code,
                detail,
            } => {
                out.extend_from_slice(&[0x50, *invoke, *service]);
                let mut elements = class_and_code(*class, *code);
                if wraps_error(*service) {
                    elements = vec![Element::Group(0, elements)];
                    elements.extend(detail.iter().cloned());
                }
                element::write(&elements, out);
            }
            Self::Reject { invoke, reason } => out.extend_from_slice(&[0x60, *invoke, *reason]),
            Self::Abort {
                invoke,
                server,
                reason,
            } => out.extend_from_slice(&[0x70 | u8::from(*server), *invoke, *reason]),
        }
        Some(())
    }
}

fn byte(cursor: &mut Cursor<'_>) -> Result<u8, Fault> {
    cursor.u8().ok_or(Fault::TooShort)
}

/// Of segments, 1 to 127.
fn window(cursor: &mut Cursor<'_>) -> Result<u8, Fault> {
    match byte(cursor)? {
        window @ 1..=127 => Ok(window),
        _ => Err(Fault::IllegalValue),
    }
}

/// What requests and answers in segments begin with.
fn segment(
    kind: SegmentedKind,
    more: bool,
    invoke: u8,
    mut cursor: Cursor<'_>,
) -> Result<Apdu, Fault> {
    let sequence = byte(&mut cursor)?;
    let window = window(&mut cursor)?;
    let service = byte(&mut cursor)?;
    Ok(Apdu::Segmented(Segmented {
        kind,
        invoke,
        service,
        sequence,
        more,
        window,
        contents: cursor.rest().to_vec(),
    }))
}

/// A segment of an answer; nothing for one of a request, because nobody has read what it does.
///
/// An answer changes nothing at whoever asked, so its parts are carried as they came.
fn write_segment(part: &Segmented, out: &mut Vec<u8>) -> Option<()> {
    if part.kind == SegmentedKind::Request {
        return None;
    }
    let first = 0x38 | if part.more { 0x04 } else { 0 };
    out.extend_from_slice(&[first, part.invoke, part.sequence, part.window, part.service]);
    out.extend_from_slice(&part.contents);
    Some(())
}

fn confirmed(low: u8, mut cursor: Cursor<'_>, reading: &mut Reading) -> Result<Apdu, Fault> {
    let (segmented, more) = (low & 8 != 0, low & 4 != 0);
    reading.reserved(low & 1)?;
    let accepts = byte(&mut cursor)?;
    reading.reserved(accepts & 0x80)?;
    let invoke = byte(&mut cursor)?;
    if segmented {
        return segment(SegmentedKind::Request, more, invoke, cursor);
    }
    // Nothing can follow what is not in segments.
    reading.reserved(u8::from(more))?;
    let service = byte(&mut cursor)?;
    Ok(Apdu::Confirmed {
        invoke,
        accepts: (accepts >> 4 & 0x07, accepts & 0x0f),
        segments: low & 2 != 0,
        request: {
            let read = Request::read(service, cursor.rest(), reading);
            reading.named(read, |fault| Request::Unreadable { service, fault })?
        },
    })
}

fn complex_ack(low: u8, mut cursor: Cursor<'_>, reading: &mut Reading) -> Result<Apdu, Fault> {
    let (segmented, more) = (low & 8 != 0, low & 4 != 0);
    reading.reserved(low & 3)?;
    let invoke = byte(&mut cursor)?;
    if segmented {
        return segment(SegmentedKind::Answer, more, invoke, cursor);
    }
    reading.reserved(u8::from(more))?;
    let service = byte(&mut cursor)?;
    Ok(Apdu::ComplexAck {
        invoke,
        ack: Ack::read(service, cursor.rest(), reading)?,
    })
}

/// Whether errors of a service stand in a group, with more after it (clause 21, "BACnet-Error").
const fn wraps_error(service: u8) -> bool {
    matches!(service, 8 | 9 | 10 | 16 | 18 | 22 | 30)
}

pub(super) fn class_and_code(class: u32, code: u32) -> Vec<Element> {
    [class, code]
        .map(|number| Element::Value(Value::Enumerated(number)))
        .to_vec()
}

fn error(mut cursor: Cursor<'_>, reading: &mut Reading) -> Result<Apdu, Fault> {
    let (invoke, service) = (byte(&mut cursor)?, byte(&mut cursor)?);
    let elements = element::read(cursor.rest(), reading)?;
    let mut fields = Fields::new(&elements, reading);
    let group = if wraps_error(service) {
        fields.maybe_group(0)
    } else {
        None
    };
    // Some devices give the plain form for every service.
    let (class, code) = match group {
        Some(inner) => {
            let mut inner = fields.within(inner);
            let both = (inner.enumerated_value()?, inner.enumerated_value()?);
            inner.end()?;
            both
        }
        None => (fields.enumerated_value()?, fields.enumerated_value()?),
    };
    let detail = fields.remainder().to_vec();
    if group.is_none() {
        reading.canonical(!wraps_error(service))?;
        if !detail.is_empty() {
            return Err(Fault::Trailing);
        }
    }
    Ok(Apdu::Error {
        invoke,
        service,
        class,
        code,
        detail,
    })
}
