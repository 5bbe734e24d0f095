//! How many events a second a flood of strangers may make: what exceeds it is counted, and the next
//! event tells how many.

use std::sync::atomic::{AtomicU64, Ordering};

use event::Timestamp;

use crate::limits::UNREAD_PER_S_MAX;

/// Events of the present second, and what was held back.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    second: AtomicU64,
    used: AtomicU64,
    held_back: AtomicU64,
}

impl Budget {
    /// How many times an event at this instant stands for; nothing when it is held back.
    pub(crate) fn spend(&self, now: Timestamp) -> Option<u64> {
        let second = now.as_s();
        if self.second.swap(second, Ordering::Relaxed) != second {
            self.used.store(0, Ordering::Relaxed);
        }
        if self.used.fetch_add(1, Ordering::Relaxed) >= UNREAD_PER_S_MAX {
            self.held_back.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let earlier = self.held_back.swap(0, Ordering::Relaxed);
        Some(earlier.saturating_add(1))
    }

    /// An event could not be kept: the next one stands for it as well.
    pub(crate) fn give_back(&self, times: u64) {
        self.held_back.fetch_add(times, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exceeds_the_budget_is_told_by_the_next() {
        let budget = Budget::default();
        let at = Timestamp::from_s;
        for _ in 0..UNREAD_PER_S_MAX {
            assert_eq!(budget.spend(at(1)), Some(1));
        }
        assert_eq!(budget.spend(at(1)), None);
        assert_eq!(budget.spend(at(1)), None);
        budget.give_back(4);
        assert_eq!(budget.spend(at(2)), Some(7));
        assert_eq!(budget.spend(at(2)), Some(1));
    }
}
