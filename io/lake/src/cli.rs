//! The command line of `hygie-lake`: one job a process, started by `hygie` or by hand.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, value_parser};
use tokio::runtime::{Builder, Runtime};

use crate::bench::Bench;
use crate::bench_hunt::BenchHunt;
use crate::error::Error;
use crate::frames::Frames;
use crate::hunt::{Hunt, read_list};
use crate::limits::{HUNT_ENTRIES_MAX, MEMORY_MB, MEMORY_MB_MAX, MEMORY_MB_MIN};
use crate::memory;
use crate::output::Format;
use crate::query::Query;
use crate::seal::{Seal, print};
use crate::store::Store;

/// Years of evidence as verified Parquet: seal, give back, ask with SQL.
#[derive(Debug, Parser)]
#[command(name = "hygie-lake", version)]
pub struct Cli {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Write a range of entries as Parquet, read it back, prove it, and say what was sealed.
    Seal(SealArgs),
    /// Give sealed entries back, as frames on the standard output.
    Frames(FramesArgs),
    /// Give the sealed entries that hold a wanted value, as frames on the standard output; progress
    /// is told on the standard error, a JSON object a line.
    Hunt(HuntArgs),
    /// Ask logs in SQL.
    Query(QueryArgs),
    /// Measure sealing and asking on generated connections.
    Bench(BenchArgs),
    /// Measure hunting on a generated lake.
    BenchHunt(BenchHuntArgs),
}

#[derive(Debug, Args)]
struct SealArgs {
    /// The folder of the log.
    #[arg(long, value_name = "DIR")]
    log: PathBuf,
    /// The first entry.
    #[arg(long, value_name = "N")]
    first: u64,
    /// The index after the last entry.
    #[arg(long, value_name = "M")]
    end: u64,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Debug, Args)]
struct FramesArgs {
    /// The folder of the log.
    #[arg(long, value_name = "DIR")]
    log: PathBuf,
    /// The first entry.
    #[arg(long, value_name = "N")]
    from: u64,
    /// The index after the last entry; without it, all that is sealed.
    #[arg(long, value_name = "M", default_value_t = u64::MAX, hide_default_value = true)]
    to: u64,
    /// Only entries of this class; may be given several times.
    #[arg(long = "class", value_name = "C")]
    classes: Vec<u16>,
    /// Hash every object and every leaf again, and compare with what was sealed.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Debug, Args)]
struct HuntArgs {
    /// The folder of the log.
    #[arg(long, value_name = "DIR")]
    log: PathBuf,
    /// Indicators, a JSON object with `kind` and `value` a line.
    #[arg(long, value_name = "FILE")]
    indicators: PathBuf,
    /// The first entry; where an earlier hunt said `next`.
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,
    /// The index after the last entry; without it, all that is sealed.
    #[arg(long, value_name = "M", default_value_t = u64::MAX, hide_default_value = true)]
    to: u64,
    /// Most entries that are given; then the hunt ends early and says where.
    #[arg(long, value_name = "N", default_value_t = HUNT_ENTRIES_MAX)]
    entries_max: u64,
    /// Read every row, and ask no index.
    #[arg(long)]
    no_index: bool,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Debug, Args)]
struct BenchHuntArgs {
    /// How many rows.
    #[arg(long, value_name = "N", default_value_t = 20_000_000, value_parser = value_parser!(u64).range(1_000..))]
    rows: u64,
    /// Rows of one object.
    #[arg(long, value_name = "N", default_value_t = 1 << 20, value_parser = value_parser!(u64).range(1_000..=1 << 24))]
    object_rows: u64,
    /// How many indicators.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = value_parser!(u64).range(100..=1_000_000))]
    indicators: u64,
    /// A folder to work in; what an earlier run left there with `--keep` is hunted again.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Figures as one JSON object.
    #[arg(long)]
    json: bool,
    /// Leave the objects for another run.
    #[arg(long)]
    keep: bool,
}

#[derive(Debug, Args)]
struct QueryArgs {
    /// The question. Tables: each log under its name, and `events`, which is all of them.
    sql: String,
    /// A log, and the name of its table; may be given several times.
    #[arg(long = "log", value_name = "NAME=DIR", required = true, value_parser = named_log)]
    logs: Vec<(String, PathBuf)>,
    /// How the answer is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Debug, Args)]
struct BenchArgs {
    /// How many connections.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = value_parser!(u64).range(1..))]
    rows: u64,
    /// Entries of one object.
    #[arg(long, value_name = "N", default_value_t = 1 << 20, value_parser = value_parser!(u64).range(1..))]
    object_rows: u64,
    /// An empty folder to work in.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Figures as one JSON object.
    #[arg(long)]
    json: bool,
    /// Leave the objects, so that other programs can be asked about them.
    #[arg(long)]
    keep: bool,
}

#[derive(Debug, Args)]
struct Shared {
    /// Where objects are kept; the folder `lake` beside the log when not given.
    #[arg(long, value_name = "JSON")]
    store: Option<String>,
    /// Most memory that the process may take.
    #[arg(long, value_name = "N", default_value_t = MEMORY_MB,
          value_parser = value_parser!(u64).range(MEMORY_MB_MIN..=MEMORY_MB_MAX))]
    memory_mb: u64,
}

