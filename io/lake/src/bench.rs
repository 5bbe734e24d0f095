//! Measures sealing and asking, on generated connections, through the same code as real ones.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use datafusion::prelude::SessionContext;
use event::SegmentSealed;
use evidence::{Entry, EvidenceLog, Options};
use futures::TryStreamExt as _;
use serde::Serialize;
use tlog::NoteSigner;

use crate::error::Error;
use crate::generate::Connections;
use crate::limits::MEMORY_MB;
use crate::output::Format;
use crate::query::{Query, register_one};
use crate::row::NETWORK_ACTIVITY;
use crate::seal::{Seal, object_name};
use crate::snapshot::Snapshot;
use crate::store::Store;

/// The name of the measured log.
const ORIGIN: &str = "bench.invalid/telemetry";

/// The name of its table.
const TABLE: &str = "telemetry";

/// Entries that are appended at a time.
const BATCH_ENTRIES: usize = 4_096;

/// How often each query is asked; the middle time is told.
const ROUNDS: usize = 5;

/// What is measured.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) rows: u64,
    pub(crate) object_rows: u64,
    /// Where; must not hold anything yet.
    pub(crate) dir: PathBuf,
    pub(crate) keeps: bool,
}

/// What a measurement gave.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    rows: u64,
    /// Length of a connection as received.
    raw_bytes_per_event: f64,
    /// Length of the objects by their rows.
    bytes_per_event: f64,
    /// Rows a second from the write-ahead log to proved objects.
    seal_rows_per_s: f64,
    /// The same, in one thread's own time on the processor.
    seal_cpu_us_per_row: f64,
    /// Rows a second of a filter and a count over everything.
    scan_rows_per_s: f64,
    /// One row by its unique name.
    needle_ms: f64,
    /// All rows of one address.
    needle_ip_ms: f64,
    /// How many those were.
    needle_ip_rows: u64,
    /// The objects, to be measured with other programs.
    objects: Vec<PathBuf>,
    /// A name that is in them once.
    needle: String,
    /// An address that is in them.
    needle_ip: String,
}

/// What the generated log holds.
struct Generated {
    raw_bytes: u64,
    needle: String,
}

impl Bench {
    /// Writes, seals, asks.
    pub(crate) async fn run(&self) -> Result<Figures, Error> {
        let log = self.dir.join(TABLE);
        let generated = self.generate(&log)?;
        let store = Store::open(None, &log)?;
        let (began, cpu) = (Instant::now(), thread_time());
        let mut sealed = Vec::new();
        let mut first = 0;
        while first < self.rows {
            let end = self.rows.min(first.saturating_add(self.object_rows));
            sealed.push(seal(&log, &store, first..end).await?);
            first = end;
        }
        let (took, cpu) = (began.elapsed(), thread_time().saturating_sub(cpu));
        let bytes: u64 = sealed.iter().map(|sealed| sealed.bytes).sum();
        let names = sealed
            .iter()
            .map(|sealed| self.dir.join("lake").join(&sealed.object));
        let objects = names.collect();
        let mut figures = Figures {
            rows: self.rows,
            raw_bytes_per_event: ratio(generated.raw_bytes, self.rows),
            bytes_per_event: ratio(bytes, self.rows),
            seal_rows_per_s: rate(self.rows, took),
            seal_cpu_us_per_row: rate(1_000_000, Duration::from_secs(1)) * cpu.as_secs_f64()
                / ratio(self.rows, 1),
            scan_rows_per_s: 0.0,
            needle_ms: 0.0,
            needle_ip_ms: 0.0,
            needle_ip_rows: 0,
            objects,
            needle: generated.needle,
            needle_ip: String::new(),
        };
        ask(&log, &store, sealed, &mut figures).await?;
        if !self.keeps {
            for folder in [log, self.dir.join("lake")] {
                std::fs::remove_dir_all(&folder).map_err(Error::io("remove", &folder))?;
            }
            figures.objects.clear();
        }
        Ok(figures)
    }

    /// Appends generated connections to a new log.
    fn generate(&self, log: &Path) -> Result<Generated, Error> {
        let failed = |cause| Error::evidence(log)(cause);
        let signer =
            NoteSigner::from_seed(ORIGIN, &[7; 32]).map_err(|cause| Error::Tree { cause })?;
        let writer = EvidenceLog::create(Options::new(log, signer)).map_err(failed)?;
        let mut connections = Connections::new(self.rows);
        let mut generated = Generated {
            raw_bytes: 0,
            needle: String::new(),
        };
        let mut batch = Vec::with_capacity(BATCH_ENTRIES);
        for number in 0..self.rows {
            let connection = connections.next();
            generated.raw_bytes += u64::try_from(connection.json.len()).unwrap_or_default();
            if number == self.rows / 3 {
                generated.needle = connection.uid;
            }
            batch.push(Entry {
                class: NETWORK_ACTIVITY,
                time_us: connection.time_us,
                payload: connection.json,
            });
            if batch.len() == BATCH_ENTRIES || number + 1 == self.rows {
                drop(writer.append_batch_wait(&batch).map_err(failed)?);
                batch.clear();
            }
        }
        writer.close().map_err(failed)?;
        Ok(generated)
    }
}

