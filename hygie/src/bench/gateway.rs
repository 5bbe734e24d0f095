//! The door under load, beside the upstream alone and a plain nginx: same read, same connections,
//! same load, in turns.

mod report;

use std::path::PathBuf;
use std::time::Duration;

use super::demonstration::{Demonstration, Ways};
use super::figures::{approximate, median, per_s};
use super::limits::{CONNECTIONS, DURATION_DEFAULT, DURATION_MIN, ROUNDS_MAX, bounded};
use super::load::{self, Course, Pace, Target};
use super::nginx::Nginx;
use super::{BenchError, Machine};

pub use self::report::{Latency, Report};

/// The steady pace at which latency is measured.
const STEADY_PER_S: u32 = 1_000;

/// How to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long each measurement lasts; a round has two for each way. At least 0.1 s, at most 10
    /// minutes.
    pub duration: Duration,
    /// Rounds, whose middle figures are reported: other work on the machine disturbs one of them
    /// rather than all. At least 1, at most 100.
    pub rounds: u32,
    /// The folder under which a temporary one is made and removed, evidence included.
    pub dir: PathBuf,
    /// The program that is measured; this one by default.
    pub program: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            duration: DURATION_DEFAULT,
            rounds: 3,
            dir: std::env::temp_dir(),
            program: None,
        }
    }
}

impl Options {
    /// One short round: to see that everything works, rather than how fast.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            duration: Duration::from_secs(1),
            rounds: 1,
            ..Self::default()
        }
    }
}

/// Starts the demonstration and nginx, measures, and stops both; `progress` is told what is being
/// measured.
///
/// # Errors
/// When a program does not start, and when any answer is not a whole `200 OK`
/// ([`BenchError::Status`], [`BenchError::Exchange`]) or names no evidence of its own
/// ([`BenchError::NotKept`]).
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, BenchError> {
    let dir = tempfile::Builder::new()
        .prefix("hygie-bench-")
        .tempdir_in(&options.dir)
        .map_err(BenchError::file("make a folder in", &options.dir))?;
    let program = match &options.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().map_err(BenchError::file("find", "hygie"))?,
    };
    progress("gateway: starting the demonstration");
    let demonstration = Demonstration::start(&program, dir.path())?;
    let Ways {
        direct,
        hygie,
        upstream,
    } = demonstration.ways()?;
    let certificate = demonstration.certificate_and_key();
    let nginx = Nginx::start(&dir.path().join("nginx"), &upstream, certificate)?;
    if nginx.is_none() {
        progress("gateway: nginx is not installed, so nothing is compared with it");
    }
    let beside = nginx.as_ref().map(|nginx| Target {
        name: "nginx",
        address: nginx.address(),
        tls: hygie.tls.clone(),
        request: std::sync::Arc::clone(&direct.request),
    });
    let at_rest = demonstration.resident_bytes();
    let mut ways = Measured {
        direct: Way::new(direct),
        nginx: beside.map(Way::new),
        hygie: Way::new(hygie),
    };
    measure(&mut ways, options, progress)?;
    let leaves_kept = every_answer_kept(&mut ways.hygie)?;
    Ok(Report::new(&report::Run {
        ways,
        resident_bytes: [at_rest, demonstration.resident_bytes()],
        leaves_kept,
        options: options.clone(),
        machine: Machine::here(dir.path()),
    }))
}

/// The ways of the same read.
#[derive(Debug)]
struct Measured {
    direct: Way,
    nginx: Option<Way>,
    hygie: Way,
}

/// One way, and what each round gave.
#[derive(Debug)]
struct Way {
    target: Target,
    rps: Vec<f64>,
    p50_ms: Vec<f64>,
    p99_ms: Vec<f64>,
    answers: u64,
    leaves: Vec<u64>,
    body_bytes: usize,
}

impl Measured {
    /// In the order in which they take their turns.
    fn all(&mut self) -> impl Iterator<Item = &mut Way> {
        let Self {
            direct,
            nginx,
            hygie,
        } = self;
        std::iter::once(direct)
            .chain(nginx)
            .chain(std::iter::once(hygie))
    }
}

impl Way {
    fn new(target: Target) -> Self {
        Self {
            target,
            rps: Vec::new(),
            p50_ms: Vec::new(),
            p99_ms: Vec::new(),
            answers: 0,
            leaves: Vec::new(),
            body_bytes: 0,
        }
    }

    /// One measurement of this way, whose figures are added.
    fn run(&mut self, pace: Pace, duration: Duration) -> Result<(), BenchError> {
        let ran = load::run(
            &self.target,
            Course {
                connections: CONNECTIONS,
                duration,
                pace,
            },
        )?;
        self.answers = self.answers.saturating_add(ran.answers());
        self.body_bytes = ran.body_bytes;
        match pace {
            Pace::Greatest => self.rps.push(per_s(ran.answers(), duration)),
            Pace::Steady { .. } => {
                self.p50_ms.push(ran.latencies.percentile_ms(50));
                self.p99_ms.push(ran.latencies.percentile_ms(99));
            }
        }
        self.leaves.extend(ran.leaves);
        Ok(())
    }

    fn rps(&self) -> f64 {
        median(&self.rps)
    }

    fn latency(&self) -> Latency {
        Latency {
            p50_ms: median(&self.p50_ms),
            p99_ms: median(&self.p99_ms),
        }
    }
}

/// All rounds; every way has its turn in each, so that what else the machine does falls on all.
fn measure(
    ways: &mut Measured,
    options: &Options,
    progress: &mut dyn FnMut(&str),
) -> Result<(), BenchError> {
    let duration = bounded(options.duration);
    let rounds = options.rounds.clamp(1, ROUNDS_MAX);
    // Caches fill and threads start before anything counts.
    for way in ways.all() {
        load::run(
            &way.target,
            Course {
                connections: CONNECTIONS,
                duration: DURATION_MIN,
                pace: Pace::Greatest,
            },
        )?;
    }
    for round in 1..=rounds {
        for (pace, what) in [
            (Pace::Greatest, "throughput"),
            (
                Pace::Steady {
                    per_s: STEADY_PER_S,
                },
                "latency",
            ),
        ] {
            for way in ways.all() {
                progress(&format!(
                    "gateway: round {round} of {rounds}, {what} of {}",
                    way.target.name
                ));
                way.run(pace, duration)?;
            }
        }
    }
    Ok(())
}

/// INVARIANT (kept before shown), as seen from outside: each answer of the door named a leaf of
/// evidence, and no two the same.
fn every_answer_kept(hygie: &mut Way) -> Result<u64, BenchError> {
    hygie.leaves.sort_unstable();
    hygie.leaves.dedup();
    let kept = u64::try_from(hygie.leaves.len()).unwrap_or(u64::MAX);
    if kept == hygie.answers {
        Ok(kept)
    } else {
        Err(BenchError::NotKept {
            answers: hygie.answers,
            kept,
        })
    }
}

/// Memory in millions of bytes.
fn megabytes(bytes: u64) -> f64 {
    approximate(bytes) / 1e6
}

#[cfg(test)]
mod tests;
