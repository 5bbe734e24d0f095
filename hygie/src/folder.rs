//! The data folder: keys, evidence, and where each thing lies in it.
//!
//! ```text
//! DATA/
//!   evidence/            the log of decisions and commands (see `io/evidence`)
//!   evidence.pub         the public key that verifies it: give a copy to an auditor
//!   telemetry/           the log of what comes in great numbers, with its own key
//!   telemetry.pub        the public key that verifies it: give a copy to an auditor
//!   care.state           what feeds have told, so that a start need not read the whole log
//!   logs/                how far followed logs were read; `drop`: logs that wait to be kept
//!   hunts/               where hunts were broken off
//!   imports/             files that wait to be imported (see docs/feeds.md)
//!   lake/                what was sealed of both, unless another store is configured
//!   lake.json            that other store, when there is one
//!   keys/log.key         signs checkpoints of decisions    (32 bytes, owner only)
//!   keys/telemetry.key   signs checkpoints of telemetry    (32 bytes, owner only)
//!   keys/seal.key        names and seals patients          (32 bytes, owner only)
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use event::{PatientSealer, SealKeys};
use sha2::{Digest as _, Sha256};
use tlog::{NoteSigner, VerifierKey};
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;

/// A data folder.
#[derive(Debug, Clone)]
pub struct DataFolder {
    root: PathBuf,
}

