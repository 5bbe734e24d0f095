//! Functions 20 and 21: several parts of files in one message (sections 6.14 and 6.15).

use super::parse::{byte, word, words};
use super::{FileRead, FileWrite};
use crate::cursor::Cursor;
use crate::modbus::Fault;

/// The only kind of part there is.
pub(in crate::modbus) const REFERENCE: u8 = 6;

/// Bytes of one part: kind, file, record and quantity.
const PART_BYTES: u8 = 7;

/// The last record of a file.
const RECORD_MAX: u16 = 9999;

/// Most bytes of all parts of a request to read, and of its answer.
const READ_BYTES_MAX: u8 = 0xf5;

/// Most bytes of all parts of a write.
const WRITE_BYTES_MAX: u8 = 0xfb;

pub(super) fn read_parts(read: &mut Cursor<'_>) -> Result<Vec<FileRead>, Fault> {
    let count = byte(read)?;
    if !(PART_BYTES..=READ_BYTES_MAX).contains(&count) || !count.is_multiple_of(PART_BYTES) {
        return Err(Fault::ByteCount);
    }
    let mut parts = Vec::new();
    for _ in 0..count / PART_BYTES {
        let (file, record, quantity) = part(read)?;
        parts.push(FileRead {
            file,
            record,
            quantity,
        });
    }
    // Each part of the answer begins with its length and its kind.
    let answered: usize = parts
        .iter()
        .map(|part| 2 + 2 * usize::from(part.quantity))
        .sum();
    if answered > READ_BYTES_MAX.into() {
        return Err(Fault::Quantity);
    }
    Ok(parts)
}

pub(super) fn write_parts(read: &mut Cursor<'_>) -> Result<Vec<FileWrite>, Fault> {
    let count = byte(read)?;
    if !(PART_BYTES + 2..=WRITE_BYTES_MAX).contains(&count) {
        return Err(Fault::ByteCount);
    }
    let mut counted = Cursor::new(read.take(count.into()).ok_or(Fault::TooShort)?);
    let mut parts = Vec::new();
    while !counted.is_empty() {
        let (file, record, quantity) = part(&mut counted)?;
        parts.push(FileWrite {
            file,
            record,
            values: words(&mut counted, quantity.into())?,
        });
    }
    Ok(parts)
}

/// What both kinds of part begin with.
fn part(read: &mut Cursor<'_>) -> Result<(u16, u16, u16), Fault> {
    let reference = byte(read)?;
    let (file, record, quantity) = (word(read)?, word(read)?, word(read)?);
    if reference != REFERENCE || file == 0 || record > RECORD_MAX {
        return Err(Fault::IllegalValue);
    }
    if quantity == 0 {
        return Err(Fault::Quantity);
    }
    match record.checked_add(quantity - 1) {
        Some(last) if last <= RECORD_MAX => Ok((file, record, quantity)),
        _ => Err(Fault::AddressOverflow),
    }
}

/// The bytes of the parts of a write, which its answer repeats.
pub(in crate::modbus) fn write_bytes(parts: &[FileWrite]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        let quantity = u16::try_from(part.values.len()).unwrap_or(u16::MAX);
        bytes.push(REFERENCE);
        for word in [part.file, part.record, quantity]
            .iter()
            .chain(&part.values)
        {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
    }
    bytes
}
