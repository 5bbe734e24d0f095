//! Letting entries leave the write-ahead log once they are sealed elsewhere.
//!
//! ```text
//! object written, read back and proved (elsewhere) ─ SEAL entry ─ manifest ─ segments freed
//! ```
//!
//! INVARIANT: a segment is freed only when its entries are under a signed checkpoint, their tiles
//! are durable, and a durable manifest says where they are now.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use event::{Event, SegmentSealed};

use crate::bytes::count;
use crate::disk::Disk;
use crate::entry::{Entry, Receipt};
use crate::error::Error;
use crate::layout::Layout;
use crate::log::EvidenceLog;
use crate::manifest::Manifest;
use crate::segment::Identity;
use crate::shared::lock;

/// What an open log needs to free segments.
#[derive(Debug)]
pub(crate) struct Sealing {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) layout: Layout,
    pub(crate) identity: Identity,
    pub(crate) manifest: Mutex<Manifest>,
}

impl EvidenceLog {
    /// The segments that may be sealed next, in their order: closed, under the newest checkpoint,
    /// with durable tiles.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Missing`] when the segments cannot be listed.
    pub fn sealable(&self) -> Result<Vec<Range<u64>>, Error> {
        let from = lock(&self.sealing.manifest).end();
        self.sealable_from(from)
    }

    /// Takes note that the next segments are sealed: keeps that as an entry, then in the manifest,
    /// then frees them.
    ///
    /// The caller has read the object back and recomputed every leaf.
    /// May be repeated after a failure, and after a crash at any point: the entry then stands in
    /// the log twice, and the manifest names the range once.
    ///
    /// # Errors
    /// [`Error::SealRefused`] for a range that is not the next one, [`Error::ManifestFull`],
    /// [`Error::Io`], and those of [`EvidenceLog::append`].
    pub fn commit_seal(&self, sealed: SegmentSealed, time_us: u64) -> Result<Receipt, Error> {
        let sealing = &self.sealing;
        let mut manifest = lock(&sealing.manifest);
        let refused = Error::SealRefused {
            path: sealing.layout.dir().to_owned(),
            first: sealed.first,
            end: sealed.end,
        };
        let ranges = self.sealable_from(manifest.end())?;
        let is_next = ranges.iter().any(|range| range.end == sealed.end);
        let Some(next) = manifest
            .with(&sealing.identity, sealed.clone())
            .filter(|_| is_next)
        else {
            return Err(refused);
        };
        let event = Event::SegmentSealed(sealed);
        let receipt = self.append_wait(Entry {
            class: event.class(),
            time_us,
            payload: event.to_bytes(),
        })?;
        // A crash here leaves an entry about a range that is still in its segments: it is sealed
        // again, to the same object, and both entries are true.
        next.write(sealing.disk.as_ref(), &sealing.layout)?;
        // A crash from here on leaves segments that the manifest says are sealed: the next start
        // frees them.
        *manifest = next;
        let freed = ranges
            .iter()
            .filter(|range| range.end <= manifest.end())
            .map(|range| range.start);
        free(sealing.disk.as_ref(), &sealing.layout, freed)?;
        Ok(receipt)
    }

    /// What is sealed of this log.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        lock(&self.sealing.manifest).clone()
    }

    fn sealable_from(&self, from: u64) -> Result<Vec<Range<u64>>, Error> {
        let signed = self.shared.published().size.min(self.shared.marked_size());
        let (segments, _) = self.sealing.layout.segments()?;
        let closed = segments.iter().zip(segments.iter().skip(1));
        Ok(closed
            .map(|(first, next)| *first..*next)
            .filter(|range| range.start >= from && range.end <= signed)
            .collect())
    }
}

/// Removes segments whose entries are sealed.
pub(crate) fn free(
    disk: &dyn Disk,
    layout: &Layout,
    segments: impl Iterator<Item = u64>,
) -> Result<(), Error> {
    let mut freed = 0;
    for first in segments {
        let path = layout.segment(first);
        disk.remove(&path).map_err(Error::io("remove", path))?;
        freed += 1;
    }
    if freed == 0 {
        return Ok(());
    }
    tracing::debug!(segments = count(freed), "Sealed evidence segments freed");
    // Not needed for correctness: a name that comes back is freed again at the next start.
    let wal = layout.wal();
    disk.sync_dir(&wal).map_err(Error::io("synchronise", wal))
}
