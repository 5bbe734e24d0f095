//! The command line of `hygie bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `hygie bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// What to measure.
    #[command(subcommand)]
    pub part: BenchPart,
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub enum BenchPart {
    /// The policy alone, with the directory of a large group.
    Decision(BenchOptions),
    /// The evidence log against a bare loop that writes the same bytes, its recovery, and the lake
    /// against DuckDB and ClickHouse.
    Evidence(EvidenceBench),
    /// Fills a log and holds it, to be killed by the measurement.
    #[command(hide = true)]
    EvidenceFill(EvidenceFill),
    /// The door against the upstream alone and against nginx.
    Gateway(BenchOptions),
    /// The guard inline before a Modbus/TCP device, against the device alone.
    Guard(BenchOptions),
    /// A hunt for indicators through a lake that is made up, against the length of the lake.
    Hunt(HuntBench),
    /// The inventory from captures in memory.
    Inventory(InventoryBench),
    /// Detection, from the bytes of a log to findings, against rsigma.
    Watch(WatchBench),
}

/// How to measure a hunt.
#[derive(Debug, Args)]
pub struct HuntBench {
    /// What every part has.
    #[command(flatten)]
    pub options: BenchOptions,
    /// Rows of the lake. 200000000 need 13 GB, and on two cores 40 minutes.
    #[arg(long, default_value_t = 20_000_000)]
    pub rows: u64,
    /// How many indicators.
    #[arg(long, default_value_t = 10_000)]
    pub indicators: u64,
    /// Leave the lake in `--dir` for another run.
    #[arg(long, requires = "dir")]
    pub keep: bool,
}

/// How to measure the inventory.
#[derive(Debug, Args)]
pub struct InventoryBench {
    /// What every part has.
    #[command(flatten)]
    pub options: BenchOptions,
    /// A capture; may be repeated. Without it, one is made up.
    #[arg(long = "capture")]
    pub captures: Vec<PathBuf>,
    /// Devices of the capture that is made up.
    #[arg(long, default_value_t = 100_000)]
    pub assets: u32,
}

/// How to measure detection.
#[derive(Debug, Args)]
pub struct WatchBench {
    /// What every part has.
    #[command(flatten)]
    pub options: BenchOptions,
    /// A file or folder with events, as `hygie detect` reads them; may be repeated. Without it,
    /// events are made up.
    #[arg(long)]
    pub events: Vec<PathBuf>,
    /// A file or folder with Sigma rules; may be repeated.
    #[arg(long, required = true)]
    pub rules: Vec<PathBuf>,
}

/// How to measure the evidence.
#[derive(Debug, Args)]
pub struct EvidenceBench {
    /// What every part has.
    #[command(flatten)]
    pub options: BenchOptions,
    /// Rows of the lake; 0 leaves it out.
    #[arg(long, default_value_t = 100_000_000)]
    pub rows: u64,
    /// Events of the log whose writer is killed; 0 leaves it out.
    #[arg(long, default_value_t = 10_000_000)]
    pub recovery: u64,
}

/// What to fill.
#[derive(Debug, Args)]
pub struct EvidenceFill {
    /// How many events.
    #[arg(long)]
    pub entries: u64,
    /// The folder of the log.
    #[arg(long)]
    pub dir: PathBuf,
}

/// How to measure.
#[derive(Debug, Args)]
pub struct BenchOptions {
    /// Print one JSON line instead of a table.
    #[arg(long)]
    pub json: bool,
    /// How long each measurement lasts, in seconds.
    #[arg(long)]
    pub seconds: Option<u64>,
    /// Where to write; by default the folder for temporary files.
    #[arg(long)]
    pub dir: Option<PathBuf>,
}
