//! The pen for logs: a batch becomes entries of the telemetry log, with a mark behind them.
//!
//! ```text
//! event ─ Logged ┐
//! event ─ Logged ├─ one batch of evidence, durable together ─ position moves
//! fault ─ LogUnread
//! mark  ─ LogTaken ┘
//! ```
//!
//! INVARIANT: (8) whatever a batch holds is kept: what could not be read as an event with the reason.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use event::{Event, LogTaken, LogUnread, Logged, Timestamp, class_of};
use evidence::limits::PAYLOAD_BYTES_MAX;
use evidence::{Entry, EvidenceLog, Offer, PendingBatch};
use sha2::{Digest, Sha256};

use super::batch::{self, Batch};
use super::fault::Fault;
use super::follow::Mark;
use crate::limits::{LOG_MARKS_LOOKED_AT, LOG_PENDING_MAX, LOG_RECENT_MAX, LOG_UNREAD_BYTES_MAX};

/// Keeps the batches of one source.
#[derive(Debug)]
pub struct LogKeeper {
    clock: fn() -> Timestamp,
    telemetry: Arc<EvidenceLog>,
    /// Digests of batches that were kept before.
    known: BTreeSet<String>,
    /// Those of them that are forgotten again, the oldest first.
    recent: VecDeque<String>,
    pending: VecDeque<PendingBatch>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is kept.
    Now,
    /// It was kept before: nothing was added.
    Before,
}

impl LogKeeper {
    /// A keeper that knows no batch yet.
    #[must_use]
    pub fn new(clock: fn() -> Timestamp, telemetry: Arc<EvidenceLog>) -> Self {
        Self {
            clock,
            telemetry,
            known: BTreeSet::new(),
            recent: VecDeque::new(),
            pending: VecDeque::new(),
        }
    }

    /// Passes over batches with these digests.
    #[must_use]
    pub fn knowing(mut self, digests: BTreeSet<String>) -> Self {
        self.known = digests;
        self
    }

    /// What a batch is kept as, and the digest by which it is known again; nothing when it was kept
    /// before. For whoever keeps it by itself, and then calls [`LogKeeper::remember`].
    pub(super) fn entries(&self, batch: &Batch) -> Option<(String, Vec<Entry>)> {
        let digest = digest(batch);
        let is_new = !self.known.contains(&digest);
        is_new.then(|| (digest.clone(), entries(batch, digest, None, self.now())))
    }

