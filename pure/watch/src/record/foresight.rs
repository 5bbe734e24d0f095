//! Lines of one source bring the same names in the same order: after one name mostly comes the one
//! that came after it before, and a comparison takes the place of a search.
//!
//! What is foreseen is checked byte by byte, so it only ever saves time. It has fixed room: a source
//! that brings new names in each line is read as if nothing was foreseen.

use super::names::{Names, UNKNOWN};

/// Names in their order, over all lines.
const ENTRIES_MAX: usize = 8_192;

/// Bytes of all these names.
const KEY_BYTES_MAX: usize = 256 * 1024;

/// Names that may follow one name.
const FOLLOWERS_MAX: usize = 4;

const NOBODY: u32 = u32::MAX;

/// Which name came after which.
#[derive(Clone, Debug, Default)]
pub(crate) struct Foresight {
    keys: Vec<u8>,
    entries: Vec<Entry>,
    at: u32,
}

/// A name at its place in the order.
#[derive(Clone, Copy, Debug)]
struct Entry {
    parent: u32,
    key: (u32, u32),
    node: u32,
    follower: u32,
    /// Another name that may stand here.
    other: u32,
}

/// One step down the tree of names.
pub(crate) trait Descend {
    fn descend(&mut self, parent: u32, key: &[u8]) -> u32;
}

impl Descend for &Names {
    fn descend(&mut self, parent: u32, key: &[u8]) -> u32 {
        Names::descend(self, parent, key)
    }
}

/// Nobody asks for a name.
pub(crate) struct Nameless;

impl Descend for Nameless {
    fn descend(&mut self, _parent: u32, _key: &[u8]) -> u32 {
        UNKNOWN
    }
}

/// The tree of names, with what is foreseen for it.
pub(crate) struct Foreseen<'a> {
    names: &'a Names,
    foresight: &'a mut Foresight,
}

impl<'a> Foreseen<'a> {
    /// For the next line; `foresight` must always be used with the same names.
    pub(crate) fn next_line(names: &'a Names, foresight: &'a mut Foresight) -> Self {
        if foresight.entries.is_empty() {
            foresight.forget();
        }
        foresight.at = 0;
        Self { names, foresight }
    }
}

impl Descend for Foreseen<'_> {
    #[inline]
    fn descend(&mut self, parent: u32, key: &[u8]) -> u32 {
        let mut next = self
            .foresight
            .entry(self.foresight.at)
            .map_or(NOBODY, |at| at.follower);
        while let Some(entry) = self.foresight.entry(next) {
            if entry.parent == parent && self.foresight.key(entry) == key {
                self.foresight.at = next;
                return entry.node;
            }
            next = entry.other;
        }
        let node = self.names.descend(parent, key);
        self.foresight.learn(parent, key, node);
        node
    }
}

impl Foresight {
    #[inline]
    fn entry(&self, at: u32) -> Option<Entry> {
        self.entries.get(usize::try_from(at).ok()?).copied()
    }

    #[inline]
    fn key(&self, entry: Entry) -> &[u8] {
        super::slice(&self.keys, entry.key)
    }

    /// Leaves nothing but the start of a line.
    fn forget(&mut self) {
        self.keys.clear();
        self.entries.clear();
        self.add(NOBODY, &[], NOBODY);
        self.at = 0;
    }

    fn add(&mut self, parent: u32, key: &[u8], node: u32) -> u32 {
        let start = narrow(self.keys.len());
        self.keys.extend_from_slice(key);
        self.entries.push(Entry {
            parent,
            key: (start, narrow(self.keys.len())),
            node,
            follower: NOBODY,
            other: NOBODY,
        });
        narrow(self.entries.len() - 1)
    }

    #[cold]
    fn learn(&mut self, parent: u32, key: &[u8], node: u32) {
        let Some(at) = self.entry(self.at) else {
            return;
        };
        let mut last = None;
        let mut next = at.follower;
        let mut followers = 0;
        while let Some(entry) = self.entry(next) {
            (last, next) = (Some(next), entry.other);
            followers += 1;
        }
        if followers >= FOLLOWERS_MAX {
            // The rest of this line goes unforeseen.
            self.at = NOBODY;
            return;
        }
        if self.entries.len() >= ENTRIES_MAX || self.keys.len() + key.len() > KEY_BYTES_MAX {
            self.forget();
            self.at = NOBODY;
            return;
        }
        let added = self.add(parent, key, node);
        let place = usize::try_from(last.unwrap_or(self.at)).unwrap_or(usize::MAX);
        if let Some(entry) = self.entries.get_mut(place) {
            match last {
                Some(_) => entry.other = added,
                None => entry.follower = added,
            }
        }
        self.at = added;
    }
}

fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NOBODY)
}

#[cfg(test)]
mod tests;
