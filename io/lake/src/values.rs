//! The side index of an object: which values its payloads hold, and in which rows.
//!
//! ```text
//! <object>.parquet          sealed, for ever
//! <object>.parquet.values   made from it; thrown away and made again at will
//! ```
//!
//! It lies beside the object in a folder; of objects in a bucket it lies in the folder `lake` of
//! this machine, so that a hunt asks the bucket only for rows.
//!
//! INVARIANT: rows are only passed over when every byte of the index that says so was hashed and
//! found as written, for this very object and this definition of values. Anything else is as if
//! there were no index: it is made again from the object.

mod builder;
mod file;
mod rows;
mod sought;

use std::fs;
use std::path::{Path, PathBuf};

use event::SegmentSealed;

use crate::error::Error;
use crate::frames::{Reads, open};
use crate::store::Store;

pub(crate) use builder::Builder;
pub(crate) use rows::RowSet;
pub(crate) use sought::Sought;

use file::ValuesFile;

/// What the name of an index ends with, behind that of its object.
const SUFFIX: &str = ".values";

/// What the index said of an object.
#[derive(Debug)]
pub(crate) struct Probed {
    /// Rows that may hold what is sought, counted from the first of the object.
    pub(crate) rows: RowSet,
    /// Whether the index was made now.
    pub(crate) is_built: bool,
    /// Payloads that are no line of JSON, and hold no value.
    pub(crate) unread: u64,
}

/// Asks the index of an object; one that is missing, damaged or of another version is made first.
pub(crate) async fn probe(
    (log, store): (&Path, &Store),
    sealed: &SegmentSealed,
    sought: &Sought,
) -> Result<Probed, Error> {
    let path = path(log, store, sealed)?;
    if let Some(file) = ValuesFile::open(&path, sealed)
        && let Some(rows) = file.probe(sought)
    {
        let unread = file.unread();
        let is_built = false;
        return Ok(Probed {
            rows,
            is_built,
            unread,
        });
    }
    let bytes = build(store, sealed).await?.finish(sealed);
    keep(&path, &bytes);
    let damaged = || Error::damaged(&sealed.object, "its values cannot be indexed");
    let file = ValuesFile::of_bytes(bytes, sealed).ok_or_else(damaged)?;
    Ok(Probed {
        rows: file.probe(sought).ok_or_else(damaged)?,
        is_built: true,
        unread: file.unread(),
    })
}

/// Keeps the index of an object that was just sealed; what fails here is made up for by a hunt.
pub(crate) fn keep_sealed(
    (log, store): (&Path, &Store),
    sealed: &SegmentSealed,
    builder: Builder,
) -> u64 {
    let bytes = builder.finish(sealed);
    if let Ok(path) = path(log, store, sealed) {
        keep(&path, &bytes);
    }
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Reads an object for its values.
async fn build(store: &Store, sealed: &SegmentSealed) -> Result<Builder, Error> {
    let object = open(store, sealed, Reads::All).await?;
    let mut builder = Builder::new(sealed.first..sealed.end);
    let mut next = sealed.first;
    for (group, sealed) in sealed.row_groups.iter().enumerate() {
        let end = next.saturating_add(sealed.rows);
        object
            .read_group(group, next..end, &mut |entry| {
                builder.push(entry.index, entry.payload);
                Ok(())
            })
            .await?;
        next = end;
    }
    Ok(builder)
}

/// Where the index of an object lies.
pub(crate) fn path(log: &Path, store: &Store, sealed: &SegmentSealed) -> Result<PathBuf, Error> {
    let name = format!("{}{SUFFIX}", store.path(&sealed.object)?);
    Ok(store.folder_of_this_machine(log).join(name))
}

/// Puts the index under its name, whole or not at all. A disk that is full or read-only costs the
/// next hunt the time to make it again, and nothing else.
fn keep(path: &Path, bytes: &[u8]) {
    let aside = path.with_extension("values.part");
    let kept = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&aside, bytes))
        .and_then(|()| fs::rename(&aside, path));
    if kept.is_err() {
        // Nothing is left to be done when this cannot be removed either.
        drop(fs::remove_file(&aside));
    }
}

#[cfg(test)]
mod tests;
