//! The evidence log: what appenders hold.

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};

use crate::append::{Offer, Pending, PendingBatch, block_on};
use crate::create::{create_files, take_lock};
use crate::disk::{Disk, RealDisk};
use crate::entry::{Entry, Receipt, Receipts, Record};
use crate::error::Error;
use crate::group::{Group, Prepared, Room};
use crate::integrator::Integrator;
use crate::layout::Layout;
use crate::limits::BATCH_ENTRIES_MAX;
use crate::options::Options;
use crate::proof::{InclusionProof, prove_under};
use crate::reader::Reader;
use crate::recover::{Recovered, Recovery, recover};
use crate::seal::Sealing;
use crate::shared::{QueueLimits, Shared};
use crate::spare::Spares;
use crate::writer::{OpenSegment, Writer};

/// An open log: one writer for the folder, any number of appenders.
///
/// Dropping it does what [`EvidenceLog::close`] does, without telling how it went.
#[derive(Debug)]
pub struct EvidenceLog {
    pub(crate) shared: Arc<Shared>,
    pub(crate) sealing: Sealing,
    layout: Layout,
    threads: Mutex<Vec<JoinHandle<()>>>,
    lock: Mutex<Option<File>>,
}

/// How a running log is doing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Status {
    /// Durable entries.
    pub entries: u64,
    /// Entries that were read back, hashed again and put into tiles; the lag is the difference.
    pub integrated_entries: u64,
    /// Entries under the newest signed checkpoint.
    pub checkpoint_entries: u64,
    /// Entries that wait or are being written.
    pub queue_entries: usize,
    /// Limit of `queue_entries`.
    pub queue_entries_max: usize,
    /// Bytes that wait or are being written.
    pub queue_bytes: usize,
    /// Limit of `queue_bytes`.
    pub queue_bytes_max: usize,
    /// Appends whose time lay before that of an earlier one.
    pub times_back: u64,
    /// Whether there was no room on the disk when it was last needed.
    pub disk_full: bool,
    /// Segments of the reserve that are there.
    pub reserve_segments: usize,
    /// Whether the log still takes entries.
    pub accepting: bool,
}

impl EvidenceLog {
    /// Creates an empty log in a folder that is absent or empty, and opens it.
    ///
    /// The folder appears whole or not at all, with a signed checkpoint of the empty tree: so a
    /// log without checkpoint is always one that lost it.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when the folder holds anything, [`Error::Io`], and those of
    /// [`EvidenceLog::open`].
    pub fn create(options: Options) -> Result<Self, Error> {
        create_files(&RealDisk, &options)?;
        Self::open(options).map(|(log, _)| log)
    }

    /// Opens a log that exists; whatever a crash left behind is put right or refused.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no log; [`Error::Locked`] when another process writes it;
    /// [`Error::Foreign`], [`Error::Damaged`] and the checkpoint errors when its files cannot be
    /// trusted, in which case none of them was changed.
    pub fn open(options: Options) -> Result<(Self, Recovery), Error> {
        Self::open_on(Arc::new(RealDisk), options)
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        options: Options,
    ) -> Result<(Self, Recovery), Error> {
        let limits = options.queue_limits()?;
        let layout = Layout::new(&options.dir);
        let lock = take_lock(&layout)?;
        let recovered = recover(&layout, options.signer.verifier())?;
        let recovery = recovered.recovery.clone();
        if let Some(discarded) = &recovery.discarded {
            tracing::warn!(
                bytes = discarded.bytes,
                entries = recovery.entries,
                "Unfinished end of the evidence log discarded; none of it was acknowledged"
            );
        }
        let segment = recovered.ready(disk.as_ref(), &layout, options.segment_bytes)?;
        let log = Self::start(disk, recovered, segment, (options, limits, lock))?;
        Ok((log, recovery))
    }

