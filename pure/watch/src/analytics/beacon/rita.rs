//! The beacon score that RITA v5 publishes, from its description, to compare ours with.

/// A score with its four parts, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RitaScore {
    /// The mean of the four parts.
    pub score: i64,
    /// How regular the gaps are.
    pub timestamps: i64,
    /// How regular the sizes are.
    pub sizes: i64,
    /// How long the pair was active.
    pub duration: i64,
    /// How even the histogram over the window is.
    pub histogram: i64,
}

/// Connections from which on the pair is a strobe and not scored.
const STROBE: usize = 86_400;
const BINS: usize = 24;
const FIT_BINS_MIN: usize = 11;
const DURATION_BINS_MIN: usize = 6;

/// Scores one pair from the times (whole seconds) and the source's bytes of its connections, over
/// a data set from `span.0` to `span.1`. `None` when there is too little or too much to score:
/// fewer than 4 distinct seconds, fewer than 3 gaps, or 86,400 connections.
#[must_use]
pub fn score(times_s: &[i64], bytes: &[u64], span_s: (i64, i64)) -> Option<RitaScore> {
    let mut times: Vec<i64> = times_s.to_vec();
    times.sort_unstable();
    if times.len() >= STROBE {
        return None;
    }
    let gaps = times
        .windows(2)
        .filter_map(|pair| Some(pair.last()?.saturating_sub(*pair.first()?)))
        .filter(|gap| *gap > 0);
    let mut gaps: Vec<f64> = gaps.map(float).collect();
    if gaps.len() < 3 {
        return None;
    }
    gaps.sort_by(f64::total_cmp);
    let mut sizes: Vec<f64> = bytes.iter().map(|size| count(*size)).collect();
    sizes.sort_by(f64::total_cmp);
    let bins = bins(&times, span_s);
    let filled = bins.iter().filter(|bin| **bin > 0.0).count();
    let timestamps = f64::midpoint(skew(&gaps), dispersion(&gaps, 1.0));
    let sizes = f64::midpoint(skew(&sizes), dispersion(&sizes, 0.0));
    let duration = duration(&times, &bins, filled, span_s);
    let histogram = flatness(&bins).max(fit(&bins, filled));
    Some(RitaScore {
        score: thousandths((timestamps + sizes + duration + histogram) / 4.0),
        timestamps: thousandths(timestamps),
        sizes: thousandths(sizes),
        duration: thousandths(duration),
        histogram: thousandths(histogram),
    })
}

fn skew(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    let low = sorted.get(..half).unwrap_or(&[]);
    let high = sorted.get(sorted.len() - half..).unwrap_or(&[]);
    let (first, middle, third) = (median(low), median(sorted), median(high));
    let width = third - first;
    let is_flat = (middle - first).abs() < f64::EPSILON || (middle - third).abs() < f64::EPSILON;
    if width < 10.0 || is_flat {
        return 1.0;
    }
    1.0 - ((first + third - 2.0 * middle) / width).abs()
}

fn dispersion(sorted: &[f64], otherwise: f64) -> f64 {
    let middle = median(sorted);
    if middle < 1.0 {
        return otherwise;
    }
    let mut away: Vec<f64> = sorted.iter().map(|value| (value - middle).abs()).collect();
    away.sort_by(f64::total_cmp);
    ((middle - median(&away)) / middle).max(0.0)
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle).copied().unwrap_or(0.0);
    match sorted.len() % 2 {
        0 => {
            let lower = middle.checked_sub(1).and_then(|place| sorted.get(place));
            f64::midpoint(lower.copied().unwrap_or(0.0), upper)
        }
        _ => upper,
    }
}

fn bins(times: &[i64], (from, to): (i64, i64)) -> [f64; BINS] {
    let mut bins = [0.0; BINS];
    let span = i128::from(to.saturating_sub(from).max(1));
    for time in times {
        let into = i128::from(time.saturating_sub(from).max(0));
        let place = usize::try_from(into * 24 / span).unwrap_or(usize::MAX);
        if let Some(bin) = bins.get_mut(place.min(BINS - 1)) {
            *bin += 1.0;
        }
    }
    bins
}

fn flatness(bins: &[f64; BINS]) -> f64 {
    let mean = bins.iter().sum::<f64>() / float_of(BINS);
    if mean <= 0.0 {
        return 0.0;
    }
    let squares: f64 = bins.iter().map(|bin| (bin - mean).powi(2)).sum();
    let variation = (squares / float_of(BINS)).sqrt() / mean;
    if variation > 1.0 {
        0.0
    } else {
        1.0 - variation
    }
}

/// How much of the histogram has one of its two most frequent heights.
fn fit(bins: &[f64; BINS], filled: usize) -> f64 {
    if filled < FIT_BINS_MIN {
        return 0.0;
    }
    let tallest = bins.iter().copied().fold(0.0, f64::max);
    let step = (tallest * 0.05).ceil().max(1.0);
    let mut heights: Vec<f64> = bins
        .iter()
        .filter(|bin| **bin > 0.0)
        .map(|bin| (bin / step).floor())
        .collect();
    heights.sort_by(f64::total_cmp);
    let mut groups: Vec<usize> = heights
        .chunk_by(|one, other| (one - other).abs() < 0.5)
        .map(<[f64]>::len)
        .collect();
    groups.sort_unstable();
    let two: usize = groups.iter().rev().take(2).sum();
    (float_of(two) / float_of(filled - 1)).min(1.0)
}

fn duration(times: &[i64], bins: &[f64; BINS], filled: usize, (from, to): (i64, i64)) -> f64 {
    if filled < DURATION_BINS_MIN {
        return 0.0;
    }
    let first = times.first().copied().unwrap_or(0);
    let last = times.last().copied().unwrap_or(0);
    let coverage = float(last.saturating_sub(first)) / float(to.saturating_sub(from).max(1));
    let (mut run, mut longest) = (0, 0);
    // Twice around, since the run may pass from the last bin to the first.
    for bin in bins.iter().chain(bins) {
        run = if *bin > 0.0 { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let consistency = float_of(longest.min(BINS)) / 12.0;
    let up = |part: f64| ((part * 1_000.0).ceil() / 1_000.0).min(1.0);
    up(coverage).max(up(consistency))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds and counts, rounded at the end"
)]
fn float(value: i64) -> f64 {
    value as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds and counts, rounded at the end"
)]
fn float_of(value: usize) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "bytes, rounded at the end")]
fn count(value: u64) -> f64 {
    value as f64
}

#[expect(clippy::cast_possible_truncation, reason = "a score of at most one")]
fn thousandths(value: f64) -> i64 {
    (value.clamp(0.0, 1.0) * 1_000.0).round() as i64
}
