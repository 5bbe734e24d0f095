//! The format `pcap`: one header for the file, one for each frame.
//!
//! ```text
//! magic u32 | major u16 | minor u16 | 0 | 0 | most bytes of a frame u32 | link type u32
//! seconds u32 | fraction u32 | kept bytes u32 | bytes on the network u32 | kept bytes ...
//! ```

use super::{Fault, Frame, LinkType, Order};
use crate::cursor::Cursor;
use crate::limits::CAPTURE_FRAME_BYTES_MAX;

/// Says that fractions are microseconds.
const MICROSECONDS: u32 = 0xa1b2_c3d4;

/// Says that fractions are nanoseconds.
const NANOSECONDS: u32 = 0xa1b2_3c4d;

/// Bytes of the header of a file, and of that of a frame.
pub(super) const HEADER_BYTES: usize = 24;
const FRAME_HEADER_BYTES: usize = 16;

/// How the frames of a file are written, by its header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Records {
    order: Order,
    nanoseconds: bool,
    link: LinkType,
}

impl Records {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        let magic = cursor.array().ok_or(Fault::NotACapture)?;
        let (order, magic) = match (u32::from_be_bytes(magic), u32::from_le_bytes(magic)) {
            (big @ (MICROSECONDS | NANOSECONDS), _) => (Order::Big, big),
            (_, little @ (MICROSECONDS | NANOSECONDS)) => (Order::Little, little),
            _ => return Err(Fault::NotACapture),
        };
        let major = order.u16(cursor).ok_or(Fault::Truncated)?;
        if major != 2 {
            return Err(Fault::NotACapture);
        }
        // Minor version, two fields that nobody fills, and a length that nobody keeps to.
        cursor.take(14).ok_or(Fault::Truncated)?;
        let link = order.u32(cursor).ok_or(Fault::Truncated)?;
        Ok(Self {
            order,
            nanoseconds: magic == NANOSECONDS,
            // The upper half tells how frames end, which nobody reads here.
            link: LinkType::try_from(link & 0xffff).unwrap_or_default(),
        })
    }

    /// The length of the frame that begins here, with its header; nothing when the header is not
    /// there yet.
    pub(super) fn length(&self, mut look: Cursor<'_>) -> Option<usize> {
        look.take(8)?;
        let kept = usize::try_from(self.order.u32(&mut look)?).ok()?;
        look.take(4)?;
        Some(kept.saturating_add(FRAME_HEADER_BYTES))
    }

    /// The frame that begins here; the number is given by the caller.
    pub(super) fn frame<'a>(&self, cursor: &mut Cursor<'a>) -> Result<Frame<'a>, Fault> {
        let mut field = || self.order.u32(cursor).ok_or(Fault::Truncated);
        let (seconds, fraction, kept, original_bytes) = (field()?, field()?, field()?, field()?);
        let kept = usize::try_from(kept).unwrap_or(usize::MAX);
        if kept > CAPTURE_FRAME_BYTES_MAX {
            return Err(Fault::FrameTooLong);
        }
        let bytes = cursor.take(kept).ok_or(Fault::Truncated)?;
        let microseconds = if self.nanoseconds {
            fraction / 1_000
        } else {
            fraction
        };
        Ok(Frame {
            number: 0,
            time_us: Some(u64::from(seconds) * 1_000_000 + u64::from(microseconds)),
            link: self.link,
            original_bytes,
            bytes,
        })
    }
}