/// A data folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file that must be there is not: creation is never implicit.
    #[error("`{path}` is not there; `hygie init` makes a new data folder")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file that would be made is there already.
    #[error("`{path}` is there already; nothing was changed")]
    Present {
        /// The file.
        path: PathBuf,
    },
    /// The folder is older than the telemetry log.
    #[error("`{path}` is not there: `hygie init --telemetry {data}` adds the telemetry log")]
    NoTelemetry {
        /// The public key that is missing.
        path: PathBuf,
        /// The data folder.
        data: PathBuf,
    },
    /// A secret that others can read.
    #[error(
        "`{path}` can be read by others than its owner; `chmod 600` it, and ask who has seen it"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A key file that holds no key.
    #[error("`{path}` does not hold a key of {KEY_BYTES} bytes")]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// A public key file that holds none.
    #[error("`{path}` does not hold a public key of a log")]
    NoPublicKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: tlog::Error,
    },
    /// The origin cannot name a log.
    #[error("`{origin}` cannot be the name of a log")]
    Origin {
        /// The name.
        origin: String,
        /// Why.
        #[source]
        source: tlog::Error,
    },
    /// The system gave no randomness.
    #[error("the system gave no random bytes")]
    Randomness {
        /// What it said.
        #[source]
        source: getrandom::Error,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {act} `{path}`")]
    File {
        /// What was tried.
        act: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl DataFolder {
    /// The folder at `root`, which need not exist yet.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the log lies.
    #[must_use]
    pub fn evidence(&self) -> PathBuf {
        self.root.join("evidence")
    }

    /// Where the public key of the log lies.
    #[must_use]
    pub fn public_key_file(&self) -> PathBuf {
        self.root.join("evidence.pub")
    }

    /// Where the log of telemetry lies.
    #[must_use]
    pub fn telemetry(&self) -> PathBuf {
        self.root.join("telemetry")
    }

    /// Where the public key of the telemetry log lies.
    #[must_use]
    pub fn telemetry_key_file(&self) -> PathBuf {
        self.root.join("telemetry.pub")
    }

    /// Where what feeds have told is written down.
    #[must_use]
    pub fn care_state(&self) -> PathBuf {
        self.root.join("care.state")
    }

    /// Where hunts that were broken off lie.
    #[must_use]
    pub fn hunts(&self) -> PathBuf {
        self.root.join("hunts")
    }

    /// Where logs wait that were handed over while the door serves.
    #[must_use]
    pub fn log_drop(&self) -> PathBuf {
        self.root.join("logs").join("drop")
    }

    /// Where it is kept how far followed logs were read.
    #[must_use]
    pub fn log_positions(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Where files wait to be imported.
    #[must_use]
    pub fn imports(&self) -> PathBuf {
        self.root.join("imports")
    }

    /// Where it is written down which store keeps what was sealed.
    #[must_use]
    pub fn lake_file(&self) -> PathBuf {
        self.root.join("lake.json")
    }

    /// Where certificates made here lie.
    #[must_use]
    pub fn tls(&self) -> PathBuf {
        self.root.join("tls")
    }

    fn log_key_file(&self) -> PathBuf {
        self.root.join("keys").join("log.key")
    }

    fn telemetry_secret_file(&self) -> PathBuf {
        self.root.join("keys").join("telemetry.key")
    }

    fn seal_key_file(&self) -> PathBuf {
        self.root.join("keys").join("seal.key")
    }

    /// Whether keys were made here.
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.public_key_file().exists()
    }

    /// Makes the folder and its keys for a log named `origin`.
    ///
    /// The public key is written last: a crash before it leaves a folder that [`Self::is_made`]
    /// calls unmade, with secrets that nothing was ever signed or sealed with.
    pub fn make(&self, origin: &str) -> Result<(), FolderError> {
        if self.is_made() {
            return Err(FolderError::Present {
                path: self.public_key_file(),
            });
        }
        let keys = self.root.join("keys");
        let mut builder = fs::DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(&keys);
        made.map_err(|source| failed("create", &keys, source))?;
        let (seed, seal) = (fresh_secret()?, fresh_secret()?);
        let signer = signer_of(origin, &seed)?;
        write_secret(&self.log_key_file(), &seed)?;
        write_secret(&self.seal_key_file(), &seal)?;
        let path = self.public_key_file();
        let text = format!("{}\n", signer.verifier());
        write_whole(&path, text.as_bytes(), 0o644)
    }

    /// The signer of a telemetry log that is about to be made; its key is made when there is none.
    ///
    /// The public key is not written yet: a folder without it has no telemetry log, whatever a
    /// crash left of one, and [`Self::finish_telemetry`] is the last step.
    pub fn begin_telemetry(&self) -> Result<NoteSigner, FolderError> {
        let path = self.telemetry_key_file();
        if path.exists() {
            return Err(FolderError::Present { path });
        }
        let origin = telemetry_origin(self.public_key()?.name());
        let secret = self.telemetry_secret_file();
        if !secret.exists() {
            let fresh = fresh_secret()?;
            write_secret(&secret, &fresh)?;
        }
        let seed = read_secret(&secret)?;
        signer_of(&origin, &seed)
    }

    /// Writes the public key of a telemetry log that is there.
    pub fn finish_telemetry(&self, signer: &VerifierKey) -> Result<(), FolderError> {
        let text = format!("{signer}\n");
        write_whole(&self.telemetry_key_file(), text.as_bytes(), 0o644)
    }

    /// The signer of the log's checkpoints.
    pub fn signer(&self) -> Result<NoteSigner, FolderError> {
        checked_signer(&self.public_key()?, self.log_key_file())
    }

    /// The signer of the telemetry log's checkpoints.
    pub fn telemetry_signer(&self) -> Result<NoteSigner, FolderError> {
        checked_signer(&self.telemetry_key()?, self.telemetry_secret_file())
    }

    /// The key that verifies the telemetry log.
    pub fn telemetry_key(&self) -> Result<VerifierKey, FolderError> {
        let path = self.telemetry_key_file();
        if self.is_made() && !path.exists() {
            return Err(FolderError::NoTelemetry {
                path,
                data: self.root.clone(),
            });
        }
        read_public_key(&path)
    }

    /// The key that verifies the log.
    pub fn public_key(&self) -> Result<VerifierKey, FolderError> {
        read_public_key(&self.public_key_file())
    }

    /// The key by which watching hashes what attackers choose: secret, and the same for every fold
    /// of this house.
    pub fn watch_key(&self) -> Result<[u8; 16], FolderError> {
        let name = self.sealer()?.care_key("watch", "").to_string();
        let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
        Ok(digest.first_chunk().copied().unwrap_or_default())
    }

    /// What names and seals patients.
    pub fn sealer(&self) -> Result<PatientSealer, FolderError> {
        let secret = read_secret(&self.seal_key_file())?;
        Ok(PatientSealer::new(&SealKeys::from_secret(&secret)))
    }
}

/// The name of the telemetry log beside the log of decisions named `origin`.
#[must_use]
pub fn telemetry_origin(origin: &str) -> String {
    format!("{origin}{TELEMETRY_SUFFIX}")
}

/// What the name of every telemetry log ends with.
pub(crate) const TELEMETRY_SUFFIX: &str = "/telemetry";

/// The signer of a key whose public half is known.
fn checked_signer(public: &VerifierKey, path: PathBuf) -> Result<NoteSigner, FolderError> {
    let seed = read_secret(&path)?;
    let signer = signer_of(public.name(), &seed)?;
    if signer.verifier().public() == public.public() {
        Ok(signer)
    } else {
        // Two halves of different keys: what would be signed could not be verified.
        Err(FolderError::NoKey { path })
    }
}

/// Reads the public key of a log from a file.
pub fn read_public_key(path: &Path) -> Result<VerifierKey, FolderError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(FolderError::Missing {
                path: path.to_owned(),
            });
        }
        Err(source) => return Err(failed("read", path, source)),
    };
    text.trim()
        .parse()
        .map_err(|source| FolderError::NoPublicKey {
            path: path.to_owned(),
            source,
        })
}

