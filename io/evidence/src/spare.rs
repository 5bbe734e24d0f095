//! The next segment, prepared while the present one fills, and the reserve for a full disk.
//!
//! Their blocks are allocated and written with zeros, so that an acknowledgement later overwrites
//! in place and needs no metadata of the file system. Under a load that fills segments faster
//! than zeros can be written, the zeros would only take the disk from the evidence: then the rest
//! of a spare is left to the file system's own promise of room.
//!
//! ```text
//! wal/spare.seg       goes on where the present segment ends
//! wal/reserve-N.seg   becomes the spare when the disk has no room for another one
//! ```
//!
//! INVARIANT: (3) care goes on: a log with a reserve takes entries while the disk is full, until
//! the reserve is used up, and fills the reserve again once there is room.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::bytes::count;
use crate::disk::{Disk, DiskFile};
use crate::error::Error;
use crate::layout::Layout;
use crate::limits::ZEROS_BYTES;
use crate::shared::Shared;

/// A segment file of zeros under the name of the spare.
pub(crate) type Spare = Box<dyn DiskFile>;

/// A full segment that can be cut to its used length.
#[derive(Debug)]
pub(crate) struct Retired {
    pub(crate) file: Box<dyn DiskFile>,
    pub(crate) used_bytes: u64,
}

/// What the log asks of its disk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Length of a segment.
    pub(crate) segment_bytes: u64,
    /// Segments kept ahead for a full disk.
    pub(crate) reserve_segments: usize,
    /// What must stay free for others once a spare is made.
    pub(crate) free_bytes_min: u64,
}

/// The writer's end of the thread that prepares spares.
#[derive(Debug)]
pub(crate) struct Spares {
    ready: Receiver<Result<Spare, Error>>,
    next: SyncSender<Option<Retired>>,
    /// Whether the last attempt failed, so that another must be asked for.
    failed: bool,
    /// Whether the writer waits for the spare.
    wanted: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// The thread that prepares spares.
struct Preparer {
    disk: Arc<dyn Disk>,
    layout: Layout,
    room: Room,
    shared: Arc<Shared>,
    wanted: Arc<AtomicBool>,
}

impl Spares {
    /// Starts preparing the first spare.
    pub(crate) fn start(
        disk: Arc<dyn Disk>,
        layout: Layout,
        room: Room,
        shared: Arc<Shared>,
    ) -> Result<Self, Error> {
        let (ready_out, ready) = sync_channel(1);
        let (next, next_in) = sync_channel(1);
        let path = layout.spare();
        let wanted = Arc::new(AtomicBool::new(false));
        let preparer = Preparer {
            disk,
            layout,
            room,
            shared,
            wanted: Arc::clone(&wanted),
        };
        let thread = thread::Builder::new()
            .name("evidence-spare".to_owned())
            .spawn(move || preparer.run(&ready_out, &next_in))
            .map_err(Error::io("start the thread that prepares", path))?;
        Ok(Self {
            ready,
            next,
            failed: false,
            wanted,
            thread: Some(thread),
        })
    }

    /// Waits for the spare; after a failure the next call makes another attempt.
    pub(crate) fn take(&mut self) -> Result<Spare, Error> {
        if self.failed {
            self.next.send(None).map_err(|_| Error::Closed)?;
        }
        self.wanted.store(true, Ordering::Relaxed);
        let taken = self.ready.recv().map_err(|_| Error::Closed);
        self.wanted.store(false, Ordering::Relaxed);
        let taken = taken?;
        self.failed = taken.is_err();
        taken
    }

    /// Hands a full segment over, after which the next spare is prepared.
    pub(crate) fn retire(&self, retired: Retired) {
        if self.next.send(Some(retired)).is_err() {
            tracing::warn!("Full evidence segment keeps its unused space");
        }
    }

    /// Ends the thread; a spare that is being prepared is finished first.
    pub(crate) fn stop(mut self) {
        let thread = self.thread.take();
        drop(self);
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("The thread that prepares evidence segments has panicked");
        }
    }
}

impl Preparer {
    fn run(&self, ready: &SyncSender<Result<Spare, Error>>, next: &Receiver<Option<Retired>>) {
        self.count_reserve();
        loop {
            let spare = self.prepare();
            if ready.send(spare).is_err() {
                return self.leave();
            }
            self.refill();
            let Ok(retired) = next.recv() else {
                return self.leave();
            };
            // A crash before this leaves zeros behind the last batch, which readers pass.
            if let Some(Err(cause)) = retired.as_ref().map(retire) {
                tracing::warn!(%cause, "Full evidence segment keeps its unused space");
            }
        }
    }

    /// Makes the spare, out of the reserve when the disk is full.
    fn prepare(&self) -> Result<Spare, Error> {
        let path = self.layout.spare();
        let made = self.has_room().and_then(|has_room| {
            if has_room {
                let before = self.shared.written_bytes();
                // The writer fills its segment faster than this one, or has filled it.
                let hurry = |zeros: u64| {
                    self.wanted.load(Ordering::Relaxed)
                        || self.shared.written_bytes().saturating_sub(before) > zeros
                };
                allocate(self.disk.as_ref(), &path, self.room.segment_bytes, hurry)
            } else {
                Err(io::ErrorKind::StorageFull.into())
            }
        });
        match made {
            Err(cause) if is_full(&cause) => {
                self.shared.set_disk_full(true);
                self.take_reserve()?
                    .ok_or_else(|| Error::DiskFull { path: path.clone() })
            }
            made => {
                self.shared.set_disk_full(false);
                made.map_err(Error::io("allocate", &path))
            }
        }
    }

