//! The events of one group within its window, one by one while they are few.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::buckets::Buckets;
use super::definition::{Kind, Node};
use super::limits::CorrelationLimits;
use crate::finding::POSITIONS_MAX;

/// How many of the oldest and of the newest events of each rule stay when a sequence is thinned.
const THINNED_EACH: usize = 16;

/// One hit of a rule in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) at_us: i64,
    pub(super) position: u64,
    /// What is counted: the hash of a value, or the place of a rule.
    pub(super) item: u64,
    /// The events of an inner correlation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) inner: Option<Box<[u64]>>,
}

/// How exactly a finding was counted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Event by event.
    #[default]
    Exact,
    /// Event by event, of which a part was left out to save memory.
    Thinned,
    /// By counts of events for each 1/32 of the timespan.
    Buckets,
    /// By an estimate of distinct values, 3.25 % standard error.
    Estimated,
}

/// A window that satisfied its correlation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fired {
    pub(super) at_us: i64,
    pub(super) position: u64,
    pub(super) count: u64,
    pub(super) positions: Vec<u64>,
    pub(super) positions_total: u64,
    pub(super) precision: Precision,
}

/// One group of a correlation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Group {
    /// Who opened it, and pays for it.
    pub(super) source: String,
    events: Events,
    /// When it fired, as far back as a late event can reach.
    fired_us: BTreeSet<i64>,
    newest_us: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Events {
    Each(Each),
    Buckets(Buckets),
}

/// Events in order of (time, position); those before `start` are kept for late events only.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Each {
    list: VecDeque<Entry>,
    start: usize,
    /// How many events of the window carry each item, for the kinds that count items.
    #[serde(with = "crate::pairs")]
    live: BTreeMap<u64, u32>,
    is_thinned: bool,
}

/// Two firings of one group never share an event: they are at least a timespan apart.
type FiredUs = BTreeSet<i64>;

impl Group {
    pub(super) fn new(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            events: Events::Each(Each::default()),
            fired_us: BTreeSet::new(),
            newest_us: i64::MIN,
        }
    }

    /// How many events are kept one by one.
    pub(super) fn entries(&self) -> usize {
        match &self.events {
            Events::Each(each) => each.list.len(),
            Events::Buckets(_) => 0,
        }
    }

    /// Takes one hit, in order or late, and gives the windows that now satisfy the correlation.
    pub(super) fn take(
        &mut self,
        node: &Node,
        entry: Entry,
        limits: &CorrelationLimits,
    ) -> Vec<Fired> {
        let span_us = node.definition.span_us;
        self.newest_us = self.newest_us.max(entry.at_us);
        let forgotten_us = self
            .newest_us
            .saturating_sub(span_us)
            .saturating_sub(limits.revise_us);
        self.fired_us = self.fired_us.split_off(&forgotten_us);
        let fired = match &mut self.events {
            Events::Each(each) => match each.list.back() {
                Some(back) if key(&entry) < key(back) => {
                    each.insert(node, entry, self.newest_us, &self.fired_us)
                }
                _ => each.append(node, entry, forgotten_us, &self.fired_us),
            },
            Events::Buckets(buckets) => buckets.take(node, &entry, &self.fired_us),
        };
        self.fired_us.extend(fired.iter().map(|fired| fired.at_us));
        fired
    }

    /// Makes the group smaller when it holds more than so many events; true when it is counted
    /// less exactly from now on.
    pub(super) fn shrink(&mut self, node: &Node, entries_max: usize) -> bool {
        let Events::Each(each) = &mut self.events else {
            return false;
        };
        if each.list.len() <= entries_max {
            return false;
        }
        each.drop_history();
        if each.list.len() <= entries_max - entries_max / 4 {
            return false;
        }
        let newest_from_us = self.newest_us.saturating_sub(node.definition.span_us);
        match node.definition.kind {
            Kind::EventCount => {
                self.events = Events::Buckets(Buckets::of(node, &each.list));
                return true;
            }
            Kind::ValueCount { .. } => each.thin(0, 1),
            Kind::Temporal | Kind::TemporalOrdered => each.thin(THINNED_EACH, THINNED_EACH),
        }
        if matches!(node.definition.kind, Kind::ValueCount { .. })
            && each.list.len() > entries_max / 2
        {
            self.events = Events::Buckets(Buckets::of(node, &each.list));
        } else {
            each.restart(node, newest_from_us);
        }
        true
    }

    /// Whether nothing that may still come can find anything in it.
    pub(super) fn is_over(&self, node: &Node, frontier_us: i64, revise_us: i64) -> bool {
        let reach_us = node.definition.span_us.saturating_add(revise_us);
        self.newest_us <= frontier_us.saturating_sub(reach_us)
    }
}

