//! The format `pcapng`: blocks, of which some describe interfaces and some hold frames.
//!
//! ```text
//! kind u32 | length u32 of all | ... | length u32 again
//! ```

use super::{Fault, Frame, LinkType, Order};
use crate::cursor::Cursor;
use crate::limits::{CAPTURE_FRAME_BYTES_MAX, CAPTURE_INTERFACES_MAX};

/// The kind of the block that begins a section, alike in either order of bytes.
const SECTION: u32 = 0x0a0d_0d0a;

/// The block that describes an interface.
const INTERFACE: u32 = 1;

/// Blocks that hold a frame: an old one, one without a time, and the usual one.
const PACKET: u32 = 2;
const SIMPLE: u32 = 3;
const ENHANCED: u32 = 6;

/// What tells the order of bytes of a section.
const ORDER: u32 = 0x1a2b_3c4d;

/// Kind, and length twice.
const BLOCK_BYTES_MIN: usize = 12;

/// Options of interfaces: what a unit of time is, and from when it counts.
const RESOLUTION: u16 = 9;
const OFFSET: u16 = 14;

pub(super) fn is_blocks(bytes: &[u8]) -> bool {
    bytes.starts_with(&SECTION.to_be_bytes())
}

/// What the blocks that were read say about those that follow.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    order: Order,
    interfaces: Vec<Interface>,
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link: LinkType,
    /// Most bytes of a frame that are kept; 0 for all.
    kept_max: u32,
    /// Units of time in a second.
    units: u64,
    offset_seconds: u64,
}

impl Interface {
    fn time_us(&self, high: u32, low: u32) -> Option<u64> {
        let units = u128::from(u64::from(high) << 32 | u64::from(low));
        let us = units * 1_000_000 / u128::from(self.units.max(1));
        u64::try_from(us)
            .ok()?
            .checked_add(self.offset_seconds.checked_mul(1_000_000)?)
    }
}

impl Blocks {
    pub(super) const fn new() -> Self {
        Self {
            order: Order::Big,
            interfaces: Vec::new(),
        }
    }

    /// The length of the block that begins here; nothing when that is not there yet.
    pub(super) fn length(&self, mut look: Cursor<'_>) -> Result<Option<usize>, Fault> {
        let order = match section_order(look) {
            None => self.order,
            Some(Err(Fault::Truncated)) => return Ok(None),
            Some(order) => order?,
        };
        let length = order.u32(&mut look).and_then(|_| order.u32(&mut look));
        let Some(length) = length else {
            return Ok(None);
        };
        let length = usize::try_from(length).map_err(|_| Fault::BlockLength)?;
        if length < BLOCK_BYTES_MIN || !length.is_multiple_of(4) {
            return Err(Fault::BlockLength);
        }
        Ok(Some(length))
    }

