//! Spares: zeros ahead of the writer as long as there is time for them, and never at its cost.

use std::path::Path;
use std::sync::Arc;

use super::lives::scratch;
use super::recorder::{Op, Recorder};
use super::{assert_holds, entry, options};
use crate::EvidenceLog;
use crate::create::create_files;
use crate::disk::{Disk, RealDisk};
use crate::limits::ZEROS_BYTES;
use crate::spare::allocate;

const BYTES: u64 = 3 * ZEROS_BYTES as u64 + 512;

/// Lengths of the writes that were made.
fn writes(recorder: &Recorder) -> Vec<usize> {
    let ops = recorder.journal().ops;
    let lengths = ops.iter().filter_map(|(_, op)| match op {
        Op::Write(_, _, bytes) => Some(bytes.len()),
        _ => None,
    });
    lengths.collect()
}

fn assert_zeros(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(bytes.len() as u64, BYTES);
    assert!(bytes.iter().all(|byte| *byte == 0));
}

#[test]
fn zeros_are_written_whole_when_there_is_time() {
    let folder = scratch();
    let recorder = Recorder::new(folder.path());
    let path = folder.path().join("spare.seg");
    allocate(&recorder, &path, BYTES, |_| false).unwrap();
    assert_eq!(
        writes(&recorder),
        [ZEROS_BYTES, ZEROS_BYTES, ZEROS_BYTES, 512]
    );
    assert_zeros(&path);
}

#[test]
fn a_hurried_spare_has_its_whole_length_and_room() {
    let folder = scratch();
    let recorder = Recorder::new(folder.path());
    let path = folder.path().join("spare.seg");
    let hurry = |zeros| zeros >= ZEROS_BYTES as u64;
    allocate(&recorder, &path, BYTES, hurry).unwrap();
    assert_eq!(writes(&recorder), [ZEROS_BYTES]);
    assert_zeros(&path);
    let blocks = std::os::unix::fs::MetadataExt::blocks(&std::fs::metadata(&path).unwrap());
    assert!(blocks * 512 >= BYTES, "only {blocks} sectors are kept");
}

#[test]
fn zeros_are_written_whole_where_the_disk_keeps_no_room() {
    let folder = scratch();
    let recorder = Recorder::new(folder.path());
    recorder.keep_no_room();
    let path = folder.path().join("spare.seg");
    allocate(&recorder, &path, BYTES, |_| true).unwrap();
    assert_eq!(
        writes(&recorder),
        [ZEROS_BYTES, ZEROS_BYTES, ZEROS_BYTES, 512]
    );
    assert_zeros(&path);
}

/// What a crash left under the name of the spare may be anything of the right length.
#[test]
fn a_spare_that_was_left_behind_is_zeroed_even_in_a_hurry() {
    let folder = scratch();
    let path = folder.path().join("spare.seg");
    std::fs::write(&path, vec![7; usize::try_from(BYTES).unwrap()]).unwrap();
    let recorder = Recorder::new(folder.path());
    allocate(&recorder, &path, BYTES, |_| true).unwrap();
    assert_zeros(&path);
}

/// A writer that fills its segment while the spare is made rolls into one without zeros.
#[test]
fn a_log_goes_on_in_a_spare_that_is_not_written() {
    let folder = scratch();
    let dir = folder.path().join("log");
    create_files(&RealDisk, &options(&dir)).unwrap();
    let recorder = Recorder::new(folder.path());
    recorder.hold_allocations(true);
    let disk: Arc<dyn Disk> = Arc::new(recorder.clone());
    let (log, _) = EvidenceLog::open_on(disk, options(&dir)).unwrap();
    assert_eq!(log.append_wait(entry(0)).unwrap().index(), 0);
    recorder.hold_allocations(false);
    for number in 1..30 {
        assert_eq!(log.append_wait(entry(number)).unwrap().index(), number);
    }
    log.close().unwrap();
    let ops = recorder.journal().ops;
    let made = ops.iter().find_map(|(_, op)| match op {
        Op::Create(path, inode) if path.ends_with("wal/spare.seg") => Some(*inode),
        _ => None,
    });
    let first_write = ops.iter().find_map(|(_, op)| match op {
        Op::Write(inode, _, bytes) if Some(*inode) == made => Some(bytes),
        _ => None,
    });
    assert!(first_write.unwrap().starts_with(b"HYGIESEG"));
    assert_eq!(assert_holds(&dir), 30);
}
