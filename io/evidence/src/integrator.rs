//! The thread that follows the durable bytes: it re-reads them, hashes them again, writes the
//! tiles and signs the tree.
//!
//! INVARIANT: nothing is signed that was not read back and hashed anew, so a bit that flips
//! between memory and disk is found before a checkpoint covers it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tlog::{Checkpoint, NoteSigner};

use crate::disk::{Disk, replace};
use crate::error::Error;
use crate::layout::Layout;
use crate::limits::{CHECKPOINT_INTERVAL, DISK_FULL_PAUSE, INTEGRATOR_NICE, MARK_INTERVAL};
use crate::manifest::Manifest;
use crate::scan::{Scan, Step};
use crate::shared::{Published, Shared};
use crate::tiles::{Mark, Tiles};

/// The integrator's own state.
#[derive(Debug)]
pub(crate) struct Integrator {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    layout: Layout,
    signer: NoteSigner,
    tiles: Tiles,
    scan: Scan,
    segment: u64,
    published: u64,
    published_at: Option<Instant>,
    marked_at: Instant,
}

impl Integrator {
    /// Goes on from the mark when the tiles bear it out, else from the first entry.
    pub(crate) fn new(
        shared: Arc<Shared>,
        disk: Arc<dyn Disk>,
        layout: Layout,
        signer: NoteSigner,
    ) -> Result<Self, Error> {
        let published = shared.published().size;
        let (tiles, scan, segment) = begin_again(&shared, &disk, &layout)?;
        Ok(Self {
            shared,
            disk,
            layout,
            signer,
            tiles,
            scan,
            segment,
            published,
            published_at: None,
            marked_at: Instant::now(),
        })
    }

    /// Integrates until the writer has ended and everything is signed, or the log fails.
    pub(crate) fn run(mut self) {
        // On Linux this concerns the calling thread alone: when processors are scarce, signing
        // falls behind before acknowledgements do.
        if let Err(cause) = rustix::process::setpriority_process(None, INTEGRATOR_NICE) {
            tracing::debug!(%cause, "The thread that signs evidence keeps its usual priority");
        }
        while let Err(failure) = self.follow() {
            if !failure.is_full() {
                self.shared.poison(failure);
                return;
            }
            // Entries are still acknowledged: the tree and its signature come later.
            tracing::warn!(
                error = &failure as &dyn std::error::Error,
                "Tree of the evidence log waits for room on the disk"
            );
            if self.shared.ended() {
                return;
            }
            self.shared.set_tree_waits(true);
            self.shared.pause(DISK_FULL_PAUSE);
            // What was half written is taken up again as after a restart.
            match begin_again(&self.shared, &self.disk, &self.layout) {
                Ok((tiles, scan, segment)) => {
                    (self.tiles, self.scan, self.segment) = (tiles, scan, segment);
                }
                Err(failure) => {
                    self.shared.poison(failure);
                    return;
                }
            }
        }
    }

    fn follow(&mut self) -> Result<(), Error> {
        loop {
            let durable = self
                .shared
                .await_durable(self.tiles.size(), self.patience());
            if self.shared.failure().is_some() {
                return Ok(());
            }
            let done = self.tiles.size() >= durable.size;
            if !done {
                self.integrate(durable.size)?;
            }
            let caught_up = self.tiles.size() >= durable.size;
            if durable.ended && caught_up {
                self.publish()?;
                return self.mark();
            }
            if self.patience().is_some_and(|patience| patience.is_zero()) {
                self.publish()?;
            }
        }
    }

    /// Time until the next checkpoint is due; `None` when there is nothing new to sign.
    fn patience(&self) -> Option<Duration> {
        let due = |at: Instant| CHECKPOINT_INTERVAL.saturating_sub(at.elapsed());
        (self.tiles.size() > self.published).then(|| self.published_at.map_or(Duration::ZERO, due))
    }

    /// Integrates batches up to `size`, or until a checkpoint is due.
    fn integrate(&mut self, size: u64) -> Result<(), Error> {
        while self.tiles.size() < size {
            match self.scan.read()? {
                Step::Batch => self.integrate_batch()?,
                Step::End => self.next_segment()?,
                Step::Unsound(fault) => return Err(self.scan.damaged(fault)),
            }
            if self.patience().is_some_and(|patience| patience.is_zero()) {
                break;
            }
        }
        Ok(())
    }

