//! A log's ordinary life: appended to, rolled over, read, proved, closed and opened again.

use std::fs;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use evidence::{Entry, Error, EvidenceLog, Offer, Options, Reader};
use proptest::prelude::*;
use sha2::Sha256;
use tlog::{Checkpoint, NoteSigner, leaf_hash, verify_inclusion};

use crate::{broken, entry, holds, open, options, record, signer};

#[test]
fn appended_entries_are_read_back_over_many_segments_and_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let mut log = EvidenceLog::create(options(&dir)).unwrap();
    let mut number = 0;
    for round in 0..6 {
        for batch in [1, 3, 40] {
            let entries: Vec<_> = (number..number + batch).map(entry).collect();
            let receipts = log.append_batch_wait(&entries).unwrap();
            assert_eq!(receipts.indexes(), number..number + batch);
            assert_eq!(
                receipts.into_iter().next_back().unwrap().index(),
                number + batch - 1
            );
            number += batch;
        }
        assert_eq!((log.size(), round), (number, round));
        log.close().unwrap();
        assert_eq!(holds(&dir).checkpoint_entries, number);
        let (again, recovery) = EvidenceLog::open(options(&dir)).unwrap();
        assert_eq!((recovery.entries, recovery.discarded), (number, None));
        assert_eq!(recovery.last_time_us, Some(1_000 + number - 1));
        log = again;
    }
    assert!(
        fs::read_dir(dir.join("wal")).unwrap().count() > 3,
        "the log is to roll"
    );
    for from in [0, 1, 43, 44, 100, number - 1, number] {
        let expected: Vec<_> = (from..number).map(|at| record(at, entry(at))).collect();
        let live: Vec<_> = log.reader(from).unwrap().collect::<Result<_, _>>().unwrap();
        let offline: Vec<_> = Reader::open(&dir, from)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!((&live, &offline), (&expected, &expected), "from {from}");
        assert_eq!(log.read(from).unwrap().as_ref(), expected.first());
    }
    let first_class = log.reader(0).unwrap().with_classes([1]);
    let shown: Vec<_> = first_class.map(|record| record.unwrap().index).collect();
    assert_eq!(
        shown,
        (0..number).filter(|at| at % 3 == 1).collect::<Vec<_>>()
    );
}

#[test]
fn every_entry_is_proved_and_the_root_is_that_of_a_foreign_tree() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let log = EvidenceLog::create(options(&dir)).unwrap();
    let entries: Vec<_> = (0..600).map(entry).collect();
    for batch in entries.chunks(20) {
        assert!(!log.append_batch_wait(batch).unwrap().indexes().is_empty());
    }
    log.close().unwrap();
    let head = Checkpoint::open(&log.checkpoint(), signer().verifier()).unwrap();
    assert_eq!(head.size(), 600);
    let mut foreign = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for index in 0..600 {
        let proof = log.prove(index).unwrap().unwrap();
        let leaf = leaf_hash(&proof.leaf);
        verify_inclusion(&leaf, (index, 600), &proof.hashes, &head.root()).unwrap();
        foreign.push(proof.leaf.to_vec());
    }
    assert_eq!(&foreign.root().as_bytes()[..], head.root().as_bytes());
    assert_eq!(log.prove(600).unwrap(), None);
}

#[test]
fn entries_are_read_while_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let log = EvidenceLog::create(options(&dir)).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..400 {
                assert_eq!(log.append_wait(entry(number)).unwrap().index(), number);
            }
        });
        let mut reader = log.reader(0).unwrap();
        let mut next = 0;
        while next < 400 {
            let before = log.size();
            for found in reader.by_ref() {
                assert_eq!(found.unwrap(), record(next, entry(next)));
                next += 1;
            }
            assert!(next >= before, "a durable entry is not shown");
            // An auditor looks at the same time, over the files alone.
            assert!(holds(&dir).entries >= before);
        }
        writer.join().unwrap();
    });
}

#[test]
fn a_full_queue_is_a_value_and_a_closed_log_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let narrow = Options {
        queue_entries_max: 1,
        ..options(&dir)
    };
    let log = EvidenceLog::create(narrow).unwrap();
    let mut full = 0;
    let mut waiting = Vec::new();
    while full == 0 {
        match log.try_append(entry(waiting.len() as u64)).unwrap() {
            Offer::Full(back) => {
                assert_eq!(back, entry(waiting.len() as u64));
                full += 1;
            }
            Offer::Taken(pending) => waiting.push(pending),
        }
        assert!(log.status().queue_entries <= 1);
    }
    for (index, pending) in waiting.into_iter().enumerate() {
        assert_eq!(pending.wait().unwrap().index(), index as u64);
    }
    log.close().unwrap();
    assert!(matches!(log.try_append(entry(0)), Err(Error::Closed)));
    assert!(matches!(log.append_wait(entry(0)), Err(Error::Closed)));
    log.close().unwrap();
}

#[test]
fn limits_are_values() {
    let folder = tempfile::tempdir().unwrap();
    let log = EvidenceLog::create(Options::new(folder.path().join("log"), signer())).unwrap();
    let long = Entry {
        class: 0,
        time_us: 0,
        payload: vec![0; (1 << 20) + 1],
    };
    assert!(matches!(
        log.append_wait(long),
        Err(Error::PayloadTooLong { .. })
    ));
    let many = vec![entry(0); 16_385];
    assert!(matches!(
        log.append_batch_wait(&many),
        Err(Error::BatchTooLarge { .. })
    ));
    let longest = Entry {
        class: 0,
        time_us: 0,
        payload: vec![7; 1 << 20],
    };
    assert_eq!(log.append_wait(longest.clone()).unwrap().index(), 0);
    assert_eq!(log.append_batch_wait(&many[..0]).unwrap().indexes(), 1..1);
    assert_eq!(log.read(0).unwrap().unwrap().payload, longest.payload);
}

