//! Recorded events played again: into the evidence of a throw-away folder, and through the fold.
//!
//! ```text
//! files ─ in the order of time ─ telemetry log ─ read back ─ Watch ─ findings ─┬─ told
//!                                                                             ├─ decisions log
//!                                                                             └─ incidents
//! ```
//!
//! The receipt of an entry is the time of the recording, not of the replay, so that a replay finds
//! what was found, or would have been found, when it was recorded.

mod merge;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use event::Event;
use evidence::{Entry, EvidenceLog, Options, Reader};
use intake::logs::Settings;
use watch::fold::{Found, Kept, Limited, Raised, Watch, WatchCounts, WatchSettings};
use watch::incident::{IncidentSettings, Incidents};
use watch::source::Mapping;

use crate::clock;
use crate::commands::make_folder;
use crate::detection::Loaded;
use crate::folder::DataFolder;
pub use merge::Unread;
use merge::{Merge, Recorded};

/// The name of the evidence of a replay: it is nobody's.
const ORIGIN: &str = "replay.invalid/evidence";

/// Entries that are kept together.
const BATCH_ENTRIES_MAX: usize = 2_048;

/// Bytes of entries that are kept together, about.
const BATCH_BYTES_MAX: usize = 8 << 20;

/// How far beyond now an event may lie before its time is not believed: clocks differ.
const FUTURE_US_MAX: i64 = 86_400 * 1_000_000;

/// How fast a recording is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// As fast as it goes.
    Max,
    /// So many times as fast as it was recorded.
    Times(f64),
}

/// What is to be played, and how.
#[derive(Debug)]
pub struct Replay<'r> {
    /// Files and folders.
    pub paths: &'r [PathBuf],
    /// How they are read.
    pub settings: &'r Settings,
    /// The rules.
    pub loaded: Loaded,
    /// How the fold is set.
    pub watch: WatchSettings,
    /// How fast.
    pub speed: Speed,
    /// Where the data folder is made and stays; a temporary one is removed in the end.
    pub keep: Option<&'r Path>,
    /// Random and secret: whoever knows it can choose values that fall together.
    pub key: [u8; 16],
}

/// How far a replay is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Entries, unreadable ones among them.
    pub entries: u64,
    /// Bytes of the files that were played, as they are on disk.
    pub bytes_done: u64,
    /// Bytes of all files.
    pub bytes_total: u64,
}

/// What came of a replay.
#[derive(Debug)]
pub struct Report {
    /// Files.
    pub files: usize,
    /// What went through the fold.
    pub counts: WatchCounts,
    /// Events of no log source that is known here.
    pub unknown: u64,
    /// What could not be read.
    pub unread: u64,
    /// Events that came behind later ones, because they could not be put in order.
    pub late: u64,
    /// When the first event happened, in microseconds since 1970.
    pub first_us: Option<i64>,
    /// When the last one happened.
    pub last_us: Option<i64>,
    /// How long it took.
    pub took: Duration,
    /// Findings by title: how many, and of which level.
    pub findings: BTreeMap<String, (u64, watch::finding::Level)>,
    /// Findings by technique.
    pub techniques: BTreeMap<String, u64>,
    /// What the findings come to.
    pub incidents: Incidents,
}

/// What is told while it plays.
pub trait Listener {
    /// A finding, and how long after the beginning of the recording, in microseconds.
    fn found(&mut self, raised: &Raised, offset_us: i64);
    /// A limit that was reached.
    fn limited(&mut self, limited: &Limited);
    /// Something that could not be read.
    fn unread(&mut self, unread: &Unread);
    /// How far it is.
    fn progress(&mut self, played: Played);
}

