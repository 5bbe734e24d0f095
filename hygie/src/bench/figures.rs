//! From samples to the few numbers that are shown.

use std::time::Duration;

/// Times of single operations, in nanoseconds, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Samples(Vec<u64>);

impl Samples {
    /// Sorts the times of single operations.
    pub(super) fn new(mut times_ns: Vec<u64>) -> Self {
        times_ns.sort_unstable();
        Self(times_ns)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The smallest sample that at least `percent` of a hundred do not exceed (nearest rank), in
    /// nanoseconds; 0 without samples.
    pub(super) fn percentile_ns(&self, percent: usize) -> u64 {
        let rank = (self.0.len().saturating_mul(percent)).div_ceil(100);
        let at = rank.saturating_sub(1);
        self.0.get(at).copied().unwrap_or_default()
    }

    /// [`Self::percentile_ns`] in milliseconds.
    pub(super) fn percentile_ms(&self, percent: usize) -> f64 {
        approximate(self.percentile_ns(percent)) / 1e6
    }

    /// [`Self::percentile_ns`] in microseconds.
    pub(super) fn percentile_us(&self, percent: usize) -> f64 {
        approximate(self.percentile_ns(percent)) / 1e3
    }
}

/// The middle of some figures: the mean of the two middle ones when their number is even; 0
/// without figures.
pub(super) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (low, high) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
    match (sorted.get(low), sorted.get(high)) {
        (Some(low), Some(high)) => f64::midpoint(*low, *high),
        _ => 0.0,
    }
}

/// Events a second; 0 when no time passed.
pub(super) fn per_s(events: u64, took: Duration) -> f64 {
    ratio(approximate(events), took.as_secs_f64())
}

/// One figure by another; 0 when there is nothing to compare with.
pub(super) fn ratio(figure: f64, beside: f64) -> f64 {
    if beside > 0.0 { figure / beside } else { 0.0 }
}

/// A figure as it is shown: measurements have no more than a few meaningful digits.
pub(super) fn rounded(figure: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    let rounded = (figure * scale).round() / scale;
    // `-0.0` would be printed with its sign.
    rounded + 0.0
}

/// A duration in whole nanoseconds; the greatest number when it does not fit.
pub(super) fn whole_ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A count as a figure.
#[expect(
    clippy::cast_precision_loss,
    reason = "a figure of a measurement is approximate"
)]
pub(super) fn approximate(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
