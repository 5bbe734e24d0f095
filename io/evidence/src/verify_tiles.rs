//! Comparing every tile on disk with the tree that is recomputed from the segments.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tlog::{
    Frontier, HASH_BYTES, Hash, TILE_WIDTH, Tile, TileKind, TileTree, bundle_push, leaf_hash,
};

use crate::bytes::count;
use crate::error::Error;
use crate::frame::LEAF_BYTES;
use crate::layout::Layout;
use crate::tiles::{read_tile, tile_bytes};

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
                self.check_forms(Tile::entries(tile.index()), &self.bundle)?;
                self.bundle.clear();
            }
            self.check_forms(tile, &bytes)?;
        }
        self.passed_checkpoint |= self.tree.size() == self.checkpoint;
        Ok(())
    }

    /// Checks the files of the tiles that are not yet full.
    pub(crate) fn check_unfinished(&self) -> Result<(), Error> {
        for (tile, bytes) in self.tree.partials() {
            self.check_forms(tile, bytes)?;
        }
        if let Some(tile) = self.unfinished_bundle() {
            self.check_forms(tile, &self.bundle)?;
        }
        Ok(())
    }

    /// Looks through the tile folder for files that no tree of this log has; gives one that lies
    /// ahead of the entries read so far.
    pub(crate) fn check_strays(&self) -> Result<Option<PathBuf>, Error> {
        let root = self.layout.tiles();
        let mut folders = vec![root.clone()];
        let mut ahead = None;
        while let Some(folder) = folders.pop() {
            let listing = match fs::read_dir(&folder) {
                // A running writer removes the partial forms of a tile that it has filled.
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
                listing => listing.map_err(Error::io("list", &folder))?,
            };
            for file in listing {
                let path = file.map_err(Error::io("list", &folder))?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path != root.join("tmp") && !self.is_known(&path)? {
                    ahead = Some(path);
                }
            }
        }
        Ok(ahead)
    }

    /// Whether a file is a tile of the present tree; false when it lies ahead.
    fn is_known(&self, path: &Path) -> Result<bool, Error> {
        let name = path
            .strip_prefix(self.layout.dir())
            .ok()
            .and_then(Path::to_str);
        let Some(tile) = name.and_then(|name| name.parse::<Tile>().ok()) else {
            let what = "file in the tile folder is no tile: move it away";
            return Err(Error::Damaged {
                path: path.to_owned(),
                offset: 0,
                entry: None,
                what,
            });
        };
        let there = tile.with_width(TILE_WIDTH)?.at_size(self.size());
        Ok(there.is_some_and(|there| there.width() >= tile.width()))
    }

    fn unfinished_bundle(&self) -> Option<Tile> {
        Tile::entries(self.size() / u64::from(TILE_WIDTH)).at_size(self.size())
    }

    /// Checks all files of one tile against its recomputed bytes, which may be partial.
    fn check_forms(&self, tile: Tile, bytes: &[u8]) -> Result<(), Error> {
        let full = tile.with_width(TILE_WIDTH)?;
        if tile.is_full() {
            self.check_form(tile, bytes)?;
        }
        let folder = self.layout.partials(full);
        let widths = match fs::read_dir(&folder) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Vec::new(),
            listing => {
                let listing = listing.map_err(Error::io("list", &folder))?;
                let names = listing.flatten().map(|file| file.file_name());
                names
                    .filter_map(|name| name.to_str()?.parse::<u16>().ok())
                    .collect()
            }
        };
        for width in widths
            .into_iter()
            .filter(|width| (1..=tile.width()).contains(width))
        {
            self.check_form(full.with_width(width)?, bytes)?;
        }
        // Some form of the tile must hold what the checkpoint signed.
        match full.at_size(self.checkpoint.min(self.size())) {
            Some(signed) => read_tile(self.layout, signed).map(drop),
            None => Ok(()),
        }
    }

    /// Checks one file of a tile; one that is absent is looked for elsewhere.
    fn check_form(&self, tile: Tile, bytes: &[u8]) -> Result<(), Error> {
        let path = self.layout.tile(tile);
        let found = match fs::read(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
            found => found.map_err(Error::io("read", &path))?,
        };
        let expected = bytes.get(..tile_bytes(tile)).unwrap_or_default();
        // A tile that no checkpoint needs yet may have been cut short by a crash.
        let needed = width_at(tile, self.checkpoint) >= tile.width();
        if found == expected || (!needed && expected.starts_with(&found)) {
            return Ok(());
        }
        let same = found
            .iter()
            .zip(expected)
            .take_while(|(found, expected)| found == expected);
        let offset = same.count();
        let each = tile_bytes(tile.with_width(1)?).max(HASH_BYTES);
        let position = u64::from(TILE_WIDTH) * tile.index() + count(offset / each);
        let entry = match tile.kind() {
            TileKind::Entries => position,
            TileKind::Hashes { level } => position.checked_shl(u32::from(level) * 8).unwrap_or(0),
        };
        Err(Error::Damaged {
            path,
            offset: count(offset),
            entry: Some(entry),
            what: "tile differs from the entries: remove the mark of the tiles, and the next \
                   start rebuilds them",
        })
    }
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

/// How many places of a tile a tree of `size` leaves fills.
fn width_at(tile: Tile, size: u64) -> u16 {
    let full = tile.with_width(TILE_WIDTH).ok();
    full.and_then(|full| full.at_size(size))
        .map_or(0, |there| there.width())
}
