//! The inventory of the house: what is told of devices is kept, and what was kept is the inventory.
//!
//! ```text
//! captures that go on ─ a thread each ─ bounded ─┐
//! lines of monitors in telemetry ────────────────┴► what is news ─ kept ─► the inventory
//! ```
//!
//! INVARIANT: (6) same log, same state: nothing is in the inventory that telemetry does not tell
//! ([`DevicesObserved`]). A crash before something is kept loses it until it is told again, which
//! for lines is at the next start; a crash behind it loses nothing.
//! INVARIANT: (8) what a bound holds back is counted and told.

mod capturing;
mod rows;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use event::{DevicesObserved, Event, LimitReached, Logged, class_of};
use evidence::{Entry, EvidenceLog, Manifest, Records, SealedSource};
use hospital::InventoryLimits;
use hospital::inventory::{Attribute, Inventory, InventoryLimit, News, Observation, to_events};
use intake::monitors::Monitors;

use super::recall::{first_since, is_before, is_unreadable};
use super::watching::{entry_of, step_back};
use crate::clock;
use crate::config::InventorySettings;
use crate::stop::Stop;
use capturing::Capturing;
pub(super) use rows::Rows;

/// How often to look what came.
const LOOK_EACH: Duration = Duration::from_millis(500);

/// How long to wait when nothing can be kept.
const AGAIN: Duration = Duration::from_secs(10);

/// What is known is kept again after so long, so that the inventory knows that it is still so.
const NEWS_EACH: Duration = Duration::from_secs(24 * 60 * 60);

/// How often what nobody tells any more is forgotten.
const FORGET_EACH: Duration = Duration::from_secs(60 * 60);

/// Deliveries of captures that wait; beyond, the program that captures waits.
const TOLD_WAIT_MAX: usize = 1_024;

/// Observations that are kept together.
const TOGETHER_MAX: usize = 4_096;

/// Observations that are kept in a minute: whoever invents devices must not fill the evidence.
const MINUTE_MAX: u64 = 20_000;

/// How far lines are read before that is noted, in entries: so much a start reads twice at most.
const NOTED_EACH: u64 = 65_536;

/// What is shared of the inventory.
pub(super) type SharedInventory = Arc<RwLock<Inventory>>;

/// Where telemetry is.
#[derive(Clone, Debug)]
pub(super) struct Telemetry {
    pub(super) folder: PathBuf,
    pub(super) log: Arc<EvidenceLog>,
    pub(super) source: Arc<dyn SealedSource>,
}

/// The threads: one keeps the inventory, one reads each capture.
#[derive(Debug, Default)]
pub(super) struct Inventorying {
    running: Option<(Arc<Stop>, JoinHandle<()>)>,
    captures: Vec<Arc<Capturing>>,
}

impl Inventorying {
    /// Starts them, and gives what they fill.
    pub(super) fn start(
        settings: &InventorySettings,
        telemetry: Telemetry,
    ) -> io::Result<(Self, SharedInventory)> {
        let inventory = Arc::new(RwLock::new(Inventory::new(InventoryLimits::DEFAULT)));
        let (tell, told) = sync_channel(TOLD_WAIT_MAX);
        let mut captures = Vec::new();
        for source in settings.captures.clone() {
            let capturing = Arc::new(Capturing::new(source.name(), &telemetry.log));
            captures.push(Arc::clone(&capturing));
            let tell = tell.clone();
            let thread = thread::Builder::new().name(format!("capture-{}", source.name()));
            thread.spawn(move || capturing.run(source, &tell))?;
        }
        let stop = Arc::new(Stop::default());
        let (asked, shared) = (Arc::clone(&stop), Arc::clone(&inventory));
        let keeping = Keeping::new(telemetry, shared, told, settings.keep);
        let thread = thread::Builder::new()
            .name("inventory".to_owned())
            .spawn(move || {
                step_back();
                keeping.run(&asked);
            })?;
        let started = Self {
            running: Some((stop, thread)),
            captures,
        };
        Ok((started, inventory))
    }

    /// Ends them. A thread of a capture is not waited for: it ends with its program.
    pub(super) fn end(self) {
        self.captures.iter().for_each(|it| it.end());
        let Some((stop, thread)) = self.running else {
            return;
        };
        stop.ask();
        if thread.join().is_err() {
            tracing::error!("The thread of the inventory ended by a fault");
        }
    }
}

