//! One entry: as bytes in a segment, and as the leaf that stands for it in the tree.
//!
//! ```text
//! frame   payload length u32 | crc u32 | index u64 | time_us u64 | class u16 | salt [16] | payload
//! leaf    "hygie/ev" | version u16 | class u16 | time_us u64 | SHA-256(salt || payload)
//! ```
//!
//! All integers are big-endian.
//! The leaf has a fixed size and holds no payload: once payload and salt are erased, the tree
//! still verifies and the digest can no longer be linked to a guess of the payload.
//! The CRC-32C covers time, class, salt and payload, then index and length: the appender computes
//! the first part in its own thread, and the writer adds the rest when it knows the index.

use sha2::{Digest as _, Sha256};

use crate::bytes::Fields;
use crate::entry::Salted;
use crate::error::Error;
use crate::limits::PAYLOAD_BYTES_MAX;

/// Length of the salt of an entry.
pub(crate) const SALT_BYTES: usize = 16;

/// Length of a frame without its payload.
pub(crate) const FRAME_HEAD_BYTES: usize = 42;

/// Where the checksum lies in a frame.
const CRC_AT: usize = 4;

/// Where the index lies in a frame.
const INDEX_AT: usize = 8;

/// Where the part begins that the appender's checksum covers.
const BODY_AT: usize = 16;

/// Length of every leaf; with the leaf prefix it fills exactly one SHA-256 block.
pub const LEAF_BYTES: usize = 52;

/// What every leaf of this format begins with.
const LEAF_TAG: [u8; 8] = *b"hygie/ev";

/// Version of the leaf format.
const LEAF_VERSION: u16 = 1;

/// One entry as read back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) index: u64,
    pub(crate) time_us: u64,
    pub(crate) class: u16,
    pub(crate) salt: &'a [u8; SALT_BYTES],
    pub(crate) payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads the frame of entry `index` at the front of `bytes`; gives it and what follows, or
    /// why not.
    pub(crate) fn parse(bytes: &'a [u8], index: u64) -> Result<(Self, &'a [u8]), &'static str> {
        let (frame, rest) = Self::checked(bytes)?;
        if frame.index != index {
            return Err("entry is out of order");
        }
        Ok((frame, rest))
    }

    /// Reads the frame of any entry at the front of `bytes`; gives it and what follows, or why
    /// not.
    pub(crate) fn checked(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), &'static str> {
        let (frame, crc, rest) = Self::split(bytes)?;
        let body = bytes
            .get(BODY_AT..FRAME_HEAD_BYTES + frame.payload.len())
            .unwrap_or_default();
        let length = u32::try_from(frame.payload.len()).unwrap_or(u32::MAX);
        if seal(crc32c::crc32c(body), frame.index, length) != crc {
            return Err("frame checksum does not match");
        }
        Ok((frame, rest))
    }

    /// Takes the frame at the front of bytes that were checked before; gives it, its checksum
    /// and what follows.
    pub(crate) fn split(bytes: &'a [u8]) -> Result<(Self, u32, &'a [u8]), &'static str> {
        const CUT: &str = "frame is cut short";
        let mut fields = Fields(bytes);
        let payload_bytes = usize::try_from(fields.u32().ok_or(CUT)?).map_err(|_| CUT)?;
        let crc = fields.u32().ok_or(CUT)?;
        let index = fields.u64().ok_or(CUT)?;
        let time_us = fields.u64().ok_or(CUT)?;
        let class = fields.u16().ok_or(CUT)?;
        let (salt, rest) = fields.0.split_first_chunk::<SALT_BYTES>().ok_or(CUT)?;
        if payload_bytes > PAYLOAD_BYTES_MAX {
            return Err("payload length is out of its limits");
        }
        let (payload, rest) = rest.split_at_checked(payload_bytes).ok_or(CUT)?;
        Ok((
            Self {
                index,
                time_us,
                class,
                salt,
                payload,
            },
            crc,
            rest,
        ))
    }

    /// The leaf that stands for this entry in the tree.
    pub(crate) fn leaf(&self) -> [u8; LEAF_BYTES] {
        leaf_of((self.class, self.time_us), self.salt, self.payload)
    }

    /// The entry with its salt.
    pub(crate) fn salted(&self) -> Salted<&'a [u8]> {
        Salted {
            index: self.index,
            time_us: self.time_us,
            class: self.class,
            salt: *self.salt,
            payload: self.payload,
        }
    }
}

