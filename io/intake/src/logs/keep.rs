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

    /// Whether a batch with this digest was kept before.
    pub(super) fn knows(&self, digest: &str) -> bool {
        self.known.contains(digest)
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
    pub(super) fn turned_away(&self, source: &str, code: &'static str, times: u64) -> bool {
        let event = Event::LogUnread(LogUnread {
            source: source.to_owned(),
            at: 0,
            reason: Fault::Sender(code).code().to_owned(),
            head: String::new(),
            line_bytes: 0,
            times,
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
        if self.knows(&digest) {
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
pub(super) fn entries(
    batch: &Batch,
    digest: String,
    mark: Option<&Mark>,
    now: Timestamp,
) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(batch.len() + 1);
    let entry = |class, payload| Entry {
        class,
        time_us: now.as_us(),
        payload,
    };
    let mut unread = 0_u64;
    for one in batch.iter() {
        let kept = kept_as(batch, &one);
        unread += u64::from(kept.fault.is_some());
        entries.push(entry(kept.class, kept.payload));
    }
    let events = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let taken = Event::LogTaken(LogTaken {
        source: batch.source().to_string(),
        events: events.saturating_sub(unread),
        unread,
        digest,
        mark: mark.and_then(|mark| serde_json::to_value(mark).ok()),
    });
    entries.push(entry(taken.class(), taken.to_bytes()));
    entries
}

/// One entry of a batch as evidence keeps it.
#[derive(Debug)]
pub struct KeptAs {
    /// Its OCSF class.
    pub class: u16,
    /// What is kept.
    pub payload: Vec<u8>,
    /// Why it is no event.
    pub fault: Option<Fault>,
}

/// What evidence keeps of an entry of a batch. An event that is longer with where it came from than
/// evidence takes is told as too long.
#[must_use]
pub fn kept_as(batch: &Batch, one: &batch::Entry<'_>) -> KeptAs {
    let (at, fault, head, line_bytes, times) = match one {
        batch::Entry::Event(event) => {
            let logged = Logged {
                kind: event.kind.into(),
                source: (&**batch.source()).into(),
                at: event.at,
                host: event.host.map(Into::into),
                time_us: event.time_us,
                json: event.json,
            };
            let payload = logged.to_bytes();
            if payload.len() <= PAYLOAD_BYTES_MAX {
                return KeptAs {
                    class: logged.class(),
                    payload,
                    fault: None,
                };
            }
            let fault = Fault::Line(wire::log::Reason::TooLong);
            let head = event.json.get(..LOG_UNREAD_BYTES_MAX);
            let line_bytes = u64::try_from(event.json.len()).unwrap_or(u64::MAX);
            (event.at, fault, head.unwrap_or(event.json), line_bytes, 1)
        }
        batch::Entry::Unread(it) => (it.at, it.fault, it.head, it.line_bytes, it.times),
    };
    let event = Event::LogUnread(LogUnread {
        source: batch.source().to_string(),
        at,
        reason: fault.code().to_owned(),
        head: String::from_utf8_lossy(head).into_owned(),
        line_bytes,
        times,
    });
    KeptAs {
        class: event.class(),
        payload: event.to_bytes(),
        fault: Some(fault),
    }
}

/// What tells the two kinds of entries apart in a digest.
const EVENT: u8 = 0;
const UNREAD: u8 = 1;

/// SHA-256 of what a batch holds and where each part began and happened; of what could not be read
/// the name of the source as well, since such a file says nothing else of itself.
pub(super) fn digest(batch: &Batch) -> String {
    let mut digest = Sha256::new();
    for one in batch.iter() {
        let (tag, at, about, bytes) = match &one {
            batch::Entry::Event(event) => {
                (EVENT, event.at, event.host.unwrap_or_default(), event.json)
            }
            batch::Entry::Unread(unread) => (UNREAD, unread.at, &**batch.source(), unread.head),
        };
        digest.update([tag]);
        digest.update(at.to_be_bytes());
        for part in [about.as_bytes(), bytes] {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            digest.update(length.to_be_bytes());
            digest.update(part);
        }
    }
    hex::encode(digest.finalize())
}

#[cfg(test)]
pub(super) mod tests;
