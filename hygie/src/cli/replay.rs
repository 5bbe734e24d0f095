//! The arguments of `hygie replay`.

use std::path::PathBuf;

use clap::Args;

/// `hygie replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// Files and folders of recorded events: JSON lines, Zeek, Suricata, Windows (.evtx too), auditd,
    /// syslog; plain, gzip, zstd, xz or zip.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Files or folders of Sigma rules, filters and correlations; may be given several times. The
    /// built-in analytics always look.
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// How many times as fast as it was recorded, or `max`.
    #[arg(long, default_value = "max")]
    pub speed: String,
    /// Print one JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Print every ATT&CK technique that the loaded rules name, found or not.
    #[arg(long)]
    pub coverage: bool,
    /// Write those techniques as a layer of the ATT&CK Navigator.
    #[arg(long, value_name = "FILE")]
    pub layer: Option<PathBuf>,
    /// Make the data folder here, and leave it.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// A TOML file that says which network is inside, of which establishment and of which tier.
    #[arg(long, value_name = "FILE")]
    pub places: Option<PathBuf>,
    /// Take every line for this format instead of recognising it.
    #[arg(long)]
    pub format: Option<String>,
    /// A TOML file with the values of placeholders: `administrators = ["adm-1", "adm-2"]`.
    #[arg(long, value_name = "FILE")]
    pub placeholders: Option<PathBuf>,
}
