//! Entries leave the write-ahead log, and nothing that can be asked of the log changes.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use event::{RowGroupSealed, SegmentSealed};
use evidence::{
    Error, EvidenceLog, FrameReader, FrameWriter, Manifest, Reader, Record, Records, SealedSource,
};
use sha2::{Digest as _, Sha256};
use tlog::{Checkpoint, leaf_hash, verify_inclusion};

use crate::{broken, entry, holds, open, options, record, signer};

/// A store of objects that are streams of frames, in the folder `objects` of the log's parent.
#[derive(Debug)]
pub(crate) struct Objects;

impl SealedSource for Objects {
    fn frames(
        &self,
        dir: &Path,
        range: Range<u64>,
        classes: Option<&BTreeSet<u16>>,
    ) -> Result<Box<dyn Read + Send>, Error> {
        let mut writer = FrameWriter::new(Vec::new()).unwrap();
        let manifest = Manifest::read(dir)?;
        for sealed in manifest.sealed() {
            if sealed.end <= range.start || sealed.first >= range.end {
                continue;
            }
            let object = dir.parent().unwrap().join(&sealed.object);
            let file = File::open(&object).map_err(|cause| Error::Sealed {
                from: sealed.first,
                what: format!("`{}`: {cause}", object.display()),
            })?;
            let mut frames = FrameReader::new(file);
            while let Some(entry) = frames.read()? {
                let wanted = classes.is_none_or(|classes| classes.contains(&entry.class));
                if wanted && range.contains(&entry.index) {
                    writer.write(&entry).unwrap();
                }
            }
        }
        Ok(Box::new(std::io::Cursor::new(writer.finish().unwrap())))
    }
}

/// Writes the object of a range, as the lake would.
pub(crate) fn sealed(dir: &Path, range: Range<u64>) -> SegmentSealed {
    let object = format!("objects/{:016x}", range.start);
    let mut reader = Reader::open(dir, range.start).unwrap();
    let mut writer = FrameWriter::new(Vec::new()).unwrap();
    for _ in range.clone() {
        writer
            .write(&reader.read_salted().unwrap().unwrap())
            .unwrap();
    }
    let bytes = writer.finish().unwrap();
    let path = dir.parent().unwrap().join(&object);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, &bytes).unwrap();
    SegmentSealed {
        first: range.start,
        end: range.end,
        object,
        bytes: bytes.len() as u64,
        sha256: hex::encode(Sha256::digest(&bytes)),
        schema: 1,
        row_groups: vec![RowGroupSealed {
            rows: range.end - range.start,
            root: "of the lake".into(),
        }],
    }
}

/// A closed log of so many entries.
pub(crate) fn filled(dir: &Path, entries: u64) {
    let log = EvidenceLog::create(options(dir)).unwrap();
    for number in 0..entries {
        assert_eq!(log.append_wait(entry(number)).unwrap().index(), number);
    }
    log.close().unwrap();
}

fn all(dir: &Path, from: u64) -> Vec<Record> {
    let mut records = Records::open(dir, from, Arc::new(Objects));
    let mut found = Vec::new();
    while let Some(Record {
        index,
        time_us,
        class,
        payload,
    }) = records.read().unwrap()
    {
        let payload = payload.to_vec();
        found.push(Record {
            index,
            time_us,
            class,
            payload,
        });
    }
    found
}

fn segment(dir: &Path, range: &Range<u64>) -> std::path::PathBuf {
    dir.join(format!("wal/{:016x}.seg", range.start))
}

