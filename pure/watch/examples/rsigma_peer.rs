//! The peer of `hygie bench watch`: the same rules over the same events by rsigma.
//!
//! `cargo build --release -p watch --example rsigma_peer`, then
//! `rsigma_peer RULES... < EVENTS`, where each line is a kind of event, a tab and one JSON object.
//!
//! It prints one line of JSON: how many events, how long they took, and which rules found how many.
//! A rule that rsigma does not take and an event whose JSON it does not read are passed over; those
//! events are counted.
//! rsigma is at its best when it is told the log source of each event, and then asks no rule of
//! another one; so it is told what Hygie takes the event for, and finding that out is not counted.
//! Counted is what must be done for each event: its JSON is read, and the rules are asked.
#![expect(clippy::print_stdout, reason = "the example prints its measurement")]
#![expect(
    clippy::disallowed_methods,
    reason = "the example reads files and the clock, and uses every core"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rsigma_eval::Engine;
use rsigma_eval::event::JsonEvent;
use rsigma_parser::LogSource;
use watch::engine::{Detector, RuleSet, Settings};
use watch::limits::Limits;
use watch::sigma::{Document, Placeholders, read};
use watch::source::{Mapping, Sort};

/// Events are taken in pieces, so that reading them from the pipe is not counted.
const PIECE_BYTES: usize = 64 << 20;

/// A part of a log source that no rule names: where an event has no category, a rule that wants one
/// is not about it.
const NOTHING: &str = "-";

fn main() -> Result<(), Box<dyn Error>> {
    let rules: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if rules.is_empty() {
        return Err("usage: rsigma_peer RULES... < EVENTS".into());
    }
    let begun = Instant::now();
    let engine = engine(&rules)?;
    let load_s = begun.elapsed().as_secs_f64();
    let mut run = Run {
        told: sources(&engine),
        detector: detector(&rules)?,
        engine,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        events: 0,
        unread: 0,
        cpu: Duration::ZERO,
        wall: Duration::ZERO,
        found: BTreeMap::new(),
    };
    let mut input = io::stdin().lock();
    loop {
        let piece = piece(&mut input)?;
        if piece.is_empty() {
            break;
        }
        run.piece(&piece)?;
    }
    let found: serde_json::Map<String, serde_json::Value> = run
        .found
        .iter()
        .map(|(rule, found)| (rule.clone(), serde_json::json!([found.count, found.mark])))
        .collect();
    let line = serde_json::json!({
        "rules": run.engine.rule_count(),
        "load_s": load_s,
        "is_debug": cfg!(debug_assertions),
        "events": run.events,
        "unread": run.unread,
        "cpu_s": run.cpu.as_secs_f64(),
        "wall_s": run.wall.as_secs_f64(),
        "found": found,
    });
    println!("{line}");
    Ok(())
}

fn engine(rules: &[PathBuf]) -> Result<Engine, Box<dyn Error>> {
    let mut engine = Engine::new();
    for path in rules {
        let collection = if path.is_dir() {
            rsigma_parser::parse_sigma_directory(path)?
        } else {
            rsigma_parser::parse_sigma_file(path)?
        };
        // Both go on behind one that is refused; how many are in force is told.
        engine.add_rules(&collection.rules);
        for filter in &collection.filters {
            engine.apply_filter(filter).unwrap_or_default();
        }
    }
    Ok(engine)
}

/// What says what an event is; its rules find nothing here.
fn detector(rules: &[PathBuf]) -> Result<Detector, Box<dyn Error>> {
    let limits = Limits::default();
    let mut documents = Vec::new();
    for path in rules {
        load(path, &limits, &mut documents)?;
    }
    let settings = Settings {
        mapping: &Mapping::built_in()?,
        limits: &limits,
        fields: &[],
    };
    let compiled = RuleSet::compile(documents, settings);
    Ok(Detector::new(Arc::new(compiled.rules), &[0; 16]))
}

fn load(path: &Path, limits: &Limits, documents: &mut Vec<Document>) -> io::Result<()> {
    if path.is_dir() {
        let entries = std::fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
        return entries
            .iter()
            .try_for_each(|entry| load(&entry.path(), limits, documents));
    }
    if path
        .extension()
        .is_some_and(|ending| ending == "yml" || ending == "yaml")
    {
        let text = std::fs::read_to_string(path)?;
        let origin = path.display().to_string();
        documents.extend(read(&origin, &text, &Placeholders::new(), limits).documents);
    }
    Ok(())
}

/// The log source of each rule, by its id or title.
fn sources(engine: &Engine) -> BTreeMap<String, LogSource> {
    let rules = engine.rules().iter();
    rules
        .map(|rule| {
            let key = rule.id.clone().unwrap_or_else(|| rule.title.clone());
            (key, rule.logsource.clone())
        })
        .collect()
}

/// What one rule found.
#[derive(Clone, Copy, Default)]
struct Found {
    count: u64,
    /// The numbers of its events, mixed and summed: equal sums are equal events.
    mark: u64,
}

