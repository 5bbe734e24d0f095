//! When each request is meant to leave.

use std::time::Duration;

/// How fast requests follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bench) enum Pace {
    /// Each connection sends as soon as it has its answer (closed loop).
    Greatest,
    /// So many requests a second over all connections, whatever the answers do (open loop).
    Steady {
        /// Requests a second.
        per_s: u32,
    },
}

impl Pace {
    /// When a connection's turn is due, from the start: connections take turns evenly, so that no
    /// two requests are due at once. Without a due time, a turn follows the one before.
    pub(super) fn due(self, connection: u32, turn: u64, connections: u32) -> Option<Duration> {
        let Self::Steady { per_s } = self else {
            return None;
        };
        let before = u128::from(turn) * u128::from(connections) + u128::from(connection);
        let due_ns = before.saturating_mul(1_000_000_000) / u128::from(per_s.max(1));
        Some(Duration::from_nanos(
            u64::try_from(due_ns).unwrap_or(u64::MAX),
        ))
    }
}
