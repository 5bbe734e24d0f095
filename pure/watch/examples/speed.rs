//! How many lines a second one core takes with all rules of a folder.
//!
//! `cargo run --release -p watch --example speed -- RULES [EVENTS.jsonl [HINT]]`
//!
//! Without a file, or with `windows` or `zeek` for one, it makes events of its own: Windows and Sysmon events of about 2.5 kB and Zeek
//! records of about 470 bytes. They are made up, so the numbers are a guide, not a measurement of
//! real traffic.
#![expect(clippy::print_stdout, reason = "the example prints its measurement")]
#![expect(
    clippy::disallowed_methods,
    reason = "the example reads files and the clock"
)]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use watch::engine::{Detector, Outcome, RuleSet, Settings};
use watch::limits::Limits;
use watch::sample::{Family, Sample};
use watch::sigma::{Document, Placeholders, Refused, read};
use watch::source::Mapping;

const GENERATED_LINES: usize = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rules = arguments
        .next()
        .ok_or("usage: speed RULES [EVENTS [HINT]]")?;
    let started = Instant::now();
    let limits = Limits::default();
    let (documents, mut refused) = load(Path::new(&rules), &limits)?;
    let read_s = started.elapsed().as_secs_f64();
    let mapping = Mapping::built_in()?;
    let settings = Settings {
        mapping: &mapping,
        limits: &limits,
        fields: &[],
    };
    let compiled = RuleSet::compile(documents, settings);
    refused.extend(compiled.refused);
    let set = Arc::new(compiled.rules);
    println!(
        "rules {} refused {} predicates {} classes {} read_s {read_s:.2} load_s {:.2} rss_mb {:.0}",
        set.rules().len(),
        refused.len(),
        set.predicates(),
        set.classes(),
        started.elapsed().as_secs_f64(),
        rss_mb(),
    );
    for one in &refused {
        println!("refused {one}");
    }
    let events = arguments.next();
    let is_generated = |name: &str| events.as_deref().is_none_or(|events| events == name);
    if is_generated("windows") {
        measure("windows", "", &generated(Family::Windows), &set);
    }
    if is_generated("zeek") {
        measure("zeek", "", &generated(Family::Zeek), &set);
    }
    if let Some(file) = events.filter(|file| !["windows", "zeek"].contains(&file.as_str())) {
        let text = String::from_utf8_lossy(&std::fs::read(&file)?).into_owned();
        let hint = arguments.next().unwrap_or_default();
        measure(&file, &hint, &text, &set);
    }
    Ok(())
}

fn generated(family: Family) -> String {
    let mut sample = Sample::of(family);
    let mut out = String::new();
    (0..GENERATED_LINES).for_each(|_| sample.add_to(&mut out));
    out
}

fn load(folder: &Path, limits: &Limits) -> Result<(Vec<Document>, Vec<Refused>), Box<dyn Error>> {
    let mut documents = Vec::new();
    let mut refused = Vec::new();
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            let (more, without) = load(&path, limits)?;
            documents.extend(more);
            refused.extend(without);
        } else if path.extension().is_some_and(|ending| ending == "yml") {
            let text = std::fs::read_to_string(&path)?;
            let origin = path.display().to_string();
            let file = read(&origin, &text, &Placeholders::new(), limits);
            documents.extend(file.documents);
            refused.extend(file.refused);
        }
    }
    Ok((documents, refused))
}

/// Twice over the same lines: first with an empty memory, then with a warm one.
fn measure(name: &str, hint: &str, text: &str, set: &Arc<RuleSet>) {
    let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
    let bytes: usize = lines.iter().map(|line| line.len()).sum();
    let mut detector = Detector::new(Arc::clone(set), b"a key for a test");
    for round in ["cold", "warm"] {
        let before = detector.counts();
        let mut hits = vec![0_u32; set.rules().len()];
        let mut tested = 0_usize;
        let started_s = cpu_s();
        for line in lines.iter().filter(|line| !line.is_empty()) {
            let outcome = detector.line(hint, line, |hit| {
                if let Some(count) = hits.get_mut(hit.number) {
                    *count += 1;
                }
            });
            tested += usize::from(matches!(outcome, Outcome::Tested { .. }));
        }
        let seconds = cpu_s() - started_s;
        let after = detector.counts();
        let count = after.lines - before.lines;
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
        let (rate, mean) = (
            count as f64 / seconds,
            bytes as f64 / lines.len().max(1) as f64,
        );
        println!(
            "{name} {round}: {rate:.0} events per CPU second, {count} lines of {mean:.0} bytes, {tested} tested, \
             {} hits of {} rules, {} candidates, memo {} of {} missed, {} keyword lines, {} unknown, \
             {} unreadable, rss_mb {:.0}",
            after.hits - before.hits,
            hits.iter().filter(|count| **count > 0).count(),
            after.candidates - before.candidates,
            after.memo_misses - before.memo_misses,
            after.memo_misses + after.memo_hits - before.memo_misses - before.memo_hits,
            after.keyword_lines - before.keyword_lines,
            after.unknown - before.unknown,
            after.unreadable - before.unreadable,
            rss_mb(),
        );
        if round == "warm" && std::env::var_os("HITS").is_some() {
            for (rule, count) in set.rules().zip(&hits).filter(|(_, count)| **count > 0) {
                println!("  {count} {}", rule.title);
            }
        }
    }
}

/// Seconds of processor time that this thread has had: other programs do not count.
fn cpu_s() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ns: Option<f64> = text
        .split_whitespace()
        .next()
        .and_then(|ns| ns.parse().ok());
    ns.unwrap_or_default() / 1e9
}

fn rss_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kb: Option<f64> = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kb.unwrap_or_default() / 1_024.0
}
