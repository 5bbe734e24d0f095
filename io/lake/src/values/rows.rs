//! Which rows of an object: a few exactly, many by blocks.

use std::collections::BTreeSet;
use std::ops::Range;

/// Blocks of an object.
const BLOCKS: u64 = 63;

/// Marks a value that names rows and not blocks.
const EXACT: u64 = 1 << 63;

/// Bits of a row that is named.
const ROW_BITS: u32 = 21;

/// Rows that can be named; the last number stands for none.
const ROW_MAX: u64 = (1 << ROW_BITS) - 1;

/// Rows that one value names before it goes over to blocks.
const NAMED: u32 = 3;

/// Rows that are named for one object before blocks take their place.
const NAMED_MAX: usize = 1 << 14;

/// Bits of the rows of one value of an index: up to three rows, or a bit for each of 63 blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spots(pub(super) u64);

/// How the rows of an object are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Division {
    rows: u64,
    block_rows: u64,
}

/// Rows of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowSet {
    division: Division,
    named: BTreeSet<u64>,
    blocks: u64,
}

impl Division {
    pub(super) fn new(rows: u64) -> Self {
        Self {
            rows,
            block_rows: rows.div_ceil(BLOCKS).max(1),
        }
    }

    /// The bit of the block that a row is in.
    pub(super) fn block(self, row: u64) -> u64 {
        1 << (row / self.block_rows).min(BLOCKS - 1)
    }
}

impl Spots {
    /// The spots of a value that was seen in one row.
    pub(super) fn of(row: u64, division: Division) -> Self {
        if row >= ROW_MAX {
            return Self(division.block(row));
        }
        let none = (1..NAMED).fold(0, |bits, at| bits | ROW_MAX << (at * ROW_BITS));
        Self(EXACT | none | row)
    }

    /// The spots with another row, which is not before those seen.
    pub(super) fn with(self, row: u64, division: Division) -> Self {
        if self.0 & EXACT == 0 {
            return Self(self.0 | division.block(row));
        }
        let mut last = 0;
        for (at, named) in (0_u32..).zip(self.named()) {
            if named == row {
                return self;
            }
            last = at + 1;
        }
        if last < NAMED && row < ROW_MAX {
            let shift = last * ROW_BITS;
            return Self(self.0 & !(ROW_MAX << shift) | row << shift);
        }
        let blocks = self.named().fold(0, |bits, row| bits | division.block(row));
        Self(blocks | division.block(row))
    }

    fn named(self) -> impl Iterator<Item = u64> {
        let rows = (0..NAMED).map(move |at| self.0 >> (at * ROW_BITS) & ROW_MAX);
        rows.filter(|row| *row != ROW_MAX)
    }
}

impl RowSet {
    /// No rows.
    pub(super) fn none(division: Division) -> Self {
        Self {
            division,
            named: BTreeSet::new(),
            blocks: 0,
        }
    }

    /// Every row of an object.
    pub(crate) fn all(rows: u64) -> Self {
        let mut all = Self::none(Division::new(rows));
        all.add_blocks((1 << BLOCKS) - 1);
        all
    }

    pub(super) fn add_blocks(&mut self, blocks: u64) {
        self.blocks |= blocks;
    }

    pub(super) fn add(&mut self, spots: Spots) {
        if spots.0 & EXACT == 0 {
            self.blocks |= spots.0;
        } else if self.named.len() < NAMED_MAX {
            self.named.extend(spots.named());
        } else {
            // A wide network: whole blocks are read anyway.
            let division = self.division;
            self.blocks |= spots
                .named()
                .fold(0, |bits, row| bits | division.block(row));
        }
    }

    /// The rows as ranges that do not touch, ascending, within the object.
    pub(crate) fn ranges(&self) -> Vec<Range<u64>> {
        let Division { rows, block_rows } = self.division;
        let blocks = (0..BLOCKS).filter(|block| self.blocks >> block & 1 == 1);
        let blocks = blocks.map(|block| block * block_rows..(block + 1) * block_rows);
        let named = self.named.iter().map(|row| *row..row + 1);
        let mut parts: Vec<Range<u64>> = blocks
            .chain(named)
            .map(|part| part.start.min(rows)..part.end.min(rows))
            .filter(|part| !part.is_empty())
            .collect();
        parts.sort_unstable_by_key(|part| part.start);
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for part in parts {
            match ranges.last_mut() {
                Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
                _ => ranges.push(part),
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests;
