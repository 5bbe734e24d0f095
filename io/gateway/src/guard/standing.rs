//! What the guard remembers and counts of one conduit; it outlives every policy.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use event::{Event, GuardCommand, GuardFailed, PersonId, Timestamp};
use policy::guard::{Fail, GuardState};

use super::limits::GuardLimits;
use super::pen::lock;
use super::room::{Berth, Bound, Room};

/// One conduit as it stands.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) name: Arc<str>,
    /// Held for single questions only, never while something is awaited.
    pub(crate) state: Mutex<GuardState>,
    pub(crate) allowed: AtomicU64,
    pub(crate) denied: AtomicU64,
    /// Answers of devices that nobody had asked for, or nobody could read.
    pub(crate) strays: AtomicU64,
    guests: Arc<Room>,
    is_failing: AtomicBool,
    gap: Mutex<Option<Gap>>,
}

/// A time in which nothing could be kept.
#[derive(Debug, Clone)]
pub(crate) struct Gap {
    pub(crate) since: Timestamp,
    passed: u64,
    refused: u64,
    /// Commands that passed and when, to be told when it ends.
    commands: Vec<(GuardCommand, Timestamp)>,
}

/// What becomes of a request in a gap.
#[derive(Debug)]
pub(crate) enum InGap {
    /// A read passed.
    Read,
    /// A command passed, then.
    Command(Box<(GuardCommand, Timestamp)>),
    /// It was refused.
    Refused,
}

/// How a request of a gap was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Counted {
    /// The gap tells of it when it ends.
    Told,
    /// The gap counts it, and has no room to tell it one by one.
    Full,
    /// The gap has ended: nothing of it is counted, and nothing may pass as in a gap.
    Over,
}

impl Standing {
    pub(crate) fn new(name: Arc<str>, state: GuardState) -> Self {
        Self {
            name,
            state: Mutex::new(state),
            allowed: AtomicU64::new(0),
            denied: AtomicU64::new(0),
            strays: AtomicU64::new(0),
            guests: Arc::default(),
            is_failing: AtomicBool::new(false),
            gap: Mutex::new(None),
        }
    }

    /// Takes in a client, or says which limit leaves no room for it.
    pub(crate) fn enter(&self, address: IpAddr, limits: &GuardLimits) -> Result<Berth, Bound> {
        let each = limits.clients_per_address_max;
        self.guests.take(
            address,
            ("guard_clients_per_address_max", each),
            ("guard_clients_max", limits.clients_max),
        )
    }

    /// How many clients there are now.
    pub(crate) fn clients(&self) -> usize {
        self.guests.taken()
    }

    pub(crate) fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Acquire)
    }

    /// Since when nothing can be kept, when that is so.
    pub(crate) fn failing_since(&self) -> Option<Timestamp> {
        lock(&self.gap).as_ref().map(|gap| gap.since)
    }

    /// Something could not be kept: from here on the choice of the conduit's owner holds.
    pub(crate) fn fail(&self, now: Timestamp) {
        let mut gap = lock(&self.gap);
        if gap.is_none() {
            tracing::error!(conduit = %self.name, "The guard cannot keep what it decides");
            *gap = Some(Gap::new(now));
        }
        self.is_failing.store(true, Ordering::Release);
    }

    /// Counts a request of a gap.
    pub(crate) fn count_in_gap(&self, what: InGap, unkept_max: usize) -> Counted {
        let mut gap = lock(&self.gap);
        let Some(gap) = gap.as_mut() else {
            return Counted::Over;
        };
        match what {
            InGap::Read => gap.passed = gap.passed.saturating_add(1),
            InGap::Refused => gap.refused = gap.refused.saturating_add(1),
            InGap::Command(command) => {
                gap.passed = gap.passed.saturating_add(1);
                if gap.commands.len() >= unkept_max {
                    return Counted::Full;
                }
                gap.commands.push(*command);
            }
        }
        Counted::Told
    }

    /// What is to be told of the gap. The conduit goes on failing until [`Standing::recover`].
    pub(crate) fn take_gap(&self) -> Option<Gap> {
        lock(&self.gap)
            .as_mut()
            .map(|gap| std::mem::replace(gap, Gap::new(gap.since)))
    }

    /// The gap could not be told whole: it goes on, and is told again under the same `since` with
    /// all that it counts. Gives how many commands found no room to be told.
    ///
    /// INVARIANT: never more than `unkept_max` commands are held.
    pub(crate) fn give_back(&self, mut told: Gap, unkept_max: usize) -> usize {
        let mut gap = lock(&self.gap);
        if let Some(since) = gap.take() {
            told.passed = told.passed.saturating_add(since.passed);
            told.refused = told.refused.saturating_add(since.refused);
            told.commands.extend(since.commands);
        }
        let over = told.commands.len().saturating_sub(unkept_max);
        told.commands.truncate(unkept_max);
        *gap = Some(told);
        over
    }

    /// The gap was told: it is over, unless something happened in it meanwhile, which is told
    /// before.
    pub(crate) fn recover(&self, now: Timestamp) {
        let mut gap = lock(&self.gap);
        match gap.as_mut() {
            Some(left) if !left.is_empty() => left.since = now,
            _ => {
                *gap = None;
                self.is_failing.store(false, Ordering::Release);
                tracing::info!(conduit = %self.name, "The guard judges again");
            }
        }
    }
}

impl Gap {
    const fn new(since: Timestamp) -> Self {
        Self {
            since,
            passed: 0,
            refused: 0,
            commands: Vec::new(),
        }
    }

    const fn is_empty(&self) -> bool {
        self.passed == 0 && self.refused == 0
    }

    /// The gap itself, as far as it has gone.
    pub(crate) fn failed(
        &self,
        conduit: &str,
        (fail, owner): (Fail, &PersonId),
        until: Timestamp,
    ) -> Event {
        Event::GuardFailed(GuardFailed {
            conduit: conduit.to_owned(),
            fail: match fail {
                Fail::Closed => "closed".to_owned(),
                Fail::Open => "open".to_owned(),
            },
            owner: owner.clone(),
            since: self.since,
            until,
            passed: self.passed,
            refused: self.refused,
        })
    }

    /// The first of the commands that passed in it and are not told yet, each with its instant.
    pub(crate) fn next(&self, count_max: usize) -> Vec<(Event, Timestamp)> {
        let commands = self.commands.iter().take(count_max);
        commands
            .map(|(command, at)| (Event::GuardCommand(command.clone()), *at))
            .collect()
    }

    /// So many of them are told, and will not be again.
    pub(crate) fn told(&mut self, count: usize) {
        self.commands.drain(..count.min(self.commands.len()));
    }
}

#[cfg(test)]
mod tests;
