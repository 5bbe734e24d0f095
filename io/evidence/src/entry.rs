//! What is appended, and the proof that it is durable.

use std::ops::Range;

use crate::frame::{LEAF_BYTES, SALT_BYTES, leaf_of};

/// One event to keep.
///
/// The time is recorded as given, even when it lies before that of an earlier entry: order is
/// told by the index, and a clock that jumped back is a fact that evidence must not hide.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry<P = Vec<u8>> {
    /// What kind of event this is; readers filter by it, retention will too.
    pub class: u16,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub time_us: u64,
    /// The event's bytes, at most [`crate::limits::PAYLOAD_BYTES_MAX`]; may be empty.
    pub payload: P,
}

/// One entry as it was kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record<P = Vec<u8>> {
    /// Position in the log, from zero.
    pub index: u64,
    /// Microseconds since 1970-01-01T00:00:00Z, as the appender gave them.
    pub time_us: u64,
    /// What kind of event this is.
    pub class: u16,
    /// The event's bytes.
    pub payload: P,
}

/// One entry with its salt: all that its leaf follows from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Salted<P = Vec<u8>> {
    /// Position in the log, from zero.
    pub index: u64,
    /// Microseconds since 1970-01-01T00:00:00Z, as the appender gave them.
    pub time_us: u64,
    /// What kind of event this is.
    pub class: u16,
    /// What hides the payload in its leaf, until payload and salt are erased together.
    pub salt: [u8; SALT_BYTES],
    /// The event's bytes.
    pub payload: P,
}

impl<P> Salted<P> {
    /// The entry without its salt.
    #[must_use]
    pub fn into_record(self) -> Record<P> {
        Record {
            index: self.index,
            time_us: self.time_us,
            class: self.class,
            payload: self.payload,
        }
    }
}

impl<P: AsRef<[u8]>> Salted<P> {
    /// The leaf that stands for this entry in the tree.
    #[must_use]
    pub fn leaf(&self) -> [u8; LEAF_BYTES] {
        leaf_of(
            (self.class, self.time_us),
            &self.salt,
            self.payload.as_ref(),
        )
    }
}

/// Proof that one entry is durable.
///
/// INVARIANT: only this crate makes one, and only after the disk confirmed the entry.
#[derive(Debug, Eq, PartialEq)]
#[must_use = "a receipt is what allows the next step"]
pub struct Receipt {
    index: u64,
}

impl Receipt {
    pub(crate) fn new(index: u64) -> Self {
        Self { index }
    }

    /// Position of the entry in the log.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }
}

/// Proof that a batch of entries is durable; they have consecutive indexes.
///
/// INVARIANT: only this crate makes one, and only after the disk confirmed all entries.
#[derive(Debug, Eq, PartialEq)]
#[must_use = "receipts are what allows the next step"]
pub struct Receipts {
    indexes: Range<u64>,
}

impl Receipts {
    pub(crate) fn new(indexes: Range<u64>) -> Self {
        Self { indexes }
    }

    /// Positions of the entries in the log, in the order in which they were given.
    #[must_use]
    pub fn indexes(&self) -> Range<u64> {
        self.indexes.clone()
    }
}

impl IntoIterator for Receipts {
    type Item = Receipt;
    type IntoIter = std::iter::Map<Range<u64>, fn(u64) -> Receipt>;

    /// One receipt for each entry.
    fn into_iter(self) -> Self::IntoIter {
        self.indexes.map(Receipt::new)
    }
}