/// Plays a recording.
///
/// # Errors
/// The data folder or its evidence cannot be made or written.
pub fn play(replay: Replay<'_>, listener: &mut dyn Listener) -> Result<Report> {
    let begun = Instant::now();
    let temporary = match replay.keep {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("making a temporary folder")?),
    };
    let place = match (replay.keep, &temporary) {
        (Some(keep), _) => keep.to_owned(),
        (None, Some(temporary)) => temporary.path().join("hygie-data"),
        (None, None) => PathBuf::new(),
    };
    let folder = DataFolder::at(place);
    make_folder(&folder, ORIGIN)?;
    let mapping = Mapping::built_in().context("the mapping of log sources")?;
    let mut playing = Playing {
        watch: Watch::new(
            replay.loaded.rules,
            Arc::new(replay.loaded.joined),
            &mapping,
            replay.watch,
            replay.key,
        ),
        logs: Logs::open(&folder)?,
        pending: Vec::new(),
        pending_bytes: 0,
        report: empty_report(),
        listener,
    };
    let newest_us = i64::try_from(clock::now().as_us()).unwrap_or(i64::MAX);
    let newest_us = newest_us.saturating_add(FUTURE_US_MAX);
    let merge = Merge::of(replay.paths, replay.settings, newest_us);
    playing.all(merge, replay.speed)?;
    playing.logs.close()?;
    playing.report.took = begun.elapsed();
    if let Some(temporary) = temporary {
        temporary.close().context("removing the temporary folder")?;
    }
    Ok(playing.report)
}

fn empty_report() -> Report {
    Report {
        files: 0,
        counts: WatchCounts::default(),
        unknown: 0,
        unread: 0,
        late: 0,
        first_us: None,
        last_us: None,
        took: Duration::ZERO,
        findings: BTreeMap::new(),
        techniques: BTreeMap::new(),
        incidents: Incidents::new(IncidentSettings::default()),
    }
}

/// The two logs of the folder.
struct Logs {
    telemetry: EvidenceLog,
    decisions: EvidenceLog,
    kept: Reader,
}

impl Logs {
    fn open(folder: &DataFolder) -> Result<Self> {
        let open = |dir: PathBuf, signer| {
            let (log, _recovery) = EvidenceLog::open(Options::new(dir, signer))?;
            Ok::<EvidenceLog, evidence::Error>(log)
        };
        let telemetry = folder.telemetry_signer().context("the key of telemetry")?;
        let telemetry = open(folder.telemetry(), telemetry).context("the telemetry log")?;
        let decisions = folder.signer().context("the key of evidence")?;
        let decisions = open(folder.evidence(), decisions).context("the log of decisions")?;
        let kept = telemetry.reader(telemetry.size());
        Ok(Self {
            kept: kept.context("reading the telemetry log")?,
            telemetry,
            decisions,
        })
    }

    fn close(self) -> Result<()> {
        self.telemetry
            .close()
            .context("closing the telemetry log")?;
        self.decisions
            .close()
            .context("closing the log of decisions")
    }
}

/// A replay under way.
struct Playing<'p> {
    watch: Watch,
    logs: Logs,
    pending: Vec<Entry>,
    pending_bytes: usize,
    report: Report,
    listener: &'p mut dyn Listener,
}

