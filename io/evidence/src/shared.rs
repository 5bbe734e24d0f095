//! What appenders, writer and integrator of one log know together.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::error::Error;
use crate::group::Group;
use crate::limits::BATCH_ENTRIES_MAX;

/// State of a running log.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Room for entries in the queue.
    pub(crate) entries: Arc<Semaphore>,
    /// Room for bytes in the queue.
    pub(crate) bytes: Arc<Semaphore>,
    pub(crate) limits: QueueLimits,
    queue: Mutex<Queue>,
    queue_grew: Condvar,
    durable: Mutex<Durable>,
    durable_grew: Condvar,
    published: Mutex<Published>,
    durable_size: AtomicU64,
    integrated_size: AtomicU64,
    marked_size: AtomicU64,
    written_bytes: AtomicU64,
    times_back: AtomicU64,
    disk_full: AtomicBool,
    tree_waits: AtomicBool,
    reserve_segments: AtomicUsize,
    failure: OnceLock<Arc<Error>>,
}

/// Limits of the queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueLimits {
    pub(crate) entries_max: usize,
    pub(crate) bytes_max: usize,
    /// Longest batch, which a segment must hold.
    pub(crate) batch_bytes_max: usize,
}

/// How far the disk has confirmed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Durable {
    pub(crate) size: u64,
    /// The writer has ended: nothing more will come.
    pub(crate) ended: bool,
}

/// The newest checkpoint.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) size: u64,
    pub(crate) note: Arc<[u8]>,
}

#[derive(Debug, Default)]
struct Queue {
    groups: VecDeque<Group>,
    closing: bool,
}

impl Shared {
    pub(crate) fn new(limits: QueueLimits, size: u64, published: Published) -> Self {
        Self {
            entries: Arc::new(Semaphore::new(limits.entries_max)),
            bytes: Arc::new(Semaphore::new(limits.bytes_max)),
            limits,
            queue: Mutex::default(),
            queue_grew: Condvar::new(),
            durable: Mutex::new(Durable { size, ended: false }),
            durable_grew: Condvar::new(),
            published: Mutex::new(published),
            durable_size: AtomicU64::new(size),
            integrated_size: AtomicU64::new(0),
            marked_size: AtomicU64::new(0),
            written_bytes: AtomicU64::new(0),
            times_back: AtomicU64::new(0),
            disk_full: AtomicBool::new(false),
            tree_waits: AtomicBool::new(false),
            reserve_segments: AtomicUsize::new(0),
            failure: OnceLock::new(),
        }
    }

    /// Stops the log for good and says so loudly; only the first failure counts.
    pub(crate) fn poison(&self, failure: Error) -> Arc<Error> {
        let failure = Arc::clone(self.failure.get_or_init(|| {
            tracing::error!(
                error = &failure as &dyn std::error::Error,
                "Evidence log stopped: nothing more is acknowledged until it is opened again"
            );
            Arc::new(failure)
        }));
        self.stop_queue();
        self.queue_grew.notify_all();
        self.durable_grew.notify_all();
        failure
    }

    /// Why the log stopped, if it did.
    pub(crate) fn failure(&self) -> Option<Arc<Error>> {
        self.failure.get().cloned()
    }

    /// Why nothing can be appended any more.
    pub(crate) fn refusal(&self) -> Error {
        self.failure()
            .map_or(Error::Closed, |cause| Error::Poisoned { cause })
    }

    /// Refuses new groups; those in the queue are still written.
    pub(crate) fn close(&self) {
        lock(&self.queue).closing = true;
        self.stop_queue();
        self.queue_grew.notify_all();
    }

    fn stop_queue(&self) {
        self.entries.close();
        self.bytes.close();
    }

    /// Queues a group that holds its room.
    pub(crate) fn enqueue(&self, group: Group) -> Result<(), Error> {
        let mut queue = lock(&self.queue);
        if queue.closing || self.failure.get().is_some() {
            return Err(self.refusal());
        }
        // INVARIANT: bounded by the room that each group holds.
        queue.groups.push_back(group);
        drop(queue);
        self.queue_grew.notify_one();
        Ok(())
    }

