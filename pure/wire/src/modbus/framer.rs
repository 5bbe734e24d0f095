//! Where a message begins and ends on a connection.
//!
//! ```text
//! transaction u16 | protocol u16 = 0 | length u16 | unit u8 | function u8 | ...
//!                                                  └────── length bytes ─────┘
//! ```
//!
//! Implementation guide, section 3.1.3: the header of seven bytes called MBAP.

use std::cmp::Ordering;

use super::Fault;
use crate::cursor::Cursor;
use crate::limits::MODBUS_ADU_BYTES_MAX;

/// Transaction, protocol and length: what stands before the bytes that the length counts.
const COUNTED_FROM: usize = 6;

/// The least that the length counts: a unit and a function.
const LENGTH_MIN: u16 = 2;

/// The most that it counts: a unit and 253 bytes (section 4.1).
const LENGTH_MAX: u16 = 254;

/// One whole message, its header checked and its function not yet read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adu {
    /// The number by which the client knows the answer again.
    pub transaction: u16,
    /// The device behind the address; see [`super::UNIT_BROADCAST`].
    pub unit: u8,
    /// Function and data, 1 to 253 bytes.
    pub pdu: Vec<u8>,
}

impl Adu {
    /// Reads bytes that hold exactly one message, such as a datagram.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let length = counted(bytes)?.ok_or(Fault::TooShort)?;
        match bytes.len().cmp(&(COUNTED_FROM + length)) {
            Ordering::Less => Err(Fault::TooShort),
            Ordering::Equal => open(bytes).ok_or(Fault::TooShort),
            Ordering::Greater => Err(Fault::Trailing),
        }
    }
}

/// Cuts the bytes of one direction of a connection into messages.
///
/// INVARIANT: holds less than one message, whatever comes: at most 260 bytes.
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
    /// After a fault nobody can know where the next message begins: the same fault is given for
    /// all bytes that follow, and the connection is to be closed.
    pub fn feed(&mut self, bytes: &mut &[u8]) -> Option<Result<Adu, Fault>> {
        if let Some(fault) = self.fault {
            let more = !std::mem::take(bytes).is_empty();
            return more.then_some(Err(fault));
        }
        self.fill(bytes, COUNTED_FROM);
        let length = match counted(&self.held) {
            Ok(length) => length?,
            Err(fault) => {
                self.held.clear();
                *bytes = &[];
                self.fault = Some(fault);
                return Some(Err(fault));
            }
        };
        self.fill(bytes, COUNTED_FROM + length);
        if self.held.len() < COUNTED_FROM + length {
            return None;
        }
        let whole = std::mem::take(&mut self.held);
        open(&whole).map(Ok)
    }

    /// Bytes of a message that has begun and not ended.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Moves bytes over until so many are held.
    fn fill(&mut self, bytes: &mut &[u8], until: usize) {
        let wanted = until
            .min(MODBUS_ADU_BYTES_MAX)
            .saturating_sub(self.held.len());
        let (front, rest) = bytes.split_at(wanted.min(bytes.len()));
        self.held.extend_from_slice(front);
        *bytes = rest;
    }
}

/// How many bytes the header counts, once it is there.
fn counted(header: &[u8]) -> Result<Option<usize>, Fault> {
    let mut cursor = Cursor::new(header);
    let (Some(_), Some(protocol)) = (cursor.u16(), cursor.u16()) else {
        return Ok(None);
    };
    // Told before the length has come: bytes of another protocol are not waited for.
    if protocol != 0 {
        return Err(Fault::ForeignProtocol);
    }
    match cursor.u16() {
        None => Ok(None),
        Some(length) if (LENGTH_MIN..=LENGTH_MAX).contains(&length) => Ok(Some(length.into())),
        Some(_) => Err(Fault::HeaderLength),
    }
}

/// The parts of a message that is whole.
fn open(whole: &[u8]) -> Option<Adu> {
    let mut cursor = Cursor::new(whole);
    let transaction = cursor.u16()?;
    cursor.u32()?;
    Some(Adu {
        transaction,
        unit: cursor.u8()?,
        pdu: cursor.rest().to_vec(),
    })
}

/// A message with its header; `pdu` has 1 to 253 bytes, which every writer here keeps.
pub(super) fn frame(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 1).unwrap_or(u16::MAX);
    let mut bytes = Vec::with_capacity(MODBUS_ADU_BYTES_MAX);
    bytes.extend_from_slice(&transaction.to_be_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.push(unit);
    bytes.extend_from_slice(pdu);
    bytes
}
