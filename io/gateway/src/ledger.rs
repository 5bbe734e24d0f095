//! The door's pen: every event goes through here into evidence.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use event::{Event, LimitReached, Rejected, Timestamp};
use evidence::{Entry, EvidenceLog, Receipt};

use crate::limits::{EVIDENCE_MAX, REJECTIONS_PER_S_MAX};

/// Writes events and waits until they are durable.
#[derive(Debug)]
pub(crate) struct Ledger {
    log: Arc<EvidenceLog>,
    /// The second that is counted now.
    second: AtomicU64,
    /// Rejections in that second.
    rejections: AtomicU64,
}

/// Evidence could not be kept, so nothing may be shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotKept;

impl Ledger {
    pub(crate) fn new(log: Arc<EvidenceLog>) -> Self {
        Self {
            log,
            second: AtomicU64::new(0),
            rejections: AtomicU64::new(0),
        }
    }

    pub(crate) fn log(&self) -> &EvidenceLog {
        &self.log
    }

    /// Keeps an event; when this returns a receipt, no crash can lose it.
    ///
    /// An event that was too slow may still become durable: then evidence tells of an answer that
    /// was not given, never the other way round.
    pub(crate) async fn keep(&self, event: &Event, at: Timestamp) -> Result<Receipt, NotKept> {
        let entry = Entry {
            class: event.class(),
            time_us: at.as_us(),
            payload: event.to_bytes(),
        };
        match tokio::time::timeout(EVIDENCE_MAX, self.log.append(entry)).await {
            Ok(Ok(receipt)) => Ok(receipt),
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

    /// Keeps a rejection of a client that nobody knows, within the budget of the second.
    ///
    /// INVARIANT: (8) nothing is dropped silently: what exceeds the budget is counted, and the
    /// count itself becomes an event at the next rejection of a later second.
    pub(crate) async fn keep_rejection(
        &self,
        rejected: Rejected,
        at: Timestamp,
    ) -> Option<Receipt> {
        let exceeded = self.count_rejection(at);
        if let Some(times) = exceeded.passed
            && self.keep(&beyond_budget(times), at).await.is_err()
        {
            return None;
        }
        if exceeded.now {
            return None;
        }
        self.keep(&Event::Rejected(rejected), at).await.ok()
    }

    /// What was left out when the last second ended, for the shutdown.
    pub(crate) async fn flush(&self, at: Timestamp) {
        let times = self
            .rejections
            .swap(0, Ordering::Relaxed)
            .saturating_sub(REJECTIONS_PER_S_MAX);
        if times > 0 && self.keep(&beyond_budget(times), at).await.is_err() {
            tracing::error!(times, "Rejections beyond the budget could not be kept");
        }
    }

    fn count_rejection(&self, at: Timestamp) -> Exceeded {
        let second = at.as_s();
        let passed = if self.second.swap(second, Ordering::Relaxed) == second {
            None
        } else {
            let counted = self.rejections.swap(0, Ordering::Relaxed);
            Some(counted.saturating_sub(REJECTIONS_PER_S_MAX)).filter(|times| *times > 0)
        };
        let counted = self.rejections.fetch_add(1, Ordering::Relaxed);
        Exceeded {
            now: counted >= REJECTIONS_PER_S_MAX,
            passed,
        }
    }
}

/// Whether the budget is spent, and by how much an earlier second exceeded it.
struct Exceeded {
    now: bool,
    passed: Option<u64>,
}

/// Rejections that were counted and not kept one by one.
fn beyond_budget(times: u64) -> Event {
    Event::LimitReached(LimitReached {
        limit: "rejections_per_s_max".to_owned(),
        value: REJECTIONS_PER_S_MAX,
        times,
    })
}