impl Cli {
    /// Does the job and writes its result to the standard output.
    ///
    /// # Errors
    /// Whatever it fails with; a reader of the output that went away is no failure of a query.
    pub fn run(self) -> Result<(), Error> {
        match self.job {
            Job::Seal(args) => seal(&args),
            Job::Frames(args) => frames(args),
            Job::Hunt(args) => hunt(args),
            Job::Query(args) => match query(args) {
                Err(Error::Output { cause }) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                answered => answered,
            },
            Job::Bench(args) => bench(args),
            Job::BenchHunt(args) => bench_hunt(args),
        }
    }
}

fn seal(args: &SealArgs) -> Result<(), Error> {
    memory::end_with_parent()?;
    memory::limit(args.shared.memory_mb)?;
    let store = Store::open(args.shared.store.as_deref(), &args.log)?;
    let seal = Seal {
        log: &args.log,
        range: args.first..args.end,
        store: &store,
    };
    let sealed = one_thread()?.block_on(seal.run())?;
    print(&mut io::stdout().lock(), &sealed)
}

fn frames(args: FramesArgs) -> Result<(), Error> {
    memory::limit(args.shared.memory_mb)?;
    let store = Store::open(args.shared.store.as_deref(), &args.log)?;
    let frames = Frames {
        log: &args.log,
        store: &store,
        range: args.from..args.to,
        classes: args.classes.into_iter().collect::<BTreeSet<_>>(),
        checks: args.check,
    };
    one_thread()?.block_on(frames.run(&mut io::stdout()))
}

fn hunt(args: HuntArgs) -> Result<(), Error> {
    memory::limit(args.shared.memory_mb)?;
    let (indicators, odd) = read_list(&args.indicators)?;
    let mut said = io::stderr();
    if odd > 0 {
        writeln!(said, r#"{{"hunt":"unusable","indicators":{odd}}}"#)
            .map_err(|cause| Error::Output { cause })?;
    }
    let hunt = Hunt {
        store: Store::open(args.shared.store.as_deref(), &args.log)?,
        log: args.log,
        range: args.from..args.to,
        indicators,
        entries_max: args.entries_max,
        reads_all: args.no_index,
    };
    let mut out = io::stdout();
    let hunted = hunt.run(&mut out, &mut said);
    many_threads()?.block_on(hunted).map(drop)
}

fn bench_hunt(args: BenchHuntArgs) -> Result<(), Error> {
    let bench = BenchHunt {
        rows: args.rows,
        object_rows: args.object_rows,
        indicators: args.indicators,
        dir: args.dir,
        keeps: args.keep,
    };
    let figures = many_threads()?.block_on(bench.run())?;
    figures
        .write(&mut io::stdout().lock(), args.json)
        .map_err(|cause| Error::Output { cause })
}

fn query(args: QueryArgs) -> Result<(), Error> {
    memory::limit(args.shared.memory_mb)?;
    let query = Query {
        sql: args.sql,
        logs: args.logs,
        store: args.shared.store,
        format: args.format,
        memory_bytes: args.shared.memory_mb << 20,
    };
    let mut out = io::BufWriter::new(io::stdout());
    many_threads()?.block_on(query.run(&mut out))?;
    out.flush().map_err(|cause| Error::Output { cause })
}

fn bench(args: BenchArgs) -> Result<(), Error> {
    let bench = Bench {
        rows: args.rows,
        object_rows: args.object_rows,
        dir: args.dir,
        keeps: args.keep,
    };
    let figures = many_threads()?.block_on(bench.run())?;
    figures
        .write(&mut io::stdout().lock(), args.json)
        .map_err(|cause| Error::Output { cause })
}

fn one_thread() -> Result<Runtime, Error> {
    started(Builder::new_current_thread().enable_all().build())
}

fn many_threads() -> Result<Runtime, Error> {
    started(Builder::new_multi_thread().enable_all().build())
}

fn started(runtime: io::Result<Runtime>) -> Result<Runtime, Error> {
    runtime.map_err(|cause| Error::Threads { cause })
}

/// Reads `NAME=DIR`.
fn named_log(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, dir)) if !name.is_empty() && !dir.is_empty() => {
            Ok((name.to_owned(), PathBuf::from(dir)))
        }
        _ => Err("give it as NAME=DIR".to_owned()),
    }
}