#[test]
fn sealed_entries_are_read_verified_and_proved_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 120);
    let log = open(&dir);
    let ranges = log.sealable().unwrap();
    assert!(ranges.len() > 4, "the log is to roll: {ranges:?}");
    // Two segments in one object, then one.
    let two = ranges[0].start..ranges[1].end;
    let seal = log.commit_seal(sealed(&dir, two.clone()), 9_000).unwrap();
    assert_eq!(seal.index(), 120);
    let third = sealed(&dir, ranges[2].clone());
    assert_eq!(log.commit_seal(third.clone(), 9_001).unwrap().index(), 121);
    for (at, range) in ranges.iter().enumerate() {
        assert_eq!(segment(&dir, range).exists(), at >= 3, "{range:?}");
    }
    assert_eq!(log.manifest().end(), ranges[2].end);
    assert!(log.sealable().unwrap().starts_with(&ranges[3..]));

    let expected: Vec<_> = (0..120).map(|at| record(at, entry(at))).collect();
    for from in [0, 1, two.end - 1, two.end, ranges[2].end, 119] {
        let found = all(&dir, from);
        let at = usize::try_from(from).unwrap();
        assert_eq!(found[..120 - at], expected[at..], "from {from}");
        assert_eq!(found.len(), 122 - at);
    }
    log.close().unwrap();
    assert_eq!(holds(&dir).checkpoint_entries, 122);
    let log = open(&dir);
    assert_eq!(log.manifest().sealed()[1], third);
    let head = Checkpoint::open(&log.checkpoint(), signer().verifier()).unwrap();
    for record in all(&dir, 0) {
        let proof = log.prove(record.index).unwrap().unwrap();
        let place = (record.index, head.size());
        verify_inclusion(&leaf_hash(&proof.leaf), place, &proof.hashes, &head.root()).unwrap();
    }
    assert_eq!(log.append_wait(entry(7)).unwrap().index(), 122);
    log.close().unwrap();
    assert_eq!(holds(&dir).entries, 123);
}

#[test]
fn only_the_next_signed_segments_may_go() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 80);
    let log = open(&dir);
    let ranges = log.sealable().unwrap();
    let first = sealed(&dir, ranges[0].clone());
    let not_first = sealed(&dir, ranges[1].clone());
    let not_whole = sealed(&dir, 0..ranges[0].end - 1);
    let open_segment = sealed(&dir, 0..80);
    for wrong in [not_first, not_whole, open_segment] {
        let refused = log.commit_seal(wrong, 1).unwrap_err();
        assert!(matches!(refused, Error::SealRefused { .. }), "{refused}");
    }
    assert_eq!((log.size(), log.manifest().end()), (80, 0));
    assert_eq!(log.commit_seal(first.clone(), 1).unwrap().index(), 80);
    assert!(matches!(
        log.commit_seal(first, 1),
        Err(Error::SealRefused { .. })
    ));
    // What a running log has not made durable as tiles stays where it is.
    for number in 0..200 {
        assert_eq!(log.append_wait(entry(number)).unwrap().index(), 81 + number);
    }
    assert!(log.sealable().unwrap().last().unwrap().end <= 81);
}

#[test]
fn entries_sealed_between_two_looks_are_shown_once() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 120);
    let log = open(&dir);
    let ranges = log.sealable().unwrap();
    let objects: Vec<_> = ranges
        .iter()
        .map(|range| sealed(&dir, range.clone()))
        .collect();
    for stop in 0..120 {
        // A reader that has read so far while nothing was sealed, and one that has not begun.
        let mut early = Records::open(&dir, 0, Arc::new(Objects));
        for number in 0..stop {
            assert_eq!(early.read().unwrap().unwrap().index, number);
        }
        let next = log.manifest().sealed().len();
        if stop % 20 == 19 && next < objects.len() {
            drop(log.commit_seal(objects[next].clone(), 1).unwrap());
        }
        for number in stop..120 {
            assert_eq!(
                early.read().unwrap().unwrap().index,
                number,
                "stopped at {stop}"
            );
        }
    }
    assert!(log.manifest().sealed().len() > 3);
}

/// What lies ahead of a reader is sealed and freed under it.
#[test]
fn a_reader_that_is_overtaken_by_sealing_misses_nothing() {
    for read_before in [0, 1, 5, 30] {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("log");
        filled(&dir, 120);
        let log = open(&dir);
        let mut records = Records::open(&dir, 0, Arc::new(Objects));
        for number in 0..read_before {
            assert_eq!(records.read().unwrap().unwrap().index, number);
        }
        for range in log.sealable().unwrap() {
            drop(log.commit_seal(sealed(&dir, range), 1).unwrap());
        }
        for number in read_before..log.size() {
            assert_eq!(records.read().unwrap().unwrap().index, number);
        }
        assert_eq!(records.read().unwrap(), None);
    }
}

