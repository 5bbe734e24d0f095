//! The groups of one correlation, and who pays for them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::definition::Node;
use super::limits::CorrelationLimits;
use super::window::{Entry, Fired, Group};
use super::{CorrelationCounts, LimitReached};
use crate::hash::HashKey;

/// The state of one correlation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct NodeState {
    pub(super) fingerprint: u64,
    #[serde(with = "crate::pairs")]
    groups: BTreeMap<Vec<String>, Group>,
    groups_by_source: BTreeMap<String, usize>,
    #[serde(with = "crate::pairs")]
    cells: BTreeMap<u64, Group>,
    entries: usize,
    sweep_us: Option<i64>,
    /// Sources of which it was already said that their groups share cells.
    told: BTreeSet<String>,
}

/// What a group is held to, and where it is counted that a limit was reached.
#[derive(Debug)]
pub(super) struct Bounds<'state> {
    pub(super) limits: &'state CorrelationLimits,
    pub(super) key: HashKey,
    pub(super) counts: &'state mut CorrelationCounts,
}

/// What taking one hit led to.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) fired: Vec<Fired>,
    pub(super) is_merged: bool,
    pub(super) limit: Option<LimitReached>,
}

impl NodeState {
    pub(super) fn new(fingerprint: u64) -> Self {
        Self {
            fingerprint,
            ..Self::default()
        }
    }

    pub(super) fn take(
        &mut self,
        node: &Node,
        (source, group): (&str, &[String]),
        entry: Entry,
        bounds: Bounds<'_>,
    ) -> Taken {
        let Bounds {
            limits,
            key,
            counts,
        } = bounds;
        let mut taken = Taken {
            is_merged: !self.has_room(source, group, limits),
            ..Taken::default()
        };
        let found = if taken.is_merged {
            counts.merged = counts.merged.saturating_add(1);
            if self.told.insert(source.to_owned()) {
                taken.limit = Some(LimitReached::Groups);
            }
            // A source that floods shares cells with itself first.
            let names = std::iter::once(source).chain(group.iter().map(String::as_str));
            let cell = key.hash_all(names) % u64::from(limits.cells.max(1));
            self.cells.entry(cell).or_insert_with(|| Group::new(source))
        } else {
            let by_source = &mut self.groups_by_source;
            self.groups.entry(group.to_vec()).or_insert_with(|| {
                *by_source.entry(source.to_owned()).or_default() += 1;
                Group::new(source)
            })
        };
        let before = found.entries();
        taken.fired = found.take(node, entry, limits);
        let entries = (self.entries + found.entries()).saturating_sub(before);
        // Whoever grows pays: a group of few events is never made coarser for the sake of others.
        let own_max = match (taken.is_merged, entries > limits.entries_max) {
            (false, false) => limits.entries_per_group_max,
            (true, _) | (_, true) => limits.entries_per_group_max / 16,
        };
        let grown = found.entries();
        if found.shrink(node, own_max.max(4)) {
            counts.coarsened = counts.coarsened.saturating_add(1);
            taken.limit = taken.limit.or(Some(LimitReached::Entries));
        }
        self.entries = (entries + found.entries()).saturating_sub(grown);
        taken
    }

    /// Lets go of groups in which nothing more can be found. Looked for eight times in the while
    /// that a group lives, so that a long window costs no more than a short one.
    pub(super) fn sweep(&mut self, node: &Node, frontier_us: i64, revise_us: i64) {
        if self.sweep_us.is_some_and(|due_us| frontier_us < due_us) {
            return;
        }
        let life_us = node.definition.span_us.saturating_add(revise_us);
        self.sweep_us = Some(frontier_us.saturating_add(life_us / 8));
        let by_source = &mut self.groups_by_source;
        self.groups.retain(|_, group| {
            let is_over = group.is_over(node, frontier_us, revise_us);
            if is_over && let Some(count) = by_source.get_mut(&group.source) {
                *count = count.saturating_sub(1);
            }
            !is_over
        });
        by_source.retain(|_, count| *count > 0);
        self.cells
            .retain(|_, cell| !cell.is_over(node, frontier_us, revise_us));
        self.told.clear();
        let all = self.groups.values().chain(self.cells.values());
        self.entries = all.map(Group::entries).sum();
    }

    /// How many groups are kept apart.
    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    fn has_room(&self, source: &str, group: &[String], limits: &CorrelationLimits) -> bool {
        let of_source = self.groups_by_source.get(source).copied().unwrap_or(0);
        self.groups.contains_key(group)
            || (self.groups.len() < limits.groups_max && of_source < limits.groups_per_source_max)
    }
}
