//! What may lie behind the last sound batch: nothing, a torn batch, or damage.
//!
//! The writer has at most one batch in flight, and the disk writes whole sectors.
//! So after a crash the only thing behind the last acknowledged batch is a part of one batch,
//! of which at least one sector is missing.
//! Anything else was acknowledged once and has been changed since.

use std::thread;

use sha2::{Digest as _, Sha256};

use crate::batch::{BatchFault, BatchHeader, BatchTrailer, SECTOR_BYTES, zero_sectors};
use crate::bytes::{count, is_zero, length};
use crate::error::Error;
use crate::layout::Layout;
use crate::limits::{BATCH_BYTES_MAX, TAIL_ATTEMPTS_MAX, TAIL_PAUSE, ZEROS_BYTES};
use crate::scan::{Scan, Step, read_at};

/// What lies behind the last sound batch of a log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Tail {
    /// Zeros up to the end of the file.
    Clean,
    /// Acknowledged evidence was changed, or foreign bytes were added.
    Damaged(BatchFault),
    /// A batch that never became whole, so was never acknowledged.
    Torn(Torn),
}

/// The residue of a batch that never became whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Torn {
    /// Length from the start of the batch to its last byte that is not zero.
    pub(crate) bytes: u64,
    /// SHA-256 of those bytes.
    pub(crate) sha256: [u8; 32],
    /// Whether the batch's own first sector is there, so that its extent is known.
    pub(crate) headed: bool,
}

/// What a look at the next place gives.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Found {
    /// A sound batch, now in the scan's image.
    Batch(BatchTrailer),
    /// No batch, or none that is sound.
    Tail(Tail),
}

/// Reads and checks the next batch, or judges why there is none.
///
/// Beside a running writer, a batch that is being written looks torn or damaged for an instant,
/// so only what stays is believed.
pub(crate) fn next_batch(scan: &mut Scan, layout: &Layout) -> Result<Found, Error> {
    let mut attempts = 1;
    loop {
        if scan.read()? == Step::Batch
            && let Ok(trailer) = scan.check(|_| Ok(()))?
        {
            return Ok(Found::Batch(trailer));
        }
        let tail = judge_tail(scan)?;
        let settled = matches!(tail, Tail::Clean)
            || attempts == TAIL_ATTEMPTS_MAX
            || !layout.is_being_written();
        if settled {
            return Ok(Found::Tail(tail));
        }
        attempts += 1;
        thread::sleep(TAIL_PAUSE);
    }
}

/// Judges everything from the present place of `scan` to the end of the file.
pub(crate) fn judge_tail(scan: &Scan) -> Result<Tail, Error> {
    let start = scan.offset();
    let left = scan.bytes_left()?;
    let mut first = vec![0; BATCH_BYTES_MAX.min(left)];
    let read = read_at(scan.file(), scan.path(), &mut first, start)?;
    first.truncate(read);
    let nonce = scan.header().identity.nonce();
    let header =
        BatchHeader::parse(&first, nonce).filter(|header| header.first_index == scan.next_index());
    let fault = |at, what| {
        Tail::Damaged(BatchFault {
            at,
            entry: Some(scan.next_index()),
            what,
        })
    };
    let sector = first.get(..SECTOR_BYTES.min(read)).unwrap_or_default();
    let end = match &header {
        Some(header) => {
            let extent = header.extent_bytes();
            let image = first.get(..extent.min(read)).unwrap_or_default();
            if read >= extent && zero_sectors(image) <= header.zero_sectors {
                return Ok(Tail::Damaged(first_fault(image, header)?));
            }
            extent
        }
        None if is_zero(sector) || read < SECTOR_BYTES => BATCH_BYTES_MAX,
        None => return Ok(fault(0, "batch header does not match")),
    };
    let residue = Residue::find(scan, start, end)?;
    if let Some(at) = residue.later_batch {
        return Ok(fault(at, "batch is damaged, but a later one is whole"));
    }
    if let Some(at) = residue.beyond {
        return Ok(fault(at, "bytes lie behind the end of the log"));
    }
    if residue.bytes == 0 {
        return Ok(Tail::Clean);
    }
    let torn = first.get(..residue.bytes).unwrap_or_default();
    Ok(Tail::Torn(Torn {
        bytes: count(torn.len()),
        sha256: Sha256::digest(torn).into(),
        headed: header.is_some(),
    }))
}

/// Why a batch with all of its sectors cannot be believed.
fn first_fault(image: &[u8], header: &BatchHeader) -> Result<BatchFault, Error> {
    let changed = BatchFault {
        at: 0,
        entry: Some(header.first_index),
        what: "batch was being written while it was read",
    };
    let outcome = crate::batch::check_batch(image, header, |_| Ok(()))?;
    Ok(outcome.err().unwrap_or(changed))
}

/// What is not zero behind a place.
struct Residue {
    /// Length up to the last byte that is not zero, within the expected end.
    bytes: usize,
    /// Offset of the first byte that is not zero, beyond the expected end.
    beyond: Option<usize>,
    /// Offset of a whole batch of this log further on.
    later_batch: Option<usize>,
}

impl Residue {
    /// Reads from `start` to the end of the file; up to `end` (relative) a residue is expected.
    fn find(scan: &Scan, start: u64, end: usize) -> Result<Self, Error> {
        let mut found = Self {
            bytes: 0,
            beyond: None,
            later_batch: None,
        };
        let mut chunk = vec![0; ZEROS_BYTES.min(scan.bytes_left()?)];
        let mut at = 0;
        loop {
            let read = read_at(scan.file(), scan.path(), &mut chunk, start + count(at))?;
            if read == 0 {
                return Ok(found);
            }
            for sector in chunk.get(..read).unwrap_or_default().chunks(SECTOR_BYTES) {
                if let Some(last) = sector.iter().rposition(|byte| *byte != 0) {
                    found.see(scan, (start, at, end), sector, last)?;
                }
                at += sector.len();
            }
        }
    }

    /// Takes note of one sector that is not zero.
    fn see(
        &mut self,
        scan: &Scan,
        (start, at, end): (u64, usize, usize),
        sector: &[u8],
        last: usize,
    ) -> Result<(), Error> {
        if at < end {
            self.bytes = at + last + 1;
        } else if self.beyond.is_none() {
            self.beyond = Some(at);
        }
        let header = BatchHeader::parse(sector, scan.header().identity.nonce());
        if let Some(header) = header.filter(|_| at > 0 && self.later_batch.is_none()) {
            let mut image = vec![0; header.extent_bytes().min(BATCH_BYTES_MAX)];
            let read = read_at(scan.file(), scan.path(), &mut image, start + count(at))?;
            image.truncate(read);
            if crate::batch::check_batch(&image, &header, |_| Ok(()))?.is_ok() {
                self.later_batch = Some(at);
            }
        }
        Ok(())
    }
}

/// Offset behind a torn batch's residue, in whole sectors.
pub(crate) fn residue_end(start: u64, torn: &Torn) -> u64 {
    start.saturating_add(count(length(torn.bytes).next_multiple_of(SECTOR_BYTES)))
}
