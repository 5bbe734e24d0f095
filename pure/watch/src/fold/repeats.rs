//! One rule that keeps finding the same about the same: told at the first, the second, the fourth
//! time and so on, and anew after a while. What is told says how many there were.

use serde::{Deserialize, Serialize};

use crate::analytics::Output;
use crate::analytics::bounded::Bounded;
use crate::analytics::window::Recent;
use crate::finding::Entity;

/// Pairs of a rule and whom it is about that are kept apart.
const REPEATS_MAX: usize = 100_000;

/// How often which rule found what about whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Repeats {
    window_us: i64,
    seen: Bounded<Repeat>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Repeat {
    since_us: Option<i64>,
    count: u64,
    recent: Recent,
}

impl Repeats {
    pub(super) fn new(window_us: i64) -> Self {
        Self {
            window_us,
            seen: Bounded::new("repeated findings", REPEATS_MAX),
        }
    }

    /// Takes one hit of a rule; gives the positions of the events and how many there were when it
    /// is to be told.
    pub(super) fn take(
        &mut self,
        rule: &str,
        entities: &[Entity],
        (position, at_us): (u64, i64),
        outputs: &mut Vec<Output>,
    ) -> Option<(Vec<u64>, u64)> {
        let named = entities.iter().map(|entity| entity.id.as_str());
        let key: Vec<&str> = std::iter::once(rule).chain(named).collect();
        let key = key.join("\u{1f}");
        let repeat = self.seen.touch((rule, &key), at_us, outputs);
        let is_over = repeat
            .since_us
            .is_none_or(|since| at_us.saturating_sub(since).saturating_abs() >= self.window_us);
        if is_over {
            *repeat = Repeat {
                since_us: Some(at_us),
                ..Repeat::default()
            };
        }
        repeat.count = repeat.count.saturating_add(1);
        repeat.recent.push(position);
        let is_told = repeat.count.is_power_of_two();
        is_told.then(|| (repeat.recent.positions().collect(), repeat.count))
    }
}
