//! Tables that answer in two or three cache misses where a tree of texts takes twenty.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Entries of one kind, numbered in the order of their identities; those that came later follow.
#[derive(Debug)]
pub(crate) struct Register<Entry> {
    entries: Vec<Entry>,
    /// The hash of each identity and its number, sorted.
    ///
    /// The hash has fixed keys: it is the same at each run, and the identities come from the
    /// hospital's own document. A lookup compares the identity itself, so a collision only costs.
    hashes: Vec<(u64, u32)>,
    /// The same for the entries that came later.
    later: BTreeSet<(u64, u32)>,
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
        Self {
            entries,
            hashes,
            later: BTreeSet::new(),
        }
    }

    /// Adds an entry whose identity is not there yet, and gives its number.
    pub(crate) fn add(&mut self, entry: Entry) -> u32 {
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.later.insert((hash(entry.identity()), number));
        self.entries.push(entry);
        number
    }

    /// The entry of a number.
    pub(crate) fn get(&self, number: u32) -> Option<&Entry> {
        self.entries.get(usize::try_from(number).ok()?)
    }

    /// The entry of a number, to be changed; its identity stays.
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Entry> {
        self.entries.get_mut(usize::try_from(number).ok()?)
    }

    /// The entry of an identity, and its number.
    pub(crate) fn find(&self, id: &str) -> Option<(u32, &Entry)> {
        let wanted = hash(id);
        let start = self.hashes.partition_point(|(hash, _)| *hash < wanted);
        let first = self.hashes.iter().skip(start);
        first
            .take_while(|(hash, _)| *hash == wanted)
            .chain(self.later.range((wanted, 0)..=(wanted, u32::MAX)))
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
