//! What a disk may hold after a power loss: the names and bytes that were made durable, and of
//! the others any part.
//!
//! A file's bytes are durable once the file was synchronised, its name once the folder was.
//! What was not may be there or not, one by one; of a write, any of its sectors.
//! What a failed synchronisation should have kept may be there or not for ever: the operating
//! system forgets that it was never written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};

use super::recorder::{Inode, Journal, Names, Op};
use crate::batch::SECTOR_BYTES;

/// How many of the last operations that are not durable are taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depth {
    pub(super) data: usize,
    pub(super) names: usize,
    /// Writes of up to so many sectors are torn in every way.
    pub(super) sectors: usize,
    /// Every loss of data together with every loss of names.
    pub(super) product: bool,
}

/// Which names that were not made durable are there.
#[derive(Clone, Copy, Debug)]
pub(super) enum NameLoss {
    /// The first ones.
    After(usize),
    /// All but one.
    Only(usize),
}

/// Which bytes that were not made durable are there.
#[derive(Clone, Debug)]
pub(super) enum DataLoss {
    Nothing,
    Everything,
    /// All operations but one.
    Only(usize),
    /// One operation alone is there.
    AllBut(usize),
    /// Of one write only these sectors are there.
    Torn(usize, Vec<bool>),
    /// One write only made the file longer.
    Zeros(usize),
}

/// One way for a power loss to go.
#[derive(Clone, Debug)]
pub(super) struct Loss {
    pub(super) names: NameLoss,
    pub(super) data: DataLoss,
    /// Whether what a failed synchronisation should have kept is gone.
    pub(super) unkept: bool,
}

/// A file's bytes, shared by all states in which they are the same.
#[derive(Clone, Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    digest: OnceLock<[u8; 32]>,
}

type Contents = BTreeMap<Inode, Arc<Content>>;

/// The disk at one point of a journal.
#[derive(Clone, Debug)]
pub(super) struct Point {
    names: Names,
    /// Durable bytes, with and without what a failed synchronisation should have kept.
    contents: [Contents; 2],
    pending_names: Vec<Op>,
    pending_data: Vec<Op>,
    forgot: bool,
}

/// A disk after a power loss.
#[derive(Debug)]
pub(super) struct Image {
    names: Names,
    contents: Contents,
}

impl Point {
    /// The disk before the first operation.
    pub(super) fn start(journal: &Journal) -> Self {
        let contents = journal.contents.iter().map(|bytes| {
            Arc::new(Content {
                bytes: bytes.clone(),
                digest: OnceLock::new(),
            })
        });
        let contents: Contents = contents.enumerate().collect();
        Self {
            names: journal.names.clone(),
            contents: [contents.clone(), contents],
            pending_names: Vec::new(),
            pending_data: Vec::new(),
            forgot: false,
        }
    }

    /// Goes behind one more operation.
    pub(super) fn pass(&mut self, op: &Op) {
        match op {
            Op::SetLen(..) | Op::Write(..) => self.pending_data.push(op.clone()),
            Op::SyncFile(inode) => self.settle(*inode, [true, true]),
            Op::SyncFileLost(inode) => {
                self.forgot = true;
                self.settle(*inode, [true, false]);
            }
            Op::SyncDir(folder) => {
                let names = &mut self.names;
                self.pending_names.retain(|op| {
                    let durable = is_in(op, folder);
                    if durable {
                        names.apply(op);
                    }
                    !durable
                });
            }
            _ => self.pending_names.push(op.clone()),
        }
    }

    /// Makes pending bytes of a file durable, in the one or the other kind of contents or in both.
    fn settle(&mut self, inode: Inode, kinds: [bool; 2]) {
        let of_this = |op: &mut Op| inode_of(op) == Some(inode);
        for op in self.pending_data.extract_if(.., of_this) {
            for (contents, _) in self
                .contents
                .iter_mut()
                .zip(kinds)
                .filter(|(_, kept)| *kept)
            {
                apply(contents, &op, |_| Some(true));
            }
        }
    }

