//! Comparing the manifest with the entries that say what was sealed.

use std::collections::BTreeMap;

use event::{Event, SegmentSealed, class_of};

use crate::error::Error;
use crate::layout::Layout;
use crate::manifest::Manifest;

/// What the log itself says is sealed; one entry for each range, of which the last counts.
#[derive(Debug, Default)]
pub(crate) struct Seals(BTreeMap<u64, SegmentSealed>);

impl Seals {
    /// Takes note of an entry, if it is about a sealed range.
    pub(crate) fn take_in(&mut self, class: u16, payload: &[u8]) {
        if class != class_of::APPLICATION_LIFECYCLE {
            return;
        }
        if let Ok(Event::SegmentSealed(sealed)) = Event::from_bytes(payload) {
            self.0.insert(sealed.first, sealed);
        }
    }

    /// Refuses a manifest that names a range otherwise than the log does.
    pub(crate) fn check(&self, manifest: &Manifest, layout: &Layout) -> Result<(), Error> {
        let mut ranges = manifest.sealed().iter();
        match ranges.find(|range| self.0.get(&range.first) != Some(*range)) {
            None => Ok(()),
            Some(range) => Err(Error::Damaged {
                path: layout.manifest(),
                offset: 0,
                entry: Some(range.first),
                what: "manifest names a range otherwise than the log does",
            }),
        }
    }
}
