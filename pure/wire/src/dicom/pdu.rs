//! Where a message begins and ends on a connection (section 9.3).
//!
//! ```text
//! kind u8 | 0 | length u32 | ...
//!                           └ length bytes ┘
//! ```

use super::{AssociateAccept, AssociateRequest, Fault};
use crate::cursor::Cursor;
use crate::limits::DICOM_PDU_BYTES_MAX;

/// Kind, a zero and the length.
const HEADER_BYTES: usize = 6;

/// What stands before the bytes of a fragment: its length, its context, and what it is.
const FRAGMENT_HEADER_BYTES: usize = 6;

const ASSOCIATE_REQUEST: u8 = 1;
const ASSOCIATE_ACCEPT: u8 = 2;
const ASSOCIATE_REJECT: u8 = 3;
const DATA: u8 = 4;
const RELEASE_REQUEST: u8 = 5;
const RELEASE_ANSWER: u8 = 6;
const ABORT: u8 = 7;

const IS_COMMAND: u8 = 1;
const IS_LAST: u8 = 2;

/// One message, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pdu {
    /// Somebody asks for an association.
    AssociateRequest(AssociateRequest),
    /// It is accepted.
    AssociateAccept(AssociateAccept),
    /// It is not.
    AssociateReject(Reject),
    /// Fragments of commands and data sets.
    Data(Vec<Fragment>),
    /// Nothing more is asked.
    ReleaseRequest,
    /// Nor answered.
    ReleaseAnswer,
    /// It is over at once.
    Abort(Abort),
}

/// Why there is no association (section 9.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reject {
    /// 1 for good, 2 for now.
    pub result: u8,
    /// Who says so: 1 the application, 2 and 3 what is below it.
    pub source: u8,
    /// Why, by the numbers of the source.
    pub reason: u8,
}

/// Why an association is over (section 9.3.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abort {
    /// Who says so: 0 the application, 2 what is below it.
    pub source: u8,
    /// Why, by the numbers of the source.
    pub reason: u8,
}

/// A part of a command or of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The number of the context.
    pub context: u8,
    /// Whether it is of a command.
    pub is_command: bool,
    /// Whether it is the last one.
    pub is_last: bool,
    /// The part.
    pub bytes: Vec<u8>,
}

impl Reject {
    /// The called title is none that this caller may ask.
    pub const CALLED: Self = Self::of_user(7);
    /// The calling title is none that may ask.
    pub const CALLING: Self = Self::of_user(3);
    /// No reason is given.
    pub const NO_REASON: Self = Self::of_user(1);
    /// There is no room now.
    pub const NO_ROOM: Self = Self {
        result: 2,
        source: 3,
        reason: 2,
    };
    /// The called is not there now.
    pub const AWAY: Self = Self {
        result: 2,
        source: 3,
        reason: 1,
    };

    const fn of_user(reason: u8) -> Self {
        Self {
            result: 1,
            source: 1,
            reason,
        }
    }
}

impl Abort {
    /// By the application, which gives no reason.
    pub const BY_USER: Self = Self {
        source: 0,
        reason: 0,
    };
    /// By what is below it, for a message that nobody expected.
    pub const UNEXPECTED: Self = Self {
        source: 2,
        reason: 2,
    };
}

/// Cuts the bytes of one direction of a connection into messages.
///
/// INVARIANT: holds less than one message, whatever comes: at most [`super::PDU_BYTES_MAX`] and its
/// header.
#[derive(Clone, Debug, Default)]
pub struct Framer {
    held: Vec<u8>,
    fault: Option<Fault>,
}

impl Framer {
    /// A framer at the beginning of a connection.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            held: Vec::new(),
            fault: None,
        }
    }

    /// Takes the front of `bytes` until one message is whole; ask again while it gives something.
    ///
    /// After a fault of a message the next one is not looked for: the same fault is given for all
    /// bytes that follow, and the association is to be aborted.
    pub fn feed(&mut self, bytes: &mut &[u8]) -> Option<Result<Pdu, Fault>> {
        if let Some(fault) = self.fault {
            let more = !std::mem::take(bytes).is_empty();
            return more.then_some(Err(fault));
        }
        self.fill(bytes, HEADER_BYTES);
        let read = match counted(&self.held) {
            Err(fault) => Err(fault),
            Ok(None) => return None,
            Ok(Some((kind, length))) => {
                self.fill(bytes, HEADER_BYTES + length);
                if self.held.len() < HEADER_BYTES + length {
                    return None;
                }
                let body = self.held.get(HEADER_BYTES..).unwrap_or_default();
                open(kind, body)
            }
        };
        self.held.clear();
        if let Err(fault) = read {
            *bytes = &[];
            self.fault = Some(fault);
        }
        Some(read)
    }

    /// Bytes of a message that has begun and not ended.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Moves bytes over until so many are held.
    fn fill(&mut self, bytes: &mut &[u8], until: usize) {
        let wanted = until.saturating_sub(self.held.len());
        let (front, rest) = bytes.split_at(wanted.min(bytes.len()));
        self.held.extend_from_slice(front);
        *bytes = rest;
    }
}

