//! The header of a segment file: to which log it belongs, and the tree that precedes it.
//!
//! ```text
//! "HYGIESEG" | version u16 | log id [16] | epoch u64 | last time_us u64 | root [32]
//! | origin length u16 | origin | frontier | zeros | crc u32                        = 4096 bytes
//! ```
//!
//! The frontier carries the first index.
//! Starting from it, a restart reads no earlier segment.

use tlog::{Frontier, HASH_BYTES};

use crate::bytes::{Fields, is_zero};
use crate::limits::ORIGIN_BYTES_MAX;

/// Length of the header; batches begin right after it.
pub(crate) const SEGMENT_HEADER_BYTES: usize = 4096;

const MAGIC: [u8; 8] = *b"HYGIESEG";
const VERSION: u16 = 1;
const CRC_BYTES: usize = 4;

/// Which log a file belongs to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Identity {
    /// Drawn once, when the log is created.
    pub(crate) log_id: [u8; 16],
    /// Name of the log, equal to its key's name.
    pub(crate) origin: String,
    /// Grows when a log goes on from a restored copy.
    pub(crate) epoch: u64,
}

impl Identity {
    /// What batches of this log carry.
    pub(crate) fn nonce(&self) -> u64 {
        let (nonce, _) = self
            .log_id
            .split_first_chunk::<8>()
            .unwrap_or((&[0; 8], &[]));
        u64::from_be_bytes(*nonce)
    }
}

/// Everything that the first 4 KiB of a segment say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SegmentHeader {
    pub(crate) identity: Identity,
    /// Greatest time of any earlier entry; zero when there is none.
    pub(crate) last_time_us: u64,
    /// The tree of all earlier entries.
    pub(crate) frontier: Frontier,
}

impl SegmentHeader {
    /// The header's bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let origin = self.identity.origin.as_bytes();
        let origin_bytes = u16::try_from(origin.len()).unwrap_or(u16::MAX);
        let mut bytes = Vec::with_capacity(SEGMENT_HEADER_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        bytes.extend_from_slice(&self.identity.log_id);
        bytes.extend_from_slice(&self.identity.epoch.to_be_bytes());
        bytes.extend_from_slice(&self.last_time_us.to_be_bytes());
        bytes.extend_from_slice(self.frontier.root().as_bytes());
        bytes.extend_from_slice(&origin_bytes.to_be_bytes());
        bytes.extend_from_slice(origin);
        bytes.extend_from_slice(&self.frontier.to_bytes());
        bytes.resize(SEGMENT_HEADER_BYTES - CRC_BYTES, 0);
        let crc = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&crc.to_be_bytes());
        bytes
    }

    /// Reads a header; says what is wrong with anything else.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        const CUT: &str = "segment is shorter than its header";
        let bytes = bytes.get(..SEGMENT_HEADER_BYTES).ok_or(CUT)?;
        let (covered, crc) = bytes.split_last_chunk::<CRC_BYTES>().ok_or(CUT)?;
        if crc32c::crc32c(covered) != u32::from_be_bytes(*crc) {
            return Err("segment header checksum does not match");
        }
        let mut fields = Fields(covered);
        let magic: [u8; 8] = fields.array().ok_or(CUT)?;
        let version = fields.u16().ok_or(CUT)?;
        if magic != MAGIC || version != VERSION {
            return Err("segment is of an unknown format");
        }
        let log_id = fields.array().ok_or(CUT)?;
        let epoch = fields.u64().ok_or(CUT)?;
        let last_time_us = fields.u64().ok_or(CUT)?;
        let root: [u8; HASH_BYTES] = fields.array().ok_or(CUT)?;
        let origin_bytes = usize::from(fields.u16().ok_or(CUT)?);
        let origin = fields
            .slice(origin_bytes.min(ORIGIN_BYTES_MAX))
            .ok_or(CUT)?;
        let origin = str::from_utf8(origin).map_err(|_| "segment names no legible origin")?;
        let (frontier, rest) =
            Frontier::from_prefix(fields.0).map_err(|_| "segment header holds no frontier")?;
        if frontier.root().as_bytes() != &root || !is_zero(rest) {
            return Err("segment header contradicts itself");
        }
        let identity = Identity {
            log_id,
            origin: origin.to_owned(),
            epoch,
        };
        Ok(Self {
            identity,
            last_time_us,
            frontier,
        })
    }
}
