//! How fast the directory follows feeds, and how much memory a large group takes:
//! `cargo run --release -p hospital --example follow_speed`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement needs a clock and is printed"
)]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use event::{CareChange, CareKey, EpisodeReport, EpisodeStep, PatientId, Timestamp, UnitId};
use hospital::{Directory, DirectoryDocument, DirectoryLimits};

const PATIENTS: u64 = 100_000;
const EPISODES: u64 = 1_000_000;
const UNITS: u64 = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let mut directory = Directory::new(DirectoryDocument::default(), &DirectoryLimits::DEFAULT)?;
    let mut spent_ns: Vec<u64> = Vec::new();
    let before = resident_kib();
    for episode in 0..EPISODES {
        for (step, hour) in [
            (EpisodeStep::Begin, 0),
            (EpisodeStep::Move, 5),
            (EpisodeStep::End, 9),
        ] {
            let change = CareChange::Episode(report(episode, step, hour)?);
            let start = Instant::now();
            black_box(directory.apply(change));
            spent_ns.push(u64::try_from(start.elapsed().as_nanos())?);
        }
    }
    let after = resident_kib();
    spent_ns.sort_unstable();
    let count = spent_ns.len();
    let at = |part: usize| spent_ns.get(count * part / 1000).copied().unwrap_or(0);
    let counts = directory.counts();
    println!(
        "{count} changes of {} stays of {} patients\n\
         p50 {} ns, p99 {} ns, p99.9 {} ns\n\
         {} MiB resident more than before",
        counts.encounters,
        counts.patients,
        at(500),
        at(990),
        at(999),
        after.saturating_sub(before) / 1024,
    );
    Ok(())
}

fn report(
    episode: u64,
    step: EpisodeStep,
    hour: u64,
) -> Result<EpisodeReport<PatientId>, Box<dyn Error>> {
    // Neighbouring stays are of patients and units far apart.
    let spread = episode.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let unit: UnitId = format!("unit-{}", (spread + hour) % UNITS).parse()?;
    let key = u128::from(spread) << 64 | u128::from(episode);
    let key: CareKey = format!("{key:032x}").parse()?;
    let at = Timestamp::from_s(1_700_000_000 + episode * 60 + hour * 3600);
    Ok(EpisodeReport {
        told: at,
        step,
        at,
        movement: None,
        units: vec![unit],
        attending: Vec::new(),
        began: None,
        prior: Vec::new(),
        patient: format!("patient-{}", spread % PATIENTS).parse()?,
        episode: key,
    })
}

/// The memory that the process holds, where the system tells.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    number.unwrap_or(0)
}
