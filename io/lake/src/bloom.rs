//! Passes over the row groups that cannot hold what is wanted, by one block of a bloom filter each.
//!
//! A filter of a hundred thousand bytes is made of blocks of 32 bytes, and a value's hash names
//! the one that decides (Parquet format, `BloomFilter.md`): reading whole filters, as the engine
//! does, would be most of the work of finding one row among many millions.
//!
//! INVARIANT: a row group is passed over only when its filter begins exactly as one of this kind
//! does and its block says no. Whatever is not understood is read.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::{ParquetAccessPlan, ParquetFileReaderFactory};
use datafusion::error::Result;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::{StreamExt as _, TryStreamExt as _};
use parquet::bloom_filter::Sbbf;
use parquet::file::metadata::ParquetMetaData;
use twox_hash::XxHash64;

use crate::limits::{FOOTER_BYTES_HINT, OBJECTS_LOOKED_AT_MAX};
use crate::wanted::Wanted;

/// Length of a block.
const BLOCK_BYTES: u64 = 32;

/// What follows the length in the header of a filter, in Thrift's compact form: split blocks,
/// XXH64, not compressed.
const KIND: [u8; 13] = [0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0];

/// Objects that may hold what is wanted, each with the row groups that are to be read.
pub(crate) async fn narrow(
    files: Vec<PartitionedFile>,
    wanted: &Wanted,
    readers: &dyn ParquetFileReaderFactory,
) -> Result<Vec<PartitionedFile>> {
    let looks = files
        .into_iter()
        .map(|file| narrow_one(file, wanted, readers));
    let narrowed: Vec<Option<PartitionedFile>> = futures::stream::iter(looks)
        .buffered(OBJECTS_LOOKED_AT_MAX)
        .try_collect()
        .await?;
    Ok(narrowed.into_iter().flatten().collect())
}

async fn narrow_one(
    file: PartitionedFile,
    wanted: &Wanted,
    readers: &dyn ParquetFileReaderFactory,
) -> Result<Option<PartitionedFile>> {
    let metrics = ExecutionPlanMetricsSet::new();
    let mut reader = readers.create_reader(0, file.clone(), Some(FOOTER_BYTES_HINT), &metrics)?;
    let footer = reader.get_metadata(None).await?;
    let looks = Look::all(&footer, wanted);
    let ranges = looks.iter().flat_map(Look::ranges).collect();
    let read = reader.get_byte_ranges(ranges).await?;
    let (pairs, _) = read.as_chunks::<2>();
    let answers: BTreeMap<(usize, usize), bool> = looks
        .iter()
        .zip(pairs)
        .map(|(look, read)| ((look.group, look.value), look.may_hold(wanted, read)))
        .collect();
    let groups = footer.num_row_groups();
    let mut plan = ParquetAccessPlan::new_all(groups);
    for group in 0..groups {
        let may_hold = |value| answers.get(&(group, value)).copied().unwrap_or(true);
        if !wanted.may_match(&may_hold) {
            plan.skip(group);
        }
    }
    let is_read = plan.row_group_index_iter().next().is_some();
    Ok(is_read.then(|| file.with_extension(plan)))
}

/// One value to look for in the filter of one row group.
struct Look {
    group: usize,
    value: usize,
    header: Range<u64>,
    block: Range<u64>,
    /// Length of the filter without its header.
    filter_bytes: u64,
}

impl Look {
    /// Everything to look at in an object; what has no filter is left out.
    fn all(footer: &ParquetMetaData, wanted: &Wanted) -> Vec<Self> {
        let columns = footer.file_metadata().schema_descr().columns();
        let mut looks = Vec::new();
        for (value, (path, text)) in wanted.values().iter().enumerate() {
            let at = columns
                .iter()
                .position(|column| column.path().string() == *path);
            let Some(at) = at else { continue };
            for (group, metadata) in footer.row_groups().iter().enumerate() {
                let chunk = metadata.columns().get(at);
                let place = chunk.and_then(|chunk| {
                    let offset = u64::try_from(chunk.bloom_filter_offset()?).ok()?;
                    let bytes = u64::try_from(chunk.bloom_filter_length()?).ok()?;
                    Some((offset, bytes))
                });
                let look = place.and_then(|place| Self::at((group, value), place, text));
                looks.extend(look);
            }
        }
        looks
    }

    /// A filter is as long as a power of two, and its header much shorter.
    fn at((group, value): (usize, usize), (offset, bytes): (u64, u64), text: &str) -> Option<Self> {
        let filter_bytes = 1 << bytes.checked_ilog2()?;
        let blocks = filter_bytes / BLOCK_BYTES;
        let hash = XxHash64::oneshot(0, text.as_bytes());
        // The upper half of the hash, scaled to the number of blocks.
        let number = ((hash >> 32) * blocks) >> 32;
        let filter = offset.checked_add(bytes)?.checked_sub(filter_bytes)?;
        let block = filter + number * BLOCK_BYTES;
        (blocks > 0).then_some(Self {
            group,
            value,
            header: offset..filter,
            block: block..block + BLOCK_BYTES,
            filter_bytes,
        })
    }

    fn ranges(&self) -> [Range<u64>; 2] {
        [self.header.clone(), self.block.clone()]
    }

    fn may_hold(&self, wanted: &Wanted, [header, block]: &[Bytes; 2]) -> bool {
        let is_known = *header == header_of(self.filter_bytes).as_slice()
            && u64::try_from(block.len()) == Ok(BLOCK_BYTES);
        let text = wanted.values().get(self.value).map(|(_, text)| text);
        match text {
            // A filter of one block asks just this block.
            Some(text) if is_known => Sbbf::new(block).check(text.as_bytes()),
            _ => true,
        }
    }
}

/// The header of a filter of this length.
fn header_of(filter_bytes: u64) -> Vec<u8> {
    // Field 1, a number of 32 bits; numbers are doubled so that the sign is the last bit.
    let mut header = vec![0x15];
    let mut rest = filter_bytes << 1;
    while rest >= 0x80 {
        header.push(u8::try_from(rest & 0x7f).unwrap_or_default() | 0x80);
        rest >>= 7;
    }
    header.push(u8::try_from(rest).unwrap_or_default());
    header.extend_from_slice(&KIND);
    header
}

#[cfg(test)]
mod tests;
