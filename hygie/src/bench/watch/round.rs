//! One detection after the other over the same events, until enough time has passed.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use ::watch::correlation::Correlated;
use intake::logs::{Progress, Settings, read_pieces};
use rustix::time::{ClockId, clock_gettime};

use super::super::BenchError;
use super::super::process::{forget_own_peak, own_peak_bytes};
use crate::detection::{Detection, Found, Listener, Loaded, Tally, Unread, detect};

/// What was measured of one set of events.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured {
    /// How often all events were looked at.
    pub(super) rounds: u64,
    /// Over all rounds.
    pub(super) wall: Duration,
    /// Processor time of this process over all rounds.
    pub(super) cpu: Duration,
    /// The most memory that this process held in the rounds, in bytes.
    pub(super) rss_bytes_max: Option<u64>,
    /// Of one round.
    pub(super) tally: Tally,
    /// By number of the rule, of one round.
    pub(super) found: BTreeMap<usize, RuleFound>,
}

/// What one rule found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct RuleFound {
    /// How many events.
    pub(super) count: u64,
    /// Their numbers, mixed and summed: equal sums are equal events.
    pub(super) mark: u64,
}

impl RuleFound {
    pub(super) fn add(&mut self, event: u64) {
        self.count += 1;
        self.mark = self.mark.wrapping_add(mixed(event));
    }
}

/// The last step of `splitmix64`; the peer does the same.
fn mixed(number: u64) -> u64 {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// Looks at all events until the time has passed, each time with nothing remembered.
pub(super) fn measure(
    paths: &[PathBuf],
    loaded: &Loaded,
    duration: Duration,
) -> Result<Measured, BenchError> {
    for path in paths {
        fs::metadata(path).map_err(BenchError::file("read", path))?;
    }
    let mut key = [0; 16];
    getrandom::fill(&mut key).map_err(|source| BenchError::Randomness { source })?;
    let settings = Settings::default();
    // Once before, so that what is measured is no disk.
    read_pieces(paths, &settings, &mut |_, _| ControlFlow::Continue(()));
    let detection = Detection {
        paths,
        settings: &settings,
        rules: &loaded.rules,
        joined: &loaded.joined,
        key,
        matchers: available_parallelism().map_err(BenchError::file("count the cores of", "/"))?,
    };
    let mut measured = Measured::default();
    forget_own_peak();
    let (began, began_cpu) = (Instant::now(), cpu());
    while measured.rounds == 0 || began.elapsed() < duration {
        let mut counting = Counting::default();
        measured.tally = detect(&detection, &mut counting);
        measured.found = counting.0;
        measured.rounds += 1;
    }
    measured.wall = began.elapsed();
    measured.cpu = cpu().saturating_sub(began_cpu);
    measured.rss_bytes_max = own_peak_bytes();
    if measured.tally.read.events == 0 {
        return Err(BenchError::Nothing { what: "events" });
    }
    Ok(measured)
}

/// Processor time of this process.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let ns = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, ns)
}

/// Counts findings by rule.
#[derive(Debug, Default)]
struct Counting(BTreeMap<usize, RuleFound>);

impl Listener for Counting {
    fn found(&mut self, found: Found) {
        self.0.entry(found.rule).or_default().add(found.event);
    }

    fn correlated(&mut self, _: Correlated) {}

    fn unread(&mut self, _: Unread) {}

    fn progress(&mut self, _: Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::mixed;

    /// The first that `splitmix64` gives from 0, as everybody who has it publishes; the peer is held
    /// to the same.
    #[test]
    fn numbers_are_mixed_as_the_peer_mixes_them() {
        assert_eq!(mixed(1), 0xe220_a839_7b1d_cdaf);
    }
}
