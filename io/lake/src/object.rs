//! Reads a sealed object back through its store: its rows, their roots, its hash.

use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::slice;
use std::sync::Arc;

use arrow::array::{
    Array, FixedSizeBinaryArray, RecordBatch, TimestampMicrosecondArray, UInt16Array, UInt64Array,
};
use bytes::Bytes;
use event::{RowGroupSealed, SegmentSealed};
use evidence::Salted;
use futures::future::BoxFuture;
use futures::{FutureExt as _, TryFutureExt as _, TryStreamExt as _};
use object_store::{ObjectStore, ObjectStoreExt as _};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, RowSelection};
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_schema};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::limits::{BATCH_PAYLOAD_BYTES_MAX, BATCH_ROWS_MAX, FOOTER_BYTES_HINT};
use crate::payload::{Payloads, payload_columns};
use crate::schema::{EVIDENCE_COLUMNS, SALT_BYTES, SCHEMA_VERSION, VERSION_KEY, stored_schema};
use crate::store::Store;
use crate::writer::Groups;

/// What is done with each entry that is read.
pub(crate) type EachEntry<'a> = dyn FnMut(Salted<&[u8]>) -> Result<(), Error> + Send + 'a;

/// Length and hash of an object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Digested {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// An object whose footer was read and is of this version.
pub(crate) struct SealedObject {
    name: String,
    store: Store,
    reader: ObjectReader,
    metadata: ArrowReaderMetadata,
}

/// Reads an object whole and hashes it.
pub(crate) async fn digest(store: &Store, name: &str) -> Result<Digested, Error> {
    let fail = |cause| store.failure("read", name, cause);
    let got = store
        .objects()
        .get(&store.path(name)?)
        .await
        .map_err(fail)?;
    let mut chunks = got.into_stream();
    let (mut sha, mut bytes) = (Sha256::new(), 0);
    while let Some(chunk) = chunks.try_next().await.map_err(fail)? {
        sha.update(&chunk);
        bytes += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
    }
    Ok(Digested {
        bytes,
        sha256: hex::encode(sha.finalize()),
    })
}

/// Reads an object whole and refuses it when it is not the one that was sealed.
pub(crate) async fn check_digest(store: &Store, sealed: &SegmentSealed) -> Result<(), Error> {
    let found = digest(store, &sealed.object).await?;
    if found.bytes != sealed.bytes || found.sha256 != sealed.sha256 {
        return Err(Error::damaged(
            &sealed.object,
            format!(
                "it has {} bytes with SHA-256 {}, and {} bytes with {} were sealed",
                found.bytes, found.sha256, sealed.bytes, sealed.sha256
            ),
        ));
    }
    Ok(())
}

impl SealedObject {
    /// Reads the footer of an object.
    pub(crate) async fn open(store: &Store, name: &str, bytes: u64) -> Result<Self, Error> {
        let pages = PageIndexPolicy::Skip;
        guarded(name, Self::read_footer(store, (name, bytes), pages)).await
    }

    /// Reads the footer of an object, and where its pages are, so that some of its rows can be read
    /// without the others.
    pub(crate) async fn open_for_rows(
        store: &Store,
        name: &str,
        bytes: u64,
    ) -> Result<Self, Error> {
        let pages = PageIndexPolicy::Optional;
        guarded(name, Self::read_footer(store, (name, bytes), pages)).await
    }

