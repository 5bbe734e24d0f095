//! `hygie import`: checks files of staff, units and care, and hands them to the door.
//!
//! The door takes them in while it serves, or when it starts: one process alone writes evidence.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use intake::import::{BadLine, Context, Folder, Kind, check_care, read_staff, read_units};

use super::{Ending, complain, say};
use crate::cli::{Import, ImportKind};
use crate::clock;
use crate::config::Config;

/// Checks every file, and hands all of them over or none.
pub(crate) fn run(import: &Import) -> Result<Ending> {
    let settings = Config::read(&import.config)?.resolve()?;
    let sealer = settings.data.sealer()?;
    let context = Context {
        sealer: &sealer,
        now: clock::now(),
    };
    let kind = match import.kind {
        ImportKind::Care => Kind::Care,
        ImportKind::Staff => Kind::Staff,
        ImportKind::Units => Kind::Units,
    };
    let mut checked = Vec::new();
    let mut all_good = true;
    for file in &import.files {
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
