//! Tags and lengths of ASN.1, as SNMP and certificates are written (ITU-T X.690, section 8.1).

use crate::cursor::Cursor;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OBJECT: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The next element: its tag of one byte, and its contents.
pub(super) fn next<'a>(cursor: &mut Cursor<'a>) -> Option<(u8, &'a [u8])> {
    let tag = cursor.u8()?;
    // Tags of several bytes are in nothing that is read here.
    if tag & 0x1f == 0x1f {
        return None;
    }
    let length = match cursor.u8()? {
        short @ ..=0x7f => usize::from(short),
        0x81 => usize::from(cursor.u8()?),
        0x82 => usize::from(cursor.u16()?),
        0x83 => usize::from(cursor.u8()?) << 16 | usize::from(cursor.u16()?),
        _ => return None,
    };
    Some((tag, cursor.take(length)?))
}

/// The contents of the next element, when it has this tag.
pub(super) fn expect<'a>(cursor: &mut Cursor<'a>, tag: u8) -> Option<&'a [u8]> {
    next(cursor)
        .filter(|(found, _)| *found == tag)
        .map(|(_, contents)| contents)
}
