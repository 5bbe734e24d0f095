//! Collects the values of an object, payload by payload.

use std::collections::HashMap;
use std::ops::Range;

use event::{Logged, SegmentSealed};
use watch::indicator::{Observable, Observer};

use super::file;
use super::rows::{Division, Spots};
use super::sought::hash;
use crate::limits::VALUES_MAX;

/// The values so far. Memory is bounded by [`VALUES_MAX`], whatever payloads hold.
#[derive(Debug)]
pub(crate) struct Builder {
    first: u64,
    observer: Observer,
    found: Found,
    unread: u64,
}

#[derive(Debug)]
struct Found {
    division: Division,
    addresses: HashMap<u128, Spots>,
    hashes: HashMap<u64, Spots>,
    /// Blocks that hold values for which there was no room.
    overfull: u64,
    /// Values that there is room for.
    room: usize,
}

impl Builder {
    /// For the entries of an object.
    pub(crate) fn new(indexes: Range<u64>) -> Self {
        Self {
            first: indexes.start,
            observer: Observer::default(),
            found: Found {
                division: Division::new(indexes.end.saturating_sub(indexes.start)),
                addresses: HashMap::new(),
                hashes: HashMap::new(),
                overfull: 0,
                room: VALUES_MAX,
            },
            unread: 0,
        }
    }

    /// With room for so many values.
    #[cfg(test)]
    pub(crate) fn with_room(mut self, room: usize) -> Self {
        self.found.room = room;
        self
    }

    /// Takes the values of one payload; entries come in their order.
    pub(crate) fn push(&mut self, index: u64, payload: &[u8]) {
        let row = index.saturating_sub(self.first);
        let found = &mut self.found;
        let read = self
            .observer
            .observe(Logged::line(payload), |_, value| found.push(row, value));
        self.unread += u64::from(read.is_err());
    }

    /// The bytes of the index.
    pub(crate) fn finish(self, sealed: &SegmentSealed) -> Vec<u8> {
        let Found {
            addresses,
            hashes,
            overfull,
            ..
        } = self.found;
        let mut addresses: Vec<_> = addresses.into_iter().collect();
        addresses.sort_unstable_by_key(|(address, _)| *address);
        let mut hashes: Vec<_> = hashes
            .into_iter()
            .map(|(hash, spots)| (u128::from(hash), spots))
            .collect();
        hashes.sort_unstable_by_key(|(hash, _)| *hash);
        file::write(sealed, (&addresses, &hashes), (overfull, self.unread))
    }
}

impl Found {
    fn push(&mut self, row: u64, value: Observable<'_>) {
        match value {
            Observable::Address(address) => self.address(row, address),
            // Each name above is held too, so that a domain is one look-up.
            Observable::Domain(name) => Observable::above(name)
                .for_each(|name| self.hash(row, hash(Observable::Domain(name)))),
            other => self.hash(row, hash(other)),
        }
    }

    fn address(&mut self, row: u64, address: u128) {
        let has_room = self.addresses.len() + self.hashes.len() < self.room;
        let spots = self.addresses.get_mut(&address);
        match spots {
            Some(spots) => *spots = spots.with(row, self.division),
            None if has_room => {
                self.addresses
                    .insert(address, Spots::of(row, self.division));
            }
            None => self.overfull |= self.division.block(row),
        }
    }

    fn hash(&mut self, row: u64, hash: u64) {
        let has_room = self.addresses.len() + self.hashes.len() < self.room;
        match self.hashes.get_mut(&hash) {
            Some(spots) => *spots = spots.with(row, self.division),
            None if has_room => {
                self.hashes.insert(hash, Spots::of(row, self.division));
            }
            None => self.overfull |= self.division.block(row),
        }
    }
}
