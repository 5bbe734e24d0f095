//! Files of events read side by side, in the order of the time of their events.
//!
//! Each open file has a thread that reads ahead by a few batches; at most [`OPEN_MAX`] are open, so
//! memory is bounded whatever the files. Within one batch events are put in order; one that lies
//! further back than its batch, or belongs to a file that had to wait for its turn, is told late,
//! and counted.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use intake::logs::{Batch, Entry, Listed, Settings, kept_as, list, read};

/// Files that are open at the same time.
const OPEN_MAX: usize = 16;

/// Batches that wait behind the one that is played.
const AHEAD_MAX: usize = 1;

/// One entry on its way into the log.
#[derive(Debug)]
pub(super) struct Recorded {
    /// Its turn: when it happened, or when what stood before it happened.
    pub order_us: i64,
    /// Its OCSF class.
    pub class: u16,
    /// What is kept of it.
    pub payload: Vec<u8>,
    /// Why it could not be read; `None` for an event.
    pub unread: Option<Unread>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The file, with the member behind it.
    pub source: String,
    /// Where it begins there.
    pub at: u64,
    /// The stable code of why.
    pub reason: &'static str,
    /// Whether more than one event was lost by it: a file, or a part of one.
    pub is_part: bool,
}

/// All files, played as one.
#[derive(Debug)]
pub(super) struct Merge {
    settings: Settings,
    /// Nothing was recorded later: an event that says so does not move the clock of all others.
    newest_us: i64,
    /// Paths that could not be looked into.
    unlisted: VecDeque<Unread>,
    waiting: VecDeque<Waiting>,
    open: Vec<Open>,
    /// When the recording begins.
    begins_us: i64,
    last_us: Option<i64>,
    pub(super) late: u64,
    pub(super) bytes_total: u64,
    bytes_closed: u64,
    pub(super) files: usize,
}

/// A file whose turn has not come.
#[derive(Debug)]
struct Waiting {
    first_us: Option<i64>,
    path: PathBuf,
    bytes: u64,
}

#[derive(Debug)]
struct Open {
    pieces: Receiver<Piece>,
    reader: JoinHandle<()>,
    entries: VecDeque<Recorded>,
    bytes_done: u64,
    bytes: u64,
}

/// One batch of a file.
#[derive(Debug)]
struct Piece {
    entries: VecDeque<Recorded>,
    bytes_done: u64,
}

impl Merge {
    /// Looks at the beginning of every file, to know when its turn comes. Times beyond `newest_us`
    /// put nothing in order.
    pub(super) fn of(paths: &[PathBuf], settings: &Settings, newest_us: i64) -> Self {
        let (mut waiting, mut unlisted) = (Vec::new(), VecDeque::new());
        for listed in list(paths) {
            match listed {
                Listed::File(path, bytes) => waiting.push(Waiting {
                    first_us: first_us(&path, settings, newest_us),
                    path,
                    bytes,
                }),
                Listed::Fault(path, fault) => unlisted.push_back(Unread {
                    source: path.display().to_string(),
                    at: 0,
                    reason: fault.code(),
                    is_part: true,
                }),
            }
        }
        let begins_us = waiting.iter().filter_map(|file| file.first_us).min();
        // A file without any time is played where the recording begins.
        waiting.sort_by_key(|file| file.first_us);
        Self {
            settings: settings.clone(),
            newest_us,
            unlisted,
            files: waiting.len(),
            bytes_total: waiting.iter().map(|file| file.bytes).sum(),
            waiting: waiting.into(),
            open: Vec::new(),
            begins_us: begins_us.unwrap_or(0),
            last_us: None,
            late: 0,
            bytes_closed: 0,
        }
    }

    /// Bytes of the files that were played, as they are on disk.
    pub(super) fn bytes_done(&self) -> u64 {
        let open: u64 = self.open.iter().map(|open| open.bytes_done).sum();
        self.bytes_closed + open
    }

    /// A path that could not be looked into.
    pub(super) fn next_unlisted(&mut self) -> Option<Unread> {
        self.unlisted.pop_front()
    }

    /// The next entry; `None` when all files were played.
    pub(super) fn next(&mut self) -> Option<Recorded> {
        self.open_those_whose_turn_has_come();
        let (place, _) = self.earliest()?;
        let open = self.open.get_mut(place)?;
        let mut recorded = open.entries.pop_front()?;
        self.refill(place);
        if self.last_us.is_some_and(|last| recorded.order_us < last) {
            self.late += u64::from(recorded.unread.is_none());
        }
        let last_us = self.last_us.unwrap_or(recorded.order_us);
        self.last_us = Some(last_us.max(recorded.order_us));
        recorded.order_us = recorded.order_us.max(last_us);
        Some(recorded)
    }

    /// The open file whose next entry is the earliest, and when that is.
    fn earliest(&self) -> Option<(usize, i64)> {
        let heads = self.open.iter().enumerate();
        let heads = heads.filter_map(|(place, open)| {
            let head = open.entries.front()?;
            Some((place, head.order_us))
        });
        heads.min_by_key(|(place, order_us)| (*order_us, *place))
    }

