//! Faults in pairs, crash points, and what only the inside can see.

mod crash;
mod faults;
mod faulty;
mod full;
mod lives;
mod power;
mod recorder;
mod simulated;
mod spares;

use std::path::Path;
use std::sync::Arc;

use tlog::NoteSigner;

use crate::disk::Disk;
use crate::{Entry, EvidenceLog, Options, Record, Report};

/// The key of every log here.
fn signer() -> NoteSigner {
    NoteSigner::from_seed("example.org/evidence", &[3; 32]).unwrap()
}

/// Options with the smallest segments, so that logs roll.
fn options(dir: &Path) -> Options {
    Options {
        segment_bytes: 8 << 10,
        ..Options::new(dir, signer())
    }
}

fn open_on(disk: Arc<dyn Disk>, dir: &Path) -> Result<EvidenceLog, crate::Error> {
    EvidenceLog::open_on(disk, options(dir)).map(|(log, _)| log)
}

/// An entry whose content follows from its number.
fn entry(number: u64) -> Entry {
    let length = usize::try_from(number * 37 % 90).unwrap();
    let payload = format!("entry {number} {}", "z".repeat(length)).into_bytes();
    Entry {
        class: u16::try_from(number % 3).unwrap(),
        time_us: 1_000 + number,
        payload,
    }
}

fn is(record: &Record, entry: &Entry) -> bool {
    (record.class, record.time_us, &record.payload) == (entry.class, entry.time_us, &entry.payload)
}

/// Copies a log's folder as it is.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let target = to.join(file.file_name());
        if file.path().is_dir() {
            copy(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), target).unwrap();
        }
    }
}

#[track_caller]
fn assert_holds(dir: &Path) -> u64 {
    match crate::verify(dir, signer().verifier(), &crate::NothingSealed, &mut |_| ()).unwrap() {
        Report::Holds(holds) => holds.entries,
        Report::Broken(broken) => panic!("{broken:?}"),
    }
}
