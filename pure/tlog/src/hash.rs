//! Leaf and node hashes of RFC 6962 section 2.1.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::Error;

/// Length of a [`struct@Hash`] in bytes.
pub const HASH_BYTES: usize = 32;

/// Prefix of what is hashed into a leaf (RFC 6962 section 2.1).
const LEAF_PREFIX: u8 = 0x00;

/// Prefix of what is hashed into a node (RFC 6962 section 2.1).
const NODE_PREFIX: u8 = 0x01;

/// Length of what SHA-256 takes in at a time (FIPS 180-4, figure 1).
const BLOCK_BYTES: usize = 64;

/// Longest message that fits into one block with its mark and its length.
const SHORT_BYTES_MAX: usize = 55;

/// What SHA-256 begins with (FIPS 180-4, section 5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// A SHA-256 value of the tree: a leaf hash, a node hash or a root.
///
/// Compared in constant time, shown as standard Base64 as in a checkpoint.
#[derive(Clone, Copy, Eq, Ord, PartialOrd)]
pub struct Hash([u8; HASH_BYTES]);

impl Hash {
    /// Wraps 32 bytes.
    #[must_use]
    pub const fn new(bytes: [u8; HASH_BYTES]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }

    /// Reads exactly 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads standard padded Base64 of exactly 32 bytes.
    ///
    /// # Errors
    /// [`Error::Note`] for anything else, non-canonical padding bits included.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        let bytes = STANDARD
            .decode(text)
            .map_err(|_| Error::Note("base64 hash"))?;
        Self::from_slice(&bytes).ok_or(Error::Note("base64 hash"))
    }

    /// Standard padded Base64.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }
}

impl PartialEq for Hash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64())
    }
}

/// Hash of one leaf: SHA-256(0x00 || `data`).
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    let mut block = [0; BLOCK_BYTES];
    let Some((place, rest)) = block.split_at_mut_checked(1 + data.len()) else {
        return long_leaf_hash(data);
    };
    let (mark, length) = match rest {
        [mark, .., high, low] if place.len() <= SHORT_BYTES_MAX => (mark, [high, low]),
        _ => return long_leaf_hash(data),
    };
    if let Some((prefix, bytes)) = place.split_first_mut() {
        *prefix = LEAF_PREFIX;
        bytes.copy_from_slice(data);
    }
    end(mark, length, place.len());
    compress(&[block])
}

/// Hash of an inner node: SHA-256(0x01 || `left` || `right`).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    const INPUT_BYTES: usize = 1 + 2 * HASH_BYTES;
    let mut blocks = [0; 2 * BLOCK_BYTES];
    let [prefix, hashes @ .., high, low] = &mut blocks;
    *prefix = NODE_PREFIX;
    let (first, rest) = hashes.split_at_mut(HASH_BYTES);
    let (second, rest) = rest.split_at_mut(HASH_BYTES);
    first.copy_from_slice(&left.0);
    second.copy_from_slice(&right.0);
    if let Some(mark) = rest.first_mut() {
        end(mark, [high, low], INPUT_BYTES);
    }
    let (blocks, _) = blocks.as_chunks::<BLOCK_BYTES>();
    compress(blocks)
}

/// Hash of a leaf that does not fit into one block.
fn long_leaf_hash(data: &[u8]) -> Hash {
    let mut sha = Sha256::new();
    sha.update([LEAF_PREFIX]);
    sha.update(data);
    Hash(sha.finalize().into())
}

/// Writes the end of a message of so many bytes (FIPS 180-4, section 5.1.1): a mark, and the
/// length in bits, of which messages this short need only the last two bytes.
fn end(mark: &mut u8, [high, low]: [&mut u8; 2], bytes: usize) {
    *mark = 0x80;
    [*high, *low] = u16::try_from(8 * bytes).unwrap_or(u16::MAX).to_be_bytes();
}

/// Hashes whole blocks that hold a message with its end.
///
/// The tree hashes millions of short messages; going by blocks leaves out the buffer of the
/// general interface, which costs a fifth of the time.
fn compress(blocks: &[[u8; BLOCK_BYTES]]) -> Hash {
    let mut state = INITIAL;
    compress256(&mut state, blocks);
    let mut hash = [0; HASH_BYTES];
    for (place, word) in hash.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *place = word.to_be_bytes();
    }
    Hash(hash)
}

/// Root of the tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

#[cfg(test)]
mod tests;
