//! What went wrong in other logs, one test for each report, as far as it can happen here.
//!
//! Elsewhere: killed at any moment (hapi-fhir#4787) in `kill.rs`; entries shown twice or not at
//! all while they move to their sealed place (openobserve#8638) in `seal.rs`; acknowledged before
//! `fsync` (namidb#74) and freed before the manifest is durable in `src/tests/simulated.rs`; a
//! torn batch at the tail (raft-engine 0.3.0 and 0.4.0) in `src/tests/crash.rs`.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;

use evidence::{Entry, Error, EvidenceLog, Options, Report};
use tlog::{Checkpoint, Frontier, Hash, NoteSigner, leaf_hash, verify_inclusion};

use crate::damage::contents;
use crate::seal::{filled, sealed};
use crate::{Objects, broken, entry, holds, open, options, signer};

/// Folder of the log that a child is to verify; absent in an ordinary run.
const CHILD_DIR: &str = "HYGIE_EVIDENCE_VERIFIED_DIR";

/// systemd#11524: verification passed with a wrong key.
#[test]
fn systemd_11524_a_wrong_key_verifies_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 60);
    let log = open(&dir);
    let range = log.sealable().unwrap()[0].clone();
    drop(log.commit_seal(sealed(&dir, range), 1).unwrap());
    log.close().unwrap();
    let before = contents(&dir);
    let other = NoteSigner::from_seed(signer().name(), &[9; 32]).unwrap();
    let found = evidence::verify(&dir, other.verifier(), &Objects, &mut |_| ()).unwrap();
    let Report::Broken(found) = found else {
        panic!("a wrong key is believed: {found:?}");
    };
    assert_eq!(found.file, dir.join("checkpoint"));
    let refused = EvidenceLog::open(Options::new(&dir, other)).unwrap_err();
    assert!(
        matches!(refused, Error::CheckpointUntrusted { .. }),
        "{refused}"
    );
    // A checkpoint that this other key signed is no better.
    let other = NoteSigner::from_seed(signer().name(), &[9; 32]).unwrap();
    let note = fs::read(dir.join("checkpoint")).unwrap();
    let head = Checkpoint::open(&note, signer().verifier()).unwrap();
    fs::write(
        dir.join("checkpoint"),
        head.sign(&other).unwrap().to_string(),
    )
    .unwrap();
    assert_eq!(broken(&dir).unwrap().file, dir.join("checkpoint"));
    assert!(EvidenceLog::open(options(&dir)).is_err());
    fs::write(dir.join("checkpoint"), note).unwrap();
    assert_eq!(contents(&dir), before);
}

/// systemd#17833, #35916: false corruption on a live journal at a high rate, and after a restart.
#[test]
fn systemd_17833_a_live_log_at_full_rate_is_never_called_broken() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let mut written = 0;
    EvidenceLog::create(options(&dir)).unwrap().close().unwrap();
    for _restart in 0..3 {
        let log = open(&dir);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for batch in 0..60 {
                    let entries: Vec<_> = (batch * 20..batch * 20 + 20).map(entry).collect();
                    assert_eq!(
                        log.append_batch_wait(&entries).unwrap().into_iter().count(),
                        20
                    );
                }
            });
            let mut looks = 0;
            while looks == 0 || !writer.is_finished() {
                let before = log.size();
                assert!(holds(&dir).entries >= before);
                looks += 1;
            }
            writer.join().unwrap();
        });
        written += 1_200;
        // As after a reboot: nothing was told to this log that it ends here.
        assert_eq!(holds(&dir).entries, written);
        drop(log);
        assert_eq!(holds(&dir).checkpoint_entries, written);
    }
}

/// Not a test of its own: verifies a log and says how much memory that took at most.
#[test]
fn child_that_verifies() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else {
        return;
    };
    let entries = holds(Path::new(&dir)).entries;
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.unwrap().trim().trim_end_matches(" kB");
    println!("verified {entries} {peak}");
}

/// systemd#28775: verification took memory without a bound.
#[test]
fn systemd_28775_verification_takes_the_same_memory_for_a_longer_log() {
    let peak_kib = |entries: u64| {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("log");
        let log = EvidenceLog::create(Options {
            segment_bytes: 4 << 20,
            ..options(&dir)
        });
        let log = log.unwrap();
        for _ in 0..entries {
            let large = Entry {
                class: 1,
                time_us: 1,
                payload: vec![7; 256 << 10],
            };
            assert!(log.append_wait(large).unwrap().index() < entries);
        }
        log.close().unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "peers::child_that_verifies", "--nocapture"])
            .env(CHILD_DIR, &dir)
            .output()
            .unwrap();
        let text = String::from_utf8(child.stdout).unwrap();
        let said = text.lines().find_map(|line| line.split_once("verified "));
        let (count, peak) = said.unwrap().1.split_once(' ').unwrap();
        assert_eq!(count.parse::<u64>().unwrap(), entries);
        peak.parse::<u64>().unwrap()
    };
    let (short, long) = (peak_kib(10), peak_kib(200));
    assert!(long < short + (8 << 10), "{short} KiB, then {long} KiB");
}

