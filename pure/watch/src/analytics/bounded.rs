//! A map that holds so much and no more, in which a flood of new keys pushes out itself.
//!
//! When it is full, the owner with the most keys loses one: the one that was touched least often
//! (in powers of two), and of those the one that was touched longest ago
//! (in hours). A key that was touched
//! twice stays before any number of keys that were touched once, however slow it is.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Evicted, Output, SECOND_US};

/// Values by key, of which each has an owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bounded<V> {
    name: String,
    keys_max: usize,
    slots: BTreeMap<String, Slot<V>>,
    order: BTreeMap<String, BTreeSet<(u32, i64, String)>>,
    evicted: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Slot<V> {
    owner: String,
    touches: u64,
    touched_us: i64,
    value: V,
}

impl<V: Default> Bounded<V> {
    /// Nothing yet; `name` tells in evictions what was lost.
    pub(crate) fn new(name: &str, keys_max: usize) -> Self {
        Self {
            name: name.to_owned(),
            keys_max: keys_max.max(1),
            slots: BTreeMap::new(),
            order: BTreeMap::new(),
            evicted: 0,
        }
    }

    /// The value of a key, new when it was not there.
    pub(crate) fn touch(
        &mut self,
        (owner, key): (&str, &str),
        at_us: i64,
        outputs: &mut Vec<Output>,
    ) -> &mut V {
        if !self.slots.contains_key(key) && self.slots.len() >= self.keys_max {
            self.evict(at_us, outputs);
        }
        let slot = self.slots.entry(key.to_owned()).or_insert_with(|| Slot {
            owner: owner.to_owned(),
            touches: 0,
            touched_us: at_us,
            value: V::default(),
        });
        let before = rank(slot);
        slot.touches = slot.touches.saturating_add(1);
        slot.touched_us = slot.touched_us.max(at_us);
        let after = rank(slot);
        if slot.touches == 1 || before != after {
            let order = match self.order.get_mut(&slot.owner) {
                Some(order) => order,
                None => self.order.entry(slot.owner.clone()).or_default(),
            };
            let key = key.to_owned();
            let (touches, hour) = before;
            let place = (touches, hour, key);
            order.remove(&place);
            order.insert((after.0, after.1, place.2));
        }
        &mut slot.value
    }

    pub(super) fn get(&self, key: &str) -> Option<&V> {
        self.slots.get(key).map(|slot| &slot.value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.slots
            .iter()
            .map(|(key, slot)| (key.as_str(), &slot.value))
    }

    /// The keys that begin alike.
    pub(super) fn beginning(&self, start: &str) -> impl Iterator<Item = (&str, &V)> {
        let from = self.slots.range(start.to_owned()..);
        let alike = from.take_while(move |(key, _)| key.starts_with(start));
        alike.map(|(key, slot)| (key.as_str(), &slot.value))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    fn evict(&mut self, at_us: i64, outputs: &mut Vec<Output>) {
        let largest = self.order.iter().max_by_key(|(_, order)| order.len());
        let Some(owner) = largest.map(|(owner, _)| owner.clone()) else {
            return;
        };
        let Some(order) = self.order.get_mut(&owner) else {
            return;
        };
        if let Some((_, _, key)) = order.pop_first() {
            self.slots.remove(&key);
        }
        if order.is_empty() {
            self.order.remove(&owner);
        }
        self.evicted = self.evicted.saturating_add(1);
        // A flood must not become a flood of notes: the first, the second, the fourth ...
        if self.evicted.is_power_of_two() {
            outputs.push(Output::Evicted(Evicted {
                what: self.name.clone(),
                owner,
                total: self.evicted,
                at_us,
            }));
        }
    }
}

/// The place of a key in the order of eviction. The hour is enough: so a busy key does not move at
/// each touch.
fn rank<V>(slot: &Slot<V>) -> (u32, i64) {
    let touches = slot.touches.max(1).ilog2();
    (touches, slot.touched_us.div_euclid(3_600 * SECOND_US))
}

#[cfg(test)]
mod tests;
