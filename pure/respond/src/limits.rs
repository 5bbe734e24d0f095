//! Every bound of the crate, in one place.

/// Bounds on plans, on what is known and on what is signed; reaching one is a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Greatest number of actions of one plan.
    pub actions_max: usize,
    /// Longest declared duration of a plan; what must last longer is until further notice.
    pub plan_minutes_max: u32,
    /// What was seen longer ago says nothing about now.
    pub facts_age_max_minutes: u32,
    /// A clock of the house may be so far ahead.
    pub facts_ahead_max_minutes: u32,
    /// Greatest number of uses and of suppliers out of service; beyond, nothing is known.
    pub facts_max: usize,
    /// Greatest number of orders in force at once.
    pub in_force_max: usize,
    /// An order must have begun within this time: what it was checked against grows old.
    pub begin_minutes_max: u32,
    /// Greatest number of lost functions that are told with their path; all are counted.
    pub lost_listed_max: usize,
    /// Greatest number of nodes of one told path.
    pub path_nodes_max: usize,
    /// Most work in search of alternatives: nodes looked at, and actions read. Each way of being
    /// milder may try once beyond it.
    pub alternative_work_max: u64,
    /// Greatest number of levels of one need.
    pub need_levels_max: usize,
    /// Greatest length of the reason of an override.
    pub reason_bytes_max: usize,
    /// Longest life of an override.
    pub override_minutes_max: u32,
    /// Two persons sign what they have just read.
    pub refusal_age_max_minutes: u32,
}

impl Limits {
    /// Those of the house.
    pub const DEFAULT: Self = Self {
        actions_max: 1_000,
        plan_minutes_max: 30 * 24 * 60,
        facts_age_max_minutes: 5,
        facts_ahead_max_minutes: 1,
        facts_max: 100_000,
        in_force_max: 10_000,
        begin_minutes_max: 5,
        lost_listed_max: 50,
        path_nodes_max: 64,
        alternative_work_max: 6_000,
        need_levels_max: 8,
        reason_bytes_max: 4_096,
        override_minutes_max: 12 * 60,
        refusal_age_max_minutes: 15,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
