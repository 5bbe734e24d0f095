//! The one thread that writes: drain the queue, frame, write, synchronise, acknowledge.
//!
//! There is no timer: what waits when the disk is ready goes into one batch.
//! This file never reads what it wrote; `integrator.rs` does, over another path.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tlog::Frontier;

use crate::batch::{BatchImage, extent_bytes};
use crate::bytes::count;
use crate::disk::{Disk, DiskFile};
use crate::error::Error;
use crate::group::Group;
use crate::layout::Layout;
use crate::limits::IMAGE_BYTES_KEPT;
use crate::segment::{Identity, SEGMENT_HEADER_BYTES, SegmentHeader};
use crate::shared::Shared;
use crate::spare::{Retired, Spares};

/// The writer's own state.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) layout: Layout,
    pub(crate) identity: Identity,
    pub(crate) frontier: Frontier,
    pub(crate) last_time_us: u64,
    pub(crate) spares: Spares,
    /// Length of the segments to come.
    pub(crate) segment_bytes: u64,
    pub(crate) segment: OpenSegment,
}

/// The segment that is being filled.
#[derive(Debug)]
pub(crate) struct OpenSegment {
    pub(crate) file: Box<dyn DiskFile>,
    pub(crate) first_index: u64,
    pub(crate) offset: u64,
    pub(crate) segment_bytes: u64,
}

impl Writer {
    /// Writes until the log is closed or fails.
    pub(crate) fn run(mut self) {
        let mut image = BatchImage::default();
        let mut groups = Vec::new();
        while self.shared.dequeue(&mut groups) {
            match self.commit(&mut image, &groups) {
                Ok(()) => self.acknowledge(&mut groups),
                // Nothing was written: whoever waits is refused, and the log goes on.
                Err(failure @ Error::DiskFull { .. }) => fail(groups.drain(..), &Arc::new(failure)),
                Err(failure) => {
                    let failure = self.shared.poison(failure);
                    fail(groups.drain(..), &failure);
                    break;
                }
            }
        }
        match self.shared.failure() {
            Some(failure) => fail(self.shared.abandon(), &failure),
            None => self.give_back(),
        }
        self.spares.stop();
        self.shared.end();
    }

    /// Makes one batch durable.
    fn commit(&mut self, image: &mut BatchImage, groups: &[Group]) -> Result<(), Error> {
        if let Some(cause) = self.shared.failure() {
            return Err(Error::Poisoned { cause });
        }
        let frames = groups.iter().map(|group| group.prepared.frames.len()).sum();
        let extent = count(extent_bytes(frames));
        if self.segment.offset.saturating_add(extent) > self.segment.segment_bytes {
            self.roll()?;
        }
        image.clear(IMAGE_BYTES_KEPT);
        for group in groups {
            image.push(
                &group.prepared.frames,
                &group.prepared.leaves,
                &mut self.frontier,
            )?;
        }
        let bytes = image.finish(self.identity.nonce(), &self.frontier);
        let path = || self.layout.segment(self.segment.first_index);
        let file = &self.segment.file;
        file.write_at(bytes, self.segment.offset)
            .map_err(|cause| Error::io("write", path())(cause))?;
        // A crash before this loses nothing that was acknowledged: restart discards the batch if
        // a sector of it is missing, and keeps it, never acknowledged, if it is whole.
        if let Err(cause) = file.sync() {
            let end = self.frontier.size();
            say_what_is_there(&path(), (self.segment.offset, bytes.len()), end);
            return Err(Error::io("synchronise", path())(cause));
        }
        // A crash from here on keeps the batch.
        self.segment.offset += extent;
        self.shared.note_written(extent);
        Ok(())
    }

    /// Tells everyone who waits; only ever called after the batch is durable.
    fn acknowledge(&mut self, groups: &mut Vec<Group>) {
        let size = self.frontier.size();
        self.shared.confirm(size);
        let entries = groups
            .iter()
            .map(|group| count(group.prepared.leaves.len()))
            .sum();
        let mut first = size.saturating_sub(entries);
        for group in groups.drain(..) {
            let (earliest, latest) = group.prepared.times_us;
            if earliest < self.last_time_us {
                self.shared.note_time_back();
            }
            self.last_time_us = self.last_time_us.max(latest);
            let next = first + count(group.prepared.leaves.len());
            drop(group.room);
            // INVARIANT: a receipt exists only after the disk confirmed; whoever no longer waits
            // for it keeps the entry all the same.
            if group.outcome.send(Ok(first)).is_err() {
                tracing::debug!(index = first, "Nobody waits for this receipt");
            }
            first = next;
        }
    }

    /// Goes on in the spare segment.
    fn roll(&mut self) -> Result<(), Error> {
        let spare = self.spares.take()?;
        let first_index = self.frontier.size();
        let (from, to) = (self.layout.spare(), self.layout.segment(first_index));
        let header = SegmentHeader {
            identity: self.identity.clone(),
            last_time_us: self.last_time_us,
            frontier: self.frontier.clone(),
        };
        spare
            .write_at(&header.to_bytes(), 0)
            .map_err(Error::io("write", &from))?;
        spare.sync().map_err(Error::io("synchronise", &from))?;
        // A crash before the rename leaves a spare, which the next start makes anew.
        self.disk
            .rename(&from, &to)
            .map_err(Error::io("rename", &from))?;
        // The name must be durable before any entry under it is acknowledged: a crash after this
        // finds an empty segment, in which the next start goes on.
        let wal = self.layout.wal();
        self.disk
            .sync_dir(&wal)
            .map_err(Error::io("synchronise", &wal))?;
        let next = OpenSegment {
            file: spare,
            first_index,
            offset: count(SEGMENT_HEADER_BYTES),
            segment_bytes: self.segment_bytes,
        };
        let full = std::mem::replace(&mut self.segment, next);
        self.spares.retire(Retired {
            file: full.file,
            used_bytes: full.offset,
        });
        Ok(())
    }

    /// Gives the unused rest of the last segment back; the next start allocates it again.
    fn give_back(&self) {
        let cut = self.segment.file.set_len(self.segment.offset);
        if let Err(cause) = cut.and_then(|()| self.segment.file.sync()) {
            tracing::warn!(%cause, "Last evidence segment keeps its unused space");
        }
    }
}

/// After a failed synchronisation: reads the batch back, past the cache, and says what the disk
/// holds.
///
/// Nothing is tried again: the system may have marked pages as written that are not
/// (Rebello et al., USENIX ATC 2020). The next start reads the segment and judges.
fn say_what_is_there(path: &Path, (offset, extent): (u64, usize), end: u64) {
    let read = || -> std::io::Result<Vec<u8>> {
        let file = std::fs::File::open(path)?;
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        let mut bytes = vec![0; extent];
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut bytes, offset)?;
        Ok(bytes)
    };
    let path = path.display();
    match read() {
        Ok(bytes) => tracing::error!(
            %path, offset, end,
            bytes_there = bytes.iter().filter(|byte| **byte != 0).count(),
            sha256 = hex::encode(Sha256::digest(&bytes)),
            "Evidence was not synchronised: nothing of this batch is acknowledged; the next start judges what is there"
        ),
        Err(cause) => tracing::error!(
            %path, offset, end, %cause,
            "Evidence was not synchronised and cannot be read back: nothing of this batch is acknowledged"
        ),
    }
}

/// Tells everyone who waits that nothing is durable.
fn fail(groups: impl IntoIterator<Item = Group>, failure: &Arc<Error>) {
    for group in groups {
        if group.outcome.send(Err(Arc::clone(failure))).is_err() {
            tracing::debug!("Nobody waits for this failure");
        }
    }
}
