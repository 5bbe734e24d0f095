//! Hunts by itself: a thread looks for new and changed rules and lists of indicators in what was kept
//! before, within its share of the processor, and keeps what it finds among decisions.
//!
//! ```text
//! lists, rules ─ those that the past was not hunted with ─ hunt ─ findings ─ decisions
//!      └─ lists that change are read again, and lines that come are compared with them
//! ```
//!
//! INVARIANT: (6) with what the past was hunted is told by decisions ([`HuntEnded`]) and by nothing
//! else. A hunt that is broken off goes on from its place.
//! INVARIANT: (7) what the stream finds and a hunt finds too is one finding, and is kept once: a hunt
//! goes up to an entry that the stream has seen, after which all that the stream found before it is
//! among decisions.

mod lists;
mod pace;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use event::{Event, FindingRaised, HuntEnded, LimitReached, class_of};
use evidence::{Entry, EvidenceLog, Offer, Records};

use super::findings::{FindingName, name_of};
use super::watching::{Desk, entry_of, step_back};
use crate::clock;
use crate::detection::HouseRules;
use crate::folder::{remove_if_there, write_whole};
use crate::hunt::lists::{read_with_digest, short_digest};
use crate::hunt::{
    Hunt, HuntSettings, HuntedLog, Listener, Lists, Progress, RulesWanted, Wanted, hunt,
};
use crate::lake::Lake;
use crate::stop::Stop;
use lists::{KnownLists, WatchedLists};
use pace::Pace;

/// How often to look whether anything is new.
const LOOK_EACH: Duration = Duration::from_secs(30);

/// How long to wait after a failure.
const AGAIN: Duration = Duration::from_secs(600);

/// How long to wait for the stream.
const SEEN_EACH: Duration = Duration::from_millis(200);

/// How long the house waits, when it closes, for a hunt that waits for a job of the lake.
const END_MAX: Duration = Duration::from_secs(5);

/// Findings that are kept together.
const FINDINGS_TOGETHER_MAX: usize = 1_024;

/// Findings of one hunt that are kept. A list that names a whole network must not fill the evidence.
const FINDINGS_MAX: u64 = 100_000;

/// Findings of before that are told apart. Beyond, some are kept twice.
const NAMES_MAX: usize = 1_000_000;

/// Digests that one event names.
const DIGESTS_TOGETHER_MAX: usize = 1_000;

/// What the thread works with.
#[derive(Debug)]
pub(super) struct Hunter {
    pub(super) settings: HuntSettings,
    pub(super) rules: HouseRules,
    /// The key of the folds of this house.
    pub(super) key: [u8; 16],
    pub(super) desk: Desk,
    /// The logs, decisions last.
    pub(super) logs: Vec<(&'static str, PathBuf, Arc<EvidenceLog>)>,
    /// Where its places are kept.
    pub(super) folder: PathBuf,
    pub(super) lake: Lake,
}

/// The threads: one looks at lists, one hunts.
#[derive(Debug)]
pub(super) struct Hunting {
    stop: Arc<Stop>,
    ended: Receiver<()>,
    threads: usize,
}

impl Hunting {
    /// Reads the lists, so that lines are compared with them from the first one on, and starts.
    pub(super) fn start(hunter: Hunter) -> std::io::Result<Self> {
        let stop = Arc::new(Stop::default());
        let (end, ended) = sync_channel(2);
        let indicators = Arc::clone(&hunter.desk.indicators);
        let mut lists = WatchedLists::new(hunter.settings.lists.clone(), indicators);
        let running = Running::new(hunter, lists.known());
        // A share of nothing: lines that come are compared with the lists all the same.
        let hunts = running.hunter.settings.core_percent > 0;
        lists.look();
        start("lists", &stop, &end, move |stop| {
            while !stop.wait(LOOK_EACH) {
                lists.look();
            }
        })?;
        if hunts {
            start("hunting", &stop, &end, move |stop| running.run(stop))?;
        }
        Ok(Self {
            stop,
            ended,
            threads: 1 + usize::from(hunts),
        })
    }

    /// Ends the threads. One that waits for a job of the lake is left behind; its place was written.
    pub(super) fn end(self) {
        self.stop.ask();
        for _ in 0..self.threads {
            match self.ended.recv_timeout(END_MAX) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => {
                    tracing::warn!("A hunt is left behind: the next start goes on");
                }
                Err(RecvTimeoutError::Disconnected) => {
                    tracing::error!("A thread that hunts ended by a fault");
                }
            }
        }
    }
}

fn start(
    name: &str,
    stop: &Arc<Stop>,
    end: &SyncSender<()>,
    run: impl FnOnce(&Stop) + Send + 'static,
) -> std::io::Result<()> {
    let (stop, end) = (Arc::clone(stop), end.clone());
    let thread = thread::Builder::new().name(name.to_owned());
    let started = thread.spawn(move || {
        step_back();
        run(&stop);
        // Nobody waits any more where this cannot be told.
        end.send(()).unwrap_or_default();
    });
    started.map(drop)
}

