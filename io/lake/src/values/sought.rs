//! What a hunt looks for, in the order of an index.

use twox_hash::XxHash64;
use watch::indicator::{Indicators, Observable};

/// Ranges of keys, both ends included, ascending and apart.
pub(super) type Ranges = Vec<(u128, u128)>;

/// The sought values as keys of each section.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sought {
    pub(super) addresses: Ranges,
    pub(super) hashes: Ranges,
}

impl Sought {
    /// Everything that `indicators` look for.
    pub(crate) fn of(indicators: &Indicators) -> Self {
        let hashes = indicators.texts().map(|text| {
            let hash = u128::from(hash(text));
            (hash, hash)
        });
        Self {
            addresses: merged(indicators.ranges().collect()),
            hashes: merged(hashes.collect()),
        }
    }
}

/// Under which number a value is held. Two values may share one: rows are read before they count.
pub(super) fn hash(value: Observable<'_>) -> u64 {
    match value {
        Observable::Address(address) => XxHash64::oneshot(0, &address.to_be_bytes()),
        Observable::Domain(text) => XxHash64::oneshot(1, text),
        Observable::Hash(text) => XxHash64::oneshot(2, text),
        Observable::Mail(text) => XxHash64::oneshot(3, text),
        Observable::Url(text) => XxHash64::oneshot(4, text),
    }
}

fn merged(mut ranges: Ranges) -> Ranges {
    ranges.sort_unstable();
    let mut merged: Ranges = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match merged.last_mut() {
            Some((_, end)) if first <= *end => *end = last.max(*end),
            _ => merged.push((first, last)),
        }
    }
    merged
}
