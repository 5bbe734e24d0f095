//! Reads logs and prints how fast: `cargo run --release -p intake --example read_speed -- PATH...`.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use intake::logs::{Entry, Settings, read};

fn main() -> std::io::Result<()> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let mut faults: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut shown = Vec::new();
    let mut is_seen = false;
    let begun = Instant::now();
    let progress = read(&paths, &Settings::default(), &mut |batch, _| {
        // Counting kinds is not reading: of large files the first batch says enough.
        for entry in batch.iter() {
            match entry {
                Entry::Event(event) if !is_seen => {
                    *kinds.entry(event.kind.to_owned()).or_default() += 1;
                }
                Entry::Event(_) => {}
                Entry::Unread(unread) => {
                    let count = faults.entry(unread.fault.code()).or_default();
                    *count += 1;
                    if *count <= 3 {
                        shown.push(format!("{} at {}", batch.source(), unread.at));
                    }
                }
            }
        }
        is_seen = true;
        ControlFlow::Continue(())
    });
    let seconds = begun.elapsed().as_secs_f64();
    let mut out = std::io::stdout().lock();
    let per_s = |count: u64| count.to_string().parse::<f64>().unwrap_or_default() / seconds;
    writeln!(out, "{progress:?}")?;
    writeln!(
        out,
        "kinds of the first batch: {kinds:?}, faults: {faults:?}"
    )?;
    writeln!(out, "the first of each fault: {shown:#?}")?;
    writeln!(
        out,
        "{seconds:.2} s, {:.0} lines/s, {:.0} MB/s on disk",
        per_s(progress.lines),
        per_s(progress.bytes_done) / 1e6
    )
}
