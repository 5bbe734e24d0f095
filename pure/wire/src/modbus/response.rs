//! What a device answers, read only against what it was asked.

mod emit;
mod parse;

use super::{DeviceIdentity, Fault, Request};

/// Why a device, or the guard in its place, refuses (section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exception {
    /// 1: the function is not allowed.
    IllegalFunction,
    /// 2: some place is not there, or not allowed.
    IllegalAddress,
    /// 3: a value or quantity is not allowed.
    IllegalValue,
    /// 4: the device failed.
    DeviceFailure,
    /// 5: it will take long; ask later.
    Acknowledge,
    /// 6: busy; ask again.
    DeviceBusy,
    /// 8: a file is damaged.
    MemoryParity,
    /// 10: the gateway finds no way.
    GatewayPath,
    /// 11: the device behind the gateway says nothing.
    GatewayTarget,
    /// Any other number.
    Other(u8),
}

impl Exception {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::IllegalFunction => 1,
            Self::IllegalAddress => 2,
            Self::IllegalValue => 3,
            Self::DeviceFailure => 4,
            Self::Acknowledge => 5,
            Self::DeviceBusy => 6,
            Self::MemoryParity => 8,
            Self::GatewayPath => 10,
            Self::GatewayTarget => 11,
            Self::Other(number) => number,
        }
    }

    /// The exception of a number.
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::IllegalFunction,
            2 => Self::IllegalAddress,
            3 => Self::IllegalValue,
            4 => Self::DeviceFailure,
            5 => Self::Acknowledge,
            6 => Self::DeviceBusy,
            8 => Self::MemoryParity,
            10 => Self::GatewayPath,
            11 => Self::GatewayTarget,
            _ => Self::Other(number),
        }
    }
}

/// One answer; the request that it answers says which function it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// To 1 and 2: as many bits as were asked for.
    Bits(Vec<bool>),
    /// To 3, 4 and 23: as many registers as were asked for.
    Registers(Vec<u16>),
    /// To 5, 6, 15, 16, 21 and 22: done, exactly as asked.
    Done,
    /// To 7.
    ExceptionStatus(u8),
    /// To 8: for sub-function 0 the words that were sent, else one.
    Diagnostics(Vec<u16>),
    /// To 11: busy (0xFFFF) or not (0), and how many messages.
    CommEventCounter {
        /// Whether a program is still running.
        busy: bool,
        /// Messages that were understood.
        events: u16,
    },
    /// To 12: the same, messages in all, and the last events, newest first, at most 64.
    CommEventLog {
        /// Whether a program is still running.
        busy: bool,
        /// Messages that were understood.
        events: u16,
        /// Messages that were seen.
        messages: u16,
        /// One byte for each event (section 6.10).
        log: Vec<u8>,
    },
    /// To 17: bytes whose meaning only the maker knows.
    ServerId(Vec<u8>),
    /// To 20: the registers of each part.
    FileParts(Vec<Vec<u16>>),
    /// To 24: at most 31 registers.
    Fifo(Vec<u16>),
    /// To 43, kind 14.
    Identity(DeviceIdentity),
    /// The device refuses.
    Exception(Exception),
}

impl Response {
    /// Reads function and data of the answer to `request`.
    ///
    /// What the request did not name cannot be answered: the answer to a request that is not
    /// understood is only read when it is an exception.
    pub fn parse(request: &Request, pdu: &[u8]) -> Result<Self, Fault> {
        parse::response(request, pdu)
    }

    /// The whole message in its only form, or nothing when it does not answer `request`.
    #[must_use]
    pub fn to_bytes(&self, request: &Request, transaction: u16, unit: u8) -> Option<Vec<u8>> {
        let pdu = emit::response(self, request)?;
        // INVARIANT: whatever leaves would be read back as what was meant.
        (Self::parse(request, &pdu).as_ref() == Ok(self))
            .then(|| super::framer::frame(transaction, unit, &pdu))
    }
}
