//! Hunts by itself: a thread looks for new and changed rules and lists of indicators in what was kept
//! before, within its share of the processor, and keeps what it finds among decisions.
//!
//! ```text
//! lists, rules ─ those that the past was not hunted with ─ hunt ─ findings ─ decisions
//!      └─ lists that change are read again, and lines that come are compared with them
//! ```
//!
//! INVARIANT: (6) with what the past was hunted is told by decisions ([`HuntEnded`]) and by nothing
//! else. A hunt that is broken off goes on from its place; what it finds twice is kept once.

mod pace;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use event::{Event, FindingRaised, HuntEnded, LimitReached, class_of};
use evidence::{Entry, EvidenceLog, Offer, Records};

use super::watching::{Desk, entry_of, step_back};
use crate::clock;
use crate::detection::HouseRules;
use crate::folder::{remove_if_there, write_whole};
use crate::hunt::lists::{list_files, read_with_digest, short_digest};
use crate::hunt::{
    Hunt, HuntSettings, HuntedLog, Listener, Lists, Progress, RulesWanted, Wanted, hunt,
};
use crate::lake::Lake;
use crate::stop::Stop;
use pace::Pace;

/// How often to look whether lists have changed.
const LOOK_EACH: Duration = Duration::from_secs(30);

/// How long to wait after a failure.
const AGAIN: Duration = Duration::from_secs(600);

/// How long to wait for decisions to be read to their end.
const KNOWN_EACH: Duration = Duration::from_millis(200);

/// How long the house waits, when it closes, for a hunt that waits for a job of the lake.
const END_MAX: Duration = Duration::from_secs(5);

/// Findings that are kept together.
const FINDINGS_TOGETHER_MAX: usize = 1_024;

/// Findings of one hunt that are kept. A list that names a whole network must not fill the evidence.
const FINDINGS_MAX: u64 = 100_000;

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
    /// Where its place is kept.
    pub(super) folder: PathBuf,
    pub(super) lake: Lake,
}

/// The thread.
#[derive(Debug)]
pub(super) struct Hunting {
    stop: Arc<Stop>,
    ended: Receiver<()>,
}

/// A list as it was read last.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SeenList {
    path: PathBuf,
    bytes: u64,
    written: Option<SystemTime>,
}

impl Hunting {
    /// Reads the lists, so that lines are compared with them from the first one on, and starts.
    pub(super) fn start(hunter: Hunter) -> std::io::Result<Self> {
        let stop = Arc::new(Stop::default());
        let (end, ended) = sync_channel(1);
        let asked = Arc::clone(&stop);
        let mut running = Running {
            hunter,
            seen: None,
            lists: BTreeMap::new(),
        };
        running.look_at_lists();
        thread::Builder::new()
            .name("hunting".to_owned())
            .spawn(move || {
                step_back();
                running.run(&asked);
                // Nobody waits any more where this cannot be told.
                end.send(()).unwrap_or_default();
            })?;
        Ok(Self { stop, ended })
    }

    /// Ends the thread. One that waits for a job of the lake is left behind; its place was written.
    pub(super) fn end(self) {
        self.stop.ask();
        match self.ended.recv_timeout(END_MAX) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => {
                tracing::warn!("A hunt is left behind: the next start goes on");
            }
            Err(RecvTimeoutError::Disconnected) => {
                tracing::error!("The thread that hunts ended by a fault");
            }
        }
    }
}

struct Running {
    hunter: Hunter,
    seen: Option<Vec<SeenList>>,
    /// Lists by the digest of their bytes.
    lists: BTreeMap<String, PathBuf>,
}

impl Running {
    fn run(mut self, stop: &Stop) {
        let mut pause = Duration::ZERO;
        while !stop.wait(pause) {
            self.look_at_lists();
            if !self.hunter.desk.hunted.is_known() {
                pause = KNOWN_EACH;
                continue;
            }
            pause = LOOK_EACH;
            if self.hunter.settings.core_percent == 0 {
                continue;
            }
            if let Err(error) = self.hunt_what_is_new(stop) {
                let error: &dyn std::error::Error = error.as_ref();
                tracing::error!(error, "The past cannot be hunted now");
                pause = AGAIN;
            }
            self.hunter.desk.hunted.tell_apart(false);
        }
    }