    /// Starts the threads of a log whose files are ready.
    fn start(
        disk: Arc<dyn Disk>,
        recovered: Recovered,
        segment: OpenSegment,
        (options, limits, lock): (Options, QueueLimits, File),
    ) -> Result<Self, Error> {
        let layout = Layout::new(&options.dir);
        let room = options.room();
        let shared = Arc::new(Shared::new(
            limits,
            recovered.recovery.entries,
            recovered.published,
        ));
        let integrator = Integrator::new(
            Arc::clone(&shared),
            Arc::clone(&disk),
            layout.clone(),
            options.signer,
        )?;
        let sealing = Sealing {
            disk: Arc::clone(&disk),
            layout: layout.clone(),
            identity: recovered.identity.clone(),
            manifest: Mutex::new(recovered.manifest),
        };
        let writer = Writer {
            shared: Arc::clone(&shared),
            disk: Arc::clone(&disk),
            layout: layout.clone(),
            identity: recovered.identity,
            frontier: recovered.frontier,
            last_time_us: recovered.last_time_us,
            spares: Spares::start(disk, layout.clone(), room, Arc::clone(&shared))?,
            segment_bytes: room.segment_bytes,
            segment,
        };
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            thread::Builder::new()
                .name(name.to_owned())
                .spawn(run)
                .map_err(Error::io("start a thread for", layout.dir()))
        };
        let threads = vec![
            spawn("evidence-writer", Box::new(|| writer.run()))?,
            spawn("evidence-tree", Box::new(|| integrator.run()))?,
        ];
        Ok(Self {
            shared,
            sealing,
            layout,
            threads: Mutex::new(threads),
            lock: Mutex::new(Some(lock)),
        })
    }

    /// Keeps one entry; resolves when it is durable.
    ///
    /// Waits while the queue is full.
    /// Dropping the future before it resolves leaves open whether the entry is kept.
    ///
    /// # Errors
    /// [`Error::PayloadTooLong`], [`Error::BatchTooLarge`], [`Error::Closed`],
    /// [`Error::Poisoned`], [`Error::Randomness`]; the entry may yet be found in the log after
    /// [`Error::Poisoned`], and is never in it after the others.
    pub async fn append(&self, entry: Entry) -> Result<Receipt, Error> {
        let receipts = self.submit(std::slice::from_ref(&entry)).await?.await?;
        Ok(Receipt::new(receipts.indexes().start))
    }

    /// Like [`EvidenceLog::append`], for threads that may block.
    ///
    /// # Errors
    /// Those of [`EvidenceLog::append`].
    pub fn append_wait(&self, entry: Entry) -> Result<Receipt, Error> {
        block_on(self.append(entry))
    }

    /// Keeps several entries, which become durable together, one after the other.
    ///
    /// # Errors
    /// Those of [`EvidenceLog::append`]; then none of the entries is acknowledged.
    pub async fn append_batch<P: AsRef<[u8]>>(
        &self,
        entries: &[Entry<P>],
    ) -> Result<Receipts, Error> {
        self.submit(entries).await?.await
    }

    /// Like [`EvidenceLog::append_batch`], for threads that may block.
    ///
    /// # Errors
    /// Those of [`EvidenceLog::append`].
    pub fn append_batch_wait<P: AsRef<[u8]>>(
        &self,
        entries: &[Entry<P>],
    ) -> Result<Receipts, Error> {
        block_on(self.append_batch(entries))
    }

    /// Keeps one entry if the queue has room for it now; a full queue is a value.
    ///
    /// # Errors
    /// Those of [`EvidenceLog::append`].
    pub fn try_append(&self, entry: Entry) -> Result<Offer, Error> {
        let limits = self.shared.limits;
        let prepared = Prepared::new(std::slice::from_ref(&entry), limits.batch_bytes_max)?;
        let (entries, bytes) = weights(&prepared, limits);
        let take = |semaphore: &Arc<Semaphore>, weight| match Arc::clone(semaphore)
            .try_acquire_many_owned(weight)
        {
            Ok(permit) => Ok(Some(permit)),
            Err(TryAcquireError::NoPermits) => Ok(None),
            Err(TryAcquireError::Closed) => Err(self.shared.refusal()),
        };
        let Some(entries) = take(&self.shared.entries, entries)? else {
            return Ok(Offer::Full(entry));
        };
        let Some(bytes) = take(&self.shared.bytes, bytes)? else {
            return Ok(Offer::Full(entry));
        };
        self.enqueue(prepared, entries, bytes)
            .map(|batch| Offer::Taken(Pending::new(batch)))
    }

    /// Queues several entries, waiting for room; the value that it gives resolves when they are
    /// durable, so that one appender can keep several batches in flight.
    ///
    /// # Errors
    /// Those of [`EvidenceLog::append`].
    pub async fn submit<P: AsRef<[u8]>>(
        &self,
        entries: &[Entry<P>],
    ) -> Result<PendingBatch, Error> {
        let limits = self.shared.limits;
        let prepared = Prepared::new(entries, limits.batch_bytes_max)?;
        let (entries, bytes) = weights(&prepared, limits);
        let closed = |_| self.shared.refusal();
        // INVARIANT: always entries before bytes, so that two appenders cannot block each other.
        let entries = Arc::clone(&self.shared.entries)
            .acquire_many_owned(entries)
            .await
            .map_err(closed)?;
        let bytes = Arc::clone(&self.shared.bytes)
            .acquire_many_owned(bytes)
            .await
            .map_err(closed)?;
        self.enqueue(prepared, entries, bytes)
    }

    /// Like [`EvidenceLog::submit`], for threads that may block.
    ///
    /// # Errors
    /// Those of [`EvidenceLog::append`].
    pub fn submit_wait<P: AsRef<[u8]>>(&self, entries: &[Entry<P>]) -> Result<PendingBatch, Error> {
        block_on(self.submit(entries))
    }

    fn enqueue(
        &self,
        prepared: Prepared,
        entries: OwnedSemaphorePermit,
        bytes: OwnedSemaphorePermit,
    ) -> Result<PendingBatch, Error> {
        let count = prepared.leaves.len();
        if count == 0 {
            return Ok(PendingBatch::empty(self.shared.durable_size()));
        }
        let (outcome, pending) = oneshot::channel();
        let room = Room {
            _entries: entries,
            _bytes: bytes,
        };
        self.shared.enqueue(Group {
            prepared,
            room,
            outcome,
        })?;
        Ok(PendingBatch::new(pending, Arc::clone(&self.shared), count))
    }

    /// Number of durable entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.shared.durable_size()
    }

    /// The newest signed tree head, as a C2SP signed note.
    #[must_use]
    pub fn checkpoint(&self) -> Arc<[u8]> {
        self.shared.published().note
    }

    /// How the log is doing.
    #[must_use]
    pub fn status(&self) -> Status {
        let limits = self.shared.limits;
        let taken = |max: usize, free: &Semaphore| max.saturating_sub(free.available_permits());
        Status {
            entries: self.shared.durable_size(),
            integrated_entries: self.shared.integrated_size(),
            checkpoint_entries: self.shared.published().size,
            queue_entries: taken(limits.entries_max, &self.shared.entries),
            queue_entries_max: limits.entries_max,
            queue_bytes: taken(limits.bytes_max, &self.shared.bytes),
            queue_bytes_max: limits.bytes_max,
            times_back: self.shared.times_back(),
            disk_full: self.shared.disk_full(),
            reserve_segments: self.shared.reserve_segments(),
            // A failure that an appender was told of stops the queue a moment later.
            accepting: !self.shared.entries.is_closed() && self.shared.failure().is_none(),
        }
    }

    /// Reads durable entries from index `from` on, also while others append.
    ///
    /// # Errors
    /// Those of [`Reader::open`].
    pub fn reader(&self, from: u64) -> Result<Reader, Error> {
        Reader::follow(self.layout.clone(), Arc::clone(&self.shared), from)
    }

    /// Reads one entry; `None` when it is not durable yet.
    ///
    /// # Errors
    /// Those of [`Reader::open`].
    pub fn read(&self, index: u64) -> Result<Option<Record>, Error> {
        if index >= self.size() {
            return Ok(None);
        }
        self.reader(index)?.next().transpose()
    }

    /// Proves that an entry is under the newest checkpoint; `None` when it is not yet.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Damaged`], [`Error::Io`] and [`Error::Tree`] when the tiles
    /// do not bear the checkpoint out.
    pub fn prove(&self, index: u64) -> Result<Option<InclusionProof>, Error> {
        prove_under(&self.layout, &self.checkpoint(), index)
    }

    /// Takes no more entries, makes all queued ones durable, signs the last checkpoint and gives
    /// unused space back. A second call only tells how the first one went.
    ///
    /// # Errors
    /// [`Error::Poisoned`] when the log has failed, now or before.
    pub fn close(&self) -> Result<(), Error> {
        self.shared.close();
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                self.shared.poison(Error::Closed);
            }
        }
        drop(
            self.lock
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        self.shared
            .failure()
            .map_or(Ok(()), |cause| Err(Error::Poisoned { cause }))
    }
}

impl Drop for EvidenceLog {
    fn drop(&mut self) {
        if let Err(failure) = self.close() {
            tracing::error!(
                error = &failure as &dyn std::error::Error,
                "Evidence log closed after a failure"
            );
        }
    }
}

/// Room that a group takes; one that is larger than the whole queue takes all of it.
fn weights(prepared: &Prepared, limits: QueueLimits) -> (u32, u32) {
    let weight = |amount: usize, max: usize| u32::try_from(amount.min(max)).unwrap_or(u32::MAX);
    (
        weight(
            prepared.leaves.len(),
            limits.entries_max.min(BATCH_ENTRIES_MAX),
        ),
        weight(prepared.frames.len(), limits.bytes_max),
    )
}