struct Running {
    hunter: Hunter,
    lists: KnownLists,
    /// The digests of the rules, by the ids of their findings; none when they are not hunted with.
    rules: BTreeMap<String, String>,
    /// With what this thread hunted, beyond what is remembered.
    done: BTreeSet<String>,
}

impl Running {
    fn new(hunter: Hunter, lists: KnownLists) -> Self {
        let rules = match hunter.settings.hunts_rules {
            true => hunter.rules.digests(),
            false => BTreeMap::new(),
        };
        Self {
            hunter,
            lists,
            rules,
            done: BTreeSet::new(),
        }
    }

    fn run(mut self, stop: &Stop) {
        let mut pause = Duration::ZERO;
        while !stop.wait(pause) {
            // First the lists: what comes behind these ends is compared with them as it comes.
            let lists = self.lists.get();
            let ends = self.ends();
            // Waited for as they were: a stream that is never idle lags behind each newer end.
            while !self.has_seen(&ends) {
                if stop.wait(SEEN_EACH) {
                    return;
                }
            }
            pause = LOOK_EACH;
            if let Err(error) = self.hunt_what_is_new(lists, &ends, stop) {
                let error: &dyn std::error::Error = error.as_ref();
                tracing::error!(error, "The past cannot be hunted now");
                pause = AGAIN;
            }
        }
    }

    /// The logs as far as they are now. A finding must never rest on an entry that a power cut
    /// takes, so only what is durable counts.
    fn ends(&self) -> Vec<u64> {
        let logs = self.hunter.logs.iter();
        logs.map(|(.., log)| log.size()).collect()
    }

    /// Whether the stream has seen the logs so far.
    fn has_seen(&self, ends: &[u64]) -> bool {
        let mut logs = self.hunter.logs.iter().zip(ends);
        let followed = &self.hunter.desk.followed;
        logs.all(|((stream, ..), end)| followed.has_seen(stream, *end))
    }

    fn is_new(&self, digest: &str) -> bool {
        !self.hunter.desk.followed.was_hunted_with(digest) && !self.done.contains(digest)
    }

    fn hunt_what_is_new(
        &mut self,
        lists: BTreeMap<String, PathBuf>,
        ends: &[u64],
        stop: &Stop,
    ) -> Result<()> {
        let new = lists.into_iter().filter(|(digest, _)| self.is_new(digest));
        let new: Vec<(String, PathBuf)> = new.collect();
        if !new.is_empty() {
            self.hunt_lists(new, ends, stop)?;
        }
        let new = self.rules.iter().filter(|(_, digest)| self.is_new(digest));
        let new: BTreeMap<String, String> = new.map(|(i, d)| (i.clone(), d.clone())).collect();
        if !new.is_empty() && !stop.wait(Duration::ZERO) {
            self.hunt_rules(&new, ends, stop)?;
        }
        Ok(())
    }

    fn hunt_lists(&mut self, new: Vec<(String, PathBuf)>, ends: &[u64], stop: &Stop) -> Result<()> {
        let (mut lists, mut digests) = (Lists::default(), Vec::new());
        for (digest, path) in new {
            // One that has changed or gone since is looked at the next time.
            match read_with_digest(&path) {
                Ok((list, read)) if read == digest => {
                    lists.add(list);
                    digests.push(digest);
                }
                _ => {}
            }
        }
        if digests.is_empty() {
            return Ok(());
        }
        let folder = &self.hunter.folder;
        fs::create_dir_all(folder).context("making the folder of hunts")?;
        let file = folder.join("house.list");
        write_whole(&file, lists.text().as_bytes(), 0o600).context("writing the list")?;
        let (indicators, _unusable) = lists.looked_for();
        let ended = HuntEnded {
            lists: digests,
            ..HuntEnded::default()
        };
        if indicators.is_empty() {
            return self.keep_end(&ended);
        }
        let wanted = Wanted::Indicators(Box::new(indicators));
        let source = self.hunter.lake.hunting(file.clone());
        self.hunt((wanted, source), ended, ends, stop)?;
        Ok(remove_if_there(&file)?)
    }

    fn hunt_rules(
        &mut self,
        new: &BTreeMap<String, String>,
        ends: &[u64],
        stop: &Stop,
    ) -> Result<()> {
        let rules = &self.hunter.rules;
        let titles = rules.titles().into_iter();
        let wanted = RulesWanted {
            rules: rules.clone(),
            key: self.hunter.key,
            told: titles.filter(|(id, _)| new.contains_key(id)).collect(),
        };
        let ended = HuntEnded {
            rules: new.values().cloned().collect(),
            ..HuntEnded::default()
        };
        let source = self.hunter.lake.source(false);
        self.hunt((Wanted::Rules(Box::new(wanted)), source), ended, ends, stop)
    }