    fn open_those_whose_turn_has_come(&mut self) {
        while self.open.len() < OPEN_MAX {
            let earliest = self.earliest().map(|(_, order_us)| order_us);
            let is_due = self.waiting.front().is_some_and(|file| {
                earliest.is_none_or(|earliest| file.first_us.is_none_or(|first| first <= earliest))
            });
            if !is_due {
                return;
            }
            let Some(file) = self.waiting.pop_front() else {
                return;
            };
            let begins_us = file.first_us.or(self.last_us).unwrap_or(self.begins_us);
            self.open
                .push(start(file, &self.settings, (begins_us, self.newest_us)));
            self.refill(self.open.len() - 1);
        }
    }

    /// Waits for the next batch of a file that has nothing left, or closes it.
    fn refill(&mut self, place: usize) {
        while let Some(open) = self.open.get_mut(place).filter(|it| it.entries.is_empty()) {
            match open.pieces.recv() {
                Ok(piece) => {
                    open.entries = piece.entries;
                    open.bytes_done = piece.bytes_done;
                }
                Err(_) => {
                    let closed = self.open.remove(place);
                    self.bytes_closed += closed.bytes;
                    // Half a recording must not pass for a whole one.
                    if let Err(panic) = closed.reader.join() {
                        resume_unwind(panic);
                    }
                    return;
                }
            }
        }
    }
}

/// The earliest time in the first batch of a file that holds events.
fn first_us(path: &Path, settings: &Settings, newest_us: i64) -> Option<i64> {
    let mut first = None;
    read(&[path.to_owned()], settings, &mut |batch, _| {
        let mut has_events = false;
        let times = batch.iter().filter_map(|entry| match entry {
            Entry::Event(event) => {
                has_events = true;
                event.time_us.filter(|at_us| *at_us <= newest_us)
            }
            Entry::Unread(_) => None,
        });
        first = times.min();
        match has_events {
            // A whole file without times is not worth reading twice.
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    first
}

/// When the first entry counts that tells no time, and the latest that any does.
type Bounds = (i64, i64);

fn start(file: Waiting, settings: &Settings, bounds: Bounds) -> Open {
    let (told, pieces) = sync_channel(AHEAD_MAX);
    let settings = settings.clone();
    let Waiting { path, bytes, .. } = file;
    let reader = thread::spawn(move || reading(path, &settings, bounds, &told));
    Open {
        bytes,
        pieces,
        reader,
        entries: VecDeque::new(),
        bytes_done: 0,
    }
}

fn reading(path: PathBuf, settings: &Settings, bounds: Bounds, told: &SyncSender<Piece>) {
    let (mut order_us, newest_us) = bounds;
    read(&[path], settings, &mut |batch, progress| {
        let piece = Piece {
            entries: recorded(batch, &mut order_us, newest_us),
            bytes_done: progress.bytes_done,
        };
        match told.send(piece) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
}

/// The entries of a batch in the order of their time.
fn recorded(batch: &Batch, order_us: &mut i64, newest_us: i64) -> VecDeque<Recorded> {
    let mut entries = Vec::with_capacity(batch.len());
    for entry in batch.iter() {
        let at = match &entry {
            Entry::Event(event) => {
                let at_us = event.time_us.filter(|at_us| *at_us <= newest_us);
                *order_us = at_us.unwrap_or(*order_us);
                event.at
            }
            Entry::Unread(one) => one.at,
        };
        let kept = kept_as(batch, &entry);
        entries.push(Recorded {
            order_us: *order_us,
            class: kept.class,
            payload: kept.payload,
            unread: kept.fault.map(|fault| Unread {
                source: batch.source().to_string(),
                at,
                reason: fault.code(),
                is_part: fault.is_part(),
            }),
        });
    }
    entries.sort_by_key(|entry| entry.order_us);
    entries.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zeek(folder: &Path, name: &str, seconds: &[i64]) {
        let lines: Vec<String> = seconds
            .iter()
            .map(|at| {
                format!("{{\"_path\":\"dns\",\"ts\":{at}.5,\"uid\":\"{name}\",\"query\":\"a\"}}")
            })
            .collect();
        std::fs::write(folder.join(name), lines.join("\n")).unwrap();
    }

    fn orders(folder: &Path) -> (Vec<i64>, u64) {
        let mut merge = Merge::of(&[folder.to_owned()], &Settings::default(), i64::MAX);
        let mut orders = Vec::new();
        while let Some(recorded) = merge.next() {
            assert!(recorded.unread.is_none());
            orders.push(recorded.order_us.div_euclid(1_000_000));
        }
        assert_eq!(merge.bytes_done(), merge.bytes_total);
        (orders, merge.late)
    }

    #[test]
    fn files_beside_each_other_are_one_recording() {
        let folder = tempfile::tempdir().unwrap();
        zeek(folder.path(), "b", &[1, 5, 9]);
        zeek(folder.path(), "a", &[2, 3, 8]);
        zeek(folder.path(), "c", &[7, 4, 10]);
        assert_eq!(orders(folder.path()), (vec![1, 2, 3, 4, 5, 7, 8, 9, 10], 0));
    }

    /// More files than may be open: those that wait are late, and that is counted.
    #[test]
    fn what_cannot_be_put_in_order_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let files = i64::try_from(OPEN_MAX).unwrap() + 2;
        for number in 0..files {
            zeek(
                folder.path(),
                &format!("f{number:02}"),
                &[number, 100 + number],
            );
        }
        let (orders, late) = orders(folder.path());
        assert_eq!(orders.len(), usize::try_from(files).unwrap() * 2);
        assert!(orders.is_sorted());
        assert_eq!(late, 2);
    }
}
