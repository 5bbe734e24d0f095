//! A disk without room: decisions go on in their reserve, telemetry gives way, and nothing that
//! was acknowledged is lost.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{assert_holds, entry, is, options};
use crate::disk::{Disk, DiskFile, RealDisk};
use crate::{Error, EvidenceLog, Options};

/// Real files; while it is full, none of them can grow.
#[derive(Clone, Debug, Default)]
struct SmallDisk(Arc<State>);

#[derive(Debug, Default)]
struct State {
    full: AtomicBool,
    free_bytes: AtomicU64,
}

impl SmallDisk {
    fn fill(&self, full: bool) {
        self.0.full.store(full, Ordering::SeqCst);
    }
}

impl Disk for SmallDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.create(path)?;
        self.open(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.create_dir(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(SmallFile {
            disk: self.clone(),
            file: OpenOptions::new().write(true).open(path)?,
        }))
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn free_bytes(&self, _path: &Path) -> io::Result<u64> {
        Ok(self.0.free_bytes.load(Ordering::SeqCst))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.sync_dir(path)
    }
}

#[derive(Debug)]
struct SmallFile {
    disk: SmallDisk,
    file: File,
}

impl SmallFile {
    fn grow(&self, bytes: u64) -> io::Result<()> {
        let grows = bytes > self.file.metadata()?.len();
        if grows && self.disk.0.full.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

impl DiskFile for SmallFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.grow(offset + bytes.len() as u64)?;
        DiskFile::write_at(&self.file, bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        DiskFile::sync(&self.file)
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        DiskFile::set_len(&self.file, bytes)
    }

    fn allocate(&self, bytes: u64) -> io::Result<bool> {
        self.grow(bytes)?;
        DiskFile::allocate(&self.file, bytes)
    }
}

/// Appends until the log has no more room; gives how many entries were acknowledged.
fn fill_up(log: &EvidenceLog, from: u64) -> u64 {
    for number in from.. {
        match log.append_wait(entry(number)) {
            Ok(receipt) => assert_eq!(receipt.index(), number),
            Err(Error::DiskFull { .. }) => return number,
            Err(error) => panic!("{error}"),
        }
    }
    0
}

fn check(log: &EvidenceLog, entries: u64) {
    let found: Vec<_> = log.reader(0).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(found.len() as u64, entries);
    for (number, record) in (0..).zip(&found) {
        assert!(is(record, &entry(number)), "entry {number}");
    }
}

fn open(disk: &SmallDisk, options: Options) -> EvidenceLog {
    EvidenceLog::open_on(Arc::new(disk.clone()), options)
        .unwrap()
        .0
}

#[test]
fn decisions_go_on_in_the_reserve_and_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let reserved = || Options {
        reserve_segments: 3,
        ..options(&dir)
    };
    EvidenceLog::create(reserved()).unwrap().close().unwrap();
    let disk = SmallDisk::default();
    let log = open(&disk, reserved());
    // A segment of this size holds 8 single entries; once a second one was rolled into, the
    // reserve behind the first spare is whole.
    for number in 0..20 {
        assert_eq!(log.append_wait(entry(number)).unwrap().index(), number);
    }
    log.close().unwrap();
    assert_eq!(log.status().reserve_segments, 3);
    disk.fill(true);
    let log = open(&disk, reserved());
    let middle = (20..30).map(|number| log.append_wait(entry(number)).unwrap().index());
    assert_eq!(middle.last(), Some(29));
    assert!(log.status().disk_full && log.status().accepting);
    log.close().unwrap();
    // A restart on the full disk costs the rest of a segment, and nothing that was kept.
    let log = open(&disk, reserved());
    check(&log, 30);
    let kept = fill_up(&log, 30);
    assert!(
        kept >= 30 + 8,
        "the reserve held only {} entries",
        kept - 30
    );
    assert_eq!(log.status().reserve_segments, 0);
    assert!(log.status().accepting);
    check(&log, kept);
    // Room again: the log goes on without a restart, and makes its reserve anew.
    disk.fill(false);
    for number in kept..kept + 20 {
        assert_eq!(log.append_wait(entry(number)).unwrap().index(), number);
    }
    log.close().unwrap();
    assert!(!log.status().disk_full);
    assert_eq!(log.status().reserve_segments, 3);
    check(&open(&disk, reserved()), kept + 20);
    assert_eq!(assert_holds(&dir), kept + 20);
}

#[test]
fn telemetry_gives_way_before_the_disk_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let modest = || Options {
        free_bytes_min: 1_000_000,
        ..options(&dir)
    };
    EvidenceLog::create(options(&dir)).unwrap().close().unwrap();
    let disk = SmallDisk::default();
    disk.0
        .free_bytes
        .store(1_000_000 + (8 << 10), Ordering::SeqCst);
    let log = open(&disk, modest());
    for number in 0..20 {
        assert_eq!(log.append_wait(entry(number)).unwrap().index(), number);
    }
    disk.0.free_bytes.store(1_000_000, Ordering::SeqCst);
    let kept = fill_up(&log, 20);
    assert!(log.status().accepting && log.status().disk_full);
    disk.0.free_bytes.store(u64::MAX, Ordering::SeqCst);
    for number in kept..kept + 20 {
        assert_eq!(log.append_wait(entry(number)).unwrap().index(), number);
    }
    log.close().unwrap();
    assert_eq!(assert_holds(&dir), kept + 20);
}
