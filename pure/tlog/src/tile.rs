//! Names and sizes of tiles (c2sp.org/tlog-tiles, sections on parameters and paths).

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::hash::HASH_BYTES;

/// Levels of the tree that one tile spans.
pub const TILE_HEIGHT: u32 = 8;

/// Hashes or entries in a full tile.
pub const TILE_WIDTH: u16 = 256;

/// Length of a full hash tile.
pub const TILE_BYTES: usize = HASH_BYTES * TILE_WIDTH as usize;

/// Highest tile level that a path may name.
const LEVEL_MAX: u8 = 63;

/// What a tile holds.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum TileKind {
    /// An entry bundle: the leaves themselves.
    Entries,
    /// Hashes of the tree; level 0 holds leaf hashes, level 1 their 256-wide subtrees, and so on.
    Hashes {
        /// Tile level, 0 to 63.
        level: u8,
    },
}

/// The name of one tile: what it holds, its position in its row, and how much of it is filled.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Tile {
    kind: TileKind,
    index: u64,
    // INVARIANT: 1 to 256; 256 names the full tile.
    width: u16,
}

impl Tile {
    /// A full hash tile.
    #[must_use]
    pub const fn hashes(level: u8, index: u64) -> Self {
        Self {
            kind: TileKind::Hashes { level },
            index,
            width: TILE_WIDTH,
        }
    }

    /// A full entry bundle.
    #[must_use]
    pub const fn entries(index: u64) -> Self {
        Self {
            kind: TileKind::Entries,
            index,
            width: TILE_WIDTH,
        }
    }

    /// The same tile, filled up to `width` (256 is the full tile).
    ///
    /// # Errors
    /// [`Error::Tile`] for a width of zero or over 256.
    pub fn with_width(self, width: u16) -> Result<Self, Error> {
        if (1..=TILE_WIDTH).contains(&width) {
            Ok(Self { width, ..self })
        } else {
            Err(Error::Tile)
        }
    }

    /// What the tile holds.
    #[must_use]
    pub const fn kind(&self) -> TileKind {
        self.kind
    }

    /// Position in its row.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Hashes or entries held, 1 to 256.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether all 256 places are filled.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// Level of the row in tiles; entries lie under row 0.
    #[must_use]
    pub const fn row(&self) -> u8 {
        match self.kind {
            TileKind::Entries => 0,
            TileKind::Hashes { level } => level,
        }
    }

    /// How far this tile is filled in a tree of `size` leaves; `None` when it does not exist there.
    #[must_use]
    pub fn at_size(self, size: u64) -> Option<Self> {
        let row = size
            .checked_shr(u32::from(self.row()) * TILE_HEIGHT)
            .unwrap_or(0);
        let left = row.checked_sub(self.index.checked_mul(u64::from(TILE_WIDTH))?)?;
        let width = u16::try_from(left.min(u64::from(TILE_WIDTH))).ok()?;
        self.with_width(width).ok()
    }
}

impl fmt::Display for Tile {
    /// Writes the path under the log's folder, such as `tile/0/x001/x234/067.p/8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Entries => f.write_str("tile/entries/")?,
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
        }
        let mut unit = 1_u64;
        while self.index / unit >= 1000 {
            unit *= 1000;
        }
        while unit > 1 {
            write!(f, "x{:03}/", self.index / unit % 1000)?;
            unit /= 1000;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.is_full() {
            Ok(())
        } else {
            write!(f, ".p/{}", self.width)
        }
    }
}

impl FromStr for Tile {
    type Err = Error;

    /// Reads a path in its one canonical spelling.
    fn from_str(path: &str) -> Result<Self, Error> {
        let rest = path.strip_prefix("tile/").ok_or(Error::Tile)?;
        let (row, rest) = rest.split_once('/').ok_or(Error::Tile)?;
        let tile = if row == "entries" {
            Self::entries(0)
        } else {
            Self::hashes(row.parse().map_err(|_| Error::Tile)?, 0)
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().map_err(|_| Error::Tile)?),
            None => (rest, TILE_WIDTH),
        };
        let tile = Self {
            index: parse_index(index)?,
            ..tile
        }
        .with_width(width)?;
        // Spellings such as `+1`, `007` or an idle `x000/` all fail to come back unchanged.
        if tile.row() <= LEVEL_MAX && tile.to_string() == path {
            Ok(tile)
        } else {
            Err(Error::Tile)
        }
    }
}

/// Reads the groups of three digits, all but the last led by `x`.
fn parse_index(text: &str) -> Result<u64, Error> {
    let mut index = 0_u64;
    for group in text.split('/') {
        let digits: u64 = group
            .strip_prefix('x')
            .unwrap_or(group)
            .parse()
            .map_err(|_| Error::Tile)?;
        index = index
            .checked_mul(1000)
            .and_then(|thousands| thousands.checked_add(digits))
            .ok_or(Error::Tile)?;
    }
    Ok(index)
}

#[cfg(test)]
mod tests;
