//! Making a log where there is none, and taking it for this process alone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use tlog::{Checkpoint, Frontier, empty_root};

use crate::bytes::count;
use crate::disk::Disk;
use crate::error::Error;
use crate::layout::Layout;
use crate::limits::{LOCK_ATTEMPTS_MAX, LOCK_PAUSE};
use crate::options::Options;
use crate::segment::{Identity, SegmentHeader};

/// Locks the folder for one writer.
pub(crate) fn take_lock(layout: &Layout) -> Result<File, Error> {
    let path = layout.lock();
    let file = match OpenOptions::new().write(true).open(&path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            return Err(Error::Missing { path });
        }
        file => file.map_err(Error::io("open", &path))?,
    };
    for _ in 0..LOCK_ATTEMPTS_MAX {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // A verification looks at the lock for an instant; a writer keeps it.
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(cause)) => return Err(Error::io("lock", path)(cause)),
        }
    }
    Err(Error::Locked { path })
}

/// Makes the files of an empty log beside their place, then moves them there as one.
pub(crate) fn create_files(disk: &dyn Disk, options: &Options) -> Result<(), Error> {
    options.queue_limits()?;
    let dir = options.dir.as_path();
    match fs::read_dir(dir).map(|mut listing| listing.next().is_some()) {
        Ok(true) => {
            return Err(Error::AlreadyExists {
                path: dir.to_owned(),
            });
        }
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            return Err(Error::io("list", dir)(cause));
        }
        _ => (),
    }
    let mut log_id = [0; 16];
    getrandom::fill(&mut log_id).map_err(|cause| Error::Randomness { cause })?;
    let origin = options.signer.name().to_owned();
    let note = Checkpoint::new(&origin, 0, empty_root())?
        .sign(&options.signer)?
        .to_string();
    let header = SegmentHeader {
        identity: Identity {
            log_id,
            origin,
            epoch: 0,
        },
        last_time_us: 0,
        frontier: Frontier::new(),
    };
    let mut aside = dir.as_os_str().to_owned();
    aside.push(".creating");
    let aside = PathBuf::from(aside);
    // What a crash left there was never a log: nothing in it was ever acknowledged.
    disk.remove_dir_all(&aside)
        .map_err(Error::io("remove", &aside))?;
    lay_out(disk, &Layout::new(&aside), &header, note.as_bytes())?;
    // A crash before this leaves no log, a crash after it an empty one.
    disk.rename(&aside, dir)
        .map_err(Error::io("rename", &aside))?;
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    disk.sync_dir(parent)
        .map_err(Error::io("synchronise", parent))
}

/// Writes the first files of a log into a folder that did not exist before.
fn lay_out(
    disk: &dyn Disk,
    layout: &Layout,
    header: &SegmentHeader,
    note: &[u8],
) -> Result<(), Error> {
    let wal = layout.wal();
    disk.create_dir(&wal).map_err(Error::io("create", &wal))?;
    for (path, bytes) in [
        (layout.lock(), Vec::new()),
        (layout.segment(0), header.to_bytes()),
        (layout.checkpoint(), note.to_vec()),
    ] {
        let file = disk.create(&path).map_err(Error::io("create", &path))?;
        file.write_at(&bytes, 0)
            .map_err(Error::io("write", &path))?;
        file.set_len(count(bytes.len()))
            .map_err(Error::io("write", &path))?;
        file.sync().map_err(Error::io("synchronise", &path))?;
    }
    for folder in [wal.as_path(), layout.dir()] {
        disk.sync_dir(folder)
            .map_err(Error::io("synchronise", folder))?;
    }
    Ok(())
}
