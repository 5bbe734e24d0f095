//! Sealing and asking, measured by `hygie-lake`, and the same questions put to its peers.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::bench::BenchError;
use crate::bench::figures::rounded;

/// Asks peers through their Python packages.
const PEERS: &str = include_str!("peers.py");

/// How often each question is asked; the middle time counts.
const ROUNDS: u32 = 5;

/// The figures of sealing and asking.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LakeFigures {
    /// Rows that were sealed and asked about.
    pub lake_rows: u64,
    /// Rows a second from the write-ahead log to a proved object.
    pub seal_rows_per_s: f64,
    /// Length of the objects by their rows: received bytes, salt and columns together.
    pub bytes_per_event: f64,
    /// Rows a second of a filter and a count over all of them.
    pub scan_rows_per_s: f64,
    /// One row by its unique name, warm.
    pub needle_ms: f64,
    /// The rows of one address, warm.
    pub needle_ip_ms: f64,
    /// The same by DuckDB on the same files, when its Python package is there.
    #[serde(flatten)]
    pub peers: Peers,
}

/// What the peers took for the same questions.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Peers {
    /// One row by its unique name.
    pub needle_duckdb_ms: Option<f64>,
    /// The rows of one address.
    pub needle_ip_duckdb_ms: Option<f64>,
    /// A filter and a count over all rows.
    pub scan_duckdb_ms: Option<f64>,
    /// One row by its unique name.
    pub needle_clickhouse_ms: Option<f64>,
    /// The rows of one address.
    pub needle_ip_clickhouse_ms: Option<f64>,
    /// A filter and a count over all rows.
    pub scan_clickhouse_ms: Option<f64>,
}

/// What `hygie-lake bench --json` prints, as far as it is used here.
#[derive(Debug, Deserialize)]
struct Measured {
    rows: u64,
    bytes_per_event: f64,
    seal_rows_per_s: f64,
    scan_rows_per_s: f64,
    needle_ms: f64,
    needle_ip_ms: f64,
    objects: Vec<PathBuf>,
    needle: String,
    needle_ip: String,
}

#[derive(Serialize)]
struct Asked<'a> {
    objects: &'a [PathBuf],
    queries: BTreeMap<&'a str, String>,
    rounds: u32,
}

/// Seals and asks `rows` generated connections in `place`; `None` when `hygie-lake` is not there.
pub(super) fn measure(
    program: &Path,
    place: &Path,
    rows: u64,
) -> Result<Option<LakeFigures>, BenchError> {
    let lake = program.with_file_name("hygie-lake");
    if !lake.is_file() {
        return Ok(None);
    }
    let mut command = Command::new(&lake);
    command
        .args(["bench", "--json", "--keep", "--rows", &rows.to_string()])
        .arg("--dir")
        .arg(place);
    let said = answer(command, "")?;
    let measured: Measured =
        serde_json::from_str(&said).map_err(|source| BenchError::Announcement {
            program: lake,
            source,
        })?;
    Ok(Some(LakeFigures {
        lake_rows: measured.rows,
        seal_rows_per_s: rounded(measured.seal_rows_per_s, 0),
        bytes_per_event: rounded(measured.bytes_per_event, 1),
        scan_rows_per_s: rounded(measured.scan_rows_per_s, 0),
        needle_ms: rounded(measured.needle_ms, 1),
        needle_ip_ms: rounded(measured.needle_ip_ms, 1),
        peers: ask_peers(&measured)?,
    }))
}

/// Puts the same questions to the peers that are installed.
fn ask_peers(measured: &Measured) -> Result<Peers, BenchError> {
    let Measured {
        needle, needle_ip, ..
    } = measured;
    let queries = BTreeMap::from([
        (
            "needle",
            format!(
                "SELECT leaf_index, time, src_ip, raw, packed FROM {{table}} WHERE conn_uid = '{needle}'"
            ),
        ),
        (
            "needle_ip",
            format!(
                "SELECT leaf_index, time, raw, packed FROM {{table}} WHERE src_ip = '{needle_ip}'"
            ),
        ),
        (
            "scan",
            "SELECT count(*) FROM {table} WHERE bytes_in > 1000 AND dst_port = 443".to_owned(),
        ),
    ]);
    let asked = Asked {
        objects: &measured.objects,
        queries,
        rounds: ROUNDS,
    };
    // Plain fields only: there is nothing that cannot be written.
    let asked = serde_json::to_string(&asked).unwrap_or_default();
    let mut command = Command::new("python3");
    command.args(["-c", PEERS]);
    let said = answer(command, &asked)?;
    let answers: BTreeMap<String, BTreeMap<String, f64>> =
        serde_json::from_str(&said).map_err(|source| BenchError::Announcement {
            program: "python3".into(),
            source,
        })?;
    let of = |peer: &str, query: &str| {
        let ms = answers.get(peer)?.get(query)?;
        Some(rounded(*ms, 1))
    };
    Ok(Peers {
        needle_duckdb_ms: of("duckdb", "needle"),
        needle_ip_duckdb_ms: of("duckdb", "needle_ip"),
        scan_duckdb_ms: of("duckdb", "scan"),
        needle_clickhouse_ms: of("clickhouse", "needle"),
        needle_ip_clickhouse_ms: of("clickhouse", "needle_ip"),
        scan_clickhouse_ms: of("clickhouse", "scan"),
    })
}

/// Runs a program to its end; gives what it wrote to its standard output.
fn answer(mut command: Command, input: &str) -> Result<String, BenchError> {
    let program = PathBuf::from(command.get_program());
    let failed = || BenchError::file("run", &program);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed())?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).map_err(failed())?;
    }
    let output = child.wait_with_output().map_err(failed())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(BenchError::Ended {
        program,
        said: said.trim().to_owned(),
    })
}

impl LakeFigures {
    /// The figures as a table, in English.
    pub(super) fn table(&self) -> String {
        let Peers {
            needle_duckdb_ms,
            needle_ip_duckdb_ms,
            scan_duckdb_ms,
            needle_clickhouse_ms,
            needle_ip_clickhouse_ms,
            scan_clickhouse_ms,
        } = self.peers;
        let scan_ms = if self.scan_rows_per_s > 0.0 {
            crate::bench::figures::approximate(self.lake_rows) / self.scan_rows_per_s * 1e3
        } else {
            0.0
        };
        let line = |name: &str, own: f64, duckdb: Option<f64>, clickhouse: Option<f64>| {
            let shown = |ms: Option<f64>| ms.map_or("-".to_owned(), |ms| format!("{ms:.1}"));
            format!(
                "{name:<28}{own:>12.1}{:>12}{:>12}\n",
                shown(duckdb),
                shown(clickhouse)
            )
        };
        format!(
            "{} rows: seal_rows_per_s {:.0}, bytes_per_event {:.1}, scan_rows_per_s {:.0}\n",
            self.lake_rows, self.seal_rows_per_s, self.bytes_per_event, self.scan_rows_per_s
        ) + &format!(
            "{:<28}{:>12}{:>12}{:>12}\n",
            "warm, ms", "hygie", "duckdb", "clickhouse"
        ) + &line(
            "one row by name",
            self.needle_ms,
            needle_duckdb_ms,
            needle_clickhouse_ms,
        ) + &line(
            "rows of one address",
            self.needle_ip_ms,
            needle_ip_duckdb_ms,
            needle_ip_clickhouse_ms,
        ) + &line(
            "filter and count",
            scan_ms,
            scan_duckdb_ms,
            scan_clickhouse_ms,
        )
    }
}
