//! The lives of a log that a power loss ends at every operation.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use event::{Event, RowGroupSealed, SegmentSealed};

use super::recorder::Recorder;
use super::{entry, open_on, options};
use crate::{
    Entry, Error, EvidenceLog, FrameReader, FrameWriter, Manifest, Reader, SealedSource, Snapshot,
};

/// Name of every snapshot here.
pub(super) const SNAPSHOT: &str = "folded";

/// Sealed ranges as streams of frames, written before anything was committed.
#[derive(Debug, Default)]
pub(super) struct Objects(BTreeMap<String, Vec<u8>>);

impl SealedSource for Objects {
    fn frames(
        &self,
        dir: &Path,
        range: Range<u64>,
        _classes: Option<&BTreeSet<u16>>,
    ) -> Result<Box<dyn Read + Send>, Error> {
        let mut writer = FrameWriter::new(Vec::new()).unwrap();
        for sealed in Manifest::read(dir)?.sealed() {
            let mut frames = FrameReader::new(&self.0[&sealed.object][..]);
            while let Some(entry) = frames.read()? {
                if range.contains(&entry.index) {
                    writer.write(&entry).unwrap();
                }
            }
        }
        Ok(Box::new(Cursor::new(writer.finish().unwrap())))
    }
}

/// A life in a folder of its own.
#[derive(Debug)]
pub(super) struct Life {
    folder: tempfile::TempDir,
    pub(super) recorder: Recorder,
    /// Every entry that was appended, whether or not that was acknowledged, in order.
    pub(super) offered: Vec<Entry>,
    pub(super) objects: Arc<Objects>,
}

/// What a life does after its log was prepared.
pub(super) type Course = fn(&mut Life) -> Result<(), Error>;

impl Life {
    /// Closes a log of so many entries in batches of a length, with objects of what can be sealed.
    pub(super) fn prepare((entries, batch): (u64, usize)) -> Self {
        let folder = scratch();
        let dir = folder.path().join("log");
        let log = EvidenceLog::create(options(&dir)).unwrap();
        let offered: Vec<_> = (0..entries).map(entry).collect();
        for batch in offered.chunks(batch) {
            assert!(log.append_batch_wait(batch).unwrap().indexes().end <= entries);
        }
        log.close().unwrap();
        let mut objects = Objects::default();
        let ranges = log.sealable().unwrap();
        for range in two_in_one(&ranges) {
            objects
                .0
                .insert(object(&range).object, frames(&dir, range.clone()));
        }
        Self {
            recorder: Recorder::new(folder.path()),
            folder,
            offered,
            objects: Arc::new(objects),
        }
    }

    /// Where the log and the folder with all that is recorded are.
    pub(super) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn dir(&self) -> PathBuf {
        self.root().join("log")
    }

    fn open(&self) -> Result<EvidenceLog, Error> {
        let log = open_on(Arc::new(self.recorder.clone()), &self.dir())?;
        self.recorder.watch(&log.shared);
        Ok(log)
    }

    /// Appends entries together.
    fn append(&mut self, log: &EvidenceLog, entries: u64) -> Result<(), Error> {
        let from = self.offered.len() as u64;
        let batch: Vec<_> = (from..from + entries).map(entry).collect();
        self.offered.extend(batch.iter().cloned());
        let receipts = log.append_batch_wait(&batch)?;
        assert_eq!(receipts.indexes(), from..from + entries);
        Ok(())
    }
}

/// Appends over two rolls.
pub(super) fn appending(life: &mut Life) -> Result<(), Error> {
    let log = life.open()?;
    for entries in [1, 2, 1, 14, 1, 1, 3, 1, 9, 1, 1, 1, 1] {
        life.append(&log, entries)?;
    }
    log.close()
}

/// Opens and closes again and again, with a checkpoint and a mark each time, while a tile gets
/// full.
pub(super) fn publishing(life: &mut Life) -> Result<(), Error> {
    for entries in [[1, 2], [1, 1], [13, 2], [30, 7]] {
        let log = life.open()?;
        for entries in entries {
            life.append(&log, entries)?;
        }
        log.close()?;
    }
    life.open()?.close()
}

/// Keeps snapshots of what was folded, one after the other.
pub(super) fn snapshotting(life: &mut Life) -> Result<(), Error> {
    for _ in 0..2 {
        let log = life.open()?;
        let snapshot = snapshot(log.status().checkpoint_entries);
        assert!(log.keep_snapshot(SNAPSHOT, &snapshot)?);
        life.recorder.promise_snapshot(snapshot.size);
        life.append(&log, 3)?;
        log.close()?;
    }
    Ok(())
}

/// A state that follows from the number of entries that it was folded from.
pub(super) fn snapshot(size: u64) -> Snapshot {
    let bytes = size.to_be_bytes().repeat(150);
    Snapshot { size, bytes }
}

/// Lets sealed ranges go while entries come.
pub(super) fn sealing(life: &mut Life) -> Result<(), Error> {
    let log = life.open()?;
    life.append(&log, 1)?;
    let ranges = two_in_one(&log.sealable()?);
    assert_eq!(ranges.len(), 2, "the log is to roll");
    for range in ranges {
        let sealed = object(&range);
        let event = Event::SegmentSealed(sealed.clone());
        let (class, payload) = (event.class(), event.to_bytes());
        life.offered.push(Entry {
            class,
            time_us: 9_000,
            payload,
        });
        drop(log.commit_seal(sealed, 9_000)?);
        life.recorder.promise_sealed(range.end);
        life.append(&log, 2)?;
    }
    log.close()
}

/// Goes on after a fault or a kill, on the same system, which has not lost its power.
pub(super) fn going_on(life: &mut Life) -> Result<(), Error> {
    let log = life.open()?;
    // Only what is there was offered: the one in flight may be gone, for good.
    life.offered.truncate(usize::try_from(log.size()).unwrap());
    for entries in [1, 2] {
        life.append(&log, entries)?;
    }
    log.close()
}

/// The first two ranges as one, then the third.
fn two_in_one(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    match ranges {
        [first, second, third, ..] => vec![first.start..second.end, third.clone()],
        _ => Vec::new(),
    }
}

fn object(range: &Range<u64>) -> SegmentSealed {
    SegmentSealed {
        first: range.start,
        end: range.end,
        object: format!("objects/{:016x}", range.start),
        bytes: 1,
        sha256: hex::encode([7; 32]),
        schema: 1,
        row_groups: vec![RowGroupSealed {
            rows: range.end - range.start,
            root: "of the lake".into(),
        }],
    }
}

fn frames(dir: &Path, range: Range<u64>) -> Vec<u8> {
    let mut reader = Reader::open(dir, range.start).unwrap();
    let mut writer = FrameWriter::new(Vec::new()).unwrap();
    for _ in range {
        writer
            .write(&reader.read_salted().unwrap().unwrap())
            .unwrap();
    }
    writer.finish().unwrap()
}

/// A folder in memory where there is such a file system: what is durable is simulated.
pub(super) fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}