/// Removes a file, if it is there.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), FolderError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(failed("remove", path, source)),
        _ => Ok(()),
    }
}

/// Reads a file that is held in memory whole; [`ErrorKind::FileTooLarge`] for one that is longer, or
/// grows, or has no end.
pub(crate) fn read_bounded(path: &Path, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(bytes_max.saturating_add(1))
        .read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()).unwrap_or(u64::MAX) > bytes_max {
        true => Err(ErrorKind::FileTooLarge.into()),
        false => Ok(bytes),
    }
}

/// Writes a file whole or not at all, with a mode.
pub(crate) fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FolderError> {
    let aside = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&aside, path)?;
        // The rename itself is durable once its folder is: a crash before this may lose the file,
        // never show half of it.
        match path.parent() {
            // A bare name lies in the present folder.
            Some(parent) if parent.as_os_str().is_empty() => File::open(".")?.sync_all(),
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    };
    write().map_err(|source| failed("write", path, source))
}

fn signer_of(origin: &str, seed: &[u8; KEY_BYTES]) -> Result<NoteSigner, FolderError> {
    NoteSigner::from_seed(origin, seed).map_err(|source| FolderError::Origin {
        origin: origin.to_owned(),
        source,
    })
}

fn fresh_secret() -> Result<Zeroizing<[u8; KEY_BYTES]>, FolderError> {
    let mut secret = Zeroizing::new([0_u8; KEY_BYTES]);
    getrandom::fill(&mut *secret).map_err(|source| FolderError::Randomness { source })?;
    Ok(secret)
}

fn write_secret(path: &Path, secret: &[u8; KEY_BYTES]) -> Result<(), FolderError> {
    write_whole(path, secret, 0o600)
}

fn read_secret(path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, FolderError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(FolderError::Missing {
                path: path.to_owned(),
            });
        }
        Err(source) => return Err(failed("open", path, source)),
    };
    let metadata = file
        .metadata()
        .map_err(|source| failed("look at", path, source))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(FolderError::Exposed {
            path: path.to_owned(),
        });
    }
    if metadata.len() != KEY_BYTES as u64 {
        return Err(FolderError::NoKey {
            path: path.to_owned(),
        });
    }
    let mut secret = Zeroizing::new([0_u8; KEY_BYTES]);
    file.read_exact(&mut *secret)
        .map_err(|source| failed("read", path, source))?;
    Ok(secret)
}

fn failed(act: &'static str, path: &Path, source: std::io::Error) -> FolderError {
    FolderError::File {
        act,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
