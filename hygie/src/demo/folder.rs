//! The data folder: made at the first start, read back at every later one.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use event::Timestamp;
use hospital::{Directory, DirectoryLimits};
use serde::{Deserialize, Serialize};

use super::identities::Cast;
use super::{DemoError, Group, Issuer, Resource, records};

/// The demonstration as it lies in its folder.
#[derive(Debug)]
pub struct Demonstration {
    /// The seed of the group.
    pub seed: u64,
    /// The instant of the first start, around which all times of the group stand.
    pub made_at: Timestamp,
    /// Who works where and cares for whom.
    pub directory: Directory,
    /// The document of the directory, as the door reads it.
    pub directory_file: PathBuf,
    /// The patients' records.
    pub records: Vec<Resource>,
    /// Who signs tokens.
    pub issuer: Issuer,
    /// The identities and the examples.
    pub cast: Cast,
}

const DIRECTORY_FILE: &str = "directory.json";
const RECORDS_FILE: &str = "records.ndjson";
const KEY_FILE: &str = "issuer.p8";
const CARD_FILE: &str = "group.json";

impl Demonstration {
    /// The seed when none is asked for.
    pub const SEED: u64 = 2020;

    /// Opens the demonstration of a folder; makes it when the folder has none.
    ///
    /// `seed` is what was asked for, if anything; `at` counts at the first start only.
    /// [`DemoError::SeedDiffers`] when the folder was made with another seed.
    pub fn open(folder: &Path, seed: Option<u64>, at: Timestamp) -> Result<Self, DemoError> {
        let card = match read_if_there(&folder.join(CARD_FILE))? {
            Some(bytes) => json::<Card>(&folder.join(CARD_FILE), &bytes)?,
            None => make(folder, seed.unwrap_or(Self::SEED), at)?,
        };
        match seed {
            Some(asked) if asked != card.seed => Err(DemoError::SeedDiffers {
                path: folder.to_owned(),
                kept: card.seed,
                asked,
            }),
            Some(_) | None => read(folder, card),
        }
    }
}

/// What the folder says about itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    seed: u64,
    made_at: Timestamp,
    cast: Cast,
}

/// Draws the group and writes it down.
///
/// The card is written last: a crash before it leaves a folder without a demonstration, and the
/// next start makes it anew over what lies there.
fn make(folder: &Path, seed: u64, at: Timestamp) -> Result<Card, DemoError> {
    let group = Group::draw(seed, at)?;
    let written = records(&group)?;
    let document = group.directory.to_json();
    let directory = Directory::new(group.directory, &DirectoryLimits::DEFAULT)
        .map_err(|source| DemoError::Directory { source })?;
    let cast = Cast::choose(&directory, &written, group.at)?;
    let mut lines = Vec::new();
    for resource in written {
        lines.extend_from_slice(&resource.json);
        lines.push(b'\n');
    }
    fs::create_dir_all(folder).map_err(|source| failed("create", folder, source))?;
    write(&folder.join(DIRECTORY_FILE), &document)?;
    write(&folder.join(RECORDS_FILE), &lines)?;
    write(&folder.join(KEY_FILE), &Issuer::new_key()?)?;
    let card = Card {
        seed,
        made_at: group.at,
        cast,
    };
    // Numbers, texts and lists only: this cannot fail, and an empty card would be refused.
    let bytes = serde_json::to_vec_pretty(&card).unwrap_or_default();
    write(&folder.join(CARD_FILE), &bytes)?;
    let handle = File::open(folder).map_err(|source| failed("open", folder, source))?;
    handle
        .sync_all()
        .map_err(|source| failed("sync", folder, source))?;
    Ok(card)
}

fn read(folder: &Path, card: Card) -> Result<Demonstration, DemoError> {
    let directory_file = folder.join(DIRECTORY_FILE);
    let document = read_file(&directory_file)?;
    let directory = Directory::from_json(&document, &DirectoryLimits::DEFAULT)
        .map_err(|source| DemoError::Directory { source })?;
    let records_file = folder.join(RECORDS_FILE);
    let records = read_records(&records_file, &read_file(&records_file)?)?;
    let issuer = Issuer::from_pkcs8(&read_file(&folder.join(KEY_FILE))?)?;
    Ok(Demonstration {
        seed: card.seed,
        made_at: card.made_at,
        directory,
        directory_file,
        records,
        issuer,
        cast: card.cast,
    })
}

/// The two members that every resource has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    resource_type: String,
    id: String,
}

fn read_records(path: &Path, bytes: &[u8]) -> Result<Vec<Resource>, DemoError> {
    let mut records = Vec::new();
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    for (line, text) in (1..).zip(lines) {
        let Named { resource_type, id } =
            serde_json::from_slice(text).map_err(|source| DemoError::Unreadable {
                path: path.to_owned(),
                line,
                source,
            })?;
        records.push(Resource {
            resource_type,
            id,
            json: text.to_vec(),
        });
    }
    Ok(records)
}

fn json<T: for<'de> Deserialize<'de>>(path: &Path, bytes: &[u8]) -> Result<T, DemoError> {
    serde_json::from_slice(bytes).map_err(|source| DemoError::Unreadable {
        path: path.to_owned(),
        line: source.line(),
        source,
    })
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, DemoError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed("read", path, source)),
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, DemoError> {
    fs::read(path).map_err(|source| failed("read", path, source))
}

/// Writes a file whole, for its owner alone: beside its place, synced, then moved there.
///
/// A crash before the move leaves the old file or none, never half of one.
fn write(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    let beside = path.with_extension("new");
    let unwritten = |source| failed("write", path, source);
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(unwritten(error)),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .map_err(unwritten)?;
    file.write_all(bytes).map_err(unwritten)?;
    file.sync_all().map_err(unwritten)?;
    fs::rename(&beside, path).map_err(unwritten)
}

fn failed(act: &'static str, path: &Path, source: std::io::Error) -> DemoError {
    DemoError::File {
        act,
        path: path.to_owned(),
        source,
    }
}
