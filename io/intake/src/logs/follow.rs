//! Files that grow: read as they are written, through rotation, truncation and restart.
//!
//! A file is known by its device, inode and first bytes, so a file that is renamed is still the
//! same and one that is written anew is another. Each poll reads what came since the last.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wire::log::{Joined, Reader, Terms};

use super::batch::Batch;
use super::fault::Fault;
use super::files::{Settings, push, written_us};
use super::lines::{Cut, Lines};
use super::positions::{Key, Position, Positions};
use super::unpack::Packing;
use crate::limits::{LOG_FILES_MAX, LOG_FOLLOWED_MAX};

/// What a batch covers of its file. Kept with the events of the batch, it makes them known again
/// after a crash ([`Follow::kept`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Where what is covered begins.
    pub from: u64,
    position: Position,
}

impl Mark {
    /// Device, inode and the hash of the first bytes: which file it is, whatever its name.
    #[must_use]
    pub fn file(&self) -> (u64, u64, &str) {
        let Position { device, inode, .. } = self.position;
        (device, inode, &self.position.head)
    }

    /// Where what is covered ends: everything before it was told in this batch or before.
    #[must_use]
    pub fn to(&self) -> u64 {
        self.position.offset
    }
}

/// Takes a batch: `Break` when it is not taken, so that it comes again.
pub type TakeMarked<'t> = &'t mut dyn FnMut(&Batch, &Mark) -> ControlFlow<()>;

/// Follows files, and the files in folders.
#[derive(Debug)]
pub struct Follow {
    paths: Vec<PathBuf>,
    settings: Settings,
    positions: Positions,
    open: BTreeMap<Key, Followed>,
    batch: Batch,
    is_too_many_told: bool,
}

/// One file that is followed.
struct Followed {
    path: PathBuf,
    lines: Lines<File>,
    reader: Reader,
    position: Position,
    /// Whether nothing came since the poll before.
    is_quiet: bool,
}

