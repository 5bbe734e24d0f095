//! Proofs for one entry, made from the tiles.

use tlog::{
    BundleEntries, Checkpoint, Hash, SignedNote, TILE_WIDTH, Tile, TileRead, prove_inclusion,
};

use crate::bytes::length;
use crate::error::Error;
use crate::frame::LEAF_BYTES;
use crate::layout::Layout;
use crate::tiles::read_tile;

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

/// Proves an entry against a checkpoint of this log; `None` when the checkpoint is older.
pub(crate) fn prove(
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
