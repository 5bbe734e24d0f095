//! Dates of support, from the tables and the folders of products that a hospital names.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use hospital::inventory::{Calendar, SupportEnd};
use serde::Deserialize;

use crate::folder::read_bounded;

/// The longest file of dates that is read, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// A table of dates as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dates {
    #[serde(default)]
    support: Vec<SupportEnd>,
}

/// Adds the lines of a table; gives how many there are.
///
/// # Errors
/// When it is no such table.
pub(crate) fn add_table(calendar: &mut Calendar, text: &str) -> Result<usize> {
    let Dates { support } = toml::from_str(text)?;
    let count = support.len();
    calendar.add(support);
    Ok(count)
}

/// Adds the dates of a table, of one product of endoflife.date, or of a folder of them. One bad file
/// of hundreds is told through `complain`, and the others count.
///
/// # Errors
/// When there is no such file or folder, or it holds no dates: nothing would be past, and nobody
/// would know why.
pub(crate) fn add_dates(
    calendar: &mut Calendar,
    path: &Path,
    complain: &mut dyn FnMut(String),
) -> Result<()> {
    let mut count = 0;
    for file in files(path)? {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let read = match file.extension().and_then(|it| it.to_str()) {
            Some("md" | "json") => {
                small_text(&file).and_then(|text| Ok(calendar.read(&stem, &text).map(|()| 1)?))
            }
            // Whatever else lies in a folder is no table.
            other if path.is_dir() && other != Some("toml") => continue,
            _ => small_text(&file).and_then(|text| add_table(calendar, &text)),
        };
        match read {
            Ok(read) => count += read,
            Err(error) => complain(format!("{}: {error:#}", file.display())),
        }
    }
    if count == 0 {
        bail!("`{}` holds no dates of support", path.display());
    }
    Ok(())
}

/// A file itself, or those of a folder in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let name = || format!("reading `{}`", path.display());
    let entries = path.read_dir().with_context(name)?;
    let paths = entries.map(|entry| Ok(entry.with_context(name)?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_>>()?;
    paths.sort();
    Ok(paths)
}

fn small_text(file: &Path) -> Result<String> {
    let bytes = read_bounded(file, FILE_BYTES_MAX)?;
    Ok(String::from_utf8(bytes)?)
}
