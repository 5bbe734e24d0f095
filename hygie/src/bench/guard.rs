//! The guard inline before a Modbus/TCP device: what it adds to a read and to a command that is
//! kept first, beside the device alone and beside a relay that decides nothing.
//!
//! Client, guard and device share the machine and its cores; so do client, relay and device.

mod load;
mod stage;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use wire::modbus::Request;

use self::load::{Asked, drive};
use self::stage::Stage;
use super::figures::{Samples, per_s, rounded};
use super::limits::bounded;
use super::{BenchError, Machine, cell};

/// How to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// Clients at once.
    pub connections: u32,
    /// Requests that a client sends ahead of their answers, where that is measured.
    pub ahead: u32,
    /// How long each row is measured. At most 10 minutes.
    pub duration: Duration,
    /// The folder under which a temporary one is made for evidence, and removed.
    pub dir: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: 8,
            ahead: 8,
            duration: super::limits::DURATION_DEFAULT,
            dir: std::env::temp_dir(),
        }
    }
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    part: &'static str,
    /// Clients at once.
    pub connections: u32,
    /// Requests ahead of their answers in the rows `ahead`.
    pub ahead: u32,
    /// Reads of ten registers, one at a time for each client.
    pub read: Row,
    /// The same, several ahead of their answers.
    pub read_ahead: Row,
    /// Writes of one register, one at a time for each client; through the guard each is durable in
    /// evidence before it is sent.
    pub write: Row,
    /// Reads of one client, one at a time, at rest: what the guard adds when nothing waits.
    pub read_at_rest: Row,
    /// On what.
    pub machine: Machine,
}

/// The same requests by three ways.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The device alone.
    pub direct: Figures,
    /// By a relay that passes bytes on.
    pub relayed: Figures,
    /// By the guard.
    pub guarded: Figures,
    /// What the guard adds to the device alone at the 99th of a hundred.
    pub added_p99_us: f64,
}

/// What one way gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// Answers in a second.
    pub requests_per_s: f64,
    /// Half of the answers came within this time.
    pub p50_us: f64,
    /// All but one in a hundred did.
    pub p99_us: f64,
}

impl Report {
    /// For people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = format!(
            "{:<28}{}{}{}{}\n",
            "way",
            cell("requests_per_s", 16),
            cell("p50_us", 10),
            cell("p99_us", 10),
            cell("added_p99_us", 14)
        );
        let rows = [
            ("read, at rest", &self.read_at_rest),
            ("read", &self.read),
            ("read, ahead", &self.read_ahead),
            ("write, kept first", &self.write),
        ];
        for (name, row) in rows {
            let added = row.added_p99_us.to_string();
            for (way, figures, added) in [
                ("direct", row.direct, ""),
                ("relayed", row.relayed, ""),
                ("guarded", row.guarded, added.as_str()),
            ] {
                // Writing into a text never fails.
                let _infallible = writeln!(
                    table,
                    "{:<28}{}{}{}{}",
                    format!("{name}: {way}"),
                    cell(&figures.requests_per_s.to_string(), 16),
                    cell(&figures.p50_us.to_string(), 10),
                    cell(&figures.p99_us.to_string(), 10),
                    cell(added, 14),
                );
            }
        }
        let _infallible = writeln!(
            table,
            "{} clients, {} requests ahead; client, guard and device on {}",
            self.connections, self.ahead, self.machine
        );
        table
    }

    /// For programs: one line.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Measures; `progress` is told what is being done.
///
/// # Errors
/// [`BenchError::File`] when there is no folder for evidence, [`BenchError::Exchange`] when
/// something cannot listen, or a request was refused or not answered.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, BenchError> {
    let unmade = |source| BenchError::File {
        act: "make a folder in",
        path: options.dir.clone(),
        source,
    };
    let folder = tempfile::Builder::new()
        .prefix("hygie-bench-")
        .tempdir_in(&options.dir)
        .map_err(unmade)?;
    let runtime = tokio::runtime::Runtime::new().map_err(unmade)?;
    runtime.block_on(measure(options, folder.path(), progress))
}

async fn measure(
    options: &Options,
    folder: &Path,
    progress: &mut dyn FnMut(&str),
) -> Result<Report, BenchError> {
    let stage = Stage::open(folder).await?;
    let read = Request::ReadHoldingRegisters {
        address: 0,
        quantity: 10,
    };
    let write = Request::WriteRegister {
        address: 0,
        value: 1,
    };
    let duration = bounded(options.duration);
    let asked = |request, connections, ahead| Asked {
        request,
        connections,
        ahead,
        duration,
    };
    let many = options.connections.max(1);
    let ahead = options.ahead.max(1);
    progress("guard: reads at rest");
    let read_at_rest = row(&stage, &asked(&read, 1, 1)).await?;
    progress("guard: reads");
    let one_by_one = row(&stage, &asked(&read, many, 1)).await?;
    progress("guard: reads ahead");
    let read_ahead = row(&stage, &asked(&read, many, ahead)).await?;
    progress("guard: writes");
    let write = row(&stage, &asked(&write, many, 1)).await?;
    Ok(Report {
        part: "guard",
        connections: many,
        ahead,
        read: one_by_one,
        read_ahead,
        write,
        read_at_rest,
        machine: Machine::here(folder),
    })
}

/// The three ways, one after the other.
async fn row(stage: &Stage, asked: &Asked<'_>) -> Result<Row, BenchError> {
    let direct = figures(drive(stage.device, asked).await?, asked.duration);
    let relayed = figures(drive(stage.relay, asked).await?, asked.duration);
    let guarded = figures(drive(stage.guard, asked).await?, asked.duration);
    Ok(Row {
        direct,
        relayed,
        guarded,
        added_p99_us: rounded(guarded.p99_us - direct.p99_us, 1),
    })
}

fn figures(took_ns: Vec<u64>, lasted: Duration) -> Figures {
    let samples = Samples::new(took_ns);
    let count = u64::try_from(samples.len()).unwrap_or(u64::MAX);
    Figures {
        requests_per_s: rounded(per_s(count, lasted), 0),
        p50_us: rounded(samples.percentile_us(50), 1),
        p99_us: rounded(samples.percentile_us(99), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not for its figures: that each way answers, and that the guard is one of them.
    #[test]
    fn a_short_run_has_every_figure() {
        let options = Options {
            connections: 2,
            ahead: 2,
            duration: Duration::from_millis(50),
            ..Options::default()
        };
        let report = run(&options, &mut |_| ()).unwrap();
        for row in [
            &report.read_at_rest,
            &report.read,
            &report.read_ahead,
            &report.write,
        ] {
            for way in [row.direct, row.relayed, row.guarded] {
                assert!(way.requests_per_s > 0.0 && way.p50_us > 0.0, "{report:?}");
            }
        }
        let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
        assert!(json["read"]["guarded"]["p99_us"].is_number());
        assert!(report.table().contains("write, kept first: guarded"));
    }
}
