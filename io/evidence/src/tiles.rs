//! The tree as files: for each level one array of hashes, and one of the leaves.
//!
//! ```text
//! tree/hashes-0   the leaf hashes, one after the other, 32 bytes each
//! tree/hashes-1   the roots of each full 256 of them, and so on
//! tree/entries    the leaves, each after its length (u16), as in the entry bundles of tlog-tiles
//! ```
//!
//! Tile `i` of a level is the part from `i * 8192` on, so the files hold the bytes of
//! c2sp.org/tlog-tiles without a file for each 256 entries: making files costs more than hashing.
//! They are derived from the segments, so nothing in them is synchronised one by one; `Mark` tells
//! up to where they are known to be on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use tlog::{
    BundleEntries, HASH_BYTES, Hash, TILE_WIDTH, Tile, TileKind, TileTree, bundle_push, leaf_hash,
};

use crate::bytes::{Fields, count};
use crate::disk::{Disk, DiskFile, replace};
use crate::error::Error;
use crate::frame::LEAF_BYTES;
use crate::layout::Layout;
use crate::scan::read_at;

/// Length of one leaf in an entry bundle.
pub(crate) const BUNDLE_ENTRY_BYTES: usize = 2 + LEAF_BYTES;

/// The growing tree and its files.
#[derive(Debug)]
pub(crate) struct Tiles {
    disk: Arc<dyn Disk>,
    layout: Layout,
    tree: TileTree,
    /// The unfinished entry bundle.
    bundle: Vec<u8>,
    /// The open files, by what they hold.
    files: BTreeMap<TileKind, Box<dyn DiskFile>>,
    /// Files written to since the last mark.
    unsynced: BTreeSet<TileKind>,
}

impl Tiles {
    /// Tiles of an empty log.
    pub(crate) fn new(disk: Arc<dyn Disk>, layout: Layout) -> Self {
        Self {
            disk,
            layout,
            tree: TileTree::new(),
            bundle: Vec::new(),
            files: BTreeMap::new(),
            unsynced: BTreeSet::new(),
        }
    }

    /// Tiles of a log of `size` entries whose files are there, or why they cannot be gone on with.
    pub(crate) fn resume(disk: Arc<dyn Disk>, layout: Layout, mark: &Mark) -> Result<Self, Error> {
        let tree = TileTree::resume(mark.size, |tile| read_tile(&layout, tile))?;
        let bundle = match Tile::entries(mark.size / u64::from(TILE_WIDTH)).at_size(mark.size) {
            Some(tile) => read_tile(&layout, tile)?,
            None => Vec::new(),
        };
        let leaves = tree
            .partials()
            .find(|(tile, _)| tile.row() == 0)
            .map_or(&[][..], |(_, row)| row);
        let same = BundleEntries::new(&bundle)
            .map(|entry| entry.map(leaf_hash))
            .eq(leaves
                .chunks(HASH_BYTES)
                .map(|hash| Hash::from_slice(hash).ok_or(tlog::Error::Tile)));
        if !same || tree.root() != mark.root {
            return Err(tlog::Error::Tile.into());
        }
        Ok(Self {
            tree,
            bundle,
            ..Self::new(disk, layout)
        })
    }

    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    pub(crate) fn root(&self) -> Hash {
        self.tree.root()
    }

    /// Adds one leaf and writes every tile that it fills.
    pub(crate) fn push(&mut self, leaf: &[u8; LEAF_BYTES]) -> Result<(), Error> {
        bundle_push(&mut self.bundle, leaf)?;
        let mut full = Vec::new();
        self.tree.push(leaf_hash(leaf), |tile, bytes| {
            full.push((tile, bytes.to_vec()));
            Ok::<_, Error>(())
        })?;
        for (tile, bytes) in full {
            if tile.row() == 0 {
                let bundle = std::mem::take(&mut self.bundle);
                self.write(Tile::entries(tile.index()), &bundle)?;
                self.bundle = bundle;
                self.bundle.clear();
            }
            self.write(tile, &bytes)?;
        }
        Ok(())
    }

    /// Writes the unfinished tiles of the present size.
    pub(crate) fn publish_partials(&mut self) -> Result<(), Error> {
        let mut partials: Vec<_> = self
            .tree
            .partials()
            .map(|(tile, bytes)| (tile, bytes.to_vec()))
            .collect();
        let entries = Tile::entries(self.size() / u64::from(TILE_WIDTH)).at_size(self.size());
        partials.extend(entries.map(|tile| (tile, self.bundle.clone())));
        for (tile, bytes) in partials {
            self.write(tile, &bytes)?;
        }
        Ok(())
    }

