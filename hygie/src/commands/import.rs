//! `hygie import`: checks files of staff, units and care, and hands them to the door; keeps logs.
//!
//! The door takes them in while it serves, or when it starts: one process alone writes evidence.

mod logs;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use intake::import::{BadLine, Context, Folder, Kind, check_care, read_staff, read_units};

use super::{Ending, Usage, Words, complain, say};
use crate::cli::Import;
use crate::clock;
use crate::config::Config;

/// Hands lists over to the door, or keeps logs.
pub(crate) fn run(import: &Import, words: &Words) -> Result<Ending> {
    let Some((kind, files)) = list_of(&import.what) else {
        return logs::run(import, words);
    };
    if import.format.is_some() || import.data.is_some() {
        let what = "`--format` and `--data` are for logs: a list is read by the configuration";
        return Err(Usage(what.to_owned()).into());
    }
    lists(import, kind, files)
}

/// The kind of list that the first word names, and its files; nothing when they are logs.
fn list_of(what: &[PathBuf]) -> Option<(Kind, &[PathBuf])> {
    let (first, files) = what.split_first().filter(|(_, files)| !files.is_empty())?;
    let kind = match first.to_str()? {
        "care" => Kind::Care,
        "staff" => Kind::Staff,
        "units" => Kind::Units,
        _ => return None,
    };
    Some((kind, files))
}

/// Checks every file, and hands all of them over or none.
fn lists(import: &Import, kind: Kind, files: &[PathBuf]) -> Result<Ending> {
    let settings = Config::read(&import.config)?.resolve()?;
    let sealer = settings.data.sealer()?;
    let context = Context {
        sealer: &sealer,
        now: clock::now(),
    };
    let mut checked = Vec::new();
    let mut all_good = true;
    for file in files {
        let bytes = read(file)?;
        let (taken, bad) = check(kind, &bytes, context);
        for line in &bad {
            complain(&format!("{}:{line}", file.display()));
        }
        // Of care each entry stands alone; a table with a bad line is not to be believed.
        all_good &= bad.is_empty() || (kind == Kind::Care && import.skip_bad);
        say(&format!("{}: {taken} entries", file.display()));
        checked.push(bytes);
    }
    if !all_good {
        say("nothing was imported");
        return Ok(Ending::DoesNotHold);
    }
    let folder = Folder::at(settings.data.imports());
    for bytes in &checked {
        let handed = folder.hand_over(kind, bytes, clock::now());
        let handed = handed.with_context(|| {
            let path = settings.data.imports();
            format!("handing over to `{}`", path.display())
        })?;
        say(&format!(
            "handed over as `{}`: the door takes it in while it serves",
            handed.display()
        ));
    }
    Ok(Ending::Done)
}

/// How many entries a file has, and what of it cannot be taken.
fn check(kind: Kind, bytes: &[u8], context: Context<'_>) -> (usize, Vec<BadLine>) {
    let table = match kind {
        Kind::Care => {
            let (taken, imported) = check_care(bytes);
            return (taken, imported.bad);
        }
        Kind::Staff => read_staff(bytes, context),
        Kind::Units => read_units(bytes),
    };
    match table {
        Ok(changes) => (changes.len(), Vec::new()),
        Err(bad) => (0, bad),
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let name = || format!("reading `{}`", file.display());
    let bytes_max = intake::limits::FILE_BYTES_MAX;
    if std::fs::metadata(file).with_context(name)?.len() > bytes_max {
        bail!("`{}` has more than {bytes_max} bytes", file.display());
    }
    std::fs::read(file).with_context(name)
}