    /// Gives the room of the spare back, unless the log holds on to its room.
    fn leave(&self) {
        if self.room.reserve_segments > 0 {
            return;
        }
        if let Err(cause) = self.disk.remove(&self.layout.spare()) {
            tracing::warn!(%cause, "Spare evidence segment stays: the next start makes it anew");
        }
    }

    /// Gives the name of the spare to a segment of the reserve; `None` when there is none left.
    ///
    /// A crash before or after this changes nothing: both names hold nothing but zeros.
    fn take_reserve(&self) -> Result<Option<Spare>, Error> {
        let path = self.layout.spare();
        for number in (0..self.room.reserve_segments).rev() {
            let reserve = self.layout.reserve(number);
            match self.disk.rename(&reserve, &path) {
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => (),
                renamed => {
                    renamed.map_err(Error::io("rename", &reserve))?;
                    self.count_reserve();
                    tracing::error!(
                        left = self.shared.reserve_segments(),
                        "Disk is full: evidence goes on in its reserve; make room"
                    );
                    let file = self.disk.open(&path).map_err(Error::io("open", &path))?;
                    return Ok(Some(file));
                }
            }
        }
        Ok(None)
    }

    /// Makes what is missing of the reserve, as far as there is room.
    fn refill(&self) {
        for number in 0..self.room.reserve_segments {
            let path = self.layout.reserve(number);
            if path.is_file() {
                continue;
            }
            // Allocated under another name: a reserve that has its name is whole.
            let aside = self.layout.reserve_aside();
            // No hurry: a full disk must not need anything more for it.
            let made = allocate(self.disk.as_ref(), &aside, self.room.segment_bytes, |_| {
                false
            })
            .and_then(|_| self.disk.rename(&aside, &path));
            if let Err(cause) = made {
                tracing::warn!(%cause, "Reserve of the evidence log is not whole");
                if let Err(cause) = self.disk.remove(&aside) {
                    tracing::warn!(%cause, "Unfinished reserve of the evidence log stays");
                }
                break;
            }
            self.count_reserve();
        }
    }

    fn count_reserve(&self) {
        let numbers = 0..self.room.reserve_segments;
        let there = numbers.filter(|number| self.layout.reserve(*number).is_file());
        self.shared.set_reserve_segments(there.count());
    }

    /// Whether a spare leaves enough to others.
    fn has_room(&self) -> io::Result<bool> {
        if self.room.free_bytes_min == 0 {
            return Ok(true);
        }
        let wanted = self
            .room
            .free_bytes_min
            .saturating_add(self.room.segment_bytes);
        Ok(self.disk.free_bytes(&self.layout.wal())? >= wanted)
    }
}

/// Whether an operation failed for want of room.
pub(crate) fn is_full(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// Makes a file of zeros; one that was left behind is in an unknown state, but its room is kept.
///
/// `hurry` is asked with the length of what was written: once it says so, the rest stays
/// unwritten, which reads as zeros too, if the disk keeps its room. A crash then may leave a
/// shorter file; what gives it the name of a segment synchronises it first.
pub(crate) fn allocate(
    disk: &dyn Disk,
    path: &Path,
    bytes: u64,
    hurry: impl Fn(u64) -> bool,
) -> io::Result<Spare> {
    if std::fs::metadata(path).is_ok_and(|there| there.len() == bytes) {
        let file = disk.open(path)?;
        write_zeros(file.as_ref(), 0, bytes)?;
        return Ok(file);
    }
    disk.remove(path)?;
    let file = disk.create(path)?;
    let zeros = file.allocate(bytes).and_then(|kept| {
        let mut at = 0;
        while at < bytes && !(kept && hurry(at)) {
            let piece = bytes.min(at.saturating_add(count(ZEROS_BYTES)));
            write_zeros(file.as_ref(), at, piece)?;
            at = piece;
        }
        Ok(())
    });
    if zeros.is_err() {
        // What was written must not take the room that others need more.
        disk.remove(path)?;
    }
    zeros.map(|()| file)
}

/// Writes zeros from one offset to another and makes them durable piece by piece.
pub(crate) fn write_zeros(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    static ZEROS: [u8; ZEROS_BYTES] = [0; ZEROS_BYTES];
    let mut at = from;
    while at < to {
        let piece = usize::try_from(to - at)
            .unwrap_or(usize::MAX)
            .min(ZEROS_BYTES);
        file.write_at(ZEROS.get(..piece).unwrap_or_default(), at)?;
        file.sync()?;
        at = at.saturating_add(count(piece));
    }
    Ok(())
}

fn retire(retired: &Retired) -> io::Result<()> {
    retired.file.set_len(retired.used_bytes)?;
    retired.file.sync()
}
