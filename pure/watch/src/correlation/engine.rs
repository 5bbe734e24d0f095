//! Holds hits until their time has come, hands them to the correlations that wait for them, and
//! hands on what those find.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::definition::{Correlations, Kind, Node};
use super::limits::{CorrelationLimits, INNER_POSITIONS_MAX, VALUE_BYTES_MAX};
use super::nodes::{Bounds, NodeState};
use super::watermark::Watermarks;
use super::window::{Entry, Fired, whole};
use super::{Correlated, CorrelationCounts, Hit, LimitNote, LimitReached, Outcome};
use crate::hash::HashKey;

/// All correlations over one log.
///
/// INVARIANT: (6) same log, same state: nothing but [`Correlator::observe`], [`Correlator::pass`],
/// [`Correlator::hit`] and [`Correlator::finish`] changes it, and what is written down and read
/// back goes on as if it had never stopped. (7) A hunt is the same calls over the same log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correlator {
    limits: CorrelationLimits,
    key: HashKey,
    marks: Watermarks,
    /// Hits in order of (time, position, rule).
    #[serde(with = "crate::pairs")]
    held: BTreeMap<(i64, u64, String), Held>,
    nodes: BTreeMap<String, NodeState>,
    counts: CorrelationCounts,
    sweep_us: Option<i64>,
}

/// What is kept of a hit until its time has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    source: String,
    fields: BTreeMap<String, String>,
}

/// A hit on its way to the correlations that wait for it, in the order in which they take it:
/// inner correlations first, and each one its hits by time, position and rule.
type Queue<'hit> = BTreeMap<(usize, i64, u64, usize), Passing<'hit>>;

/// A hit of a rule or of an inner correlation.
#[derive(Debug, Clone)]
struct Passing<'hit> {
    source: &'hit str,
    fields: Rc<BTreeMap<String, String>>,
    inner: Option<Box<[u64]>>,
    is_late: bool,
    is_merged: bool,
}

/// Between two looks for groups that are over, in event time.
const SWEEP_US: i64 = 60 * 1_000_000;

impl Correlator {
    /// No hits yet. The key hashes values that an attacker may choose.
    #[must_use]
    pub fn new(limits: CorrelationLimits, key: HashKey) -> Self {
        Self {
            limits,
            key,
            marks: Watermarks::default(),
            held: BTreeMap::new(),
            nodes: BTreeMap::new(),
            counts: CorrelationCounts::default(),
            sweep_us: None,
        }
    }

