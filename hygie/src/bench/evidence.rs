//! The evidence log against the machine's floor, its recovery, and the lake against its peers.
//!
//! | Module | What is measured | Beside what |
//! | --- | --- | --- |
//! | `append` | durable events a second, and the wait for each batch | a bare loop that frames, hashes and writes the same bytes; the bare disk |
//! | `recovery` | from `kill -9` to the next durable event | |
//! | `lake` | sealing, and questions to sealed rows | DuckDB and ClickHouse on the same files |

mod append;
mod lake;
mod recovery;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use tlog::NoteSigner;

pub use append::BatchFigures;
pub use lake::{LakeFigures, Peers};
pub use recovery::{RecoveryFigures, hold};

use super::limits::{DURATION_DEFAULT, bounded};
use super::{BenchError, Machine};

/// Length of each event's payload: about that of a decision.
const PAYLOAD_BYTES: usize = 512;

/// How to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long the log is measured with each batch size; each floor gets half of it before and
    /// half of it afterwards. At least 0.1 s, at most 10 minutes.
    pub duration: Duration,
    /// The folder under which a temporary one is made and removed.
    pub dir: PathBuf,
    /// The program that is started to be killed, and beside which `hygie-lake` is looked for.
    pub program: PathBuf,
    /// Events of the log whose writer is killed; 0 leaves that out.
    pub recovery_events: u64,
    /// Rows of the lake; 0 leaves that out.
    pub lake_rows: u64,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    part: &'static str,
    /// One line for each batch size.
    pub batches: Vec<BatchFigures>,
    /// Length of each event's payload.
    pub payload_bytes: usize,
    /// Serving again after a kill.
    #[serde(flatten)]
    pub recovery: Option<RecoveryFigures>,
    /// Sealing and asking; absent without `hygie-lake`.
    #[serde(flatten)]
    pub lake: Option<LakeFigures>,
    /// On what.
    pub machine: Machine,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            duration: DURATION_DEFAULT,
            dir: std::env::temp_dir(),
            program: std::env::current_exe().unwrap_or_default(),
            recovery_events: 0,
            lake_rows: 0,
        }
    }
}

/// Measures everything that the options ask for; `progress` is told what is being measured.
///
/// # Errors
/// [`BenchError::File`] for the temporary folder, [`BenchError::Evidence`] for the log,
/// [`BenchError::Ended`] for a program that failed.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, BenchError> {
    let dir = tempfile::Builder::new()
        .prefix("hygie-bench-")
        .tempdir_in(&options.dir)
        .map_err(BenchError::file("make a folder in", &options.dir))?;
    let duration = bounded(options.duration);
    let batches = append::BATCHES
        .into_iter()
        .map(|batch| {
            progress(&format!("evidence: batches of {batch}"));
            let name = batch.to_string();
            in_folder(dir.path(), &name, |place| {
                append::measure(place, batch, duration)
            })
        })
        .collect::<Result<_, BenchError>>()?;
    let recovery = asked_for(options.recovery_events, |events| {
        progress(&format!("evidence: recovery with {events} events"));
        in_folder(dir.path(), "recovery", |place| {
            recovery::measure(&options.program, place, events).map(Some)
        })
    })?;
    let lake = asked_for(options.lake_rows, |rows| {
        progress(&format!("lake: {rows} rows"));
        in_folder(dir.path(), "lake", |place| {
            lake::measure(&options.program, place, rows)
        })
    })?;
    if options.lake_rows > 0 && lake.is_none() {
        progress("lake: left out, `hygie-lake` is not beside this program");
    }
    let machine = Machine::here(dir.path());
    dir.close()
        .map_err(BenchError::file("remove the folder in", &options.dir))?;
    Ok(Report {
        part: "evidence",
        batches,
        payload_bytes: PAYLOAD_BYTES,
        recovery,
        lake,
        machine,
    })
}

impl Report {
    /// The figures for people, in English: names of figures are those of [`Self::json`].
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = append::table(&self.batches);
        // Writing to a text cannot fail.
        if let Some(it) = &self.recovery {
            let written = writeln!(
                table,
                "recovery_s {:.3} with {} events (opening {:.3}); writer_rss_mb {:.0}",
                it.recovery_s, it.recovery_events, it.recovery_open_s, it.writer_rss_mb
            );
            written.unwrap_or_default();
        }
        table += &self.lake.as_ref().map_or(String::new(), LakeFigures::table);
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

/// Measures in a folder of its own, so that the next measurement finds the disk as empty.
fn in_folder<T>(
    dir: &Path,
    name: &str,
    measure: impl FnOnce(&Path) -> Result<T, BenchError>,
) -> Result<T, BenchError> {
    let place = dir.join(name);
    std::fs::create_dir(&place).map_err(BenchError::file("make", &place))?;
    let measured = measure(&place)?;
    std::fs::remove_dir_all(&place).map_err(BenchError::file("remove", &place))?;
    Ok(measured)
}

/// Measures when there is something to measure.
fn asked_for<T>(
    amount: u64,
    measure: impl FnOnce(u64) -> Result<Option<T>, BenchError>,
) -> Result<Option<T>, BenchError> {
    if amount == 0 {
        Ok(None)
    } else {
        measure(amount)
    }
}

/// A key for a log that nobody will ever believe: it is removed within the hour.
fn signer() -> Result<NoteSigner, BenchError> {
    NoteSigner::from_seed("bench.invalid/evidence", &[0; 32])
        .map_err(|source| BenchError::Key { source })
}

#[cfg(test)]
mod tests;
