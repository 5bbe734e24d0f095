//! Every byte of every file of a small log is changed in turn: verification must say so, and
//! where an entry was hit it must name that entry.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use evidence::EvidenceLog;

use crate::seal::{filled, sealed};
use crate::{broken, entry, holds, open, options};

/// A closed log of so many batches of ten entries.
fn closed(dir: &Path, batches: u64) {
    let log = EvidenceLog::create(options(dir)).unwrap();
    for batch in 0..batches {
        let entries: Vec<_> = (batch * 10..batch * 10 + 10).map(entry).collect();
        assert!(
            !log.append_batch_wait(&entries)
                .unwrap()
                .indexes()
                .is_empty()
        );
    }
    log.close().unwrap();
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Every file in a folder with its bytes.
pub(crate) fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = files(dir).into_iter();
    files
        .map(|file| (file.clone(), fs::read(&file).unwrap()))
        .collect()
}

/// Which entry's frame covers each byte of a segment, read without the crate's own code.
fn owners(segment: &[u8]) -> Vec<Option<u64>> {
    let number = |at: usize, bytes: usize| {
        segment[at..at + bytes]
            .iter()
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
    };
    let mut owners = vec![None; segment.len()];
    let mut at = 4096;
    while at + 64 <= segment.len() && segment[at] != 0 {
        let (first, entries) = (number(at + 16, 8), number(at + 24, 4));
        let frames = usize::try_from(number(at + 32, 8)).unwrap();
        let mut frame = at + 64;
        for index in first..first + entries {
            let end = frame + 42 + usize::try_from(number(frame, 4)).unwrap();
            owners[frame..end].fill(Some(index));
            frame = end;
        }
        at += (64 + frames + 56).next_multiple_of(512);
    }
    owners
}

/// Changes bytes of a file one by one; gives how many of them belong to entries.
fn change_each(dir: &Path, file: &Path, step: usize) -> usize {
    let sound = fs::read(file).unwrap();
    let segment = file.extension().is_some_and(|end| end == "seg");
    let owners = if segment {
        owners(&sound)
    } else {
        vec![None; sound.len()]
    };
    let open = OpenOptions::new().write(true).open(file).unwrap();
    let mut named = 0;
    for at in (0..sound.len()).step_by(step) {
        open.write_all_at(&[sound[at] ^ (1 << (at % 8))], at as u64)
            .unwrap();
        let place = format!("{} byte {at}", file.display());
        let broken = broken(dir).unwrap_or_else(|| panic!("{place}: not noticed"));
        if let Some(entry) = owners[at] {
            assert_eq!(broken.first_bad_entry, Some(entry), "{place}: {broken:?}");
            assert_eq!(broken.file, file, "{place}");
            named += 1;
        }
        open.write_all_at(&sound[at..=at], at as u64).unwrap();
    }
    named
}

#[test]
fn every_changed_byte_is_found_and_the_entry_named() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    closed(&dir, 5);
    assert_eq!(holds(&dir).entries, 50);
    let files = files(&dir);
    let segments = files
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "seg"));
    assert!(segments.count() >= 2, "{files:?}");
    let named: usize = files.iter().map(|file| change_each(&dir, file, 1)).sum();
    assert!(named > 3_000, "only {named} bytes belong to entries");
    holds(&dir);
}

#[test]
fn changed_bytes_of_full_tiles_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    closed(&dir, 27);
    let tiles = files(&dir.join("tree"));
    let rows = ["entries", "hashes-0", "hashes-1"].map(|name| dir.join("tree").join(name));
    assert_eq!(tiles, rows);
    for file in tiles {
        // An odd step meets every place of a hash and of a leaf.
        change_each(&dir, &file, 13);
    }
    holds(&dir);
}

/// A log of which ranges are sealed, with its objects: no byte of either can be changed.
#[test]
fn every_changed_byte_of_a_sealed_log_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 40);
    let log = open(&dir);
    for range in log.sealable().unwrap().into_iter().take(2) {
        drop(log.commit_seal(sealed(&dir, range), 9_000).unwrap());
    }
    log.close().unwrap();
    let end = holds(&dir).entries;
    assert_eq!(end, 42);
    for file in files(folder.path()) {
        // Segments and tree are changed byte by byte above.
        let inner = file.starts_with(dir.join("wal")) || file.starts_with(dir.join("tree"));
        change_each(&dir, &file, if inner { 29 } else { 1 });
    }
    // Where an object was hit, the entry is named: the frames of the first are 42 bytes and more.
    let object = folder.path().join("objects/0000000000000000");
    let sound = fs::read(&object).unwrap();
    let mut changed = sound.clone();
    changed[8 + 20] ^= 1;
    fs::write(&object, &changed).unwrap();
    assert_eq!(broken(&dir).unwrap().first_bad_entry, Some(0));
    fs::remove_file(&object).unwrap();
    assert!(broken(&dir).unwrap().what.contains("0000000000000000"));
    fs::write(&object, &sound).unwrap();
    assert_eq!(holds(&dir).entries, end);
}

