//! `hygie.toml`: read once, checked whole, before anything is bound.
//!
//! Unknown keys are refused, secrets are named by file, paths are relative to the file's folder.

mod fault;
mod feeds;
mod guard;
mod inventory;
mod lake;
mod listener;
mod logs;
mod resolve;
mod text;
mod watch;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_spanned::Spanned;

pub use fault::Fault;
pub use feeds::FeedSettings;
pub use guard::{GuardLine, GuardSettings};
pub use inventory::{CaptureSource, InventorySettings};
pub use logs::{LogListener, LogPlace, LogSettings, LogTransport};
pub use resolve::Settings;
pub use text::starting_text;
pub use watch::WatchSettings;

/// The largest configuration that is read, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// The file as written; [`Config::resolve`] checks what it means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    language: Option<Spanned<String>>,
    listen: Listen,
    tls: Tls,
    data: Data,
    hospital: Hospital,
    #[serde(default)]
    policy: Policy,
    #[serde(default)]
    break_glass: BreakGlass,
    identity: Identity,
    #[serde(default)]
    lake: Lake,
    #[serde(default)]
    feeds: Vec<feeds::Feed>,
    #[serde(default)]
    guard: guard::GuardSection,
    inventory: Option<inventory::InventorySection>,
    #[serde(default)]
    logs: Vec<logs::Logs>,
    #[serde(default)]
    watch: watch::Watch,
    services: Spanned<Vec<Service>>,
    #[serde(skip)]
    origin: Origin,
}

/// Where the configuration came from, to name places in it.
#[derive(Debug, Default)]
struct Origin {
    path: PathBuf,
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listen {
    address: Spanned<String>,
    public_url: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tls {
    cert_file: Spanned<PathBuf>,
    key_file: Spanned<PathBuf>,
    client_ca_file: Option<Spanned<PathBuf>>,
    client_person: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    folder: Spanned<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hospital {
    directory_file: Spanned<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    folder: Option<Spanned<PathBuf>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BreakGlass {
    open_minutes_max: Option<Spanned<u64>>,
    review_hours_max: Option<Spanned<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lake {
    program: Option<Spanned<PathBuf>>,
    store_url: Option<Spanned<String>>,
    endpoint: Option<Spanned<String>>,
    region: Option<String>,
    access_key_id_file: Option<Spanned<PathBuf>>,
    secret_access_key_file: Option<Spanned<PathBuf>>,
    allow_http: Option<bool>,
    memory_mb_max: Option<Spanned<u64>>,
    seal_after_hours: Option<Spanned<u64>>,
    seal_check_s: Option<Spanned<u64>>,
    segment_bytes: Option<Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    #[serde(default)]
    issuers: Vec<Issuer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Issuer {
    issuer: Spanned<String>,
    audiences: Vec<String>,
    jwks_url: Option<Spanned<String>>,
    jwks_file: Option<Spanned<PathBuf>>,
    ca_file: Option<Spanned<PathBuf>>,
    refresh_s: Option<u64>,
    leeway_s: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    name: Spanned<String>,
    kind: Spanned<String>,
    tier: Spanned<String>,
    url: Spanned<String>,
    #[serde(default)]
    own_urls: Vec<Spanned<String>>,
    ca_file: Option<Spanned<PathBuf>>,
    authorization_file: Option<Spanned<PathBuf>>,
}

impl Config {
    /// Reads the file; a [`Fault`] names the line and the key.
    pub fn read(path: &Path) -> Result<Self, Fault> {
        let metadata = fs::metadata(path).map_err(|source| Fault::file(path, source))?;
        if metadata.len() > FILE_BYTES_MAX {
            return Err(Fault::whole(
                path,
                format!("more than {FILE_BYTES_MAX} bytes"),
            ));
        }
        let text = fs::read_to_string(path).map_err(|source| Fault::file(path, source))?;
        Self::parse(path, text)
    }

    fn parse(path: &Path, text: String) -> Result<Self, Fault> {
        let parsed: Result<Self, toml::de::Error> = toml::from_str(&text);
        match parsed {
            Ok(mut config) => {
                config.origin = Origin {
                    path: path.to_owned(),
                    text,
                };
                Ok(config)
            }
            Err(error) => {
                let start = error.span().map_or(0, |span| span.start);
                let what = error.message().replace('\n', " ");
                Err(Fault::at(
                    &Origin {
                        path: path.to_owned(),
                        text,
                    },
                    start,
                    "",
                    what,
                ))
            }
        }
    }

    /// A fault at the place of a value.
    fn fault<T>(&self, at: &Spanned<T>, key: &str, what: impl Into<String>) -> Fault {
        Fault::at(&self.origin, at.span().start, key, what.into())
    }

    /// A path of the file, relative to the folder that the file lies in.
    fn path(&self, at: &Spanned<PathBuf>) -> PathBuf {
        let folder = self.origin.path.parent().unwrap_or(Path::new(""));
        folder.join(at.get_ref())
    }
}

#[cfg(test)]
mod tests;