#[test]
fn sealing_that_was_cut_short_is_ended_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 60);
    let log = open(&dir);
    let first = log.sealable().unwrap()[0].clone();
    let segment = segment(&dir, &first);
    let bytes = fs::read(&segment).unwrap();
    drop(log.commit_seal(sealed(&dir, first), 1).unwrap());
    log.close().unwrap();
    fs::write(&segment, bytes).unwrap();
    assert_eq!(holds(&dir).entries, 61);
    open(&dir).close().unwrap();
    assert!(!segment.exists());
    assert_eq!(holds(&dir).entries, 61);
}

#[test]
fn a_manifest_that_lies_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 60);
    let log = open(&dir);
    let range = log.sealable().unwrap()[0].clone();
    drop(log.commit_seal(sealed(&dir, range.clone()), 1).unwrap());
    log.close().unwrap();
    let path = dir.join("manifest");
    let text = fs::read_to_string(&path).unwrap();
    let with_sum = |text: &str| {
        let lines = text
            .rsplit_once('\n')
            .unwrap()
            .0
            .rsplit_once('\n')
            .unwrap()
            .0;
        format!(
            "{lines}\n{}\n",
            hex::encode(Sha256::digest(format!("{lines}\n")))
        )
    };
    // With the right checksum: only the log's own entry tells.
    fs::write(
        &path,
        with_sum(&text.replace("\"schema\":1", "\"schema\":2")),
    )
    .unwrap();
    let found = broken(&dir).unwrap();
    assert_eq!((found.file, found.first_bad_entry), (path.clone(), Some(0)));
    fs::write(&path, with_sum(&text)).unwrap();
    assert_eq!(broken(&dir), None);

    fs::write(&path, text.replace("\"schema\":1", "\"schema\":2")).unwrap();
    let refused = EvidenceLog::open(options(&dir)).unwrap_err();
    assert!(
        matches!(&refused, Error::Damaged { path: named, .. } if *named == path),
        "{refused}"
    );
    fs::remove_file(&path).unwrap();
    let refused = EvidenceLog::open(options(&dir)).unwrap_err();
    assert!(matches!(refused, Error::Missing { .. }), "{refused}");
}

#[test]
fn a_changed_object_is_found_and_its_entry_named() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 60);
    let log = open(&dir);
    let range = log.sealable().unwrap()[0].clone();
    let object = sealed(&dir, range.clone());
    let path = dir.parent().unwrap().join(&object.object);
    drop(log.commit_seal(object, 1).unwrap());
    log.close().unwrap();
    // An object that is sound in itself, with another word in entry 3.
    let mut writer = FrameWriter::new(Vec::new()).unwrap();
    let mut frames = FrameReader::new(File::open(&path).unwrap());
    while let Some(mut entry) = frames.read().unwrap() {
        if entry.index == 3 {
            entry.payload = b"another word";
        }
        writer.write(&entry).unwrap();
    }
    fs::write(&path, writer.finish().unwrap()).unwrap();
    assert_eq!(broken(&dir).unwrap().first_bad_entry, Some(3));
}

#[test]
fn sealed_entries_without_tiles_are_not_taken_for_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    filled(&dir, 600);
    let log = open(&dir);
    for range in log.sealable().unwrap() {
        drop(log.commit_seal(sealed(&dir, range), 1).unwrap());
    }
    log.close().unwrap();
    // Without the mark the tiles are gone on with from the first segment that is left.
    fs::remove_file(dir.join("tiles.mark")).unwrap();
    open(&dir).close().unwrap();
    assert!(holds(&dir).entries > 600);
    fs::remove_file(dir.join("tiles.mark")).unwrap();
    fs::remove_dir_all(dir.join("tree")).unwrap();
    let refused = EvidenceLog::open(options(&dir)).unwrap_err();
    assert!(matches!(refused, Error::Missing { .. }), "{refused}");
}
