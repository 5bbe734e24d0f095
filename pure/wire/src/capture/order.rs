//! Numbers in the order of bytes of whoever wrote the file.

use crate::cursor::Cursor;

/// Whether the least byte comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Big,
    Little,
}

impl Order {
    pub(super) fn u16(self, cursor: &mut Cursor<'_>) -> Option<u16> {
        let bytes = cursor.array()?;
        Some(match self {
            Self::Big => u16::from_be_bytes(bytes),
            Self::Little => u16::from_le_bytes(bytes),
        })
    }

    pub(super) fn u32(self, cursor: &mut Cursor<'_>) -> Option<u32> {
        let bytes = cursor.array()?;
        Some(match self {
            Self::Big => u32::from_be_bytes(bytes),
            Self::Little => u32::from_le_bytes(bytes),
        })
    }
}
