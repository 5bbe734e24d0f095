//! The door's pen: every event goes through here into its stream of evidence.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use event::{Event, LimitReached, Rejected, Timestamp};
use evidence::{Entry, EvidenceLog, Offer, Receipt};

use crate::limits::{EVIDENCE_MAX, REJECTIONS_PER_S_MAX};

/// The two logs of a house.
#[derive(Debug, Clone)]
pub struct Streams {
    /// Decisions and commands: whatever concerns a known person.
    pub decisions: Arc<EvidenceLog>,
    /// What comes in great numbers before anybody is known.
    pub telemetry: Arc<EvidenceLog>,
}

/// Writes events and waits until they are durable.
///
/// INVARIANT: nothing that somebody unknown sends reaches the stream of decisions, so that no
/// flood can hold up care.
#[derive(Debug)]
pub(crate) struct Ledger {
    streams: Streams,
    /// The second that is counted now.
    second: AtomicU64,
    /// Rejections in that second.
    rejections: AtomicU64,
    /// Rejections that were held back and that no event tells of yet.
    held_back: AtomicU64,
    /// How often the queue of decisions was full, and the second in which an event last said so.
    crowded: AtomicU64,
    crowded_told_s: AtomicU64,
    /// While a test writes here, what is durable is not told yet: evidence as slow as it likes.
    #[cfg(test)]
    pub(crate) hold: tokio::sync::RwLock<()>,
}

/// Evidence could not be kept, so nothing may be shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotKept;

impl Ledger {
    pub(crate) fn new(streams: Streams) -> Self {
        Self {
            streams,
            second: AtomicU64::new(0),
            rejections: AtomicU64::new(0),
            held_back: AtomicU64::new(0),
            crowded: AtomicU64::new(0),
            crowded_told_s: AtomicU64::new(0),
            #[cfg(test)]
            hold: tokio::sync::RwLock::default(),
        }
    }

    pub(crate) fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Keeps an event; when this returns a receipt, no crash can lose it.
    ///
    /// An event that was too slow may still become durable: then evidence tells of an answer that
    /// was not given, never the other way round.
    pub(crate) async fn keep(&self, event: &Event, at: Timestamp) -> Result<Receipt, NotKept> {
        let kept = self.keep_decision(event, at).await?;
        self.tell_crowded(at).await;
        Ok(kept)
    }

    /// The same for whoever cannot wait that long. Only this event is waited for; that the queue was
    /// full is told by whoever calls [`Ledger::tell_crowded`].
    pub(crate) async fn keep_within(
        &self,
        event: &Event,
        at: Timestamp,
        wait_max: Duration,
    ) -> Result<Receipt, NotKept> {
        match tokio::time::timeout(wait_max, self.keep_decision(event, at)).await {
            Ok(kept) => kept,
            Err(_elapsed) => {
                tracing::error!(waited_ms = wait_max.as_millis(), "Evidence is too slow");
                Err(NotKept)
            }
        }
    }

    /// Keeps a rejection of a client that nobody knows, within the budget of the second.
    ///
    /// The receipt is of the telemetry stream.
    ///
    /// INVARIANT: (8) nothing is dropped silently: what exceeds the budget or finds no room is
    /// counted, and the count itself becomes an event at the next rejection of a later second.
    pub(crate) async fn keep_rejection(
        &self,
        rejected: Rejected,
        at: Timestamp,
    ) -> Option<Receipt> {
        let budget = self.count_rejection(at);
        if budget.begins_second {
            self.tell_held_back(at).await;
        }
        if budget.spent {
            self.held_back.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let kept = self.keep_telemetry(&Event::Rejected(rejected), at).await;
        if kept.is_none() {
            self.held_back.fetch_add(1, Ordering::Relaxed);
        }
        kept
    }

    /// What was left out and is not told yet, for the shutdown.
    pub(crate) async fn flush(&self, at: Timestamp) {
        self.tell_held_back(at).await;
        let taken = Taken::all(&self.crowded);
        let times = taken.times;
        if times == 0 {
            return;
        }
        match self.keep_decision(&self.crowding(times), at).await {
            Ok(_receipt) => taken.told(),
            Err(NotKept) => tracing::error!(times, "That the queue was full could not be kept"),
        }
    }

    async fn keep_decision(&self, event: &Event, at: Timestamp) -> Result<Receipt, NotKept> {
        let log = &self.streams.decisions;
        let appended = async {
            match log.try_append(entry_of(event, at))? {
                Offer::Taken(pending) => pending.await,
                Offer::Full(entry) => {
                    self.crowded.fetch_add(1, Ordering::Relaxed);
                    log.append(entry).await
                }
            }
        };
        self.within_time(appended).await
    }

    /// Keeps an event of telemetry if there is room for it now: nobody waits for a flood.
    async fn keep_telemetry(&self, event: &Event, at: Timestamp) -> Option<Receipt> {
        let appended = async {
            match self.streams.telemetry.try_append(entry_of(event, at))? {
                Offer::Taken(pending) => pending.await.map(Some),
                Offer::Full(_) => Ok(None),
            }
        };
        self.within_time(appended).await.ok().flatten()
    }

    /// Waits for an append as long as an answer may wait for its evidence.
    async fn within_time<T>(
        &self,
        appended: impl Future<Output = Result<T, evidence::Error>>,
    ) -> Result<T, NotKept> {
        let appended = async {
            let kept = appended.await?;
            #[cfg(test)]
            drop(self.hold.read().await);
            Ok::<T, evidence::Error>(kept)
        };
        match tokio::time::timeout(EVIDENCE_MAX, appended).await {
            Ok(Ok(kept)) => Ok(kept),
            Ok(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "Evidence refused an event"
                );
                Err(NotKept)
            }
            Err(_elapsed) => {
                tracing::error!(waited_s = EVIDENCE_MAX.as_secs(), "Evidence is too slow");
                Err(NotKept)
            }
        }
    }

