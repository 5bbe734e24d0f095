//! Lists of indicators, as a hunt and the house take them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use intake::logs::is_whole;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use watch::indicator::{Indicator, Indicators, Kind};
use wire::indicator;

use crate::folder::read_bounded;

/// Most lists that are read.
const LISTS_MAX: usize = 1_000;

/// Why a list could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file, or the folder, cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is longer than a list is.
    #[error("`{path}` is too long for a list")]
    TooLong {
        /// Which.
        path: PathBuf,
    },
    /// There are too many.
    #[error("there are more than {LISTS_MAX} lists")]
    TooMany,
}

/// Several lists as one.
#[derive(Debug, Default)]
pub struct Lists {
    indicators: Vec<Indicator>,
    /// Entries that give no indicator.
    pub not_understood_total: u64,
}

/// One line of the list that the lake reads.
#[derive(Serialize)]
struct LookedFor<'i> {
    kind: Kind,
    value: &'i str,
}

impl Lists {
    /// Takes the indicators of a list; one that is in two lists is taken once.
    pub fn add(&mut self, list: indicator::List) {
        self.indicators
            .extend(list.indicators.into_iter().map(hunted));
        self.not_understood_total = self
            .not_understood_total
            .saturating_add(list.not_understood_total);
    }

    /// What lines are compared with, and the values that nothing can be compared with.
    #[must_use]
    pub fn looked_for(self) -> (Indicators, Vec<String>) {
        let (looked_for, unusable) = Indicators::new(self.indicators);
        let unusable = unusable.into_iter().map(|it| it.indicator.value);
        (looked_for, unusable.collect())
    }

    /// The same as the text that the lake reads.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for it in &self.indicators {
            let looked_for = LookedFor {
                kind: it.kind,
                value: &it.value,
            };
            text.push_str(&serde_json::to_string(&looked_for).unwrap_or_default());
            text.push('\n');
        }
        text
    }
}

/// Reads a list of any form.
///
/// # Errors
/// A file that cannot be read or is longer than a list. An entry that cannot be understood is no
/// error: the list tells it.
pub fn read_list(file: &Path) -> Result<indicator::List, ListError> {
    read_with_digest(file).map(|(list, _)| list)
}

/// The same, and the digest of its bytes.
pub(crate) fn read_with_digest(file: &Path) -> Result<(indicator::List, String), ListError> {
    let unread = |source| ListError::Read {
        path: file.to_owned(),
        source,
    };
    let most = u64::try_from(indicator::LIST_BYTES_MAX).unwrap_or(u64::MAX);
    let bytes = match read_bounded(file, most) {
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            return Err(ListError::TooLong {
                path: file.to_owned(),
            });
        }
        read => read.map_err(unread)?,
    };
    let source = file.file_name().unwrap_or_default().to_string_lossy();
    let list = indicator::read(&bytes, &source);
    Ok((list, short_digest(&[&bytes])))
}

/// The first 64 bits of SHA-256 of parts, in hexadecimal.
pub(crate) fn short_digest(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    hex::encode(digest.finalize()).chars().take(16).collect()
}

/// The files at paths, and those directly in folders that nobody writes any more
/// ([`intake::logs::is_whole`]), in the order of their names.
///
/// # Errors
/// A path that cannot be read, or too many files.
pub(crate) fn list_files(paths: &[PathBuf], now: SystemTime) -> Result<Vec<PathBuf>, ListError> {
    let mut files = BTreeSet::new();
    for path in paths {
        let unread = |source| ListError::Read {
            path: path.clone(),
            source,
        };
        if !fs::metadata(path).map_err(unread)?.is_dir() {
            files.insert(path.clone());
            continue;
        }
        for entry in fs::read_dir(path).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            // One that went away in between is nobody's fault.
            let Ok(metadata) = fs::metadata(entry.path()) else {
                continue;
            };
            if is_whole(&entry.file_name().to_string_lossy(), &metadata, now) {
                files.insert(entry.path());
            }
            if files.len() > LISTS_MAX {
                return Err(ListError::TooMany);
            }
        }
    }
    Ok(files.into_iter().collect())
}

fn hunted(read: indicator::Indicator) -> Indicator {
    let kind = match read.kind {
        indicator::Kind::Address => Kind::Address,
        indicator::Kind::Domain => Kind::Domain,
        indicator::Kind::Hash => Kind::Hash,
        indicator::Kind::Mail => Kind::Mail,
        indicator::Kind::Network => Kind::Network,
        indicator::Kind::Url => Kind::Url,
    };
    Indicator {
        kind,
        value: read.value,
        id: read.id,
        name: read.name,
        source: read.source,
    }
}
