//! Reading a request: length, byte count, quantity and range of each function.

use super::{Request, files};
use crate::cursor::Cursor;
use crate::limits::MODBUS_PDU_BYTES_MAX;
use crate::modbus::{Fault, IdentityLevel};

/// Most coils or inputs of one read.
const READ_BITS_MAX: u16 = 2000;

/// Most registers of one read.
const READ_WORDS_MAX: u16 = 125;

/// Most coils of one write.
const WRITE_BITS_MAX: u16 = 1968;

/// Most registers of one write.
const WRITE_WORDS_MAX: u16 = 123;

/// Most registers that are written when others are read too.
const WRITE_READ_WORDS_MAX: u16 = 121;

/// What a coil that is switched on has on the wire (section 6.5); off is 0.
pub(super) const ON: u16 = 0xff00;

/// The first function that marks an exception.
const EXCEPTIONS_FROM: u8 = 0x80;

pub(super) fn request(pdu: &[u8]) -> Result<Request, Fault> {
    let mut cursor = body(pdu)?;
    let function = byte(&mut cursor)?;
    if function == 0 || function >= EXCEPTIONS_FROM {
        return Err(Fault::ForeignFunction);
    }
    let read = &mut cursor;
    let request = match function {
        1 => range(read, READ_BITS_MAX)
            .map(|(address, quantity)| Request::ReadCoils { address, quantity }),
        2 => range(read, READ_BITS_MAX)
            .map(|(address, quantity)| Request::ReadDiscreteInputs { address, quantity }),
        3 => range(read, READ_WORDS_MAX)
            .map(|(address, quantity)| Request::ReadHoldingRegisters { address, quantity }),
        4 => range(read, READ_WORDS_MAX)
            .map(|(address, quantity)| Request::ReadInputRegisters { address, quantity }),
        5 => write_coil(read),
        6 => Ok(Request::WriteRegister {
            address: word(read)?,
            value: word(read)?,
        }),
        7 => Ok(Request::ReadExceptionStatus),
        8 => diagnostics(read),
        11 => Ok(Request::CommEventCounter),
        12 => Ok(Request::CommEventLog),
        15 => write_coils(read),
        16 => written_words(read, WRITE_WORDS_MAX)
            .map(|(address, values)| Request::WriteRegisters { address, values }),
        17 => Ok(Request::ReportServerId),
        20 => files::read_parts(read).map(Request::ReadFile),
        21 => files::write_parts(read).map(Request::WriteFile),
        22 => Ok(Request::MaskWriteRegister {
            address: word(read)?,
            and: word(read)?,
            or: word(read)?,
        }),
        23 => read_write(read),
        24 => Ok(Request::ReadFifo {
            address: word(read)?,
        }),
        43 => return encapsulated(cursor),
        90 => {
            return Ok(Request::Umas {
                session: byte(read)?,
                function: byte(read)?,
            });
        }
        _ => return Ok(Request::Unknown { function }),
    }?;
    end(cursor)?;
    Ok(request)
}

/// Function and data, which no honest header counts to more than 253 bytes.
pub(in crate::modbus) fn body(pdu: &[u8]) -> Result<Cursor<'_>, Fault> {
    if pdu.len() > MODBUS_PDU_BYTES_MAX {
        return Err(Fault::HeaderLength);
    }
    Ok(Cursor::new(pdu))
}

pub(in crate::modbus) fn byte(read: &mut Cursor<'_>) -> Result<u8, Fault> {
    read.u8().ok_or(Fault::TooShort)
}

pub(in crate::modbus) fn word(read: &mut Cursor<'_>) -> Result<u16, Fault> {
    read.u16().ok_or(Fault::TooShort)
}

/// Nothing follows.
pub(in crate::modbus) fn end(read: Cursor<'_>) -> Result<(), Fault> {
    if read.is_empty() {
        Ok(())
    } else {
        Err(Fault::Trailing)
    }
}

/// So many words.
pub(in crate::modbus) fn words(read: &mut Cursor<'_>, count: usize) -> Result<Vec<u16>, Fault> {
    let bytes = read.take(count * 2).ok_or(Fault::TooShort)?;
    let (words, _) = bytes.as_chunks();
    Ok(words.iter().copied().map(u16::from_be_bytes).collect())
}

