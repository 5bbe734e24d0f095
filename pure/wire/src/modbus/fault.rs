//! What is wrong with bytes that claim to be Modbus.

/// A rule of the standard that some bytes break.
///
/// This is a value: a guard refuses it, an inventory writes it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// An address and a quantity that go beyond 65,535.
    AddressOverflow,
    /// An answer to another address, value or quantity than was asked.
    AnswerDiffers,
    /// The count of bytes disagrees with what it counts.
    ByteCount,
    /// The protocol of the header is not 0.
    ForeignProtocol,
    /// Function 0, or one of the numbers that mark exceptions, in a request.
    ForeignFunction,
    /// An answer to another function than was asked.
    FunctionDiffers,
    /// The length of the header is outside 2 to 254.
    HeaderLength,
    /// A value that the standard reserves or forbids, such as a coil that is neither on nor off.
    IllegalValue,
    /// Bits beyond the last coil that are not 0.
    Padding,
    /// A quantity outside what the function allows.
    Quantity,
    /// Too many requests wait for their answers.
    TooManyPending,
    /// The message ends too early for its function.
    TooShort,
    /// Bytes follow the end of the message.
    Trailing,
    /// A request with the number of one that still waits.
    TransactionReused,
    /// An answer that nobody asked for.
    Unasked,
    /// An answer of another unit than was asked.
    UnitDiffers,
}

impl Fault {
    /// The stable word for policies and evidence.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AddressOverflow => "modbus-address-overflow",
            Self::AnswerDiffers => "modbus-answer-differs",
            Self::ByteCount => "modbus-byte-count",
            Self::ForeignProtocol => "modbus-foreign-protocol",
            Self::ForeignFunction => "modbus-foreign-function",
            Self::FunctionDiffers => "modbus-function-differs",
            Self::HeaderLength => "modbus-header-length",
            Self::IllegalValue => "modbus-illegal-value",
            Self::Padding => "modbus-padding",
            Self::Quantity => "modbus-quantity",
            Self::TooManyPending => "modbus-too-many-pending",
            Self::TooShort => "modbus-too-short",
            Self::Trailing => "modbus-trailing",
            Self::TransactionReused => "modbus-transaction-reused",
            Self::Unasked => "modbus-unasked",
            Self::UnitDiffers => "modbus-unit-differs",
        }
    }
}
