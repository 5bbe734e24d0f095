//! What a sealed range of evidence says about itself.

use serde::{Deserialize, Serialize};

/// A range of entries was written as Parquet, read back, proved leaf by leaf, and may leave the
/// write-ahead log.
///
/// It is kept in the log that it is about, and repeated in that log's manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentSealed {
    /// Index of the first entry.
    pub first: u64,
    /// Index after the last entry.
    pub end: u64,
    /// Name of the object in the store, relative to its root, with `/` between its parts.
    pub object: String,
    /// Length of the object.
    pub bytes: u64,
    /// SHA-256 of the object, lower-case hexadecimal.
    pub sha256: String,
    /// Version of the columns.
    pub schema: u32,
    /// The row groups in their order; their rows are the entries in theirs.
    pub row_groups: Vec<RowGroupSealed>,
}

/// One row group of a sealed object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowGroupSealed {
    /// How many entries it holds.
    pub rows: u64,
    /// Root over the leaf hashes of these entries alone (RFC 6962, section 2.1), base64.
    pub root: String,
}

impl SegmentSealed {
    /// Whether its parts agree with each other: a range that is not empty, as many rows as
    /// entries, and a name that stays below the root of the store.
    #[must_use]
    pub fn is_coherent(&self) -> bool {
        let rows = self.row_groups.iter().try_fold(0_u64, |rows, group| {
            rows.checked_add(group.rows).filter(|_| group.rows > 0)
        });
        let plain = |part: &str| !part.is_empty() && !part.starts_with('.');
        self.first < self.end
            && rows == Some(self.end - self.first)
            && self.sha256.len() == 64
            && self.object.split('/').all(plain)
    }
}
