//! What a client asks of a device, each function with its own rules of length and quantity.
//!
//! Section 6 of the application protocol, function by function.

mod emit;
mod files;
mod parse;

use super::{Access, Fault, IdentityLevel};
pub(in crate::modbus) use emit::{counted, words as put_words};
pub(in crate::modbus) use files::{REFERENCE, write_bytes};
pub(in crate::modbus) use parse::{body, byte, end, pack, unpack, word, words};

/// A part of a file that is read (section 6.14): registers of 16 bits from a record on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileRead {
    /// Number of the file, from 1.
    pub file: u16,
    /// First record, 0 to 9,999.
    pub record: u16,
    /// How many registers.
    pub quantity: u16,
}

/// A part of a file that is written (section 6.15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileWrite {
    /// Number of the file, from 1.
    pub file: u16,
    /// First record, 0 to 9,999.
    pub record: u16,
    /// The registers of 16 bits.
    pub values: Vec<u16>,
}

/// One request; a number beside a name is the function on the wire.
///
/// The last three are recognised and never sent on: their contents are not known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// 1: `quantity` coils, 1 to 2,000, from `address` (0 to 65,535, as on the wire).
    ReadCoils {
        /// First coil.
        address: u16,
        /// How many.
        quantity: u16,
    },
    /// 2: `quantity` inputs of one bit, 1 to 2,000.
    ReadDiscreteInputs {
        /// First input.
        address: u16,
        /// How many.
        quantity: u16,
    },
    /// 3: `quantity` registers of 16 bits, 1 to 125.
    ReadHoldingRegisters {
        /// First register.
        address: u16,
        /// How many.
        quantity: u16,
    },
    /// 4: `quantity` registers that only the device writes, 1 to 125.
    ReadInputRegisters {
        /// First register.
        address: u16,
        /// How many.
        quantity: u16,
    },
    /// 5: one coil on or off.
    WriteCoil {
        /// The coil.
        address: u16,
        /// What it becomes.
        on: bool,
    },
    /// 6: one register.
    WriteRegister {
        /// The register.
        address: u16,
        /// What it becomes.
        value: u16,
    },
    /// 7: eight bits of the device's own choice.
    ReadExceptionStatus,
    /// 8: tests and counters of the line; the sub-function decides what it does.
    Diagnostics {
        /// Sub-function (section 6.8.1).
        function: u16,
        /// Words that come with it: one, except for function 0, which is given back as it came.
        words: Vec<u16>,
    },
    /// 11: how many messages the device has understood.
    CommEventCounter,
    /// 12: the last events of the line.
    CommEventLog,
    /// 15: coils from `address` on, 1 to 1,968.
    WriteCoils {
        /// First coil.
        address: u16,
        /// What they become.
        values: Vec<bool>,
    },
    /// 16: registers from `address` on, 1 to 123.
    WriteRegisters {
        /// First register.
        address: u16,
        /// What they become.
        values: Vec<u16>,
    },
    /// 17: what the device says it is.
    ReportServerId,
    /// 20: parts of files, 1 to 35.
    ReadFile(Vec<FileRead>),
    /// 21: parts of files, 1 to 27.
    WriteFile(Vec<FileWrite>),
    /// 22: a register becomes (old AND `and`) OR (`or` AND NOT `and`).
    MaskWriteRegister {
        /// The register.
        address: u16,
        /// Bits that stay.
        and: u16,
        /// Bits that are set where they do not stay.
        or: u16,
    },
    /// 23: writes 1 to 121 registers, then reads 1 to 125.
    ReadWriteRegisters {
        /// First register that is read.
        read_address: u16,
        /// How many are read.
        read_quantity: u16,
        /// First register that is written.
        write_address: u16,
        /// What they become.
        values: Vec<u16>,
    },
    /// 24: the queue of up to 31 registers whose count stands at `address`.
    ReadFifo {
        /// The register that holds the count.
        address: u16,
    },
    /// 43, kind 14: vendor, product and revision (section 6.21).
    ReadDeviceIdentification {
        /// Which objects.
        level: IdentityLevel,
        /// The first one.
        object: u8,
    },
    /// 43 with another kind, such as 13 for CANopen.
    Encapsulated {
        /// The kind, "MEI type" in the standard.
        kind: u8,
    },
    /// 90: UMAS, by which one maker's controllers are programmed, started and stopped.
    Umas {
        /// Session, given when a programmer reserves the controller.
        session: u8,
        /// Function of UMAS, such as 64 for start and 65 for stop.
        function: u8,
    },
    /// Any other function.
    Unknown {
        /// The number on the wire.
        function: u8,
    },
}

