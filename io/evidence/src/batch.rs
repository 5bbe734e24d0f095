//! What becomes durable together: a header, frames, zeros up to a whole sector, a trailer.
//!
//! ```text
//! header   "HYGBATCH" | log nonce u64 | first index u64 | entries u32 | zero sectors u32
//!          | frame bytes u64 | reserved [20] | crc u32                              = 64 bytes
//! frames   see `frame.rs`
//! trailer  "HYGBTAIL" | entries u32 | size u64 | root [32] | crc u32                = 56 bytes
//! ```
//!
//! A batch begins and ends on a sector, so writing one never touches a sector that holds
//! acknowledged evidence; header and trailer each lie within one sector, the first and the last.
//! The header counts the sectors of the whole batch that are rightly all zero: more of them means
//! that sectors never reached the disk, which tells a torn batch from a damaged one.
//! The nonce belongs to one log, so no payload can hold what looks like a batch of it.
//! The trailer's checksum starts from the header's, which ties the two together.

use tlog::{Frontier, HASH_BYTES, Hash};

use crate::bytes::{Fields, count, is_zero, length};
use crate::error::Error;
use crate::frame::{Frame, seal_frame};
use crate::limits::{BATCH_BYTES_MAX, BATCH_ENTRIES_MAX};

/// What disks write whole or not at all.
pub(crate) const SECTOR_BYTES: usize = 512;

/// Length of a batch header.
pub(crate) const HEADER_BYTES: usize = 64;

/// Length of a batch trailer.
pub(crate) const TRAILER_BYTES: usize = 56;

/// Length of a checksum.
const CRC_BYTES: usize = 4;

const HEADER_MAGIC: [u8; 8] = *b"HYGBATCH";
const TRAILER_MAGIC: [u8; 8] = *b"HYGBTAIL";

/// Bytes of a batch header that hold nothing yet and must be zero.
const RESERVED_BYTES: usize = 20;

/// First sector of a batch, in part.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct BatchHeader {
    pub(crate) first_index: u64,
    pub(crate) entries: u32,
    pub(crate) zero_sectors: u32,
    pub(crate) frames_bytes: u64,
    crc: u32,
}

impl BatchHeader {
    /// Reads a header that belongs to the log with this nonce; `None` for anything else.
    pub(crate) fn parse(bytes: &[u8], nonce: u64) -> Option<Self> {
        let bytes = bytes.get(..HEADER_BYTES)?;
        let mut fields = Fields(bytes);
        let magic: [u8; 8] = fields.array()?;
        let found_nonce = fields.u64()?;
        let first_index = fields.u64()?;
        let entries = fields.u32()?;
        let zero_sectors = fields.u32()?;
        let frames_bytes = fields.u64()?;
        let reserved = fields.slice(RESERVED_BYTES)?;
        let crc = fields.u32()?;
        let sound = magic == HEADER_MAGIC
            && found_nonce == nonce
            && is_zero(reserved)
            && (1..=BATCH_ENTRIES_MAX).contains(&usize::try_from(entries).ok()?)
            && frames_bytes <= count(BATCH_BYTES_MAX)
            && first_index.checked_add(u64::from(entries)).is_some()
            && crc32c::crc32c(bytes.get(..HEADER_BYTES - CRC_BYTES)?) == crc;
        sound.then_some(Self {
            first_index,
            entries,
            zero_sectors,
            frames_bytes,
            crc,
        })
    }

    /// Length of the whole batch, padding included.
    pub(crate) fn extent_bytes(&self) -> usize {
        extent_bytes(length(self.frames_bytes))
    }

    /// Index after the last entry of this batch.
    pub(crate) fn end_index(&self) -> u64 {
        self.first_index.saturating_add(u64::from(self.entries))
    }
}

/// What a batch says about the tree that it leads to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct BatchTrailer {
    pub(crate) size: u64,
    pub(crate) root: Hash,
}

/// Why a batch cannot be believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct BatchFault {
    /// Offset within the batch.
    pub(crate) at: usize,
    /// First entry that cannot be trusted, when one can be named.
    pub(crate) entry: Option<u64>,
    pub(crate) what: &'static str,
}

/// Length on disk of a batch with this many bytes of frames.
pub(crate) fn extent_bytes(frames_bytes: usize) -> usize {
    frames_bytes
        .saturating_add(HEADER_BYTES + TRAILER_BYTES)
        .next_multiple_of(SECTOR_BYTES)
}

