//! Sliding windows: how many events, and how many distinct values, lately.
//!
//! A window is cut into slots and holds those that are not older than its length, so it is at most
//! one slot shorter than its length. Distinct values are exact up to a threshold, then estimated;
//! which of the two is asked with [`DistinctWindow::is_exact`] and told in the finding.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sketch::Hll;

/// A sum over the newest slots.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct SumWindow {
    #[serde(with = "crate::pairs")]
    slots: BTreeMap<i64, u64>,
    sum: u64,
}

/// The length of a window and the number of its slots.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) span_us: i64,
    pub(super) slots: i64,
}

impl Cut {
    pub(super) fn slot(self, at_us: i64) -> i64 {
        at_us.div_euclid((self.span_us / self.slots.max(1)).max(1))
    }

    /// The oldest slot that still counts when the newest is given.
    fn oldest(self, newest: i64) -> i64 {
        newest.saturating_sub(self.slots.max(1)).saturating_add(1)
    }
}

impl SumWindow {
    pub(super) fn add(&mut self, cut: Cut, at_us: i64, amount: u64) {
        let place = cut.slot(at_us);
        let newest = self.slots.keys().next_back().copied();
        if newest.is_some_and(|newest| place < cut.oldest(newest)) {
            return;
        }
        let slot = self.slots.entry(place).or_default();
        *slot = slot.saturating_add(amount);
        self.sum = self.sum.saturating_add(amount);
        if newest.is_none_or(|newest| place > newest) {
            self.slots = self.slots.split_off(&cut.oldest(place));
            let slots = self.slots.values();
            self.sum = slots.fold(0, |sum, amount| sum.saturating_add(*amount));
        }
    }

    /// Moves on to an event that adds nothing: what is too old by then counts no more.
    pub(super) fn pass(&mut self, cut: Cut, at_us: i64) {
        self.add(cut, at_us, 0);
    }

    /// The sum as of the newest event that was added or passed.
    pub(super) fn sum(&self) -> u64 {
        self.sum
    }
}

/// A number of distinct values over the newest slots.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct DistinctWindow {
    newest: Option<i64>,
    values: Values,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Values {
    /// The newest slot of each value.
    Exact(#[serde(with = "crate::pairs")] BTreeMap<u64, i64>),
    /// A sketch of each slot, and the estimate over all.
    Sketched(#[serde(with = "crate::pairs")] BTreeMap<i64, Hll>, u64),
}

impl Default for Values {
    fn default() -> Self {
        Self::Exact(BTreeMap::new())
    }
}

impl DistinctWindow {
    /// Takes one value; true when the window did not hold it, as far as that is known.
    pub(super) fn insert(&mut self, cut: Cut, at_us: i64, hash: u64, exact_max: usize) -> bool {
        let slot = cut.slot(at_us);
        let before = self.newest;
        let newest = before.map_or(slot, |newest| newest.max(slot));
        let oldest = cut.oldest(newest);
        if slot < oldest {
            return false;
        }
        self.newest = Some(newest);
        let has_moved = before != Some(newest);
        match &mut self.values {
            Values::Exact(values) => {
                if has_moved {
                    values.retain(|_, last| *last >= oldest);
                }
                let known = values.get(&hash).copied();
                values.insert(hash, known.map_or(slot, |last| last.max(slot)));
                if values.len() > exact_max {
                    self.values = sketched(values);
                }
                known.is_none()
            }
            Values::Sketched(slots, estimate) => {
                if has_moved {
                    *slots = slots.split_off(&oldest);
                }
                let has_changed = slots.entry(slot).or_default().insert(hash);
                if has_moved || has_changed {
                    *estimate = estimated(slots);
                }
                has_changed
            }
        }
    }

    pub(super) fn count(&self) -> u64 {
        match &self.values {
            Values::Exact(values) => u64::try_from(values.len()).unwrap_or(u64::MAX),
            Values::Sketched(_, estimate) => *estimate,
        }
    }

    pub(super) fn is_exact(&self) -> bool {
        matches!(self.values, Values::Exact(_))
    }

    /// How a finding names the way of counting.
    pub(super) fn how(&self) -> &'static str {
        match self.is_exact() {
            true => "exact",
            false => "estimated",
        }
    }
}

fn sketched(values: &BTreeMap<u64, i64>) -> Values {
    let mut slots: BTreeMap<i64, Hll> = BTreeMap::new();
    for (hash, slot) in values {
        slots.entry(*slot).or_default().insert(*hash);
    }
    let estimate = estimated(&slots);
    Values::Sketched(slots, estimate)
}

fn estimated(slots: &BTreeMap<i64, Hll>) -> u64 {
    let mut all = Hll::default();
    for slot in slots.values() {
        all.merge(slot);
    }
    all.estimate()
}

/// When something was last told, so that it is told again only when it is twice as much, or after
/// a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Told {
    last: Option<(i64, u64)>,
}

impl Told {
    /// Whether to tell now; then it counts as told.
    pub(super) fn tell(&mut self, at_us: i64, amount: u64, quiet_us: i64) -> bool {
        let is_new = self.last.is_none_or(|(told_us, told)| {
            at_us.saturating_sub(told_us).saturating_abs() >= quiet_us
                || amount >= told.saturating_mul(2).max(told.saturating_add(1))
        });
        if is_new {
            self.last = Some((at_us, amount));
        }
        is_new
    }
}

/// The newest positions of events.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Recent {
    positions: std::collections::VecDeque<u64>,
}

/// Enough to look at; the finding tells how many there were.
const RECENT_MAX: usize = 32;

impl Recent {
    pub(crate) fn push(&mut self, position: u64) {
        self.positions.push_back(position);
        if self.positions.len() > RECENT_MAX {
            self.positions.pop_front();
        }
    }

    pub(crate) fn positions(&self) -> impl Iterator<Item = u64> {
        self.positions.iter().copied()
    }
}

#[cfg(test)]
mod tests;
