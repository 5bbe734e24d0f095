//! The command line of hunts.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

/// `hygie hunt`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["indicators", "rules", "sql"]))]
pub struct Hunt {
    /// A list of indicators: STIX 2.1, MISP, CSV or one value a line; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub indicators: Vec<PathBuf>,
    /// A file or folder of Sigma rules and correlations; may be given several times.
    #[arg(long = "rule", value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// A question in SQL, as `hygie query` answers it.
    #[arg(long)]
    pub sql: Option<String>,
    /// From when on: 3y, 90d, 12h, or an instant.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// The data folder.
    #[arg(long, default_value = "hygie-data")]
    pub data: PathBuf,
    /// Begin anew where the same hunt was broken off.
    #[arg(long)]
    pub anew: bool,
    /// Print one JSON line for each finding instead of text.
    #[arg(long)]
    pub json: bool,
}