impl Figures {
    /// Writes the figures, for people or as JSON.
    pub(crate) fn write(&self, out: &mut dyn Write, json: bool) -> io::Result<()> {
        if json {
            let line = serde_json::to_string(self).unwrap_or_default();
            return writeln!(out, "{line}");
        }
        let Self { rows, .. } = self;
        writeln!(out, "rows                {rows}")?;
        writeln!(out, "raw bytes per event {:.1}", self.raw_bytes_per_event)?;
        writeln!(out, "bytes per event     {:.1}", self.bytes_per_event)?;
        writeln!(out, "seal rows/s         {:.0}", self.seal_rows_per_s)?;
        writeln!(out, "seal CPU us/row     {:.2}", self.seal_cpu_us_per_row)?;
        writeln!(out, "scan rows/s         {:.0}", self.scan_rows_per_s)?;
        writeln!(out, "needle ms           {:.1}", self.needle_ms)?;
        writeln!(
            out,
            "needle by address   {:.1} ms for {} rows",
            self.needle_ip_ms, self.needle_ip_rows
        )?;
        for object in &self.objects {
            writeln!(out, "object              {}", object.display())?;
        }
        Ok(())
    }
}

async fn seal(
    log: &Path,
    store: &Store,
    range: std::ops::Range<u64>,
) -> Result<SegmentSealed, Error> {
    let name = object_name(ORIGIN, &range);
    let seal = Seal { log, range, store };
    let aside = seal.write(ORIGIN, name, false)?;
    seal.publish(aside).await
}

/// Asks the three questions, warm.
async fn ask(
    log: &Path,
    store: &Store,
    sealed: Vec<SegmentSealed>,
    figures: &mut Figures,
) -> Result<(), Error> {
    let query = Query {
        sql: String::new(),
        logs: vec![(TABLE.to_owned(), log.to_owned())],
        store: None,
        format: Format::Json,
        memory_bytes: MEMORY_MB << 20,
    };
    let context = query.context()?;
    let end = figures.rows;
    let snapshot = Snapshot {
        log: log.to_owned(),
        sealed,
        unsealed: end..end,
        starts: Vec::new(),
    };
    register_one(&context, TABLE, (snapshot, store.clone()))?;
    let scan = "SELECT count(*) FROM telemetry WHERE bytes_in > 1000 AND dst_port = 443";
    let (_, took) = timed(&context, scan).await?;
    figures.scan_rows_per_s = rate(figures.rows, took);
    let by_name = format!(
        "SELECT leaf_index, time, src_ip, raw FROM telemetry WHERE conn_uid = '{}'",
        figures.needle
    );
    figures.needle_ms = timed(&context, &by_name).await?.1.as_secs_f64() * 1e3;
    // The address that is seen least.
    figures.needle_ip = rarest(&context).await?;
    let by_address = format!(
        "SELECT leaf_index, time, raw FROM telemetry WHERE src_ip = '{}'",
        figures.needle_ip
    );
    let (rows, took) = timed(&context, &by_address).await?;
    (figures.needle_ip_rows, figures.needle_ip_ms) = (rows, took.as_secs_f64() * 1e3);
    Ok(())
}

async fn rarest(context: &SessionContext) -> Result<String, Error> {
    let sql = "SELECT src_ip FROM telemetry GROUP BY src_ip ORDER BY count(*), src_ip LIMIT 1";
    let frame = context.sql(sql).await.map_err(Error::of_query)?;
    let batches = frame.collect().await.map_err(Error::of_query)?;
    let column = batches.first().map(|batch| batch.column(0));
    let text = column.map(|column| arrow::util::display::array_value_to_string(column, 0));
    Ok(text.transpose()?.unwrap_or_default())
}

/// Asks several times; gives how many rows came and the middle time.
async fn timed(context: &SessionContext, sql: &str) -> Result<(u64, Duration), Error> {
    let (mut times, mut rows) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let frame = context.sql(sql).await.map_err(Error::of_query)?;
        let mut batches = frame.execute_stream().await.map_err(Error::of_query)?;
        rows = 0;
        while let Some(batch) = batches.try_next().await.map_err(Error::of_query)? {
            rows += u64::try_from(batch.num_rows()).unwrap_or_default();
        }
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let middle = times.get(ROUNDS / 2).copied().unwrap_or_default();
    Ok((rows, middle))
}

/// Time that this thread spent on the processor.
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}

fn rate(count: u64, took: Duration) -> f64 {
    ratio(count, 1) / took.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "a rate is approximate")]
fn ratio(count: u64, by: u64) -> f64 {
    count as f64 / by.max(1) as f64
}
