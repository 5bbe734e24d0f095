//! What somebody folded out of the log, kept beside it: only ever a shortcut.
//!
//! ```text
//! "HYGSNAP1" | size u64 | root [32] | length u64 | bytes | SHA-256 of all before [32]
//! ```
//!
//! INVARIANT: (6) same log, same state: a snapshot is bound to the tree that it was folded from.
//! One that is damaged, or of another log, is passed over, and the fold begins at the first entry.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tlog::{Hash, TileTree};

use crate::bytes::{Fields, count, length};
use crate::disk::replace;
use crate::error::Error;
use crate::layout::Layout;
use crate::limits::SNAPSHOT_BYTES_MAX;
use crate::log::EvidenceLog;
use crate::tiles::read_tile;

const MAGIC: [u8; 8] = *b"HYGSNAP1";

/// Length of the checksum.
const SUM_BYTES: usize = 32;

/// A state that was folded from the first entries of a log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Snapshot {
    /// How many entries it was folded from; the fold goes on with the entry of this index.
    pub size: u64,
    /// The state, as its owner wrote it.
    pub bytes: Vec<u8>,
}

impl EvidenceLog {
    /// Keeps what was folded from the first `snapshot.size` entries, in place of an older one of
    /// this name (lower-case letters); false when these entries are not under a checkpoint yet.
    ///
    /// A crash in between keeps the older one.
    ///
    /// # Errors
    /// [`Error::OptionOutOfLimits`] for a name or a length out of its limits, [`Error::Io`], and
    /// [`Error::Damaged`] or [`Error::Missing`] for tree files that do not bear it out.
    pub fn keep_snapshot(&self, name: &str, snapshot: &Snapshot) -> Result<bool, Error> {
        if snapshot.bytes.len() > SNAPSHOT_BYTES_MAX {
            return Err(Error::OptionOutOfLimits {
                option: "snapshot bytes",
            });
        }
        let layout = &self.sealing.layout;
        let path = path_of(layout, name)?;
        if snapshot.size > self.shared.published().size {
            return Ok(false);
        }
        let bytes = to_bytes(snapshot, &root_at(layout, snapshot.size)?);
        replace(self.sealing.disk.as_ref(), &path, &bytes).map_err(Error::io("replace", &path))?;
        Ok(true)
    }
}

/// The newest snapshot of this name of the log in `dir`; `None` when there is none that the log
/// bears out.
///
/// # Errors
/// [`Error::OptionOutOfLimits`] for a name that cannot be one, [`Error::Io`].
pub fn read_snapshot(dir: &Path, name: &str) -> Result<Option<Snapshot>, Error> {
    let layout = Layout::new(dir);
    let path = path_of(&layout, name)?;
    let bytes = match fs::read(&path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(Error::io("read", &path))?,
    };
    let believed = parse(&bytes).filter(|(snapshot, root)| {
        root_at(&layout, snapshot.size).is_ok_and(|there| there == *root)
    });
    if believed.is_none() {
        let path = path.display();
        tracing::warn!(%path, "Snapshot is not of this log, or damaged: all entries are read");
    }
    Ok(believed.map(|(snapshot, _)| snapshot))
}

fn path_of(layout: &Layout, name: &str) -> Result<PathBuf, Error> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        let option = "snapshot name";
        return Err(Error::OptionOutOfLimits { option });
    }
    Ok(layout.dir().join(format!("{name}.snapshot")))
}

/// Root of the tree of the first `size` entries, as the tree files have it.
fn root_at(layout: &Layout, size: u64) -> Result<Hash, Error> {
    TileTree::resume(size, |tile| read_tile(layout, tile)).map(|tree| tree.root())
}

fn to_bytes(snapshot: &Snapshot, root: &Hash) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&snapshot.size.to_be_bytes());
    bytes.extend_from_slice(root.as_bytes());
    bytes.extend_from_slice(&count(snapshot.bytes.len()).to_be_bytes());
    bytes.extend_from_slice(&snapshot.bytes);
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

fn parse(bytes: &[u8]) -> Option<(Snapshot, Hash)> {
    let (covered, sum) = bytes.split_last_chunk::<SUM_BYTES>()?;
    if Sha256::digest(covered).as_slice() != sum {
        return None;
    }
    let mut fields = Fields(covered);
    let magic: [u8; 8] = fields.array()?;
    let size = fields.u64()?;
    let root = Hash::new(fields.array()?);
    let state_bytes = length(fields.u64()?);
    let state = fields.slice(state_bytes)?;
    let sound = magic == MAGIC && fields.0.is_empty() && state.len() <= SNAPSHOT_BYTES_MAX;
    let bytes = state.to_vec();
    sound.then_some((Snapshot { size, bytes }, root))
}
