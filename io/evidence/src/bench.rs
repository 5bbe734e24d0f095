//! Measuring the log, and the machine's own floor to compare it with.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::{Duration, Instant};

use tlog::{Frontier, NoteSigner};

use crate::batch::{BatchImage, extent_bytes};
use crate::bytes::{count, length};
use crate::disk::DiskFile;
use crate::entry::Entry;
use crate::error::Error;
use crate::frame::frame_bytes;
use crate::group::Prepared;
use crate::limits::{BATCH_BYTES_MAX, IMAGE_BYTES_KEPT, SEGMENT_BYTES};
use crate::log::EvidenceLog;
use crate::options::Options;
use crate::spare::write_zeros;

/// What one measurement gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Durable entries a second.
    pub events_per_s: f64,
    /// Half of the batches were durable within this time after they were handed over.
    pub ack_p50_ms: f64,
    /// All but one in a hundred batches were durable within this time.
    pub ack_p99_ms: f64,
}

/// What is measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Load {
    /// Length of each payload.
    pub payload_bytes: usize,
    /// Entries of each batch.
    pub batch: usize,
    /// How long to measure.
    pub duration: Duration,
    /// Batches that one appender keeps in flight.
    pub in_flight: usize,
}

impl Load {
    /// A load whose batches in flight hold no more than a few thousand entries, so that waiting in the queue does not hide the disk.
    #[must_use]
    pub fn new(payload_bytes: usize, batch: usize, duration: Duration) -> Self {
        let in_flight = (2048 / batch.max(1)).clamp(2, 64);
        Self {
            payload_bytes,
            batch,
            duration,
            in_flight,
        }
    }
}

/// The bare disk: one thread writes bytes of the same length into a pre-allocated file and
/// synchronises them, batch after batch, and does nothing else, not even framing them.
///
/// The file is made in `dir` and removed again.
///
/// # Errors
/// [`Error::Io`].
pub fn disk(dir: &Path, load: Load) -> Result<Figures, Error> {
    let path = dir.join("disk.bench");
    let (file, extent) = prepared_file(&path, load)?;
    let bytes = vec![0xa5; length(extent)];
    let mut latencies = Vec::new();
    let mut offset = 0;
    let start = Instant::now();
    while start.elapsed() < load.duration {
        let began = Instant::now();
        if offset + extent > SEGMENT_BYTES.max(extent) {
            offset = 0;
        }
        DiskFile::write_at(&file, &bytes, offset)
            .and_then(|()| DiskFile::sync(&file))
            .map_err(Error::io("write", &path))?;
        offset += extent;
        latencies.push(began.elapsed());
    }
    let entries = count(latencies.len().saturating_mul(load.batch));
    let figures = Figures::new(entries, start.elapsed(), latencies);
    std::fs::remove_file(&path).map_err(Error::io("remove", &path))?;
    Ok(figures)
}

/// The machine's floor: one thread frames, hashes, writes and synchronises the same bytes into a
/// pre-allocated file, batch after batch, and does nothing else.
///
/// The file is made in `dir` and removed again.
///
/// # Errors
/// [`Error::Io`], and [`Error::BatchTooLarge`] or [`Error::PayloadTooLong`] for an impossible load.
pub fn floor(dir: &Path, load: Load) -> Result<Figures, Error> {
    let path = dir.join("floor.bench");
    let (file, extent) = prepared_file(&path, load)?;
    let entries = entries(load);
    let mut frontier = Frontier::new();
    let mut image = BatchImage::default();
    let mut latencies = Vec::new();
    let mut offset = 0;
    let start = Instant::now();
    while start.elapsed() < load.duration {
        let began = Instant::now();
        let prepared = Prepared::new(&entries, BATCH_BYTES_MAX)?;
        image.clear(IMAGE_BYTES_KEPT.max(BATCH_BYTES_MAX));
        image.push(&prepared.frames, &prepared.leaves, &mut frontier)?;
        if offset + extent > SEGMENT_BYTES.max(extent) {
            offset = 0;
        }
        DiskFile::write_at(&file, image.finish(0, &frontier), offset)
            .and_then(|()| DiskFile::sync(&file))
            .map_err(Error::io("write", &path))?;
        offset += extent;
        latencies.push(began.elapsed());
    }
    let figures = Figures::new(frontier.size(), start.elapsed(), latencies);
    std::fs::remove_file(&path).map_err(Error::io("remove", &path))?;
    Ok(figures)
}