/// Two segments that changed places, one that is there twice, and a log that lacks its manifest.
#[test]
fn reordered_and_doubled_files_are_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 60);
    let wal: Vec<_> = contents(&dir.join("wal")).into_iter().collect();
    let (last, before_last) = (&wal[wal.len() - 1], &wal[wal.len() - 2]);
    let sound = contents(&dir);
    for ((one, one_bytes), (other, other_bytes)) in [(&wal[0], &wal[1]), (last, before_last)] {
        fs::write(one, other_bytes).unwrap();
        fs::write(other, one_bytes).unwrap();
        let swapped = contents(&dir);
        let found = broken(&dir).unwrap();
        assert!(found.file == *one || found.file == *other, "{found:?}");
        // A start reads the last segment only; the others are read before they are signed again.
        let opened = EvidenceLog::open(options(&dir));
        assert!(opened.is_err(), "{} and {}", one.display(), other.display());
        assert_eq!(contents(&dir), swapped);
        fs::write(one, one_bytes).unwrap();
        fs::write(other, other_bytes).unwrap();
    }
    let doubled = dir.join("wal/0000000000000003.seg");
    fs::write(&doubled, &wal[0].1).unwrap();
    assert!(broken(&dir).is_some());
    assert!(EvidenceLog::open(options(&dir)).is_err());
    fs::remove_file(&doubled).unwrap();
    assert_eq!(contents(&dir), sound);
    holds(&dir);
}

#[test]
fn every_missing_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    closed(&dir, 27);
    for file in files(&dir) {
        // The lock holds nothing and the mark only saves time.
        if file.ends_with("lock") || file.ends_with("tiles.mark") {
            continue;
        }
        let sound = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        assert!(broken(&dir).is_some(), "{}", file.display());
        fs::write(&file, &sound).unwrap();
    }
    holds(&dir);
}

#[test]
fn foreign_and_duplicated_files_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, other) = (folder.path().join("log"), folder.path().join("other"));
    closed(&dir, 27);
    closed(&other, 27);
    let segments: Vec<_> = files(&dir.join("wal"))
        .into_iter()
        .filter(|file| !file.ends_with("spare.seg"))
        .collect();
    let place = |name: &str, from: &Path| {
        let to = dir.join(name);
        let before = fs::read(&to).ok();
        fs::copy(from, &to).unwrap();
        assert!(broken(&dir).is_some(), "{name}");
        if name.starts_with("wal") {
            assert!(EvidenceLog::open(options(&dir)).is_err(), "{name}");
            assert_eq!(
                fs::read(&to).unwrap(),
                fs::read(from).unwrap(),
                "{name} is overwritten"
            );
        }
        match before {
            Some(bytes) => fs::write(&to, bytes).unwrap(),
            None => fs::remove_file(&to).unwrap(),
        }
    };
    place("wal/copy of a segment", &segments[0]);
    place("wal/00000000000fffff.seg", &segments[0]);
    place(
        "wal/0000000000000000.seg",
        &other.join("wal/0000000000000000.seg"),
    );
    let last = segments
        .last()
        .unwrap()
        .file_name()
        .unwrap()
        .to_str()
        .unwrap();
    place(&format!("wal/{last}"), &other.join("wal").join(last));
    place("tree/hashes-2", &segments[0]);
    place("tree/hashes-00", &dir.join("tree/hashes-0"));
    place("tree/note.txt", &segments[0]);
    let longer = folder.path().join("longer");
    let row = fs::read(dir.join("tree/hashes-0")).unwrap();
    fs::write(&longer, [row.as_slice(), &[0]].concat()).unwrap();
    place("tree/hashes-0", &longer);
    for length in [0, 100, 4095] {
        let cut = folder.path().join("cut");
        fs::write(&cut, &fs::read(segments.last().unwrap()).unwrap()[..length]).unwrap();
        place(&format!("wal/{last}"), &cut);
    }
    holds(&dir);
}