/// The leaf of an entry of this class and time.
pub(crate) fn leaf_of(
    (class, time_us): (u16, u64),
    salt: &[u8; SALT_BYTES],
    payload: &[u8],
) -> [u8; LEAF_BYTES] {
    leaf(class, time_us, &digest(salt, payload))
}

/// Length of the frame of a payload.
pub(crate) fn frame_bytes(payload: usize) -> usize {
    FRAME_HEAD_BYTES + payload
}

/// Appends the frame of an entry, still without its index.
pub(crate) fn push_frame(
    frames: &mut Vec<u8>,
    (class, time_us): (u16, u64),
    salt: &[u8; SALT_BYTES],
    payload: &[u8],
) -> Result<(), Error> {
    let too_long = || Error::PayloadTooLong {
        bytes: payload.len(),
        max: PAYLOAD_BYTES_MAX,
    };
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(too_long());
    }
    let length = u32::try_from(payload.len()).map_err(|_| too_long())?;
    let mut head = [0; FRAME_HEAD_BYTES - BODY_AT];
    let (time, rest) = head.split_at_mut(8);
    let (class_field, salted) = rest.split_at_mut(2);
    time.copy_from_slice(&time_us.to_be_bytes());
    class_field.copy_from_slice(&class.to_be_bytes());
    salted.copy_from_slice(salt);
    let crc = crc32c::crc32c_append(crc32c::crc32c(&head), payload);
    frames.extend_from_slice(&length.to_be_bytes());
    frames.extend_from_slice(&crc.to_be_bytes());
    frames.extend_from_slice(&[0; BODY_AT - INDEX_AT]);
    frames.extend_from_slice(&head);
    frames.extend_from_slice(payload);
    Ok(())
}

/// Gives the frame at the front of `frames` its index and final checksum; gives what follows.
pub(crate) fn seal_frame(frames: &mut [u8], index: u64) -> Option<&mut [u8]> {
    let (head, rest) = frames.split_first_chunk_mut::<BODY_AT>()?;
    let mut fields = Fields(head.as_slice());
    let (length, body_crc) = (fields.u32()?, fields.u32()?);
    let crc = seal(body_crc, index, length);
    head.get_mut(CRC_AT..INDEX_AT)?
        .copy_from_slice(&crc.to_be_bytes());
    head.get_mut(INDEX_AT..BODY_AT)?
        .copy_from_slice(&index.to_be_bytes());
    let body = FRAME_HEAD_BYTES - BODY_AT + usize::try_from(length).ok()?;
    rest.split_at_mut_checked(body).map(|(_, after)| after)
}

/// Extends the checksum of a frame's body over its index and length.
fn seal(body_crc: u32, index: u64, length: u32) -> u32 {
    let mut tail = [0; 12];
    let (first, second) = tail.split_at_mut(8);
    first.copy_from_slice(&index.to_be_bytes());
    second.copy_from_slice(&length.to_be_bytes());
    crc32c::crc32c_append(body_crc, &tail)
}

/// Commitment to a payload: SHA-256(salt || payload).
fn digest(salt: &[u8; SALT_BYTES], payload: &[u8]) -> [u8; 32] {
    let mut sha = Sha256::new();
    sha.update(salt);
    sha.update(payload);
    sha.finalize().into()
}

/// Puts a leaf together.
fn leaf(class: u16, time_us: u64, digest: &[u8; 32]) -> [u8; LEAF_BYTES] {
    let mut leaf = [0; LEAF_BYTES];
    let (tag, rest) = leaf.split_at_mut(8);
    let (version, rest) = rest.split_at_mut(2);
    let (class_field, rest) = rest.split_at_mut(2);
    let (time, digest_field) = rest.split_at_mut(8);
    tag.copy_from_slice(&LEAF_TAG);
    version.copy_from_slice(&LEAF_VERSION.to_be_bytes());
    class_field.copy_from_slice(&class.to_be_bytes());
    time.copy_from_slice(&time_us.to_be_bytes());
    digest_field.copy_from_slice(digest);
    leaf
}

#[cfg(test)]
mod tests;