    /// Knows a batch from here on, and forgets the one that was known longest where there are many.
    pub(super) fn remember(&mut self, digest: String) {
        if self.known.insert(digest.clone()) {
            self.recent.push_back(digest);
        }
        if self.recent.len() > LOG_RECENT_MAX
            && let Some(oldest) = self.recent.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// Keeps that somebody was turned away, if there is room.
    pub(super) fn turned_away(&self, source: &str, code: &'static str) -> bool {
        let event = Event::LogUnread(LogUnread {
            source: source.to_owned(),
            at: 0,
            reason: Fault::Sender(code).code().to_owned(),
            head: String::new(),
            line_bytes: 0,
            times: 1,
        });
        let entry = Entry {
            class: event.class(),
            time_us: self.now().as_us(),
            payload: event.to_bytes(),
        };
        matches!(self.telemetry.try_append(entry), Ok(Offer::Taken(_)))
    }

    pub(super) fn telemetry(&self) -> Arc<EvidenceLog> {
        Arc::clone(&self.telemetry)
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The one clock.
    pub(super) fn clock(&self) -> fn() -> Timestamp {
        self.clock
    }

    /// From here on every batch is new.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// Keeps a batch; when this returns it is durable.
    ///
    /// # Errors
    /// Those of [`EvidenceLog::append`]; then nothing of it is acknowledged, and it comes again.
    pub fn keep(&mut self, batch: &Batch, mark: Option<&Mark>) -> Result<Kept, evidence::Error> {
        let kept = self.submit(batch, mark)?;
        self.flush()?;
        Ok(kept)
    }

    /// Like [`LogKeeper::keep`], but a few batches may still be on their way to the disk:
    /// [`LogKeeper::flush`] waits for them.
    ///
    /// # Errors
    /// Those of [`LogKeeper::keep`], for this batch or one before it.
    pub fn submit(&mut self, batch: &Batch, mark: Option<&Mark>) -> Result<Kept, evidence::Error> {
        let digest = digest(batch);
        if self.known.contains(&digest) {
            return Ok(Kept::Before);
        }
        let entries = entries(batch, digest, mark, self.now());
        self.pending
            .push_back(self.telemetry.submit_wait(&entries)?);
        while self.pending.len() > LOG_PENDING_MAX {
            self.wait_for_one()?;
        }
        Ok(Kept::Now)
    }

    /// Waits until everything that was given is durable.
    ///
    /// # Errors
    /// Those of [`LogKeeper::keep`].
    pub fn flush(&mut self) -> Result<(), evidence::Error> {
        while !self.pending.is_empty() {
            self.wait_for_one()?;
        }
        Ok(())
    }

    fn wait_for_one(&mut self) -> Result<(), evidence::Error> {
        match self.pending.pop_front() {
            Some(pending) => pending.wait().map(drop),
            None => Ok(()),
        }
    }
}

/// The marks among the newest entries of the telemetry log, the oldest first.
///
/// # Errors
/// Those of [`EvidenceLog::reader`].
pub fn marks(telemetry: &EvidenceLog, sealed_to: u64) -> Result<Vec<LogTaken>, evidence::Error> {
    let from = telemetry.size().saturating_sub(LOG_MARKS_LOOKED_AT);
    let mut reader = telemetry.reader(from.max(sealed_to))?;
    let mut found = Vec::new();
    while let Some(record) = reader.next().transpose()? {
        if record.class != class_of::APPLICATION_LIFECYCLE {
            continue;
        }
        if let Ok(Event::LogTaken(taken)) = Event::from_bytes(&record.payload) {
            found.push(taken);
        }
    }
    Ok(found)
}

/// What a batch is kept as; its mark is the last entry.
fn entries(batch: &Batch, digest: String, mark: Option<&Mark>, now: Timestamp) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(batch.len() + 1);
    let entry = |class, payload| Entry {
        class,
        time_us: now.as_us(),
        payload,
    };
    let (mut events, mut unread) = (0_u64, 0_u64);
    for one in batch.iter() {
        match one {
            batch::Entry::Event(event) => {
                let logged = logged(batch, &event);
                let (class, payload) = (logged.class(), logged.to_bytes());
                if payload.len() <= PAYLOAD_BYTES_MAX {
                    entries.push(entry(class, payload));
                    events += 1;
                    continue;
                }
                // With where it came from it is longer than evidence takes.
                let too_long = too_long(batch, &event);
                entries.push(entry(too_long.class(), too_long.to_bytes()));
                unread += 1;
            }
            batch::Entry::Unread(it) => {
                let told = told(batch, &it);
                entries.push(entry(told.class(), told.to_bytes()));
                unread += 1;
            }
        }
    }
    let taken = Event::LogTaken(LogTaken {
        source: batch.source().to_string(),
        events,
        unread,
        digest,
        mark: mark.and_then(|mark| serde_json::to_value(mark).ok()),
    });
    entries.push(entry(taken.class(), taken.to_bytes()));
    entries
}

fn logged<'b>(batch: &'b Batch, event: &batch::Event<'b>) -> Logged<'b> {
    Logged {
        kind: event.kind.into(),
        source: (&**batch.source()).into(),
        at: event.at,
        host: event.host.map(Into::into),
        time_us: event.time_us,
        json: event.json,
    }
}

fn too_long(batch: &Batch, event: &batch::Event<'_>) -> Event {
    let head = event.json.get(..LOG_UNREAD_BYTES_MAX);
    Event::LogUnread(LogUnread {
        source: batch.source().to_string(),
        at: event.at,
        reason: Fault::Line(wire::log::Reason::TooLong).code().to_owned(),
        head: String::from_utf8_lossy(head.unwrap_or(event.json)).into_owned(),
        line_bytes: u64::try_from(event.json.len()).unwrap_or(u64::MAX),
        times: 1,
    })
}

fn told(batch: &Batch, unread: &batch::Unread<'_>) -> Event {
    Event::LogUnread(LogUnread {
        source: batch.source().to_string(),
        at: unread.at,
        reason: unread.fault.code().to_owned(),
        head: String::from_utf8_lossy(unread.head).into_owned(),
        line_bytes: unread.line_bytes,
        times: unread.times,
    })
}

/// What tells the two kinds of entries apart in a digest.
const EVENT: u8 = 0;
const UNREAD: u8 = 1;

/// SHA-256 of what a batch holds and where each part began; of what could not be read the name of
/// the source as well.
fn digest(batch: &Batch) -> String {
    let mut digest = Sha256::new();
    for one in batch.iter() {
        let (tag, at, bytes) = match &one {
            batch::Entry::Event(event) => (EVENT, event.at, event.json),
            batch::Entry::Unread(unread) => (UNREAD, unread.at, unread.head),
        };
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        // A file that cannot be opened says nothing of itself but its name.
        if tag == UNREAD {
            digest.update(batch.source().as_bytes());
        }
        digest.update([tag]);
        digest.update(at.to_be_bytes());
        digest.update(length.to_be_bytes());
        digest.update(bytes);
    }
    hex::encode(digest.finalize())
}

#[cfg(test)]
pub(super) mod tests;
