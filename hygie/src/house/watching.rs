//! Watches what is kept: one thread for each log folds its entries into findings, which are kept
//! among decisions, and findings into incidents.
//!
//! ```text
//! decisions ─ fold ─┬─ findings ─ decisions ─ incidents, risk
//! telemetry ─ fold ─┘
//! ```
//!
//! INVARIANT: (6) same log, same state: a snapshot is only a shortcut. It names the place among
//! decisions from which on findings may have been kept that the fold makes again after a crash;
//! those are known, and kept once.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLockReadGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use event::{Event, FindingRaised, LimitReached, Suppression, Timestamp, class_of};
use evidence::{Entry, EvidenceLog, Offer, Records, SealedSource, Snapshot, read_snapshot};
use serde::{Deserialize, Serialize};
use watch::fold::{Found, Kept, Watch, WatchState};
use watch::incident::Incidents;
use watch::indicator::Indicators;

use super::findings::{
    CLASSES, FindingName, Followed, SharedIncidents, SharedIndicators, follow, name_of,
    suppression_changes,
};
use crate::clock;
use crate::hunt::IndicatorMatcher;
use crate::stop::Stop;

/// The name of the snapshot beside a log.
const NAME: &str = "watch";

/// The one version of what is written down.
const VERSION: u32 = 1;

/// How long to wait when nothing has come.
const LOOK_EACH: Duration = Duration::from_millis(100);

/// How long to wait after a failure.
const AGAIN: Duration = Duration::from_secs(30);

/// How often the state is written down, if anything has come.
const WRITE_EACH: Duration = Duration::from_secs(60);

/// After so long without an entry it is kept that none came, while something waits for the time.
const QUIET_AFTER: Duration = Duration::from_secs(10);

/// The same a second time, once other sources are taken for silent as well.
const QUIET_AGAIN: Duration = Duration::from_secs(70);

/// How far watching steps back behind the door.
const NICENESS: i32 = 10;

/// Findings that are kept together.
const RAISED_MAX: usize = 1_024;

/// One log that is watched.
#[derive(Debug)]
pub(super) struct Watched {
    /// `decisions` or `telemetry`.
    pub(super) stream: &'static str,
    pub(super) folder: PathBuf,
    pub(super) log: Arc<EvidenceLog>,
    pub(super) watch: Watch,
    /// Of decisions only: what follows their findings.
    pub(super) incidents: Option<SharedIncidents>,
    /// Of decisions only: the suppressions that are to be in force.
    pub(super) suppressions: Vec<Suppression>,
}

/// Where decisions are, into which findings are kept.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) decisions: Arc<EvidenceLog>,
    pub(super) folder: PathBuf,
    pub(super) telemetry: Arc<EvidenceLog>,
    pub(super) source: Arc<dyn SealedSource>,
    pub(super) indicators: SharedIndicators,
    pub(super) followed: Arc<Followed>,
}

/// The thread of one log.
#[derive(Debug)]
pub(super) struct Watching {
    stop: Arc<Stop>,
    thread: JoinHandle<Option<Snapshot>>,
    log: Arc<EvidenceLog>,
}

/// What is written down.
#[derive(Deserialize)]
struct Written {
    version: u32,
    /// Findings of entries behind the snapshot may be among decisions from here on.
    raised_from: u64,
    state: WatchState,
    incidents: Option<Incidents>,
    /// With what the past was hunted; of decisions only.
    #[serde(default)]
    hunted: BTreeSet<String>,
}

/// The same on its way to the disk.
#[derive(Serialize)]
struct Writing<'w> {
    version: u32,
    raised_from: u64,
    state: &'w WatchState,
    incidents: Option<&'w Incidents>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    hunted: BTreeSet<String>,
}

