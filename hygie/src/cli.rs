//! The command line, as data.

mod bench;
mod hunt;
mod replay;
mod tiers;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use event::PersonId;

pub use bench::{
    Bench, BenchOptions, BenchPart, EvidenceBench, EvidenceFill, HuntBench, WatchBench,
};
pub use tiers::{
    Contain, GuardCommand, GuardReplay, InventoryArgs, Responsibilities, SettingAside,
    WhichDirectory,
};

pub use hunt::Hunt;
pub use replay::Replay;

/// The zero-trust control point of a hospital group.
#[derive(Debug, Parser)]
#[command(name = "hygie", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// The language of what is printed for people (`en` or `fr`); by default that of LANG.
    #[arg(long, global = true, value_parser = ["en", "fr"])]
    pub lang: Option<String>,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure this machine: each figure beside the machine's own limit.
    Bench(Bench),
    /// Check a configuration whole, without binding or changing anything.
    Check(Configured),
    /// Say whether something may be isolated or cut without harm to care, and what to do instead:
    /// exit 0 it may, 1 it may not.
    Contain(Box<Contain>),
    /// Start a demonstration hospital group behind a door, all in one process and one folder.
    Demo(Demo),
    /// Print what Sigma rules find in files of events; no data folder is needed.
    Detect(Detect),
    /// Ask the evidence.
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Work with the guard before devices of building control.
    #[command(subcommand)]
    Guard(GuardCommand),
    /// Look for indicators or rules in everything that was kept.
    Hunt(Hunt),
    /// Keep logs of other systems as evidence, or hand lists of staff, units or care to the door.
    Import(Import),
    /// List what was found in the logs, as few incidents.
    Incidents(Incidents),
    /// Make a data folder with its keys and a commented configuration to begin with.
    Init(Init),
    /// List the devices that captures tell of, without touching any of them.
    Inventory(InventoryArgs),
    /// List who must be told of an opening by break-glass.
    Notices(Notices),
    /// Work with the policy.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Ask all evidence, sealed or not, in SQL.
    Query(Query),
    /// Play recorded events into a throw-away data folder, and tell what was found and when.
    Replay(Replay),
    /// List who answers for which aspect of which asset, and where nobody does.
    Responsibilities(Responsibilities),
    /// List the reviews that are owed after break-glass.
    Reviews(Reviews),
    /// Serve the door of a configuration.
    Serve(Configured),
    /// Check all evidence offline: exit 0 it holds, 1 it does not, 2 wrong usage or a key is missing.
    Verify(Verify),
    /// Check a proof file with nothing but a public key: exit 0 it holds, 1 it does not.
    VerifyProof(VerifyProof),
}

/// `hygie demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// The port of the door; 0 takes a free one.
    #[arg(long, default_value_t = 8443)]
    pub port: u16,
    /// The data folder; an earlier one is used again.
    #[arg(long, default_value = "hygie-data")]
    pub data: PathBuf,
    /// The seed of the group; the same seed gives the same people.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Print one JSON line instead of text.
    #[arg(long)]
    pub json: bool,
    /// Play a scenario once the door is open: the built-in day, or a file.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub play: Option<Option<PathBuf>>,
}

/// `hygie detect`.
#[derive(Debug, Args)]
pub struct Detect {
    /// Files or folders of Sigma rules, filters and correlations; may be given several times.
    #[arg(long, required = true, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Files and folders of events: JSON lines, Zeek, Suricata, Windows (.evtx too), auditd, syslog;
    /// plain, gzip, zstd, xz or zip.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Print one JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Take every line for this format instead of recognising it.
    #[arg(long)]
    pub format: Option<String>,
    /// A TOML file with the values of placeholders: `administrators = ["adm-1", "adm-2"]`.
    #[arg(long, value_name = "FILE")]
    pub placeholders: Option<PathBuf>,
}

/// `hygie init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The folder to make.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// The name of the evidence log, unique in the world: a domain of yours and a path.
    #[arg(long, default_value = "hygie.local/evidence")]
    pub origin: String,
    /// Only add the telemetry log to this data folder of an earlier version.
    #[arg(long, value_name = "DATA", conflicts_with_all = ["folder", "origin"])]
    pub telemetry: Option<PathBuf>,
}

