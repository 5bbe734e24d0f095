//! How findings are grouped, how risk adds up, and how much of both is kept.

use serde::{Deserialize, Serialize};

use crate::finding::Level;

/// Settings and limits, as `rules/analytics.toml` writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IncidentSettings {
    /// A finding joins an incident to which something was added at most so long ago, in seconds.
    pub window_s: i64,
    /// Risk that a finding adds, by level from informational to critical, in thousandths.
    pub risk_points: [u64; 5],
    /// Risk fades by half in so many seconds.
    pub half_life_s: i64,
    /// Incidents that are open at once.
    pub open_max: usize,
    /// Entities of one incident.
    pub entities_max: usize,
    /// Positions of events of one incident.
    pub positions_max: usize,
    /// Different rules and techniques of one incident.
    pub rules_max: usize,
    /// Entities whose risk is kept.
    pub risks_max: usize,
    /// Suppressions at once.
    pub suppressions_max: usize,
}

impl Default for IncidentSettings {
    fn default() -> Self {
        Self {
            window_s: 86_400,
            risk_points: [1_000, 5_000, 20_000, 60_000, 100_000],
            half_life_s: 86_400,
            open_max: 10_000,
            entities_max: 256,
            positions_max: 1_024,
            rules_max: 128,
            risks_max: 200_000,
            suppressions_max: 10_000,
        }
    }
}

impl IncidentSettings {
    pub(super) fn window_us(&self) -> i64 {
        self.window_s.max(0).saturating_mul(1_000_000)
    }

    pub(super) fn half_life_us(&self) -> u64 {
        self.half_life_s
            .unsigned_abs()
            .saturating_mul(1_000_000)
            .max(1)
    }

    pub(super) fn points(&self, level: Level) -> u64 {
        let [informational, low, medium, high, critical] = self.risk_points;
        match level {
            Level::Informational => informational,
            Level::Low => low,
            Level::Medium => medium,
            Level::High => high,
            Level::Critical => critical,
        }
    }
}
