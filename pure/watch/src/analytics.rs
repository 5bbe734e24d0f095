//! Built-in analytics: what rules cannot say, each with a published definition.
//!
//! The definitions, their thresholds and what they cannot see are in `docs/analytics.md`; the
//! thresholds are data, in `rules/analytics.toml`. Each analytic is a fold of typed events, keeps
//! a baseline of each establishment, is bounded, and says when it had to let something go.

mod all;
pub mod baseline;
pub mod beacon;
pub(crate) mod bounded;
pub mod control_write;
pub mod dns_tunnel;
pub mod extraction;
pub mod first_seen;
pub mod input;
pub mod lateral;
pub mod ransomware;
pub mod scan;
pub mod travel;
pub(crate) mod window;

use serde::{Deserialize, Serialize};

use crate::finding::Finding;

pub use all::{Analytics, AnalyticsSettings, Observed};

pub(crate) const SECOND_US: i64 = 1_000_000;
pub(crate) const DAY_US: i64 = 86_400 * SECOND_US;

/// What an analytic says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// It found something.
    Found(Finding),
    /// It reached a limit and let something go. Told at the first, the second, the fourth time
    /// and so on.
    Evicted(Evicted),
}

/// State that was let go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evicted {
    /// Of what.
    pub what: String,
    /// Who held the most of it.
    pub owner: String,
    /// How many times since the beginning.
    pub total: u64,
    /// When, in event time.
    pub at_us: i64,
}
