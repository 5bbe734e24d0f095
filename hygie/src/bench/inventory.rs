//! The inventory from captures in memory, on one thread: how fast they are read, and what a
//! hospital group of many devices takes.
//!
//! The figure beside it is the speed at which this machine reads the same bytes and does nothing
//! with them.

mod traffic;

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hospital::InventoryLimits;
use hospital::inventory::{Fingerprints, Inventory};
use intake::captures::observe;
use serde::Serialize;

use super::figures::{approximate, per_s, ratio, rounded};
use super::limits::{ROUNDS_MAX, bounded};
use super::process::{forget_own_peak, own_peak_bytes};
use super::{BenchError, Machine, cell};

/// How to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// Captures; without any, one is made up.
    pub captures: Vec<PathBuf>,
    /// Devices of the one that is made up.
    pub assets: u32,
    /// How long the captures are read again and again; at least once. At most 10 minutes.
    pub duration: Duration,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    part: &'static str,
    /// Whether the capture was made up.
    pub is_generated: bool,
    /// Bytes of all captures.
    pub capture_bytes: u64,
    /// Frames of all captures.
    pub frames: u64,
    /// The mean length of a frame with its head in the capture.
    pub bytes_per_frame: f64,
    /// How often all of them were read.
    pub rounds: u32,
    /// Capture read by one core in a second, in 10^9 bits.
    pub gbit_per_s_per_core: f64,
    /// The same of devices that were seen before and go on speaking; of a capture that is made up.
    pub speaking_gbit_per_s_per_core: Option<f64>,
    /// Frames of one core in a second.
    pub frames_per_s_per_core: f64,
    /// The same bytes only added up, in 10^9 bits.
    pub memory_gbit_per_s: f64,
    /// Assets that were found.
    pub assets: usize,
    /// What the inventory had no room for.
    pub beyond: u64,
    /// How long all assets took to be put together and counted, once.
    pub fold_s: f64,
    /// The most memory that the process held, the captures themselves left out.
    pub rss_mb_max: Option<f64>,
    /// On what.
    pub machine: Machine,
}

/// One reading of all captures.
struct Read {
    inventory: Inventory,
    frames: u64,
    beyond: u64,
}

impl Report {
    /// For people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = String::new();
        let rows = [
            (
                "capture_mb",
                format!("{:.1}", approximate(self.capture_bytes) / 1e6),
            ),
            ("frames", self.frames.to_string()),
            ("bytes_per_frame", self.bytes_per_frame.to_string()),
            ("gbit_per_s_per_core", self.gbit_per_s_per_core.to_string()),
            (
                "speaking_gbit_per_s_per_core",
                self.speaking_gbit_per_s_per_core
                    .map_or_else(|| "-".to_owned(), |it| it.to_string()),
            ),
            (
                "frames_per_s_per_core",
                self.frames_per_s_per_core.to_string(),
            ),
            ("memory_gbit_per_s", self.memory_gbit_per_s.to_string()),
            ("assets", self.assets.to_string()),
            ("beyond", self.beyond.to_string()),
            ("fold_s", self.fold_s.to_string()),
            (
                "rss_mb_max",
                self.rss_mb_max
                    .map_or_else(|| "-".to_owned(), |mb| mb.to_string()),
            ),
        ];
        for (name, figure) in rows {
            // Writing into a text never fails.
            let _infallible = writeln!(table, "{name:<30}{}", cell(&figure, 14));
        }
        let _infallible = writeln!(table, "{}", self.machine);
        table
    }

    /// For programs: one line.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Measures; `progress` is told what is being done.
