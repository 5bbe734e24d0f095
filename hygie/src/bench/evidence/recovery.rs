//! How long it takes to serve again after `kill -9`, with millions of events that were never
//! sealed.
//!
//! Another process of this program fills a log and is killed in the middle of its life; then the
//! log is opened, a state is folded out of all of it without a snapshot, and one more event is
//! made durable.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use ::evidence::bench::{Load, fill};
use ::evidence::{Entry, EvidenceLog, Options, Reader};
use event::class_of;
use serde::Serialize;

use super::{PAYLOAD_BYTES, signer};
use crate::bench::BenchError;
use crate::bench::figures::rounded;
use crate::bench::process::Process;

/// Events of each batch of the log that is filled.
const BATCH: usize = 16_384;

/// What the filling process says when its last event is durable.
const FILLED: &str = "filled";

/// The figures of a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RecoveryFigures {
    /// Events in the log when its writer was killed.
    pub recovery_events: u64,
    /// From the start to the first new durable event, a fold of the whole log included.
    pub recovery_s: f64,
    /// The part of it that opening the log takes: with a snapshot of the fold, this is all.
    pub recovery_open_s: f64,
    /// Memory of the writing process just before it was killed, in MiB.
    pub writer_rss_mb: f64,
}

/// Fills a log with `events` in another process, kills that, and opens the log.
///
/// `program` is this program: it is started with the hidden command that calls [`hold`].
pub(super) fn measure(
    program: &Path,
    place: &Path,
    events: u64,
) -> Result<RecoveryFigures, BenchError> {
    let dir = place.join("log");
    let mut command = Command::new(program);
    command
        .args(["bench", "evidence-fill", "--entries", &events.to_string()])
        .arg("--dir")
        .arg(&dir);
    let mut process = Process::start(command, place.join("fill.log"))?;
    let mut said = String::new();
    let heard = process
        .stdout()
        .map(|out| BufReader::new(out).read_line(&mut said));
    if !matches!(heard, Some(Ok(_))) || said.trim() != FILLED {
        return Err(process.failed());
    }
    let writer_rss_mb = process.resident_bytes().map_or(0.0, mebibytes);
    process.kill();
    drop(process);
    let failed = |source| BenchError::Evidence {
        batch: BATCH,
        source,
    };
    let began = Instant::now();
    let (log, recovery) = EvidenceLog::open(Options::new(&dir, signer()?)).map_err(failed)?;
    let opened = began.elapsed();
    let mut reader = Reader::open(&dir, 0)
        .map_err(failed)?
        .with_classes([class_of::ENTITY_MANAGEMENT]);
    while reader.read().map_err(failed)?.is_some() {}
    let entry = Entry {
        class: class_of::APPLICATION_LIFECYCLE,
        time_us: 0,
        payload: Vec::new(),
    };
    drop(log.append_wait(entry).map_err(failed)?);
    let recovered = began.elapsed();
    drop(log);
    Ok(RecoveryFigures {
        recovery_events: recovery.entries,
        recovery_s: rounded(recovered.as_secs_f64(), 3),
        recovery_open_s: rounded(opened.as_secs_f64(), 3),
        writer_rss_mb: rounded(writer_rss_mb, 0),
    })
}

/// Fills a log, says so through `told`, and holds it open until the process is killed or the log
/// fails.
///
/// # Errors
/// [`BenchError::Evidence`] for the log.
pub fn hold(dir: &Path, events: u64, told: &mut dyn FnMut(&str)) -> Result<(), BenchError> {
    let load = Load::new(PAYLOAD_BYTES, BATCH, std::time::Duration::ZERO);
    let log = fill(dir, signer()?, load, events).map_err(|source| BenchError::Evidence {
        batch: BATCH,
        source,
    })?;
    told(FILLED);
    loop {
        // Whoever started this kills it; being woken means nothing.
        std::thread::park();
        if !log.status().accepting {
            return Ok(());
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure is approximate")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