impl Playing<'_> {
    fn all(&mut self, mut merge: Merge, speed: Speed) -> Result<()> {
        self.report.files = merge.files;
        while let Some(unread) = merge.next_unlisted() {
            self.report.unread += 1;
            self.listener.unread(&unread);
        }
        let begun = Instant::now();
        while let Some(recorded) = merge.next() {
            if recorded.unread.is_none() {
                self.report.first_us.get_or_insert(recorded.order_us);
                self.report.last_us = Some(recorded.order_us);
            }
            if let (Speed::Times(times), Some(first_us)) = (speed, self.report.first_us) {
                let due = begun + scaled(recorded.order_us.saturating_sub(first_us), times);
                let pause = due.saturating_duration_since(Instant::now());
                if !pause.is_zero() {
                    self.keep(&merge)?;
                    sleep(pause);
                }
            }
            self.take(recorded);
            let is_full =
                self.pending.len() >= BATCH_ENTRIES_MAX || self.pending_bytes >= BATCH_BYTES_MAX;
            if is_full {
                self.keep(&merge)?;
            }
        }
        self.keep(&merge)?;
        let found = self.watch.finish();
        self.tell(found)?;
        self.report.late = merge.late;
        self.report.counts = self.watch.counts();
        self.report.unknown = self.watch.rule_counts().unknown;
        Ok(())
    }

    fn take(&mut self, recorded: Recorded) {
        if let Some(unread) = &recorded.unread {
            self.report.unread += 1;
            self.listener.unread(unread);
        }
        self.pending_bytes += recorded.payload.len();
        self.pending.push(Entry {
            class: recorded.class,
            time_us: u64::try_from(recorded.order_us).unwrap_or(0),
            payload: recorded.payload,
        });
    }

    /// Keeps what waits, reads it back and looks at it.
    fn keep(&mut self, merge: &Merge) -> Result<()> {
        if !self.pending.is_empty() {
            let kept = self.logs.telemetry.append_batch_wait(&self.pending);
            let end = kept.context("keeping events")?.indexes().end;
            self.pending.clear();
            self.pending_bytes = 0;
            let mut found = Vec::new();
            while self.logs.kept.position() < end {
                let record = self.logs.kept.read().context("reading kept events back")?;
                let Some(record) = record else { break };
                found.extend(self.watch.apply(Kept {
                    index: record.index,
                    received_us: i64::try_from(record.time_us).unwrap_or(i64::MAX),
                    payload: record.payload,
                }));
            }
            self.tell(found)?;
        }
        self.listener.progress(Played {
            entries: self.watch.counts().entries,
            bytes_done: merge.bytes_done(),
            bytes_total: merge.bytes_total,
        });
        Ok(())
    }

    fn tell(&mut self, found: Vec<Found>) -> Result<()> {
        let mut events = Vec::new();
        for found in found {
            let raised = match found {
                Found::Raised(raised) => raised,
                Found::Limited(limited) => {
                    self.listener.limited(&limited);
                    continue;
                }
            };
            let finding = &raised.finding;
            let first_us = self.report.first_us.unwrap_or(finding.at_us);
            self.listener
                .found(&raised, finding.at_us.saturating_sub(first_us));
            let counted = self.report.findings.entry(raised.title.clone());
            let (times, level) = counted.or_insert((0, finding.level));
            *times += 1;
            *level = finding.level.max(*level);
            for technique in &finding.techniques {
                *self.report.techniques.entry(technique.clone()).or_default() += 1;
            }
            self.report.incidents.apply(finding);
            let event = Event::FindingRaised(raised.kept("telemetry", None));
            events.push(Entry {
                class: event.class(),
                time_us: u64::try_from(self.report.last_us.unwrap_or(0)).unwrap_or(0),
                payload: event.to_bytes(),
            });
        }
        for events in events.chunks(BATCH_ENTRIES_MAX) {
            let kept = self.logs.decisions.append_batch_wait(events);
            let _receipts = kept.context("keeping findings")?;
        }
        Ok(())
    }
}

/// The longest that a replay waits from its beginning on.
const LONGEST: Duration = Duration::from_secs(400 * 86_400);

/// A stretch of a recording as it is played.
fn scaled(recorded_us: i64, times: f64) -> Duration {
    let recorded = Duration::from_micros(u64::try_from(recorded_us).unwrap_or(0));
    let seconds = recorded.as_secs_f64() / times;
    let scaled = Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST);
    scaled.min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_played_so_many_times_as_fast() {
        const HOUR_US: i64 = 3_600_000_000;
        assert_eq!(scaled(HOUR_US, 1.0), Duration::from_secs(3_600));
        assert_eq!(scaled(HOUR_US, 60.0), Duration::from_secs(60));
        assert_eq!(scaled(HOUR_US, 0.5), Duration::from_secs(7_200));
        // What lies before the beginning is due at once; what lies too far away is cut.
        assert_eq!(scaled(-HOUR_US, 1.0), Duration::ZERO);
        assert_eq!(scaled(i64::MAX, 0.001), LONGEST);
    }
}