    /// The block that begins here: its frame, when it holds one, the number of which is given by
    /// the caller.
    pub(super) fn frame<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
    ) -> Result<Option<Frame<'a>>, Fault> {
        let (kind, body) = self.block(cursor)?;
        match kind {
            SECTION => self.interfaces.clear(),
            INTERFACE => self.interface(body)?,
            ENHANCED | PACKET => return self.enhanced(kind, body).map(Some),
            SIMPLE => return self.simple(body).map(Some),
            // Names, statistics, comments and the makers' own.
            _ => {}
        }
        Ok(None)
    }

    /// Kind and contents of the next block.
    fn block<'a>(&mut self, cursor: &mut Cursor<'a>) -> Result<(u32, Cursor<'a>), Fault> {
        if let Some(order) = section_order(*cursor) {
            self.order = order?;
        }
        let order = self.order;
        let length = self.length(*cursor)?.ok_or(Fault::Truncated)?;
        let mut look = Cursor::new(cursor.take(length).ok_or(Fault::Truncated)?);
        let kind = order.u32(&mut look).ok_or(Fault::Truncated)?;
        look.take(4).ok_or(Fault::Truncated)?;
        let body = look
            .take(length - BLOCK_BYTES_MIN)
            .ok_or(Fault::Truncated)?;
        let again = order.u32(&mut look).ok_or(Fault::Truncated)?;
        if usize::try_from(again) != Ok(length) {
            return Err(Fault::BlockLength);
        }
        Ok((kind, Cursor::new(body)))
    }

    fn interface(&mut self, mut body: Cursor<'_>) -> Result<(), Fault> {
        if self.interfaces.len() >= CAPTURE_INTERFACES_MAX {
            return Err(Fault::TooMany);
        }
        let order = self.order;
        let link = order.u16(&mut body).ok_or(Fault::Truncated)?;
        order.u16(&mut body).ok_or(Fault::Truncated)?;
        let kept_max = order.u32(&mut body).ok_or(Fault::Truncated)?;
        let mut interface = Interface {
            link,
            kept_max,
            units: 1_000_000,
            offset_seconds: 0,
        };
        // Options that are cut end the list: what came before is good.
        while let Some((code, value)) = option(order, &mut body) {
            match (code, value) {
                (RESOLUTION, [unit]) => {
                    interface.units = units(*unit).ok_or(Fault::HeaderLength)?
                }
                (OFFSET, value) => {
                    let bytes = value.try_into().map_err(|_| Fault::HeaderLength)?;
                    interface.offset_seconds = match order {
                        Order::Big => u64::from_be_bytes(bytes),
                        Order::Little => u64::from_le_bytes(bytes),
                    };
                }
                _ => {}
            }
        }
        self.interfaces.push(interface);
        Ok(())
    }

    fn enhanced<'a>(&self, kind: u32, mut body: Cursor<'a>) -> Result<Frame<'a>, Fault> {
        let order = self.order;
        let number = if kind == PACKET {
            // The second half counts what the interface dropped.
            let number = order.u16(&mut body).map(u32::from);
            order.u16(&mut body).and(number)
        } else {
            order.u32(&mut body)
        };
        let number = usize::try_from(number.ok_or(Fault::Truncated)?);
        let interface = number.ok().and_then(|number| self.interfaces.get(number));
        let interface = interface.ok_or(Fault::Interface)?;
        let mut field = || order.u32(&mut body).ok_or(Fault::Truncated);
        let (high, low, kept, original_bytes) = (field()?, field()?, field()?, field()?);
        Ok(Frame {
            number: 0,
            time_us: interface.time_us(high, low),
            link: interface.link,
            original_bytes,
            bytes: kept_bytes(&mut body, kept)?,
        })
    }

    /// A frame of the first interface; how much was kept follows from what is said of it.
    fn simple<'a>(&self, mut body: Cursor<'a>) -> Result<Frame<'a>, Fault> {
        let interface = self.interfaces.first().ok_or(Fault::Interface)?;
        let original_bytes = self.order.u32(&mut body).ok_or(Fault::Truncated)?;
        let kept = match interface.kept_max {
            0 => original_bytes,
            most => original_bytes.min(most),
        };
        Ok(Frame {
            number: 0,
            time_us: None,
            link: interface.link,
            original_bytes,
            bytes: kept_bytes(&mut body, kept)?,
        })
    }
}

fn kept_bytes<'a>(body: &mut Cursor<'a>, kept: u32) -> Result<&'a [u8], Fault> {
    let kept = usize::try_from(kept).unwrap_or(usize::MAX);
    if kept > CAPTURE_FRAME_BYTES_MAX {
        return Err(Fault::FrameTooLong);
    }
    body.take(kept).ok_or(Fault::BlockLength)
}

/// The order of bytes, when a section begins here.
fn section_order(mut look: Cursor<'_>) -> Option<Result<Order, Fault>> {
    if look.u32()? != SECTION {
        return None;
    }
    look.u32()?;
    Some(
        match look
            .array()
            .map(|b: [u8; 4]| (u32::from_be_bytes(b), u32::from_le_bytes(b)))
        {
            Some((ORDER, _)) => Ok(Order::Big),
            Some((_, ORDER)) => Ok(Order::Little),
            Some(_) => Err(Fault::NotACapture),
            None => Err(Fault::Truncated),
        },
    )
}

/// Code and value, padded to four bytes.
fn option<'a>(order: Order, body: &mut Cursor<'a>) -> Option<(u16, &'a [u8])> {
    let code = order.u16(body)?;
    let length = usize::from(order.u16(body)?);
    let value = body.take(length)?;
    body.take(length.next_multiple_of(4) - length)?;
    (code != 0).then_some((code, value))
}

/// Units of time in a second: a power of ten, or of two when the first bit is set.
fn units(resolution: u8) -> Option<u64> {
    let power = u32::from(resolution & 0x7f);
    if resolution & 0x80 == 0 {
        10_u64.checked_pow(power)
    } else {
        2_u64.checked_pow(power)
    }
}
