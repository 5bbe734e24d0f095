//! Reads files, matches their events on every core, and tells findings in the order of the events.
//!
//! ```text
//! cut ─ pieces, in turn ─┬─ read and match 1 ─┐
//!                        └─ read and match n ─┴─ findings, in turn ─ told
//! ```
//!
//! Matchers share nothing but the rules. Piece *i* goes to matcher *i mod n* and its findings are
//! taken from there, so the order of the files is kept without sorting, and queues are bounded. Lines
//! of JSON, which say by themselves what they are, are read by the matcher, all others before.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use intake::logs::{Batch, Block, Counts, Entry, Event, Piece, Progress, Settings, read_pieces};
use watch::correlation::{Correlated, CorrelationCounts};
use watch::engine::{self, Detector, Hit, MatchedField, RuleSet};
use watch::record::{Kind, Placed};
use wire::log::{Naming, Outline, Value};

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

/// One piece, matched; events are numbered from its first.
#[derive(Default)]
struct Matched {
    found: Vec<Found>,
    parts: Vec<Part>,
    without_time: u64,
    unread: Vec<Unread>,
    /// How far cutting has come, without what was read behind it.
    progress: Progress,
    /// Events of this piece.
    events: u64,
    /// What was read of it here.
    read: Counts,
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
        events_before: 0,
        read: Counts::default(),
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
        let cut = reader.join().unwrap_or_else(|panic| resume_unwind(panic));
        telling.tally.read = telling.added_to(cut);
        for matcher in matchers {
            let counts = matcher.join().unwrap_or_else(|panic| resume_unwind(panic));
            telling.tally.unknown += counts.unknown;
            telling.tally.no_rules += counts.no_rules;
        }
    });
    telling.finish()
}

/// Hands pieces to the matchers in turn, until nobody takes findings any more.
fn reading(detection: &Detection<'_>, to_matchers: &[SyncSender<Box<Turn>>]) -> Progress {
    let mut matchers = to_matchers.iter().cycle();
    read_pieces(
        detection.paths,
        detection.settings,
        &mut |piece, progress| {
            let turn = Box::new(Turn {
                work: match piece {
                    Piece::Batch(batch) => Work::Batch(batch.take()),
                    Piece::Block(block) => Work::Block(block),
                },
                progress: *progress,
            });
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
    /// Events of all pieces before.
    events_before: u64,
    /// What matchers read.
    read: Counts,
    joining: Joining<'t>,
    listener: &'t mut dyn Listener,
}

impl Telling<'_> {
    fn tell(&mut self, matched: Matched) -> ControlFlow<()> {
        for mut found in matched.found {
            found.event += self.events_before;
            self.tally.found += 1;
            self.listener.found(found);
        }
        self.tally.without_time += matched.without_time;
        for mut part in matched.parts {
            part.event += self.events_before;
            for found in self.joining.take(part) {
                self.tally.found += 1;
                self.listener.correlated(found);
            }
        }
        for unread in matched.unread {
            self.listener.unread(unread);
        }
        self.events_before += matched.events;
        self.read.lines += matched.read.lines;
        self.read.events += matched.read.events;
        self.read.unread += matched.read.unread;
        self.listener.progress(self.added_to(matched.progress))
    }

    /// How far cutting has come, with what matchers read of the pieces that were told.
    fn added_to(&self, cut: Progress) -> Progress {
        Progress {
            lines: cut.lines + self.read.lines,
            events: cut.events + self.read.events,
            unread: cut.unread + self.read.unread,
            ..cut
        }
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

/// A piece on its way to a matcher.
struct Turn {
    work: Work,
    progress: Progress,
}

/// A piece that was taken away.
enum Work {
    Batch(Batch),
    Block(Block),
}

fn matching(
    detector: Detector,
    joined: &Joined,
    turns: &Receiver<Box<Turn>>,
    matched: &SyncSender<Matched>,
) -> engine::Counts {
    let naming = Arc::new(Asked(Arc::clone(detector.rules())));
    let mut outline = Some(Outline::new(naming));
    let mut matcher = Matcher { detector, joined };
    while let Ok(turn) = turns.recv() {
        let mut one = Matched {
            progress: turn.progress,
            ..Matched::default()
        };
        match &turn.work {
            Work::Batch(batch) => {
                for entry in batch.iter() {
                    matcher.take(&mut one, batch.source(), &entry);
                }
            }
            Work::Block(block) => {
                let source = block.source();
                one.read = block.read(&mut outline, &mut |entry| {
                    matcher.take(&mut one, source, &entry);
                });
            }
        }
        if matched.send(one).is_err() {
            break;
        }
    }
    matcher.detector.counts()
}

/// The names that rules ask for.
#[derive(Debug)]
struct Asked(Arc<RuleSet>);

impl Naming for Asked {
    fn outermost(&self) -> u32 {
        self.0.names().outermost()
    }

    fn member(&self, parent: u32, key: &[u8]) -> (u32, bool) {
        self.0.names().member(parent, key)
    }
}

fn placed(value: &Value) -> Placed {
    Placed {
        name: value.name,
        from: value.from,
        to: value.to,
        kind: match value.kind {
            wire::log::Kind::Text => Kind::Text,
            wire::log::Kind::Number => Kind::Number,
            wire::log::Kind::Bool => Kind::Bool,
            wire::log::Kind::Null => Kind::Null,
            wire::log::Kind::Object => Kind::Object,
            wire::log::Kind::Array => Kind::Array,
        },
    }
}

struct Matcher<'m> {
    detector: Detector,
    joined: &'m Joined,
}

impl Matcher<'_> {
    fn take(&mut self, one: &mut Matched, source: &Arc<str>, entry: &Entry<'_>) {
        match entry {
            Entry::Event(event) => {
                one.events += 1;
                self.look_at(one, source, event);
            }
            Entry::Unread(unread) => {
                one.unread.push(Unread {
                    source: Arc::clone(source),
                    at: unread.at,
                    reason: unread.fault.code(),
                    is_part: unread.fault.is_part(),
                });
            }
        }
    }

    fn look_at(&mut self, one: &mut Matched, source: &Arc<str>, event: &Event<'_>) {
        let joined = self.joined;
        let (kind, json) = (event.kind, event.json);
        let on_hit = |hit: &Hit<'_>| one.add(joined, source, event, hit);
        match event.values {
            Some(values) => {
                let values = values.iter().map(placed);
                self.detector.placed(kind, json, values, on_hit)
            }
            None => self.detector.line(kind, json, on_hit),
        };
    }
}

impl Matched {
    fn add(&mut self, joined: &Joined, source: &Arc<str>, event: &Event<'_>, hit: &Hit<'_>) {
        let number = self.events;
        if let Some((_, fields)) = joined.wanted(hit.number) {
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
    }
}
