//! The guard that stands inline: its policy, its memory, its evidence, and who is known to it.
//!
//! The program makes one [`GuardDoor`], runs [`GuardDoor::attend`] beside it, and lets the listeners
//! of [`super::modbus::serve()`] and [`super::bacnet::serve()`] decide through it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard as Loaded};
use event::{Event, GuardReads, PersonId, Timestamp};
use policy::guard::{Fail, Grant, Grants, Guard, GuardError, GuardState, Protocol};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};

use super::caller::Caller;
use super::decide::stream;
use super::limits::GuardLimits;
use super::pen::{BATCH_MAX, Pen, Stream, lock};
use super::seat::{Places, Seats};
use super::standing::{Gap, Standing};
use super::tally::Tally;
use crate::Streams;
use crate::ledger::entry_of;

/// How often it is looked whether something is to be told.
const EACH: Duration = Duration::from_secs(1);

/// The clock, as a function.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a guard is made of.
pub struct GuardParts {
    /// Who may command what.
    pub guard: Guard,
    /// Where evidence goes.
    pub streams: Streams,
    /// The one clock.
    pub clock: Clock,
    /// Machines and tiers by address.
    pub places: Places,
    /// Every bound.
    pub limits: GuardLimits,
}

/// The guard before Modbus/TCP and BACnet/IP devices.
pub struct GuardDoor {
    pub(crate) guard: Guard,
    grants: ArcSwap<Grants>,
    /// One change of the grants at a time.
    changing: Mutex<()>,
    /// INVARIANT: a start never shortens a pause: each place counts as written then.
    started: Timestamp,
    standings: Mutex<BTreeMap<Arc<str>, Arc<Standing>>>,
    pub(crate) seats: Seats,
    pub(crate) tally: Mutex<Tally>,
    pub(crate) pen: Pen,
    clock: Clock,
    pub(crate) limits: GuardLimits,
}

/// One conduit as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConduitView {
    /// Its name.
    pub name: String,
    /// Its language.
    pub protocol: Protocol,
    /// What happens while the guard cannot judge or keep.
    pub fail: Fail,
    /// The safety owner who chose that.
    pub owner: PersonId,
    /// Why.
    pub reason: String,
    /// Since when it fails; nothing while it judges.
    pub failing_since: Option<Timestamp>,
    /// Requests that passed since the start.
    pub allowed: u64,
    /// Requests that did not.
    pub denied: u64,
    /// Answers of devices that nobody had asked for, or nobody could read.
    pub strays: u64,
    /// Clients now.
    pub clients: usize,
}

/// A person cannot take a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("as many persons sit at addresses as there is room for ({seats_max})")]
pub struct SeatsTaken {
    /// The room.
    pub seats_max: usize,
}

impl GuardDoor {
    /// A guard that nobody has asked yet.
    #[must_use]
    pub fn new(parts: GuardParts) -> Arc<Self> {
        let now = (parts.clock)();
        Arc::new(Self {
            guard: parts.guard,
            grants: ArcSwap::default(),
            changing: Mutex::new(()),
            started: now,
            standings: Mutex::default(),
            seats: Seats::new(parts.places, parts.limits.seats_max),
            tally: Mutex::new(Tally::new(
                (
                    parts.limits.read_kinds_max,
                    parts.limits.read_kinds_per_client_max,
                ),
                now,
            )),
            pen: Pen::new(parts.streams, parts.limits),
            clock: parts.clock,
            limits: parts.limits,
        })
    }

    /// Holds an approval, in place of one of the same id.
    ///
    /// # Errors
    /// What is no approval under the policy in force, and too many of them.
    pub fn hold(&self, grant: Grant) -> Result<(), GuardError> {
        let _one = lock(&self.changing);
        let mut grants = Grants::clone(&self.grants());
        grants.hold(&self.guard, grant, self.now())?;
        self.grants.store(Arc::new(grants));
        Ok(())
    }

