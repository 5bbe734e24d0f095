//! One consistent picture of a log: which objects, and which entries of the write-ahead log.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use event::SegmentSealed;
use evidence::{Manifest, Reader};

use crate::error::Error;
use crate::limits::{SEGMENTS_OPEN_MAX, SNAPSHOT_ATTEMPTS_MAX};

/// What one query sees of a log, from its first entry to the last that was there when it began.
///
/// INVARIANT: entries before `unsealed` come from objects, those of `unsealed` from the
/// write-ahead log, so none is seen twice and none is missed, whatever is sealed meanwhile.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) log: PathBuf,
    pub(crate) sealed: Vec<SegmentSealed>,
    pub(crate) unsealed: Range<u64>,
    /// Where each part of `unsealed` begins: parts are read side by side.
    pub(crate) starts: Vec<u64>,
}

/// A part of the unsealed entries, with the file that holds them open: even when it is sealed and
/// removed, its entries can be read to the end.
#[derive(Debug)]
pub(crate) struct Part {
    log: PathBuf,
    range: Range<u64>,
    reader: Mutex<Option<Reader>>,
}

impl Snapshot {
    /// Looks at a log that others may be writing and sealing.
    pub(crate) fn take(log: &Path) -> Result<Self, Error> {
        let mut attempts = SNAPSHOT_ATTEMPTS_MAX;
        loop {
            let manifest = Manifest::read(log).map_err(Error::evidence(log))?;
            match Self::under(log, &manifest) {
                Err(Error::SealedMeanwhile { .. }) if attempts > 1 => attempts -= 1,
                taken => return taken,
            }
        }
    }

    /// The picture under one manifest; [`Error::SealedMeanwhile`] when a newer one is there.
    pub(crate) fn under(log: &Path, manifest: &Manifest) -> Result<Self, Error> {
        let first = manifest.end();
        let mut starts: Vec<u64> = segments(log)?;
        starts.sort_unstable();
        // Whole segments are sealed; older ones may still be there for an instant, or since a crash.
        starts.retain(|start| *start >= first);
        let last = match (starts.first(), starts.last()) {
            (Some(start), Some(last)) if *start == first => *last,
            _ => {
                let path = log.join("wal").join(format!("{first:016x}.seg"));
                return Err(of_segment(log, first, evidence::Error::Missing { path }));
            }
        };
        let mut tail = open(log, last)?.with_classes([]);
        let none = tail.read().map_err(Error::evidence(log))?;
        debug_assert!(none.is_none(), "no class is wanted");
        starts.truncate(SEGMENTS_OPEN_MAX);
        Ok(Self {
            log: log.to_owned(),
            sealed: manifest.sealed().to_vec(),
            unsealed: first..tail.position().max(first),
            starts,
        })
    }

    /// Opens every part; each scan has its own, over the same entries.
    pub(crate) fn parts(&self) -> Result<Vec<Part>, Error> {
        let ends = self.starts.iter().skip(1).chain([&self.unsealed.end]);
        let ranges = self
            .starts
            .iter()
            .zip(ends)
            .map(|(start, end)| *start..*end);
        ranges
            .filter(|range| !range.is_empty())
            .map(|range| {
                Ok(Part {
                    log: self.log.clone(),
                    reader: Mutex::new(Some(open(&self.log, range.start)?)),
                    range,
                })
            })
            .collect()
    }
}

impl Part {
    /// The entries of this part; the first call gets the file that was held open.
    pub(crate) fn reader(&self) -> Result<Reader, Error> {
        let held = self
            .reader
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        held.map_or_else(|| open(&self.log, self.range.start), Ok)
    }

    /// The log's folder.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Index after the last entry of this part.
    pub(crate) fn end(&self) -> u64 {
        self.range.end
    }
}

/// What reading unsealed entries failed with: a segment that is gone because it was sealed, or
/// anything else.
pub(crate) fn of_segment(log: &Path, from: u64, cause: evidence::Error) -> Error {
    let is_sealed = || Manifest::read(log).is_ok_and(|manifest| manifest.end() > from);
    match cause {
        evidence::Error::Missing { .. } if is_sealed() => Error::SealedMeanwhile {
            log: log.to_owned(),
            from,
        },
        cause => Error::evidence(log)(cause),
    }
}

fn open(log: &Path, from: u64) -> Result<Reader, Error> {
    Reader::open(log, from).map_err(|cause| of_segment(log, from, cause))
}

/// First entries of the segments that are there.
fn segments(log: &Path) -> Result<Vec<u64>, Error> {
    let wal = log.join("wal");
    let listing = fs::read_dir(&wal).map_err(Error::io("list", &wal))?;
    let mut segments = Vec::new();
    for file in listing {
        let name = file.map_err(Error::io("list", &wal))?.file_name();
        let first = name
            .to_str()
            .and_then(|name| name.strip_suffix(".seg"))
            .filter(|first| first.len() == 16)
            .and_then(|first| u64::from_str_radix(first, 16).ok());
        segments.extend(first);
    }
    Ok(segments)
}

#[cfg(test)]
mod tests;
