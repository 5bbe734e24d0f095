//! Where a hunt was broken off.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use watch::fold::WatchState;

use crate::folder::write_whole;

/// The largest file of a place, in bytes.
const PLACE_BYTES_MAX: u64 = 256 << 20;

/// How far a hunt came, and what its fold remembers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct HuntPlace {
    id: String,
    /// Entries received before it are passed over, as it was when the hunt began.
    pub(super) since_us: u64,
    /// What was found.
    pub(super) found: u64,
    /// By log: the index of the first entry that was not looked at.
    next: BTreeMap<String, u64>,
    states: BTreeMap<String, WatchState>,
}

impl HuntPlace {
    /// What was written down of this hunt; the beginning when there is nothing, or of another one.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn read(path: &Path, (id, since_us): (&str, u64)) -> Result<Self> {
        let name = || format!("reading `{}`", path.display());
        let begin = Self {
            id: id.to_owned(),
            since_us,
            ..Self::default()
        };
        match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(begin),
            Err(error) => return Err(error).with_context(name),
            Ok(metadata) if metadata.len() > PLACE_BYTES_MAX => return Ok(begin),
            Ok(_) => {}
        }
        let bytes = fs::read(path).with_context(name)?;
        let read: Option<Self> = serde_json::from_slice(&bytes).ok();
        Ok(read.filter(|place| place.id == id).unwrap_or(begin))
    }

    /// Writes it down, whole or not at all.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let name = || format!("writing `{}`", path.display());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(name)?;
        }
        let bytes = serde_json::to_vec(self).with_context(name)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        anyhow::ensure!(
            length <= PLACE_BYTES_MAX,
            "the place of the hunt has grown to {length} bytes: ask for fewer rules at once"
        );
        write_whole(path, &bytes, 0o600).with_context(name)
    }

    pub(super) fn next(&self, stream: &str) -> u64 {
        self.next.get(stream).copied().unwrap_or(0)
    }

    pub(super) fn set_next(&mut self, stream: &str, next: u64) {
        self.next.insert(stream.to_owned(), next);
    }

    pub(super) fn take_state(&mut self, stream: &str) -> Option<WatchState> {
        self.states.remove(stream)
    }

    pub(super) fn keep_state(&mut self, stream: &str, state: WatchState) {
        self.states.insert(stream.to_owned(), state);
    }
}
