//! A growing tree as tiles, and node hashes read back out of tiles.

use crate::error::Error;
use crate::frontier::Frontier;
use crate::hash::{HASH_BYTES, Hash};
use crate::tile::{TILE_BYTES, TILE_HEIGHT, TILE_WIDTH, Tile};

/// A tree that is fed leaf hashes and yields its tiles.
///
/// It holds its frontier and, for each tile level, the hashes of the one unfinished tile:
/// at most 8 levels of 8 KiB.
#[derive(Clone, Debug, Default)]
pub struct TileTree {
    frontier: Frontier,
    // INVARIANT: `rows[l].len() == 32 * ((size >> 8 * l) % 256)`.
    rows: Vec<Vec<u8>>,
}

impl TileTree {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Restarts a tree of `size` leaves from its unfinished tiles.
    ///
    /// `read` gives the bytes of a partial hash tile of exactly the asked width.
    /// The caller compares [`TileTree::root`] with a root that it trusts.
    ///
    /// # Errors
    /// [`Error::Tile`] for a tile of the wrong length, and whatever `read` fails with.
    pub fn resume<E: From<Error>>(
        size: u64,
        mut read: impl FnMut(Tile) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let mut rows = Vec::new();
        let mut level = 0_u8;
        let mut left = size;
        while left > 0 {
            let width = u16::try_from(left % u64::from(TILE_WIDTH)).map_err(|_| Error::Tile)?;
            let mut row = Vec::with_capacity(TILE_BYTES);
            if width > 0 {
                let tile = Tile::hashes(level, left >> TILE_HEIGHT).with_width(width)?;
                row.extend_from_slice(&read(tile)?);
            }
            if row.len() != usize::from(width) * HASH_BYTES {
                return Err(Error::Tile.into());
            }
            rows.push(row);
            left >>= TILE_HEIGHT;
            level += 1;
        }
        let frontier = Frontier::from_nodes(size, frontier_nodes(&rows)?)?;
        Ok(Self { frontier, rows })
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// The right edge of the tree.
    #[must_use]
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Appends one leaf hash; `full` is given each tile that this fills, lowest level first.
    ///
    /// # Errors
    /// [`Error::TreeFull`], and whatever `full` fails with (the tree is then to be dropped).
    pub fn push<E: From<Error>>(
        &mut self,
        leaf: Hash,
        mut full: impl FnMut(Tile, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let size_before = self.frontier.size();
        let mut outcome = Ok(());
        let rows = &mut self.rows;
        self.frontier.push_with(leaf, |level, node| {
            if level.is_multiple_of(TILE_HEIGHT) && outcome.is_ok() {
                outcome = extend_row(rows, (level, size_before), node, &mut full);
            }
        })?;
        outcome
    }

    /// The unfinished tiles of the present size, lowest level first.
    pub fn partials(&self) -> impl Iterator<Item = (Tile, &[u8])> {
        self.rows.iter().zip(0_u8..).filter_map(|(row, level)| {
            let size = self.size();
            let index = size
                .checked_shr((u32::from(level) + 1) * TILE_HEIGHT)
                .unwrap_or(0);
            let tile = Tile::hashes(level, index).at_size(size)?;
            (!row.is_empty()).then_some((tile, row.as_slice()))
        })
    }
}

/// Node hashes of a tree of `size` leaves, read out of its tiles.
///
/// `read` gives the bytes of a tile of exactly the asked width; wider stored tiles may be cut.
/// Each answer costs one tile and at most 255 node hashes.
#[derive(Debug)]
pub struct TileRead<R> {
    size: u64,
    read: R,
}

impl<R> TileRead<R> {
    /// Looks at the tree of `size` leaves through `read`.
    pub fn new(size: u64, read: R) -> Self {
        Self { size, read }
    }

    /// Root of the perfect subtree `index` at `level`: leaves `index << level` onwards.
    ///
    /// # Errors
    /// [`Error::OutOfTree`] outside the tree, [`Error::Tile`] for a tile of the wrong length,
    /// and whatever `read` fails with.
    pub fn node<E: From<Error>>(&mut self, level: u32, index: u64) -> Result<Hash, E>
    where
        R: FnMut(Tile) -> Result<Vec<u8>, E>,
    {
        let outside = Error::OutOfTree {
            index,
            size: self.size,
        };
        let row = u8::try_from(level / TILE_HEIGHT).map_err(|_| outside.clone())?;
        let depth = level % TILE_HEIGHT;
        let first = index
            .checked_mul(1 << depth)
            .ok_or_else(|| outside.clone())?;
        let tile = Tile::hashes(row, first >> TILE_HEIGHT)
            .at_size(self.size)
            .ok_or(outside)?;
        let bytes = (self.read)(tile)?;
        if bytes.len() != usize::from(tile.width()) * HASH_BYTES {
            return Err(Error::Tile.into());
        }
        let start = usize::try_from(first % u64::from(TILE_WIDTH)).map_err(|_| Error::Tile)?;
        let hashes = bytes
            .get(start * HASH_BYTES..(start + (1 << depth)) * HASH_BYTES)
            .ok_or(Error::OutOfTree {
                index,
                size: self.size,
            })?;
        Ok(perfect_root(hashes)?)
    }
}

/// Adds one finished subtree to its row and hands the row out when it is full.
fn extend_row<E: From<Error>>(
    rows: &mut Vec<Vec<u8>>,
    (level, size_before): (u32, u64),
    node: &Hash,
    full: &mut impl FnMut(Tile, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let row_level = u8::try_from(level / TILE_HEIGHT).map_err(|_| Error::Tile)?;
    if rows.len() == usize::from(row_level) {
        rows.push(Vec::with_capacity(TILE_BYTES));
    }
    let row = rows.get_mut(usize::from(row_level)).ok_or(Error::Tile)?;
    row.extend_from_slice(node.as_bytes());
    if row.len() == TILE_BYTES {
        let index = size_before.checked_shr(level + TILE_HEIGHT).unwrap_or(0);
        full(Tile::hashes(row_level, index), row)?;
        row.clear();
    }
    Ok(())
}

/// Recomputes the nodes of a frontier, largest subtree first, from unfinished rows.
fn frontier_nodes(rows: &[Vec<u8>]) -> Result<Vec<Hash>, Error> {
    let mut nodes = Vec::new();
    for row in rows.iter().rev() {
        let mut rest = row.as_slice();
        // Cutting the widest power of two each time follows the bits of the width from the top.
        while let Some(widest) = (rest.len() / HASH_BYTES).checked_ilog2() {
            let (subtree, after) = rest
                .split_at_checked(HASH_BYTES << widest)
                .ok_or(Error::Tile)?;
            nodes.push(perfect_root(subtree)?);
            rest = after;
        }
    }
    Ok(nodes)
}

/// Root of the perfect subtree over hashes that lie one after the other.
fn perfect_root(hashes: &[u8]) -> Result<Hash, Error> {
    let mut stack = Frontier::new();
    for hash in hashes.chunks_exact(HASH_BYTES) {
        stack.push(Hash::from_slice(hash).ok_or(Error::Tile)?)?;
    }
    match stack.nodes() {
        [root] => Ok(*root),
        _ => Err(Error::Tile),
    }
}
