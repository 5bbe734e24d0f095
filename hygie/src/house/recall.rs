//! What the house remembers: recalled at the start, written down from time to time.
//!
//! ```text
//! snapshot (counts, reviews, glasses up to some entry) + the entries since = the state
//! ```
//!
//! INVARIANT: (6) same log, same state: a snapshot is only a shortcut; what opens a record is read
//! from the log itself.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use console::{Desk, Fold};
use event::{Event, GlassDeclared, GlassId, Timestamp, class_of};
use evidence::{EvidenceLog, Manifest, Records, SealedSource, Snapshot, read_snapshot};

use crate::stop::Stop;

/// The name of the snapshot beside the log.
const NAME: &str = "house";

/// How many entries must have come before the state is written down anew.
const ENTRIES_MIN: u64 = 4_096;

/// How often it is looked whether they have.
const FOLD_EACH: Duration = Duration::from_secs(60);

/// How often a state that waits for its checkpoint is offered again.
const OFFER_EACH: Duration = Duration::from_secs(2);

/// What was recalled.
#[derive(Debug)]
pub(super) struct Recalled {
    /// The state, from which the desk goes on.
    pub(super) fold: Fold,
    /// The glasses that are open.
    pub(super) glasses: Vec<GlassDeclared>,
    /// The glasses whose time ran out while the door was shut: their ends are to be kept.
    pub(super) over: Vec<GlassDeclared>,
}

/// Recalls the state of a log: from the snapshot, then from the entries since.
///
/// When entries that were sealed cannot be read, the door opens all the same: glasses come from
/// what can be read, and the desk shows nothing rather than something wrong.
pub(super) fn recall(
    folder: &Path,
    source: &Arc<dyn SealedSource>,
    now: Timestamp,
) -> Result<Recalled, evidence::Error> {
    let mut fold = remembered(folder, source, now)?;
    match catch_up(&mut fold, folder, source) {
        Ok(()) => Ok(Recalled {
            glasses: open(&fold, now).map(|(_, glass)| glass.clone()).collect(),
            over: over(&fold, now),
            fold,
        }),
        // A log that cannot be read at all fails again below.
        Err(error) if is_unreadable(&error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "The door opens without all it should remember"
            );
            // Of a glass that is remembered by halves nobody knows whether it was ended: it stays
            // shut, and whoever still needs it declares anew.
            let glasses = unsealed(folder, source, now)?;
            // What ended cannot be told from what is half remembered: the next start does.
            let over = Vec::new();
            Ok(Recalled {
                fold,
                glasses,
                over,
            })
        }
        Err(error) => Err(error),
    }
}

/// The state that was written down, if the log bears it out.
///
/// A glass that it calls open must stand in the log: whoever can write a file beside the log must
/// not be able to open a record by it.
fn remembered(
    folder: &Path,
    source: &Arc<dyn SealedSource>,
    now: Timestamp,
) -> Result<Fold, evidence::Error> {
    let Some(snapshot) = read_snapshot(folder, NAME)? else {
        return Ok(Fold::default());
    };
    let fold = Fold::from_bytes(&snapshot.bytes).filter(|fold| fold.next() == snapshot.size);
    let Some(fold) = fold else {
        tracing::info!("What an earlier version wrote down is folded anew");
        return Ok(Fold::default());
    };
    for (index, glass) in open(&fold, now) {
        let kept = match is_kept(folder, source, *index, glass) {
            Err(error) if is_unreadable(&error) => false,
            kept => kept?,
        };
        if !kept {
            tracing::error!(glass = %glass.glass, "A glass of the snapshot is not in the log");
            return Ok(Fold::default());
        }
    }
    match ended_one(folder, source, &fold, now) {
        Ok(None) => Ok(fold),
        Ok(Some(glass)) => {
            tracing::error!(%glass, "A glass that the snapshot calls open was ended in the log");
            Ok(Fold::default())
        }
        Err(error) if is_unreadable(&error) => Ok(Fold::default()),
        Err(error) => Err(error),
    }
}

/// Whether a part of the log cannot be read, which must not keep the door shut.
/// Whether an entry was kept before an instant.
pub(super) fn is_before(
    (folder, source): (&Path, &Arc<dyn SealedSource>),
    at: u64,
    since_us: u64,
) -> Result<bool, evidence::Error> {
    let mut records = Records::open(folder, at, Arc::clone(source));
    let time_us = records.read()?.map(|record| record.time_us);
    Ok(time_us.is_some_and(|time_us| time_us < since_us))
}

