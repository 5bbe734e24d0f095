//! What is sealed next: a pure choice.

use std::ops::Range;
use std::time::Duration;

use super::limits::{JOB_BYTES_MAX, JOB_SEGMENTS_MAX, SEGMENTS_MAX};

/// When pieces of a log are sealed.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How long a closed segment stays.
    pub seal_after: Duration,
    /// How many closed segments may stay, whatever their age.
    pub segments_max: usize,
}

/// A closed segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closed {
    pub(super) range: Range<u64>,
    pub(super) bytes: u64,
    pub(super) age: Duration,
}

impl Plan {
    /// A log whose segments are sealed when they are so old, or too many.
    #[must_use]
    pub fn after(seal_after: Duration) -> Self {
        Self {
            seal_after,
            segments_max: SEGMENTS_MAX,
        }
    }

    /// A log whose segments are sealed as soon as they are closed.
    #[must_use]
    pub fn at_once() -> Self {
        Self::after(Duration::ZERO)
    }

    /// The entries of the next job, out of closed segments in their order.
    pub(super) fn next(&self, closed: &[Closed]) -> Option<Range<u64>> {
        let beyond = closed.len().saturating_sub(self.segments_max);
        let mut job: Option<Range<u64>> = None;
        let mut bytes = 0_u64;
        for (position, segment) in closed.iter().enumerate().take(JOB_SEGMENTS_MAX) {
            let due = position < beyond || segment.age >= self.seal_after;
            bytes = bytes.saturating_add(segment.bytes);
            job = match job {
                None if due => Some(segment.range.clone()),
                Some(job) if due && bytes <= JOB_BYTES_MAX && job.end == segment.range.start => {
                    Some(job.start..segment.range.end)
                }
                done => return done,
            };
        }
        job
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn closed(ages_h: &[u32], bytes: u64) -> Vec<Closed> {
        (0..)
            .zip(ages_h)
            .map(|(first, age)| Closed {
                range: first * 10..first * 10 + 10,
                bytes,
                age: HOUR * *age,
            })
            .collect()
    }

    #[test]
    fn the_oldest_that_are_due_go_together_within_the_limits() {
        let plan = Plan::after(24 * HOUR);
        for (ages, bytes, expected) in [
            (&[][..], 1, None),
            (&[23], 1, None),
            (&[24], 1, Some(0..10)),
            (&[30, 25, 24, 23], 1, Some(0..30)),
            (&[23, 30], 1, None),
            (&[30, 30], JOB_BYTES_MAX, Some(0..10)),
            (&[30, 30, 30], JOB_BYTES_MAX / 2, Some(0..20)),
            (&[30; 40], 1, Some(0..10 * JOB_SEGMENTS_MAX as u64)),
        ] {
            assert_eq!(plan.next(&closed(ages, bytes)), expected, "{ages:?}");
        }
    }

    #[test]
    fn too_many_are_sealed_whatever_their_age() {
        let plan = Plan {
            segments_max: 3,
            ..Plan::after(24 * HOUR)
        };
        assert_eq!(plan.next(&closed(&[0; 3], 1)), None);
        assert_eq!(plan.next(&closed(&[0; 5], 1)), Some(0..20));
        assert_eq!(Plan::at_once().next(&closed(&[0], 1)), Some(0..10));
    }

    #[test]
    fn a_gap_ends_a_job() {
        let mut segments = closed(&[30, 30], 1);
        segments[1].range = 11..20;
        assert_eq!(Plan::at_once().next(&segments), Some(0..10));
    }
}
