//! Gives sealed entries back, as frames on a pipe.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use event::SegmentSealed;
use evidence::{FrameWriter, Manifest, Salted};

use crate::error::Error;
use crate::limits::FILE_BUFFER_BYTES;
use crate::object::{SealedObject, check_digest};
use crate::store::Store;
use crate::writer::Groups;

/// What is given back.
#[derive(Debug)]
pub(crate) struct Frames<'a> {
    pub(crate) log: &'a Path,
    pub(crate) store: &'a Store,
    /// Entries wanted; those of them that are sealed are given.
    pub(crate) range: Range<u64>,
    /// Classes wanted; all when empty.
    pub(crate) classes: BTreeSet<u16>,
    /// Whether objects are hashed and leaves computed again.
    pub(crate) checks: bool,
}

impl Frames<'_> {
    /// Writes every wanted entry that is sealed.
    ///
    /// With `checks`, an object is hashed before its first entry is given, and its roots are
    /// compared before the end mark is: a reader that has seen the end mark has seen the truth.
    pub(crate) async fn run(&self, out: &mut (dyn Write + Send)) -> Result<(), Error> {
        let failed = |cause| Error::Output { cause };
        let manifest = Manifest::read(self.log).map_err(Error::evidence(self.log))?;
        let out = BufWriter::with_capacity(FILE_BUFFER_BYTES, out);
        let mut frames = FrameWriter::new(out).map_err(failed)?;
        for sealed in manifest.sealed() {
            if sealed.end > self.range.start && sealed.first < self.range.end {
                self.give(sealed, &mut frames).await?;
            }
        }
        frames.finish().map_err(failed)?;
        Ok(())
    }

    async fn give<W: Write + Send>(
        &self,
        sealed: &SegmentSealed,
        frames: &mut FrameWriter<W>,
    ) -> Result<(), Error> {
        if self.checks {
            check_digest(self.store, sealed).await?;
        }
        let object = open(self.store, sealed, Reads::All).await?;
        let mut roots = Groups::default();
        let mut next = sealed.first;
        for (group, expected) in sealed.row_groups.iter().enumerate() {
            let indexes = next..next.saturating_add(expected.rows);
            next = indexes.end;
            if indexes.end <= self.range.start && !self.checks {
                continue;
            }
            object
                .read_group(group, indexes, &mut |entry| {
                    if self.checks {
                        roots.push(&entry)?;
                    }
                    self.write(&entry, frames)
                })
                .await?;
            roots.end();
        }
        if self.checks && roots.finish() != sealed.row_groups {
            return Err(Error::damaged(
                &sealed.object,
                "its entries hash to other leaves than those that were sealed",
            ));
        }
        Ok(())
    }

    fn write<W: Write>(
        &self,
        entry: &Salted<&[u8]>,
        frames: &mut FrameWriter<W>,
    ) -> Result<(), Error> {
        let is_wanted = self.classes.is_empty() || self.classes.contains(&entry.class);
        if self.range.contains(&entry.index) && is_wanted {
            frames
                .write(entry)
                .map_err(|cause| Error::Output { cause })?;
        }
        Ok(())
    }
}

/// How much of an object will be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    All,
    SomeRows,
}

/// Opens an object that the manifest names, and refuses another one under its name.
pub(crate) async fn open(
    store: &Store,
    sealed: &SegmentSealed,
    reads: Reads,
) -> Result<SealedObject, Error> {
    let name = &sealed.object;
    let bytes = store
        .bytes(name)
        .await?
        .ok_or_else(|| store.vanished(name))?;
    if bytes != sealed.bytes {
        return Err(Error::damaged(
            name,
            format!("it has {bytes} bytes, and {} were sealed", sealed.bytes),
        ));
    }
    let object = match reads {
        Reads::All => SealedObject::open(store, name, bytes).await?,
        Reads::SomeRows => SealedObject::open_for_rows(store, name, bytes).await?,
    };
    let rows = object.group_rows()?;
    if !rows
        .iter()
        .eq(sealed.row_groups.iter().map(|group| &group.rows))
    {
        return Err(Error::damaged(
            name,
            "its row groups are not those that were sealed",
        ));
    }
    Ok(object)
}

#[cfg(test)]
mod tests;