/// The first entry that is not old, by halves. Entries stand nearly in the order of their times:
/// a clock that was set back hides at most what came before it, which must do no harm.
pub(super) fn first_since(
    (mut low, mut high): (u64, u64),
    is_old: impl Fn(u64) -> Result<bool, evidence::Error>,
) -> Result<u64, evidence::Error> {
    while low < high {
        let middle = low + (high - low) / 2;
        match is_old(middle)? {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    Ok(low)
}

pub(super) fn is_unreadable(error: &evidence::Error) -> bool {
    use evidence::Error::{Io, Sealed, SealedUnread};
    matches!(error, Io { .. } | Sealed { .. } | SealedUnread { .. })
}

fn is_kept(
    folder: &Path,
    source: &Arc<dyn SealedSource>,
    index: u64,
    glass: &GlassDeclared,
) -> Result<bool, evidence::Error> {
    let mut records = Records::open(folder, index, Arc::clone(source));
    let Some(record) = records.read()? else {
        return Ok(false);
    };
    let kept = Event::from_bytes(record.payload).ok();
    Ok(record.index == index && matches!(kept, Some(Event::GlassDeclared(it)) if it == *glass))
}

/// A glass that a fold calls open, though the entries it claims to hold tell of its end.
///
/// Only entries since the first such declaration are read, an hour's at the most.
fn ended_one(
    folder: &Path,
    source: &Arc<dyn SealedSource>,
    fold: &Fold,
    now: Timestamp,
) -> Result<Option<GlassId>, evidence::Error> {
    let Some(first) = open(fold, now).map(|(index, _)| *index).min() else {
        return Ok(None);
    };
    let records = Records::open(folder, first, Arc::clone(source));
    let mut records = records.with_classes([class_of::ENTITY_MANAGEMENT]);
    while let Some(record) = records.read()? {
        if record.index >= fold.next() {
            break;
        }
        if let Ok(Event::GlassEnded(ended)) = Event::from_bytes(record.payload)
            && open(fold, now).any(|(_, glass)| glass.glass == ended.glass)
        {
            return Ok(Some(ended.glass));
        }
    }
    Ok(None)
}

/// The glasses whose time is over and whose end is not kept.
fn over(fold: &Fold, now: Timestamp) -> Vec<GlassDeclared> {
    let glasses = fold.glasses().iter();
    let over = glasses.filter(|(_, glass)| now >= glass.until);
    over.map(|(_, glass)| glass.clone()).collect()
}

fn open(fold: &Fold, now: Timestamp) -> impl Iterator<Item = &(u64, GlassDeclared)> {
    let glasses = fold.glasses().iter();
    glasses.filter(move |(_, glass)| now < glass.until)
}

fn catch_up(
    fold: &mut Fold,
    folder: &Path,
    source: &Arc<dyn SealedSource>,
) -> Result<(), evidence::Error> {
    let records = Records::open(folder, fold.next(), Arc::clone(source));
    fold.catch_up(&mut records.with_classes(Fold::CLASSES))
}

/// The open glasses among the entries that are not sealed.
fn unsealed(
    folder: &Path,
    source: &Arc<dyn SealedSource>,
    now: Timestamp,
) -> Result<Vec<GlassDeclared>, evidence::Error> {
    let from = Manifest::read(folder)?.end();
    let mut fold = Fold::default();
    let records = Records::open(folder, from, Arc::clone(source));
    fold.catch_up(&mut records.with_classes(Fold::CLASSES))?;
    let glasses = open(&fold, now).map(|(_, glass)| glass.clone()).collect();
    Ok(glasses)
}

/// Writes a state down; false when its entries are not under a checkpoint yet.
pub(super) fn write_down(log: &EvidenceLog, fold: &Fold) -> Result<bool, evidence::Error> {
    let snapshot = Snapshot {
        size: fold.next(),
        bytes: fold.to_bytes(),
    };
    log.keep_snapshot(NAME, &snapshot)
}

/// The thread that writes the state down.
#[derive(Debug)]
pub(super) struct Remembering {
    stop: Arc<Stop>,
    thread: JoinHandle<()>,
}

impl Remembering {
    pub(super) fn start(desk: Arc<Desk>, log: Arc<EvidenceLog>, kept: u64) -> io::Result<Self> {
        let stop = Arc::new(Stop::default());
        let asked = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("remember".to_owned())
            .spawn(move || remember(&desk, &log, &asked, kept))?;
        Ok(Self { stop, thread })
    }

    /// Ends the thread; what came since is written down by whoever closes the log.
    pub(super) fn end(self) {
        self.stop.ask();
        if self.thread.join().is_err() {
            tracing::error!("The thread that writes the state down ended by a fault");
        }
    }
}

fn remember(desk: &Desk, log: &EvidenceLog, stop: &Stop, mut kept: u64) {
    let mut folded_at = Instant::now();
    let mut waiting: Option<Fold> = None;
    while !stop.wait(OFFER_EACH) {
        if waiting.is_none()
            && folded_at.elapsed() >= FOLD_EACH
            && log.size().saturating_sub(kept) >= ENTRIES_MIN
        {
            folded_at = Instant::now();
            waiting = desk.fold().inspect_err(say_unfolded).ok();
        }
        let Some(fold) = &waiting else {
            continue;
        };
        match write_down(log, fold) {
            Ok(false) => {}
            Ok(true) => {
                kept = fold.next();
                waiting = None;
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "The state could not be written down: the next start reads more"
                );
                waiting = None;
            }
        }
    }
}

/// Says that the state could not be folded.
pub(super) fn say_unfolded(error: &console::Error) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "The state could not be folded: the next start reads more"
    );
}

#[cfg(test)]
mod tests;