impl Request {
    /// Reads function and data: the bytes of [`super::Adu::pdu`].
    ///
    /// What the standard does not know is a value; what breaks the rules of a function that it
    /// does know is a [`Fault`].
    pub fn parse(pdu: &[u8]) -> Result<Self, Fault> {
        parse::request(pdu)
    }

    /// The whole message in its only form, or nothing for what must not be sent on.
    ///
    /// A request that breaks a quantity of its function gives nothing too, so that a message made
    /// by hand can never be longer than the standard allows.
    #[must_use]
    pub fn to_bytes(&self, transaction: u16, unit: u8) -> Option<Vec<u8>> {
        let pdu = emit::request(self)?;
        // INVARIANT: whatever leaves would be read back as what was meant.
        (Self::parse(&pdu).as_ref() == Ok(self))
            .then(|| super::framer::frame(transaction, unit, &pdu))
    }

    /// The number of the function on the wire.
    #[must_use]
    pub const fn function(&self) -> u8 {
        match self {
            Self::ReadCoils { .. } => 1,
            Self::ReadDiscreteInputs { .. } => 2,
            Self::ReadHoldingRegisters { .. } => 3,
            Self::ReadInputRegisters { .. } => 4,
            Self::WriteCoil { .. } => 5,
            Self::WriteRegister { .. } => 6,
            Self::ReadExceptionStatus => 7,
            Self::Diagnostics { .. } => 8,
            Self::CommEventCounter => 11,
            Self::CommEventLog => 12,
            Self::WriteCoils { .. } => 15,
            Self::WriteRegisters { .. } => 16,
            Self::ReportServerId => 17,
            Self::ReadFile(_) => 20,
            Self::WriteFile(_) => 21,
            Self::MaskWriteRegister { .. } => 22,
            Self::ReadWriteRegisters { .. } => 23,
            Self::ReadFifo { .. } => 24,
            Self::ReadDeviceIdentification { .. } | Self::Encapsulated { .. } => 43,
            Self::Umas { .. } => 90,
            Self::Unknown { function } => *function,
        }
    }

    /// The stable name of the function, for policies and evidence.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ReadCoils { .. } => "read-coils",
            Self::ReadDiscreteInputs { .. } => "read-discrete-inputs",
            Self::ReadHoldingRegisters { .. } => "read-holding-registers",
            Self::ReadInputRegisters { .. } => "read-input-registers",
            Self::WriteCoil { .. } => "write-coil",
            Self::WriteRegister { .. } => "write-register",
            Self::ReadExceptionStatus => "read-exception-status",
            Self::Diagnostics { .. } => "diagnostics",
            Self::CommEventCounter => "comm-event-counter",
            Self::CommEventLog => "comm-event-log",
            Self::WriteCoils { .. } => "write-coils",
            Self::WriteRegisters { .. } => "write-registers",
            Self::ReportServerId => "report-server-id",
            Self::ReadFile(_) => "read-file",
            Self::WriteFile(_) => "write-file",
            Self::MaskWriteRegister { .. } => "mask-write-register",
            Self::ReadWriteRegisters { .. } => "read-write-registers",
            Self::ReadFifo { .. } => "read-fifo",
            Self::ReadDeviceIdentification { .. } => "read-device-identification",
            Self::Encapsulated { .. } => "encapsulated",
            Self::Umas { .. } => "umas",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// What the request does to the device.
    #[must_use]
    pub const fn access(&self) -> Access {
        match self {
            Self::ReadCoils { .. }
            | Self::ReadDiscreteInputs { .. }
            | Self::ReadHoldingRegisters { .. }
            | Self::ReadInputRegisters { .. }
            | Self::ReadExceptionStatus
            | Self::CommEventCounter
            | Self::CommEventLog
            | Self::ReadFile(_)
            | Self::ReadFifo { .. } => Access::Read,
            Self::ReportServerId | Self::ReadDeviceIdentification { .. } => Access::Identify,
            Self::WriteCoil { .. }
            | Self::WriteRegister { .. }
            | Self::WriteCoils { .. }
            | Self::WriteRegisters { .. }
            | Self::WriteFile(_)
            | Self::MaskWriteRegister { .. }
            | Self::ReadWriteRegisters { .. } => Access::Write,
            Self::Diagnostics { function, .. } => diagnostics_access(*function),
            // Start, stop and download travel in it, whatever one message holds.
            Self::Umas { .. } => Access::Control,
            Self::Encapsulated { .. } | Self::Unknown { .. } => Access::Unknown,
        }
    }
}

/// Sub-functions of function 8, section 6.8.1.
const fn diagnostics_access(function: u16) -> Access {
    match function {
        // Gives back what it got; a register; counters.
        0 | 2 | 11..=18 => Access::Read,
        // Restart, another end of message, silence, and forgetting counters.
        1 | 3 | 4 | 10 | 20 => Access::Control,
        _ => Access::Unknown,
    }
}
