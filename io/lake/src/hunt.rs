//! Finds the sealed entries that hold a wanted value, and gives them as frames.
//!
//! ```text
//! indicators ─ index of each object ─ rows that may ─ their payloads ─ those that do ─ frames
//!                                                  └─ progress on the standard error
//! ```
//!
//! Objects are looked at side by side and answered in their order, so that a hunt that ended
//! early goes on where it ended.

mod list;
mod progress;

use std::collections::VecDeque;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use event::{Logged, SegmentSealed};
use evidence::{FrameWriter, Manifest, Salted};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use watch::indicator::{Indicators, Observer};

use crate::error::Error;
use crate::frames::{Reads, open};
use crate::limits::{FILE_BUFFER_BYTES, HUNTED_OBJECTS_MAX};
use crate::store::Store;
use crate::values::{RowSet, Sought, probe};

pub(crate) use list::read as read_list;
pub(crate) use progress::Progress;

/// What is hunted, and where.
#[derive(Debug)]
pub(crate) struct Hunt {
    pub(crate) log: PathBuf,
    pub(crate) store: Store,
    /// Entries looked at; those of them that are sealed.
    pub(crate) range: Range<u64>,
    pub(crate) indicators: Indicators,
    /// Most entries that are given.
    pub(crate) entries_max: u64,
    /// Whether every row is read, whatever the index says.
    pub(crate) reads_all: bool,
}

/// A hunt with what it looks for in the order of indexes.
#[derive(Debug)]
struct Prepared {
    hunt: Hunt,
    sought: Sought,
}

/// An object that is being looked at.
struct UnderWay {
    end: u64,
    entries: Receiver<Vec<Salted>>,
    looked: JoinHandle<Result<Looked, Error>>,
}

/// What looking at an object took.
#[derive(Debug, Default)]
struct Looked {
    rows_read: u64,
    is_built: bool,
    unread: u64,
}

impl Hunt {
    /// Writes every entry that holds a wanted value, and tells how far it is.
    pub(crate) async fn run(
        self,
        out: &mut (dyn Write + Send),
        said: &mut (dyn Write + Send),
    ) -> Result<Progress, Error> {
        let manifest = Manifest::read(&self.log).map_err(Error::evidence(&self.log))?;
        let sealed = manifest.sealed().iter();
        let wanted = sealed.filter(|one| one.end > self.range.start && one.first < self.range.end);
        let wanted = wanted.cloned().collect();
        self.over(wanted, out, said).await
    }

    /// The same over these objects.
    pub(crate) async fn over(
        self,
        objects: Vec<SegmentSealed>,
        out: &mut (dyn Write + Send),
        said: &mut (dyn Write + Send),
    ) -> Result<Progress, Error> {
        let failed = |cause| Error::Output { cause };
        let out = BufWriter::with_capacity(FILE_BUFFER_BYTES, out);
        let mut frames = FrameWriter::new(out).map_err(failed)?;
        let mut progress = Progress::over(&objects, self.range.start);
        let (range, entries_max) = (self.range.clone(), self.entries_max);
        let sought = Sought::of(&self.indicators);
        let prepared = Arc::new(Prepared { hunt: self, sought });
        let mut waiting = objects.into_iter();
        let mut under_way = VecDeque::new();
        loop {
            let free = HUNTED_OBJECTS_MAX.saturating_sub(under_way.len());
            let next = waiting.by_ref().take(free);
            under_way.extend(next.map(|sealed| Arc::clone(&prepared).start(sealed)));
            let Some(mut object) = under_way.pop_front() else {
                break;
            };
            while let Some(entries) = object.entries.recv().await {
                for entry in entries {
                    if progress.entries == entries_max {
                        progress.stop_before(entry.index);
                        frames.finish().map_err(failed)?;
                        progress.tell(said)?;
                        return Ok(progress);
                    }
                    frames.write(&entry).map_err(failed)?;
                    progress.entries += 1;
                }
            }
            let looked = object.looked.await.map_err(|cause| Error::Threads {
                cause: cause.into(),
            })??;
            progress.rows_read += looked.rows_read;
            progress.indexes_built += u64::from(looked.is_built);
            progress.unread += looked.unread;
            progress.done(object.end.min(range.end));
            frames.flush().map_err(failed)?;
            progress.tell(said)?;
        }
        frames.finish().map_err(failed)?;
        progress.end();
        progress.tell(said)?;
        Ok(progress)
    }
}

impl Prepared {
    fn start(self: Arc<Self>, sealed: SegmentSealed) -> UnderWay {
        let end = sealed.end;
        let (sender, entries) = channel(1);
        let looked = tokio::spawn(async move { self.look(&sealed, &sender).await });
        UnderWay {
            end,
            entries,
            looked,
        }
    }

    async fn look(
        &self,
        sealed: &SegmentSealed,
        sender: &Sender<Vec<Salted>>,
    ) -> Result<Looked, Error> {
        let Hunt { store, log, .. } = &self.hunt;
        let mut looked = Looked::default();
        let rows = if self.hunt.reads_all {
            RowSet::all(sealed.end.saturating_sub(sealed.first))
        } else {
            let probed = probe((log, store), sealed, &self.sought).await?;
            (looked.is_built, looked.unread) = (probed.is_built, probed.unread);
            probed.rows
        };
        let wanted = self.indexes(sealed, &rows);
        if wanted.is_empty() {
            return Ok(looked);
        }
        looked.rows_read = wanted.iter().map(|range| range.end - range.start).sum();
        let object = open(store, sealed, Reads::SomeRows).await?;
        let mut observer = Observer::default();
        let mut next = sealed.first;
        for (group, expected) in sealed.row_groups.iter().enumerate() {
            let indexes = next..next.saturating_add(expected.rows);
            next = indexes.end;
            let wanted = within(&wanted, &indexes);
            if wanted.is_empty() {
                continue;
            }
            let mut found = Vec::new();
            let each = &mut |entry: Salted<&[u8]>| {
                let line = Logged::line(entry.payload);
                // What is no line of JSON holds no value.
                let is_met = self.hunt.indicators.is_met(&mut observer, line);
                if is_met.unwrap_or(false) {
                    found.push(owned(&entry));
                }
                Ok(())
            };
            object.read_some(group, (&indexes, &wanted), each).await?;
            if !found.is_empty() && sender.send(found).await.is_err() {
                // Nobody wants more.
                break;
            }
        }
        Ok(looked)
    }

    /// Entries of an object that are to be read.
    fn indexes(&self, sealed: &SegmentSealed, rows: &RowSet) -> Vec<Range<u64>> {
        let ranges = rows.ranges().into_iter();
        let ranges: Vec<_> = ranges
            .map(|rows| sealed.first + rows.start..sealed.first + rows.end)
            .collect();
        within(&ranges, &self.hunt.range)
    }
}

/// The parts of ranges that lie within another.
fn within(ranges: &[Range<u64>], outer: &Range<u64>) -> Vec<Range<u64>> {
    let parts = ranges
        .iter()
        .map(|range| range.start.max(outer.start)..range.end.min(outer.end));
    parts.filter(|range| range.start < range.end).collect()
}

fn owned(entry: &Salted<&[u8]>) -> Salted {
    Salted {
        index: entry.index,
        time_us: entry.time_us,
        class: entry.class,
        salt: entry.salt,
        payload: entry.payload.to_vec(),
    }
}

#[cfg(test)]
mod tests;