    /// Whether bytes of one of these files are not durable.
    pub(super) fn has_pending_write(&self, to: &BTreeSet<Inode>) -> bool {
        self.pending_data
            .iter()
            .any(|op| matches!(op, Op::Write(inode, ..) if to.contains(inode)))
    }

    /// The ways for a power loss to go here.
    pub(super) fn losses(&self, depth: Depth) -> Vec<Loss> {
        let (all_names, data) = (self.pending_names.len(), self.pending_data.len());
        let mut names = vec![NameLoss::After(all_names), NameLoss::After(0)];
        for at in all_names.saturating_sub(depth.names)..all_names {
            names.extend([NameLoss::After(at), NameLoss::Only(at)]);
        }
        let mut datas = vec![DataLoss::Nothing, DataLoss::Everything];
        for at in data.saturating_sub(depth.data)..data {
            datas.extend([DataLoss::Only(at), DataLoss::AllBut(at)]);
            if let Op::Write(_, offset, bytes) = &self.pending_data[at] {
                datas.push(DataLoss::Zeros(at));
                let torn = tears(sectors(*offset, bytes.len()).len(), depth.sectors);
                datas.extend(torn.into_iter().map(|there| DataLoss::Torn(at, there)));
            }
        }
        let mut losses = Vec::new();
        for unkept in [false, true].into_iter().take(1 + usize::from(self.forgot)) {
            for (at_name, names) in names.iter().enumerate() {
                for (at_data, data) in datas.iter().enumerate() {
                    if depth.product || at_name == 0 || at_data < 2 {
                        losses.push(Loss {
                            names: *names,
                            data: data.clone(),
                            unkept,
                        });
                    }
                }
            }
        }
        losses
    }

    /// The disk after a power loss.
    pub(super) fn lose(&self, loss: &Loss) -> Image {
        let mut names = self.names.clone();
        for (at, op) in self.pending_names.iter().enumerate() {
            let there = match loss.names {
                NameLoss::After(first) => at < first,
                NameLoss::Only(lost) => at != lost,
            };
            if there {
                names.apply(op);
            }
        }
        let mut contents = self.contents[usize::from(loss.unkept)].clone();
        for (at, op) in self.pending_data.iter().enumerate() {
            let kept = |sector: usize| match &loss.data {
                DataLoss::Nothing => Some(true),
                DataLoss::Everything => None,
                DataLoss::Only(lost) => (at != *lost).then_some(true),
                DataLoss::AllBut(kept) => (at == *kept).then_some(true),
                DataLoss::Zeros(lost) => Some(at != *lost),
                DataLoss::Torn(torn, there) if at == *torn => there[sector].then_some(true),
                DataLoss::Torn(..) => Some(true),
            };
            apply(&mut contents, op, kept);
        }
        // A name whose folder is lost is lost with it.
        let mut reached: BTreeSet<_> = names.folders.keys().take(1).cloned().collect();
        let has_folder = |reached: &BTreeSet<PathBuf>, path: &Path| {
            path.parent().is_some_and(|up| reached.contains(up))
        };
        for folder in names.folders.keys() {
            if has_folder(&reached, folder) {
                reached.insert(folder.clone());
            }
        }
        names.folders.retain(|path, ()| reached.contains(path));
        names.files.retain(|path, _| has_folder(&reached, path));
        Image { names, contents }
    }
}

