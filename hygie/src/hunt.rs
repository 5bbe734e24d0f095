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

mod place;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use event::{FindingRaised, Logged};
use evidence::{Records, SealedSource};
use watch::fold::{Found, Kept, Raised, Watch};
use watch::indicator::{Indicators, Observer, Where};

pub use place::HuntPlace;

use crate::detection::HouseRules;
use crate::folder::remove_if_there;

/// How often the place of a hunt is written down.
const WRITE_EACH: Duration = Duration::from_secs(20);

/// Entries between two looks whether to stop or to tell the progress.
const LOOK_EACH: u64 = 4_096;

/// What is looked for.
#[derive(Debug)]
pub enum Wanted {
    /// Values that others saw an attacker use.
    Indicators(Box<Indicators>),
    /// Rules and correlations, with the key of the house's folds.
    Rules(Box<HouseRules>, [u8; 16]),
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
    /// The logs, each with its name and folder.
    pub logs: Vec<(&'static str, PathBuf)>,
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
    /// Whether it was broken off; the next one goes on.
    pub is_broken_off: bool,
}

/// Who is told what a hunt finds.
pub trait Listener {
    /// Something was found.
    fn found(&mut self, raised: &FindingRaised);
    /// How far it is.
    fn progress(&mut self, progress: Progress);
}

/// Hunts through every log, until the end or until `stop` turns true.
///
/// # Errors
/// A log that cannot be read, or a place that cannot be written.
pub fn hunt(hunt: &Hunt, stop: &AtomicBool, listener: &mut dyn Listener) -> Result<Ended> {
    let mut place = HuntPlace::read(&hunt.place, (&hunt.id, hunt.since_us))?;
    let sizes = hunt
        .logs
        .iter()
        .map(|(_, folder)| evidence::Reader::end(folder));
    let sizes: Vec<u64> = sizes.collect::<Result<_, _>>()?;
    let total = sizes.iter().sum();
    let mut before = 0;
    for ((stream, folder), entries) in hunt.logs.iter().zip(&sizes) {
        let mut running = Running {
            hunt,
            stream,
            matcher: Matcher::new(&hunt.wanted)?,
            next: place.next(stream),
            place: &mut place,
            behind: (before, total),
            written_at: Instant::now(),
        };
        let is_whole = running
            .through(folder, stop, listener)
            .with_context(|| format!("hunting through `{}`", folder.display()))?;
        if !is_whole {
            let progress = Progress {
                done: before + place.next(stream),
                total,
                found: place.found,
            };
            return Ok(Ended {
                progress,
                is_broken_off: true,
            });
        }
        before += entries;
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
        is_broken_off: false,
    })
}

/// What compares entries.
enum Matcher<'h> {
    Indicators(&'h Indicators, Box<Observer>),
    Rules(Box<Watch>, BTreeMap<String, String>),
}

impl<'h> Matcher<'h> {
    fn new(wanted: &'h Wanted) -> Result<Self> {
        Ok(match wanted {
            Wanted::Indicators(indicators) => Self::Indicators(indicators, Box::default()),
            Wanted::Rules(rules, key) => Self::Rules(Box::new(rules.watch(*key)?), rules.titles()),
        })
    }

    fn findings(&mut self, kept: Kept<'_>) -> Vec<Raised> {
        match self {
            Self::Indicators(indicators, observer) => {
                let logged = Logged::from_bytes(kept.payload);
                let line = logged.as_ref().map_or(kept.payload, |logged| logged.json);
                // What is no line of JSON holds no value to compare.
                let Ok(matches) = indicators.matches(observer, line) else {
                    return Vec::new();
                };
                let at = Where {
                    position: kept.index,
                    at_us: logged
                        .as_ref()
                        .and_then(|logged| logged.time_us)
                        .unwrap_or(kept.received_us),
                    host: logged.as_ref().and_then(|logged| logged.host.as_deref()),
                };
                let findings = matches.findings(at);
                findings
                    .map(|finding| Raised {
                        title: finding.id.clone(),
                        author: String::new(),
                        finding,
                    })
                    .collect()
            }
            Self::Rules(watch, titles) => of_rules(watch.apply(kept), titles),
        }
    }
}

/// Findings of the rules that are hunted; analytics need their own past and are not.
fn of_rules(found: Vec<Found>, titles: &BTreeMap<String, String>) -> Vec<Raised> {
    let raised = found.into_iter().filter_map(|found| match found {
        Found::Raised(raised) => Some(raised),
        Found::Limited(_) => None,
    });
    raised
        .filter(|raised| titles.contains_key(&raised.finding.id))
        .collect()
}

struct Running<'r, 'h> {
    hunt: &'h Hunt,
    stream: &'static str,
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
    fn through(
        &mut self,
        folder: &std::path::Path,
        stop: &AtomicBool,
        listener: &mut dyn Listener,
    ) -> Result<bool> {
        let from = self.next;
        if let (Matcher::Rules(watch, _), Some(state)) =
            (&mut self.matcher, self.place.take_state(self.stream))
        {
            watch.resume(state);
        }
        let mut records = Records::open(folder, from, Arc::clone(&self.hunt.source));
        let mut looked_at = from;
        loop {
            let record = match records.read() {
                // What reads sealed entries hears the same signal, and ends by it.
                Err(_) if stop.load(Ordering::Relaxed) => {
                    self.write_down()?;
                    return Ok(false);
                }
                record => record?,
            };
            let Some(record) = record else { break };
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
                    self.write_down()?;
                    return Ok(false);
                }
                if self.written_at.elapsed() >= WRITE_EACH {
                    self.written_at = Instant::now();
                    self.write_down()?;
                }
            }
        }
        // Whoever goes on with another log, and is broken off there, comes back to this end.
        self.write_down()?;
        Ok(true)
    }

    fn tell(&mut self, raised: Raised, listener: &mut dyn Listener) {
        self.place.found = self.place.found.saturating_add(1);
        listener.found(&FindingRaised {
            stream: self.stream.to_owned(),
            finding: raised.finding,
            title: raised.title,
            author: raised.author,
            hunt: Some(self.hunt.id.clone()),
        });
    }

    /// A crash behind this tells again what was found since.
    fn write_down(&mut self) -> Result<()> {
        if let Matcher::Rules(watch, _) = &self.matcher {
            self.place.keep_state(self.stream, watch.state().clone());
        }
        self.place.set_next(self.stream, self.next);
        self.place.write(&self.hunt.place)
    }
}

#[cfg(test)]
mod tests;