    /// Writes one tile into the file of its kind.
    ///
    /// A crash leaves any part of it, which the next start writes again: no tile before the mark
    /// is ever written to otherwise than with the bytes that are there.
    fn write(&mut self, tile: Tile, bytes: &[u8]) -> Result<(), Error> {
        let kind = tile.kind();
        let path = self.layout.row(kind);
        let file = match self.files.entry(kind) {
            std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(open(self.disk.as_ref(), &self.layout, kind)?)
            }
        };
        file.write_at(bytes, tile_offset(tile))
            .map_err(Error::io("write", path))?;
        self.unsynced.insert(kind);
        Ok(())
    }

    /// Makes all tiles up to now durable and notes that.
    pub(crate) fn mark(&mut self, segment: u64, offset: u64) -> Result<(), Error> {
        self.publish_partials()?;
        for kind in std::mem::take(&mut self.unsynced) {
            if let Some(file) = self.files.get(&kind) {
                file.sync()
                    .map_err(Error::io("synchronise", self.layout.row(kind)))?;
            }
        }
        // A crash before this only makes the next start integrate from the older mark.
        let mark = Mark {
            size: self.size(),
            root: self.root(),
            segment,
            offset,
        };
        let path = self.layout.mark();
        replace(self.disk.as_ref(), &path, &mark.to_bytes()).map_err(Error::io("replace", &path))
    }
}

/// Opens the file of a kind of tiles, or makes it.
fn open(disk: &dyn Disk, layout: &Layout, kind: TileKind) -> Result<Box<dyn DiskFile>, Error> {
    let path = layout.row(kind);
    match disk.open(&path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            let folder = layout.tree();
            disk.create_dir(&folder)
                .map_err(Error::io("create", &folder))?;
            let file = disk.create(&path).map_err(Error::io("create", &path))?;
            // The name is durable before any mark can speak of what is in the file.
            disk.sync_dir(&folder)
                .map_err(Error::io("synchronise", &folder))?;
            disk.sync_dir(layout.dir())
                .map_err(Error::io("synchronise", layout.dir()))?;
            Ok(file)
        }
        file => file.map_err(Error::io("open", &path)),
    }
}

/// Up to where tiles are known to be on disk, and where in the segments that is.
///
/// Derived like the tiles: without it, integration starts from the first entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Mark {
    pub(crate) size: u64,
    pub(crate) root: Hash,
    /// First index of the segment that goes on from here.
    pub(crate) segment: u64,
    /// Where in that segment the next batch begins.
    pub(crate) offset: u64,
}

impl Mark {
    const MAGIC: [u8; 8] = *b"HYGTMARK";

    /// Reads the mark; `None` when there is none or it is of no use.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        Self::parse(&fs::read(path).ok()?)
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (covered, crc) = bytes.split_last_chunk::<4>()?;
        let mut fields = Fields(covered);
        let magic: [u8; 8] = fields.array()?;
        let mark = Self {
            size: fields.u64()?,
            root: Hash::new(fields.array()?),
            segment: fields.u64()?,
            offset: fields.u64()?,
        };
        let sound = magic == Self::MAGIC
            && fields.0.is_empty()
            && crc32c::crc32c(covered) == u32::from_be_bytes(*crc);
        sound.then_some(mark)
    }

    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Self::MAGIC.to_vec();
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(self.root.as_bytes());
        bytes.extend_from_slice(&self.segment.to_be_bytes());
        bytes.extend_from_slice(&self.offset.to_be_bytes());
        let crc = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&crc.to_be_bytes());
        bytes
    }
}

/// Length of a tile.
pub(crate) fn tile_bytes(tile: Tile) -> usize {
    entry_bytes(tile.kind()) * usize::from(tile.width())
}

/// Where a tile lies in the file of its kind.
pub(crate) fn tile_offset(tile: Tile) -> u64 {
    let full = entry_bytes(tile.kind()) * usize::from(TILE_WIDTH);
    tile.index().saturating_mul(count(full))
}

/// Length of one hash or leaf in the file of a kind of tiles.
pub(crate) fn entry_bytes(kind: TileKind) -> usize {
    match kind {
        TileKind::Entries => BUNDLE_ENTRY_BYTES,
        TileKind::Hashes { .. } => HASH_BYTES,
    }
}

/// Reads a tile of exactly the asked width.
pub(crate) fn read_tile(layout: &Layout, tile: Tile) -> Result<Vec<u8>, Error> {
    let path = layout.row(tile.kind());
    let file = match File::open(&path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            return Err(Error::Missing { path });
        }
        file => file.map_err(Error::io("open", &path))?,
    };
    let mut bytes = vec![0; tile_bytes(tile)];
    let read = read_at(&file, &path, &mut bytes, tile_offset(tile))?;
    if read == bytes.len() {
        return Ok(bytes);
    }
    Err(Error::Damaged {
        path,
        offset: tile_offset(tile).saturating_add(count(read)),
        entry: None,
        what: "tree file is cut short: remove the mark of the tiles, and the next start rebuilds \
               them",
    })
}
