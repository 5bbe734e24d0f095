//! Seals a range of entries: Parquet aside, read back, proved, published.
//!
//! ```text
//! write-ahead log ─ rows ─ object aside, durable ─ read back through the store
//!        └──────── leaf hashes ──── equal? ────────────┘ ─ name ─ SegmentSealed
//! ```
//!
//! INVARIANT (nobody rewrites): nothing is called sealed that was not read back from where it will
//! be kept and hashed to the same leaves as the log.
//! What frees the write-ahead log is not here: that is done by its writer, after it has kept the
//! [`SegmentSealed`] as an entry.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read as _, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use event::{RowGroupSealed, SegmentSealed};
use evidence::{Manifest, Reader};

use crate::error::Error;
use crate::limits::{CHECKPOINT_BYTES_MAX, FILE_BUFFER_BYTES};
use crate::object::{EachEntry, SealedObject, digest};
use crate::schema::SCHEMA_VERSION;
use crate::store::Store;
use crate::values;
use crate::writer::{Groups, ObjectWriter};

/// What is sealed, and where to.
#[derive(Debug)]
pub(crate) struct Seal<'a> {
    pub(crate) log: &'a Path,
    pub(crate) range: Range<u64>,
    pub(crate) store: &'a Store,
}

/// An object that was written aside and not read back yet.
#[derive(Debug)]
pub(crate) struct Aside {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    /// What the leaves of the log come to.
    pub(crate) row_groups: Vec<RowGroupSealed>,
    /// Whether an unusable object stands under the final name.
    pub(crate) replaces: bool,
    /// What its payloads hold, for its side index.
    pub(crate) values: values::Builder,
}

