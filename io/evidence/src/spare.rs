//! The next segment, prepared while the present one fills.
//!
//! Its blocks are allocated and written with zeros, so that an acknowledgement later overwrites
//! in place and needs no metadata of the file system.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::bytes::count;
use crate::disk::{Disk, DiskFile};
use crate::error::Error;
use crate::layout::Layout;
use crate::limits::ZEROS_BYTES;

/// A segment file of zeros under the name of the spare.
pub(crate) type Spare = Box<dyn DiskFile>;

/// A full segment that can be cut to its used length.
#[derive(Debug)]
pub(crate) struct Retired {
    pub(crate) file: Box<dyn DiskFile>,
    pub(crate) used_bytes: u64,
}

/// The writer's end of the thread that prepares spares.
#[derive(Debug)]
pub(crate) struct Spares {
    ready: Receiver<Result<Spare, Error>>,
    retired: SyncSender<Retired>,
    thread: Option<JoinHandle<()>>,
}

impl Spares {
    /// Starts preparing the first spare.
    pub(crate) fn start(
        disk: Arc<dyn Disk>,
        layout: Layout,
        segment_bytes: u64,
    ) -> Result<Self, Error> {
        let (ready_out, ready) = sync_channel(1);
        let (retired, retired_in) = sync_channel::<Retired>(1);
        let path = layout.spare();
        let thread = thread::Builder::new()
            .name("evidence-spare".to_owned())
            .spawn(move || {
                loop {
                    let spare = prepare(disk.as_ref(), &layout, segment_bytes);
                    if ready_out.send(spare).is_err() {
                        return;
                    }
                    let Ok(retired) = retired_in.recv() else {
                        return;
                    };
                    // A crash before this leaves zeros behind the last batch, which readers pass.
                    if let Err(cause) = retire(&retired) {
                        tracing::warn!(%cause, "Full evidence segment keeps its unused space");
                    }
                }
            })
            .map_err(Error::io("start the thread that prepares", path))?;
        Ok(Self {
            ready,
            retired,
            thread: Some(thread),
        })
    }

    /// Waits for the spare.
    pub(crate) fn take(&self) -> Result<Spare, Error> {
        self.ready.recv().map_err(|_| Error::Closed)?
    }

    /// Hands a full segment over, after which the next spare is prepared.
    pub(crate) fn retire(&self, retired: Retired) {
        if self.retired.send(retired).is_err() {
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

/// Makes the spare anew: one that was left behind by a crash is in an unknown state.
fn prepare(disk: &dyn Disk, layout: &Layout, segment_bytes: u64) -> Result<Spare, Error> {
    let path = layout.spare();
    disk.remove(&path).map_err(Error::io("remove", &path))?;
    let file = disk.create(&path).map_err(Error::io("create", &path))?;
    write_zeros(file.as_ref(), 0, segment_bytes).map_err(Error::io("allocate", &path))?;
    Ok(file)
}

/// Writes zeros from one offset to another and makes them durable piece by piece.
pub(crate) fn write_zeros(file: &dyn DiskFile, from: u64, to: u64) -> std::io::Result<()> {
    let zeros = vec![0; ZEROS_BYTES];
    let mut at = from;
    while at < to {
        let piece = usize::try_from(to - at)
            .unwrap_or(usize::MAX)
            .min(zeros.len());
        file.write_at(zeros.get(..piece).unwrap_or_default(), at)?;
        file.sync()?;
        at = at.saturating_add(count(piece));
    }
    Ok(())
}

fn retire(retired: &Retired) -> std::io::Result<()> {
    retired.file.set_len(retired.used_bytes)?;
    retired.file.sync()
}