/// An address and a quantity that stay inside of the 65,536 places there are.
fn range(read: &mut Cursor<'_>, quantity_max: u16) -> Result<(u16, u16), Fault> {
    let (address, quantity) = (word(read)?, word(read)?);
    if !(1..=quantity_max).contains(&quantity) {
        return Err(Fault::Quantity);
    }
    match address.checked_add(quantity - 1) {
        Some(_) => Ok((address, quantity)),
        None => Err(Fault::AddressOverflow),
    }
}

fn write_coil(read: &mut Cursor<'_>) -> Result<Request, Fault> {
    let address = word(read)?;
    let on = match word(read)? {
        ON => true,
        0 => false,
        _ => return Err(Fault::IllegalValue),
    };
    Ok(Request::WriteCoil { address, on })
}

fn write_coils(read: &mut Cursor<'_>) -> Result<Request, Fault> {
    let (address, quantity) = range(read, WRITE_BITS_MAX)?;
    let count = usize::from(byte(read)?);
    if count != usize::from(quantity).div_ceil(8) {
        return Err(Fault::ByteCount);
    }
    let packed = read.take(count).ok_or(Fault::TooShort)?;
    let mut bits = unpack(packed);
    // Some device might do something with bits that no rule of ours has seen.
    if bits.split_off(quantity.into()).contains(&true) {
        return Err(Fault::Padding);
    }
    Ok(Request::WriteCoils {
        address,
        values: bits,
    })
}

/// Address, quantity, count of bytes and values.
fn written_words(read: &mut Cursor<'_>, quantity_max: u16) -> Result<(u16, Vec<u16>), Fault> {
    let (address, quantity) = range(read, quantity_max)?;
    if u16::from(byte(read)?) != quantity * 2 {
        return Err(Fault::ByteCount);
    }
    Ok((address, words(read, quantity.into())?))
}

fn read_write(read: &mut Cursor<'_>) -> Result<Request, Fault> {
    let (read_address, read_quantity) = range(read, READ_WORDS_MAX)?;
    let (write_address, values) = written_words(read, WRITE_READ_WORDS_MAX)?;
    Ok(Request::ReadWriteRegisters {
        read_address,
        read_quantity,
        write_address,
        values,
    })
}

fn diagnostics(read: &mut Cursor<'_>) -> Result<Request, Fault> {
    let function = word(read)?;
    let mut words = vec![word(read)?];
    // Only the test that gives back what it got may be longer.
    while function == 0 && !read.is_empty() {
        words.push(word(read)?);
    }
    let legal = match (function, words.first().copied().unwrap_or_default()) {
        (0, _) => true,
        (1, word) => word == 0 || word == ON,
        // The new end of a message stands in the upper byte.
        (3, word) => word.trailing_zeros() >= 8,
        (2 | 4 | 10..=18 | 20, word) => word == 0,
        _ => true,
    };
    if legal {
        Ok(Request::Diagnostics { function, words })
    } else {
        Err(Fault::IllegalValue)
    }
}

/// Function 43: its kind 14 is read, every other kind is named.
fn encapsulated(mut read: Cursor<'_>) -> Result<Request, Fault> {
    const DEVICE_IDENTIFICATION: u8 = 14;
    let kind = byte(&mut read)?;
    if kind != DEVICE_IDENTIFICATION {
        return Ok(Request::Encapsulated { kind });
    }
    let level = IdentityLevel::from_number(byte(&mut read)?).ok_or(Fault::IllegalValue)?;
    let object = byte(&mut read)?;
    end(read)?;
    Ok(Request::ReadDeviceIdentification { level, object })
}

/// Bits as they stand in bytes: the first one is the least of the first byte (section 6.1).
pub(in crate::modbus) fn unpack(bytes: &[u8]) -> Vec<bool> {
    bytes
        .iter()
        .flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1))
        .collect()
}

/// The reverse of [`unpack`], with 0 beyond the last bit.
pub(in crate::modbus) fn pack(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8)
        .map(|chunk| {
            chunk
                .iter()
                .rev()
                .fold(0, |byte, bit| byte << 1 | u8::from(*bit))
        })
        .collect()
}
