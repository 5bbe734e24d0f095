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
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use intake::logs::{Batch, Entry, Event, Fault, Progress, Settings, read};
use watch::correlation::{Correlated, CorrelationCounts};
use watch::engine::{Counts, Detector, MatchedField, RuleSet};

use super::correlate::{Joined, Joining, Part};

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
    /// What joins their findings.
    pub joined: &'d Joined,
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
    /// The number of the event, counted from 1 over all files.
    pub event: u64,
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
    /// Findings, those of correlations among them.
    pub found: u64,
    /// Findings that no correlation could take, because their events tell no time.
    pub without_time: u64,
    /// What went through correlations.
    pub correlation: CorrelationCounts,
}

/// One batch, matched.
#[derive(Default)]
struct Matched {
    found: Vec<Found>,
    parts: Vec<Part>,
    without_time: u64,
    unread: Vec<Unread>,
    progress: Progress,
}

/// What is told while it runs.
pub trait Listener {
    /// A rule that an event meets; findings come in the order of the events.
    fn found(&mut self, found: Found);
    /// A correlation that holds; they come when everything was read.
    fn correlated(&mut self, found: Correlated);
    /// Something that could not be read.
    fn unread(&mut self, unread: Unread);
    /// How far it is; whether to go on.
    fn progress(&mut self, progress: Progress) -> ControlFlow<()>;
}

/// Looks at every event of the files.
#[must_use]
pub fn detect(detection: &Detection<'_>, listener: &mut dyn Listener) -> Tally {
    let mut telling = Telling {
        tally: Tally::default(),
        joining: Joining::new(detection.joined, detection.key),
        listener,
    };
    thread::scope(|scope| {
        let mut to_matchers = Vec::new();
        let mut from_matchers = Vec::new();
        let mut matchers = Vec::new();
        for _ in 0..detection.matchers.get() {
            let (to, turns) = sync_channel::<Box<Turn>>(QUEUE_MAX);
            let (matched, from) = sync_channel::<Matched>(QUEUE_MAX);
            let detector = Detector::new(Arc::clone(detection.rules), &detection.key);
            let joined = detection.joined;
            matchers.push(scope.spawn(move || matching(detector, joined, &turns, &matched)));
            to_matchers.push(to);
            from_matchers.push(from);
        }
        let reader = scope.spawn(move || reading(detection, &to_matchers));
        for from in from_matchers.iter().cycle() {
            // The first matcher in turn that has nothing more to tell was the last.
            let Ok(matched) = from.recv() else { break };
            if telling.tell(matched).is_break() {
                break;
            }
        }
        // Whoever still works is told so by its closed queue.
        drop(from_matchers);
        // Half an answer must not pass for a whole one: whatever stopped a thread stops this.
        telling.tally.read = reader.join().unwrap_or_else(|panic| resume_unwind(panic));
        for matcher in matchers {
            let counts = matcher.join().unwrap_or_else(|panic| resume_unwind(panic));
            telling.tally.unknown += counts.unknown;
            telling.tally.no_rules += counts.no_rules;
        }
    });
    telling.finish()
}

/// Hands batches to the matchers in turn, until nobody takes findings any more.
fn reading(detection: &Detection<'_>, to_matchers: &[SyncSender<Box<Turn>>]) -> Progress {
    let mut matchers = to_matchers.iter().cycle();
    let mut events_before = 0;
    read(
        detection.paths,
        detection.settings,
        &mut |batch, progress| {
            let turn = Box::new(Turn {
                batch: batch.clone(),
                progress: *progress,
                events_before,
            });
            events_before = progress.events;
            match matchers.next().map(|to| to.send(turn)) {
                Some(Ok(())) => ControlFlow::Continue(()),
                Some(Err(_)) | None => ControlFlow::Break(()),
            }
        },
    )
}

/// Tells what matchers found, in the order of the events.
struct Telling<'t> {
    tally: Tally,
    joining: Joining<'t>,
    listener: &'t mut dyn Listener,
}

impl Telling<'_> {
    fn tell(&mut self, matched: Matched) -> ControlFlow<()> {
        for found in matched.found {
            self.tally.found += 1;
            self.listener.found(found);
        }
        self.tally.without_time += matched.without_time;
        for part in matched.parts {
            for found in self.joining.take(part) {
                self.tally.found += 1;
                self.listener.correlated(found);
            }
        }
        for unread in matched.unread {
            self.listener.unread(unread);
        }
        self.listener.progress(matched.progress)
    }

    fn finish(mut self) -> Tally {
        let (joined, counts) = self.joining.finish();
        self.tally.correlation = counts;
        for found in joined {
            self.tally.found += 1;
            self.listener.correlated(found);
        }
        self.tally
    }
}

/// A batch on its way to a matcher.
struct Turn {
    batch: Batch,
    progress: Progress,
    /// Events of all batches before.
    events_before: u64,
}

fn matching(
    mut detector: Detector,
    joined: &Joined,
    turns: &Receiver<Box<Turn>>,
    matched: &SyncSender<Matched>,
) -> Counts {
    while let Ok(turn) = turns.recv() {
        let mut one = Matched {
            progress: turn.progress,
            ..Matched::default()
        };
        let mut event_number = turn.events_before;
        for entry in turn.batch.iter() {
            match entry {
                Entry::Event(event) => {
                    event_number += 1;
                    let source = turn.batch.source();
                    one.look_at(&mut detector, joined, (source, event_number), &event);
                }
                Entry::Unread(unread) => one.unread.push(Unread {
                    source: Arc::clone(turn.batch.source()),
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

impl Matched {
    fn look_at(
        &mut self,
        detector: &mut Detector,
        joined: &Joined,
        (source, number): (&Arc<str>, u64),
        event: &Event<'_>,
    ) {
        detector.line(event.kind, event.json, |hit| {
            if let Some(fields) = joined.fields_of(hit.number) {
                match event.time_us {
                    Some(at_us) => self.parts.push(Part {
                        at_us,
                        event: number,
                        rule: hit.number,
                        fields: fields.iter().map(|field| hit.value(field)).collect(),
                    }),
                    None => self.without_time += 1,
                }
            }
            // What no correlation can take is told by itself.
            if joined.is_silent(hit.number) && event.time_us.is_some() {
                return;
            }
            self.found.push(Found {
                source: Arc::clone(source),
                event: number,
                at: event.at,
                kind: event.kind.to_owned(),
                time_us: event.time_us,
                rule: hit.number,
                fields: hit.fields(),
            });
        });
    }
}
