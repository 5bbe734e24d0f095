//! Writes entries as one Parquet object, a row group at a time, with the root of each.

use std::io::Write;

use event::RowGroupSealed;
use evidence::Salted;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use tlog::{Frontier, leaf_hash};

use crate::columns::Columns;
use crate::error::Error;
use crate::limits::{GROUP_PAYLOAD_BYTES_MAX, GROUP_ROWS_MAX};
use crate::schema::{properties, stored_schema};

/// An object that is being written.
///
/// INVARIANT: at most one row group is in memory, and only in its compressed form, whatever the
/// length of the range.
pub(crate) struct ObjectWriter<W: Write + Send> {
    object: String,
    columns: Columns,
    parquet: ArrowWriter<W>,
    groups: Groups,
    group_payload_bytes: usize,
}

/// The roots of row groups, as their entries come by.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    ended: Vec<RowGroupSealed>,
    open: Frontier,
}

impl<W: Write + Send> ObjectWriter<W> {
    /// Begins an object of the log `origin`; `object` names it in errors.
    pub(crate) fn new(out: W, object: &str, origin: &str) -> Result<Self, Error> {
        // The types of Parquet say everything: without the copy of the Arrow schema, every reader
        // sees the same plain columns.
        let options = ArrowWriterOptions::new()
            .with_properties(properties(origin))
            .with_skip_arrow_metadata(true);
        let parquet = ArrowWriter::try_new_with_options(out, stored_schema(), options)
            .map_err(Error::parquet("begin", object))?;
        Ok(Self {
            object: object.to_owned(),
            columns: Columns::new(&stored_schema()),
            parquet,
            groups: Groups::default(),
            group_payload_bytes: 0,
        })
    }

    /// Writes one entry.
    pub(crate) fn push(&mut self, entry: &Salted<&[u8]>) -> Result<(), Error> {
        self.columns.push(entry)?;
        self.groups.push(entry)?;
        self.group_payload_bytes += entry.payload.len();
        if self.columns.is_full() {
            self.write_batch()?;
        }
        let is_full = self.groups.open_rows() >= GROUP_ROWS_MAX
            || self.group_payload_bytes >= GROUP_PAYLOAD_BYTES_MAX;
        if is_full {
            self.end_group()?;
        }
        Ok(())
    }

    /// Ends the object; gives where it was written, and its row groups.
    pub(crate) fn finish(mut self) -> Result<(W, Vec<RowGroupSealed>), Error> {
        self.end_group()?;
        let out = self
            .parquet
            .into_inner()
            .map_err(Error::parquet("finish", &self.object))?;
        Ok((out, self.groups.finish()))
    }

    fn write_batch(&mut self) -> Result<(), Error> {
        if let Some(batch) = self.columns.take()? {
            self.parquet
                .write(&batch)
                .map_err(Error::parquet("write", &self.object))?;
        }
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), Error> {
        self.write_batch()?;
        self.parquet
            .flush()
            .map_err(Error::parquet("write", &self.object))?;
        self.groups.end();
        self.group_payload_bytes = 0;
        Ok(())
    }
}

impl<W: Write + Send> std::fmt::Debug for ObjectWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectWriter")
            .field("object", &self.object)
            .finish_non_exhaustive()
    }
}

impl Groups {
    /// Adds one entry to the open group.
    pub(crate) fn push(&mut self, entry: &Salted<&[u8]>) -> Result<(), Error> {
        self.open
            .push(leaf_hash(&entry.leaf()))
            .map_err(|cause| Error::Tree { cause })
    }

    /// Entries of the open group.
    pub(crate) fn open_rows(&self) -> u64 {
        self.open.size()
    }

    /// Ends the open group, if anything is in it.
    pub(crate) fn end(&mut self) {
        let group = std::mem::take(&mut self.open);
        if group.size() > 0 {
            self.ended.push(RowGroupSealed {
                rows: group.size(),
                root: group.root().to_string(),
            });
        }
    }

    /// All groups in their order.
    pub(crate) fn finish(mut self) -> Vec<RowGroupSealed> {
        self.end();
        self.ended
    }
}
