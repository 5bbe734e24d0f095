//! How a log is created or opened.

use std::path::PathBuf;

use tlog::NoteSigner;
use tokio::sync::Semaphore;

use crate::bytes::length;
use crate::error::Error;
use crate::limits::{
    BATCH_BYTES_MAX, ORIGIN_BYTES_MAX, QUEUE_BYTES_MAX, QUEUE_ENTRIES_MAX, RESERVE_SEGMENTS,
    RESERVE_SEGMENTS_MAX, SEGMENT_BYTES, SEGMENT_BYTES_MAX, SEGMENT_BYTES_MIN,
    TELEMETRY_FREE_BYTES_MIN,
};
use crate::segment::SEGMENT_HEADER_BYTES;
use crate::shared::QueueLimits;
use crate::spare::Room;

/// How to create or open a log.
#[derive(Debug)]
pub struct Options {
    /// The log's folder.
    pub dir: PathBuf,
    /// Signs checkpoints; its name is the log's origin.
    pub signer: NoteSigner,
    /// Length of a segment file.
    pub segment_bytes: u64,
    /// Most entries that wait or are being written.
    pub queue_entries_max: usize,
    /// Most bytes that wait or are being written.
    pub queue_bytes_max: usize,
    /// Segments that are allocated ahead, for when the disk is full.
    pub reserve_segments: usize,
    /// Room that must stay free on the disk; below it this log takes no further segment.
    pub free_bytes_min: u64,
}

impl Options {
    /// For decisions and commands: with a reserve, so that a full disk does not stop care.
    #[must_use]
    pub fn decisions(dir: impl Into<PathBuf>, signer: NoteSigner) -> Self {
        Self {
            reserve_segments: RESERVE_SEGMENTS,
            ..Self::new(dir, signer)
        }
    }

    /// For what arrives in masses: refused while the room on the disk is needed for decisions.
    #[must_use]
    pub fn telemetry(dir: impl Into<PathBuf>, signer: NoteSigner) -> Self {
        Self {
            free_bytes_min: TELEMETRY_FREE_BYTES_MIN,
            ..Self::new(dir, signer)
        }
    }

    /// The usual limits, without a reserve.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, signer: NoteSigner) -> Self {
        Self {
            dir: dir.into(),
            signer,
            segment_bytes: SEGMENT_BYTES,
            queue_entries_max: QUEUE_ENTRIES_MAX,
            queue_bytes_max: QUEUE_BYTES_MAX,
            reserve_segments: 0,
            free_bytes_min: 0,
        }
    }

    /// What this log asks of its disk.
    pub(crate) fn room(&self) -> Room {
        Room {
            segment_bytes: self.segment_bytes,
            reserve_segments: self.reserve_segments,
            free_bytes_min: self.free_bytes_min,
        }
    }

    /// Refuses options out of their limits; gives those of the queue.
    pub(crate) fn queue_limits(&self) -> Result<QueueLimits, Error> {
        let refuse = |option| Err(Error::OptionOutOfLimits { option });
        if self.signer.name().len() > ORIGIN_BYTES_MAX {
            return refuse("signer");
        }
        if !(SEGMENT_BYTES_MIN..=SEGMENT_BYTES_MAX).contains(&self.segment_bytes) {
            return refuse("segment_bytes");
        }
        if self.reserve_segments > RESERVE_SEGMENTS_MAX {
            return refuse("reserve_segments");
        }
        if !(1..=Semaphore::MAX_PERMITS).contains(&self.queue_entries_max) {
            return refuse("queue_entries_max");
        }
        if u32::try_from(self.queue_bytes_max).is_err() || self.queue_bytes_max == 0 {
            return refuse("queue_bytes_max");
        }
        Ok(QueueLimits {
            entries_max: self.queue_entries_max,
            bytes_max: self.queue_bytes_max,
            batch_bytes_max: BATCH_BYTES_MAX
                .min(length(self.segment_bytes).saturating_sub(SEGMENT_HEADER_BYTES)),
        })
    }
}
