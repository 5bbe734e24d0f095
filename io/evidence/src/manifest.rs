//! Which entries are sealed, and in which objects: one small file, replaced as a whole.
//!
//! ```text
//! {"format":1,"log_id":"..","origin":".."}          JSON, one line
//! {"first":0,"end":..,"object":"..","sha256":..}    JSON, one line a sealed range, ascending
//! sha256 of all lines before, hexadecimal
//! ```
//!
//! Every line is also an entry of the log, kept before the line was written, so whoever rewrites
//! this file is found by [`crate::verify`].
//! Entries below [`Manifest::end`] are in the objects, all others in the write-ahead log: a reader
//! that takes one manifest sees every entry exactly once.

use std::fs;
use std::io;
use std::path::Path;

use event::SegmentSealed;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::bytes::count;
use crate::disk::{Disk, replace};
use crate::error::Error;
use crate::layout::Layout;
use crate::limits::MANIFEST_BYTES_MAX;
use crate::segment::Identity;

/// The one version of the format.
const FORMAT: u32 = 1;

/// Length of the last line, its line end included.
const SUM_BYTES: usize = 65;

/// A consistent picture of what is sealed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Manifest {
    log_id: [u8; 16],
    origin: String,
    // INVARIANT: ascending and contiguous from the first entry of the log.
    sealed: Vec<SegmentSealed>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: u32,
    log_id: String,
    origin: String,
}

impl Manifest {
    /// Reads the manifest of the log in `dir`; without one nothing is sealed.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a file that is not as it was written, [`Error::Io`].
    pub fn read(dir: &Path) -> Result<Self, Error> {
        Self::of(&Layout::new(dir))
    }

    pub(crate) fn of(layout: &Layout) -> Result<Self, Error> {
        let path = layout.manifest();
        let bytes = match fs::read(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            bytes => bytes.map_err(Error::io("read", &path))?,
        };
        Self::parse(&bytes).map_err(|(offset, what)| Error::Damaged {
            path,
            offset: count(offset),
            entry: None,
            what,
        })
    }

    /// The sealed ranges, ascending and contiguous from entry 0.
    #[must_use]
    pub fn sealed(&self) -> &[SegmentSealed] {
        &self.sealed
    }

    /// Index after the last sealed entry.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.sealed.last().map_or(0, |last| last.end)
    }

    /// Name of the log; empty when nothing is sealed.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it speaks of this log; one without ranges speaks of none.
    pub(crate) fn is_of(&self, identity: &Identity) -> bool {
        self.sealed.is_empty() || (self.log_id == identity.log_id && self.origin == identity.origin)
    }

    /// This manifest with one more range; `None` when the range does not follow.
    pub(crate) fn with(&self, identity: &Identity, sealed: SegmentSealed) -> Option<Self> {
        let follows = sealed.is_coherent() && sealed.first == self.end() && self.is_of(identity);
        follows.then(|| {
            let mut ranges = self.sealed.clone();
            ranges.push(sealed);
            Self {
                log_id: identity.log_id,
                origin: identity.origin.clone(),
                sealed: ranges,
            }
        })
    }

    /// Puts this manifest in the place of the older one.
    ///
    /// A crash before the rename within keeps the older one, under which nothing was freed yet.
    pub(crate) fn write(&self, disk: &dyn Disk, layout: &Layout) -> Result<(), Error> {
        let path = layout.manifest();
        let bytes = self.to_bytes();
        if bytes.len() > MANIFEST_BYTES_MAX {
            return Err(Error::ManifestFull { path });
        }
        replace(disk, &path, &bytes).map_err(Error::io("replace", &path))
    }

    fn to_bytes(&self) -> Vec<u8> {
        let head = Head {
            format: FORMAT,
            log_id: hex::encode(self.log_id),
            origin: self.origin.clone(),
        };
        // Plain fields only: there is nothing that cannot be written.
        let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
        bytes.push(b'\n');
        for sealed in &self.sealed {
            bytes.extend(serde_json::to_vec(sealed).unwrap_or_default());
            bytes.push(b'\n');
        }
        let sum = hex::encode(Sha256::digest(&bytes));
        bytes.extend_from_slice(sum.as_bytes());
        bytes.push(b'\n');
        bytes
    }

    /// Reads a manifest's bytes; says where and what is wrong with anything else.
    fn parse(bytes: &[u8]) -> Result<Self, (usize, &'static str)> {
        let wrong = |at, what| Err((at, what));
        if bytes.len() > MANIFEST_BYTES_MAX {
            return wrong(0, "manifest is longer than a manifest may be");
        }
        let lines = bytes.len().saturating_sub(SUM_BYTES);
        let (covered, sum) = bytes.split_at_checked(lines).unwrap_or_default();
        if sum != format!("{}\n", hex::encode(Sha256::digest(covered))).as_bytes() {
            return wrong(0, "manifest does not match its own checksum");
        }
        let mut manifest = Self::default();
        let mut at = 0;
        for (number, line) in covered.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if number == 0 {
                let Some((log_id, head)) = serde_json::from_slice::<Head>(line)
                    .ok()
                    .filter(|head| head.format == FORMAT)
                    .and_then(|head| {
                        Some((hex::decode(&head.log_id).ok()?.try_into().ok()?, head))
                    })
                else {
                    return wrong(at, "manifest is of an unknown format");
                };
                (manifest.log_id, manifest.origin) = (log_id, head.origin);
            } else {
                let sealed = serde_json::from_slice::<SegmentSealed>(line).ok();
                let next = manifest.end();
                match sealed.filter(|sealed| sealed.is_coherent() && sealed.first == next) {
                    Some(sealed) => manifest.sealed.push(sealed),
                    None => {
                        return wrong(at, "manifest names ranges that do not follow each other");
                    }
                }
            }
            at += line.len();
        }
        if manifest.sealed.is_empty() {
            return wrong(0, "manifest names nothing");
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests;