    /// Waits for groups and moves as many as one batch holds; false when there will be none.
    pub(crate) fn dequeue(&self, batch: &mut Vec<Group>) -> bool {
        let mut queue = lock(&self.queue);
        while queue.groups.is_empty() {
            if queue.closing || self.failure.get().is_some() {
                return false;
            }
            queue = self
                .queue_grew
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let (mut entries, mut frames) = (0, 0);
        while let Some(group) = queue.groups.front() {
            entries += group.prepared.leaves.len();
            frames += group.prepared.frames.len();
            let fits = entries <= BATCH_ENTRIES_MAX
                && crate::batch::extent_bytes(frames) <= self.limits.batch_bytes_max;
            if !fits && !batch.is_empty() {
                break;
            }
            batch.extend(queue.groups.pop_front());
        }
        true
    }

    /// Takes everything that will never be written.
    pub(crate) fn abandon(&self) -> VecDeque<Group> {
        let mut queue = lock(&self.queue);
        queue.closing = true;
        std::mem::take(&mut queue.groups)
    }

    /// Says that the disk has confirmed all entries below `size`.
    pub(crate) fn confirm(&self, size: u64) {
        lock(&self.durable).size = size;
        self.durable_size.store(size, Ordering::Release);
        self.durable_grew.notify_one();
    }

    /// Waits until the writer has ended, the log has failed, or the time is over.
    pub(crate) fn pause(&self, patience: Duration) {
        let durable = lock(&self.durable);
        drop(
            self.durable_grew
                .wait_timeout_while(durable, patience, |durable| {
                    !durable.ended && self.failure.get().is_none()
                }),
        );
    }

    /// Whether the writer has ended.
    pub(crate) fn ended(&self) -> bool {
        lock(&self.durable).ended
    }

    /// Says that the writer has ended.
    pub(crate) fn end(&self) {
        lock(&self.durable).ended = true;
        self.durable_grew.notify_all();
    }

    /// Waits until more than `seen` is durable, the writer has ended, the log has failed, or the
    /// time is over.
    pub(crate) fn await_durable(&self, seen: u64, patience: Option<Duration>) -> Durable {
        let idle = |durable: &mut Durable| {
            durable.size <= seen && !durable.ended && self.failure.get().is_none()
        };
        let durable = lock(&self.durable);
        match patience {
            None => *self
                .durable_grew
                .wait_while(durable, idle)
                .unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                let (durable, _) = self
                    .durable_grew
                    .wait_timeout_while(durable, patience, idle)
                    .unwrap_or_else(PoisonError::into_inner);
                *durable
            }
        }
    }

    pub(crate) fn durable_size(&self) -> u64 {
        self.durable_size.load(Ordering::Acquire)
    }

    pub(crate) fn integrated_size(&self) -> u64 {
        self.integrated_size.load(Ordering::Relaxed)
    }

    pub(crate) fn set_integrated_size(&self, size: u64) {
        self.integrated_size.store(size, Ordering::Relaxed);
    }

    /// Entries whose tiles are known to be on disk.
    pub(crate) fn marked_size(&self) -> u64 {
        self.marked_size.load(Ordering::Acquire)
    }

    pub(crate) fn set_marked_size(&self, size: u64) {
        self.marked_size.store(size, Ordering::Release);
    }

    /// Bytes of batches that were made durable since the log was opened.
    pub(crate) fn written_bytes(&self) -> u64 {
        self.written_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn note_written(&self, bytes: u64) {
        self.written_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn times_back(&self) -> u64 {
        self.times_back.load(Ordering::Relaxed)
    }

    pub(crate) fn note_time_back(&self) {
        self.times_back.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether there was no room on the disk when it was last needed.
    pub(crate) fn disk_full(&self) -> bool {
        self.disk_full.load(Ordering::Relaxed) || self.tree_waits.load(Ordering::Relaxed)
    }

    /// Whether the tree waits for room.
    pub(crate) fn set_tree_waits(&self, waits: bool) {
        self.tree_waits.store(waits, Ordering::Relaxed);
    }

    pub(crate) fn set_disk_full(&self, full: bool) {
        self.disk_full.store(full, Ordering::Relaxed);
    }

    /// Segments of the reserve that are there.
    pub(crate) fn reserve_segments(&self) -> usize {
        self.reserve_segments.load(Ordering::Relaxed)
    }

    pub(crate) fn set_reserve_segments(&self, segments: usize) {
        self.reserve_segments.store(segments, Ordering::Relaxed);
    }

    pub(crate) fn published(&self) -> Published {
        lock(&self.published).clone()
    }

    pub(crate) fn publish(&self, published: Published) {
        *lock(&self.published) = published;
    }
}

/// Locks; a thread that panicked while holding the lock leaves plain values behind.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
