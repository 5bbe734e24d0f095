//! What a correlation may hold in memory, and for how long.

use serde::{Deserialize, Serialize};

/// The longest timespan of a correlation: 400 days.
pub(super) const SPAN_US_MAX: i64 = 400 * 86_400 * 1_000_000;
/// The most rules of one correlation.
pub(super) const RULES_MAX: usize = 64;
/// The most fields by which one correlation groups.
pub(super) const GROUP_BY_MAX: usize = 16;
/// How deep correlations may rest on correlations.
pub(super) const DEPTH_MAX: usize = 10;
/// Bytes of a group value that are kept as they are; a longer one ends in its hash.
pub(super) const VALUE_BYTES_MAX: usize = 256;
/// Positions that an inner correlation hands to the outer one.
pub(super) const INNER_POSITIONS_MAX: usize = 32;
/// Into how many parts a timespan is cut once a group is too large to be kept event by event.
pub(super) const BUCKETS: i64 = 32;

/// Limits of the evaluation. Each one that is reached gives an outcome, and nothing is forgotten
/// for it: what cannot be kept exactly is kept more coarsely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorrelationLimits {
    /// How long an event may arrive behind the newest one of its source and still be taken in
    /// order, in microseconds.
    pub lateness_us: i64,
    /// How long beyond that a late event still revises its group, in microseconds.
    pub revise_us: i64,
    /// A source that is this far behind the others no longer holds the clock, in microseconds.
    pub idle_us: i64,
    /// How far before its receipt an event may claim to happen in the future, in microseconds.
    pub future_us_max: i64,
    /// Hits that wait for the clock.
    pub held_max: usize,
    /// Sources with a clock of their own; further ones share one.
    pub sources_max: usize,
    /// Groups that one correlation keeps apart; further ones share cells.
    pub groups_max: usize,
    /// Groups that one source may open in one correlation.
    pub groups_per_source_max: usize,
    /// Cells that groups beyond the limit share, for each correlation.
    pub cells: u16,
    /// Events that one group keeps one by one.
    pub entries_per_group_max: usize,
    /// Events that one correlation keeps one by one; beyond, growing groups are kept as counts.
    pub entries_max: usize,
}

impl CorrelationLimits {
    /// The limits unless configured otherwise.
    pub const DEFAULT: Self = Self {
        lateness_us: 5 * 1_000_000,
        revise_us: 3_600 * 1_000_000,
        idle_us: 60 * 1_000_000,
        future_us_max: 300 * 1_000_000,
        held_max: 1_000_000,
        sources_max: 4_096,
        groups_max: 50_000,
        groups_per_source_max: 25_000,
        cells: 1_024,
        entries_per_group_max: 4_096,
        entries_max: 1_000_000,
    };
}

impl Default for CorrelationLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