    /// Reads the lists again if they have changed, and compares lines with them from now on.
    fn look_at_lists(&mut self) {
        let files = match list_files(&self.hunter.settings.lists) {
            Ok(files) => files,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Lists stay as they are"
                );
                return;
            }
        };
        let seen = files.into_iter().filter_map(|path| {
            let metadata = fs::metadata(&path).ok()?;
            Some(SeenList {
                path,
                bytes: metadata.len(),
                written: metadata.modified().ok(),
            })
        });
        let seen: Vec<SeenList> = seen.collect();
        if self.seen.as_ref() == Some(&seen) {
            return;
        }
        let (mut lists, mut all) = (BTreeMap::new(), Lists::default());
        for list in &seen {
            match read_with_digest(&list.path) {
                Ok((read, digest)) => {
                    lists.insert(digest, list.path.clone());
                    all.add(read);
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "A list is left out"
                    );
                }
            }
        }
        let not_understood = all.not_understood_total;
        let (indicators, unusable) = all.looked_for();
        if !seen.is_empty() || self.seen.is_some() {
            tracing::info!(
                lists = lists.len(),
                indicators = indicators.len(),
                not_understood,
                unusable = unusable.len(),
                "Lists of indicators are read"
            );
        }
        *self
            .hunter
            .desk
            .indicators
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(indicators);
        (self.seen, self.lists) = (Some(seen), lists);
    }

    fn hunt_what_is_new(&self, stop: &Stop) -> Result<()> {
        let hunted = &self.hunter.desk.hunted;
        let new = self
            .lists
            .iter()
            .filter(|(digest, _)| !hunted.holds(digest));
        let new: Vec<(String, PathBuf)> = new.map(|(d, p)| (d.clone(), p.clone())).collect();
        if !new.is_empty() {
            self.hunt_lists(new, stop)?;
        }
        if self.hunter.settings.hunts_rules {
            let digests = self.hunter.rules.digests();
            let new = digests
                .into_iter()
                .filter(|(_, digest)| !hunted.holds(digest));
            let new: BTreeMap<String, String> = new.collect();
            if !new.is_empty() && !stop.wait(Duration::ZERO) {
                self.hunt_rules(&new, stop)?;
            }
        }
        Ok(())
    }

    fn hunt_lists(&self, new: Vec<(String, PathBuf)>, stop: &Stop) -> Result<()> {
        let (mut lists, mut digests) = (Lists::default(), Vec::new());
        for (digest, path) in new {
            let (list, read_digest) = read_with_digest(&path)?;
            // One that has changed since is looked at the next time.
            if read_digest == digest {
                lists.add(list);
                digests.push(digest);
            }
        }
        let folder = &self.hunter.folder;
        fs::create_dir_all(folder).context("making the folder of hunts")?;
        let file = folder.join("house.list");
        write_whole(&file, lists.text().as_bytes(), 0o600).context("writing the list")?;
        let (indicators, _unusable) = lists.looked_for();
        let ended = HuntEnded {
            lists: digests,
            ..nothing_hunted()
        };
        if indicators.is_empty() {
            return self.keep_end(&ended);
        }
        let source = self.hunter.lake.hunting(file.clone());
        self.hunt(
            Wanted::Indicators(Box::new(indicators)),
            source,
            ended,
            stop,
        )?;
        Ok(remove_if_there(&file)?)
    }

    fn hunt_rules(&self, new: &BTreeMap<String, String>, stop: &Stop) -> Result<()> {
        let rules = &self.hunter.rules;
        let titles = rules.titles().into_iter();
        let wanted = RulesWanted {
            rules: rules.clone(),
            key: self.hunter.key,
            told: titles.filter(|(id, _)| new.contains_key(id)).collect(),
        };
        let ended = HuntEnded {
            rules: new.values().cloned().collect(),
            ..nothing_hunted()
        };
        let source = self.hunter.lake.source(false);
        self.hunt(Wanted::Rules(Box::new(wanted)), source, ended, stop)
    }

    fn hunt(
        &self,
        wanted: Wanted,
        source: Arc<dyn evidence::SealedSource>,
        ended: HuntEnded,
        stop: &Stop,
    ) -> Result<()> {
        let parts = ended.rules.iter().chain(&ended.lists).map(String::as_bytes);
        let id = short_digest(&parts.collect::<Vec<_>>());
        let since = self.hunter.settings.since.as_micros();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        // A finding must never rest on an entry that a power cut takes.
        let logs = self
            .hunter
            .logs
            .iter()
            .map(|(stream, folder, log)| HuntedLog {
                stream,
                folder: folder.clone(),
                end: log.size(),
            });
        let asked = Hunt {
            id: id.clone(),
            wanted,
            since_us: clock::now().as_us().saturating_sub(since),
            logs: logs.collect(),
            source,
            place: self.hunter.folder.join("house.json"),
        };
        tracing::info!(
            hunt = id,
            rules = ended.rules.len(),
            lists = ended.lists.len(),
            "The past is hunted with what is new"
        );
        let mut pace = Pace::new(self.hunter.settings.core_percent, stop);
        self.know_what_is_kept(&mut pace)?;
        let is_stopped = AtomicBool::new(pace.is_stopped);
        let mut keeping = Keeping {
            desk: &self.hunter.desk,
            pace,
            is_stopped: &is_stopped,
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
            since_us: asked.since_us,
            entries: outcome.progress.total,
            found,
            ..ended
        })
    }

    /// What was found before, live or by a hunt, is not kept again.
    fn know_what_is_kept(&self, pace: &mut Pace<'_>) -> Result<()> {
        let desk = &self.hunter.desk;
        desk.hunted.tell_apart(true);
        let records = Records::open(&desk.folder, 0, Arc::clone(&desk.source));
        let mut records = records.with_classes([class_of::DETECTION_FINDING]);
        while let Some(record) = records.read()? {
            if let Ok(Event::FindingRaised(raised)) = Event::from_bytes(record.payload) {
                desk.hunted.is_first(&raised);
            }
            if pace.step() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Keeps that a hunt is through. After a crash before this, it is hunted again from its place.
    fn keep_end(&self, ended: &HuntEnded) -> Result<()> {
        let now = clock::now();
        let digests = ended
            .rules
            .chunks(DIGESTS_TOGETHER_MAX)
            .map(|rules| HuntEnded {
                rules: rules.to_vec(),
                lists: Vec::new(),
                ..ended.clone()
            });
        let lists = ended
            .lists
            .chunks(DIGESTS_TOGETHER_MAX)
            .map(|lists| HuntEnded {
                rules: Vec::new(),
                lists: lists.to_vec(),
                ..ended.clone()
            });
        let events: Vec<Event> = digests.chain(lists).map(Event::HuntEnded).collect();
        let entries: Vec<Entry> = events.iter().map(|event| entry_of(event, now)).collect();
        drop(self.hunter.desk.decisions.append_batch_wait(&entries)?);
        for event in &events {
            self.hunter.desk.hunted.follow(event);
        }
        Ok(())
    }
}

fn nothing_hunted() -> HuntEnded {
    HuntEnded {
        hunt: String::new(),
        rules: Vec::new(),
        lists: Vec::new(),
        since_us: 0,
        entries: 0,
        found: 0,
    }
}

/// Keeps what a hunt finds.
struct Keeping<'k> {
    desk: &'k Desk,
    pace: Pace<'k>,
    is_stopped: &'k AtomicBool,
    found: Vec<FindingRaised>,
    kept: u64,
}

impl Keeping<'_> {
    fn tell_limit(&self, found: u64) {
        let event = Event::LimitReached(LimitReached {
            limit: "hunt-findings".to_owned(),
            value: FINDINGS_MAX,
            times: found,
        });
        let entry = entry_of(&event, clock::now());
        if !matches!(self.desk.telemetry.try_append(entry), Ok(Offer::Taken(_))) {
            tracing::warn!(found, "A hunt finds more than is kept");
        }
    }
}

impl Listener for Keeping<'_> {
    fn found(&mut self, raised: &FindingRaised) {
        if self.kept > FINDINGS_MAX || !self.desk.hunted.is_first(raised) {
            return;
        }
        self.kept += 1;
        if self.kept > FINDINGS_MAX {
            return self.tell_limit(self.kept);
        }
        self.found.push(raised.clone());
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
