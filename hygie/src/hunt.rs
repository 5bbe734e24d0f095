//! Hunts: what was learnt today, looked for in what was kept before.
//!
//! ```text
//! sealed entries ─ those that hold an indicator, by the side index ─┐
//!                 or all of them, for rules                         ├─ the same fold or comparison
//! entries of the log ────────────────────────────────────────────── ┘   as live ─ findings
//! ```
//!
//! INVARIANT: (7) a stream finding equals a hunt finding: the same code over the same entries.
//! A hunt that is broken off leaves a file with its place, and is gone on from there.

pub(crate) mod lists;
mod matcher;
mod place;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use event::FindingRaised;
use evidence::{Records, SealedSource};
use watch::fold::{Kept, Raised};
use watch::indicator::Indicators;

pub use lists::{ListError, Lists, read_list};
pub use place::HuntPlace;

use crate::detection::HouseRules;
use crate::folder::remove_if_there;
pub(crate) use matcher::IndicatorMatcher;
use matcher::Matcher;

/// How often the place of a hunt is written down.
const WRITE_EACH: Duration = Duration::from_secs(20);

/// Entries between two looks whether to stop or to tell the progress.
const LOOK_EACH: u64 = 4_096;

/// How the house hunts by itself.
#[derive(Clone, Debug)]
pub struct HuntSettings {
    /// Files and folders with lists of indicators.
    pub lists: Vec<PathBuf>,
    /// Whether new and changed rules are hunted with.
    pub hunts_rules: bool,
    /// How far it looks back.
    pub since: Duration,
    /// The share of one core that it may take; none means that it never hunts.
    pub core_percent: u32,
}

impl Default for HuntSettings {
    /// No lists, no rules, three years, a quarter of a core.
    fn default() -> Self {
        Self {
            lists: Vec::new(),
            hunts_rules: false,
            since: Duration::from_secs(3 * 366 * 86_400),
            core_percent: 25,
        }
    }
}

/// What is looked for.
#[derive(Debug)]
pub enum Wanted {
    /// Values that others saw an attacker use.
    Indicators(Box<Indicators>),
    /// Rules and correlations.
    Rules(Box<RulesWanted>),
}

/// Rules that are hunted with.
#[derive(Debug)]
pub struct RulesWanted {
    /// All that are asked.
    pub rules: HouseRules,
    /// The key of the house's folds.
    pub key: [u8; 16],
    /// Those whose findings are told, by their ids, each with its title.
    pub told: BTreeMap<String, String>,
}

/// One log.
#[derive(Debug)]
pub struct HuntedLog {
    /// Its name.
    pub stream: &'static str,
    /// Its folder.
    pub folder: PathBuf,
    /// Entries from here on are not looked at.
    pub end: u64,
}

impl HuntedLog {
    /// A log up to its end.
    ///
    /// # Errors
    /// A log that cannot be read.
    pub fn whole(stream: &'static str, folder: PathBuf) -> Result<Self, evidence::Error> {
        let end = evidence::Reader::end(&folder)?;
        Ok(Self {
            stream,
            folder,
            end,
        })
    }
}

/// One hunt.
#[derive(Debug)]
pub struct Hunt {
    /// By what it is known when it is gone on with.
    pub id: String,
    /// What is looked for.
    pub wanted: Wanted,
    /// Entries received before this instant, in microseconds since 1970, are passed over.
    pub since_us: u64,
    /// The logs.
    pub logs: Vec<HuntedLog>,
    /// What reads sealed entries.
    pub source: Arc<dyn SealedSource>,
    /// Where its place is kept.
    pub place: PathBuf,
}

/// How far a hunt is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Entries that lie behind.
    pub done: u64,
    /// Entries of all logs.
    pub total: u64,
    /// What was found, also before it was broken off.
    pub found: u64,
}

/// How a hunt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How far it came.
    pub progress: Progress,
    /// From when on, as it was when the hunt began.
    pub since_us: u64,
    /// Whether it was broken off; the next one goes on.
    pub is_broken_off: bool,
}

/// Who is told what a hunt finds.
pub trait Listener {
    /// Something was found.
    fn found(&mut self, raised: &FindingRaised);
    /// The place is about to be written down: what was told until now is not told again.
    ///
    /// # Errors
    /// What was found could not be kept; the hunt ends.
    fn settle(&mut self) -> Result<()> {
        Ok(())
    }
    /// How far it is.
    fn progress(&mut self, progress: Progress);
}