impl Watching {
    /// Recalls what was seen, and goes on from there in a thread of its own.
    pub(super) fn start(watched: Watched, desk: Desk) -> io::Result<Self> {
        let stop = Arc::new(Stop::default());
        let (asked, log) = (Arc::clone(&stop), Arc::clone(&watched.log));
        let thread = thread::Builder::new()
            .name(format!("watch-{}", watched.stream))
            .spawn(move || {
                step_back();
                Fold::recall(watched, desk).run(&asked)
            })?;
        Ok(Self { stop, thread, log })
    }

    /// Ends the thread; what it knows, to be written down once the log is closed.
    pub(super) fn end(self) -> Option<(Arc<EvidenceLog>, Snapshot)> {
        self.stop.ask();
        match self.thread.join() {
            Ok(snapshot) => Some((self.log, snapshot?)),
            Err(_) => {
                tracing::error!("A thread that watches ended by a fault");
                None
            }
        }
    }
}

/// Lets the threads of the door go first: this thread alone is meant, as Linux counts it.
pub(super) fn step_back() {
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::warn!(%error, "Watching takes as much of the processor as the door");
    }
}

/// Writes down what a thread knew in the end.
pub(super) fn write_down(log: &EvidenceLog, snapshot: &Snapshot) {
    if let Err(error) = log.keep_snapshot(NAME, snapshot) {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(
            error,
            "What was seen could not be written down: the next start reads more"
        );
    }
}

struct Fold {
    watched: Watched,
    desk: Desk,
    /// Index of the first entry that was not seen.
    next: u64,
    /// Findings that were kept before a crash, and are made again.
    kept_before: BTreeSet<FindingName>,
    raised: Vec<FindingRaised>,
    /// What compares entries with indicators.
    matcher: IndicatorMatcher,
    /// Where the log is read on.
    records: Option<Records>,
    /// When the last entry came that told more than that none had come.
    came_at: Instant,
    /// How often it was kept since that none came.
    quiet: u32,
    /// What is kept then.
    quiet_bytes: Vec<u8>,
    written_at: Instant,
    written_to: u64,
    /// A state that waits for its checkpoint.
    waiting: Option<Snapshot>,
}