    fn integrate_batch(&mut self) -> Result<(), Error> {
        let tiles = &mut self.tiles;
        let trailer = match self.scan.check(|frame| tiles.push(&frame.leaf()))? {
            Ok(trailer) => trailer,
            Err(fault) => return Err(self.scan.damaged(fault)),
        };
        if trailer.root != self.tiles.root() {
            return Err(Error::Damaged {
                path: self.scan.path().to_owned(),
                offset: self.scan.offset(),
                entry: Some(self.scan.next_index()),
                what: "tree of the bytes on disk differs from the tree that was written",
            });
        }
        self.scan.pass();
        self.shared.set_integrated_size(self.tiles.size());
        Ok(())
    }

    /// Crosses into the next segment, and from time to time makes the tiles behind it durable.
    fn next_segment(&mut self) -> Result<(), Error> {
        self.segment = self.scan.next_index();
        self.scan = Scan::open(&self.layout, self.segment)?;
        if self.marked_at.elapsed() >= MARK_INTERVAL {
            self.mark()?;
        }
        Ok(())
    }

    /// Makes the tiles durable, which lets the segments behind them be sealed.
    fn mark(&mut self) -> Result<(), Error> {
        self.tiles.mark(self.segment, self.scan.offset())?;
        self.shared.set_marked_size(self.tiles.size());
        self.marked_at = Instant::now();
        Ok(())
    }

    /// Signs the tree as integrated, if it grew.
    fn publish(&mut self) -> Result<(), Error> {
        let size = self.tiles.size();
        if size <= self.published {
            return Ok(());
        }
        self.tiles.publish_partials()?;
        let checkpoint = Checkpoint::new(self.signer.name(), size, self.tiles.root())?;
        let note: Arc<[u8]> = checkpoint
            .sign(&self.signer)?
            .to_string()
            .into_bytes()
            .into();
        let path = self.layout.checkpoint();
        // A crash before the rename within keeps the older checkpoint, which stays true.
        replace(self.disk.as_ref(), &path, &note).map_err(Error::io("replace", &path))?;
        self.shared.publish(Published { size, note });
        self.shared.set_tree_waits(false);
        self.published = size;
        self.published_at = Some(Instant::now());
        Ok(())
    }
}

/// Goes on from the mark when the tiles bear it out, else from the first segment.
fn begin_again(
    shared: &Shared,
    disk: &Arc<dyn Disk>,
    layout: &Layout,
) -> Result<(Tiles, Scan, u64), Error> {
    let resumed = Mark::read(&layout.mark())
        .filter(|mark| mark.size <= shared.durable_size())
        .and_then(|mark| resume(disk, layout, &mark));
    let begun = match resumed {
        Some(resumed) => {
            shared.set_marked_size(resumed.0.size());
            resumed
        }
        None => {
            if shared.published().size > 0 {
                tracing::info!("Tiles are rebuilt from the first segment of the evidence log");
            }
            begin(disk, layout)?
        }
    };
    shared.set_integrated_size(begun.0.size());
    Ok(begun)
}

/// Begins at the first segment; what was sealed before it must have its tiles.
fn begin(disk: &Arc<dyn Disk>, layout: &Layout) -> Result<(Tiles, Scan, u64), Error> {
    let first = Manifest::of(layout)?.end();
    let scan = Scan::open(layout, first)?;
    if first == 0 {
        return Ok((Tiles::new(Arc::clone(disk), layout.clone()), scan, first));
    }
    let behind = Mark {
        size: first,
        root: scan.header().frontier.root(),
        segment: first,
        offset: scan.offset(),
    };
    let tiles = Tiles::resume(Arc::clone(disk), layout.clone(), &behind)?;
    Ok((tiles, scan, first))
}

/// Opens everything at the mark; `None` when something there does not bear it out.
fn resume(disk: &Arc<dyn Disk>, layout: &Layout, mark: &Mark) -> Option<(Tiles, Scan, u64)> {
    let tiles = Tiles::resume(Arc::clone(disk), layout.clone(), mark);
    let resumed = tiles.and_then(|tiles| {
        let mut scan = Scan::open(layout, mark.segment)?;
        scan.seek(mark.offset, mark.size);
        Ok((tiles, scan, mark.segment))
    });
    resumed
        .inspect_err(|cause| {
            tracing::warn!(
                error = cause as &dyn std::error::Error,
                "Tiles do not match their mark"
            );
        })
        .ok()
}
