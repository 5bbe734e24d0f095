//! The figures of the door.

mod table;

use serde::Serialize;

use super::case::{Case, Way, Ways};
use super::{Options, Watched, megabytes};
use crate::bench::Machine;
use crate::bench::figures::{ratio, rounded};
use crate::bench::limits::{LARGE_ENTRIES, bounded};

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    part: &'static str,
    /// A permitted read.
    #[serde(flatten)]
    pub read: Figures,
    /// A search with a hundred entries.
    pub search: Figures,
    /// The declaration of an emergency and the first read under it, as one; by the other ways the
    /// read alone.
    pub break_glass: Figures,
    /// Answers of many entries, and the memory they take.
    pub large: Vec<Large>,
    /// Memory of the demonstration before any load, in millions of bytes.
    pub resident_mb: Option<f64>,
    /// How long each measurement lasted.
    pub seconds: f64,
    /// How many rounds there were.
    pub rounds: u32,
    /// On what.
    pub machine: Machine,
}

/// One case, by every way.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Answers a second of the door, as many as it gives; nothing where it was not measured.
    pub rps: Option<f64>,
    /// The same of the upstream alone, in clear.
    pub rps_direct: Option<f64>,
    /// The same of nginx with TLS; nothing when it is not installed.
    pub rps_nginx: Option<f64>,
    /// The same of nginx that asks a decision service first.
    pub rps_auth_request: Option<f64>,
    /// The door's answers a second by those of nginx.
    pub ratio_nginx: Option<f64>,
    /// The door's answers a second by those of nginx that asks first.
    pub ratio_auth_request: Option<f64>,
    /// Latency of the door less that of the upstream alone, both at the steady pace: half of the
    /// answers.
    pub added_p50_ms: f64,
    /// The same for all but one answer in a hundred.
    pub added_p99_ms: f64,
    /// What nginx adds, half of the answers.
    pub nginx_added_p50_ms: Option<f64>,
    /// What nginx adds, all but one answer in a hundred.
    pub nginx_added_p99_ms: Option<f64>,
    /// What nginx that asks first adds, half of the answers.
    pub auth_request_added_p50_ms: Option<f64>,
    /// What nginx that asks first adds, all but one answer in a hundred.
    pub auth_request_added_p99_ms: Option<f64>,
    /// Latency of the upstream alone at the steady pace.
    pub direct: Latency,
    /// Latency of nginx at the steady pace.
    pub nginx: Option<Latency>,
    /// Latency of nginx that asks first at the steady pace.
    pub auth_request: Option<Latency>,
    /// Latency of the door at the steady pace.
    pub hygie: Latency,
    /// Memory of the demonstration afterwards, in millions of bytes.
    pub resident_after_mb: Option<f64>,
    /// Answers of the door that were measured.
    pub answers: u64,
    /// Leaves of evidence that these answers named, each another one.
    pub leaves: u64,
    /// Entries of each answer, when it is a bundle.
    pub entries: Option<usize>,
    /// Length of each answer's body.
    pub body_bytes: usize,
    /// Connections that were kept alive.
    pub connections: u32,
    /// The steady pace, a second.
    pub steady_rps: u32,
}

/// Latency from the instant a request was meant to leave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Latency {
    /// Half of the answers came within this time.
    pub p50_ms: f64,
    /// All but one answer in a hundred came within this time.
    pub p99_ms: f64,
}

/// Answers of many entries, as many as come, and the memory of the one process that holds both the
/// upstream and the door.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Large {
    /// Observations of the patient.
    pub held_entries: usize,
    /// Entries of each answer.
    pub entries: usize,
    /// Length of each answer's body at the door.
    pub body_bytes: usize,
    /// Answers a second of the door.
    pub rps: f64,
    /// Answers of the door.
    pub answers: u64,
    /// Leaves of evidence that they named.
    pub leaves: u64,
    /// The most memory while the upstream alone was asked, in millions of bytes.
    pub resident_direct_mb_max: Option<f64>,
    /// The most memory while the door was asked.
    pub resident_mb_max: Option<f64>,
}