impl std::fmt::Debug for Followed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Followed")
            .field("path", &self.path)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Follow {
    /// Follows these from where `positions`, a file, says that they were read to.
    ///
    /// # Errors
    /// When the positions are there and cannot be read.
    pub fn open(paths: Vec<PathBuf>, settings: Settings, positions: &Path) -> io::Result<Self> {
        Ok(Self {
            paths,
            settings,
            positions: Positions::open(positions)?,
            open: BTreeMap::new(),
            batch: Batch::of(""),
            is_too_many_told: false,
        })
    }

    /// Passes over what was kept with this mark, when the positions do not know it yet: call it
    /// with the last mark of each file before the first poll.
    pub fn kept(&mut self, mark: &Mark) {
        let known = self.positions.find(mark.position.key());
        let is_new = known.is_none_or(|known| {
            let is_same =
                known.head == mark.position.head || known.head_bytes < mark.position.head_bytes;
            is_same && known.offset <= mark.position.offset
        });
        if is_new {
            self.positions.put(mark.position.clone());
        }
    }

    /// Reads what came since the last poll, and keeps how far it was taken. Whether anything came.
    ///
    /// # Errors
    /// When the positions cannot be kept; what was taken may then come again after a restart.
    pub fn poll(&mut self, take: TakeMarked<'_>) -> io::Result<bool> {
        let there = self.look();
        let mut has_come = false;
        let told = self.poll_files(&there, take, &mut has_come);
        if told.is_continue() && there.len() > LOG_FOLLOWED_MAX && !self.is_too_many_told {
            self.is_too_many_told = self.tell_too_many(take).is_continue();
        }
        let open: BTreeSet<Key> = self.open.keys().copied().collect();
        self.positions
            .retain(|key| there.contains_key(key) || open.contains(key));
        self.positions.save()?;
        Ok(has_come)
    }

    fn poll_files(
        &mut self,
        there: &BTreeMap<Key, PathBuf>,
        take: TakeMarked<'_>,
        has_come: &mut bool,
    ) -> ControlFlow<()> {
        // Files that are no longer there by name are read to their end first: they are older.
        let is_gone = |key: &&Key| !there.contains_key(key);
        let gone: Vec<Key> = self.open.keys().filter(is_gone).copied().collect();
        for key in gone {
            self.advance(key, true, take, has_come)?;
        }
        for (key, path) in there.iter().take(LOG_FOLLOWED_MAX) {
            self.close_if_anew(*key, take)?;
            match self.ready(*key, path) {
                Ok(true) => self.advance(*key, false, take, has_come)?,
                Ok(false) => self.refuse(*key, path, Fault::Method, take)?,
                Err(_) => self.refuse(*key, path, Fault::File, take)?,
            }
        }
        ControlFlow::Continue(())
    }

    /// Tells once that there are more files than are followed.
    fn tell_too_many(&mut self, take: TakeMarked<'_>) -> ControlFlow<()> {
        let path = self.paths.first().map(|path| path.to_string_lossy());
        self.batch.begin(&path.unwrap_or_default());
        self.batch.unreadable(0, Fault::Files, &[], 0);
        let position = Position::default();
        take(&self.batch, &Mark { from: 0, position })
    }

    /// The files that are there by name, one more than are followed where there are more.
    fn look(&self) -> BTreeMap<Key, PathBuf> {
        let mut there = BTreeMap::new();
        let mut add = |path: PathBuf| {
            let metadata = fs::metadata(&path).ok();
            let file = metadata.filter(|it| it.is_file() && there.len() <= LOG_FOLLOWED_MAX);
            if let Some(file) = file {
                there.entry((file.dev(), file.ino())).or_insert(path);
            }
        };
        for path in &self.paths {
            match fs::read_dir(path) {
                Err(_) => add(path.clone()),
                Ok(entries) => {
                    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
                    // Hidden files are other programs' own, and ours.
                    let paths = paths.filter(|path| !is_hidden(path));
                    let mut inside: Vec<PathBuf> = paths.take(LOG_FILES_MAX).collect();
                    inside.sort();
                    inside.into_iter().for_each(&mut add);
                }
            }
        }
        there
    }

    /// Has a file open at the place where it is read on; `false` for one that is not plain lines.
    fn ready(&mut self, key: Key, path: &Path) -> io::Result<bool> {
        if let Some(followed) = self.open.get_mut(&key) {
            let file = followed.lines.source_mut();
            let metadata = file.metadata()?;
            followed.position.look_again(file, metadata.len())?;
            // Lines that are written now are of now, however long ago the file was opened.
            followed.reader.set_reference_us(written_us(&metadata));
            path.clone_into(&mut followed.path);
            return Ok(true);
        }
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let known = self.positions.find(key).cloned();
        let position = match known {
            Some(known) if known.is_of(&mut file, length)? => known,
            _ => Position::begin(&mut file)?,
        };
        if position.offset == 0 && Packing::of_file(&mut file)? != Packing::Plain {
            return Ok(false);
        }
        let followed = self.begin(path, file, position)?;
        self.open.insert(key, followed);
        Ok(true)
    }

    fn begin(&self, path: &Path, mut file: File, position: Position) -> io::Result<Followed> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut reader = Reader::new(Terms {
            format: self.settings.format,
            name: name.into_owned(),
            zone: self.settings.zone.clone(),
            reference_us: written_us(&file.metadata()?),
        });
        if let Some(header_at) = position.header_at {
            file.seek(SeekFrom::Start(header_at))?;
            let between = position.offset.saturating_sub(header_at);
            let mut lines = Lines::new(Read::take(&mut file, between), header_at);
            while let Cut::Line { at, line } = lines.next() {
                if !Reader::is_header(line) {
                    break;
                }
                reader.line(at, line, &mut |_, _| {});
            }
        }
        let joined = position.joined.iter().cloned();
        reader.pass_over(joined.map(|(host, id)| Joined { host, id }).collect());
        file.seek(SeekFrom::Start(position.offset))?;
        Ok(Followed {
            path: path.to_owned(),
            lines: Lines::new(file, position.offset),
            reader,
            position,
            is_quiet: false,
        })
    }

    /// Reads a file as far as it goes. One that is gone by name is read to its end and closed.
    fn advance(
        &mut self,
        key: Key,
        is_gone: bool,
        take: TakeMarked<'_>,
        has_come: &mut bool,
    ) -> ControlFlow<()> {
        let Some(mut followed) = self.open.remove(&key) else {
            return ControlFlow::Continue(());
        };
        self.batch.begin(&followed.path.to_string_lossy());
        let before = followed.lines.read_to();
        loop {
            let is_end = match followed.lines.next() {
                Cut::End => true,
                Cut::Broken(_) => {
                    let at = followed.lines.at();
                    self.batch.unreadable(at, Fault::File, &[], 0);
                    true
                }
                cut => {
                    push(&mut self.batch, &mut followed.reader, cut);
                    false
                }
            };
            if is_end {
                let is_quiet = followed.lines.read_to() == before;
                self.rest(&mut followed, is_gone, is_quiet);
            }
            if is_end || self.batch.is_full() {
                *has_come |= !self.batch.is_empty();
                if self.flush(&mut followed, take).is_break() {
                    self.rewind(key, followed);
                    return ControlFlow::Break(());
                }
            }
            if is_end {
                break;
            }
        }
        followed.lines.shrink();
        if !is_gone {
            self.open.insert(key, followed);
        }
        ControlFlow::Continue(())
    }

    /// Has what was not taken read again, from the last position.
    fn rewind(&mut self, key: Key, followed: Followed) {
        let Followed {
            path,
            lines,
            position,
            ..
        } = followed;
        match self.begin(&path, lines.into_source(), position) {
            Ok(followed) => drop(self.open.insert(key, followed)),
            // It is opened again by its name.
            Err(error) => tracing::warn!(%error, "A log cannot be read again from where it was"),
        }
    }

    /// Closes a file that was written anew in place, and tells what waited for more of it.
    fn close_if_anew(&mut self, key: Key, take: TakeMarked<'_>) -> ControlFlow<()> {
        let Some(followed) = self.open.get_mut(&key) else {
            return ControlFlow::Continue(());
        };
        let read_to = followed.lines.read_to();
        let Followed {
            lines, position, ..
        } = followed;
        let file = lines.source_mut();
        let is_same = file.metadata().and_then(|metadata| {
            let length = metadata.len();
            Ok(length >= read_to && position.is_of(file, length)?)
        });
        if is_same.unwrap_or(false) {
            return ControlFlow::Continue(());
        }
        let Some(mut followed) = self.open.remove(&key) else {
            return ControlFlow::Continue(());
        };
        self.batch.begin(&followed.path.to_string_lossy());
        self.rest(&mut followed, true, true);
        self.flush(&mut followed, take)?;
        // From here on the inode is another file, which begins at its beginning.
        self.positions.retain(|known| *known != key);
        ControlFlow::Continue(())
    }

    /// Tells what waits for more when no more comes: of a file that is gone its last line, of one
    /// that is quiet the events that could still grow.
    fn rest(&mut self, followed: &mut Followed, is_gone: bool, is_quiet: bool) {
        let Followed { lines, reader, .. } = followed;
        if is_gone && let Some(cut) = lines.rest() {
            push(&mut self.batch, reader, cut);
        }
        if is_gone || (is_quiet && followed.is_quiet) {
            reader.finish(&mut |at, told| self.batch.push(at, told));
        }
        followed.is_quiet = is_quiet;
    }

    fn flush(&mut self, followed: &mut Followed, take: TakeMarked<'_>) -> ControlFlow<()> {
        let at = followed.lines.at();
        let offset = followed.reader.held_at().unwrap_or(at);
        let joined = followed.reader.joined_after(offset).into_iter();
        let position = Position {
            offset,
            header_at: followed.reader.header_at(),
            joined: joined.map(|it| (it.host, it.id)).collect(),
            ..followed.position.clone()
        };
        let mark = Mark {
            from: followed.position.offset,
            position,
        };
        if !self.batch.is_empty() {
            take(&self.batch, &mark)?;
            self.batch.clear();
        }
        self.positions.put(mark.position.clone());
        followed.position = mark.position;
        if let Err(error) = self.positions.save() {
            // The end of the poll tries again, and tells when it fails for good.
            tracing::debug!(%error, "The positions of followed logs could not be kept");
        }
        ControlFlow::Continue(())
    }

    /// Tells once that a file is not followed.
    fn refuse(
        &mut self,
        key: Key,
        path: &Path,
        fault: Fault,
        take: TakeMarked<'_>,
    ) -> ControlFlow<()> {
        let (device, inode) = key;
        let is_known = |known: &Position| known.offset > 0;
        if fault == Fault::File && self.positions.find(key).is_some_and(is_known) {
            // It was read before and may be again: its place is not given up for a moment's failure.
            tracing::warn!(path = %path.display(), "A followed log cannot be read now");
            return ControlFlow::Continue(());
        }
        let position = File::open(path).and_then(|mut file| Position::begin(&mut file));
        let position = position.unwrap_or(Position {
            device,
            inode,
            ..Position::default()
        });
        if self.positions.find(key) == Some(&position) {
            return ControlFlow::Continue(());
        }
        self.batch.begin(&path.to_string_lossy());
        self.batch.unreadable(0, fault, &[], 0);
        let mark = Mark { from: 0, position };
        take(&self.batch, &mark)?;
        self.batch.clear();
        self.positions.put(mark.position);
        ControlFlow::Continue(())
    }
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b".")
}

#[cfg(test)]
mod tests;