/// CT log Yeti 2022: a bit that flipped on the disk was signed, which ruined the log for good.
#[test]
fn yeti_2022_a_bit_that_flipped_on_the_disk_is_not_signed() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 60);
    // What is in the first segment was signed once, but the tree is to be made from it again.
    fs::remove_file(dir.join("tiles.mark")).unwrap();
    let signed = fs::read(dir.join("checkpoint")).unwrap();
    let segment = dir.join("wal/0000000000000000.seg");
    let file = OpenOptions::new().write(true).open(&segment).unwrap();
    let sound = fs::read(&segment).unwrap();
    file.write_all_at(&[sound[4096 + 110] ^ 1], 4096 + 110)
        .unwrap();
    let log = open(&dir);
    // Whether this one is still acknowledged or not: nothing is signed over the flipped bit.
    drop(log.append_wait(entry(60)));
    let stopped = log.close().unwrap_err();
    let Error::Poisoned { cause } = &stopped else {
        panic!("{stopped}");
    };
    assert!(
        matches!(cause.as_ref(), Error::Damaged { path, entry: Some(0), .. } if *path == segment),
        "{cause}"
    );
    assert_eq!(fs::read(dir.join("checkpoint")).unwrap(), signed);
    file.write_all_at(&sound, 0).unwrap();
    open(&dir).close().unwrap();
    assert!(holds(&dir).checkpoint_entries >= 60);
}

/// openobserve#8907: what was to be moved was deleted before the move was noted.
#[test]
fn openobserve_8907_nothing_is_freed_when_the_manifest_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 60);
    let log = open(&dir);
    let range = log.sealable().unwrap()[0].clone();
    let object = sealed(&dir, range.clone());
    let in_the_way = dir.join("manifest.tmp");
    fs::create_dir(&in_the_way).unwrap();
    let refused = log.commit_seal(object.clone(), 1).unwrap_err();
    assert!(matches!(refused, Error::Io { .. }), "{refused}");
    assert_eq!(log.manifest().end(), 0);
    assert!(dir.join("wal/0000000000000000.seg").exists());
    fs::remove_dir(&in_the_way).unwrap();
    drop(log.commit_seal(object, 1).unwrap());
    log.close().unwrap();
    assert_eq!(holds(&dir).entries, 62);
}

/// influxdb#26970: zero-byte files of the write-ahead log after a crash stopped the start, or
/// were passed over.
#[test]
fn influxdb_26970_an_empty_or_cut_segment_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 60);
    let segments: Vec<_> = contents(&dir.join("wal")).into_iter().collect();
    assert!(segments.len() > 4);
    for (at, (segment, sound)) in segments.iter().enumerate() {
        for length in [0, 1, 512, 4095] {
            fs::write(segment, &sound[..length]).unwrap();
            assert_eq!(&broken(&dir).unwrap().file, segment);
            let before = contents(&dir);
            match EvidenceLog::open(options(&dir)) {
                Err(Error::Damaged { path, .. }) => assert_eq!(&path, segment),
                other => panic!("{at} cut to {length}: {other:?}"),
            }
            assert_eq!(contents(&dir), before);
        }
        fs::write(segment, sound).unwrap();
    }
    // The spare holds nothing: an empty one is made anew.
    fs::write(dir.join("wal/spare.seg"), []).unwrap();
    open(&dir).close().unwrap();
    assert_eq!(holds(&dir).entries, 60);
}

/// otel-arrow#1951: the write-ahead log was written and never read at the next start.
#[test]
fn otel_arrow_1951_a_restart_reads_what_was_only_in_the_write_ahead_log() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let log = EvidenceLog::create(options(&dir)).unwrap();
    let created = fs::read(dir.join("checkpoint")).unwrap();
    for number in 0..60 {
        assert_eq!(log.append_wait(entry(number)).unwrap().index(), number);
    }
    log.close().unwrap();
    // As if nothing but the write-ahead log had come to the disk.
    fs::write(dir.join("checkpoint"), created).unwrap();
    fs::remove_file(dir.join("tiles.mark")).unwrap();
    fs::remove_dir_all(dir.join("tree")).unwrap();
    let (log, recovery) = EvidenceLog::open(options(&dir)).unwrap();
    assert_eq!((recovery.entries, recovery.checkpoint_size), (60, 0));
    assert_eq!(log.reader(0).unwrap().count(), 60);
    log.close().unwrap();
    assert_eq!(holds(&dir).checkpoint_entries, 60);
}

/// immudb: a home-made proof did not bind all entries. Ours is that of RFC 6962, and one entry's
/// proof holds for no other entry, index, size or root.
#[test]
fn immudb_a_proof_binds_entry_index_size_and_root() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 37);
    let log = open(&dir);
    let head = Checkpoint::open(&log.checkpoint(), signer().verifier()).unwrap();
    let proofs: Vec<_> = (0..37).map(|at| log.prove(at).unwrap().unwrap()).collect();
    let leaves: Vec<_> = proofs.iter().map(|proof| leaf_hash(&proof.leaf)).collect();
    let roots: Vec<_> = (0..=37).map(|size| root_of(&leaves[..size])).collect();
    assert_eq!((roots[37], head.size()), (head.root(), 37));
    for (index, proof) in (0..).zip(&proofs) {
        for (size, root) in (0..).zip(&roots) {
            for (other, leaf) in (0..).zip(&leaves) {
                let found = verify_inclusion(leaf, (other, size), &proof.hashes, root);
                let right = (other, size) == (index, 37);
                assert_eq!(found.is_ok(), right, "{index} as {other} of {size}");
            }
        }
        for (other, wrong) in (0..).zip(&proofs) {
            let leaf = &leaves[usize::try_from(index).unwrap()];
            let found = verify_inclusion(leaf, (index, 37), &wrong.hashes, &head.root());
            assert_eq!(found.is_ok(), other == index);
        }
    }
}

fn root_of(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.push(*leaf).unwrap();
    }
    frontier.root()
}