    /// Takes the time of any event of a source, hit or not: hits wait until every source that is
    /// not idle has passed them by the allowed lateness.
    pub fn observe(
        &mut self,
        correlations: &Correlations,
        source: &str,
        (at_us, received_us): (i64, i64),
    ) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        // A time from the future must not make everything else late.
        if at_us <= received_us.saturating_add(self.limits.future_us_max) {
            self.marks.observe(source, at_us, &self.limits);
            self.release(correlations, &mut outcomes);
        }
        outcomes
    }

    /// Takes an instant by which nothing more came, as `own` says, which keeps the log. It becomes
    /// no source by that, so that no other waits for it: it lets go what waits for itself, and for
    /// sources that are idle by then.
    pub fn pass(&mut self, correlations: &Correlations, own: &str, at_us: i64) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        self.marks.pass(own, at_us, &self.limits);
        self.release(correlations, &mut outcomes);
        outcomes
    }

    /// Takes a hit.
    pub fn hit(&mut self, correlations: &Correlations, hit: Hit<'_>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        let Some(needed) = correlations.needed.get(hit.rule) else {
            return self.observe(correlations, hit.source, (hit.at_us, hit.received_us));
        };
        self.counts.hits = self.counts.hits.saturating_add(1);
        let fields = needed.iter().filter_map(|field| {
            let value = hit.fields.value(field)?;
            Some((field.clone(), normalised(&value, self.key)))
        });
        let held = Held {
            source: hit.source.to_owned(),
            fields: fields.collect(),
        };
        let mut at_us = hit.at_us;
        if at_us > hit.received_us.saturating_add(self.limits.future_us_max) {
            self.counts.from_future = self.counts.from_future.saturating_add(1);
            at_us = hit.received_us;
        } else {
            self.marks.observe(hit.source, at_us, &self.limits);
        }
        if self.marks.frontier_us().is_some_and(|at| at_us < at) {
            // Those before it in time come first, as they would have.
            self.release(correlations, &mut outcomes);
            self.counts.late = self.counts.late.saturating_add(1);
            let place = (at_us, hit.position, hit.rule.to_owned());
            self.evaluate(correlations, &place, (held, true), &mut outcomes);
        } else {
            let place = (at_us, hit.position, hit.rule.to_owned());
            self.held.insert(place, held);
            self.make_room(hit, &mut outcomes);
        }
        self.release(correlations, &mut outcomes);
        outcomes
    }

    /// Takes everything that still waits: for the end of a file, never for a pause.
    pub fn finish(&mut self, correlations: &Correlations) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        if let Some(last) = self.held.keys().map(|(at_us, ..)| *at_us).next_back() {
            self.marks.hurry(last.saturating_add(1));
        }
        self.release(correlations, &mut outcomes);
        outcomes
    }

    /// What went through so far.
    #[must_use]
    pub fn counts(&self) -> CorrelationCounts {
        self.counts
    }

    /// How many groups one correlation keeps apart.
    #[must_use]
    pub fn groups(&self, correlation: &str) -> usize {
        self.nodes.get(correlation).map_or(0, NodeState::groups)
    }

    /// How many hits wait for their time.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.held.len()
    }

    /// Up to where everything was read in order.
    #[must_use]
    pub fn frontier_us(&self) -> Option<i64> {
        self.marks.frontier_us()
    }

    fn make_room(&mut self, hit: Hit<'_>, outcomes: &mut Vec<Outcome>) {
        if self.held.len() <= self.limits.held_max.max(1) {
            return;
        }
        let Some(first_us) = self.held.keys().map(|(at_us, ..)| *at_us).next() else {
            return;
        };
        self.counts.hurried = self.counts.hurried.saturating_add(1);
        self.marks.hurry(first_us.saturating_add(1));
        outcomes.push(Outcome::Limit(LimitNote {
            correlation: None,
            source: hit.source.to_owned(),
            limit: LimitReached::Held,
            at_us: first_us,
        }));
    }

    fn release(&mut self, correlations: &Correlations, outcomes: &mut Vec<Outcome>) {
        let Some(frontier_us) = self.marks.frontier_us() else {
            return;
        };
        while let Some(first) = self.held.first_entry() {
            if first.key().0 >= frontier_us {
                break;
            }
            let (place, held) = first.remove_entry();
            self.evaluate(correlations, &place, (held, false), outcomes);
        }
        self.sweep(correlations, frontier_us);
    }

    fn sweep(&mut self, correlations: &Correlations, frontier_us: i64) {
        if self.sweep_us.is_some_and(|due_us| frontier_us < due_us) {
            return;
        }
        self.sweep_us = Some(frontier_us.saturating_add(SWEEP_US));
        for node in &correlations.nodes {
            if let Some(state) = self.nodes.get_mut(&node.definition.id) {
                state.sweep(node, frontier_us, self.limits.revise_us);
            }
        }
    }

    fn evaluate(
        &mut self,
        correlations: &Correlations,
        (at_us, position, rule): &(i64, u64, String),
        (held, is_late): (Held, bool),
        outcomes: &mut Vec<Outcome>,
    ) {
        let passing = Passing {
            source: &held.source,
            fields: Rc::new(held.fields),
            inner: None,
            is_late,
            is_merged: false,
        };
        let mut queue = Queue::new();
        enqueue(
            correlations,
            rule,
            (*at_us, *position),
            &passing,
            &mut queue,
        );
        // What an inner correlation finds is enqueued behind it, since outer ones come later in
        // the order: the queue empties.
        while let Some(((node, at_us, position, rule), passing)) = queue.pop_first() {
            let Some(node) = correlations.nodes.get(node) else {
                continue;
            };
            let place = (at_us, position, rule);
            for found in self.take(node, place, &passing, outcomes) {
                let id = &node.definition.id;
                if correlations.wants(id) {
                    let place = (found.at_us, found.position);
                    let outer = outer(&passing, &found);
                    enqueue(correlations, id, place, &outer, &mut queue);
                }
                if !correlations.is_silent(id) {
                    outcomes.push(Outcome::Found(found));
                }
            }
        }
    }

    /// Lets one correlation take one hit.
    fn take(
        &mut self,
        node: &Node,
        (at_us, position, rule): (i64, u64, usize),
        passing: &Passing<'_>,
        outcomes: &mut Vec<Outcome>,
    ) -> Vec<Correlated> {
        let Some(group) = group(node, rule, &passing.fields) else {
            self.counts.without_group = self.counts.without_group.saturating_add(1);
            return Vec::new();
        };
        let Some(item) = item(node, rule, &passing.fields, self.key) else {
            self.counts.without_value = self.counts.without_value.saturating_add(1);
            return Vec::new();
        };
        let id = &node.definition.id;
        let note = |limit| {
            Outcome::Limit(LimitNote {
                correlation: Some(id.clone()),
                source: passing.source.to_owned(),
                limit,
                at_us,
            })
        };
        let reach_us = node
            .definition
            .span_us
            .saturating_add(self.limits.revise_us);
        let frontier_us = self.marks.frontier_us().unwrap_or(i64::MIN);
        if passing.is_late && at_us < frontier_us.saturating_sub(reach_us) {
            self.counts.too_late = self.counts.too_late.saturating_add(1);
            outcomes.push(note(LimitReached::TooLate));
            return Vec::new();
        }
        let fresh = || NodeState::new(node.fingerprint);
        let state = self.nodes.entry(id.clone()).or_insert_with(fresh);
        if state.fingerprint != node.fingerprint {
            *state = fresh();
        }
        let entry = Entry {
            at_us,
            position,
            item,
            inner: passing.inner.clone(),
        };
        let bounds = Bounds {
            limits: &self.limits,
            key: self.key,
            counts: &mut self.counts,
        };
        let taken = state.take(node, (passing.source, &group), entry, bounds);
        outcomes.extend(taken.limit.map(note));
        let fired = taken.fired.iter();
        fired
            .map(|fired| correlated(node, &group, fired, passing, taken.is_merged))
            .collect()
    }
}

