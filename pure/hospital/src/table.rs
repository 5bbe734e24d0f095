//! Tables that answer in two or three cache misses where a tree of texts takes twenty.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Entries of one kind, numbered in the order of their identities.
#[derive(Debug)]
pub(crate) struct Register<Entry> {
    entries: Vec<Entry>,
    /// The hash of each identity and its number, sorted.
    ///
    /// The hash has fixed keys: it is the same at each run, and the identities come from the
    /// hospital's own document. A lookup compares the identity itself, so a collision only costs.
    hashes: Vec<(u64, u32)>,
}

/// Rows filed under the number of their owner.
#[derive(Debug)]
pub(crate) struct Ledger<Row> {
    /// Where the rows of each owner begin, and where the last end.
    starts: Vec<u32>,
    rows: Vec<Row>,
}

/// What a [`Register`] can file.
pub(crate) trait Identified {
    fn identity(&self) -> &str;
}

impl<Entry: Identified> Register<Entry> {
    pub(crate) fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable_by(|a, b| a.identity().cmp(b.identity()));
        let mut hashes: Vec<(u64, u32)> = (0..)
            .zip(&entries)
            .map(|(n, entry)| (hash(entry.identity()), n))
            .collect();
        hashes.sort_unstable();
        Self { entries, hashes }
    }

    /// The entry of an identity, and its number.
    pub(crate) fn find(&self, id: &str) -> Option<(u32, &Entry)> {
        let wanted = hash(id);
        let start = self.hashes.partition_point(|(hash, _)| *hash < wanted);
        self.hashes
            .iter()
            .skip(start)
            .take_while(|(hash, _)| *hash == wanted)
            .filter_map(|(_, n)| Some((*n, self.entries.get(usize::try_from(*n).ok()?)?)))
            .find(|(_, entry)| entry.identity() == id)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl<Row> Ledger<Row> {
    /// Files rows under owners `0..owners`; each owner's rows in the order of `order`.
    pub(crate) fn new<Order: Ord>(
        owners: usize,
        mut rows: Vec<(u32, Row)>,
        order: impl for<'a> Fn(&'a Row) -> Order,
    ) -> Self {
        rows.sort_by_cached_key(|(owner, row)| (*owner, order(row)));
        let starts = (0..)
            .take(owners.saturating_add(1))
            .map(|owner: u32| rows.partition_point(|row| row.0 < owner))
            .map(|start| u32::try_from(start).unwrap_or(u32::MAX))
            .collect();
        Self {
            starts,
            rows: rows.into_iter().map(|(_, row)| row).collect(),
        }
    }

    /// The rows of one owner.
    pub(crate) fn of(&self, owner: u32) -> &[Row] {
        let Ok(owner) = usize::try_from(owner) else {
            return &[];
        };
        let Some(&[start, end]) = self.starts.get(owner..).and_then(|it| it.first_chunk()) else {
            return &[];
        };
        let (Ok(start), Ok(end)) = (usize::try_from(start), usize::try_from(end)) else {
            return &[];
        };
        self.rows.get(start..end).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
