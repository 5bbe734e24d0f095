//! The guard's pen: commands are kept before they are sent, all else is written down behind them.
//!
//! ```text
//! a command that passes ─ keep ─► Receipt, then it is sent
//! a denial, a first read ─ tell ─► a bounded queue ─ the clerk ─► the log
//! a limit ─ reached ─► a count ─ the clerk, each second ─► the log
//! ```

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use event::{Event, Rejected, Timestamp};
use evidence::{Entry, EvidenceLog, Receipt};
use tokio::sync::mpsc;

use super::limits::{GuardLimits, told};
use crate::Streams;
use crate::ledger::{Ledger, NotKept, entry_of, limit_reached};

/// Events that are written at once.
pub(crate) const BATCH_MAX: usize = 64;

/// To which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Decisions,
    Telemetry,
}

/// An event and where it goes.
pub(crate) type Told = (Stream, Event, Timestamp);

/// INVARIANT: nothing that somebody unknown sends, and that does not pass, reaches the stream of
/// decisions, so that no flood can hold up care.
#[derive(Debug)]
pub(crate) struct Pen {
    pub(super) ledger: Ledger,
    limits: GuardLimits,
    /// Apart, so that a flood before anybody is known holds up nothing about the known.
    decisions: Line,
    telemetry: Line,
    denials: Mutex<Denials>,
    /// Limits that were reached and are not told yet: their values, and how often.
    reached: Mutex<BTreeMap<&'static str, (u64, u64)>>,
}

/// Events of one log that wait to be written.
#[derive(Debug)]
struct Line {
    waiting: mpsc::Sender<Told>,
    queue: tokio::sync::Mutex<mpsc::Receiver<Told>>,
}

impl Line {
    fn new(events_max: usize) -> Self {
        let (waiting, queue) = mpsc::channel(events_max.max(1));
        let queue = tokio::sync::Mutex::new(queue);
        Self { waiting, queue }
    }
}

/// Denials of the second that is counted now.
#[derive(Debug, Default)]
struct Denials {
    second: u64,
    of_known: Budget,
    of_unknown: Budget,
}

/// What was spent in all and by each address.
///
/// INVARIANT: an address is only held when something of it is told, so that there are never more
/// of them than a second tells denials.
#[derive(Debug, Default)]
struct Budget {
    told: u64,
    of_address: BTreeMap<IpAddr, u64>,
}

impl Budget {
    /// Whether there is room for one more, or which limit leaves none.
    fn spend(&mut self, address: IpAddr, limits: &GuardLimits) -> Result<(), (&'static str, u64)> {
        let of_address = self.of_address.get(&address).copied().unwrap_or(0);
        let each_max = limits.denials_per_address_per_s_max;
        if of_address >= each_max {
            return Err(("guard_denials_per_address_per_s_max", each_max));
        }
        let max = limits.denials_per_s_max;
        if self.told >= max {
            return Err(("guard_denials_per_s_max", max));
        }
        self.told = self.told.saturating_add(1);
        self.of_address
            .insert(address, of_address.saturating_add(1));
        Ok(())
    }
}

impl Pen {
    pub(crate) fn new(streams: Streams, limits: GuardLimits) -> Self {
        Self {
            ledger: Ledger::new(streams),
            limits,
            decisions: Line::new(limits.events_waiting_max),
            telemetry: Line::new(limits.events_waiting_max),
            denials: Mutex::default(),
            reached: Mutex::default(),
        }
    }

    /// Keeps a command among decisions; with the receipt, no crash can lose that it was allowed.
    ///
    /// Without one it may still become durable: then evidence tells of a command that was not
    /// given, never the other way round.
    pub(crate) async fn keep(&self, event: &Event, at: Timestamp) -> Result<Receipt, NotKept> {
        let wait_max = self.limits.evidence_max;
        self.ledger.keep_within(event, at, wait_max).await
    }

