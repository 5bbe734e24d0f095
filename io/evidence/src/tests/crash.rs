//! What a crash can leave at the end of a log, point by point, and what it cannot.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{assert_holds, copy, entry, options, signer};
use crate::batch::SECTOR_BYTES;
use crate::layout::Layout;
use crate::recover::{Recovered, recover};
use crate::segment::SEGMENT_HEADER_BYTES;
use crate::{Error, EvidenceLog};

/// A closed log of a few batches in one segment, whose checkpoint is still the one of creation.
struct Small {
    _folder: tempfile::TempDir,
    dir: PathBuf,
    /// Offset behind each batch, and the entries up to there.
    ends: Vec<(u64, u64)>,
    newest_checkpoint: Vec<u8>,
}

fn small() -> Small {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let log = EvidenceLog::create(options(&dir)).unwrap();
    let created = fs::read(dir.join("checkpoint")).unwrap();
    let mut ends = vec![(SEGMENT_HEADER_BYTES as u64, 0)];
    let mut entries = 0;
    for batch in [1, 2, 7, 1, 12] {
        let batch: Vec<_> = (entries..entries + batch).map(entry).collect();
        entries = log.append_batch_wait(&batch).unwrap().indexes().end;
        let frames: usize = batch.iter().map(|entry| 42 + entry.payload.len()).sum();
        let extent = (64 + frames + 56).next_multiple_of(SECTOR_BYTES);
        ends.push((ends.last().unwrap().0 + extent as u64, entries));
    }
    log.close().unwrap();
    let newest_checkpoint = fs::read(dir.join("checkpoint")).unwrap();
    fs::write(dir.join("checkpoint"), created).unwrap();
    fs::remove_file(dir.join("tiles.mark")).unwrap();
    fs::remove_dir_all(dir.join("tree")).unwrap();
    assert_eq!(
        fs::metadata(segment(&dir)).unwrap().len(),
        ends.last().unwrap().0
    );
    Small {
        _folder: folder,
        dir,
        ends,
        newest_checkpoint,
    }
}

fn segment(dir: &Path) -> PathBuf {
    Layout::new(dir).segment(0)
}

fn find(dir: &Path) -> Result<Recovered, Error> {
    recover(&Layout::new(dir), signer().verifier())
}

/// Changes bytes of the segment in a copy of the log, looks, and changes them back.
fn with_bytes<T>(small: &Small, offset: u64, bytes: &[u8], look: impl FnOnce() -> T) -> T {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(segment(&small.dir))
        .unwrap();
    let length = file.metadata().unwrap().len();
    let mut before = vec![0; bytes.len()];
    let there = file.read_at(&mut before, offset).unwrap();
    file.write_all_at(bytes, offset).unwrap();
    let seen = look();
    file.write_all_at(&before[..there], offset).unwrap();
    file.set_len(length).unwrap();
    seen
}

#[test]
fn a_log_cut_anywhere_keeps_every_whole_batch() {
    let small = small();
    let whole = fs::read(segment(&small.dir)).unwrap();
    for length in (0..whole.len()).rev() {
        fs::write(segment(&small.dir), &whole[..length]).unwrap();
        let found = find(&small.dir);
        let kept = small
            .ends
            .iter()
            .rev()
            .find(|(end, _)| *end <= length as u64);
        let Some((end, entries)) = kept else {
            let refused = found.unwrap_err();
            assert!(
                matches!(refused, Error::Damaged { offset: 0, .. }),
                "{length}: {refused}"
            );
            continue;
        };
        let recovery = found.unwrap().recovery;
        assert_eq!(recovery.entries, *entries, "cut to {length}");
        let residue = &whole[usize::try_from(*end).unwrap()..length];
        let used = residue
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        let discarded = recovery.discarded.map(|found| (found.bytes, found.sha256));
        let expected = (used > 0).then(|| (used as u64, Sha256::digest(&residue[..used]).into()));
        assert_eq!(discarded, expected, "cut to {length}");
    }
}

#[test]
fn a_log_cut_below_its_checkpoint_is_refused() {
    let small = small();
    fs::write(small.dir.join("checkpoint"), &small.newest_checkpoint).unwrap();
    assert_eq!(find(&small.dir).unwrap().recovery.entries, 23);
    let whole = fs::read(segment(&small.dir)).unwrap();
    for length in (SEGMENT_HEADER_BYTES..whole.len()).step_by(97) {
        fs::write(segment(&small.dir), &whole[..length]).unwrap();
        let refused = find(&small.dir).unwrap_err();
        assert!(
            matches!(refused, Error::CheckpointAhead { checkpoint: 23, .. }),
            "{refused}"
        );
    }
}

