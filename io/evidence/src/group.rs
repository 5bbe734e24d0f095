//! The entries of one append, prepared in the appender's own thread.
//!
//! Salting and hashing are most of the work of keeping an entry, and they need no order: doing
//! them before the queue leaves the one writer with framing, the tree's inner nodes and the disk.

use std::cell::RefCell;
use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use tlog::{Hash, leaf_hash};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::batch::extent_bytes;
use crate::entry::Entry;
use crate::error::Error;
use crate::frame::{SALT_BYTES, frame_bytes, leaf_of, push_frame};
use crate::limits::{BATCH_ENTRIES_MAX, PAYLOAD_BYTES_MAX};

thread_local! {
    /// Source of salts of this thread, seeded from the operating system at first use.
    static SALTS: RefCell<Option<ChaCha20Rng>> = const { RefCell::new(None) };
}

/// First index of a durable group, or why it is not durable.
pub(crate) type Outcome = Result<u64, Arc<Error>>;

/// Frames without indexes, and the leaf hashes that stand for them.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) frames: Vec<u8>,
    pub(crate) leaves: Vec<Hash>,
    /// Smallest and greatest time of the group.
    pub(crate) times_us: (u64, u64),
}

impl Prepared {
    /// Frames, salts and hashes entries; refuses what no batch of `bytes_max` could hold.
    pub(crate) fn new<P: AsRef<[u8]>>(
        entries: &[Entry<P>],
        bytes_max: usize,
    ) -> Result<Self, Error> {
        let mut bytes = 0_usize;
        let mut times_us = (u64::MAX, 0);
        for entry in entries {
            let payload = entry.payload.as_ref().len();
            if payload > PAYLOAD_BYTES_MAX {
                return Err(Error::PayloadTooLong {
                    bytes: payload,
                    max: PAYLOAD_BYTES_MAX,
                });
            }
            bytes = bytes.saturating_add(frame_bytes(payload));
            times_us = (times_us.0.min(entry.time_us), times_us.1.max(entry.time_us));
        }
        if entries.len() > BATCH_ENTRIES_MAX || extent_bytes(bytes) > bytes_max {
            return Err(Error::BatchTooLarge {
                entries: entries.len(),
                bytes,
            });
        }
        let mut frames = Vec::with_capacity(bytes);
        let mut leaves = Vec::with_capacity(entries.len());
        let salts = salts(entries.len())?;
        for (entry, salt) in entries.iter().zip(salts.as_chunks::<SALT_BYTES>().0) {
            let (head, payload) = ((entry.class, entry.time_us), entry.payload.as_ref());
            push_frame(&mut frames, head, salt, payload)?;
            leaves.push(leaf_hash(&leaf_of(head, salt, payload)));
        }
        Ok(Self {
            frames,
            leaves,
            times_us,
        })
    }
}

/// What waits in the queue: a prepared group, its room in the queue, and who waits for it.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) prepared: Prepared,
    pub(crate) room: Room,
    pub(crate) outcome: oneshot::Sender<Outcome>,
}

/// Room in the queue, given back when the group is durable or has failed.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) _entries: OwnedSemaphorePermit,
    pub(crate) _bytes: OwnedSemaphorePermit,
}

/// Fresh salts, one after the other.
fn salts(entries: usize) -> Result<Vec<u8>, Error> {
    let mut salts = vec![0; entries * SALT_BYTES];
    SALTS.with_borrow_mut(|source| {
        let source = match source {
            Some(source) => source,
            None => {
                let mut seed = [0; 32];
                getrandom::fill(&mut seed).map_err(|cause| Error::Randomness { cause })?;
                source.insert(ChaCha20Rng::from_seed(seed))
            }
        };
        source.fill_bytes(&mut salts);
        Ok(salts)
    })
}
