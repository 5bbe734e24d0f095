//! How far files were read, kept on disk.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::limits::{LOG_FOLLOWED_MAX, LOG_HEAD_BYTES, LOG_POSITIONS_BYTES_MAX};

/// Which file it is, whatever its name: device and inode.
pub(super) type Key = (u64, u64);

/// How far one file was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) device: u64,
    pub(super) inode: u64,
    /// How many first bytes `head` is of: an inode is used again for another file.
    pub(super) head_bytes: u64,
    /// SHA-256 of the first bytes.
    pub(super) head: String,
    /// Everything before it was taken.
    pub(super) offset: u64,
    /// Where the header of the table begins that rules what follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) header_at: Option<u64>,
    /// Events behind `offset` that were taken all the same, by host and id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) joined: Vec<(String, String)>,
}

impl Position {
    /// The beginning of a file.
    pub(super) fn begin(file: &mut File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let head_bytes = metadata.len().min(LOG_HEAD_BYTES);
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            head_bytes,
            head: head(file, head_bytes)?,
            ..Self::default()
        })
    }

    pub(super) fn key(&self) -> Key {
        (self.device, self.inode)
    }

    /// Whether the file still begins as it did, and is not shorter than what was read.
    pub(super) fn is_of(&self, file: &mut File, length: u64) -> io::Result<bool> {
        Ok(length >= self.offset.max(self.head_bytes) && head(file, self.head_bytes)? == self.head)
    }

    /// Takes more first bytes into account once there are more.
    pub(super) fn look_again(&mut self, file: &mut File, length: u64) -> io::Result<()> {
        let head_bytes = length.min(LOG_HEAD_BYTES);
        if head_bytes > self.head_bytes {
            self.head = head(file, head_bytes)?;
            self.head_bytes = head_bytes;
        }
        Ok(())
    }
}

/// The hash of the first bytes; the place in the file stays.
fn head(file: &mut File, bytes: u64) -> io::Result<String> {
    let place = file.stream_position()?;
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    Read::take(&mut *file, bytes).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(place))?;
    Ok(hex::encode(Sha256::digest(&head)))
}

/// The positions of all files that are followed.
#[derive(Debug)]
pub(super) struct Positions {
    path: PathBuf,
    known: BTreeMap<Key, Position>,
    is_saved: bool,
}

impl Positions {
    /// Those kept at `path`, or none. A line that is damaged costs a repeat, never a loss.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut text = String::new();
        match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(file) => {
                let mut bytes = Vec::new();
                file.take(LOG_POSITIONS_BYTES_MAX).read_to_end(&mut bytes)?;
                text = String::from_utf8_lossy(&bytes).into_owned();
            }
        }
        let positions = text.lines().filter_map(|line| {
            let position: Position = serde_json::from_str(line).ok()?;
            Some((position.key(), position))
        });
        Ok(Self {
            path: path.to_owned(),
            known: positions.take(LOG_FOLLOWED_MAX).collect(),
            is_saved: true,
        })
    }

    pub(super) fn find(&self, key: Key) -> Option<&Position> {
        self.known.get(&key)
    }

    pub(super) fn put(&mut self, position: Position) {
        if self.known.get(&position.key()) != Some(&position) {
            self.known.insert(position.key(), position);
            self.is_saved = false;
        }
    }

    /// Forgets all files but these.
    pub(super) fn retain(&mut self, is_there: impl Fn(&Key) -> bool) {
        let before = self.known.len();
        self.known.retain(|key, _| is_there(key));
        self.is_saved &= before == self.known.len();
    }

    /// Has the positions on disk: all of them, or those that were there before.
    pub(super) fn save(&mut self) -> io::Result<()> {
        if self.is_saved {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for position in self.known.values() {
            serde_json::to_writer(&mut bytes, position).map_err(io::Error::other)?;
            bytes.push(b'\n');
        }
        let mut part = self.path.clone().into_os_string();
        part.push(".part");
        let mut file = File::create(&part)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        // A crash here leaves the old positions: what was taken since comes again.
        fs::rename(&part, &self.path)?;
        if let Some(folder) = self.path.parent().filter(|it| !it.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        self.is_saved = true;
        Ok(())
    }
}
