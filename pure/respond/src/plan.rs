//! What somebody wants to contain, for how long, and to what end.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use crate::{Action, Aim, Error, Limits};

/// A plan of containment: a wish, which nothing may act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    actions: BTreeSet<Action>,
    minutes: Option<NonZeroU32>,
    aims: BTreeSet<Aim>,
}

impl Plan {
    /// A plan of some actions that last so many minutes, or until further notice.
    ///
    /// Without aims, every milder containment counts as worth proposing.
    pub fn new(
        actions: BTreeSet<Action>,
        minutes: Option<u32>,
        aims: BTreeSet<Aim>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let (count, limit) = (actions.len(), limits.actions_max);
        if count == 0 {
            return Err(Error::EmptyPlan);
        }
        if count > limit {
            return Err(Error::TooManyActions { count, limit });
        }
        for it in &actions {
            if let Some(aim) = aims.iter().find(|aim| !it.measure.reaches(**aim)) {
                return Err(Error::MissesAim {
                    target: it.target.clone(),
                    measure: it.measure.code(),
                    aim: aim.code(),
                });
            }
        }
        let minutes = match minutes {
            None => None,
            Some(minutes) => {
                let most = limits.plan_minutes_max;
                let lasting = NonZeroU32::new(minutes).filter(|it| it.get() <= most);
                Some(lasting.ok_or(Error::Duration { minutes, most })?)
            }
        };
        Ok(Self {
            actions,
            minutes,
            aims,
        })
    }

    /// What is done.
    #[must_use]
    pub fn actions(&self) -> &BTreeSet<Action> {
        &self.actions
    }

    /// For how long; without it, until further notice.
    #[must_use]
    pub fn minutes(&self) -> Option<NonZeroU32> {
        self.minutes
    }

    /// What must be stopped.
    #[must_use]
    pub fn aims(&self) -> &BTreeSet<Aim> {
        &self.aims
    }

    /// The same plan with other actions, fewer or milder.
    pub(crate) fn with_actions(&self, actions: BTreeSet<Action>) -> Self {
        Self {
            actions,
            minutes: self.minutes,
            aims: self.aims.clone(),
        }
    }

    /// The same plan for another time.
    pub(crate) fn lasting(&self, minutes: NonZeroU32) -> Self {
        Self {
            minutes: Some(minutes),
            ..self.clone()
        }
    }
}