    async fn read_footer(
        store: &Store,
        (name, bytes): (&str, u64),
        pages: PageIndexPolicy,
    ) -> Result<Self, Error> {
        let objects = Arc::clone(store.objects());
        let mut reader = ObjectReader {
            objects,
            path: store.path(name)?,
            bytes,
            pages,
        };
        let metadata = ArrowReaderMetadata::load_async(&mut reader, ArrowReaderOptions::new())
            .await
            .map_err(|cause| store.parquet_failure("read the footer of", name, cause))?;
        check_columns(name, metadata.metadata())?;
        // Read as tables show them: payloads are then not copied once more.
        let options = ArrowReaderOptions::new().with_schema(stored_schema());
        let metadata = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)
            .map_err(|cause| Error::damaged(name, cause.to_string()))?;
        Ok(Self {
            name: name.to_owned(),
            store: store.clone(),
            reader,
            metadata,
        })
    }

    /// Rows of each row group.
    pub(crate) fn group_rows(&self) -> Result<Vec<u64>, Error> {
        let groups = self.metadata.metadata().row_groups().iter();
        groups
            .map(|group| {
                u64::try_from(group.num_rows())
                    .map_err(|_| Error::damaged(&self.name, "a row group has fewer than no rows"))
            })
            .collect()
    }

    /// Reads one row group, whose entries are to be those of `indexes`, and hands on each.
    pub(crate) async fn read_group(
        &self,
        group: usize,
        indexes: Range<u64>,
        each: &mut EachEntry<'_>,
    ) -> Result<(), Error> {
        let all = slice::from_ref(&indexes);
        guarded(&self.name, self.read_rows(group, (&indexes, all), each)).await
    }

    /// Reads the rows of `wanted`, ascending ranges within `indexes`, of one row group whose entries
    /// are to be those of `indexes`.
    pub(crate) async fn read_some(
        &self,
        group: usize,
        (indexes, wanted): (&Range<u64>, &[Range<u64>]),
        each: &mut EachEntry<'_>,
    ) -> Result<(), Error> {
        guarded(&self.name, self.read_rows(group, (indexes, wanted), each)).await
    }

    async fn read_rows(
        &self,
        group: usize,
        (indexes, wanted): (&Range<u64>, &[Range<u64>]),
        each: &mut EachEntry<'_>,
    ) -> Result<(), Error> {
        let damaged = |what: String| Error::damaged(&self.name, what);
        let unread = |cause| {
            self.store
                .parquet_failure("read rows of", &self.name, cause)
        };
        let builder = ParquetRecordBatchStreamBuilder::new_with_metadata(
            self.reader.clone(),
            self.metadata.clone(),
        );
        let columns = EVIDENCE_COLUMNS.into_iter().chain(payload_columns());
        let columns = ProjectionMask::columns(builder.parquet_schema(), columns);
        let builder = match selection(indexes, wanted) {
            Some(selection) => builder.with_row_selection(selection),
            None => builder,
        };
        let mut batches = builder
            .with_row_groups(vec![group])
            .with_projection(columns)
            .with_batch_size(self.batch_rows(group))
            .build()
            .map_err(unread)?;
        let mut expected = wanted.iter().cloned().flatten();
        let mut scratch = Vec::new();
        while let Some(batch) = batches.try_next().await.map_err(unread)? {
            let rows = Rows::of(&batch)
                .ok_or_else(|| damaged("its columns have other types".to_owned()))?;
            for at in 0..batch.num_rows() {
                let entry = rows.entry(at, &mut scratch).ok_or_else(|| {
                    damaged(format!("row group {group} has a row without evidence"))
                })?;
                let next = expected.next();
                if next != Some(entry.index) {
                    let next = next.unwrap_or(indexes.end);
                    return Err(damaged(format!(
                        "row group {group} holds entry {} where entry {next} is to be",
                        entry.index
                    )));
                }
                each(entry)?;
            }
        }
        if let Some(next) = expected.next() {
            return Err(damaged(format!(
                "row group {group} ends before entry {next}, and {} is its end",
                indexes.end
            )));
        }
        Ok(())
    }

    /// Reads everything from entry `first` on; gives the roots of the row groups.
    pub(crate) async fn roots(&self, first: u64) -> Result<Vec<RowGroupSealed>, Error> {
        let mut groups = Groups::default();
        let mut next = first;
        for (group, rows) in self.group_rows()?.into_iter().enumerate() {
            let end = next.saturating_add(rows);
            self.read_group(group, next..end, &mut |entry| groups.push(&entry))
                .await?;
            groups.end();
            next = end;
        }
        Ok(groups.finish())
    }

    /// Rows that are decoded at a time, so that long payloads stay within memory.
    fn batch_rows(&self, group: usize) -> usize {
        let metadata = self.metadata.metadata();
        let Some(group) = metadata.row_groups().get(group) else {
            return 1;
        };
        let bytes = usize::try_from(group.total_byte_size()).unwrap_or(usize::MAX);
        let rows = usize::try_from(group.num_rows()).unwrap_or(1).max(1);
        let row_bytes = (bytes / rows).max(1);
        (BATCH_PAYLOAD_BYTES_MAX / row_bytes).clamp(1, BATCH_ROWS_MAX)
    }
}

/// Lets a reader that stops at bytes it does not expect fail like one that says so.
///
/// The Parquet reader checks most, but not all, of what a damaged file can hold.
async fn guarded<T>(name: &str, read: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match AssertUnwindSafe(read).catch_unwind().await {
        Ok(read) => read,
        Err(_) => Err(Error::damaged(
            name,
            "the Parquet reader stops at what it holds",
        )),
    }
}

