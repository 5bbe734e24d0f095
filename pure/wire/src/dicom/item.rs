//! Items of a negotiation: kind, a zero, length, and what it holds (section 9.3.2).

use super::Fault;
use crate::cursor::Cursor;
use crate::limits::DICOM_ITEMS_MAX;

/// One item as it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) kind: u8,
    pub(super) value: &'a [u8],
}

/// All items to the last byte.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Item<'_>>, Fault> {
    let mut cursor = Cursor::new(bytes);
    let mut items = Vec::new();
    while !cursor.is_empty() {
        if items.len() >= DICOM_ITEMS_MAX {
            return Err(Fault::TooLong);
        }
        let (kind, _zero) = (cursor.u8(), cursor.u8());
        let (Some(kind), Some(length)) = (kind, cursor.u16()) else {
            return Err(Fault::TooShort);
        };
        let value = cursor.take(length.into()).ok_or(Fault::TooShort)?;
        items.push(Item { kind, value });
    }
    Ok(items)
}

/// Writes an item of which `fill` writes the value.
///
/// What is written was read from bytes that a length of 16 bits counted, or is shorter.
pub(super) fn write(out: &mut Vec<u8>, kind: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut value = Vec::new();
    fill(&mut value);
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&[kind, 0]);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend(value.into_iter().take(length.into()));
}

/// Writes a length of 16 bits and the bytes that it counts.
pub(super) fn counted(out: &mut Vec<u8>, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend(value.iter().take(length.into()));
}

/// Reads a length of 16 bits and the bytes that it counts.
pub(super) fn take_counted<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Fault> {
    let length = cursor.u16().ok_or(Fault::TooShort)?;
    cursor.take(length.into()).ok_or(Fault::TooShort)
}
