//! What the house remembers of its evidence: a fold of kept events that can be written down.

use std::collections::VecDeque;

use audit::Reviews;
use event::{Access, Event, GlassDeclared, Outcome, Timestamp, class_of};
use evidence::Records;
use serde::{Deserialize, Serialize};

/// How many decisions are remembered.
pub(crate) const DECISIONS_MAX: usize = 50;

/// How long after its end a glass is still remembered: longer than any clock is set back.
const GLASS_REMEMBERED_S: u64 = 24 * 60 * 60;

/// The one version of what is written down.
const VERSION: u32 = 2;

/// Open glasses, owed reviews, counts and the last decisions, up to some entry of the log.
///
/// INVARIANT: (6) same log, same state: it begins empty, only kept events change it, and one that
/// was written down and read back goes on as if it had never stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fold {
    next: u64,
    counts: Counts,
    last: VecDeque<(Timestamp, Access)>,
    /// Each declaration whose end no entry tells yet, with the index of its own entry.
    glasses: Vec<(u64, GlassDeclared)>,
    reviews: Reviews,
}

/// How many decisions came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counts {
    pub(crate) permit: u64,
    pub(crate) breakable: u64,
    pub(crate) refusal: u64,
}

/// A fold as it is written down.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    fold: Fold,
}

impl Fold {
    /// The classes of the events that change it.
    pub const CLASSES: [u16; 2] = [class_of::ENTITY_MANAGEMENT, class_of::API_ACTIVITY];

    /// Reads a fold back; `None` for anything but what this version wrote.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(bytes).ok()?;
        (written.version == VERSION).then_some(written.fold)
    }

    /// The fold as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let written = Written {
            version: VERSION,
            fold: self.clone(),
        };
        // Numbers, texts and maps keyed by text: this cannot fail, and nothing would be read back
        // from an empty one.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// Takes in what `records` shows, which begins at [`Fold::next`].
    pub fn catch_up(&mut self, records: &mut Records) -> Result<(), evidence::Error> {
        while let Some(record) = records.read()? {
            let time = Timestamp::from_us(record.time_us);
            self.take_in(record.index, time, record.payload);
        }
        Ok(())
    }

    /// Takes in one entry.
    pub fn take_in(&mut self, index: u64, time: Timestamp, payload: &[u8]) {
        // An entry of a later version is passed over here; it stays in the log as it is.
        if let Ok(event) = Event::from_bytes(payload) {
            self.apply(index, time, event);
        }
        self.next = index.saturating_add(1);
    }

    /// Index of the first entry that was not taken in.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The declarations of the glasses whose end is not kept yet, each with the index of its entry,
    /// in the order of the log: they are open, or their time ran out unseen.
    #[must_use]
    pub fn glasses(&self) -> &[(u64, GlassDeclared)] {
        &self.glasses
    }

    /// The reviews that are owed.
    #[must_use]
    pub fn reviews(&self) -> &Reviews {
        &self.reviews
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// The last decisions, the latest first.
    pub(crate) fn last(&self) -> impl Iterator<Item = &(Timestamp, Access)> {
        self.last.iter().rev()
    }

    fn apply(&mut self, index: u64, time: Timestamp, event: Event) {
        self.reviews.apply(index, time, &event);
        match event {
            Event::Access(access) => {
                self.counts.count(access.outcome);
                self.last.push_back((time, access));
                if self.last.len() > DECISIONS_MAX {
                    self.last.pop_front();
                }
            }
            Event::GlassDeclared(declared) => {
                let now_s = declared.from.as_s();
                let ended = |glass: &GlassDeclared| {
                    glass.until.as_s().saturating_add(GLASS_REMEMBERED_S) < now_s
                };
                self.glasses.retain(|(_, glass)| !ended(glass));
                self.glasses.push((index, declared));
            }
            Event::GlassEnded(ended) => {
                self.glasses.retain(|(_, glass)| glass.glass != ended.glass);
            }
            _ => {}
        }
    }
}

impl Counts {
    fn count(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Breakable => &mut self.breakable,
            Outcome::Permit => &mut self.permit,
            Outcome::Refusal => &mut self.refusal,
        };
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests;