impl Image {
    /// Tells apart what looks different.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut sha = Sha256::new();
        for (path, inode) in &self.names.files {
            sha.update(path.as_os_str().as_encoded_bytes());
            sha.update([0]);
            if let Some(content) = self.contents.get(inode) {
                let digest = || Sha256::digest(&content.bytes).into();
                sha.update(content.digest.get_or_init(digest));
            }
        }
        sha.finalize().into()
    }

    /// Writes everything that lay under `root` into the folder `to`.
    pub(super) fn materialise(&self, root: &Path, to: &Path) {
        for folder in self.names.folders.keys() {
            std::fs::create_dir_all(to.join(folder.strip_prefix(root).unwrap())).unwrap();
        }
        for (path, inode) in &self.names.files {
            let content = self.contents.get(inode);
            let bytes = content.map_or(&[][..], |content| &content.bytes);
            std::fs::write(to.join(path.strip_prefix(root).unwrap()), bytes).unwrap();
        }
    }

    /// Names and lengths, to show a failing state.
    pub(super) fn listing(&self, root: &Path) -> BTreeMap<String, usize> {
        let files = self.names.files.iter();
        files
            .map(|(path, inode)| {
                let content = self.contents.get(inode);
                let bytes = content.map_or(0, |content| content.bytes.len());
                let path = path.strip_prefix(root).unwrap();
                (path.display().to_string(), bytes)
            })
            .collect()
    }
}

/// Does what an operation does to bytes.
///
/// `kept` says of each sector of a write whether it is there, is there as zeros in what was no
/// part of the file before, or is not there at all.
fn apply(contents: &mut Contents, op: &Op, kept: impl Fn(usize) -> Option<bool>) {
    let Some(inode) = inode_of(op) else { return };
    let content = Arc::make_mut(contents.entry(inode).or_default());
    content.digest = OnceLock::new();
    let file = &mut content.bytes;
    match op {
        Op::SetLen(_, bytes) if kept(0) == Some(true) => {
            file.resize(usize::try_from(*bytes).unwrap(), 0);
        }
        Op::Write(_, offset, bytes) => {
            let start = usize::try_from(*offset).unwrap();
            for (sector, (from, to)) in sectors(*offset, bytes.len()).into_iter().enumerate() {
                let Some(whole) = kept(sector) else { continue };
                if file.len() < start + to {
                    file.resize(start + to, 0);
                }
                if whole {
                    file[start + from..start + to].copy_from_slice(&bytes[from..to]);
                }
            }
        }
        _ => (),
    }
}

/// The parts of a write that lie in one sector each, relative to the write.
fn sectors(offset: u64, length: usize) -> Vec<(usize, usize)> {
    let start = usize::try_from(offset).unwrap();
    let mut parts = Vec::new();
    let mut from = 0;
    while from < length {
        let to = length.min((start + from + 1).next_multiple_of(SECTOR_BYTES) - start);
        parts.push((from, to));
        from = to;
    }
    parts
}

/// Ways to tear a write of so many sectors.
fn tears(sectors: usize, every_way_up_to: usize) -> Vec<Vec<bool>> {
    if sectors < 2 {
        return Vec::new();
    }
    if sectors <= every_way_up_to {
        return (1..(1_usize << sectors) - 1)
            .map(|mask| (0..sectors).map(|at| mask & (1 << at) != 0).collect())
            .collect();
    }
    let mut ways: BTreeSet<Vec<bool>> = (0..sectors)
        .map(|lost| (0..sectors).map(|at| at != lost).collect())
        .collect();
    let half = sectors / 2;
    ways.extend([
        (0..sectors).map(|at| at < half).collect(),
        (0..sectors).map(|at| at >= half).collect(),
        (0..sectors).map(|at| at % 2 == 0).collect(),
        (0..sectors).map(|at| at % 2 == 1).collect::<Vec<_>>(),
    ]);
    ways.into_iter().collect()
}

fn inode_of(op: &Op) -> Option<Inode> {
    match op {
        Op::SetLen(inode, _) | Op::Write(inode, ..) => Some(*inode),
        _ => None,
    }
}

/// Whether an operation changes the names in a folder.
fn is_in(op: &Op, folder: &Path) -> bool {
    match op {
        Op::Create(path, _) | Op::CreateDir(path) | Op::Remove(path) | Op::RemoveDirAll(path) => {
            path.parent() == Some(folder)
        }
        Op::Rename(from, to) => from.parent() == Some(folder) || to.parent() == Some(folder),
        _ => false,
    }
}