impl Seal<'_> {
    /// Seals the range; done twice, the second time only proves what the first one left.
    pub(crate) async fn run(&self) -> Result<SegmentSealed, Error> {
        self.check_range()?;
        let origin = origin(self.log)?;
        let name = object_name(&origin, &self.range);
        let standing = self.store.bytes(&name).await?;
        if let Some(bytes) = standing
            && let Some(sealed) = self.accept(&name, bytes).await?
        {
            return Ok(sealed);
        }
        let aside = self.write(&origin, name, standing.is_some())?;
        self.publish(aside).await
    }

    /// Only what follows the sealed entries can be sealed, so no object that a manifest names is
    /// ever written again.
    fn check_range(&self) -> Result<(), Error> {
        let Range { start: first, end } = self.range;
        if first >= end {
            return Err(Error::Argument {
                argument: "--end",
                what: "it is to be greater than `--first`".to_owned(),
            });
        }
        let sealed = Manifest::read(self.log)
            .map_err(Error::evidence(self.log))?
            .end();
        match first {
            first if first < sealed => Err(Error::AlreadySealed { first, end, sealed }),
            first if first > sealed => Err(Error::Hole { first, sealed }),
            _ => Ok(()),
        }
    }

    /// Looks at an object that stands under the final name without being in a manifest: a crash
    /// came between the two. `None` when it is not exactly what the log says.
    async fn accept(&self, name: &str, bytes: u64) -> Result<Option<SegmentSealed>, Error> {
        let found = match self.examine(name, bytes).await {
            Ok(found) => found,
            // It never was sealed, so what is wrong with it does not matter: it is written again.
            Err(Error::Damaged { .. } | Error::Parquet { .. }) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let rows: Vec<u64> = found.iter().map(|group| group.rows).collect();
        if rows.iter().sum::<u64>() != self.range.end - self.range.start {
            return Ok(None);
        }
        if self.roots_of_log(&rows)? != found {
            return Ok(None);
        }
        self.sealed(name, found).await.map(Some)
    }

    async fn examine(&self, name: &str, bytes: u64) -> Result<Vec<RowGroupSealed>, Error> {
        let object = SealedObject::open(self.store, name, bytes).await?;
        object.roots(self.range.start).await
    }

    /// Writes the range aside, durably.
    pub(crate) fn write(&self, origin: &str, name: String, replaces: bool) -> Result<Aside, Error> {
        let path = self.store.aside(&name, self.log)?;
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(Error::io("create", &path))?;
        let out = BufWriter::with_capacity(FILE_BUFFER_BYTES, file);
        let mut writer = ObjectWriter::new(out, &name, origin)?;
        let mut values = values::Builder::new(self.range.clone());
        self.each_of_log(&mut |entry| {
            values.push(entry.index, entry.payload);
            writer.push(&entry)
        })?;
        let (out, row_groups) = writer.finish()?;
        out.into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .map_err(Error::io("write", &path))?;
        // A crash here leaves a file aside that the next seal writes over.
        Ok(Aside {
            path,
            name,
            row_groups,
            replaces,
            values,
        })
    }

    /// Reads back what was written aside and gives it its name.
    pub(crate) async fn publish(&self, aside: Aside) -> Result<SegmentSealed, Error> {
        let Aside {
            path,
            name,
            row_groups,
            replaces,
            values,
        } = aside;
        let readable = self.store.bring(&path, &name, replaces).await?;
        match self.prove(&readable, &row_groups).await {
            Ok(()) => (),
            Err(failure) => {
                self.store.withdraw(&path, &name).await?;
                return Err(failure);
            }
        }
        let sealed = self.sealed_as(&readable, name, row_groups).await?;
        self.store.publish(&path, &sealed.object)?;
        values::keep_sealed((self.log, self.store), &sealed, values);
        Ok(sealed)
    }

    async fn prove(&self, readable: &str, expected: &[RowGroupSealed]) -> Result<(), Error> {
        let differs = |what: String| Error::NotAsWritten {
            object: readable.to_owned(),
            what,
        };
        let bytes = self
            .store
            .bytes(readable)
            .await?
            .ok_or_else(|| differs("it is not there".to_owned()))?;
        let found = match self.examine(readable, bytes).await {
            Err(Error::Damaged { what, .. }) => return Err(differs(what)),
            found => found?,
        };
        if found.len() != expected.len() {
            return Err(differs(format!("it has {} row groups", found.len())));
        }
        let pairs = found.iter().zip(expected);
        match pairs
            .enumerate()
            .find(|(_, (found, expected))| found != expected)
        {
            Some((group, _)) => Err(differs(format!(
                "the entries of row group {group} hash to other leaves than those of the log"
            ))),
            None => Ok(()),
        }
    }

    async fn sealed(
        &self,
        name: &str,
        row_groups: Vec<RowGroupSealed>,
    ) -> Result<SegmentSealed, Error> {
        self.sealed_as(name, name.to_owned(), row_groups).await
    }

    async fn sealed_as(
        &self,
        readable: &str,
        object: String,
        row_groups: Vec<RowGroupSealed>,
    ) -> Result<SegmentSealed, Error> {
        let digested = digest(self.store, readable).await?;
        Ok(SegmentSealed {
            first: self.range.start,
            end: self.range.end,
            object,
            bytes: digested.bytes,
            sha256: digested.sha256,
            schema: SCHEMA_VERSION,
            row_groups,
        })
    }

    /// Roots of the log's entries, grouped as an object groups them.
    fn roots_of_log(&self, rows: &[u64]) -> Result<Vec<RowGroupSealed>, Error> {
        let mut sizes = rows.iter();
        let mut size = sizes.next().copied().unwrap_or(u64::MAX);
        let mut groups = Groups::default();
        self.each_of_log(&mut |entry| {
            groups.push(&entry)?;
            if groups.open_rows() == size {
                groups.end();
                size = sizes.next().copied().unwrap_or(u64::MAX);
            }
            Ok(())
        })?;
        Ok(groups.finish())
    }

    /// Hands on every entry of the range, as the write-ahead log holds it.
    fn each_of_log(&self, each: &mut EachEntry<'_>) -> Result<(), Error> {
        let Range { start, end } = self.range;
        let wrong = |cause| Error::evidence(self.log)(cause);
        let mut reader = Reader::open(self.log, start).map_err(wrong)?;
        let mut next = start;
        while next < end {
            match reader.read_salted().map_err(wrong)? {
                Some(entry) if entry.index == next => each(entry)?,
                _ => {
                    return Err(Error::EntriesMissing {
                        log: self.log.to_owned(),
                        first: start,
                        found: next,
                        end,
                    });
                }
            }
            next += 1;
        }
        Ok(())
    }
}

/// Writes the one line that says what was sealed.
pub(crate) fn print(out: &mut dyn Write, sealed: &SegmentSealed) -> Result<(), Error> {
    let line = serde_json::to_string(sealed).unwrap_or_default();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|cause| Error::Output { cause })
}

/// The name of the object of a range, under which hospitals of one group can share a store.
pub(crate) fn object_name(origin: &str, range: &Range<u64>) -> String {
    let folder = origin.replace('/', "_");
    format!("{folder}/{:016x}-{:016x}.parquet", range.start, range.end)
}

/// The log's own name: the first line of its checkpoint (c2sp.org/tlog-checkpoint).
pub(crate) fn origin(log: &Path) -> Result<String, Error> {
    let path = log.join("checkpoint");
    let mut text = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(CHECKPOINT_BYTES_MAX).read_to_end(&mut text))
        .map_err(Error::io("read", &path))?;
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8(line.to_vec()).map_err(|_| Error::Evidence {
        log: log.to_owned(),
        cause: Box::new(evidence::Error::Damaged {
            path,
            offset: 0,
            entry: None,
            what: "checkpoint does not begin with the name of its log",
        }),
    })
}

#[cfg(test)]
mod tests;