#[test]
fn nothing_is_created_or_shared_by_chance() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    assert!(matches!(
        EvidenceLog::open(options(&dir)),
        Err(Error::Missing { .. })
    ));
    assert!(!dir.exists());
    let log = EvidenceLog::create(options(&dir)).unwrap();
    assert!(matches!(
        EvidenceLog::open(options(&dir)),
        Err(Error::Locked { .. })
    ));
    assert!(matches!(
        EvidenceLog::create(options(&dir)),
        Err(Error::AlreadyExists { .. })
    ));
    assert_eq!(log.append_wait(entry(0)).unwrap().index(), 0);
    drop(log);
    assert_eq!(holds(&dir).checkpoint_entries, 1);
}

#[test]
fn a_wrong_key_fails() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let log = EvidenceLog::create(options(&dir)).unwrap();
    assert_eq!(log.append_wait(entry(0)).unwrap().index(), 0);
    drop(log);
    for (name, seed) in [("example.org/evidence", 4), ("example.org/other", 3)] {
        let other = NoteSigner::from_seed(name, &[seed; 32]).unwrap();
        let found = evidence::verify(
            &dir,
            other.verifier(),
            &evidence::NothingSealed,
            &mut |_| (),
        )
        .unwrap();
        assert!(matches!(found, evidence::Report::Broken(_)), "{found:?}");
        let refused = EvidenceLog::open(Options::new(&dir, other)).unwrap_err();
        assert!(
            matches!(refused, Error::CheckpointUntrusted { .. }),
            "{refused}"
        );
    }
}

#[test]
fn lost_tiles_are_rebuilt_from_the_segments() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let log = EvidenceLog::create(options(&dir)).unwrap();
    for batch in 0..20 {
        let entries: Vec<_> = (batch * 20..batch * 20 + 20).map(entry).collect();
        assert!(
            !log.append_batch_wait(&entries)
                .unwrap()
                .indexes()
                .is_empty()
        );
    }
    drop(log);
    fs::remove_dir_all(dir.join("tree")).unwrap();
    assert!(broken(&dir).is_some());
    drop(open(&dir));
    assert_eq!(holds(&dir).checkpoint_entries, 400);
    // A damaged unfinished tile is noticed at the mark, and everything rebuilt.
    let row = dir.join("tree/hashes-0");
    let mut bytes = fs::read(&row).unwrap();
    bytes[8192..].fill(0);
    fs::write(&row, bytes).unwrap();
    assert!(broken(&dir).is_some());
    drop(open(&dir));
    assert_eq!(holds(&dir).checkpoint_entries, 400);
}

#[test]
fn a_clock_that_jumps_back_is_recorded_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let log = EvidenceLog::create(options(&dir)).unwrap();
    for time_us in [500, 900, 100] {
        let entry = Entry {
            class: 0,
            time_us,
            payload: Vec::new(),
        };
        assert!(log.append_wait(entry).unwrap().index() < 3);
    }
    log.close().unwrap();
    assert_eq!(log.status().times_back, 1);
    let times: Vec<_> = Reader::open(&dir, 0)
        .unwrap()
        .map(|record| record.unwrap().time_us)
        .collect();
    assert_eq!(times, [500, 900, 100]);
    assert_eq!(
        EvidenceLog::open(options(&dir)).unwrap().1.last_time_us,
        Some(900)
    );
    assert_eq!(holds(&dir).entries, 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_is_appended_is_read(
        batches in prop::collection::vec(
            prop::collection::vec(
                (any::<u16>(), any::<u64>(), prop::collection::vec(any::<u8>(), 0..200)),
                0..12,
            ),
            0..12,
        ),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("log");
        let log = EvidenceLog::create(options(&dir)).unwrap();
        let mut expected = Vec::new();
        for batch in batches {
            let entries: Vec<_> = batch
                .into_iter()
                .map(|(class, time_us, payload)| Entry { class, time_us, payload })
                .collect();
            let indexes = log.append_batch_wait(&entries).unwrap().indexes();
            expected.extend(indexes.zip(entries).map(|(index, entry)| record(index, entry)));
        }
        log.close().unwrap();
        let found: Vec<_> = Reader::open(&dir, 0).unwrap().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(found, expected);
        holds(&dir);
    }
}

/// How long waiting may take before it is taken for endless; nothing is measured by it.
const ENDLESS: std::time::Duration = std::time::Duration::from_secs(60);

/// A task of a runtime that waits in its thread uses up its budget for yielding, which must not
/// keep it from being woken.
#[test]
fn waiting_inside_a_task_does_not_spin_when_its_budget_is_spent() {
    let folder = tempfile::tempdir().unwrap();
    let log = EvidenceLog::create(options(&folder.path().join("log"))).unwrap();
    let (done, finished) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            // Tokio gives a task 128 steps.
            for number in 0..300 {
                assert_eq!(log.append_wait(entry(number)).unwrap().index(), number);
            }
        });
        done.send(log.size()).unwrap();
    });
    assert_eq!(finished.recv_timeout(ENDLESS), Ok(300));
}