/// A whole log under load: one appender with several batches in flight.
///
/// Creates the log in the folder `log` under `dir`, which must not exist; the caller removes it.
///
/// # Errors
/// Those of [`EvidenceLog::create`] and of appending.
pub fn appends(dir: &Path, signer: NoteSigner, load: Load) -> Result<Figures, Error> {
    let log = EvidenceLog::create(Options::new(dir.join("log"), signer))?;
    let entries = entries(load);
    let mut in_flight = VecDeque::with_capacity(load.in_flight);
    let mut latencies = Vec::new();
    let start = Instant::now();
    while start.elapsed() < load.duration {
        let began = Instant::now();
        in_flight.push_back((began, log.submit_wait(&entries)?));
        if in_flight.len() >= load.in_flight.max(1) {
            settle(in_flight.pop_front(), &mut latencies)?;
        }
    }
    while let Some(oldest) = in_flight.pop_front() {
        settle(Some(oldest), &mut latencies)?;
    }
    let figures = Figures::new(log.size(), start.elapsed(), latencies);
    log.close()?;
    Ok(figures)
}

/// Fills a log in the folder `dir` with so many entries, each of which is acknowledged, and leaves
/// it open.
///
/// # Errors
/// Those of [`EvidenceLog::create`] and of appending.
pub fn fill(dir: &Path, signer: NoteSigner, load: Load, total: u64) -> Result<EvidenceLog, Error> {
    let log = EvidenceLog::create(Options::new(dir, signer))?;
    let entries = entries(load);
    let mut in_flight = VecDeque::with_capacity(load.in_flight);
    while log.size() < total {
        in_flight.push_back(log.submit_wait(&entries)?);
        if in_flight.len() >= load.in_flight.max(1)
            && let Some(oldest) = in_flight.pop_front()
        {
            drop(oldest.wait()?);
        }
    }
    for pending in in_flight {
        drop(pending.wait()?);
    }
    Ok(log)
}

/// A file of zeros for batches of a load, and the length of one batch on disk.
fn prepared_file(path: &Path, load: Load) -> Result<(File, u64), Error> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .map_err(Error::io("create", path))?;
    let frames = load.batch.saturating_mul(frame_bytes(load.payload_bytes));
    let extent = count(extent_bytes(frames));
    write_zeros(&file, 0, SEGMENT_BYTES.max(extent)).map_err(Error::io("allocate", path))?;
    Ok((file, extent))
}

impl Figures {
    fn new(entries: u64, took: Duration, mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        let at = |percent: usize| {
            let rank = latencies.len().saturating_sub(1) * percent / 100;
            latencies.get(rank).map_or(0.0, Duration::as_secs_f64) * 1e3
        };
        #[expect(clippy::cast_precision_loss, reason = "a rate is approximate")]
        let events_per_s = entries as f64 / took.as_secs_f64();
        Self {
            events_per_s,
            ack_p50_ms: at(50),
            ack_p99_ms: at(99),
        }
    }
}

/// Waits for the oldest batch.
fn settle(
    oldest: Option<(Instant, crate::append::PendingBatch)>,
    latencies: &mut Vec<Duration>,
) -> Result<(), Error> {
    if let Some((began, pending)) = oldest {
        drop(pending.wait()?);
        latencies.push(began.elapsed());
    }
    Ok(())
}

/// One batch of entries that no compression or zero detection profits from.
fn entries(load: Load) -> Vec<Entry<Vec<u8>>> {
    let byte = |at: usize| u8::try_from(at.wrapping_mul(167) % 251).unwrap_or_default();
    let payload: Vec<u8> = (0..load.payload_bytes).map(byte).collect();
    let entry = |time_us| Entry {
        class: 1,
        time_us,
        payload: payload.clone(),
    };
    (0..load.batch).map(|at| entry(count(at))).collect()
}