/// Kind and length, once they are there.
fn counted(header: &[u8]) -> Result<Option<(u8, usize)>, Fault> {
    let mut cursor = Cursor::new(header);
    let Some(kind) = cursor.u8() else {
        return Ok(None);
    };
    // Told before the length has come: bytes of another protocol are not waited for.
    if !(ASSOCIATE_REQUEST..=ABORT).contains(&kind) {
        return Err(Fault::KindUnknown);
    }
    let (Some(_zero), Some(length)) = (cursor.u8(), cursor.u32()) else {
        return Ok(None);
    };
    let length = usize::try_from(length).map_err(|_| Fault::TooLong)?;
    let max = match kind {
        ASSOCIATE_REQUEST | ASSOCIATE_ACCEPT | DATA => DICOM_PDU_BYTES_MAX,
        _ => 4,
    };
    match length {
        _ if length > max => Err(Fault::TooLong),
        _ if length < 4 => Err(Fault::TooShort),
        _ => Ok(Some((kind, length))),
    }
}

/// The parts of a message that is whole.
fn open(kind: u8, body: &[u8]) -> Result<Pdu, Fault> {
    Ok(match (kind, body) {
        (ASSOCIATE_REQUEST, _) => Pdu::AssociateRequest(AssociateRequest::parse(body)?),
        (ASSOCIATE_ACCEPT, _) => Pdu::AssociateAccept(AssociateAccept::parse(body)?),
        (ASSOCIATE_REJECT, [_, result, source, reason]) => Pdu::AssociateReject(Reject {
            result: *result,
            source: *source,
            reason: *reason,
        }),
        (DATA, _) => Pdu::Data(data(body)?),
        (RELEASE_REQUEST, _) => Pdu::ReleaseRequest,
        (RELEASE_ANSWER, _) => Pdu::ReleaseAnswer,
        (ABORT, [_, _, source, reason]) => Pdu::Abort(Abort {
            source: *source,
            reason: *reason,
        }),
        _ => return Err(Fault::KindUnknown),
    })
}

fn data(body: &[u8]) -> Result<Vec<Fragment>, Fault> {
    let mut cursor = Cursor::new(body);
    let mut fragments = Vec::new();
    while !cursor.is_empty() {
        let length = cursor.u32().ok_or(Fault::TooShort)?;
        let length = usize::try_from(length).map_err(|_| Fault::TooLong)?;
        let mut value = Cursor::new(cursor.take(length).ok_or(Fault::TooShort)?);
        let (Some(context), Some(control)) = (value.u8(), value.u8()) else {
            return Err(Fault::TooShort);
        };
        fragments.push(Fragment {
            context,
            is_command: control & IS_COMMAND != 0,
            is_last: control & IS_LAST != 0,
            bytes: value.rest().to_vec(),
        });
    }
    Ok(fragments)
}

impl Pdu {
    /// The message in its only form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![0; HEADER_BYTES];
        let kind = match self {
            Self::AssociateRequest(request) => {
                request.write(&mut out);
                ASSOCIATE_REQUEST
            }
            Self::AssociateAccept(accept) => {
                accept.write(&mut out);
                ASSOCIATE_ACCEPT
            }
            Self::AssociateReject(it) => {
                out.extend_from_slice(&[0, it.result, it.source, it.reason]);
                ASSOCIATE_REJECT
            }
            Self::Data(fragments) => {
                fragments.iter().for_each(|it| it.write(&mut out));
                DATA
            }
            Self::ReleaseRequest => {
                out.extend_from_slice(&[0; 4]);
                RELEASE_REQUEST
            }
            Self::ReleaseAnswer => {
                out.extend_from_slice(&[0; 4]);
                RELEASE_ANSWER
            }
            Self::Abort(it) => {
                out.extend_from_slice(&[0, 0, it.source, it.reason]);
                ABORT
            }
        };
        let length = out.len().saturating_sub(HEADER_BYTES);
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        let header = [kind, 0].into_iter().chain(length);
        out.iter_mut().zip(header).for_each(|(to, it)| *to = it);
        out
    }
}

impl Fragment {
    fn write(&self, out: &mut Vec<u8>) {
        let length = self.bytes.len().saturating_add(2);
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        out.extend_from_slice(&length.to_be_bytes());
        let command = if self.is_command { IS_COMMAND } else { 0 };
        let last = if self.is_last { IS_LAST } else { 0 };
        out.extend_from_slice(&[self.context, command | last]);
        out.extend_from_slice(&self.bytes);
    }
}

/// Messages that hold bytes in fragments, none longer than the other side takes (0: any).
///
/// Of an empty data set there is one empty fragment when it is the last one, and else none.
pub fn fragments(
    (context, is_command): (u8, bool),
    bytes: &[u8],
    is_last: bool,
    length_max: u32,
) -> Vec<Pdu> {
    let agreed = usize::try_from(length_max).unwrap_or(usize::MAX);
    let most = match agreed {
        0 => DICOM_PDU_BYTES_MAX,
        _ => agreed.min(DICOM_PDU_BYTES_MAX),
    };
    // Of an even length each, as values have.
    let most = (most.saturating_sub(FRAGMENT_HEADER_BYTES) & !1).max(2);
    let count = bytes.len().div_ceil(most);
    let fragment = |bytes: &[u8], is_last| {
        Pdu::Data(vec![Fragment {
            context,
            is_command,
            is_last,
            bytes: bytes.to_vec(),
        }])
    };
    if count == 0 && is_last {
        return vec![fragment(&[], true)];
    }
    let chunks = bytes.chunks(most).enumerate();
    chunks
        .map(|(at, chunk)| fragment(chunk, is_last && at + 1 == count))
        .collect()
}
