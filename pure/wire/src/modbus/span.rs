//! What a request touches: for rules on addresses, values and how fast a value may change.

use super::Request;

/// One of the tables of a device (section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// Bits that can be written.
    Coils,
    /// Bits that only the device writes.
    DiscreteInputs,
    /// Registers of 16 bits that can be written.
    HoldingRegisters,
    /// Registers that only the device writes.
    InputRegisters,
    /// The records of one file, by its number.
    File(u16),
}

/// Places that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadSpan {
    /// Which table.
    pub space: Space,
    /// The first place, from 0.
    pub address: u16,
    /// How many.
    pub quantity: u16,
}

/// Places that are written, and what they become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteSpan {
    /// Which table.
    pub space: Space,
    /// The first place, from 0.
    pub address: u16,
    /// What it and the ones after it become.
    pub values: Values,
}

/// What places become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// One bit for each place.
    Bits(Vec<bool>),
    /// A register becomes (old AND `and`) OR (`or` AND NOT `and`): only the device knows.
    Masked {
        /// Bits that stay.
        and: u16,
        /// Bits that are set where they do not stay.
        or: u16,
    },
    /// One register for each place.
    Words(Vec<u16>),
}

impl Values {
    /// How many places become something.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Bits(bits) => bits.len(),
            Self::Masked { .. } => 1,
            Self::Words(words) => words.len(),
        }
    }

    /// Whether nothing is written, which no request that was read does.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Request {
    /// What is read, in the order of the request.
    #[must_use]
    pub fn reads(&self) -> Vec<ReadSpan> {
        let span = |space, address, quantity| {
            vec![ReadSpan {
                space,
                address,
                quantity,
            }]
        };
        match self {
            Self::ReadCoils { address, quantity } => span(Space::Coils, *address, *quantity),
            Self::ReadDiscreteInputs { address, quantity } => {
                span(Space::DiscreteInputs, *address, *quantity)
            }
            Self::ReadHoldingRegisters { address, quantity } => {
                span(Space::HoldingRegisters, *address, *quantity)
            }
            Self::ReadInputRegisters { address, quantity } => {
                span(Space::InputRegisters, *address, *quantity)
            }
            Self::ReadWriteRegisters {
                read_address,
                read_quantity,
                ..
            } => span(Space::HoldingRegisters, *read_address, *read_quantity),
            Self::ReadFifo { address } => span(Space::HoldingRegisters, *address, 1),
            Self::ReadFile(parts) => parts
                .iter()
                .map(|part| ReadSpan {
                    space: Space::File(part.file),
                    address: part.record,
                    quantity: part.quantity,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What is written, in the order of the request; empty for what writes no place of a table.
    #[must_use]
    pub fn writes(&self) -> Vec<WriteSpan> {
        let span = |space, address, values| {
            vec![WriteSpan {
                space,
                address,
                values,
            }]
        };
        let words = |values: &[u16]| Values::Words(values.to_vec());
        match self {
            Self::WriteCoil { address, on } => {
                span(Space::Coils, *address, Values::Bits(vec![*on]))
            }
            Self::WriteCoils { address, values } => {
                span(Space::Coils, *address, Values::Bits(values.clone()))
            }
            Self::WriteRegister { address, value } => {
                span(Space::HoldingRegisters, *address, words(&[*value]))
            }
            Self::WriteRegisters { address, values } => {
                span(Space::HoldingRegisters, *address, words(values))
            }
            Self::ReadWriteRegisters {
                write_address,
                values,
                ..
            } => span(Space::HoldingRegisters, *write_address, words(values)),
            Self::MaskWriteRegister { address, and, or } => {
                let (and, or) = (*and, *or);
                span(
                    Space::HoldingRegisters,
                    *address,
                    Values::Masked { and, or },
                )
            }
            Self::WriteFile(parts) => parts
                .iter()
                .map(|part| WriteSpan {
                    space: Space::File(part.file),
                    address: part.record,
                    values: words(&part.values),
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}
