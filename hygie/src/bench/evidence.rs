//! The evidence log against the machine's floor: a bare loop that frames, hashes, writes and
//! synchronises the same bytes.

use std::path::PathBuf;
use std::time::Duration;

use ::evidence::bench::{Figures, Load, appends, floor};
use serde::Serialize;
use tlog::NoteSigner;

use super::figures::{median, ratio, rounded};
use super::limits::{DURATION_DEFAULT, bounded};
use super::{BenchError, Machine, cell};

/// Length of each event's payload: about that of a decision.
const PAYLOAD_BYTES: usize = 512;

/// Events of each batch, from one alone to a flood.
const BATCHES: [usize; 4] = [1, 64, 1024, 16_384];

/// How to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long the log is measured with each batch size; the floor gets half of it before and
    /// half of it afterwards. At least 0.1 s, at most 10 minutes.
    pub duration: Duration,
    /// The folder under which a temporary one is made and removed.
    pub dir: PathBuf,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    part: &'static str,
    /// One line for each batch size.
    pub batches: Vec<BatchFigures>,
    /// Length of each event's payload.
    pub payload_bytes: usize,
    /// On what.
    pub machine: Machine,
}

/// The figures of one batch size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BatchFigures {
    /// Events of each batch.
    pub batch: usize,
    /// Durable events a second, with several batches in flight.
    pub events_per_s: f64,
    /// Half of the batches were durable within this time.
    pub ack_p50_ms: f64,
    /// All but one in a hundred batches were durable within this time.
    pub ack_p99_ms: f64,
    /// Events a second of the bare loop, the middle of before and after.
    pub floor_events_per_s: f64,
    /// The log's events a second by those of the bare loop.
    pub ratio_floor: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            duration: DURATION_DEFAULT,
            dir: std::env::temp_dir(),
        }
    }
}

/// Measures every batch size; `progress` is told what is being measured.
///
/// # Errors
/// [`BenchError::File`] for the temporary folder, [`BenchError::Evidence`] for the log.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, BenchError> {
    let dir = tempfile::Builder::new()
        .prefix("hygie-bench-")
        .tempdir_in(&options.dir)
        .map_err(BenchError::file("make a folder in", &options.dir))?;
    let duration = bounded(options.duration);
    let batches = BATCHES
        .into_iter()
        .map(|batch| {
            progress(&format!("evidence: batches of {batch}"));
            let place = dir.path().join(batch.to_string());
            std::fs::create_dir(&place).map_err(BenchError::file("make", &place))?;
            let figures = measure(&place, batch, duration)?;
            // The next size finds the disk as empty as this one did.
            std::fs::remove_dir_all(&place).map_err(BenchError::file("remove", &place))?;
            Ok(figures)
        })
        .collect::<Result<_, BenchError>>()?;
    let machine = Machine::here(dir.path());
    dir.close()
        .map_err(BenchError::file("remove the folder in", &options.dir))?;
    Ok(Report {
        part: "evidence",
        batches,
        payload_bytes: PAYLOAD_BYTES,
        machine,
    })
}

impl Report {
    /// The figures for people, in English: names of figures are those of [`Self::json`].
    #[must_use]
    pub fn table(&self) -> String {
        let titles = [
            "batch",
            "events_per_s",
            "ack_p50_ms",
            "ack_p99_ms",
            "floor_events_per_s",
            "ratio_floor",
        ];
        let line = |cells: [String; 6]| {
            let widths = [7, 14, 12, 12, 20, 13];
            let cells = cells
                .iter()
                .zip(widths)
                .map(|(text, width)| cell(text, width));
            cells.collect::<String>() + "\n"
        };
        let mut table = line(titles.map(str::to_owned));
        for it in &self.batches {
            table += &line([
                it.batch.to_string(),
                format!("{:.0}", it.events_per_s),
                format!("{:.3}", it.ack_p50_ms),
                format!("{:.3}", it.ack_p99_ms),
                format!("{:.0}", it.floor_events_per_s),
                format!("{:.2}", it.ratio_floor),
            ]);
        }
        table
            + &format!(
                "payload: {} bytes; machine: {}\n",
                self.payload_bytes, self.machine
            )
    }

    /// The figures as one line of JSON, without a line end.
    #[must_use]
    pub fn json(&self) -> String {
        // Plain fields only: there is nothing that cannot be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The log between two runs of the floor: what else the machine does then shows in both.
fn measure(
    place: &std::path::Path,
    batch: usize,
    duration: Duration,
) -> Result<BatchFigures, BenchError> {
    let failed = |source| BenchError::Evidence { batch, source };
    let load = Load::new(PAYLOAD_BYTES, batch, duration);
    let bare = Load {
        duration: duration / 2,
        ..load
    };
    // A key for a log that nobody will ever believe: it is removed within the minute.
    let signer = NoteSigner::from_seed("bench.invalid/evidence", &[0; 32])
        .map_err(|source| BenchError::Key { source })?;
    let before = floor(place, bare).map_err(failed)?;
    let log = appends(place, signer, load).map_err(failed)?;
    let after = floor(place, bare).map_err(failed)?;
    Ok(BatchFigures::new(batch, log, [before, after]))
}

impl BatchFigures {
    fn new(batch: usize, log: Figures, floors: [Figures; 2]) -> Self {
        let floor = median(&floors.map(|floor| floor.events_per_s));
        Self {
            batch,
            events_per_s: rounded(log.events_per_s, 0),
            ack_p50_ms: rounded(log.ack_p50_ms, 3),
            ack_p99_ms: rounded(log.ack_p99_ms, 3),
            floor_events_per_s: rounded(floor, 0),
            ratio_floor: rounded(ratio(log.events_per_s, floor), 3),
        }
    }
}

#[cfg(test)]
mod tests;
