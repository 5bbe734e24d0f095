//! Snapshots: a shortcut that the log must bear out.

use std::fs;

use evidence::{Error, EvidenceLog, Snapshot, read_snapshot};

use crate::{entry, holds, open, options};

fn snapshot(size: u64) -> Snapshot {
    let bytes = format!("state of {size}").into_bytes();
    Snapshot { size, bytes }
}

#[test]
fn a_snapshot_is_believed_only_by_the_log_that_it_is_of() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, other) = (folder.path().join("log"), folder.path().join("other"));
    for dir in [&dir, &other] {
        let log = EvidenceLog::create(options(dir)).unwrap();
        let entries: Vec<_> = (0..200).map(entry).collect();
        for batch in entries.chunks(20) {
            assert_eq!(
                log.append_batch_wait(batch).unwrap().into_iter().count(),
                20
            );
        }
        log.close().unwrap();
    }
    let log = open(&dir);
    assert_eq!(read_snapshot(&dir, "house").unwrap(), None);
    for size in [0, 1, 77, 200] {
        assert!(log.keep_snapshot("house", &snapshot(size)).unwrap());
        assert_eq!(read_snapshot(&dir, "house").unwrap(), Some(snapshot(size)));
    }
    assert_eq!(read_snapshot(&dir, "desk").unwrap(), None);
    // What is not signed yet cannot be vouched for.
    assert!(!log.keep_snapshot("house", &snapshot(201)).unwrap());
    for name in ["", "../house", "House", "a b"] {
        let refused = log.keep_snapshot(name, &snapshot(1)).unwrap_err();
        assert!(matches!(refused, Error::OptionOutOfLimits { .. }));
    }
    log.close().unwrap();
    assert_eq!(holds(&dir).entries, 200);
    // The other log has the same entries under other salts.
    fs::copy(dir.join("house.snapshot"), other.join("house.snapshot")).unwrap();
    assert_eq!(read_snapshot(&other, "house").unwrap(), None);
    let bytes = fs::read(dir.join("house.snapshot")).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 4;
        fs::write(dir.join("house.snapshot"), &changed).unwrap();
        assert_eq!(read_snapshot(&dir, "house").unwrap(), None, "byte {at}");
        fs::write(dir.join("house.snapshot"), &bytes[..at]).unwrap();
        assert_eq!(read_snapshot(&dir, "house").unwrap(), None, "cut to {at}");
    }
}