#[test]
fn a_cut_log_is_cleared_and_goes_on() {
    let small = small();
    let whole = fs::read(segment(&small.dir)).unwrap();
    for (end, entries) in &small.ends[1..] {
        for cut in [1, SECTOR_BYTES as u64 - 1] {
            let folder = tempfile::tempdir().unwrap();
            let dir = folder.path().join("log");
            copy(&small.dir, &dir);
            let cut = usize::try_from(end - cut).unwrap();
            fs::write(segment(&dir), &whole[..cut]).unwrap();
            let (log, recovery) = EvidenceLog::open(options(&dir)).unwrap();
            assert!(recovery.entries < *entries);
            let receipt = log.append_wait(entry(99)).unwrap();
            assert_eq!(receipt.index(), recovery.entries);
            log.close().unwrap();
            assert_eq!(assert_holds(&dir), recovery.entries + 1);
            assert_eq!(EvidenceLog::open(options(&dir)).unwrap().1.discarded, None);
        }
    }
}

/// Every subset of the sectors of the last batch that lacks one is a torn batch.
#[test]
fn a_batch_that_lacks_any_sector_is_discarded() {
    let small = small();
    let (start, kept) = small.ends[small.ends.len() - 2];
    let whole = fs::read(segment(&small.dir)).unwrap();
    let batch = &whole[usize::try_from(start).unwrap()..];
    let sectors = batch.len() / SECTOR_BYTES;
    assert!(sectors >= 3, "the last batch is to span some sectors");
    for present in 0..(1_u32 << sectors) - 1 {
        let mut torn = batch.to_vec();
        for (at, sector) in torn.chunks_mut(SECTOR_BYTES).enumerate() {
            if present & (1 << at) == 0 {
                sector.fill(0);
            }
        }
        with_bytes(&small, start, &torn, || {
            let recovery = find(&small.dir).unwrap().recovery;
            assert_eq!(recovery.entries, kept, "sectors {present:b}");
            assert_eq!(
                recovery.discarded.is_some(),
                present != 0,
                "sectors {present:b}"
            );
        });
    }
}

/// No changed byte of a batch that was whole is taken for a torn batch.
#[test]
fn a_changed_byte_is_damage_and_nothing_is_overwritten() {
    let small = small();
    let whole = fs::read(segment(&small.dir)).unwrap();
    for (at, byte) in whole.iter().enumerate() {
        with_bytes(&small, at as u64, &[byte ^ 0x10], || {
            let changed = fs::read(segment(&small.dir)).unwrap();
            let refused = find(&small.dir).map(|found| found.recovery);
            assert!(
                matches!(refused, Err(Error::Damaged { .. })),
                "byte {at}: {refused:?}"
            );
            assert_eq!(fs::read(segment(&small.dir)).unwrap(), changed);
        });
    }
}

#[test]
fn bytes_behind_the_end_are_judged() {
    let small = small();
    let (end, _) = *small.ends.last().unwrap();
    // Up to one batch further on it may be a batch without its first sector.
    with_bytes(&small, end + 5000, &[1], || {
        let recovery = find(&small.dir).unwrap().recovery;
        assert_eq!(recovery.discarded.unwrap().bytes, 5001);
    });
    // Within the first sector it is no batch of ours, and sectors are written whole.
    with_bytes(&small, end + 10, &[1; SECTOR_BYTES], || {
        assert!(matches!(find(&small.dir), Err(Error::Damaged { .. })));
    });
    // Farther than any batch reaches it is foreign.
    with_bytes(&small, end + (17 << 20), &[1], || {
        assert!(matches!(find(&small.dir), Err(Error::Damaged { .. })));
    });
}

/// A payload cannot pass for a later batch: that would turn a torn end into damage.
#[test]
fn a_payload_that_holds_a_batch_of_another_log_is_only_a_payload() {
    let foreign = small();
    let foreign_batch = fs::read(segment(&foreign.dir)).unwrap()[SEGMENT_HEADER_BYTES..].to_vec();
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let log = EvidenceLog::create(crate::Options::new(&dir, signer())).unwrap();
    let created = fs::read(dir.join("checkpoint")).unwrap();
    // Wherever the payload begins in its sector, one of these copies is aligned to a sector.
    let payload: Vec<u8> = (0..SECTOR_BYTES)
        .flat_map(|shift| [vec![0; shift], foreign_batch.clone()].concat())
        .take(1 << 20)
        .collect();
    let receipt = log
        .append_wait(crate::Entry {
            class: 0,
            time_us: 0,
            payload,
        })
        .unwrap();
    assert_eq!(receipt.index(), 0);
    log.close().unwrap();
    fs::write(dir.join("checkpoint"), created).unwrap();
    let file = OpenOptions::new().write(true).open(segment(&dir)).unwrap();
    file.set_len(file.metadata().unwrap().len() - 600).unwrap();
    assert_eq!(find(&dir).unwrap().recovery.entries, 0);
}
