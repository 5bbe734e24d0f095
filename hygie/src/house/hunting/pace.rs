//! How a hunt keeps to its share of the processor.

use std::time::{Duration, Instant};

use crate::stop::Stop;

/// Keeps to a share of one core: after each stretch of work it rests.
pub(super) struct Pace<'s> {
    percent: u32,
    stop: &'s Stop,
    since: Instant,
    steps: u32,
    pub(super) is_stopped: bool,
}

/// The longest rest: a job of the lake that found nothing for hours was no work of this thread.
const REST_MAX: Duration = Duration::from_secs(60);

/// Steps between two rests.
const STEPS: u32 = 1_024;

impl<'s> Pace<'s> {
    pub(super) fn new(percent: u32, stop: &'s Stop) -> Self {
        Self {
            percent: percent.clamp(1, 100),
            stop,
            since: Instant::now(),
            steps: 0,
            // A house that closes as it opens hunts nothing.
            is_stopped: stop.wait(Duration::ZERO),
        }
    }

    /// Rests now and then; whether to stop.
    pub(super) fn step(&mut self) -> bool {
        self.steps += 1;
        if self.steps >= STEPS {
            self.rest();
        }
        self.is_stopped
    }

    pub(super) fn rest(&mut self) {
        self.steps = 0;
        self.is_stopped |= self
            .stop
            .wait(rest_after(self.since.elapsed(), self.percent));
        self.since = Instant::now();
    }
}

pub(super) fn rest_after(busy: Duration, percent: u32) -> Duration {
    let rest = busy * (100 - percent.min(100)) / percent.max(1);
    rest.min(REST_MAX)
}
