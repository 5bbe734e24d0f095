//! Tiles and entry bundles as files, each replaced as a whole.
//!
//! They are derived from the segments, so none of them is synchronised one by one; `Mark` tells
//! up to where they are known to be on disk.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tlog::{
    BundleEntries, HASH_BYTES, Hash, TILE_WIDTH, Tile, TileKind, TileTree, bundle_push, leaf_hash,
};

use crate::bytes::{Fields, count};
use crate::disk::{Disk, replace};
use crate::error::Error;
use crate::frame::LEAF_BYTES;
use crate::layout::Layout;

/// Length of one leaf in an entry bundle.
const BUNDLE_ENTRY_BYTES: usize = 2 + LEAF_BYTES;

/// The growing tree and its files.
#[derive(Debug)]
pub(crate) struct Tiles {
    disk: Arc<dyn Disk>,
    layout: Layout,
    tree: TileTree,
    /// The unfinished entry bundle.
    bundle: Vec<u8>,
    /// Full names of tiles that have partial files.
    with_partials: BTreeSet<Tile>,
    /// The folder that the last tile went into.
    folder: PathBuf,
}

impl Tiles {
    /// Tiles of an empty log.
    pub(crate) fn new(disk: Arc<dyn Disk>, layout: Layout) -> Self {
        Self {
            disk,
            layout,
            tree: TileTree::new(),
            bundle: Vec::new(),
            with_partials: BTreeSet::new(),
            folder: PathBuf::new(),
        }
    }

    /// Tiles of a log of `size` entries whose files are there, or why they cannot be gone on with.
    pub(crate) fn resume(disk: Arc<dyn Disk>, layout: Layout, mark: &Mark) -> Result<Self, Error> {
        let mut with_partials = BTreeSet::new();
        let tree = TileTree::resume(mark.size, |tile| {
            with_partials.insert(tile.with_width(TILE_WIDTH)?);
            read_tile(&layout, tile)
        })?;
        let bundle = match Tile::entries(mark.size / u64::from(TILE_WIDTH)).at_size(mark.size) {
            Some(tile) => {
                with_partials.insert(tile.with_width(TILE_WIDTH)?);
                read_tile(&layout, tile)?
            }
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
            disk,
            layout,
            tree,
            bundle,
            with_partials,
            folder: PathBuf::new(),
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
            self.with_partials.insert(tile.with_width(TILE_WIDTH)?);
        }
        Ok(())
    }

    /// Writes one tile; once full, its partial forms go.
    fn write(&mut self, tile: Tile, bytes: &[u8]) -> Result<(), Error> {
        let path = self.layout.tile(tile);
        let folder = path.parent().unwrap_or(&path);
        if folder != self.folder {
            fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
            self.folder = folder.to_owned();
        }
        match File::create_new(&path) {
            // A crash in between leaves a tile cut short that no checkpoint needs yet.
            Ok(mut file) => file.write_all(bytes).map_err(Error::io("write", &path))?,
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
                self.correct(&path, bytes)?;
            }
            Err(cause) => return Err(Error::io("create", &path)(cause)),
        }
        if tile.is_full() && self.with_partials.remove(&tile) {
            remove_folder(&self.layout.partials(tile))?;
        }
        Ok(())
    }

    /// Puts a tile right that a checkpoint may need: a crash must leave it old or new.
    fn correct(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        if fs::read(path).map_err(Error::io("read", path))? == bytes {
            return Ok(());
        }
        let aside = self.layout.tiles().join("tmp");
        fs::write(&aside, bytes).map_err(Error::io("write", &aside))?;
        self.disk
            .rename(&aside, path)
            .map_err(Error::io("rename", &aside))
    }

    /// Makes all tiles up to now durable and notes that.
    pub(crate) fn mark(&mut self, segment: u64, offset: u64) -> Result<(), Error> {
        self.publish_partials()?;
        let dir = self.layout.dir();
        self.disk
            .sync_all(dir)
            .map_err(Error::io("synchronise", dir))?;
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

/// Length of a tile's file.
pub(crate) fn tile_bytes(tile: Tile) -> usize {
    let each = match tile.kind() {
        TileKind::Entries => BUNDLE_ENTRY_BYTES,
        TileKind::Hashes { .. } => HASH_BYTES,
    };
    each * usize::from(tile.width())
}

/// Reads a tile of exactly the asked width; a wider form of it is cut.
pub(crate) fn read_tile(layout: &Layout, tile: Tile) -> Result<Vec<u8>, Error> {
    let wanted = tile_bytes(tile);
    let full = tile.with_width(TILE_WIDTH)?;
    let mut forms = vec![tile, full];
    if let Ok(listing) = fs::read_dir(layout.partials(full)) {
        let widths = listing
            .flatten()
            .filter_map(|file| file.file_name().to_str()?.parse().ok());
        let wider = widths.filter(|width: &u16| *width > tile.width());
        forms.extend(wider.min().and_then(|width| full.with_width(width).ok()));
    }
    let mut wrong = Error::Missing {
        path: layout.tile(tile),
    };
    for form in forms {
        let path = layout.tile(form);
        match fs::read(&path) {
            Ok(mut bytes) if bytes.len() == tile_bytes(form) => {
                bytes.truncate(wanted);
                return Ok(bytes);
            }
            Ok(bytes) => {
                let (offset, what) = (count(bytes.len()), "tile has the wrong length");
                wrong = Error::Damaged {
                    path,
                    offset,
                    entry: None,
                    what,
                };
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => (),
            Err(cause) => return Err(Error::io("read", path)(cause)),
        }
    }
    Err(wrong)
}

fn remove_folder(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome.map_err(Error::io("remove", path)),
    }
}
