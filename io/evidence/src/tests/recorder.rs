//! A disk that does everything for real in a folder and keeps a journal of it, in order, with
//! what the log had promised to the outside when each operation began.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use super::faulty::Fault;
use crate::disk::{Disk, DiskFile, RealDisk};
use crate::shared::Shared;

/// A file apart from its names.
pub(super) type Inode = usize;

/// One operation that may or may not outlive a power loss.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Create(PathBuf, Inode),
    CreateDir(PathBuf),
    Remove(PathBuf),
    RemoveDirAll(PathBuf),
    Rename(PathBuf, PathBuf),
    SetLen(Inode, u64),
    SyncDir(PathBuf),
    SyncFile(Inode),
    /// A failed one: what waited for it may be on the disk or not, whatever succeeds later.
    SyncFileLost(Inode),
    Write(Inode, u64, Arc<[u8]>),
}

impl Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(inode, offset, bytes) => {
                write!(f, "Write({inode}, {offset}, {} bytes)", bytes.len())
            }
            other => write!(f, "{other:?}"),
        }
    }
}

/// What the log had promised to anybody.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Promised {
    /// Entries below this index were acknowledged.
    pub(super) entries: u64,
    /// A checkpoint of this size was shown.
    pub(super) checkpoint: u64,
    /// Entries below this index were said to be sealed.
    pub(super) sealed: u64,
    /// A snapshot of this size was said to be kept.
    pub(super) snapshot: u64,
}

/// A folder's files and folders, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) files: BTreeMap<PathBuf, Inode>,
    pub(super) folders: BTreeMap<PathBuf, ()>,
}

/// Everything that was recorded.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    /// What was on the disk before, durable.
    pub(super) names: Names,
    pub(super) contents: Vec<Vec<u8>>,
    /// Each with what had been promised when it began.
    pub(super) ops: Vec<(Promised, Op)>,
    /// Promised at the end.
    pub(super) promised: Promised,
    /// Every checkpoint that was shown, by size.
    pub(super) checkpoints: BTreeMap<u64, Arc<[u8]>>,
}

#[derive(Debug, Default)]
struct State {
    journal: Journal,
    /// Names as the running system sees them.
    live: Names,
    inodes: usize,
    watched: Option<Arc<Shared>>,
    /// Operations left until the failing one, and how that fails.
    fault: Option<(usize, Fault)>,
    failed: Option<(String, usize)>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    state: Arc<Mutex<State>>,
    allocations: Arc<Allocations>,
}

/// How files are made longer.
#[derive(Debug, Default)]
struct Allocations {
    held: Mutex<bool>,
    let_go: Condvar,
    keep_no_room: AtomicBool,
}

impl Recorder {
    /// Records what happens to the folder `root`, which is durable as it is.
    pub(super) fn new(root: &Path) -> Self {
        let recorder = Self::default();
        let mut state = recorder.state();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for file in std::fs::read_dir(&folder).unwrap() {
                let path = file.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let inode = state.inodes;
                    state.inodes += 1;
                    state.journal.contents.push(std::fs::read(&path).unwrap());
                    state.live.files.insert(path, inode);
                }
            }
            state.live.folders.insert(folder, ());
        }
        state.journal.names = state.live.clone();
        drop(state);
        recorder
    }

    /// Notes from now on what this log promises.
    pub(super) fn watch(&self, shared: &Arc<Shared>) {
        self.state().watched = Some(Arc::clone(shared));
    }

    pub(super) fn promise_sealed(&self, end: u64) {
        self.state().journal.promised.sealed = end;
    }

    pub(super) fn promise_snapshot(&self, size: u64) {
        self.state().journal.promised.snapshot = size;
    }

    /// Lets the operation after `left` others fail.
    pub(super) fn fail_after(&self, left: usize, fault: Fault) {
        self.state().fault = Some((left, fault));
    }

    /// Lets allocations wait until they are let go.
    pub(super) fn hold_allocations(&self, hold: bool) {
        *self.allocations.held.lock().unwrap() = hold;
        self.allocations.let_go.notify_all();
    }

    /// Makes files longer from now on without keeping room for them.
    pub(super) fn keep_no_room(&self) {
        self.allocations.keep_no_room.store(true, Ordering::SeqCst);
    }

    /// What failed, and how many operations were recorded before it.
    pub(super) fn failed(&self) -> Option<(String, usize)> {
        self.state().failed.clone()
    }

    /// Everything recorded so far.
    pub(super) fn journal(&self) -> Journal {
        let mut state = self.state();
        state.look();
        state.journal.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Does one operation and records it; the journal's order is the order of doing.
    fn run<T>(
        &self,
        act: &str,
        path: &Path,
        operation: impl FnOnce(&mut State) -> io::Result<(T, Vec<Op>)>,
    ) -> io::Result<T> {
        let mut state = self.state();
        state.look();
        let fault = match &mut state.fault {
            Some((0, fault)) => Some(*fault),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        };
        if let Some(fault) = fault {
            state.fault = None;
            state.failed = Some((format!("{act} {}", path.display()), state.journal.ops.len()));
            if fault == Fault::Lost {
                let lost = state.live_inode(path).filter(|_| act == "sync");
                lost.into_iter()
                    .for_each(|inode| state.push(Op::SyncFileLost(inode)));
                return Err(failure());
            }
        }
        let (done, ops) = operation(&mut state)?;
        ops.into_iter().for_each(|op| state.push(op));
        match fault {
            Some(_) => Err(failure()),
            None => Ok(done),
        }
    }

    fn file(&self, path: &Path, inode: Inode) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(RecordedFile {
            disk: self.clone(),
            path: path.to_owned(),
            inode,
            file: RealDisk.open(path)?,
        }))
    }
}

