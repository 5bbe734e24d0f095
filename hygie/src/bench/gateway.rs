//! The door under load, beside the upstream alone, a plain nginx, and an nginx that asks a decision
//! service first: same resources, same connections, same load, in turns.
//!
//! | Case | What is measured |
//! | --- | --- |
//! | read | one permitted resource |
//! | search | a search whose answer has a hundred entries, each decided on |
//! | break-glass | the declaration of an emergency and the first read under it, as one |
//! | large | the memory that answers of a thousand entries take |

mod case;
mod report;
mod stage;

use std::path::PathBuf;
use std::time::Duration;

use super::figures::{approximate, per_s};
use super::limits::{CONNECTIONS, DURATION_DEFAULT, LARGE_HELD, ROUNDS_MAX, bounded};
use super::load::{self, Course, Pace, Target};
use super::{BenchError, Machine};

use self::case::{Case, Way};
use self::report::Run;
use self::stage::Stage;

pub use self::report::{Figures, Large, Latency, Report};

/// How to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long each measurement lasts; a round has one or two for each way and case. At least
    /// 0.1 s, at most 10 minutes.
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

    fn rounds(&self) -> u32 {
        self.rounds.clamp(1, ROUNDS_MAX)
    }
}

/// Starts the demonstration and its peers, measures, and stops them; `progress` is told what is
/// being measured.
///
/// # Errors
/// When a program does not start, and when any answer is not what was asked for, whole
/// ([`BenchError::Status`], [`BenchError::Entries`], [`BenchError::Exchange`]), or one of the
/// door's names no evidence of its own ([`BenchError::NotKept`]).
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, BenchError> {
    let dir = tempfile::Builder::new()
        .prefix("hygie-bench-")
        .tempdir_in(&options.dir)
        .map_err(BenchError::file("make a folder in", &options.dir))?;
    let program = match &options.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().map_err(BenchError::file("find", "hygie"))?,
    };
    let stage = Stage::set(&program, dir.path(), progress)?;
    let resident_bytes = stage.resident_bytes();
    let measure = |mut case: Case, progress: &mut dyn FnMut(&str)| {
        case.measure(options, progress)?;
        case.resident_bytes = stage.resident_bytes();
        Ok::<_, BenchError>(case)
    };
    let read = measure(stage.read(), progress)?;
    let search = measure(stage.search()?, progress)?;
    let break_glass = measure(stage.break_glass(options.rounds()), progress)?;
    let mut large = Vec::new();
    for held in LARGE_HELD {
        progress(&format!(
            "gateway: memory, a patient with {held} observations"
        ));
        large.push(watch_memory(&stage, held, options)?);
    }
    let run = Run {
        read,
        search,
        break_glass,
        large,
        resident_bytes,
        options: options.clone(),
        machine: Machine::here(dir.path()),
    };
    every_answer_kept(&run)?;
    Ok(Report::new(&run))
}

/// Answers of many entries, and the memory that they took.
#[derive(Debug)]
struct Watched {
    /// Observations of the patient.
    held: usize,
    /// The most memory while the upstream alone was asked, and while the door was.
    direct_peak_bytes: Option<u64>,
    peak_bytes: Option<u64>,
    rps: f64,
    hygie: Way,
}

/// As many large answers as come, from the upstream alone and then from the door.
///
/// Both are in one process, so the memory of the first is what the second stands on.
fn watch_memory(stage: &Stage, held: usize, options: &Options) -> Result<Watched, BenchError> {
    let [direct, hygie] = stage.large(held)?;
    let course = Course {
        connections: CONNECTIONS,
        duration: bounded(options.duration),
        pace: Pace::Greatest,
    };
    let loaded = |target: &Target| {
        stage.forget_resident_peak();
        let ran = load::run(target, course)?;
        Ok::<_, BenchError>((ran, stage.resident_peak_bytes()))
    };
    let (_, direct_peak_bytes) = loaded(&direct)?;
    let (ran, peak_bytes) = loaded(&hygie)?;
    let mut way = Way::new(hygie);
    let rps = per_s(ran.answers, course.duration);
    way.take(ran);
    Ok(Watched {
        held,
        direct_peak_bytes,
        peak_bytes,
        rps,
        hygie: way,
    })
}

/// INVARIANT (kept before shown), as seen from outside: each answer of the door named a leaf of
/// evidence, and no two the same.
fn every_answer_kept(run: &Run) -> Result<u64, BenchError> {
    let cases = [&run.read, &run.search, &run.break_glass].map(|case| &case.ways.hygie);
    let watched = run.large.iter().map(|watched| &watched.hygie);
    let ways: Vec<&Way> = cases.into_iter().chain(watched).collect();
    let mut leaves: Vec<u64> = ways.iter().flat_map(|way| way.leaves.clone()).collect();
    leaves.sort_unstable();
    leaves.dedup();
    let kept = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
    let answers = ways.iter().map(|way| way.answers).sum();
    let each_kept = ways.iter().all(|way| way.kept() == way.answers);
    if kept == answers && each_kept {
        Ok(kept)
    } else {
        Err(BenchError::NotKept { answers, kept })
    }
}

/// Memory in millions of bytes.
fn megabytes(bytes: u64) -> f64 {
    approximate(bytes) / 1e6
}

#[cfg(test)]
mod tests;