    /// Tells a denial within the budget of its second, and within that of whom it is about: nobody
    /// who makes noise hides what is told about others.
    ///
    /// INVARIANT: (8) nothing is dropped silently: what exceeds the budget is counted, and the
    /// count becomes an event.
    pub(crate) fn tell_denial(&self, event: Event, is_known: bool, at: Timestamp) {
        let address = match &event {
            Event::GuardCommand(command) => command.errand.client,
            Event::Rejected(stray) => stray.ip,
            _ => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        match self.spend(address.to_canonical(), is_known, at) {
            Err((limit, max)) => self.reached(limit, max),
            Ok(()) => {
                let stream = match is_known {
                    true => Stream::Decisions,
                    false => Stream::Telemetry,
                };
                self.tell(stream, event, at);
            }
        }
    }

    /// Tells that a device sent what nobody asked for, or nobody can read.
    pub(crate) fn tell_stray(&self, ip: IpAddr, code: &str, at: Timestamp) {
        let stray = Rejected {
            request: None,
            ip,
            reason: code.to_owned(),
            status: 0,
        };
        self.tell_denial(Event::Rejected(stray), false, at);
    }

    /// Hands an event to the clerk.
    pub(crate) fn tell(&self, stream: Stream, event: Event, at: Timestamp) {
        let waiting = &self.line(stream).waiting;
        if waiting.try_send((stream, event, at)).is_err() {
            let max = told(self.limits.events_waiting_max);
            self.reached("guard_events_waiting_max", max);
        }
    }

    /// Counts that a limit was reached; the clerk tells it.
    pub(crate) fn reached(&self, limit: &'static str, value: u64) {
        self.count(limit, value, 1);
    }

    /// The same for several times at once.
    pub(crate) fn count(&self, limit: &'static str, value: u64, times: u64) {
        if times == 0 {
            return;
        }
        let mut reached = lock(&self.reached);
        let (_, before) = reached.entry(limit).or_insert((value, 0));
        *before = before.saturating_add(times);
    }

    fn spend(
        &self,
        address: IpAddr,
        is_known: bool,
        at: Timestamp,
    ) -> Result<(), (&'static str, u64)> {
        let mut denials = lock(&self.denials);
        if denials.second != at.as_s() {
            *denials = Denials {
                second: at.as_s(),
                ..Denials::default()
            };
        }
        let budget = match is_known {
            true => &mut denials.of_known,
            false => &mut denials.of_unknown,
        };
        budget.spend(address, &self.limits)
    }

    const fn line(&self, stream: Stream) -> &Line {
        match stream {
            Stream::Decisions => &self.decisions,
            Stream::Telemetry => &self.telemetry,
        }
    }

    /// Waits for events of one log; safe to be dropped while it waits.
    pub(crate) async fn next_batch(&self, stream: Stream) -> Vec<Told> {
        let mut batch = Vec::new();
        let mut queue = self.line(stream).queue.lock().await;
        queue.recv_many(&mut batch, BATCH_MAX).await;
        batch
    }

    /// Writes what waits now, and the limits that were reached.
    pub(crate) async fn flush(&self, at: Timestamp) {
        self.flush_line(Stream::Decisions).await;
        self.flush_line(Stream::Telemetry).await;
        self.tell_limits(at).await;
        self.ledger.flush(at).await;
    }

    async fn flush_line(&self, stream: Stream) {
        loop {
            let mut batch = Vec::new();
            let mut queue = self.line(stream).queue.lock().await;
            while batch.len() < BATCH_MAX
                && let Ok(told) = queue.try_recv()
            {
                batch.push(told);
            }
            drop(queue);
            if batch.is_empty() {
                break;
            }
            self.write(&batch).await;
        }
    }

    /// Tells the limits that were reached since the last time.
    pub(crate) async fn tell_limits(&self, at: Timestamp) {
        self.ledger.tell_crowded(at).await;
        let reached = std::mem::take(&mut *lock(&self.reached));
        if reached.is_empty() {
            return;
        }
        let entries: Vec<Entry> = reached
            .iter()
            .map(|(limit, (value, times))| entry_of(&limit_reached(limit, *value, *times), at))
            .collect();
        if !self.append(Stream::Telemetry, &entries).await {
            // Told later, together with what is reached until then.
            for (limit, (value, times)) in reached {
                self.count(limit, value, times);
            }
        }
    }

    /// Whether all of them are durable.
    pub(crate) async fn append(&self, stream: Stream, entries: &[Entry]) -> bool {
        let log: &EvidenceLog = match stream {
            Stream::Decisions => &self.ledger.streams().decisions,
            Stream::Telemetry => &self.ledger.streams().telemetry,
        };
        let appended = log.append_batch(entries);
        match tokio::time::timeout(self.limits.evidence_max, appended).await {
            Ok(Ok(_receipts)) => true,
            Ok(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "Evidence refused events of the guard");
                false
            }
            Err(_elapsed) => {
                tracing::error!("Evidence is too slow for events of the guard");
                false
            }
        }
    }

    pub(crate) async fn write(&self, batch: &[Told]) {
        for stream in [Stream::Decisions, Stream::Telemetry] {
            let of_stream = batch.iter().filter(|(to, _, _)| *to == stream);
            let entries: Vec<Entry> = of_stream
                .map(|(_, event, at)| entry_of(event, *at))
                .collect();
            if !entries.is_empty() && !self.append(stream, &entries).await {
                let waited_ms = self.limits.evidence_max.as_millis();
                let value = u64::try_from(waited_ms).unwrap_or(u64::MAX);
                self.count("guard_evidence_ms_max", value, told(entries.len()));
            }
        }
    }
}

/// A lock that outlives a panic elsewhere: what it guards is changed in single steps.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