impl State {
    /// Takes note of what is promised by now.
    fn look(&mut self) {
        let Some(shared) = &self.watched else { return };
        let published = shared.published();
        let promised = &mut self.journal.promised;
        promised.entries = promised.entries.max(shared.durable_size());
        promised.checkpoint = promised.checkpoint.max(published.size);
        self.journal
            .checkpoints
            .insert(published.size, published.note);
    }

    fn push(&mut self, op: Op) {
        self.live.apply(&op);
        let promised = self.journal.promised;
        self.journal.ops.push((promised, op));
    }

    fn live_inode(&self, path: &Path) -> Option<Inode> {
        self.live.files.get(path).copied()
    }
}

impl Names {
    /// Does what an operation does to names; nothing when what it needs is not there.
    pub(super) fn apply(&mut self, op: &Op) {
        match op {
            Op::Create(path, inode) => {
                self.files.insert(path.clone(), *inode);
            }
            Op::CreateDir(path) => {
                self.folders.insert(path.clone(), ());
            }
            Op::Remove(path) => {
                self.files.remove(path);
            }
            Op::RemoveDirAll(path) => {
                self.files.retain(|name, _| !name.starts_with(path));
                self.folders.retain(|name, ()| !name.starts_with(path));
            }
            Op::Rename(from, to) => {
                rename(&mut self.files, from, to);
                rename(&mut self.folders, from, to);
            }
            _ => (),
        }
    }
}

/// Renames a file, or a folder with all that is in it.
fn rename<T>(names: &mut BTreeMap<PathBuf, T>, from: &Path, to: &Path) {
    let moved: Vec<_> = names
        .extract_if(.., |name, _| name.starts_with(from))
        .collect();
    names.extend(moved.into_iter().map(|(name, what)| {
        let rest = name.strip_prefix(from).unwrap();
        let name = if rest.as_os_str().is_empty() {
            to.to_owned()
        } else {
            to.join(rest)
        };
        (name, what)
    }));
}

impl Disk for Recorder {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.run("create", path, |state| {
            drop(RealDisk.create(path)?);
            let inode = state.inodes;
            state.inodes += 1;
            Ok((inode, vec![Op::Create(path.to_owned(), inode)]))
        })?;
        self.file(path, inode)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.state().live_inode(path);
        self.file(path, inode.ok_or(io::ErrorKind::NotFound)?)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.run("create_dir", path, |state| {
            RealDisk.create_dir(path)?;
            let mut made: Vec<_> = path
                .ancestors()
                .take_while(|folder| !state.live.folders.contains_key(*folder))
                .map(|folder| Op::CreateDir(folder.to_owned()))
                .collect();
            made.reverse();
            Ok(((), made))
        })
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.run("remove_dir_all", path, |state| {
            RealDisk.remove_dir_all(path)?;
            let there = state.live.folders.contains_key(path);
            let removed = there.then(|| Op::RemoveDirAll(path.to_owned()));
            Ok(((), removed.into_iter().collect()))
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.run("rename", to, |_| {
            RealDisk.rename(from, to)?;
            Ok(((), vec![Op::Rename(from.to_owned(), to.to_owned())]))
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.run("remove", path, |state| {
            RealDisk.remove(path)?;
            let there = state.live.files.contains_key(path);
            let removed = there.then(|| Op::Remove(path.to_owned()));
            Ok(((), removed.into_iter().collect()))
        })
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        RealDisk.free_bytes(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.run("sync_dir", path, |_| {
            Ok(((), vec![Op::SyncDir(path.to_owned())]))
        })
    }
}

#[derive(Debug)]
struct RecordedFile {
    disk: Recorder,
    path: PathBuf,
    inode: Inode,
    file: Box<dyn DiskFile>,
}

impl DiskFile for RecordedFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.run("write", &self.path, |_| {
            self.file.write_at(bytes, offset)?;
            Ok(((), vec![Op::Write(self.inode, offset, bytes.into())]))
        })
    }

    fn sync(&self) -> io::Result<()> {
        let inode = self.inode;
        self.disk
            .run("sync", &self.path, |_| Ok(((), vec![Op::SyncFile(inode)])))
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.disk.run("set_len", &self.path, |_| {
            self.file.set_len(bytes)?;
            Ok(((), vec![Op::SetLen(self.inode, bytes)]))
        })
    }

    fn allocate(&self, bytes: u64) -> io::Result<bool> {
        let Allocations {
            held,
            let_go,
            keep_no_room,
        } = &*self.disk.allocations;
        drop(
            let_go
                .wait_while(held.lock().unwrap(), |held| *held)
                .unwrap(),
        );
        let no_room = keep_no_room.load(Ordering::SeqCst);
        self.disk.run("allocate", &self.path, |_| {
            if no_room {
                self.file.set_len(bytes)?;
                return Ok((false, vec![Op::SetLen(self.inode, bytes)]));
            }
            let kept = self.file.allocate(bytes)?;
            Ok((kept, vec![Op::SetLen(self.inode, bytes)]))
        })
    }
}

fn failure() -> io::Error {
    io::Error::other("the disk fails here")
}
