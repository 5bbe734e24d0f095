//! A group that is too large to be kept event by event: counts for each 1/32 of its timespan.
//!
//! A bucket counts as long as its newest event lies within the window, so the count is at most
//! one bucket too large, and never too small.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::definition::{Kind, Node};
use super::limits::BUCKETS;
use super::window::{Entry, Fired, Precision, is_near};
use crate::sketch::Hll;

/// The buckets of one group, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Buckets {
    list: VecDeque<Bucket>,
    /// Events of all buckets, or the estimate of their distinct values.
    counted: u64,
    /// All sketches together, until a bucket falls out of the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged: Option<Hll>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Bucket {
    slot: i64,
    newest_us: i64,
    count: u64,
    first_position: u64,
    last_position: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    values: Option<Hll>,
}

impl Buckets {
    /// The buckets of events that were kept one by one.
    pub(super) fn of(node: &Node, entries: &VecDeque<Entry>) -> Self {
        let mut buckets = Self::default();
        for entry in entries {
            buckets.add(node, entry);
        }
        buckets.count(node);
        buckets
    }

    /// Takes one event, late or not, and looks at the newest window.
    pub(super) fn take(
        &mut self,
        node: &Node,
        entry: &Entry,
        fired_us: &BTreeSet<i64>,
    ) -> Vec<Fired> {
        let mut has_changed = self.add(node, entry);
        let span_us = node.definition.span_us;
        let newest_us = self.list.back().map_or(entry.at_us, |last| last.newest_us);
        let from_us = newest_us.saturating_sub(span_us);
        while self
            .list
            .front()
            .is_some_and(|first| first.newest_us <= from_us)
        {
            self.list.pop_front();
            self.merged = None;
            has_changed = true;
        }
        // Sketches are merged only when one of them changed.
        if has_changed {
            self.count(node);
        }
        if is_near(fired_us, newest_us, span_us) {
            return Vec::new();
        }
        let count = self.counted;
        let precision = match node.definition.kind {
            Kind::ValueCount { .. } => Precision::Estimated,
            _ => Precision::Buckets,
        };
        if !node.condition.holds(count) {
            return Vec::new();
        }
        let ends = self
            .list
            .iter()
            .flat_map(|bucket| [bucket.first_position, bucket.last_position]);
        let positions: BTreeSet<u64> = ends.collect();
        vec![Fired {
            at_us: newest_us,
            position: self
                .list
                .back()
                .map_or(entry.position, |last| last.last_position),
            count,
            positions: positions.into_iter().collect(),
            positions_total: count,
            precision,
        }]
    }

    /// Adds an event; true when the count may have changed.
    fn add(&mut self, node: &Node, entry: &Entry) -> bool {
        let width_us = (node.definition.span_us / BUCKETS).max(1);
        let slot = entry.at_us.div_euclid(width_us);
        let place = self.list.partition_point(|bucket| bucket.slot < slot);
        if self.list.get(place).is_none_or(|found| found.slot != slot) {
            let values = matches!(node.definition.kind, Kind::ValueCount { .. });
            self.list.insert(
                place,
                Bucket {
                    slot,
                    newest_us: entry.at_us,
                    count: 0,
                    first_position: entry.position,
                    last_position: entry.position,
                    values: values.then(Hll::default),
                },
            );
        }
        let Some(bucket) = self.list.get_mut(place) else {
            return false;
        };
        bucket.count = bucket.count.saturating_add(1);
        bucket.newest_us = bucket.newest_us.max(entry.at_us);
        bucket.first_position = bucket.first_position.min(entry.position);
        bucket.last_position = bucket.last_position.max(entry.position);
        let Some(values) = &mut bucket.values else {
            return true;
        };
        values.insert(entry.item);
        // Without a merged sketch it is counted anew in any case.
        self.merged
            .as_mut()
            .is_none_or(|merged| merged.insert(entry.item))
    }

    fn count(&mut self, node: &Node) {
        self.counted = match node.definition.kind {
            Kind::ValueCount { .. } => self.distinct(),
            _ => {
                let counts = self.list.iter().map(|bucket| bucket.count);
                counts.fold(0, u64::saturating_add)
            }
        };
    }

    fn distinct(&mut self) -> u64 {
        let list = &self.list;
        let merged = self.merged.get_or_insert_with(|| {
            let mut all = Hll::default();
            for values in list.iter().filter_map(|bucket| bucket.values.as_ref()) {
                all.merge(values);
            }
            all
        });
        merged.estimate()
    }
}
