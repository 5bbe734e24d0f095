//! Names of the files of a log, and the list of its segments.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tlog::TileKind;

use crate::error::Error;
use crate::limits::RESERVE_SEGMENTS_MAX;

/// The folder of a log.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    dir: PathBuf,
}

impl Layout {
    pub(crate) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
        }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Locked by the one process that writes.
    pub(crate) fn lock(&self) -> PathBuf {
        self.dir.join("lock")
    }

    /// The newest signed tree head.
    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.dir.join("checkpoint")
    }

    /// Which entries are sealed, and in which objects.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.dir.join("manifest")
    }

    /// Up to where tiles are known to be on disk.
    pub(crate) fn mark(&self) -> PathBuf {
        self.dir.join("tiles.mark")
    }

    pub(crate) fn wal(&self) -> PathBuf {
        self.dir.join("wal")
    }

    pub(crate) fn segment(&self, first_index: u64) -> PathBuf {
        self.wal().join(format!("{first_index:016x}.seg"))
    }

    /// The next segment while it is prepared.
    pub(crate) fn spare(&self) -> PathBuf {
        self.wal().join("spare.seg")
    }

    /// A segment kept ahead for a full disk.
    pub(crate) fn reserve(&self, number: usize) -> PathBuf {
        self.wal().join(format!("reserve-{number}.seg"))
    }

    /// The next segment of the reserve while it is prepared.
    pub(crate) fn reserve_aside(&self) -> PathBuf {
        self.wal().join("reserve.new")
    }

    /// Whether a file in the folder of the segments is room for a later one.
    fn is_room(&self, path: &Path) -> bool {
        let reserves = 0..RESERVE_SEGMENTS_MAX;
        path == self.spare()
            || path == self.reserve_aside()
            || reserves
                .into_iter()
                .any(|number| path == self.reserve(number))
    }

    /// The folder of the tree.
    pub(crate) fn tree(&self) -> PathBuf {
        self.dir.join("tree")
    }

    /// The file of one kind of tiles.
    pub(crate) fn row(&self, kind: TileKind) -> PathBuf {
        self.tree().join(match kind {
            TileKind::Entries => "entries".to_owned(),
            TileKind::Hashes { level } => format!("hashes-{level}"),
        })
    }

    /// The kind of tiles that a file in the folder of the tree holds, if it is one.
    pub(crate) fn row_kind(name: &str) -> Option<TileKind> {
        let level = || name.strip_prefix("hashes-")?.parse().ok();
        let kind = match name {
            "entries" => TileKind::Entries,
            _ => TileKind::Hashes { level: level()? },
        };
        // The one spelling of each name.
        Self::new(Path::new(""))
            .row(kind)
            .ends_with(name)
            .then_some(kind)
    }

    /// Whether a process has this log open for writing.
    ///
    /// Looking takes the lock for an instant, which a starting writer waits out.
    pub(crate) fn is_being_written(&self) -> bool {
        let lock = File::open(self.lock());
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// First indexes of all segments, ascending, and files that are none.
    pub(crate) fn segments(&self) -> Result<(Vec<u64>, Vec<PathBuf>), Error> {
        let wal = self.wal();
        let (mut segments, mut others) = (Vec::new(), Vec::new());
        let listing = match fs::read_dir(&wal) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                return Err(Error::Missing { path: wal });
            }
            listing => listing.map_err(Error::io("list", &wal))?,
        };
        for file in listing {
            let path = file.map_err(Error::io("list", &wal))?.path();
            match path
                .file_name()
                .and_then(|name| name.to_str())
                .map(segment_index)
            {
                Some(Some(first)) => segments.push(first),
                _ if self.is_room(&path) => (),
                _ => others.push(path),
            }
        }
        segments.sort_unstable();
        Ok((segments, others))
    }
}

/// First index out of the one spelling of a segment's name.
fn segment_index(name: &str) -> Option<u64> {
    let first = u64::from_str_radix(name.strip_suffix(".seg")?, 16).ok()?;
    (format!("{first:016x}.seg") == name).then_some(first)
}
