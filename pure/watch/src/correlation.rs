//! Sigma correlations on event time: several hits that mean more together than alone.
//!
//! Hits of rules come in as they were kept; [`Correlator`] puts them in order of their own time,
//! within an allowed lateness, and looks at the window `(t - span, t]` that each of them closes.
//! Ties break by position in the log, so a replay of the log finds the same. What arrives later
//! than allowed is counted, is put in its place all the same and revises its group.
//!
//! A correlation fires at a hit when its condition holds and it did not fire less than a timespan
//! before or after for the same group: two findings of a group share no event.
//!
//! INVARIANT: (8) nothing is evicted silently. Groups beyond the limit share cells, which count
//! together; a group with too many events is counted in buckets. Findings say so, and the step
//! itself is an [`Outcome::Limit`].

mod buckets;
mod definition;
mod engine;
mod limits;
mod nodes;
mod of_sigma;
mod watermark;
mod window;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::{Entity, Finding, POSITIONS_MAX};

pub use definition::{Condition, Correlation, CorrelationRefusal, Correlations, Kind};
pub use engine::Correlator;
pub use limits::CorrelationLimits;
pub use window::Precision;

/// One hit of a rule.
#[derive(Clone, Copy)]
pub struct Hit<'event> {
    /// The id of the rule.
    pub rule: &'event str,
    /// When the event happened, in microseconds since 1970; the time of receipt when it says none.
    pub at_us: i64,
    /// When it was received, as the log says.
    pub received_us: i64,
    /// Its position in the log.
    pub position: u64,
    /// Who reported it: each source has a clock of its own.
    pub source: &'event str,
    /// Its fields.
    pub fields: &'event dyn Fields,
}

/// Looks up a field of an event by the name that rules use.
pub trait Fields {
    /// The value as text, or `None` when the event has none.
    fn value(&self, field: &str) -> Option<Cow<'_, str>>;
}

impl Fields for BTreeMap<String, String> {
    fn value(&self, field: &str) -> Option<Cow<'_, str>> {
        self.get(field).map(|value| Cow::Borrowed(value.as_str()))
    }
}

/// What came of a hit or of the passing of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A correlation fired.
    Found(Correlated),
    /// A limit was reached, and something is kept more coarsely from now on.
    Limit(LimitNote),
}

/// A correlation that fired.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Correlated {
    /// When its window closed: the time of its last event.
    pub at_us: i64,
    /// The position of that event.
    pub position: u64,
    /// The correlation.
    pub correlation: String,
    /// The values that the events share, as (field or alias, value in lower case).
    pub group: Vec<(String, String)>,
    /// How many events, distinct values or distinct rules the window holds.
    pub count: u64,
    /// The positions of those events, the newest 256; for values and rules one event each.
    pub positions: Vec<u64>,
    /// How exactly it was counted.
    pub precision: Precision,
    /// Whether several groups were counted together, because there were too many.
    pub is_merged: bool,
    /// Whether an event that came later than allowed was part of it.
    pub is_late: bool,
}

/// A limit that was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitNote {
    /// The correlation, if it is one's own limit.
    pub correlation: Option<String>,
    /// The source whose hit reached it.
    pub source: String,
    /// Which limit.
    pub limit: LimitReached,
    /// When, in event time.
    pub at_us: i64,
}

/// The limits that can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitReached {
    /// Too many events in one group: it is counted in buckets, or thinned.
    Entries,
    /// Too many groups: new ones share cells.
    Groups,
    /// Too many hits waited for the clock: the oldest did not wait any longer.
    Held,
    /// The event is older than anything a correlation still remembers.
    TooLate,
}

/// What went through a [`Correlator`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CorrelationCounts {
    /// Hits that a correlation waited for.
    pub hits: u64,
    /// Of them, those that came later than allowed.
    pub late: u64,
    /// Looks at a correlation that no longer remembered the time of the event.
    pub too_late: u64,
    /// Those whose time lay too far after their receipt; they count at their receipt.
    pub from_future: u64,
    /// Looks at a correlation by whose fields the event could not be grouped.
    pub without_group: u64,
    /// Looks at a count of values by an event without a value.
    pub without_value: u64,
    /// Hits that were taken before their time, for lack of room.
    pub hurried: u64,
    /// Hits that were counted in a cell that groups share.
    pub merged: u64,
    /// Groups that became buckets or were thinned.
    pub coarsened: u64,
}

impl std::fmt::Debug for Hit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Fields may name people; the position leads whoever may read them there.
        f.debug_struct("Hit")
            .field("rule", &self.rule)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Correlated {
    /// The finding, with the level and techniques of its definition and the entities that the
    /// caller reads from the group.
    #[must_use]
    pub fn finding(&self, definition: &Correlation, entities: Vec<Entity>) -> Finding {
        let total = match definition.kind {
            Kind::EventCount => self.count,
            _ => u64::try_from(self.positions.len()).unwrap_or(u64::MAX),
        };
        let precision = match self.precision {
            Precision::Exact => "exact",
            Precision::Thinned => "thinned",
            Precision::Buckets => "buckets",
            Precision::Estimated => "estimated",
        };
        let positions = self.positions.iter().take(POSITIONS_MAX).copied();
        let mut finding = Finding::new(&self.correlation, definition.level, self.at_us, entities)
            .events(positions, total)
            .fact("count", self.count)
            .fact("counted", precision);
        finding.techniques.clone_from(&definition.techniques);
        for (field, value) in &self.group {
            finding = finding.fact(&format!("group.{field}"), value.as_str());
        }
        if self.is_merged {
            finding = finding.fact("groups", "merged");
        }
        if self.is_late {
            finding = finding.fact("arrival", "late");
        }
        finding
    }
}

#[cfg(test)]
mod tests;