impl Fold {
    fn recall(watched: Watched, desk: Desk) -> Self {
        let mut fold = Self {
            watched,
            desk,
            next: 0,
            kept_before: BTreeSet::new(),
            raised: Vec::new(),
            matcher: IndicatorMatcher::default(),
            records: None,
            came_at: Instant::now(),
            quiet: 0,
            quiet_bytes: Event::Quiet.to_bytes(),
            written_at: Instant::now(),
            written_to: 0,
            waiting: None,
        };
        let raised_from = fold.believe();
        if let Err(error) = fold.look_for_kept(raised_from) {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "Findings that were kept before cannot be read: some come twice"
            );
        }
        fold
    }

    /// Takes what was written down, if the log bears it out; from where on findings may be kept.
    fn believe(&mut self) -> u64 {
        let found = read_snapshot(&self.watched.folder, NAME).ok().flatten();
        let written = found.and_then(|snapshot| {
            let written: Written = serde_json::from_slice(&snapshot.bytes).ok()?;
            (written.version == VERSION).then_some((snapshot.size, written))
        });
        let Some((size, written)) = written else {
            return 0;
        };
        self.watched.watch.resume(written.state);
        if let (Some(shared), Some(incidents)) = (&self.watched.incidents, written.incidents) {
            *shared.write().unwrap_or_else(PoisonError::into_inner) = incidents;
            self.desk.followed.recall(written.hunted);
        }
        (self.next, self.written_to) = (size, size);
        written.raised_from
    }

    fn look_for_kept(&mut self, from: u64) -> Result<(), evidence::Error> {
        let records = Records::open(&self.desk.folder, from, Arc::clone(&self.desk.source));
        let mut records = records.with_classes([class_of::DETECTION_FINDING]);
        while let Some(record) = records.read()? {
            if let Ok(Event::FindingRaised(raised)) = Event::from_bytes(record.payload)
                && raised.stream == self.watched.stream
            {
                self.kept_before.insert(name_of(&raised));
            }
        }
        Ok(())
    }

    fn run(mut self, stop: &Stop) -> Option<Snapshot> {
        let (mut pause, mut is_settled) = (Duration::ZERO, false);
        // All that was kept before this start.
        let seen_to = self.watched.log.size();
        while !stop.wait(pause) {
            // What is broken off is known by halves: nothing is settled by it.
            let settled =
                self.catch_up(stop)
                    .and_then(|()| match is_settled || self.next < seen_to {
                        true => Ok(()),
                        false => self.settle_suppressions(),
                    });
            pause = match settled {
                Ok(()) => {
                    if self.next >= seen_to {
                        is_settled = true;
                        // Whatever is found from here on was never kept.
                        self.kept_before.clear();
                    }
                    LOOK_EACH
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    let stream = self.watched.stream;
                    tracing::error!(error, stream, "A log cannot be watched now");
                    AGAIN
                }
            };
            self.tell_quiet();
            self.write_down_now_and_then();
        }
        self.snapshot()
    }

    /// Sees what came since the last time, as far as it is durable: a finding must never rest on an
    /// entry that a power cut takes.
    fn catch_up(&mut self, stop: &Stop) -> Result<(), evidence::Error> {
        let end = self.watched.log.size();
        if self.next >= end {
            return self.keep_raised();
        }
        // After an error the log is opened anew; otherwise reading goes on where it was.
        let mut records = self.records.take().unwrap_or_else(|| {
            let source = Arc::clone(&self.desk.source);
            Records::open(&self.watched.folder, self.next, source)
        });
        let indicators = Arc::clone(&read(&self.desk.indicators));
        while self.next < end
            && let Some(record) = records.read()?
        {
            self.follow(record.class, record.payload);
            let kept = Kept {
                index: record.index,
                received_us: i64::try_from(record.time_us).unwrap_or(i64::MAX),
                payload: record.payload,
            };
            self.see(kept, &indicators);
            if self.raised.len() >= RAISED_MAX {
                self.keep_raised()?;
            }
            // A long catching up is broken off; the next start goes on.
            if self.next.is_multiple_of(4_096) && stop.wait(Duration::ZERO) {
                break;
            }
        }
        self.records = Some(records);
        self.keep_raised()
    }

    /// Lets incidents follow, of decisions, and what the past was hunted with.
    fn follow(&self, class: u16, payload: &[u8]) {
        if let Some(shared) = &self.watched.incidents
            && CLASSES.contains(&class)
            && let Ok(event) = Event::from_bytes(payload)
        {
            self.desk.followed.follow(&event);
            follow(
                &mut shared.write().unwrap_or_else(PoisonError::into_inner),
                event,
            );
        }
    }

    fn see(&mut self, kept: Kept<'_>, indicators: &Indicators) {
        let stream = self.watched.stream;
        if !indicators.is_empty() {
            let found = self.matcher.findings(indicators, kept);
            let found = found.into_iter().map(|raised| raised.kept(stream, None));
            self.raised.extend(found);
        }
        for found in self.watched.watch.apply(kept) {
            match found {
                Found::Raised(raised) => self.raised.push(raised.kept(stream, None)),
                Found::Limited(limited) => self.tell_limit(&limited.what, limited.total),
            }
        }
        self.next = kept.index.saturating_add(1);
        if kept.payload != self.quiet_bytes {
            (self.came_at, self.quiet) = (Instant::now(), 0);
        }
    }

    /// Keeps what was found. After a crash before this, the fold finds it again; after a crash
    /// behind it, the finding is known.
    fn keep_raised(&mut self) -> Result<(), evidence::Error> {
        if !self.kept_before.is_empty() {
            let kept_before = &self.kept_before;
            self.raised
                .retain(|raised| !kept_before.contains(&name_of(raised)));
        }
        let now = clock::now();
        while !self.raised.is_empty() {
            let some = self.raised.iter().take(RAISED_MAX).cloned();
            let entries: Vec<Entry> = some
                .map(|raised| entry_of(&Event::FindingRaised(raised), now))
                .collect();
            drop(self.desk.decisions.append_batch_wait(&entries)?);
            self.raised.drain(..entries.len());
        }
        // Whoever hunts up to here knows by this that all of it is among decisions.
        self.desk.followed.see(self.watched.stream, self.next);
        Ok(())
    }

    /// Keeps that nothing came, for what waits to be judged: the fold itself knows no clock.
    fn tell_quiet(&mut self) {
        let after = match self.quiet {
            0 => QUIET_AFTER,
            1 => QUIET_AGAIN,
            _ => return,
        };
        if self.watched.watch.waiting() == 0 || self.came_at.elapsed() < after {
            return;
        }
        let entry = entry_of(&Event::Quiet, clock::now());
        if matches!(self.watched.log.try_append(entry), Ok(Offer::Taken(_))) {
            self.quiet += 1;
        }
    }

    /// Keeps what has changed in the suppressions since the last start; incidents follow the log.
    fn settle_suppressions(&self) -> Result<(), evidence::Error> {
        let Some(shared) = &self.watched.incidents else {
            return Ok(());
        };
        let now = clock::now();
        let events = {
            let incidents = shared.read().unwrap_or_else(PoisonError::into_inner);
            suppression_changes(incidents.suppressions(), &self.watched.suppressions, now)
        };
        let entries: Vec<Entry> = events.iter().map(|event| entry_of(event, now)).collect();
        self.desk.decisions.append_batch_wait(&entries).map(drop)
    }

    fn tell_limit(&self, what: &str, times: u64) {
        let event = Event::LimitReached(LimitReached {
            limit: format!("watch-{what}"),
            value: 0,
            times,
        });
        let entry = entry_of(&event, clock::now());
        if !matches!(self.desk.telemetry.try_append(entry), Ok(Offer::Taken(_))) {
            tracing::warn!(what, times, "A limit of watching was reached");
        }
    }

    fn write_down_now_and_then(&mut self) {
        if self.waiting.is_none()
            && self.written_at.elapsed() >= WRITE_EACH
            && self.next > self.written_to
        {
            self.written_at = Instant::now();
            self.waiting = self.snapshot();
        }
        let Some(snapshot) = &self.waiting else {
            return;
        };
        match self.watched.log.keep_snapshot(NAME, snapshot) {
            // Its entries are under no checkpoint yet.
            Ok(false) => {}
            Ok(true) => {
                self.written_to = snapshot.size;
                self.waiting = None;
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                let stream = self.watched.stream;
                tracing::warn!(error, stream, "What was seen could not be written down");
                self.waiting = None;
            }
        }
    }

    /// What is known now; nothing while findings wait to be kept.
    fn snapshot(&self) -> Option<Snapshot> {
        if !self.raised.is_empty() {
            return None;
        }
        let incidents = self.watched.incidents.as_ref();
        let incidents =
            incidents.map(|shared| shared.read().unwrap_or_else(PoisonError::into_inner));
        let hunted = match incidents {
            Some(_) => self.desk.followed.hunted(),
            None => BTreeSet::new(),
        };
        let bytes = serde_json::to_vec(&Writing {
            version: VERSION,
            raised_from: self.desk.decisions.size(),
            state: self.watched.watch.state(),
            incidents: incidents.as_deref(),
            hunted,
        });
        let bytes = bytes.inspect_err(|error| {
            tracing::warn!(%error, "What was seen cannot be written: the next start reads more");
        });
        Some(Snapshot {
            size: self.next,
            bytes: bytes.ok()?,
        })
    }
}

fn read(indicators: &SharedIndicators) -> RwLockReadGuard<'_, Arc<Indicators>> {
    indicators.read().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn entry_of(event: &Event, at: Timestamp) -> Entry {
    Entry {
        class: event.class(),
        time_us: at.as_us(),
        payload: event.to_bytes(),
    }
}

#[cfg(test)]
mod tests;