impl Each {
    /// Takes an event that is newer than all others.
    fn append(
        &mut self,
        node: &Node,
        entry: Entry,
        forgotten_us: i64,
        fired_us: &FiredUs,
    ) -> Vec<Fired> {
        let from_us = entry.at_us.saturating_sub(node.definition.span_us);
        let last = entry.clone();
        if counts_items(node) {
            *self.live.entry(entry.item).or_default() += 1;
        }
        self.list.push_back(entry);
        while let Some(first) = self.list.get(self.start).filter(|e| e.at_us <= from_us) {
            release(&mut self.live, first.item);
            self.start += 1;
        }
        while self.start > 0
            && self
                .list
                .front()
                .is_some_and(|first| first.at_us <= forgotten_us)
        {
            self.list.pop_front();
            self.start -= 1;
        }
        let end = self.list.len();
        let fired = self.check(node, &last, ((self.start, end), &self.live), fired_us);
        fired.into_iter().collect()
    }

    /// Takes an event that comes after newer ones, and looks again at every window it lies in.
    fn insert(
        &mut self,
        node: &Node,
        entry: Entry,
        newest_us: i64,
        fired_us: &FiredUs,
    ) -> Vec<Fired> {
        let span_us = node.definition.span_us;
        let at_us = entry.at_us;
        let place = self.list.partition_point(|other| key(other) < key(&entry));
        if at_us <= newest_us.saturating_sub(span_us) {
            self.start += 1;
        } else if counts_items(node) {
            *self.live.entry(entry.item).or_default() += 1;
        }
        self.list.insert(place, entry);

        let mut fired_us = fired_us.clone();
        let mut fired = Vec::new();
        let mut live = BTreeMap::new();
        let first_us = at_us.saturating_sub(span_us);
        let mut start = self.list.partition_point(|other| other.at_us <= first_us);
        for (end, last) in self.list.iter().enumerate().skip(start) {
            *live.entry(last.item).or_default() += 1;
            if end < place {
                continue;
            }
            if last.at_us >= at_us.saturating_add(span_us) {
                break;
            }
            let from_us = last.at_us.saturating_sub(span_us);
            while let Some(gone) = self.list.get(start).filter(|e| e.at_us <= from_us) {
                release(&mut live, gone.item);
                start += 1;
            }
            if let Some(found) = self.check(node, last, ((start, end + 1), &live), &fired_us) {
                fired_us.insert(found.at_us);
                fired.push(found);
            }
        }
        fired
    }

    /// Whether the window `[start, end)`, which `last` closes, satisfies the correlation.
    fn check(
        &self,
        node: &Node,
        last: &Entry,
        ((start, end), live): ((usize, usize), &BTreeMap<u64, u32>),
        fired_us: &FiredUs,
    ) -> Option<Fired> {
        if is_near(fired_us, last.at_us, node.definition.span_us) {
            return None;
        }
        let window = || self.list.iter().take(end).skip(start).rev();
        let (count, witnesses): (usize, Vec<&Entry>) = match node.definition.kind {
            Kind::EventCount => {
                let count = end.saturating_sub(start);
                if !node.condition.holds(whole(count)) {
                    return None;
                }
                (count, window().take(POSITIONS_MAX).collect())
            }
            Kind::ValueCount { .. } | Kind::Temporal => {
                if !node.condition.holds(whole(live.len())) {
                    return None;
                }
                let mut seen = BTreeSet::new();
                let newest = window().filter(|entry| seen.insert(entry.item));
                (live.len(), newest.collect())
            }
            Kind::TemporalOrdered => {
                let chain = chain(node.definition.rules.len(), window())?;
                (chain.len(), chain)
            }
        };
        Some(Fired {
            at_us: last.at_us,
            position: last.position,
            count: whole(count),
            positions_total: whole(count),
            positions: positions(&witnesses),
            precision: match self.is_thinned {
                true => Precision::Thinned,
                false => Precision::Exact,
            },
        })
    }