/// Hunts through every log, until the end or until `stop` turns true.
///
/// # Errors
/// A log that cannot be read, or a place that cannot be written.
pub fn hunt(hunt: &Hunt, stop: &AtomicBool, listener: &mut dyn Listener) -> Result<Ended> {
    let mut place = HuntPlace::read(&hunt.place, (&hunt.id, hunt.since_us))?;
    let total = hunt.logs.iter().map(|log| log.end).sum();
    let mut before = 0;
    for log in &hunt.logs {
        let mut running = Running {
            hunt,
            log,
            matcher: Matcher::new(&hunt.wanted)?,
            next: place.next(log.stream),
            place: &mut place,
            behind: (before, total),
            written_at: Instant::now(),
        };
        let is_whole = running
            .through(stop, listener)
            .with_context(|| format!("hunting through `{}`", log.folder.display()))?;
        if !is_whole {
            let progress = Progress {
                done: before + place.next(log.stream),
                total,
                found: place.found,
            };
            return Ok(Ended {
                progress,
                since_us: place.since_us,
                is_broken_off: true,
            });
        }
        before += log.end;
    }
    // A hunt that is through begins anew when it is asked for again.
    remove_if_there(&hunt.place).context("forgetting the place of the hunt")?;
    let progress = Progress {
        done: total,
        total,
        found: place.found,
    };
    Ok(Ended {
        progress,
        since_us: place.since_us,
        is_broken_off: false,
    })
}

struct Running<'r, 'h> {
    hunt: &'h Hunt,
    log: &'h HuntedLog,
    matcher: Matcher<'h>,
    place: &'r mut HuntPlace,
    /// Index of the first entry that was not looked at.
    next: u64,
    /// Entries of the logs before this one, and of all.
    behind: (u64, u64),
    written_at: Instant,
}

impl Running<'_, '_> {
    /// Whether it came to the end.
    fn through(&mut self, stop: &AtomicBool, listener: &mut dyn Listener) -> Result<bool> {
        let from = self.next;
        if let Some(state) = self.place.take_state(self.log.stream) {
            self.matcher.resume(state);
        }
        if stop.load(Ordering::Relaxed) {
            self.write_down(listener)?;
            return Ok(false);
        }
        let source = Arc::clone(&self.hunt.source);
        let mut records = Records::open(&self.log.folder, from, source);
        let mut looked_at = from;
        loop {
            let record = match records.read() {
                // What reads sealed entries hears the same signal, and ends by it.
                Err(_) if stop.load(Ordering::Relaxed) => {
                    self.write_down(listener)?;
                    return Ok(false);
                }
                record => record?,
            };
            let Some(record) = record.filter(|it| it.index < self.log.end) else {
                break;
            };
            let index = record.index;
            if record.time_us >= self.place.since_us {
                let kept = Kept {
                    index,
                    received_us: i64::try_from(record.time_us).unwrap_or(i64::MAX),
                    payload: record.payload,
                };
                for raised in self.matcher.findings(kept) {
                    self.tell(raised, listener);
                }
            }
            self.next = index.saturating_add(1);
            if index.saturating_sub(looked_at) >= LOOK_EACH {
                looked_at = index;
                listener.progress(Progress {
                    done: self.behind.0 + index,
                    total: self.behind.1,
                    found: self.place.found,
                });
                if stop.load(Ordering::Relaxed) {
                    self.write_down(listener)?;
                    return Ok(false);
                }
                if self.written_at.elapsed() >= WRITE_EACH {
                    self.written_at = Instant::now();
                    self.write_down(listener)?;
                }
            }
        }
        // Whoever goes on with another log, and is broken off there, comes back to this end.
        self.write_down(listener)?;
        Ok(true)
    }

    fn tell(&mut self, raised: Raised, listener: &mut dyn Listener) {
        self.place.found = self.place.found.saturating_add(1);
        listener.found(&raised.kept(self.log.stream, Some(&self.hunt.id)));
    }

    /// A crash behind this tells again what was found since.
    fn write_down(&mut self, listener: &mut dyn Listener) -> Result<()> {
        listener.settle()?;
        if let Some(state) = self.matcher.state() {
            self.place.keep_state(self.log.stream, state.clone());
        }
        self.place.set_next(self.log.stream, self.next);
        self.place.write(&self.hunt.place)
    }
}

#[cfg(test)]
mod tests;