/// Puts a hit before every correlation that waits for it.
fn enqueue<'hit>(
    correlations: &Correlations,
    rule: &str,
    (at_us, position): (i64, u64),
    passing: &Passing<'hit>,
    queue: &mut Queue<'hit>,
) {
    for listener in correlations.listeners.get(rule).into_iter().flatten() {
        let place = (listener.node, at_us, position, listener.rule);
        queue.insert(place, passing.clone());
    }
}

/// What an outer correlation is told about a finding: the fields of the hit that completed it,
/// and the values that its events share.
fn outer<'hit>(passing: &Passing<'hit>, found: &Correlated) -> Passing<'hit> {
    let mut fields = (*passing.fields).clone();
    fields.extend(found.group.iter().cloned());
    let excess = found.positions.len().saturating_sub(INNER_POSITIONS_MAX);
    let inner: Vec<u64> = found.positions.iter().skip(excess).copied().collect();
    Passing {
        source: passing.source,
        fields: Rc::new(fields),
        inner: Some(inner.into_boxed_slice()),
        is_late: passing.is_late,
        is_merged: found.is_merged,
    }
}

fn correlated(
    node: &Node,
    group: &[String],
    fired: &Fired,
    passing: &Passing<'_>,
    is_merged: bool,
) -> Correlated {
    let names = node.definition.group_by.iter().cloned();
    Correlated {
        at_us: fired.at_us,
        position: fired.position,
        correlation: node.definition.id.clone(),
        group: names.zip(group.iter().cloned()).collect(),
        count: fired.count,
        positions: fired.positions.clone(),
        precision: fired.precision,
        is_merged: is_merged || passing.is_merged,
        is_late: passing.is_late,
    }
}

/// The values by which a hit is grouped; `None` when the event lacks one of them.
fn group(node: &Node, rule: usize, fields: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let names = node.fields_of(rule).iter();
    let names = names.take(node.definition.group_by.len());
    names.map(|field| fields.get(field).cloned()).collect()
}

/// What is counted of a hit; `None` when it has no value to count.
fn item(node: &Node, rule: usize, fields: &BTreeMap<String, String>, key: HashKey) -> Option<u64> {
    match node.definition.kind {
        Kind::EventCount => Some(0),
        Kind::ValueCount { .. } => {
            let field = node.fields_of(rule).last()?;
            fields.get(field).map(|value| key.hash(value.as_bytes()))
        }
        Kind::Temporal | Kind::TemporalOrdered => Some(whole(rule)),
    }
}

/// A value as groups compare it: as Sigma does, without regard to case, and never longer than a
/// limit.
fn normalised(value: &str, key: HashKey) -> String {
    let lower = value.to_lowercase();
    if lower.len() <= VALUE_BYTES_MAX {
        return lower;
    }
    let kept: String = lower.chars().take(VALUE_BYTES_MAX / 8).collect();
    format!("{kept}#{:016x}", key.hash(lower.as_bytes()))
}