///
/// # Errors
/// [`BenchError::File`] for a capture that cannot be read, [`BenchError::Nothing`] when one is no
/// whole capture.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, BenchError> {
    let speaking = match options.captures.is_empty() {
        true => Some(speaking(bounded(options.duration), progress)?),
        false => None,
    };
    let captures = captures(options, progress)?;
    let bytes: u64 = captures.iter().map(|it| whole(it.len())).sum();
    let (before, memory_gbit_per_s) = (resident_bytes(), added_up(&captures));
    forget_own_peak();
    progress("inventory: reading");
    let duration = bounded(options.duration);
    let (read, rounds, took) = read_for(&captures, duration)?;
    let folding = Instant::now();
    let fingerprints = Fingerprints::built_in().unwrap_or_default();
    let assets = read.inventory.assets(&fingerprints);
    let count = assets.iter().map(black_box).count();
    let fold_s = folding.elapsed().as_secs_f64();
    let read_bytes = bytes.saturating_mul(u64::from(rounds));
    let read_frames = read.frames.saturating_mul(u64::from(rounds));
    let rss = own_peak_bytes().zip(before);
    Ok(Report {
        part: "inventory",
        is_generated: options.captures.is_empty(),
        capture_bytes: bytes,
        frames: read.frames,
        bytes_per_frame: rounded(ratio(approximate(bytes), approximate(read.frames)), 1),
        rounds,
        gbit_per_s_per_core: rounded(per_s(read_bytes, took) * 8.0 / 1e9, 3),
        speaking_gbit_per_s_per_core: speaking.map(|it| rounded(it, 3)),
        frames_per_s_per_core: rounded(per_s(read_frames, took), 0),
        memory_gbit_per_s: rounded(memory_gbit_per_s, 1),
        assets: count,
        beyond: read.beyond,
        fold_s: rounded(fold_s, 3),
        rss_mb_max: rss
            .map(|(peak, before)| rounded(approximate(peak.saturating_sub(before)) / 1e6, 1)),
        machine: Machine::here(Path::new("/")),
    })
}

fn captures(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Vec<Vec<u8>>, BenchError> {
    if options.captures.is_empty() {
        progress("inventory: making up a capture");
        return Ok(vec![traffic::first_sight(options.assets)]);
    }
    let read = options.captures.iter().map(|path| {
        fs::read(path).map_err(|source| BenchError::File {
            act: "read",
            path: path.clone(),
            source,
        })
    });
    read.collect()
}

/// How fast a capture of devices is read that go on speaking, in 10^9 bits a second.
fn speaking(duration: Duration, progress: &mut dyn FnMut(&str)) -> Result<f64, BenchError> {
    progress("inventory: devices that go on speaking");
    let captures = [traffic::speaking()];
    let (_, rounds, took) = read_for(&captures, duration)?;
    let bytes: u64 = captures.iter().map(|it| whole(it.len())).sum();
    Ok(per_s(bytes.saturating_mul(u64::from(rounds)), took) * 8.0 / 1e9)
}

/// Reads the captures again and again; gives what was read the last time, and how often in which
/// time.
fn read_for(captures: &[Vec<u8>], duration: Duration) -> Result<(Read, u32, Duration), BenchError> {
    let begun = Instant::now();
    let mut rounds = 0;
    // One inventory at a time: the memory of two would be counted otherwise.
    loop {
        let read = read(captures).ok_or(BenchError::Nothing { what: "captures" })?;
        rounds += 1;
        let took = begun.elapsed();
        if took >= duration || rounds >= ROUNDS_MAX {
            return Ok((read, rounds, took));
        }
    }
}

/// Reads every capture into one inventory, as `hygie inventory` does; nothing when one of them is no
/// whole capture.
fn read(captures: &[Vec<u8>]) -> Option<Read> {
    let mut read = Read {
        inventory: Inventory::new(InventoryLimits::DEFAULT),
        frames: 0,
        beyond: 0,
    };
    for capture in captures {
        let observed = observe(capture, "capture", &mut read.inventory).ok()?;
        if observed.broken.is_some() {
            return None;
        }
        read.frames += observed.frames;
        read.beyond += observed.beyond;
    }
    Some(read)
}

/// How fast the bytes are only looked at, in 10^9 bits a second.
fn added_up(captures: &[Vec<u8>]) -> f64 {
    let begun = Instant::now();
    let mut bytes = 0;
    for capture in captures {
        let sum = capture
            .chunks_exact(8)
            .filter_map(|chunk| <[u8; 8]>::try_from(chunk).ok())
            .fold(0_u64, |sum, chunk| {
                sum.wrapping_add(u64::from_le_bytes(chunk))
            });
        black_box(sum);
        bytes += whole(capture.len());
    }
    per_s(bytes, begun.elapsed()) * 8.0 / 1e9
}

/// What this process holds now: the captures, and little else.
fn resident_bytes() -> Option<u64> {
    forget_own_peak();
    own_peak_bytes()
}

fn whole(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