    /// Says that rejections were held back, if any were.
    async fn tell_held_back(&self, at: Timestamp) {
        let taken = Taken::all(&self.held_back);
        let times = taken.times;
        if times == 0 {
            return;
        }
        let event = limit_reached("rejections_per_s_max", REJECTIONS_PER_S_MAX, times);
        if self.keep_telemetry(&event, at).await.is_some() {
            taken.told();
        } else {
            tracing::error!(times, "Rejections beyond the budget could not be told yet");
        }
    }

    /// Says that the queue of decisions was full, once a second at the most.
    pub(crate) async fn tell_crowded(&self, at: Timestamp) {
        if self.crowded.load(Ordering::Relaxed) == 0
            || self.crowded_told_s.swap(at.as_s(), Ordering::Relaxed) == at.as_s()
        {
            return;
        }
        let taken = Taken::all(&self.crowded);
        if taken.times == 0 {
            return;
        }
        let event = self.crowding(taken.times);
        if self.keep_decision(&event, at).await.is_ok() {
            taken.told();
        }
    }

    fn crowding(&self, times: u64) -> Event {
        let max = self.streams.decisions.status().queue_entries_max;
        let value = u64::try_from(max).unwrap_or(u64::MAX);
        limit_reached("queue_entries_max", value, times)
    }

    fn count_rejection(&self, at: Timestamp) -> Budget {
        let second = at.as_s();
        let begins_second = self.second.swap(second, Ordering::Relaxed) != second;
        if begins_second {
            self.rejections.store(0, Ordering::Relaxed);
        }
        let counted = self.rejections.fetch_add(1, Ordering::Relaxed);
        Budget {
            begins_second,
            spent: counted >= REJECTIONS_PER_S_MAX,
        }
    }
}

/// What was counted and is about to be told.
///
/// INVARIANT: (8) what was not told is counted again, also when the telling is dropped half-way;
/// then some of it may be told twice, and none of it never.
struct Taken<'a> {
    from: &'a AtomicU64,
    times: u64,
}

impl<'a> Taken<'a> {
    fn all(from: &'a AtomicU64) -> Self {
        let times = from.swap(0, Ordering::Relaxed);
        Self { from, times }
    }

    fn told(mut self) {
        self.times = 0;
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.times > 0 {
            self.from.fetch_add(self.times, Ordering::Relaxed);
        }
    }
}

/// How the budget of rejections stands.
struct Budget {
    /// Whether this is the first rejection of its second.
    begins_second: bool,
    /// Whether this one is too many.
    spent: bool,
}

pub(crate) fn entry_of(event: &Event, at: Timestamp) -> Entry {
    Entry {
        class: event.class(),
        time_us: at.as_us(),
        payload: event.to_bytes(),
    }
}

pub(crate) fn limit_reached(limit: &str, value: u64, times: u64) -> Event {
    Event::LimitReached(LimitReached {
        limit: limit.to_owned(),
        value,
        times,
    })
}

#[cfg(test)]
mod tests;
