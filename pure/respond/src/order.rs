//! The only value that lets anything be contained.

use std::time::Duration;

use event::{PersonId, SupplyId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::facts::minutes;
use crate::{Action, InForce, Limits, LostFunction, OrderRecord, Plan};

/// A containment that may be carried out, once, with a durable receipt.
///
/// INVARIANT: (4) containment needs more than care: its fields are private, it is neither copied
/// nor read from bytes, and only [`crate::Interlock::check`] and
/// [`crate::Refused::override_with`] make one. Acting takes it by value.
///
/// ```compile_fail,E0616
/// fn number(order: &respond::Order) -> u64 {
///     order.number
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn copied<T: Clone>() {}
/// copied::<respond::Order>();
/// ```
///
/// ```compile_fail,E0277
/// fn read<'de, T: serde::Deserialize<'de>>() {}
/// read::<respond::Order>();
/// ```
#[derive(Debug, PartialEq, Eq, Serialize)]
#[must_use = "an order that is not carried out must be released"]
pub struct Order {
    number: u64,
    actions: Vec<Action>,
    given: Timestamp,
    begin_before: Timestamp,
    ends: Option<Timestamp>,
    basis: Basis,
}

/// What an order rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Basis {
    /// Two persons set the interlock aside.
    Overridden {
        /// Who answers for the safety of care.
        safety: PersonId,
        /// Who answers for the security of information.
        security: PersonId,
        /// Why.
        reason: String,
        /// What they accepted to lose, as far as it was listed to them.
        lost: Vec<LostFunction>,
        /// How many care functions that is in all.
        lost_count: usize,
    },
    /// No care that is in use is lost.
    Passed {
        /// Care in use that is interrupted for less than it tolerates.
        interrupted: Vec<SupplyId>,
    },
}

impl Order {
    /// Makes an order and enters it into force, in one act.
    pub(crate) fn make(
        plan: &Plan,
        basis: Basis,
        in_force: &mut InForce,
        now: Timestamp,
        limits: &Limits,
    ) -> Self {
        let actions: Vec<Action> = plan.actions().iter().cloned().collect();
        let ends = plan.minutes().map(|it| now.after(minutes(it.get())));
        Self {
            number: in_force.enter(actions.clone()),
            actions,
            given: now,
            begin_before: now.after(minutes(limits.begin_minutes_max)),
            ends,
            basis,
        }
    }

    /// The same order with an earlier end.
    pub(crate) fn ending(self, at: Timestamp) -> Self {
        Self {
            ends: Some(self.ends.map_or(at, |ends| ends.min(at))),
            ..self
        }
    }

    /// Its number among all orders.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What may be done, and nothing else.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// When it was given.
    #[must_use]
    pub fn given(&self) -> Timestamp {
        self.given
    }

    /// When all of it must be undone; without it, until further notice.
    #[must_use]
    pub fn ends(&self) -> Option<Timestamp> {
        self.ends
    }

    /// What it rests on.
    #[must_use]
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Whether it may be begun at an instant: what it was checked against grows old.
    #[must_use]
    pub fn may_begin(&self, at: Timestamp) -> bool {
        let is_over = self.ends.is_some_and(|ends| ends <= at);
        self.given.since(at) == Duration::ZERO && at < self.begin_before && !is_over
    }

    /// What evidence keeps of it; this gives no right to act.
    #[must_use]
    pub fn record(&self) -> OrderRecord {
        OrderRecord {
            number: self.number,
            actions: self.actions.clone(),
            given: self.given,
            ends: self.ends,
            overridden: matches!(self.basis, Basis::Overridden { .. }),
        }
    }
}