    fn hunt(
        &mut self,
        (wanted, source): (Wanted, Arc<dyn evidence::SealedSource>),
        ended: HuntEnded,
        ends: &[u64],
        stop: &Stop,
    ) -> Result<()> {
        let parts = ended.rules.iter().chain(&ended.lists).map(String::as_bytes);
        let id = short_digest(&parts.collect::<Vec<_>>());
        let since = self.hunter.settings.since.as_micros();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        let logs = self.hunter.logs.iter().zip(ends);
        let logs = logs.map(|((stream, folder, _), end)| HuntedLog {
            stream,
            folder: folder.clone(),
            end: *end,
        });
        // Each kind has its place: a list that comes does not make a long hunt begin anew.
        let place = match ended.lists.is_empty() {
            true => "house-rules.json",
            false => "house-lists.json",
        };
        let asked = Hunt {
            id: id.clone(),
            wanted,
            since_us: clock::now().as_us().saturating_sub(since),
            logs: logs.collect(),
            source,
            place: self.hunter.folder.join(place),
        };
        let (rules, lists) = (ended.rules.len(), ended.lists.len());
        tracing::info!(
            hunt = id,
            rules,
            lists,
            "The past is hunted with what is new"
        );
        let mut pace = Pace::new(self.hunter.settings.core_percent, stop);
        let names = kept_names(&self.hunter.desk, &mut pace)?;
        let is_stopped = AtomicBool::new(pace.is_stopped);
        let mut keeping = Keeping {
            desk: &self.hunter.desk,
            pace,
            is_stopped: &is_stopped,
            names,
            found: Vec::new(),
            kept: 0,
        };
        let outcome = hunt(&asked, &is_stopped, &mut keeping)?;
        if outcome.is_broken_off {
            return Ok(());
        }
        let found = outcome.progress.found;
        tracing::info!(hunt = id, found, "The past was hunted");
        self.keep_end(&HuntEnded {
            hunt: id,
            since_us: outcome.since_us,
            entries: outcome.progress.total,
            found,
            ..ended
        })
    }

    /// Keeps that a hunt is through. After a crash before this, it is hunted again from its place.
    fn keep_end(&mut self, ended: &HuntEnded) -> Result<()> {
        let now = clock::now();
        let rules = ended.rules.chunks(DIGESTS_TOGETHER_MAX);
        let rules = rules.map(|rules| HuntEnded {
            rules: rules.to_vec(),
            lists: Vec::new(),
            ..ended.clone()
        });
        let lists = ended.lists.chunks(DIGESTS_TOGETHER_MAX);
        let lists = lists.map(|lists| HuntEnded {
            rules: Vec::new(),
            lists: lists.to_vec(),
            ..ended.clone()
        });
        let events: Vec<Event> = rules.chain(lists).map(Event::HuntEnded).collect();
        let entries: Vec<Entry> = events.iter().map(|event| entry_of(event, now)).collect();
        drop(self.hunter.desk.decisions.append_batch_wait(&entries)?);
        self.done
            .extend(ended.rules.iter().chain(&ended.lists).cloned());
        Ok(())
    }
}

/// What was found before, live or by a hunt, is not kept again.
fn kept_names(desk: &Desk, pace: &mut Pace<'_>) -> Result<BTreeSet<FindingName>> {
    let mut names = BTreeSet::new();
    let records = Records::open(&desk.folder, 0, Arc::clone(&desk.source));
    let mut records = records.with_classes([class_of::DETECTION_FINDING]);
    while let Some(record) = records.read()? {
        if let Ok(Event::FindingRaised(raised)) = Event::from_bytes(record.payload)
            && names.len() < NAMES_MAX
        {
            names.insert(name_of(&raised));
        }
        if pace.step() {
            break;
        }
    }
    Ok(names)
}

/// Keeps what a hunt finds.
struct Keeping<'k> {
    desk: &'k Desk,
    pace: Pace<'k>,
    is_stopped: &'k AtomicBool,
    names: BTreeSet<FindingName>,
    found: Vec<FindingRaised>,
    kept: u64,
}

impl Keeping<'_> {
    fn tell_limit(&self) {
        let event = Event::LimitReached(LimitReached {
            limit: "hunt-findings".to_owned(),
            value: FINDINGS_MAX,
            times: 1,
        });
        let entry = entry_of(&event, clock::now());
        if !matches!(self.desk.telemetry.try_append(entry), Ok(Offer::Taken(_))) {
            tracing::warn!("A hunt finds more than is kept");
        }
    }
}

impl Listener for Keeping<'_> {
    fn found(&mut self, raised: &FindingRaised) {
        if self.kept > FINDINGS_MAX || self.names.contains(&name_of(raised)) {
            return;
        }
        self.kept += 1;
        match self.kept > FINDINGS_MAX {
            true => self.tell_limit(),
            false => self.found.push(raised.clone()),
        }
    }

    fn settle(&mut self) -> Result<()> {
        let now = clock::now();
        while !self.found.is_empty() {
            let some = self.found.iter().take(FINDINGS_TOGETHER_MAX).cloned();
            let entries: Vec<Entry> = some
                .map(|raised| entry_of(&Event::FindingRaised(raised), now))
                .collect();
            drop(self.desk.decisions.append_batch_wait(&entries)?);
            self.found.drain(..entries.len());
        }
        Ok(())
    }

    fn progress(&mut self, _progress: Progress) {
        self.pace.rest();
        if self.pace.is_stopped {
            self.is_stopped.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;
