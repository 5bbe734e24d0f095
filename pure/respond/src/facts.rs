//! What is known about now: which care is in use, and which suppliers have failed.

use std::collections::BTreeSet;
use std::time::Duration;

use event::{SupplyId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Limits;

/// What is in use and out of service, as of an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// When this was seen.
    pub as_of: Timestamp,
    /// The care that is in use or planned.
    #[serde(default)]
    pub in_use: Vec<Use>,
    /// Suppliers that do not work, whoever is the cause.
    #[serde(default)]
    pub out_of_service: BTreeSet<SupplyId>,
}

/// One use of a care function, such as an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// The care function.
    pub function: SupplyId,
    /// Its begin; one that lies ahead counts when the plan may last until then.
    pub from: Timestamp,
    /// Its expected end. Once that has passed, the use goes on until it is no longer told.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Interruptions that it has already had, which count against what it tolerates.
    #[serde(default)]
    pub interrupted_minutes: u32,
}

impl Facts {
    /// Whether they still speak of now.
    pub(crate) fn are_fresh(&self, now: Timestamp, limits: &Limits) -> bool {
        now.since(self.as_of) <= minutes(limits.facts_age_max_minutes)
            && self.as_of.since(now) <= minutes(limits.facts_ahead_max_minutes)
            && self.in_use.len() <= limits.facts_max
            && self.out_of_service.len() <= limits.facts_max
    }
}

impl Use {
    /// Whether it counts for a containment that begins at `begin` and lasts so many minutes.
    ///
    /// An expected end counts only while it lies ahead of `now`: an operation that runs over has
    /// no known end.
    pub(crate) fn meets(&self, now: Timestamp, begin: Timestamp, lasting: Option<u32>) -> bool {
        let over = self
            .until
            .is_some_and(|until| now < until && until <= begin);
        let ahead = lasting.is_some_and(|it| begin.after(minutes(it)) <= self.from);
        !over && !ahead
    }
}

/// A duration of minutes.
pub(crate) fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes).saturating_mul(60))
}
