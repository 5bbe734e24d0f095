//! A folder into which files are dropped: each is read once, whole, and put away.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use event::Timestamp;

use super::files::{Progress, Settings, Take, read};
use super::list::{Listed, list};
use super::positions::{Position, Positions};
use crate::limits::{LOG_FILES_MAX, LOG_SETTLED};

/// Where files go that were read.
const DONE: &str = "done";

/// Where it is kept how far the file was read that is being read.
const POSITIONS: &str = ".hygie-positions";

/// Ends of names of files that are still being written.
const UNFINISHED: [&str; 3] = [".part", ".tmp", ".filepart"];

/// A folder that is looked into.
#[derive(Debug, Clone)]
pub struct DropFolder {
    path: PathBuf,
    removes: bool,
}

impl DropFolder {
    /// The folder at `path`.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            removes: false,
        }
    }

    /// The same, but what was read is removed: it is a copy.
    #[must_use]
    pub fn removing(self) -> Self {
        Self {
            removes: true,
            ..self
        }
    }

    /// Whether a source is a file of this folder.
    pub(super) fn holds(&self, source: &str) -> bool {
        Path::new(source).starts_with(&self.path)
    }

    /// Reads the files that are whole, in the order of their names, and puts each into the folder
    /// `done` beside it. A file that was read in part before a crash is read again, without the
    /// batches that were taken; one whose batch is not taken stays.
    ///
    /// # Errors
    /// Those of the file system, for the folder itself.
    pub fn poll(
        &self,
        settings: &Settings,
        now: SystemTime,
        take: Take<'_>,
    ) -> io::Result<Progress> {
        let mut all = Progress::default();
        for path in self.whole(now)? {
            let mut positions = Positions::open(&self.path.join(POSITIONS))?;
            let begin = fs::File::open(&path).and_then(|mut file| Position::begin(&mut file));
            // What cannot be opened is told by reading it, and does not stop the others.
            let begin = begin.unwrap_or_default();
            let taken = positions
                .find(begin.key())
                .filter(|known| known.head_bytes > 0 && known.head == begin.head)
                .map_or(0, |known| known.offset);
            let mut batches = 0;
            let mut failed = None;
            let progress = read(
                std::slice::from_ref(&path),
                settings,
                &mut |batch, progress| {
                    batches += 1;
                    if batches <= taken {
                        return ControlFlow::Continue(());
                    }
                    take(batch, progress)?;
                    positions.put(Position {
                        offset: batches,
                        ..begin.clone()
                    });
                    match positions.save() {
                        Ok(()) => ControlFlow::Continue(()),
                        Err(error) => {
                            failed = Some(error);
                            ControlFlow::Break(())
                        }
                    }
                },
            );
            add(&mut all, &progress);
            if let Some(error) = failed {
                return Err(error);
            }
            if progress.files_done == 0 {
                break;
            }
            self.put_away(&path)?;
            // Whatever takes its inode, or comes back under its name, is another file.
            positions.retain(|key| *key != begin.key());
            positions.save()?;
        }
        Ok(all)
    }

    /// The files that nobody writes any more.
    fn whole(&self, now: SystemTime) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path)?.take(LOG_FILES_MAX) {
            let Ok(entry) = entry else { continue };
            // One that went away in between is nobody's fault.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if is_whole(&entry.file_name().to_string_lossy(), &metadata, now) {
                found.push(entry.path());
            }
        }
        found.sort();
        Ok(found)
    }

    fn put_away(&self, path: &Path) -> io::Result<()> {
        if self.removes {
            return fs::remove_file(path);
        }
        let done = self.path.join(DONE);
        fs::create_dir_all(&done)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let names = (0..LOG_FILES_MAX).map(|at| match at {
            0 => name.to_string(),
            at => format!("{name}.{at}"),
        });
        let mut free = names.map(|name| done.join(name)).filter(|it| !it.exists());
        let to = free.next().ok_or(io::ErrorKind::AlreadyExists)?;
        fs::rename(path, to)?;
        fs::File::open(&self.path)?.sync_all()
    }
}

/// Whether a file of a folder is one that nobody writes any more, by its name and by when it was
/// written last.
#[must_use]
pub fn is_whole(name: &str, metadata: &fs::Metadata, now: SystemTime) -> bool {
    let is_unfinished = UNFINISHED.iter().any(|end| name.ends_with(end));
    if name.starts_with('.') || is_unfinished || !metadata.is_file() {
        return false;
    }
    let written = metadata.modified();
    let age = written.map(|written| now.duration_since(written));
    age.is_ok_and(|age| age.is_ok_and(|age| age >= LOG_SETTLED))
}

/// Copies a file, or the files of a folder, into a drop folder; each appears there whole. How many.
///
/// # Errors
/// Those of the file system; files before it are handed over.
pub fn hand_over(path: &Path, folder: &Path, now: Timestamp) -> io::Result<u64> {
    let listed = list(&[path.to_owned()]).into_iter().map(|it| match it {
        Listed::File(path, _) => Ok(path),
        Listed::Fault(..) => Err(io::Error::from(io::ErrorKind::InvalidInput)),
    });
    let files: Vec<PathBuf> = listed.collect::<io::Result<_>>()?;
    fs::create_dir_all(folder)?;
    let mut handed = 0;
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // How a name begins tells kinds of Zeek apart, so it stays.
        let begin = name.split('.').next().filter(|begin| !begin.is_empty());
        let begin = begin.unwrap_or("log");
        let whole = folder.join(format!("{begin}.{:020}-{handed:06}", now.as_us()));
        let part = folder.join(format!("{:020}-{handed:06}.part", now.as_us()));
        fs::copy(&file, &part)?;
        let copy = fs::File::open(&part)?;
        // Times without a year are read by it.
        copy.set_modified(fs::metadata(&file)?.modified()?)?;
        copy.sync_all()?;
        fs::rename(&part, &whole)?;
        handed += 1;
    }
    fs::File::open(folder)?.sync_all()?;
    Ok(handed)
}

fn add(all: &mut Progress, one: &Progress) {
    all.bytes_done += one.bytes_done;
    all.bytes_total += one.bytes_total;
    all.files_done += one.files_done;
    all.files_total += one.files_total;
    all.lines += one.lines;
    all.events += one.events;
    all.unread += one.unread;
}

#[cfg(test)]
mod tests;
