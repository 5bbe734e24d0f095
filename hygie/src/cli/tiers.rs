//! The command line about devices, building control and what care stands on.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use event::Timestamp;

/// `hygie contain`.
#[derive(Debug, Args)]
pub struct Contain {
    /// Only say what would become of it. Nothing here acts on the network yet, so it is needed.
    #[arg(long, required = true)]
    pub dry_run: bool,
    /// Refuse commands to it and keep reads; may be repeated, like the four others.
    #[arg(long, value_name = "ID")]
    pub block_writes: Vec<String>,
    /// Cut it from the world outside the site.
    #[arg(long, value_name = "ID")]
    pub isolate_from_outside: Vec<String>,
    /// Cut it from every network.
    #[arg(long, value_name = "ID")]
    pub isolate: Vec<String>,
    /// Close the account of a person.
    #[arg(long, value_name = "PERSON")]
    pub disable_account: Vec<String>,
    /// Cut its electricity.
    #[arg(long, value_name = "ID")]
    pub cut_power: Vec<String>,
    /// For how long; without it, until further notice.
    #[arg(long)]
    pub minutes: Option<u32>,
    /// What must be stopped (commands, outside, spread); may be repeated. Only what stops it is
    /// proposed instead.
    #[arg(long, value_name = "AIM")]
    pub aim: Vec<String>,
    /// What is in use now: JSON with `in_use` and `out_of_service`. Without it, everything counts.
    #[arg(long, value_name = "FILE")]
    pub in_use: Option<PathBuf>,
    /// The instant, such as 2026-11-26T08:00:00Z; by default now.
    #[arg(long, value_name = "TIME")]
    pub at: Option<Timestamp>,
    /// Who would set a refusal aside.
    #[command(flatten)]
    pub aside: SettingAside,
    /// Which directory.
    #[command(flatten)]
    pub directory: WhichDirectory,
    /// Print one JSON line.
    #[arg(long)]
    pub json: bool,
}

/// The word of two persons that a refused plan must be carried out all the same.
#[derive(Debug, Args)]
pub struct SettingAside {
    /// Who answers for the safety of care and would set a refusal aside, together with `--security`.
    #[arg(long, value_name = "PERSON", requires_all = ["security", "reason", "until"])]
    pub safety: Option<String>,
    /// Who answers for the security of information.
    #[arg(long, value_name = "PERSON", requires = "safety")]
    pub security: Option<String>,
    /// Why it must be set aside.
    #[arg(long, value_name = "TEXT", requires = "safety")]
    pub reason: Option<String>,
    /// When all of it must be undone, at most 12 hours ahead.
    #[arg(long, value_name = "TIME", requires = "safety")]
    pub until: Option<Timestamp>,
}

/// `hygie guard`.
#[derive(Debug, Subcommand)]
pub enum GuardCommand {
    /// Play captures to a guard, and print each request with its verdict; nothing is sent.
    Replay(GuardReplay),
}

/// `hygie guard replay`.
#[derive(Debug, Args)]
pub struct GuardReplay {
    /// Captures: pcap or pcapng.
    #[arg(required = true, value_name = "CAPTURE")]
    pub captures: Vec<PathBuf>,
    /// The policy of the guard, such as `scenarios/modbus-only-100.toml`.
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// Print only what is refused.
    #[arg(long)]
    pub denied: bool,
    /// Print one JSON line for each request.
    #[arg(long)]
    pub json: bool,
}

/// `hygie inventory`.
#[derive(Debug, Args)]
pub struct InventoryArgs {
    /// Captures (pcap or pcapng, `-` for the standard input), and logs of Zeek, Suricata, DHCP and
    /// DNS servers or folders of them; without any, what the house keeps.
    #[arg(value_name = "CAPTURE|LOG")]
    pub captures: Vec<PathBuf>,
    /// Read what comes to an interface, such as that of a mirror port, until it is interrupted.
    #[arg(long, value_name = "INTERFACE")]
    pub live: Option<String>,
    /// The data folder of the house.
    #[arg(long, default_value = "hygie-data")]
    pub data: PathBuf,
    /// Dates of the end of support: TOML with `[[support]]`, each with `product`, `ends`,
    /// `evidence` and, where it is known, `limited_from`; or a product of endoflife.date (its page
    /// or its JSON); or a folder of such files.
    #[arg(long, value_name = "FILE|FOLDER")]
    pub support: Option<PathBuf>,
    /// Print one JSON line for each asset.
    #[arg(long)]
    pub json: bool,
}

/// `hygie responsibilities`.
#[derive(Debug, Args)]
pub struct Responsibilities {
    /// One asset; without it, all that anybody answers for.
    pub asset: Option<String>,
    /// The instant, such as 2026-11-26T08:00:00Z; by default now.
    #[arg(long, value_name = "TIME")]
    pub at: Option<Timestamp>,
    /// How many days from then on are looked through for gaps and conflicts.
    #[arg(long, default_value_t = 7)]
    pub days: u32,
    /// Which directory.
    #[command(flatten)]
    pub directory: WhichDirectory,
    /// Print JSON lines.
    #[arg(long)]
    pub json: bool,
}

/// A configuration's directory, or a file.
#[derive(Debug, Args)]
pub struct WhichDirectory {
    /// The configuration that names the directory.
    #[arg(long, default_value = "hygie.toml", conflicts_with = "directory")]
    pub config: PathBuf,
    /// A directory, in place of a configuration.
    #[arg(long, value_name = "FILE")]
    pub directory: Option<PathBuf>,
}