/// Parts of an object, as the Parquet reader asks for them.
#[derive(Clone, Debug)]
struct ObjectReader {
    objects: Arc<dyn ObjectStore>,
    path: object_store::path::Path,
    bytes: u64,
    /// Whether the places of pages are read with the footer.
    pages: PageIndexPolicy,
}

impl AsyncFileReader for ObjectReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        self.objects
            .get_range(&self.path, range)
            .map_err(|cause| ParquetError::External(Box::new(cause)))
            .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        let (bytes, pages) = (self.bytes, self.pages);
        async move {
            let reader = ParquetMetaDataReader::new()
                .with_prefetch_hint(Some(FOOTER_BYTES_HINT))
                .with_offset_index_policy(pages);
            reader.load_and_finish(self, bytes).await.map(Arc::new)
        }
        .boxed()
    }
}

/// Which rows of a row group are wanted; `None` for all of them.
fn selection(indexes: &Range<u64>, wanted: &[Range<u64>]) -> Option<RowSelection> {
    if let [all] = wanted
        && all == indexes
    {
        return None;
    }
    let row = |index: u64| usize::try_from(index.saturating_sub(indexes.start)).ok();
    let ranges: Option<Vec<Range<usize>>> = wanted
        .iter()
        .map(|range| Some(row(range.start)?..row(range.end)?))
        .collect();
    let rows = row(indexes.end)?;
    Some(RowSelection::from_consecutive_ranges(
        ranges?.into_iter(),
        rows,
    ))
}

/// The columns that make up the evidence, of one batch.
struct Rows<'a> {
    index: &'a UInt64Array,
    time: &'a TimestampMicrosecondArray,
    class: &'a UInt16Array,
    salt: &'a FixedSizeBinaryArray,
    payloads: Payloads<'a>,
}

impl<'a> Rows<'a> {
    fn of(batch: &'a RecordBatch) -> Option<Self> {
        let [index, time, class, salt] =
            EVIDENCE_COLUMNS.map(|name| batch.column_by_name(name).map(|column| column.as_any()));
        let columns: Option<Vec<_>> = payload_columns()
            .map(|name| batch.column_by_name(name))
            .collect();
        let columns = columns?;
        Some(Self {
            index: index?.downcast_ref()?,
            time: time?.downcast_ref()?,
            class: class?.downcast_ref()?,
            salt: salt?.downcast_ref()?,
            payloads: Payloads::of(columns)?,
        })
    }

    fn entry<'s>(&'s self, at: usize, scratch: &'s mut Vec<u8>) -> Option<Salted<&'s [u8]>> {
        let salt: [u8; SALT_BYTES] = self
            .salt
            .is_valid(at)
            .then(|| self.salt.value(at))?
            .try_into()
            .ok()?;
        Some(Salted {
            index: self.index.is_valid(at).then(|| self.index.value(at))?,
            time_us: self
                .time
                .is_valid(at)
                .then(|| self.time.value(at))?
                .cast_unsigned(),
            class: self.class.is_valid(at).then(|| self.class.value(at))?,
            salt,
            payload: self.payloads.payload(at, scratch)?,
        })
    }
}

/// Refuses an object that was not written by this house, or by a later one.
fn check_columns(name: &str, metadata: &ParquetMetaData) -> Result<(), Error> {
    let file = metadata.file_metadata();
    let version = file
        .key_value_metadata()
        .into_iter()
        .flatten()
        .find(|pair| pair.key == VERSION_KEY)
        .and_then(|pair| pair.value.as_deref());
    match version.map(str::parse::<u32>) {
        Some(Ok(SCHEMA_VERSION)) => (),
        Some(Ok(later)) if later > SCHEMA_VERSION => {
            return Err(Error::damaged(
                name,
                format!("its columns are of version {later}, which only a later hygie-lake reads"),
            ));
        }
        _ => return Err(Error::damaged(name, "it is no sealed evidence")),
    }
    let found = parquet_to_arrow_schema(file.schema_descr(), None)
        .map_err(|cause| Error::damaged(name, cause.to_string()))?;
    let wanted = stored_schema();
    let names = |fields: &arrow::datatypes::Fields| -> Vec<String> {
        fields.iter().map(|field| field.name().clone()).collect()
    };
    if names(found.fields()) != names(wanted.fields()) {
        return Err(Error::damaged(
            name,
            "its columns are not those of its version",
        ));
    }
    Ok(())
}
