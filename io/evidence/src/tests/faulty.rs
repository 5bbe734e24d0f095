//! A disk that fails once, at a chosen operation, in one of two ways.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::disk::{Disk, DiskFile, RealDisk};

/// What a failing operation leaves behind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    /// The operation is reported as failed, and was done.
    Done,
    /// The operation is reported as failed, and what it should have kept is gone.
    Lost,
}

/// Real files, of which writes only take effect when synchronised, as after a power loss.
#[derive(Clone, Debug)]
pub(super) struct FaultyDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// Operations left until the failing one.
    left: usize,
    fault: Fault,
    failed: Option<String>,
    acts: BTreeSet<String>,
}

impl FaultyDisk {
    /// Fails at the operation after `left` others that name a path matching nothing special.
    pub(super) fn new(left: usize, fault: Fault) -> Self {
        Self(Arc::new(Mutex::new(State {
            left,
            fault,
            failed: None,
            acts: BTreeSet::new(),
        })))
    }

    /// What failed, if it came to that.
    pub(super) fn failed(&self) -> Option<String> {
        self.0.lock().unwrap().failed.clone()
    }

    /// The kinds of operations that were asked for.
    pub(super) fn acts(&self) -> BTreeSet<String> {
        self.0.lock().unwrap().acts.clone()
    }

    /// Counts one operation; says how it fails if it is its turn.
    fn turn(&self, act: &str, path: &Path) -> Option<Fault> {
        let mut state = self.0.lock().unwrap();
        state.acts.insert(act.to_owned());
        // Once the disk has failed it stays lost: nothing that comes later may be relied on.
        if state.failed.is_some() {
            return Some(Fault::Lost);
        }
        if state.left > 0 {
            state.left -= 1;
            return None;
        }
        state.failed = Some(format!("{act} {}", path.display()));
        Some(state.fault)
    }

    fn run(
        &self,
        act: &str,
        path: &Path,
        operation: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        match self.turn(act, path) {
            None => operation(),
            Some(Fault::Done) => operation().and(Err(failure())),
            Some(Fault::Lost) => Err(failure()),
        }
    }
}

impl Disk for FaultyDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.run("create", path, || RealDisk.create(path).map(drop))?;
        self.open(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.run("create_dir", path, || RealDisk.create_dir(path))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let (disk, path) = (self.clone(), path.to_owned());
        let file = RealDisk.open(&path)?;
        Ok(Box::new(FaultyFile {
            disk,
            path,
            file,
            unsynced: Mutex::default(),
        }))
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.run("remove_dir_all", path, || RealDisk.remove_dir_all(path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.run("rename", to, || RealDisk.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.run("remove", path, || RealDisk.remove(path))
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        RealDisk.free_bytes(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.run("sync_dir", path, || Ok(()))
    }
}

#[derive(Debug)]
struct FaultyFile {
    disk: FaultyDisk,
    path: PathBuf,
    file: Box<dyn DiskFile>,
    unsynced: Mutex<Vec<(u64, Vec<u8>)>>,
}

impl DiskFile for FaultyFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.run("write", &self.path, || {
            self.unsynced.lock().unwrap().push((offset, bytes.to_vec()));
            Ok(())
        })
    }

    fn sync(&self) -> io::Result<()> {
        let pending = std::mem::take(&mut *self.unsynced.lock().unwrap());
        self.disk.run("sync", &self.path, || {
            pending
                .iter()
                .try_for_each(|(offset, bytes)| self.file.write_at(bytes, *offset))
        })
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.disk
            .run("set_len", &self.path, || self.file.set_len(bytes))
    }

    fn allocate(&self, bytes: u64) -> io::Result<bool> {
        let mut kept = false;
        self.disk.run("allocate", &self.path, || {
            kept = self.file.allocate(bytes)?;
            Ok(())
        })?;
        Ok(kept)
    }
}

fn failure() -> io::Error {
    io::Error::other("the disk fails here")
}
