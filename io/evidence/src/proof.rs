//! Proofs for one entry, made from the tiles, and the entry as a proof file carries it.
//!
//! ```text
//! extra   version u8 = 1 | class u16 | time_us u64 | salt [16] | payload
//! ```

use std::fs;
use std::io;
use std::path::Path;

use tlog::{
    BundleEntries, Checkpoint, Hash, SignedNote, TILE_WIDTH, Tile, TileRead, prove_inclusion,
};

use crate::bytes::{Fields, length};
use crate::entry::Salted;
use crate::error::Error;
use crate::frame::LEAF_BYTES;
use crate::layout::Layout;
use crate::limits::PAYLOAD_BYTES_MAX;
use crate::tiles::read_tile;

/// The one version of an entry in a proof file.
const EXTRA_VERSION: u8 = 1;

/// Everything that shows one entry's leaf to be under a signed checkpoint.
///
/// Check the note's signature, then [`tlog::verify_inclusion`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InclusionProof {
    /// Position of the entry.
    pub index: u64,
    /// The entry's leaf.
    pub leaf: [u8; LEAF_BYTES],
    /// Sibling hashes from the leaf upwards.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint that the proof leads to.
    pub checkpoint: Vec<u8>,
}

impl<P: AsRef<[u8]>> Salted<P> {
    /// The entry as a proof file carries it: all that a verifier recomputes the leaf from.
    #[must_use]
    pub fn to_extra(&self) -> Vec<u8> {
        let mut bytes = vec![EXTRA_VERSION];
        bytes.extend_from_slice(&self.class.to_be_bytes());
        bytes.extend_from_slice(&self.time_us.to_be_bytes());
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(self.payload.as_ref());
        bytes
    }
}

impl Salted {
    /// Reads the entry that a proof file for `index` carries; `None` for anything else.
    ///
    /// Nothing vouches for it before its leaf is proved.
    #[must_use]
    pub fn from_extra(index: u64, bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let [version] = fields.array()?;
        let (class, time_us, salt) = (fields.u16()?, fields.u64()?, fields.array()?);
        let known = version == EXTRA_VERSION && fields.0.len() <= PAYLOAD_BYTES_MAX;
        known.then(|| Self {
            index,
            time_us,
            class,
            salt,
            payload: fields.0.to_vec(),
        })
    }
}

/// Proves that an entry of the log in `dir` is under the checkpoint that lies there; `None` when it
/// is not yet. Reads files only, beside a running writer or without one.
///
/// # Errors
/// [`Error::Missing`] without a checkpoint, [`Error::Damaged`], [`Error::Io`] and [`Error::Tree`]
/// when the tiles do not bear the checkpoint out.
pub fn prove(dir: &Path, index: u64) -> Result<Option<InclusionProof>, Error> {
    let layout = Layout::new(dir);
    let path = layout.checkpoint();
    let note = match fs::read(&path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            return Err(Error::Missing { path });
        }
        note => note.map_err(Error::io("read", &path))?,
    };
    prove_under(&layout, &note, index)
}

/// Proves an entry against a checkpoint of this log; `None` when the checkpoint is older.
pub(crate) fn prove_under(
    layout: &Layout,
    note: &[u8],
    index: u64,
) -> Result<Option<InclusionProof>, Error> {
    let checkpoint: Checkpoint = SignedNote::parse(note)?.text().parse()?;
    let size = checkpoint.size();
    let Some(tile) = Tile::entries(index / u64::from(TILE_WIDTH)).at_size(size) else {
        return Ok(None);
    };
    if index >= size {
        return Ok(None);
    }
    let bundle = read_tile(layout, tile)?;
    let entry = BundleEntries::new(&bundle)
        .nth(length(index % u64::from(TILE_WIDTH)))
        .ok_or(tlog::Error::Tile)??;
    let leaf = entry.try_into().map_err(|_| tlog::Error::Tile)?;
    let mut tiles = TileRead::new(size, |tile| read_tile(layout, tile));
    let hashes = prove_inclusion(index, size, |level, at| tiles.node(level, at))?;
    Ok(Some(InclusionProof {
        index,
        leaf,
        hashes,
        checkpoint: note.to_vec(),
    }))
}
