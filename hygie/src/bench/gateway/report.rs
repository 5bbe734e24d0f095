//! The figures of the door.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Measured, Options, STEADY_PER_S, Way, megabytes};
use crate::bench::figures::{ratio, rounded};
use crate::bench::limits::{CONNECTIONS, ROUNDS_MAX, bounded};
use crate::bench::{Machine, cell};

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    part: &'static str,
    /// Answers a second of the door, as many as it gives.
    pub rps: f64,
    /// The same of the upstream alone, in clear.
    pub rps_direct: f64,
    /// The same of nginx with TLS; nothing when it is not installed.
    pub rps_nginx: Option<f64>,
    /// The door's answers a second by those of nginx.
    pub ratio_nginx: Option<f64>,
    /// Latency of the door less that of the upstream alone, both at the steady pace: half of the
    /// answers.
    pub added_p50_ms: f64,
    /// The same for all but one answer in a hundred.
    pub added_p99_ms: f64,
    /// What nginx adds, half of the answers.
    pub nginx_added_p50_ms: Option<f64>,
    /// What nginx adds, all but one answer in a hundred.
    pub nginx_added_p99_ms: Option<f64>,
    /// Latency of the upstream alone at the steady pace.
    pub direct: Latency,
    /// Latency of nginx at the steady pace.
    pub nginx: Option<Latency>,
    /// Latency of the door at the steady pace.
    pub hygie: Latency,
    /// Memory of the demonstration before the load, in millions of bytes.
    pub resident_mb: Option<f64>,
    /// Memory of the demonstration after it.
    pub resident_after_mb: Option<f64>,
    /// Answers of the door that were measured.
    pub answers: u64,
    /// Leaves of evidence that these answers named, each another one.
    pub leaves: u64,
    /// Length of each answer's body.
    pub body_bytes: usize,
    /// Connections that were kept alive.
    pub connections: u32,
    /// The steady pace, requests a second.
    pub steady_rps: u32,
    /// How long each measurement lasted.
    pub seconds: f64,
    /// How many rounds there were.
    pub rounds: u32,
    /// On what.
    pub machine: Machine,
}

/// Latency from the instant a request was meant to leave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Latency {
    /// Half of the answers came within this time.
    pub p50_ms: f64,
    /// All but one answer in a hundred came within this time.
    pub p99_ms: f64,
}

/// All that a report is made of.
pub(super) struct Run {
    pub(super) ways: Measured,
    /// Before the load, and after.
    pub(super) resident_bytes: [Option<u64>; 2],
    pub(super) leaves_kept: u64,
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
        let Measured {
            direct,
            nginx,
            hygie,
        } = &run.ways;
        let nginx = nginx.as_ref();
        let beyond = |way: &Way| way.latency().beyond(direct.latency()).rounded();
        let memory = run
            .resident_bytes
            .map(|bytes| Some(rounded(megabytes(bytes?), 1)));
        let [resident_mb, resident_after_mb] = memory;
        Self {
            part: "gateway",
            rps: rounded(hygie.rps(), 0),
            rps_direct: rounded(direct.rps(), 0),
            rps_nginx: nginx.map(|nginx| rounded(nginx.rps(), 0)),
            ratio_nginx: nginx.map(|nginx| rounded(ratio(hygie.rps(), nginx.rps()), 3)),
            added_p50_ms: beyond(hygie).p50_ms,
            added_p99_ms: beyond(hygie).p99_ms,
            nginx_added_p50_ms: nginx.map(|nginx| beyond(nginx).p50_ms),
            nginx_added_p99_ms: nginx.map(|nginx| beyond(nginx).p99_ms),
            direct: direct.latency().rounded(),
            nginx: nginx.map(|nginx| nginx.latency().rounded()),
            hygie: hygie.latency().rounded(),
            resident_mb,
            resident_after_mb,
            answers: hygie.answers,
            leaves: run.leaves_kept,
            body_bytes: hygie.body_bytes,
            connections: CONNECTIONS,
            steady_rps: STEADY_PER_S,
            seconds: rounded(bounded(run.options.duration).as_secs_f64(), 1),
            rounds: run.options.rounds.clamp(1, ROUNDS_MAX),
            machine: run.machine.clone(),
        }
    }

    /// The figures for people, in English: names of figures are those of [`Self::json`].
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = row(&[
            "",
            "rps",
            "p50_ms",
            "p99_ms",
            "added_p50_ms",
            "added_p99_ms",
        ]
        .map(str::to_owned));
        table += &full_row("direct", self.rps_direct, self.direct, None);
        if let (Some(rps), Some(latency)) = (self.rps_nginx, self.nginx) {
            let added = self.nginx_added_p50_ms.zip(self.nginx_added_p99_ms);
            table += &full_row("nginx", rps, latency, added);
        }
        let added = Some((self.added_p50_ms, self.added_p99_ms));
        table += &full_row("hygie", self.rps, self.hygie, added);
        let beside = match self.ratio_nginx {
            Some(ratio) => format!("ratio_nginx: {ratio:.2}"),
            None => "nginx is not installed: nothing to compare with".to_owned(),
        };
        let memory = |figure: Option<f64>| {
            figure.map_or("unknown".to_owned(), |figure| format!("{figure:.0}"))
        };
        // Writing to a string does not fail.
        write!(
            table,
            "{beside}\n\
             rps: closed loop over {connections} connections; latency: {steady} requests/s, from \
             the instant each was meant to leave\n\
             {rounds} rounds of {seconds} s for each figure, medians; bodies of {body} bytes\n\
             resident_mb: {at_rest} at rest, {after} after {answers} answers, each with evidence \
             of its own\n\
             machine: {machine}\n",
            connections = self.connections,
            steady = self.steady_rps,
            rounds = self.rounds,
            seconds = self.seconds,
            body = self.body_bytes,
            at_rest = memory(self.resident_mb),
            after = memory(self.resident_after_mb),
            answers = self.answers,
            machine = self.machine,
        )
        .unwrap_or_default();
        table
    }

    /// The figures as one line of JSON, without a line end.
    #[must_use]
    pub fn json(&self) -> String {
        // Plain fields only: there is nothing that cannot be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn full_row(name: &str, rps: f64, latency: Latency, added: Option<(f64, f64)>) -> String {
    let (p50, p99) = added.map_or_else(
        || ("-".to_owned(), "-".to_owned()),
        |(p50, p99)| (format!("{p50:.3}"), format!("{p99:.3}")),
    );
    row(&[
        name.to_owned(),
        format!("{rps:.0}"),
        format!("{:.3}", latency.p50_ms),
        format!("{:.3}", latency.p99_ms),
        p50,
        p99,
    ])
}

fn row(cells: &[String; 6]) -> String {
    let widths = [8, 10, 10, 10, 14, 14];
    let cells = cells
        .iter()
        .zip(widths)
        .map(|(text, width)| cell(text, width));
    cells.collect::<String>() + "\n"
}
