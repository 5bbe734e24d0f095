//! A folder into which finished captures are put, such as by a capture program that begins a new
//! file every few minutes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use hospital::inventory::Observation;

use super::Observed;
use super::live::follow;

/// Nobody has written a file for so long: it is taken for finished.
const SETTLED: Duration = Duration::from_secs(10);

/// Most files of a folder that are looked at.
const FILES_MAX: usize = 10_000;

/// How the names of captures end.
const ENDINGS: [&str; 3] = ["cap", "pcap", "pcapng"];

/// A folder of captures.
#[derive(Clone, Debug)]
pub struct CaptureFolder {
    /// What people call it, and the source of what its files tell.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Files that were read, as they were then.
    read: BTreeMap<PathBuf, Version>,
}

/// By what a file that changed is told from one that did not.
type Version = (u64, SystemTime);

impl CaptureFolder {
    /// A folder of which nothing was read.
    #[must_use]
    pub const fn new(name: String, path: PathBuf) -> Self {
        Self {
            name,
            path,
            read: BTreeMap::new(),
        }
    }

    /// Reads what came or changed since the last look and is finished; gives each file with what
    /// came of it. `take` breaks it off.
    ///
    /// # Errors
    /// When the folder cannot be listed. A file that cannot be read is tried again.
    pub fn look(
        &mut self,
        now: SystemTime,
        take: &mut dyn FnMut(Vec<Observation>) -> ControlFlow<()>,
    ) -> io::Result<Vec<(PathBuf, io::Result<Observed>)>> {
        let files = files(&self.path)?;
        // Of what is gone nothing is remembered.
        self.read.retain(|path, _| files.contains_key(path));
        let (mut looked, mut is_over) = (Vec::new(), false);
        for (path, version) in files {
            let age = now.duration_since(version.1).unwrap_or_default();
            if is_over || age < SETTLED || self.read.get(&path) == Some(&version) {
                continue;
            }
            let observed = File::open(&path).and_then(|mut file| {
                follow(&mut file, &self.name, &mut |told| {
                    let flow = take(told);
                    is_over |= flow.is_break();
                    flow
                })
            });
            if observed.is_ok() && !is_over {
                self.read.insert(path.clone(), version);
            }
            looked.push((path, observed));
        }
        Ok(looked)
    }
}

fn files(folder: &Path) -> io::Result<BTreeMap<PathBuf, Version>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)?.take(FILES_MAX) {
        let path = entry?.path();
        let ending = path.extension().and_then(|it| it.to_str());
        if !ending.is_some_and(|it| ENDINGS.contains(&it)) {
            continue;
        }
        // One that is gone by now is none.
        if let Ok(file) = fs::metadata(&path)
            && file.is_file()
        {
            files.insert(path, (file.len(), file.modified()?));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::super::live::made::capture;
    use super::*;

    fn names(looked: &[(PathBuf, io::Result<Observed>)]) -> Vec<(String, u64)> {
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        let of = looked.iter();
        of.map(|(path, observed)| (name(path), observed.as_ref().unwrap().frames))
            .collect()
    }

    #[test]
    fn a_finished_file_is_read_once_and_anew_when_it_changes() {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, frames| {
            fs::write(place.path().join(name), capture(frames)).unwrap();
        };
        write("b.pcap", 2);
        write("a.pcapng", 1);
        write("notes.txt", 1);
        let mut folder = CaptureFolder::new("ring".to_owned(), place.path().to_owned());
        let mut sources = Vec::new();
        let mut look = |folder: &mut CaptureFolder, now| {
            let looked = folder.look(now, &mut |told| {
                sources.extend(told.into_iter().map(|it| it.source));
                ControlFlow::Continue(())
            });
            names(&looked.unwrap())
        };
        // Somebody may still be writing.
        assert_eq!(look(&mut folder, SystemTime::now()), []);
        let later = SystemTime::now() + SETTLED * 2;
        let first = [("a.pcapng".to_owned(), 1), ("b.pcap".to_owned(), 2)];
        assert_eq!(look(&mut folder, later), first);
        assert_eq!(look(&mut folder, later), []);
        write("b.pcap", 3);
        assert_eq!(look(&mut folder, later), [("b.pcap".to_owned(), 3)]);
        fs::remove_file(place.path().join("a.pcapng")).unwrap();
        assert_eq!(look(&mut folder, later), []);
        assert_eq!(folder.read.len(), 1);
        assert!(sources.iter().all(|it| it == "ring") && sources.len() == 6);
    }

    #[test]
    fn what_is_broken_off_is_read_again() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("a.pcap"), capture(3)).unwrap();
        let mut folder = CaptureFolder::new("ring".to_owned(), place.path().to_owned());
        let later = SystemTime::now() + SETTLED * 2;
        let broken = folder.look(later, &mut |_| ControlFlow::Break(())).unwrap();
        assert_eq!(names(&broken), [("a.pcap".to_owned(), 1)]);
        let whole = folder
            .look(later, &mut |_| ControlFlow::Continue(()))
            .unwrap();
        assert_eq!(names(&whole), [("a.pcap".to_owned(), 3)]);
        let mut gone = CaptureFolder::new("none".to_owned(), place.path().join("none"));
        assert!(
            gone.look(later, &mut |_| ControlFlow::Continue(()))
                .is_err()
        );
    }
}