/// Checks a whole batch and shows its entries one by one.
pub(crate) fn check_batch<'a>(
    image: &'a [u8],
    header: &BatchHeader,
    mut entry: impl FnMut(&Frame<'a>) -> Result<(), Error>,
) -> Result<Result<BatchTrailer, BatchFault>, Error> {
    let frames_end = HEADER_BYTES.saturating_add(length(header.frames_bytes));
    let mut rest = image.get(HEADER_BYTES..frames_end).unwrap_or_default();
    for index in header.first_index..header.end_index() {
        match Frame::parse(rest, index) {
            Ok((frame, after)) => {
                entry(&frame)?;
                rest = after;
            }
            Err(what) => {
                let at = frames_end.saturating_sub(rest.len());
                return Ok(Err(BatchFault {
                    at,
                    entry: Some(index),
                    what,
                }));
            }
        }
    }
    let fault = |what| BatchFault {
        at: frames_end,
        entry: None,
        what,
    };
    if !rest.is_empty() {
        return Ok(Err(fault("batch holds bytes that belong to no entry")));
    }
    Ok(parse_trailer(image.get(frames_end..).unwrap_or_default(), header).map_err(fault))
}

/// Reads the padding after the frames and the trailer at the end.
fn parse_trailer(bytes: &[u8], header: &BatchHeader) -> Result<BatchTrailer, &'static str> {
    const CUT: &str = "batch trailer is cut short";
    let (padding, trailer) = bytes.split_last_chunk::<TRAILER_BYTES>().ok_or(CUT)?;
    let mut fields = Fields(trailer.as_slice());
    let magic: [u8; 8] = fields.array().ok_or(CUT)?;
    let entries = fields.u32().ok_or(CUT)?;
    let size = fields.u64().ok_or(CUT)?;
    let root = Hash::new(fields.array::<HASH_BYTES>().ok_or(CUT)?);
    let crc = fields.u32().ok_or(CUT)?;
    let covered = trailer.get(..TRAILER_BYTES - CRC_BYTES).ok_or(CUT)?;
    let sound = magic == TRAILER_MAGIC
        && entries == header.entries
        && size == header.end_index()
        && crc32c::crc32c_append(header.crc, covered) == crc;
    if !sound {
        return Err("batch trailer does not match its batch");
    }
    if !is_zero(padding) {
        return Err("padding in a batch is not zero");
    }
    Ok(BatchTrailer { size, root })
}

/// A batch while the writer puts it together, in one buffer that is used again and again.
#[derive(Debug, Default)]
pub(crate) struct BatchImage {
    bytes: Vec<u8>,
    entries: u32,
}

impl BatchImage {
    /// Starts an empty batch.
    pub(crate) fn clear(&mut self, bytes_kept: usize) {
        self.bytes.clear();
        self.bytes.shrink_to(bytes_kept);
        self.bytes.resize(HEADER_BYTES, 0);
        self.entries = 0;
    }

    /// Adds prepared frames, gives them their indexes, and their leaves to the tree.
    pub(crate) fn push(
        &mut self,
        frames: &[u8],
        leaves: &[Hash],
        frontier: &mut Frontier,
    ) -> Result<(), Error> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(frames);
        let mut rest = self.bytes.get_mut(start..).unwrap_or_default();
        for leaf in leaves {
            // INVARIANT: frames were made by `push_frame`, one for each leaf.
            rest = seal_frame(rest, frontier.size()).ok_or(tlog::Error::Frontier)?;
            frontier.push(*leaf)?;
            self.entries += 1;
        }
        Ok(())
    }

    /// Finishes the batch; gives its bytes as they go to disk.
    pub(crate) fn finish(&mut self, nonce: u64, frontier: &Frontier) -> &[u8] {
        let frames_bytes = self.bytes.len() - HEADER_BYTES;
        let first_index = frontier.size() - u64::from(self.entries);
        let mut trailer = Vec::with_capacity(TRAILER_BYTES);
        trailer.extend_from_slice(&TRAILER_MAGIC);
        trailer.extend_from_slice(&self.entries.to_be_bytes());
        trailer.extend_from_slice(&frontier.size().to_be_bytes());
        trailer.extend_from_slice(frontier.root().as_bytes());
        self.bytes.resize(extent_bytes(frames_bytes), 0);
        let trailer_at = self.bytes.len() - TRAILER_BYTES;
        // Once the trailer is in place no other field makes a zero sector of another kind.
        self.put(trailer_at, &trailer);
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(&HEADER_MAGIC);
        header.extend_from_slice(&nonce.to_be_bytes());
        header.extend_from_slice(&first_index.to_be_bytes());
        header.extend_from_slice(&self.entries.to_be_bytes());
        header.extend_from_slice(&zero_sectors(&self.bytes).to_be_bytes());
        header.extend_from_slice(&count(frames_bytes).to_be_bytes());
        header.extend_from_slice(&[0; RESERVED_BYTES]);
        let header_crc = crc32c::crc32c(&header);
        header.extend_from_slice(&header_crc.to_be_bytes());
        self.put(0, &header);
        let trailer_crc = crc32c::crc32c_append(header_crc, &trailer);
        self.put(trailer_at + trailer.len(), &trailer_crc.to_be_bytes());
        &self.bytes
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.bytes.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
}

/// Sectors of a batch that are all zero, its first one never among them.
pub(crate) fn zero_sectors(image: &[u8]) -> u32 {
    let sectors = image.chunks(SECTOR_BYTES).skip(1);
    u32::try_from(sectors.filter(|sector| is_zero(sector)).count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
