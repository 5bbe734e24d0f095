//! Reads files, matches their events on every core, and tells findings in the order of the events.
//!
//! ```text
//! read ─ batches, in turn ─┬─ matcher 1 ─┐
//!                          └─ matcher n ─┴─ findings, in turn ─ told
//! ```
//!
//! Matchers share nothing but the rules. Batch *i* goes to matcher *i mod n* and its findings are
//! taken from there, so the order of the files is kept without sorting, and queues are bounded.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use intake::logs::{Batch, Entry, Fault, Progress, Settings, read};
use watch::engine::{Counts, Detector, MatchedField, RuleSet};

/// Batches that wait for one matcher, and findings of batches that wait to be told.
const QUEUE_MAX: usize = 4;

/// What is to be looked at, and with what.
#[derive(Debug)]
pub struct Detection<'d> {
    /// Files and folders.
    pub paths: &'d [PathBuf],
    /// How they are read.
    pub settings: &'d Settings,
    /// The rules.
    pub rules: &'d Arc<RuleSet>,
    /// Random and secret: whoever knows it can choose values that slow matching down.
    pub key: [u8; 16],
    /// Matchers at the same time.
    pub matchers: NonZeroUsize,
}

/// A rule that an event meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file, with the member behind it.
    pub source: Arc<str>,
    /// Where the event begins there: the byte of its line, expanded, or the number of the record.
    pub at: u64,
    /// What kind of event it is.
    pub kind: String,
    /// When it happened, in microseconds since 1970, as far as it says.
    pub time_us: Option<i64>,
    /// The place of the rule in [`RuleSet::rules`].
    pub rule: usize,
    /// The fields that carry the finding.
    pub fields: Vec<MatchedField>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The file, with the member behind it.
    pub source: Arc<str>,
    /// Where it begins there.
    pub at: u64,
    /// Why.
    pub reason: &'static str,
    /// Whether more than one event was lost by it: a file, or a part of one.
    pub is_part: bool,
}

/// How it went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What was read.
    pub read: Progress,
    /// Events that no family of log sources knows: no rule was asked about them.
    pub unknown: u64,
    /// Known events that no rule is about.
    pub no_rules: u64,
    /// Findings.
    pub found: u64,
}

/// One batch, matched.
#[derive(Default)]
struct Matched {
    found: Vec<Found>,
    unread: Vec<Unread>,
    progress: Progress,
}

/// What is told while it runs.
pub trait Listener {
    /// A rule that an event meets; findings come in the order of the events.
    fn found(&mut self, found: Found);
    /// Something that could not be read.
    fn unread(&mut self, unread: Unread);
    /// How far it is; whether to go on.
    fn progress(&mut self, progress: Progress) -> ControlFlow<()>;
}

/// Looks at every event of the files.
#[must_use]
pub fn detect(detection: &Detection<'_>, listener: &mut dyn Listener) -> Tally {
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let mut to_matchers = Vec::new();
        let mut from_matchers = Vec::new();
        let mut matchers = Vec::new();
        for _ in 0..detection.matchers.get() {
            let (to, batches) = sync_channel::<(Batch, Progress)>(QUEUE_MAX);
            let (matched, from) = sync_channel::<Matched>(QUEUE_MAX);
            let detector = Detector::new(Arc::clone(detection.rules), &detection.key);
            matchers.push(scope.spawn(move || matching(detector, &batches, &matched)));
            to_matchers.push(to);
            from_matchers.push(from);
        }
        let reader = scope.spawn(move || {
            let mut turn = to_matchers.iter().cycle();
            read(
                detection.paths,
                detection.settings,
                &mut |batch, progress| {
                    let sent = turn.next().map(|to| to.send((batch.clone(), *progress)));
                    match sent {
                        Some(Ok(())) => ControlFlow::Continue(()),
                        // Nobody takes findings any more.
                        Some(Err(_)) | None => ControlFlow::Break(()),
                    }
                },
            )
        });
        'told: for from in from_matchers.iter().cycle() {
            // The first matcher that has nothing more to tell was the last in turn.
            let Ok(matched) = from.recv() else { break };
            tally.found += u64::try_from(matched.found.len()).unwrap_or_default();
            for found in matched.found {
                listener.found(found);
            }
            for unread in matched.unread {
                listener.unread(unread);
            }
            if listener.progress(matched.progress).is_break() {
                break 'told;
            }
        }
        drop(from_matchers);
        if let Ok(progress) = reader.join() {
            tally.read = progress;
        }
        for matcher in matchers {
            if let Ok(counts) = matcher.join() {
                tally.unknown += counts.unknown;
                tally.no_rules += counts.no_rules;
            }
        }
    });
    tally
}

fn matching(
    mut detector: Detector,
    batches: &Receiver<(Batch, Progress)>,
    matched: &SyncSender<Matched>,
) -> Counts {
    while let Ok((batch, progress)) = batches.recv() {
        let mut one = Matched {
            progress,
            ..Matched::default()
        };
        for entry in batch.iter() {
            match entry {
                Entry::Event(event) => {
                    let source = batch.source();
                    let found = &mut one.found;
                    detector.line(event.kind, event.json, |hit| {
                        found.push(Found {
                            source: Arc::clone(source),
                            at: event.at,
                            kind: event.kind.to_owned(),
                            time_us: event.time_us,
                            rule: hit.number,
                            fields: hit.fields(),
                        });
                    });
                }
                Entry::Unread(unread) => one.unread.push(Unread {
                    source: Arc::clone(batch.source()),
                    at: unread.at,
                    reason: unread.fault.code(),
                    is_part: !matches!(unread.fault, Fault::Line(_) | Fault::EventLog),
                }),
            }
        }
        if matched.send(one).is_err() {
            break;
        }
    }
    detector.counts()
}