/// `hygie import`.
#[derive(Debug, Args)]
pub struct Import {
    /// Files and folders of logs: JSON lines, Zeek, Suricata, Windows (.evtx too), auditd, syslog,
    /// plain or compressed. Or a list for the door: `care` and FHIR resources about care (NDJSON or
    /// a bundle), `staff` and CSV (`person`, `name`, `profession`, `roles`, `establishment`, `unit`,
    /// `from`, `until`), `units` and CSV (`establishment`, `establishment_name`, `unit`, `name`).
    #[arg(required = true, value_name = "PATH")]
    pub what: Vec<PathBuf>,
    /// The configuration.
    #[arg(long, default_value = "hygie.toml")]
    pub config: PathBuf,
    /// Of logs: the data folder, in place of the configuration's.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Of logs: take every line for this format instead of recognising it.
    #[arg(long)]
    pub format: Option<String>,
    /// Of FHIR resources, take those that can be read when others cannot.
    #[arg(long)]
    pub skip_bad: bool,
}

/// `hygie incidents`.
#[derive(Debug, Args)]
pub struct Incidents {
    /// The data folder.
    #[arg(long, default_value = "hygie-data")]
    pub data: PathBuf,
    /// The directory, to tell who answers now for the devices concerned.
    #[arg(long, value_name = "FILE")]
    pub directory: Option<PathBuf>,
    /// Only incidents about devices that this person answers for now.
    #[arg(long = "for", value_name = "PERSON", requires = "directory")]
    pub person: Option<PersonId>,
    /// Print one JSON line for each incident instead of text.
    #[arg(long)]
    pub json: bool,
}

/// A command that reads a configuration.
#[derive(Debug, Args)]
pub struct Configured {
    /// The configuration.
    #[arg(long, default_value = "hygie.toml")]
    pub config: PathBuf,
}

/// `hygie verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The data folder, or the folder of one log.
    pub data: PathBuf,
    /// The public key of a log: a file, or the key as text. Given once for each log; each key
    /// checks the log that it names.
    #[arg(long = "key", value_name = "KEY", required = true)]
    pub keys: Vec<String>,
    /// Print one JSON line instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `hygie verify-proof`.
#[derive(Debug, Args)]
pub struct VerifyProof {
    /// The proof file.
    pub file: PathBuf,
    /// The public key of the log: a file, or the key as text.
    #[arg(long)]
    pub key: String,
    /// Show the entry itself as well.
    #[arg(long)]
    pub show: bool,
    /// Print one JSON line instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `hygie query`.
#[derive(Debug, Args)]
pub struct Query {
    /// The question. Tables: `decisions`, `telemetry`, and `events`, which is both.
    pub sql: String,
    /// The data folder.
    #[arg(long, default_value = "hygie-data")]
    pub data: PathBuf,
    /// How the answer is written.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How the answer to a query is written.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum Format {
    /// A table for people.
    #[default]
    Table,
    /// One JSON object a line.
    Json,
    /// Comma-separated values with a head line.
    Csv,
    /// One Parquet file.
    Parquet,
}

/// `hygie reviews`.
#[derive(Debug, Args)]
pub struct Reviews {
    /// The data folder.
    #[arg(long, default_value = "hygie-data")]
    pub data: PathBuf,
    /// Print one JSON line for each review instead of text.
    #[arg(long)]
    pub json: bool,
    /// Name the patients, with the key of the data folder.
    #[arg(long)]
    pub unseal: bool,
}

/// `hygie notices`.
#[derive(Debug, Args)]
pub struct Notices {
    /// The data folder.
    #[arg(long, default_value = "hygie-data")]
    pub data: PathBuf,
    /// Print each as a FHIR Communication on a line instead of text.
    #[arg(long)]
    pub json: bool,
    /// Name the patients, with the key of the data folder.
    #[arg(long)]
    pub unseal: bool,
}

/// `hygie evidence`.
#[derive(Debug, Subcommand)]
pub enum EvidenceCommand {
    /// Write evidence as FHIR AuditEvent, one on a line.
    Export(Export),
    /// Write a proof of one entry, for somebody who has nothing but the public key.
    Prove(Prove),
    /// Who saw this patient's record, and why.
    Show(Show),
}

/// `hygie evidence export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The profile: IHE BALP, or the French TdE.
    #[arg(long, value_enum)]
    pub format: AuditFormat,
    /// The data folder.
    #[arg(long, default_value = "hygie-data")]
    pub data: PathBuf,
    /// From this date or instant on, such as 2026-01-31 or 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Until just before this date or instant.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Name the patients, with the key of the data folder.
    #[arg(long)]
    pub unseal: bool,
}

