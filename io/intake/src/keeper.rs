//! The pen of the ears: what was told is kept, then the directory follows.

use std::net::IpAddr;
use std::sync::Arc;

use event::{
    CareChange, CareReported, Event, FeedUnread, LimitReached, PatientId, PatientSealer, ServiceId,
    Timestamp,
};
use evidence::{Entry, EvidenceLog, Offer};
use hospital::{Applied, SharedDirectory};
use tokio::sync::Mutex;

use crate::Error;
use crate::budget::Budget;
use crate::limits::EVIDENCE_MAX;

/// What a keeper is made of.
#[derive(Debug)]
pub struct Parts {
    /// The one clock.
    pub clock: fn() -> Timestamp,
    /// Where changes are kept.
    pub decisions: Arc<EvidenceLog>,
    /// Where it is kept that something could not be read.
    pub telemetry: Arc<EvidenceLog>,
    /// Names patients, stays and messages in evidence.
    pub sealer: PatientSealer,
    /// The directory that follows.
    pub directory: Arc<SharedDirectory>,
}

/// Keeps what feeds tell, and lets the directory follow.
#[derive(Debug)]
pub struct Keeper {
    parts: Parts,
    /// One change at a time: the directory follows in the order of the log.
    turn: Mutex<()>,
    budget: Budget,
}

/// Some changes that were told together.
#[derive(Debug, Clone)]
pub struct Report {
    /// By which feed.
    pub feed: ServiceId,
    /// What the sender calls the message.
    pub message: String,
    /// What it is: a trigger event, or a resource type.
    pub message_type: String,
    /// What it changes.
    pub changes: Vec<CareChange<PatientId>>,
}

impl Keeper {
    /// A keeper over two open logs.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            turn: Mutex::new(()),
            budget: Budget::default(),
        }
    }

    /// Keeps changes, then lets the directory follow; when this returns both are done.
    ///
    /// # Errors
    /// [`Error`] when they are not known to be durable. They may become so later, and then the
    /// directory follows as well: telling them again is safe.
    pub async fn take(self: &Arc<Self>, report: Report) -> Result<Vec<Applied>, Error> {
        let keeper = Arc::clone(self);
        // A sender that goes away in the middle must not leave the directory behind the log.
        let work = tokio::spawn(async move { keeper.keep(report).await });
        match tokio::time::timeout(EVIDENCE_MAX, work).await {
            Ok(Ok(kept)) => kept.map_err(|source| Error::Evidence { source }),
            Ok(Err(_)) | Err(_) => Err(Error::TooSlow),
        }
    }

    async fn keep(&self, report: Report) -> Result<Vec<Applied>, evidence::Error> {
        let _turn = self.turn.lock().await;
        let now = (self.parts.clock)();
        let entries = self.entries(&report, now);
        drop(self.parts.decisions.append_batch(&entries).await?);
        let directory = &self.parts.directory;
        let changes = report.changes.into_iter();
        let effects: Vec<Applied> = changes.map(|change| directory.apply(change)).collect();
        let held = effects.iter().filter(|it| **it == Applied::Held).count();
        if held > 0 {
            tracing::error!(feed = %report.feed, held, "The directory is full for a feed");
            let reached = Event::LimitReached(LimitReached {
                limit: "feed".to_owned(),
                value: 0,
                times: u64::try_from(held).unwrap_or(u64::MAX),
            });
            self.offer(&reached, now);
        }
        Ok(effects)
    }

    fn entries(&self, report: &Report, now: Timestamp) -> Vec<Entry> {
        let sealer = &self.parts.sealer;
        let message = sealer.care_key("message", &report.message);
        let changes = report.changes.iter().map(|change| {
            // For each change anew: questions of the door must not wait for a whole file.
            let found = self.parts.directory.read().examine(change);
            for finding in &found {
                tracing::warn!(feed = %report.feed, finding = finding.code(), "A feed names what is not known");
            }
            let sealed = change
                .clone()
                .try_named(|patient| Ok::<_, std::convert::Infallible>(sealer.seal(&patient)));
            let Ok(change) = sealed;
            Event::CareReported(CareReported {
                feed: report.feed.clone(),
                message,
                message_type: report.message_type.clone(),
                findings: found.iter().map(|it| it.code().to_owned()).collect(),
                change,
            })
        });
        changes.map(|event| entry_of(&event, now)).collect()
    }

    /// Keeps that something could not be taken, within the budget of the second.
    pub fn unread(&self, feed: &ServiceId, ip: Option<IpAddr>, (reason, field): (&str, &str)) {
        tracing::warn!(%feed, reason, field, "Something on a feed is not taken");
        let now = (self.parts.clock)();
        let Some(times) = self.budget.spend(now) else {
            return;
        };
        let unread = Event::FeedUnread(FeedUnread {
            feed: feed.clone(),
            ip,
            reason: reason.to_owned(),
            field: field.to_owned(),
            times,
        });
        if !self.offer(&unread, now) {
            self.budget.give_back(times);
        }
    }

    /// Gives an event to telemetry, if there is room: nobody waits for it.
    fn offer(&self, event: &Event, now: Timestamp) -> bool {
        let offered = self.parts.telemetry.try_append(entry_of(event, now));
        matches!(offered, Ok(Offer::Taken(_)))
    }

    pub(crate) fn sealer(&self) -> &PatientSealer {
        &self.parts.sealer
    }

    pub(crate) fn directory(&self) -> &SharedDirectory {
        &self.parts.directory
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.parts.clock)()
    }
}

fn entry_of(event: &Event, at: Timestamp) -> Entry {
    Entry {
        class: event.class(),
        time_us: at.as_us(),
        payload: event.to_bytes(),
    }
}
