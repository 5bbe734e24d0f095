//! The folder of files that wait to be imported.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use event::{ServiceId, Timestamp};
use hospital::SharedDirectory;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::{Context, Imported, Kind};
use crate::Error;
use crate::keeper::{Keeper, Report};
use crate::limits::{BATCH_CHANGES_MAX, FILE_BYTES_MAX, LOOK_EACH};

/// The end of the name of a file that is still being written.
const UNFINISHED: &str = ".part";

/// The end of the name of a file that could not be taken.
const REFUSED: &str = ".refused";

/// Where files wait to be imported.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`, which need not exist yet.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Hands a file over: it appears whole or not at all, and only its owner can read it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn hand_over(&self, kind: Kind, bytes: &[u8], now: Timestamp) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.path)?;
        // Units come before those who work in them, and files in the order of their coming.
        let rank = match kind {
            Kind::Units => 0,
            Kind::Staff => 1,
            Kind::Care => 2,
        };
        let name = format!("{:020}-{rank}{}", now.as_us(), kind.suffix());
        let (whole, part) = (self.path.join(&name), self.path.join(name + UNFINISHED));
        let mut options = File::options();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, &whole)?;
        File::open(&self.path)?.sync_all()?;
        Ok(whole)
    }

    /// The next file by name.
    fn next(&self) -> io::Result<Option<(PathBuf, Kind)>> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            entries => entries?,
        };
        let mut found: Option<(PathBuf, Kind)> = None;
        for entry in entries {
            let path = entry?.path();
            let kind = path.file_name().and_then(|name| Kind::of(name.to_str()?));
            if let Some(kind) = kind
                && found.as_ref().is_none_or(|(first, _)| path < *first)
            {
                found = Some((path, kind));
            }
        }
        Ok(found)
    }
}

/// Imports what comes into a folder, until `stop` turns true.
pub async fn watch(
    folder: Folder,
    feed: ServiceId,
    keeper: Arc<Keeper>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        while let Some(file) = look(&folder).await {
            if *stop.borrow() {
                return;
            }
            if let Err(error) = import(file, &feed, &keeper).await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "A file is not imported now; it stays where it is");
                break;
            }
        }
        tokio::select! {
            biased;
            changed = stop.changed() => if changed.is_err() || *stop.borrow() { return },
            () = tokio::time::sleep(LOOK_EACH) => {}
        }
    }
}

async fn look(folder: &Folder) -> Option<(PathBuf, Kind)> {
    let folder = folder.clone();
    let found = spawn_blocking(move || folder.next()).await.ok()?;
    found
        .inspect_err(|error| tracing::error!(%error, "The folder of imports cannot be read"))
        .ok()
        .flatten()
}

/// Takes one file in, then removes it.
async fn import(
    (path, kind): (PathBuf, Kind),
    feed: &ServiceId,
    keeper: &Arc<Keeper>,
) -> Result<(), Error> {
    let (reading, from) = (Arc::clone(keeper), path.clone());
    let read = spawn_blocking(move || {
        let bytes = read_whole(&from)?;
        let context = Context {
            sealer: reading.sealer(),
            now: reading.now(),
        };
        let directory = reading.directory();
        let mut imported = kind.read(&bytes, context, directory);
        imported.changes = news(imported.changes, directory);
        Ok::<Imported, io::Error>(imported)
    });
    let file = |source| Error::File { source };
    let imported = match read.await {
        Ok(read) => read.map_err(file)?,
        Err(_) => return Err(Error::TooSlow),
    };
    for bad in &imported.bad {
        keeper.unread(feed, None, (bad_code(kind), bad.column));
        tracing::warn!(
            line = bad.line,
            column = bad.column,
            what = bad.what,
            "Not imported"
        );
    }
    let taken = imported.changes.len();
    for (number, changes) in (1..).zip(imported.changes.chunks(BATCH_CHANGES_MAX)) {
        let number: u64 = number;
        keeper
            .take(Report {
                feed: feed.clone(),
                message: format!("{}|{number}", path.display()),
                message_type: kind.name().to_owned(),
                changes: changes.to_vec(),
            })
            .await?;
    }
    tracing::info!(
        kind = kind.name(),
        taken,
        bad = imported.bad.len(),
        "A file was imported"
    );
    let refused = taken == 0 && !imported.bad.is_empty();
    let done = spawn_blocking(move || finish(&path, refused)).await;
    done.map_err(|_| Error::TooSlow)?.map_err(file)
}

/// What the directory does not know yet.
fn news(
    changes: Vec<event::CareChange<event::PatientId>>,
    directory: &SharedDirectory,
) -> Vec<event::CareChange<event::PatientId>> {
    let all = changes.into_iter();
    all.filter(|change| !directory.read().knows(change))
        .collect()
}

fn read_whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut bounded = File::open(path)?.take(FILE_BYTES_MAX + 1);
    bounded.read_to_end(&mut bytes)?;
    if bounded.limit() == 0 {
        // Whoever put it there by hand finds it again under another name.
        finish(path, true)?;
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// What was taken need not lie there any longer; what was refused stays for whoever looks.
fn finish(path: &Path, refused: bool) -> io::Result<()> {
    if !refused {
        return fs::remove_file(path);
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(REFUSED);
    fs::rename(path, path.with_file_name(name))
}

fn bad_code(kind: Kind) -> &'static str {
    match kind {
        Kind::Care => "import-entry-unreadable",
        Kind::Staff | Kind::Units => "import-line-unreadable",
    }
}
