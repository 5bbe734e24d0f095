//! Comparing every tile on disk with the tree that is recomputed from the segments.

use std::fs;
use std::io;
use std::path::PathBuf;

use tlog::{
    Frontier, HASH_BYTES, Hash, TILE_WIDTH, Tile, TileKind, TileTree, bundle_push, leaf_hash,
};

use crate::bytes::count;
use crate::error::Error;
use crate::frame::LEAF_BYTES;
use crate::layout::Layout;
use crate::tiles::{entry_bytes, read_tile, tile_offset};

/// A tree that grows along the segments and looks at each tile on its way.
#[derive(Debug)]
pub(crate) struct TileCheck<'a> {
    layout: &'a Layout,
    tree: TileTree,
    bundle: Vec<u8>,
    /// Tiles of the tree of this size must be there; later ones may be.
    checkpoint: u64,
    passed_checkpoint: bool,
}

impl<'a> TileCheck<'a> {
    pub(crate) fn new(layout: &'a Layout, checkpoint: u64) -> Self {
        let passed_checkpoint = checkpoint == 0;
        Self {
            layout,
            tree: TileTree::new(),
            bundle: Vec::new(),
            checkpoint,
            passed_checkpoint,
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    pub(crate) fn root(&self) -> Hash {
        self.tree.root()
    }

    pub(crate) fn frontier(&self) -> &Frontier {
        self.tree.frontier()
    }

    /// Whether some batch ended exactly where the checkpoint was signed.
    pub(crate) fn passed_checkpoint(&self) -> bool {
        self.passed_checkpoint
    }

    /// Adds a leaf and checks the tiles that it fills.
    pub(crate) fn push(&mut self, leaf: &[u8; LEAF_BYTES]) -> Result<(), Error> {
        bundle_push(&mut self.bundle, leaf)?;
        let mut full = Vec::new();
        self.tree.push(leaf_hash(leaf), |tile, bytes| {
            full.push((tile, bytes.to_vec()));
            Ok::<_, Error>(())
        })?;
        for (tile, bytes) in full {
            if tile.row() == 0 {
                self.check_tile(Tile::entries(tile.index()), &self.bundle)?;
                self.bundle.clear();
            }
            self.check_tile(tile, &bytes)?;
        }
        self.passed_checkpoint |= self.tree.size() == self.checkpoint;
        Ok(())
    }

    /// Checks the tiles that are not yet full.
    pub(crate) fn check_unfinished(&self) -> Result<(), Error> {
        for (tile, bytes) in self.tree.partials() {
            self.check_tile(tile, bytes)?;
        }
        let bundle = Tile::entries(self.size() / u64::from(TILE_WIDTH)).at_size(self.size());
        match bundle {
            Some(tile) => self.check_tile(tile, &self.bundle),
            None => Ok(()),
        }
    }

    /// Looks through the folder of the tree for what no tree of this log has; gives a file that
    /// reaches beyond the entries read so far.
    pub(crate) fn check_strays(&self) -> Result<Option<PathBuf>, Error> {
        let folder = self.layout.tree();
        let listing = match fs::read_dir(&folder) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            listing => listing.map_err(Error::io("list", &folder))?,
        };
        let mut ahead = None;
        for file in listing {
            let path = file.map_err(Error::io("list", &folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(kind) = name.and_then(Layout::row_kind) else {
                let what = "file in the folder of the tree is no part of it: move it away";
                return Err(Error::Damaged {
                    path,
                    offset: 0,
                    entry: None,
                    what,
                });
            };
            let bytes = fs::metadata(&path)
                .map_err(Error::io("look at", &path))?
                .len();
            if bytes > row_bytes(kind, self.size()) {
                ahead = Some(path);
            }
        }
        Ok(ahead)
    }

    /// Compares a tile with its recomputed bytes, as far as the checkpoint needs it.
    fn check_tile(&self, tile: Tile, bytes: &[u8]) -> Result<(), Error> {
        // What no checkpoint needs yet may hold anything after a crash: it is written again.
        let full = tile.with_width(TILE_WIDTH)?;
        let Some(signed) = full.at_size(self.checkpoint.min(self.size())) else {
            return Ok(());
        };
        let found = read_tile(self.layout, signed)?;
        let expected = bytes.get(..found.len()).unwrap_or_default();
        if found == expected {
            return Ok(());
        }
        let pairs = found.iter().zip(expected);
        let same = pairs.take_while(|(found, expected)| found == expected);
        let offset = same.count();
        let position =
            u64::from(TILE_WIDTH) * tile.index() + count(offset / entry_bytes(tile.kind()));
        let entry = match tile.kind() {
            TileKind::Entries => position,
            TileKind::Hashes { level } => position.checked_shl(u32::from(level) * 8).unwrap_or(0),
        };
        Err(Error::Damaged {
            path: self.layout.row(tile.kind()),
            offset: tile_offset(tile).saturating_add(count(offset)),
            entry: Some(entry),
            what: "tree file differs from the entries: remove the mark of the tiles, and the next \
                   start rebuilds them",
        })
    }
}

/// Length of the file of a kind of tiles in a tree of `size` leaves.
fn row_bytes(kind: TileKind, size: u64) -> u64 {
    let entries = match kind {
        TileKind::Entries => size,
        TileKind::Hashes { level } => size.checked_shr(u32::from(level) * 8).unwrap_or(0),
    };
    entries.saturating_mul(count(entry_bytes(kind)))
}

/// Leaf hashes as the tiles have them, one tile in memory.
#[derive(Debug)]
pub(crate) struct StoredLeaves<'a> {
    layout: &'a Layout,
    size: u64,
    tile: Option<(Tile, Vec<u8>)>,
}

impl<'a> StoredLeaves<'a> {
    /// Those of a tree of `size` entries.
    pub(crate) fn new(layout: &'a Layout, size: u64) -> Self {
        let tile = None;
        Self { layout, size, tile }
    }

    /// Whether the tiles hold this leaf at this index; true beyond the tree.
    pub(crate) fn holds(&mut self, index: u64, leaf: &[u8; LEAF_BYTES]) -> Result<bool, Error> {
        let width = u64::from(TILE_WIDTH);
        let Some(tile) = Tile::hashes(0, index / width).at_size(self.size) else {
            return Ok(true);
        };
        let bytes = match &mut self.tile {
            Some((read, bytes)) if *read == tile => bytes,
            place => {
                let bytes = read_tile(self.layout, tile)?;
                &mut place.insert((tile, bytes)).1
            }
        };
        let at = usize::try_from(index % width).unwrap_or_default() * HASH_BYTES;
        let stored = bytes.get(at..at + HASH_BYTES);
        Ok(stored.is_none_or(|stored| stored == leaf_hash(leaf).as_bytes()))
    }
}