/// What keeps the inventory.
struct Keeping {
    telemetry: Telemetry,
    inventory: SharedInventory,
    told: Receiver<Vec<Observation>>,
    /// How long what nobody tells any more stays.
    keep: Duration,
    monitors: Monitors,
    records: Option<Records>,
    /// Index of the first entry of telemetry that was not read.
    next: u64,
    /// Up to where it is noted that telemetry was read.
    noted: u64,
    waiting: Vec<Observation>,
    /// Observations of this minute.
    minute: (Instant, u64),
    /// What was held back, by the bound: its value, and how often.
    held: BTreeMap<&'static str, (u64, u64)>,
    forgotten_at: Instant,
}

impl Keeping {
    fn new(
        telemetry: Telemetry,
        inventory: SharedInventory,
        told: Receiver<Vec<Observation>>,
        keep: Duration,
    ) -> Self {
        Self {
            telemetry,
            inventory,
            told,
            keep,
            monitors: Monitors::default(),
            records: None,
            next: 0,
            noted: 0,
            waiting: Vec::new(),
            minute: (Instant::now(), 0),
            held: BTreeMap::new(),
            forgotten_at: Instant::now(),
        }
    }

    fn run(mut self, stop: &Stop) {
        if let Err(error) = self.recall() {
            let error = &error as &dyn std::error::Error;
            tracing::error!(
                error,
                "What is known of devices cannot be read: it is told anew"
            );
        }
        let (mut is_last, mut pause) = (false, LOOK_EACH);
        while !is_last {
            is_last = stop.wait(pause);
            self.take_told();
            if let Err(error) = self.read_lines(stop) {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "Lines cannot be read for the inventory now");
                self.records = None;
            }
            pause = match self.keep(is_last) {
                true => LOOK_EACH,
                false => AGAIN,
            };
            self.turn_minute();
            self.forget();
        }
    }

    /// Folds what was kept. Of entries that were sealed and cannot be read nothing is known until it
    /// is told again.
    fn recall(&mut self) -> Result<(), evidence::Error> {
        let (since_us, end) = (self.since_us(), self.telemetry.log.size());
        let place = (
            self.telemetry.folder.clone(),
            Arc::clone(&self.telemetry.source),
        );
        let is_old = |at| is_before((&place.0, &place.1), at, since_us);
        let folded = first_since((0, end), is_old).and_then(|from| self.fold_from(from));
        match folded {
            Err(error) if is_unreadable(&error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "What was sealed of devices cannot be read");
                *self.write() = Inventory::new(InventoryLimits::DEFAULT);
                self.fold_from(Manifest::read(&place.0)?.end())
            }
            folded => folded,
        }
    }

    fn fold_from(&mut self, from: u64) -> Result<(), evidence::Error> {
        self.next = from;
        let source = Arc::clone(&self.telemetry.source);
        let records = Records::open(&self.telemetry.folder, from, source);
        let mut records = records.with_classes([class_of::DEVICE_INVENTORY_INFO]);
        while let Some(record) = records.read()? {
            let Ok(Event::DevicesObserved(observed)) = Event::from_bytes(record.payload) else {
                continue;
            };
            self.next = self.next.max(observed.read_to.unwrap_or_default());
            self.follow(&observed);
        }
        self.noted = self.next;
        Ok(())
    }

    fn take_told(&mut self) {
        while self.waiting.len() < TOGETHER_MAX
            && let Ok(told) = self.told.try_recv()
        {
            self.take(told);
        }
    }

    /// Reads lines that monitors wrote, as far as they are durable.
    fn read_lines(&mut self, stop: &Stop) -> Result<(), evidence::Error> {
        let (end, since_us) = (self.telemetry.log.size(), self.since_us());
        let mut records = self.records.take().unwrap_or_else(|| {
            let source = Arc::clone(&self.telemetry.source);
            Records::open(&self.telemetry.folder, self.next, source)
        });
        while self.next < end
            && let Some(record) = records.read()?
        {
            self.next = record.index.saturating_add(1);
            if record.time_us >= since_us
                && let Some(line) = Logged::from_bytes(record.payload)
            {
                let told = self.monitors.line(record.index, &line);
                self.take(told);
            }
            let is_much = self.waiting.len() >= TOGETHER_MAX;
            if is_much && !self.keep(false) {
                return Ok(());
            }
            // A long reading is broken off; the next start goes on.
            if self.next.is_multiple_of(4_096) && stop.wait(Duration::ZERO) {
                break;
            }
        }
        self.records = Some(records);
        Ok(())
    }

    /// Takes what is news, within the bound of a minute.
    fn take(&mut self, told: Vec<Observation>) {
        let now_us = i64::try_from(clock::now().as_us()).unwrap_or(i64::MAX);
        let since_us = i64::try_from(self.since_us()).unwrap_or(i64::MAX);
        let inventory = Arc::clone(&self.inventory);
        let known = inventory.read().unwrap_or_else(PoisonError::into_inner);
        for mut one in told {
            // What says no instant is of now, and nothing is of later.
            one.at_us = match one.at_us {
                ..=0 => now_us,
                at_us => at_us.min(now_us),
            };
            if one.at_us < since_us {
                self.hold("inventory-claims-too-old", self.keep.as_secs());
                continue;
            }
            match known.news(&one, NEWS_EACH) {
                News::Known => {}
                News::Full(limit) => self.hold_beyond(limit),
                News::Is if self.minute.1 >= MINUTE_MAX => {
                    self.hold("inventory-claims-per-minute", MINUTE_MAX);
                }
                News::Is => {
                    self.minute.1 += 1;
                    self.waiting.push(one);
                }
            }
        }
    }

    fn hold_beyond(&mut self, limit: InventoryLimit) {
        let value = limit.of(&InventoryLimits::DEFAULT);
        self.hold(limit.code(), u64::try_from(value).unwrap_or(u64::MAX));
    }

    /// Counts what is held back by a limit of this value.
    fn hold(&mut self, limit: &'static str, value: u64) {
        let (_, times) = self.held.entry(limit).or_insert((value, 0));
        *times += 1;
    }

    /// Keeps what waits, and lets the inventory follow; whether it could be kept. What could not is
    /// read again, or told again.
    fn keep(&mut self, is_last: bool) -> bool {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.sort_by(|one, other| words(one).cmp(&words(other)));
        // What was told twice since the last time is one.
        waiting.dedup_by(|next, one| words(next) == words(one));
        let mut events = to_events(&waiting);
        let is_far = self.next.saturating_sub(self.noted) >= NOTED_EACH;
        if events.is_empty() && (is_far || is_last && self.next > self.noted) {
            events.push(DevicesObserved::default());
        }
        let Some(last) = events.last_mut() else {
            return true;
        };
        last.read_to = Some(self.next);
        let now = clock::now();
        let kept = events.iter().cloned().map(Event::DevicesObserved);
        let entries: Vec<Entry> = kept.map(|event| entry_of(&event, now)).collect();
        if let Err(error) = self.telemetry.log.append_batch_wait(&entries) {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "What was told of devices cannot be kept now");
            (self.next, self.records) = (self.noted, None);
            self.monitors = Monitors::default();
            return false;
        }
        self.noted = self.next;
        events.iter().for_each(|event| self.follow(event));
        true
    }

    fn follow(&mut self, observed: &DevicesObserved) {
        let limits = self.write().follow(observed);
        limits.into_iter().for_each(|it| self.hold_beyond(it));
    }

    /// Tells what was held back in the last minute.
    fn turn_minute(&mut self) {
        if self.minute.0.elapsed() < Duration::from_secs(60) {
            return;
        }
        self.minute = (Instant::now(), 0);
        for (limit, (value, times)) in std::mem::take(&mut self.held) {
            tracing::warn!(limit, times, "A limit of the inventory was reached");
            let event = Event::LimitReached(LimitReached {
                limit: limit.to_owned(),
                value,
                times,
            });
            drop(
                self.telemetry
                    .log
                    .try_append(entry_of(&event, clock::now())),
            );
        }
    }

    fn forget(&mut self) {
        if self.forgotten_at.elapsed() < FORGET_EACH {
            return;
        }
        self.forgotten_at = Instant::now();
        let since_us = i64::try_from(self.since_us()).unwrap_or(i64::MAX);
        let gone = self.write().forget_before(since_us);
        tracing::debug!(gone, "What nobody tells of devices any more is forgotten");
    }

    /// From when on something must have been told to be known.
    fn since_us(&self) -> u64 {
        let keep_us = u64::try_from(self.keep.as_micros()).unwrap_or(u64::MAX);
        clock::now().as_us().saturating_sub(keep_us)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Inventory> {
        self.inventory
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is claimed and by whom, without when and where it was seen; the source first.
fn words(it: &Observation) -> (&str, &str, Attribute, &str, &str) {
    (&it.source, &it.subject, it.attribute, &it.value, &it.rule)
}