    fn drop_history(&mut self) {
        self.list.drain(..self.start.min(self.list.len()));
        self.start = 0;
    }

    /// Keeps of each item only so many of the oldest and of the newest events.
    fn thin(&mut self, oldest: usize, newest: usize) {
        self.is_thinned = true;
        let mut behind: BTreeMap<u64, usize> = BTreeMap::new();
        for entry in &self.list {
            *behind.entry(entry.item).or_default() += 1;
        }
        let mut before: BTreeMap<u64, usize> = BTreeMap::new();
        self.list.retain(|entry| {
            let before = before.entry(entry.item).or_default();
            let behind = behind.entry(entry.item).or_default();
            let stays = *before < oldest || *behind <= newest;
            *before += 1;
            *behind = behind.saturating_sub(1);
            stays
        });
    }

    /// Counts the window anew.
    fn restart(&mut self, node: &Node, from_us: i64) {
        self.start = self.list.partition_point(|entry| entry.at_us <= from_us);
        self.live.clear();
        if counts_items(node) {
            for entry in self.list.iter().skip(self.start) {
                *self.live.entry(entry.item).or_default() += 1;
            }
        }
    }
}

/// Whether the group fired less than a timespan before or after.
pub(super) fn is_near(fired_us: &BTreeSet<i64>, at_us: i64, span_us: i64) -> bool {
    let from_us = at_us.saturating_sub(span_us).saturating_add(1);
    let to_us = at_us.saturating_add(span_us);
    fired_us.range(from_us..to_us.max(from_us)).next().is_some()
}

/// Looks back from the last event for the latest one of each rule before it, and so for the
/// sequence that began last: if any lies within the window, this one does.
fn chain<'window>(
    rules: usize,
    window_newest_first: impl Iterator<Item = &'window Entry>,
) -> Option<Vec<&'window Entry>> {
    let mut found: Vec<&Entry> = Vec::new();
    for entry in window_newest_first {
        let wanted = whole(rules.saturating_sub(found.len() + 1));
        let is_earlier = found
            .last()
            .is_none_or(|later| (entry.at_us, entry.position) < (later.at_us, later.position));
        if found.is_empty() && entry.item != wanted {
            // The window is closed by an event that ends no sequence.
            return None;
        }
        if entry.item == wanted && is_earlier {
            found.push(entry);
            if found.len() == rules {
                return Some(found);
            }
        }
    }
    None
}

/// The positions of events given newest first, and of what lies below them, in order.
fn positions(newest_first: &[&Entry]) -> Vec<u64> {
    let mut positions = BTreeSet::new();
    for entry in newest_first {
        positions.insert(entry.position);
        positions.extend(entry.inner.iter().flatten());
    }
    let excess = positions.len().saturating_sub(POSITIONS_MAX);
    positions.into_iter().skip(excess).collect()
}

fn counts_items(node: &Node) -> bool {
    matches!(
        node.definition.kind,
        Kind::ValueCount { .. } | Kind::Temporal
    )
}

fn release(live: &mut BTreeMap<u64, u32>, item: u64) {
    if let Some(count) = live.get_mut(&item) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            live.remove(&item);
        }
    }
}

fn key(entry: &Entry) -> (i64, u64, u64) {
    (entry.at_us, entry.position, entry.item)
}

pub(super) fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
