//! The containments that are in force: what the next plan is judged on top of.

use std::collections::BTreeMap;

use event::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Action;

/// Every order that was given and not yet released.
///
/// INVARIANT: (4) containment needs more than care: two orders that are harmless one by one may
/// take both suppliers of a function, so each order enters here in the act that makes it, and the
/// next plan is judged on top of it. Nothing leaves by itself when its time is over, because the
/// hands may have failed to undo it: only [`InForce::release`] takes it out.
///
/// INVARIANT: (6) same log, same state: it is a fold of [`OrderRecord`]s and releases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InForce {
    orders: BTreeMap<u64, Vec<Action>>,
    next: u64,
    /// Grows with every change, so that a refusal tells whether it is still about this state.
    revision: u64,
}

/// What evidence keeps of an order; it gives no right to act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderRecord {
    /// The number of the order.
    pub number: u64,
    /// What was ordered.
    pub actions: Vec<Action>,
    /// When the order was given.
    pub given: Timestamp,
    /// When what it does must be undone.
    pub ends: Option<Timestamp>,
    /// Whether two persons set the interlock aside.
    pub overridden: bool,
}

impl InForce {
    /// Nothing is contained.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in an order that evidence remembers, as at a start.
    pub fn recall(&mut self, record: &OrderRecord) {
        let actions = self.orders.entry(record.number).or_default();
        actions.extend(record.actions.iter().cloned());
        self.next = self.next.max(record.number.saturating_add(1));
        self.revision = self.revision.saturating_add(1);
    }

    /// Takes out an order whose actions have been undone, or were never begun.
    ///
    /// Returns whether it was there.
    pub fn release(&mut self, number: u64) -> bool {
        let was_there = self.orders.remove(&number).is_some();
        self.revision = self.revision.saturating_add(u64::from(was_there));
        was_there
    }

    /// The actions in force, with the number of their order.
    pub fn actions(&self) -> impl Iterator<Item = (u64, &Action)> {
        let orders = self.orders.iter();
        orders.flat_map(|(number, actions)| actions.iter().map(|action| (*number, action)))
    }

    /// How many orders are in force.
    #[must_use]
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Whether nothing is contained.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether one more order can be told from all others.
    pub(crate) fn has_room(&self, most: usize) -> bool {
        self.orders.len() < most && self.next < u64::MAX
    }

    pub(crate) fn enter(&mut self, actions: Vec<Action>) -> u64 {
        let number = self.next;
        self.orders.insert(number, actions);
        self.next = self.next.saturating_add(1);
        self.revision = self.revision.saturating_add(1);
        number
    }
}
