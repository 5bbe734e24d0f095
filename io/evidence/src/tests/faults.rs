//! Every durable operation fails once, as failed-and-lost and as failed-but-done.
//!
//! The oracle: every acknowledged entry is found exactly once, nothing was acknowledged after the
//! failure, and the log that is found can be verified and gone on with.

use std::sync::Arc;

use super::faulty::{Fault, FaultyDisk};
use super::{assert_holds, entry, is, open_on, options};
use crate::disk::RealDisk;
use crate::{Error, EvidenceLog, Reader};

#[test]
fn failed_and_lost() {
    every_operation(Fault::Lost);
}

#[test]
fn failed_but_done() {
    every_operation(Fault::Done);
}

/// Runs the same short life with the failure one operation later each time.
fn every_operation(fault: Fault) {
    let mut failures = 0;
    for left in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("log");
        EvidenceLog::create(options(&dir)).unwrap().close().unwrap();
        let disk = FaultyDisk::new(left, fault);
        let acknowledged = live(&disk, &dir);
        let Some(failed) = disk.failed() else {
            // The life must meet every kind of durable operation, or this proves nothing. Which of
            // them fails at which count depends on the order of threads, so that single ones may
            // be passed over; `simulated` meets each.
            let acts = disk.acts();
            for act in [
                "write", "sync", "rename", "sync_dir", "create", "set_len", "allocate",
            ] {
                assert!(acts.contains(act), "{act}: {acts:?}");
            }
            break;
        };
        check(&dir, &acknowledged, &format!("{fault:?}: {failed}"));
        failures += 1;
    }
    assert!(failures > 80, "only {failures} operations");
}

/// Appends over two rolls until something fails; gives the numbers that were acknowledged.
fn live(disk: &FaultyDisk, dir: &std::path::Path) -> Vec<(u64, u64)> {
    let mut acknowledged = Vec::new();
    let Ok(log) = open_on(Arc::new(disk.clone()), dir) else {
        return acknowledged;
    };
    for number in 0..30 {
        match log.append_wait(entry(number)) {
            Ok(receipt) => acknowledged.push((receipt.index(), number)),
            Err(Error::Poisoned { .. }) => {
                // Poisoned for good: the next append must not be acknowledged either.
                assert!(matches!(
                    log.append_wait(entry(number)),
                    Err(Error::Poisoned { .. })
                ));
                assert!(!log.status().accepting);
                break;
            }
            Err(error) => panic!("{error}"),
        }
    }
    drop(log.close());
    acknowledged
}

fn check(dir: &std::path::Path, acknowledged: &[(u64, u64)], context: &str) {
    let log = open_on(Arc::new(RealDisk), dir).unwrap_or_else(|error| panic!("{context}: {error}"));
    let found: Vec<_> = log.reader(0).unwrap().collect::<Result<_, _>>().unwrap();
    assert!(
        found.len() >= acknowledged.len(),
        "{context}: acknowledged entries are lost"
    );
    for (at, (index, number)) in acknowledged.iter().enumerate() {
        assert_eq!(
            (found[at].index, *index),
            (at as u64, at as u64),
            "{context}"
        );
        assert!(
            is(&found[at], &entry(*number)),
            "{context}: entry {index} has changed"
        );
    }
    // At most the one that failed may follow, since it was the only one in flight.
    assert!(
        found.len() <= acknowledged.len() + 1,
        "{context}: an entry came out of nowhere"
    );
    let next = log.append_wait(entry(7)).unwrap();
    assert_eq!(next.index(), found.len() as u64, "{context}");
    log.close().unwrap();
    assert_eq!(assert_holds(dir), found.len() as u64 + 1, "{context}");
    let last = Reader::open(dir, next.index())
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert!(is(&last, &entry(7)), "{context}");
}
