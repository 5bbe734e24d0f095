//! The log as its users see it: kept, read, proved, killed, damaged.
#![expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at a surprise"
)]

mod damage;
mod injected;
mod kill;
mod life;
mod peers;
mod seal;
mod snapshot;

use std::path::Path;

use evidence::{Broken, Entry, EvidenceLog, Holds, Options, Record, Report, verify};
use seal::Objects;
use tlog::NoteSigner;

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

fn open(dir: &Path) -> EvidenceLog {
    EvidenceLog::open(options(dir)).unwrap().0
}

fn entry(number: u64) -> Entry {
    let length = usize::try_from(number * 31 % 70).unwrap();
    let payload = format!("entry {number} {}", "x".repeat(length)).into_bytes();
    Entry {
        class: u16::try_from(number % 3).unwrap(),
        time_us: 1_000 + number,
        payload,
    }
}

fn record(index: u64, entry: Entry) -> Record {
    let Entry {
        class,
        time_us,
        payload,
    } = entry;
    Record {
        index,
        time_us,
        class,
        payload,
    }
}

fn report(dir: &Path) -> Report {
    verify(dir, signer().verifier(), &Objects, &mut |_| ()).unwrap()
}

#[track_caller]
fn holds(dir: &Path) -> Holds {
    match report(dir) {
        Report::Holds(holds) => holds,
        Report::Broken(broken) => panic!("{broken:?}"),
    }
}

fn broken(dir: &Path) -> Option<Broken> {
    match report(dir) {
        Report::Holds(_) => None,
        Report::Broken(broken) => Some(broken),
    }
}