struct Run {
    engine: Engine,
    told: BTreeMap<String, LogSource>,
    detector: Detector,
    threads: usize,
    events: u64,
    /// Those whose JSON was not read.
    unread: u64,
    cpu: Duration,
    wall: Duration,
    found: BTreeMap<String, Found>,
}

/// An event, with what it is taken for.
struct Told<'p> {
    number: u64,
    json: &'p str,
    source: LogSource,
    /// Where one log source cannot say all that the event is.
    sort: Option<Sort>,
}

impl Run {
    fn piece(&mut self, piece: &str) -> Result<(), Box<dyn Error>> {
        let mut told = Vec::new();
        for line in piece.lines() {
            let (kind, json) = line.split_once('\t').ok_or("a line without a kind")?;
            self.events += 1;
            let sort = self.detector.sort_of(kind, json.as_bytes());
            // What is unknown meets no rule, here as there.
            let sort = sort.cloned().unwrap_or_default();
            let source = source_of(&sort);
            let is_several = sort.categories.len() > 1 || sort.services.len() > 1;
            told.push(Told {
                number: self.events,
                json,
                source,
                sort: is_several.then_some(sort),
            });
        }
        let share = told.len().div_ceil(self.threads).max(1);
        let (engine, rules) = (&self.engine, &self.told);
        let begun = Instant::now();
        let parts: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = told
                .chunks(share)
                .map(|told| scope.spawn(move || ask(engine, rules, told)))
                .collect();
            threads.into_iter().map(|thread| thread.join()).collect()
        });
        self.wall += begun.elapsed();
        for part in parts {
            let asked = part.map_err(|_| "a thread broke off")?;
            self.cpu += asked.cpu;
            self.unread += asked.unread;
            for (rule, more) in asked.found {
                let found = self.found.entry(rule).or_default();
                found.count += more.count;
                found.mark = found.mark.wrapping_add(more.mark);
            }
        }
        Ok(())
    }
}

/// The one log source that rsigma is told. A part that is several things stays open.
fn source_of(sort: &Sort) -> LogSource {
    let one = |parts: &BTreeSet<String>| match parts.len() {
        0 => Some(NOTHING.to_owned()),
        1 => parts.first().cloned(),
        _ => None,
    };
    LogSource {
        product: Some(sort.product.clone().unwrap_or_else(|| NOTHING.to_owned())),
        category: one(&sort.categories),
        service: one(&sort.services),
        ..LogSource::default()
    }
}

/// What came of some events.
#[derive(Default)]
struct Asked {
    found: BTreeMap<String, Found>,
    unread: u64,
    cpu: Duration,
}

fn ask(engine: &Engine, rules: &BTreeMap<String, LogSource>, told: &[Told<'_>]) -> Asked {
    let begun = cpu();
    let mut asked = Asked::default();
    for event in told {
        // Half of a surrogate pair and numbers beyond 64 bits are JSON, and not read here.
        let Ok(json) = serde_json::from_str::<serde_json::Value>(event.json) else {
            asked.unread += 1;
            continue;
        };
        let results = engine.evaluate_pruned(&JsonEvent::borrow(&json), &event.source);
        for result in results {
            let header = result.header;
            let rule = header.rule_id.unwrap_or(header.rule_title);
            if !is_about(event.sort.as_ref(), rules.get(&rule)) {
                continue;
            }
            let found = asked.found.entry(rule).or_default();
            found.count += 1;
            found.mark = found.mark.wrapping_add(mixed(event.number));
        }
    }
    asked.cpu = cpu().saturating_sub(begun);
    asked
}

/// Whether a rule of a log source is about an event that is several things.
fn is_about(sort: Option<&Sort>, source: Option<&LogSource>) -> bool {
    let (Some(sort), Some(source)) = (sort, source) else {
        return true;
    };
    let holds = |part: &Option<String>, parts: &BTreeSet<String>| {
        part.as_ref().is_none_or(|part| parts.contains(part))
    };
    holds(&source.category, &sort.categories) && holds(&source.service, &sort.services)
}

/// Whole lines, of about [`PIECE_BYTES`]; nothing at the end.
fn piece(input: &mut impl io::BufRead) -> io::Result<String> {
    let mut piece = String::new();
    while piece.len() < PIECE_BYTES && input.read_line(&mut piece)? > 0 {}
    Ok(piece)
}

/// The last step of `splitmix64`; `hygie bench watch` does the same.
const fn mixed(number: u64) -> u64 {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// The first that `splitmix64` gives from 0; `hygie bench watch` is held to the same.
const _: () = assert!(mixed(1) == 0xe220_a839_7b1d_cdaf);

/// Processor time that this thread has had: other programs do not count.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ns = text
        .split_whitespace()
        .next()
        .and_then(|ns| ns.parse().ok());
    Duration::from_nanos(ns.unwrap_or_default())
}