/// All that a report is made of.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) read: Case,
    pub(super) search: Case,
    pub(super) break_glass: Case,
    pub(super) large: Vec<Watched>,
    /// Before the load.
    pub(super) resident_bytes: Option<u64>,
    pub(super) options: Options,
    pub(super) machine: Machine,
}

impl Latency {
    /// What is more here than there.
    fn beyond(self, other: Self) -> Self {
        Self {
            p50_ms: self.p50_ms - other.p50_ms,
            p99_ms: self.p99_ms - other.p99_ms,
        }
    }

    fn rounded(self) -> Self {
        Self {
            p50_ms: rounded(self.p50_ms, 3),
            p99_ms: rounded(self.p99_ms, 3),
        }
    }
}

impl Report {
    pub(super) fn new(run: &Run) -> Self {
        Self {
            part: "gateway",
            read: Figures::of(&run.read),
            search: Figures::of(&run.search),
            break_glass: Figures::of(&run.break_glass),
            large: run.large.iter().map(Large::of).collect(),
            resident_mb: memory(run.resident_bytes),
            seconds: rounded(bounded(run.options.duration).as_secs_f64(), 1),
            rounds: run.options.rounds(),
            machine: run.machine.clone(),
        }
    }

    /// The figures as one line of JSON, without a line end.
    #[must_use]
    pub fn json(&self) -> String {
        // Plain fields only: there is nothing that cannot be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Figures {
    fn of(case: &Case) -> Self {
        let Ways {
            direct,
            nginx,
            auth_request,
            hygie,
        } = &case.ways;
        let (nginx, asking) = (nginx.as_ref(), auth_request.as_ref());
        let beyond = |way: &Way| way.latency().beyond(direct.latency()).rounded();
        let rps = |way: &Way| way.rps().map(|rps| rounded(rps, 0));
        let ratio_to = |way: &Way| {
            let both = hygie.rps().zip(way.rps());
            both.map(|(own, other)| rounded(ratio(own, other), 3))
        };
        let latency = |way: &Way| way.latency().rounded();
        Self {
            rps: rps(hygie),
            rps_direct: rps(direct),
            rps_nginx: nginx.and_then(rps),
            rps_auth_request: asking.and_then(rps),
            ratio_nginx: nginx.and_then(ratio_to),
            ratio_auth_request: asking.and_then(ratio_to),
            added_p50_ms: beyond(hygie).p50_ms,
            added_p99_ms: beyond(hygie).p99_ms,
            nginx_added_p50_ms: nginx.map(|way| beyond(way).p50_ms),
            nginx_added_p99_ms: nginx.map(|way| beyond(way).p99_ms),
            auth_request_added_p50_ms: asking.map(|way| beyond(way).p50_ms),
            auth_request_added_p99_ms: asking.map(|way| beyond(way).p99_ms),
            direct: latency(direct),
            nginx: nginx.map(latency),
            auth_request: asking.map(latency),
            hygie: latency(hygie),
            resident_after_mb: memory(case.resident_bytes),
            answers: hygie.answers,
            leaves: hygie.kept(),
            entries: case.entries,
            body_bytes: hygie.body_bytes,
            connections: case.connections,
            steady_rps: case.steady_per_s,
        }
    }
}

impl Large {
    fn of(watched: &Watched) -> Self {
        let Watched {
            held,
            direct_peak_bytes,
            peak_bytes,
            rps,
            hygie,
        } = watched;
        Self {
            held_entries: *held,
            entries: LARGE_ENTRIES,
            body_bytes: hygie.body_bytes,
            rps: rounded(*rps, 1),
            answers: hygie.answers,
            leaves: hygie.kept(),
            resident_direct_mb_max: memory(*direct_peak_bytes),
            resident_mb_max: memory(*peak_bytes),
        }
    }
}

fn memory(bytes: Option<u64>) -> Option<f64> {
    bytes.map(|bytes| rounded(megabytes(bytes), 1))
}