    /// Takes an approval back; whether there was one.
    pub fn release(&self, id: &str) -> bool {
        let _one = lock(&self.changing);
        let held = self.grants();
        if !held.holds(id) {
            return false;
        }
        let mut grants = Grants::clone(&held);
        grants.release(id);
        self.grants.store(Arc::new(grants));
        true
    }

    /// Whether an approval of this id is held.
    #[must_use]
    pub fn holds(&self, id: &str) -> bool {
        self.grants().holds(id)
    }

    /// A person has proved that they sit at an address, which is believed until an instant.
    ///
    /// # Errors
    /// When there is no room; that is told as a limit.
    pub fn seat(
        &self,
        address: IpAddr,
        person: PersonId,
        until: Timestamp,
    ) -> Result<(), SeatsTaken> {
        if self.seats.seat(address, (person, until), self.now()) {
            return Ok(());
        }
        let seats_max = self.limits.seats_max;
        let value = super::limits::told(seats_max);
        self.pen.reached("guard_seats_max", value);
        Err(SeatsTaken { seats_max })
    }

    /// Nobody sits there any more.
    pub fn unseat(&self, address: IpAddr) {
        self.seats.unseat(address);
    }

    /// The person who sits at an address now.
    #[must_use]
    pub fn seated(&self, address: IpAddr) -> Option<PersonId> {
        self.seats.at(address, self.now()).person
    }

    /// The acts that rules of a conduit need an approval of.
    #[must_use]
    pub fn acts(&self, conduit: &str) -> BTreeSet<String> {
        self.guard.acts(conduit).map(str::to_owned).collect()
    }

    /// How a conduit stands, to be shown; nothing when the policy has none of that name.
    #[must_use]
    pub fn conduit(&self, name: &str) -> Option<ConduitView> {
        let (fail, owner, reason) = self.guard.failure(name)?;
        let standing = self.standing(name);
        Some(ConduitView {
            name: name.to_owned(),
            protocol: self.guard.protocol(name)?,
            fail,
            owner: owner.clone(),
            reason: reason.to_owned(),
            failing_since: standing.failing_since(),
            allowed: standing.allowed.load(Ordering::Relaxed),
            denied: standing.denied.load(Ordering::Relaxed),
            strays: standing.strays.load(Ordering::Relaxed),
            clients: standing.clients(),
        })
    }

    /// Writes evidence that nobody waits for, until `stop` resolves; then all that is left.
    ///
    /// While this does not run, only commands are kept, and a conduit that fails does not recover.
    ///
    /// INVARIANT: nothing waits behind what is slow for another reason: neither events behind a gap
    /// that cannot be closed, nor decisions behind telemetry.
    pub async fn attend(&self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let stop = async {
            stop.await;
            stopping.send_replace(true);
        };
        tokio::join!(
            stop,
            self.attend_gaps(stopped.clone()),
            self.attend_counts(stopped.clone()),
            self.attend_queue(Stream::Decisions, stopped.clone()),
            self.attend_queue(Stream::Telemetry, stopped),
        );
        let now = self.now();
        self.close_gaps(now).await;
        self.pen.flush(now).await;
        let reads = lock(&self.tally).flush(now);
        self.tell_reads(reads, now).await;
        self.pen.flush(now).await;
    }