/// A profile of FHIR AuditEvent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// IHE Basic Audit Log Patterns.
    Balp,
    /// The French profile of traces.
    Tde,
}

/// `hygie evidence prove`.
#[derive(Debug, Args)]
pub struct Prove {
    /// The index of the entry, as an answer's header `hygie-evidence` names it.
    pub index: u64,
    /// The data folder.
    #[arg(long, default_value = "hygie-data")]
    pub data: PathBuf,
    /// The log.
    #[arg(long, value_enum, default_value_t)]
    pub stream: Stream,
    /// Where to write; without it, `<stream>-<index>.tlog-proof` here.
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// One of the logs of a data folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Stream {
    /// Decisions and commands.
    #[default]
    Decisions,
    /// What comes in great numbers before anybody is known.
    Telemetry,
}

/// `hygie evidence show`.
#[derive(Debug, Args)]
pub struct Show {
    /// The data folder.
    #[arg(long, default_value = "hygie-data")]
    pub data: PathBuf,
    /// The patient.
    #[arg(long)]
    pub patient: Option<String>,
    /// The person who asked.
    #[arg(long)]
    pub person: Option<String>,
    /// From this date or instant on, such as 2026-01-31 or 2026-01-31T12:00:00Z.
    #[arg(long)]
    pub since: Option<String>,
    /// Print one JSON line for each event instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `hygie policy`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Print the directory's entry for a FHIR R4 Consent, to be added to `consents`.
    Consent(PolicyConsent),
    /// Say why somebody may or may not open a record, now or at another time.
    Explain(Box<PolicyExplain>),
    /// Run a golden table of decisions; exit 1 when one of them is not given.
    Test(PolicyTest),
    /// Write a built-in set with its golden table into a new folder, to begin one's own from it.
    Write(PolicyWrite),
}

/// `hygie policy consent`.
#[derive(Debug, Args)]
pub struct PolicyConsent {
    /// The resource, as JSON.
    pub file: PathBuf,
    /// The directory in which its recipients are looked up.
    #[arg(long, value_name = "FILE")]
    pub directory: PathBuf,
}

/// `hygie policy write`.
#[derive(Debug, Args)]
pub struct PolicyWrite {
    /// The folder, which must not be there yet.
    pub folder: PathBuf,
    /// Which set: french or international.
    #[arg(long, default_value = "french")]
    pub set: String,
}

/// `hygie policy explain`.
#[derive(Debug, Args)]
pub struct PolicyExplain {
    /// Who, as the directory names them.
    pub person: String,
    /// Whose record, as the directory names them.
    pub patient: String,
    /// What they want to do: read, search, everything, create, update, delete, export or
    /// declareBreakGlass.
    #[arg(long, default_value = "read")]
    pub action: String,
    /// The FHIR resource type.
    #[arg(long = "type", value_name = "TYPE", default_value = "Patient")]
    pub resource_type: String,
    /// How confidential the resource is: N, R or V.
    #[arg(long, default_value = "N")]
    pub label: String,
    /// The purpose of use (v3-ActReason).
    #[arg(long, default_value = "TREAT")]
    pub purpose: String,
    /// The instant, such as 2026-11-26T08:00:00Z; by default now.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// The configuration that names directory and policies.
    #[arg(long, default_value = "hygie.toml", conflicts_with = "directory")]
    pub config: PathBuf,
    /// A directory, in place of a configuration.
    #[arg(long, value_name = "FILE")]
    pub directory: Option<PathBuf>,
    /// The folder of the policies to go with it; without it, the built-in set.
    #[arg(long, requires = "directory")]
    pub folder: Option<PathBuf>,
    /// Print one JSON line.
    #[arg(long)]
    pub json: bool,
}

/// `hygie policy test`.
#[derive(Debug, Args)]
pub struct PolicyTest {
    /// A folder with `schema.cedarschema`, `*.cedar`, `golden/decisions.txt` and
    /// `golden/directory.json`; without it, the built-in set.
    #[arg(long)]
    pub folder: Option<PathBuf>,
}
