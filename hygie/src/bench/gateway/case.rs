//! One case: the same work by every way, in turns.

use std::time::Duration;

use super::{BenchError, Course, Options, Pace, Target, load, per_s};
use crate::bench::figures::median;
use crate::bench::limits::{DURATION_MIN, bounded};
use crate::bench::load::Ran;

use super::report::Latency;

/// What is measured, how, and what came of it.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: &'static str,
    /// Connections that are kept alive.
    pub(super) connections: u32,
    /// The steady pace at which latency is measured, visits a second.
    pub(super) steady_per_s: u32,
    /// Whether as many as possible are measured too.
    pub(super) greatest: bool,
    /// Entries of each answer, when it is a bundle.
    pub(super) entries: Option<usize>,
    /// No measurement takes longer: what is sent only once would be used up.
    pub(super) duration_max: Option<Duration>,
    pub(super) ways: Ways,
    /// Memory of the demonstration afterwards.
    pub(super) resident_bytes: Option<u64>,
}

/// The ways of the same work.
#[derive(Debug)]
pub(super) struct Ways {
    pub(super) direct: Way,
    pub(super) nginx: Option<Way>,
    pub(super) auth_request: Option<Way>,
    pub(super) hygie: Way,
}

/// One way, and what each round gave.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) target: Target,
    pub(super) rps: Vec<f64>,
    pub(super) p50_ms: Vec<f64>,
    pub(super) p99_ms: Vec<f64>,
    pub(super) answers: u64,
    pub(super) leaves: Vec<u64>,
    pub(super) body_bytes: usize,
}

impl Case {
    /// All rounds; every way has its turn in each, so that what else the machine does falls on all.
    pub(super) fn measure(
        &mut self,
        options: &Options,
        progress: &mut dyn FnMut(&str),
    ) -> Result<(), BenchError> {
        let duration = bounded(options.duration);
        let duration = self.duration_max.map_or(duration, |max| duration.min(max));
        let steady = Pace::Steady {
            per_s: self.steady_per_s,
        };
        let paces = [(Pace::Greatest, "throughput"), (steady, "latency")];
        let paces = paces.get(usize::from(!self.greatest)..).unwrap_or_default();
        let course = |pace, duration| Course {
            connections: self.connections,
            duration,
            pace,
        };
        // Caches fill and threads start before anything counts.
        for way in self.ways.all() {
            let (pace, _) = paces.first().copied().unwrap_or((steady, ""));
            load::run(&way.target, course(pace, DURATION_MIN))?;
        }
        let rounds = options.rounds();
        for round in 1..=rounds {
            for (pace, what) in paces {
                for way in self.ways.all() {
                    progress(&format!(
                        "gateway: {}, round {round} of {rounds}, {what} of {}",
                        self.name, way.target.place.name
                    ));
                    way.run(course(*pace, duration))?;
                }
            }
        }
        Ok(())
    }
}

impl Ways {
    /// In the order in which they take their turns.
    fn all(&mut self) -> impl Iterator<Item = &mut Way> {
        let Self {
            direct,
            nginx,
            auth_request,
            hygie,
        } = self;
        std::iter::once(direct)
            .chain(nginx)
            .chain(auth_request)
            .chain(std::iter::once(hygie))
    }
}

impl Way {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            rps: Vec::new(),
            p50_ms: Vec::new(),
            p99_ms: Vec::new(),
            answers: 0,
            leaves: Vec::new(),
            body_bytes: 0,
        }
    }

    /// One measurement of this way, whose figures are added.
    fn run(&mut self, course: Course) -> Result<(), BenchError> {
        let ran = load::run(&self.target, course)?;
        match course.pace {
            Pace::Greatest => self.rps.push(per_s(ran.visits(), course.duration)),
            Pace::Steady { .. } => {
                self.p50_ms.push(ran.latencies.percentile_ms(50));
                self.p99_ms.push(ran.latencies.percentile_ms(99));
            }
        }
        self.take(ran);
        Ok(())
    }

    /// Adds what came back.
    pub(super) fn take(&mut self, ran: Ran) {
        self.answers = self.answers.saturating_add(ran.answers);
        self.body_bytes = ran.body_bytes;
        self.leaves.extend(ran.leaves);
    }

    /// How many leaves the answers named, those named twice included.
    pub(super) fn kept(&self) -> u64 {
        u64::try_from(self.leaves.len()).unwrap_or(u64::MAX)
    }

    /// The middle throughput; nothing when it was not measured.
    pub(super) fn rps(&self) -> Option<f64> {
        (!self.rps.is_empty()).then(|| median(&self.rps))
    }

    pub(super) fn latency(&self) -> Latency {
        Latency {
            p50_ms: median(&self.p50_ms),
            p99_ms: median(&self.p99_ms),
        }
    }
}