    async fn attend_queue(&self, stream: Stream, mut stopped: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                biased;
                () = is_over(&mut stopped) => break,
                batch = self.pen.next_batch(stream) => self.pen.write(&batch).await,
            }
        }
    }

    async fn attend_gaps(&self, mut stopped: watch::Receiver<bool>) {
        let mut each = each_second();
        loop {
            tokio::select! {
                biased;
                () = is_over(&mut stopped) => break,
                _ = each.tick() => self.close_gaps(self.now()).await,
            }
        }
    }

    async fn attend_counts(&self, mut stopped: watch::Receiver<bool>) {
        let mut each = each_second();
        loop {
            tokio::select! {
                biased;
                () = is_over(&mut stopped) => break,
                _ = each.tick() => self.tell_counts(self.now()).await,
            }
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(crate) fn grants(&self) -> Loaded<Arc<Grants>> {
        self.grants.load()
    }

    /// What is remembered and counted of a conduit; a name of no conduit has its own, and every
    /// request on it is denied.
    pub(crate) fn standing(&self, conduit: &str) -> Arc<Standing> {
        let mut standings = lock(&self.standings);
        if let Some(standing) = standings.get(conduit) {
            return Arc::clone(standing);
        }
        let name: Arc<str> = Arc::from(conduit);
        let standing = Arc::new(Standing::new(
            Arc::clone(&name),
            GuardState::since(self.started),
        ));
        standings.insert(name, Arc::clone(&standing));
        standing
    }

    /// Whether a client may ask anything at all: before a byte of it is read.
    pub(crate) fn admits(&self, caller: &Caller) -> bool {
        let name = &caller.standing.name;
        self.guard.admits(name, caller.client, caller.device)
    }

    /// Counts an answer that is dropped, and tells it.
    pub(crate) fn stray(&self, caller: &Caller, code: &str) {
        caller.standing.strays.fetch_add(1, Ordering::Relaxed);
        self.pen.tell_stray(caller.device, code, self.now());
    }

    async fn tell_counts(&self, now: Timestamp) {
        let reads = lock(&self.tally).due(self.limits.reads_told_each, now);
        self.tell_reads(reads, now).await;
        self.pen.tell_limits(now).await;
    }

    async fn tell_reads(&self, reads: Vec<GuardReads>, now: Timestamp) {
        let told = reads.into_iter().map(|reads| {
            let stream = stream(&reads.errand);
            (stream, Event::GuardReads(reads), now)
        });
        let told: Vec<_> = told.collect();
        for batch in told.chunks(BATCH_MAX) {
            self.pen.write(batch).await;
        }
    }

    /// Tries whether evidence can be kept again, by keeping the gap itself.
    ///
    /// A crash before it is durable: the commands of the gap are told nowhere but in the operator's
    /// log, and by the devices.
    ///
    /// INVARIANT: a batch that was too slow may be durable all the same. Then the gap is told twice,
    /// and nobody counts it twice: of several events of one conduit and one `since` the last tells
    /// all, and a command that is told again has the same instant and the same words.
    async fn close_gaps(&self, now: Timestamp) {
        let standings: Vec<_> = lock(&self.standings).values().cloned().collect();
        for standing in standings.iter().filter(|standing| standing.is_failing()) {
            // Without a conduit nothing ever passed, and nothing fails.
            let Some((fail, owner, _)) = self.guard.failure(&standing.name) else {
                continue;
            };
            let Some(mut gap) = standing.take_gap() else {
                continue;
            };
            let failed = gap.failed(&standing.name, (fail, owner), now);
            if self.tell_gap(&failed, &mut gap, now).await {
                standing.recover(now);
                continue;
            }
            let unkept_max = self.limits.unkept_max;
            let over = standing.give_back(gap, unkept_max);
            let value = super::limits::told(unkept_max);
            self.pen
                .count("guard_unkept_max", value, super::limits::told(over));
        }
    }

    /// Whether all of a gap is durable; what is, is told no second time.
    async fn tell_gap(&self, failed: &Event, gap: &mut Gap, now: Timestamp) -> bool {
        let mut batch = vec![entry_of(failed, now)];
        loop {
            let room = BATCH_MAX.saturating_sub(batch.len());
            let commands = gap.next(room);
            batch.extend(commands.iter().map(|(event, at)| entry_of(event, *at)));
            if batch.is_empty() {
                return true;
            }
            if !self.pen.append(Stream::Decisions, &batch).await {
                return false;
            }
            gap.told(commands.len());
            batch.clear();
        }
    }
}

fn each_second() -> Interval {
    let mut each = tokio::time::interval(EACH);
    each.set_missed_tick_behavior(MissedTickBehavior::Delay);
    each
}

/// Resolves once it is said that all is over.
async fn is_over(stopped: &mut watch::Receiver<bool>) {
    drop(stopped.wait_for(|is_over| *is_over).await);
}

impl fmt::Debug for GuardDoor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("GuardDoor")
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for GuardParts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("GuardParts")
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}
