//! What is usual in one establishment: a fold of measured values, day by day.
//!
//! Values fall into buckets of an eighth of a power of two. At the end of each day the past fades
//! by one part in thirty-two, so that about a month counts. Only closed days are asked: an attack
//! does not raise its own threshold on its first day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::DAY_US;

/// One count, in the unit in which the past fades.
const ONE: u64 = 1_024;
/// One part of the past in so many fades each day.
const FADE: u64 = 32;
/// Days without anything after which nothing of the past is left to fade.
const FADED_DAYS: i64 = 400;
/// Values below are kept exactly.
const EXACT_BELOW: u64 = 16;

/// The usual values of one measure.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Baseline {
    day: Option<i64>,
    #[serde(with = "crate::pairs")]
    today: BTreeMap<u16, u64>,
    #[serde(with = "crate::pairs")]
    past: BTreeMap<u16, u64>,
    days: u32,
}

impl Baseline {
    /// Takes one value of a day; a late one counts for the day that is open.
    pub fn learn(&mut self, value: u64, at_us: i64) {
        let day = at_us.div_euclid(DAY_US);
        match self.day {
            Some(open) if day > open => self.close(day - open),
            _ => {}
        }
        self.day = Some(self.day.map_or(day, |open| open.max(day)));
        let count = self.today.entry(bucket(value)).or_default();
        *count = count.saturating_add(ONE);
    }

    /// How many days were closed.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.days
    }

    /// The value that so many thousandths of the past do not exceed, rounded up by at most an
    /// eighth; `None` before the first day is closed.
    #[must_use]
    pub fn quantile(&self, thousandths: u64) -> Option<u64> {
        let all = self
            .past
            .values()
            .fold(0_u64, |sum, n| sum.saturating_add(*n));
        if all == 0 {
            return None;
        }
        let wanted =
            all / 1_000 * thousandths.min(1_000) + all % 1_000 * thousandths.min(1_000) / 1_000;
        let mut seen = 0_u64;
        for (bucket, count) in &self.past {
            seen = seen.saturating_add(*count);
            if seen >= wanted {
                return Some(upper(*bucket));
            }
        }
        self.past.keys().next_back().map(|bucket| upper(*bucket))
    }

    /// A threshold that follows the establishment: `factor` times the 99th percentile of its past,
    /// but never below the floor nor above the ceiling, so that it cannot be taught to see nothing.
    #[must_use]
    pub fn threshold(&self, floor: u64, factor: u64, ceiling: u64) -> u64 {
        let usual = self.quantile(990).unwrap_or(0).saturating_mul(factor);
        usual.max(floor).min(ceiling.max(floor))
    }

    fn close(&mut self, days: i64) {
        self.days = self.days.saturating_add(1);
        for _ in 0..days.min(FADED_DAYS) {
            self.past.retain(|_, count| {
                *count -= count.div_ceil(FADE);
                *count > 0
            });
        }
        for (bucket, count) in std::mem::take(&mut self.today) {
            let past = self.past.entry(bucket).or_default();
            *past = past.saturating_add(count);
        }
    }
}

/// Baselines by establishment, at most so many; further ones share the last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Baselines {
    by_establishment: BTreeMap<String, Baseline>,
}

/// More than any group has; the name beyond is that of all others.
const ESTABLISHMENTS_MAX: usize = 256;
const OTHERS: &str = "";

impl Baselines {
    pub(super) fn of(&mut self, establishment: &str) -> &mut Baseline {
        let is_known = self.by_establishment.contains_key(establishment);
        let has_room = self.by_establishment.len() < ESTABLISHMENTS_MAX;
        let name = match is_known || has_room {
            true => establishment,
            false => OTHERS,
        };
        self.by_establishment.entry(name.to_owned()).or_default()
    }
}

fn bucket(value: u64) -> u16 {
    if value < EXACT_BELOW {
        return u16::try_from(value).unwrap_or(0);
    }
    let power = value.ilog2();
    let eighth = (value >> (power - 3)) & 7;
    u16::try_from(16 + u64::from(power - 4) * 8 + eighth).unwrap_or(u16::MAX)
}

/// The largest value of a bucket.
fn upper(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    if bucket < EXACT_BELOW {
        return bucket;
    }
    let power = (bucket - 16) / 8 + 4;
    let eighth = (bucket - 16) % 8;
    let step = 1_u64
        .checked_shl(u32::try_from(power - 3).unwrap_or(63))
        .unwrap_or(u64::MAX);
    step.saturating_mul(9 + eighth).saturating_sub(1)
}

#[cfg(test)]
mod tests;
