//! One fold that makes findings of the kept entries of a log: rules, correlations and analytics.
//!
//! ```text
//! a kept line ────┬─ detector ─ hits ─┬─ findings of rules ─────────┐
//!                 │                   └─ correlator ─ correlations ─┼─ Found
//! an event of the │                                                 │
//! house ──────────┴─ observer ─ typed events ─ analytics ───────────┘
//! ```
//!
//! INVARIANT: (6) same log, same state: [`Watch::apply`] in the order of the log is all that changes
//! the state, and a [`WatchState`] that was written down and read back goes on as if it had never
//! stopped.
//! INVARIANT: (7) a stream finding equals a hunt finding: a hunt is the same calls over the same
//! entries. Time is that of the events, bounded by their receipt, which is in the log; no clock and
//! no chance decide.
//! INVARIANT: (8) what is let go is a [`Limited`].

mod entities;
mod joined;
mod repeats;
mod tell;

use std::collections::BTreeMap;
use std::sync::Arc;

use event::{Event, FindingRaised, Logged};
use serde::{Deserialize, Serialize};

use crate::analytics::{Analytics, AnalyticsSettings};
use crate::correlation::{CorrelationLimits, Correlator, Hit};
use crate::engine::{Counts, Detector, MatchedField, RuleSet};
use crate::finding::{Entity, EntityKind, Finding};
use crate::hash::HashKey;
use crate::observe::places::Places;
use crate::observe::values::cut;
use crate::observe::{Memory, Observer, Standing, house_entities, house_line};
use crate::source::Mapping;

pub use entities::EntityFields;
use entities::EntityIds;
pub use joined::{Joined, NamedFields, NotEvaluated};
use repeats::Repeats;

/// An event may claim to happen so long after its receipt, in microseconds; one that claims more
/// counts at its receipt.
const AHEAD_US_MAX: i64 = 86_400 * 1_000_000;

/// One kept entry of a log.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'k> {
    /// Its position in the log: the index of its leaf.
    pub index: u64,
    /// When it was received, in microseconds since 1970, as the log says.
    pub received_us: i64,
    /// What was kept: a [`Logged`] line or an [`Event`].
    pub payload: &'k [u8],
}

/// What came of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// Something was found.
    Raised(Raised),
    /// A limit was reached, and something is kept more coarsely or not at all from now on. Told at
    /// the first, the second, the fourth time and so on.
    Limited(Limited),
}

/// A finding, and what its licence and people want to know of its rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// What was found; its positions are indexes of leaves.
    pub finding: Finding,
    /// What people call the rule; the name of an analytic is its id.
    pub title: String,
    /// Who wrote it (DRL 1.1); empty for an analytic.
    pub author: String,
}

impl Raised {
    /// As evidence keeps it: of which log, and by which hunt unless it was found live.
    #[must_use]
    pub fn kept(self, stream: &str, hunt: Option<&str>) -> FindingRaised {
        FindingRaised {
            stream: stream.to_owned(),
            finding: self.finding,
            title: self.title,
            author: self.author,
            hunt: hunt.map(str::to_owned),
        }
    }
}

/// The source of what the house itself says, whose kinds begin with it.
const HOUSE: &str = "hygie";

/// A limit that was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limited {
    /// Which.
    pub what: String,
    /// The correlation, source or hospital that reached it.
    pub owner: String,
    /// How many times since the beginning.
    pub total: u64,
    /// When, in event time.
    pub at_us: i64,
}

/// What a fold is told before the first entry.
#[derive(Clone, Debug)]
pub struct WatchSettings {
    /// The thresholds of analytics.
    pub analytics: AnalyticsSettings,
    /// The limits of correlations.
    pub correlations: CorrelationLimits,
    /// Which network is where.
    pub places: Places,
    /// Which fields name whom.
    pub entities: EntityFields,
    /// A rule that finds the same about the same is told at the first, second, fourth time and so
    /// on within so many seconds; 0 tells each time.
    pub repeat_s: i64,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            analytics: AnalyticsSettings::default(),
            correlations: CorrelationLimits::DEFAULT,
            places: Places::default(),
            entities: EntityFields::built_in().unwrap_or_default(),
            repeat_s: 3_600,
        }
    }
}

/// Everything that a fold remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchState {
    correlator: Correlator,
    analytics: Analytics,
    memory: Memory,
    repeats: Repeats,
    notes: BTreeMap<String, u64>,
    counts: WatchCounts,
}

/// What went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WatchCounts {
    /// Entries.
    pub entries: u64,
    /// Of them, lines of other systems' logs.
    pub lines: u64,
    /// Entries that are neither a line nor an event that this version knows.
    pub unreadable: u64,
    /// Entries that tell no time of their own; they count at their receipt.
    pub without_time: u64,
    /// Entries whose time lay too far beyond their receipt; they count at their receipt.
    pub from_future: u64,
}

/// The fold.
#[derive(Debug)]
pub struct Watch {
    detector: Detector,
    joined: Arc<Joined>,
    observer: Observer,
    entity_fields: EntityFields,
    entity_ids: EntityIds,
    state: WatchState,
    /// Whether analytics are left out.
    is_of_rules_alone: bool,
}

/// A hit while its line is at hand.
struct RuleHit {
    rule: usize,
    fields: Vec<MatchedField>,
    /// What correlations carry with it.
    carried: Option<Vec<Option<String>>>,
}

/// One entry on its way through.
struct Entry<'e> {
    position: u64,
    at_us: i64,
    received_us: i64,
    source: &'e str,
    hint: &'e str,
    json: &'e [u8],
}

impl Watch {
    /// Nothing seen yet. The key hashes values that an attacker may choose; it must be secret.
    #[must_use]
    pub fn new(
        rules: Arc<RuleSet>,
        joined: Arc<Joined>,
        mapping: &Mapping,
        settings: WatchSettings,
        key: [u8; 16],
    ) -> Self {
        let names = settings.entities.names();
        let observer = Observer::asking(mapping, settings.places, names);
        let hash_key = HashKey::from(key);
        Self {
            detector: Detector::new(rules, &key),
            joined,
            is_of_rules_alone: false,
            entity_ids: settings.entities.ids(&observer),
            entity_fields: settings.entities,
            observer,
            state: WatchState {
                correlator: Correlator::new(settings.correlations, hash_key),
                analytics: Analytics::new(settings.analytics, hash_key),
                memory: Memory::default(),
                repeats: Repeats::new(settings.repeat_s.max(0).saturating_mul(1_000_000)),
                notes: BTreeMap::new(),
                counts: WatchCounts::default(),
            },
        }
    }

    /// The same without analytics: they need the whole past, and a hunt does not look at them.
    #[must_use]
    pub fn of_rules_alone(self) -> Self {
        Self {
            is_of_rules_alone: true,
            ..self
        }
    }

    /// What it remembers, to be written down with the index of the next entry.
    #[must_use]
    pub fn state(&self) -> &WatchState {
        &self.state
    }

    /// Goes on from what was written down. It must be of the same log; thresholds and limits are
    /// those of then, and a correlation that has changed since begins anew.
    pub fn resume(&mut self, state: WatchState) {
        self.state = state;
    }

    /// What went through.
    #[must_use]
    pub fn counts(&self) -> WatchCounts {
        self.state.counts
    }

    /// What went through rules, since this fold was made.
    #[must_use]
    pub fn rule_counts(&self) -> Counts {
        self.detector.counts()
    }

    /// Hits of rules that wait for the events that may still come before them.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state.correlator.waiting()
    }

    /// The analytics, to rank beacons.
    #[must_use]
    pub fn analytics(&self) -> &Analytics {
        &self.state.analytics
    }

    /// Takes the next entry of the log.
    pub fn apply(&mut self, kept: Kept<'_>) -> Vec<Found> {
        let counts = &mut self.state.counts;
        counts.entries = counts.entries.saturating_add(1);
        if let Some(logged) = Logged::from_bytes(kept.payload) {
            counts.lines = counts.lines.saturating_add(1);
            return self.logged(&logged, kept);
        }
        match Event::from_bytes(kept.payload) {
            Ok(event) => self.event(&event, kept),
            Err(_) => {
                counts.unreadable = counts.unreadable.saturating_add(1);
                Vec::new()
            }
        }
    }

    /// Takes what still waits for its time: when no more entry will ever come, as at the end of a
    /// replay, never for a pause.
    pub fn finish(&mut self) -> Vec<Found> {
        let correlations = self.joined.correlations();
        let outcomes = self.state.correlator.finish(correlations);
        let mut found = Vec::new();
        self.outcomes(outcomes, &mut found);
        found
    }

    fn logged(&mut self, logged: &Logged<'_>, kept: Kept<'_>) -> Vec<Found> {
        let at_us = self.time(logged.time_us, kept.received_us);
        // Lines of others are never lines of the house.
        let is_posing = logged.kind.split('.').next() == Some(HOUSE);
        let entry = Entry {
            position: kept.index,
            at_us,
            received_us: kept.received_us,
            source: logged.host.as_deref().unwrap_or(&logged.source),
            hint: if is_posing { "" } else { &logged.kind },
            json: logged.json,
        };
        let mut found = Vec::new();
        let hits = self.match_rules(&entry);
        if self.is_told(&hits) {
            let mut entities = match self.observer.values(entry.json) {
                Some((values, places)) => self.entity_ids.of(&values, places),
                None => Vec::new(),
            };
            if entities
                .iter()
                .all(|entity| entity.kind != EntityKind::Device)
            {
                let host = logged
                    .host
                    .as_deref()
                    .and_then(crate::observe::values::host);
                entities.extend(host.map(|host| Entity::device(&host)));
            }
            self.place(&mut entities);
            self.rule_findings(&entry, &hits, &entities, &mut found);
        }
        self.correlate(&entry, &hits, &mut found);
        let standing = Standing {
            kind: &logged.kind,
            position: kept.index,
            at_us,
        };
        let memory = &mut self.state.memory;
        let observed = self.observer.line(memory, standing, entry.json);
        self.analyse(&observed, &mut found);
        found
    }

    fn event(&mut self, event: &Event, kept: Kept<'_>) -> Vec<Found> {
        let mut found = Vec::new();
        let at_us = kept.received_us;
        if let Some(line) = house_line(event) {
            let entry = Entry {
                position: kept.index,
                at_us,
                received_us: kept.received_us,
                source: HOUSE,
                hint: line.hint,
                json: &line.json,
            };
            let hits = self.match_rules(&entry);
            if self.is_told(&hits) {
                let entities = house_entities(event);
                self.rule_findings(&entry, &hits, &entities, &mut found);
            }
            self.correlate(&entry, &hits, &mut found);
        }
        if matches!(event, Event::Quiet) {
            self.pass_time(at_us, &mut found);
        }
        let observed = self.observer.house(event, kept.index, at_us);
        self.analyse(&observed, &mut found);
        found
    }

    /// Lets what waits for later events be judged: the log itself says that none came.
    fn pass_time(&mut self, at_us: i64, found: &mut Vec<Found>) {
        let joined = Arc::clone(&self.joined);
        let correlator = &mut self.state.correlator;
        let outcomes = correlator.pass(joined.correlations(), HOUSE, at_us);
        self.outcomes(outcomes, found);
    }

    /// When an event counts.
    fn time(&mut self, time_us: Option<i64>, received_us: i64) -> i64 {
        let counts = &mut self.state.counts;
        match time_us {
            Some(time_us) if time_us > received_us.saturating_add(AHEAD_US_MAX) => {
                counts.from_future = counts.from_future.saturating_add(1);
                received_us
            }
            Some(time_us) => time_us,
            None => {
                counts.without_time = counts.without_time.saturating_add(1);
                received_us
            }
        }
    }

    fn match_rules(&mut self, entry: &Entry<'_>) -> Vec<RuleHit> {
        let joined = &self.joined;
        let mut hits = Vec::new();
        // What cannot be read or is of no known log is counted by the detector.
        let _outcome = self.detector.line(entry.hint, entry.json, |hit| {
            let carried = joined.wanted(hit.number).map(|(_, names)| names);
            hits.push(RuleHit {
                rule: hit.number,
                fields: match joined.is_silent(hit.number) {
                    true => Vec::new(),
                    false => hit.fields(),
                },
                carried: carried.map(|names| names.iter().map(|it| hit.value(it)).collect()),
            });
        });
        hits
    }

    /// Whether any of the hits is a finding by itself.
    fn is_told(&self, hits: &[RuleHit]) -> bool {
        hits.iter().any(|hit| !self.joined.is_silent(hit.rule))
    }

    fn correlate(&mut self, entry: &Entry<'_>, hits: &[RuleHit], found: &mut Vec<Found>) {
        let joined = Arc::clone(&self.joined);
        let correlations = joined.correlations();
        let mut outcomes = Vec::new();
        let mut is_observed = false;
        for hit in hits {
            let (Some((rule, names)), Some(values)) = (joined.wanted(hit.rule), &hit.carried)
            else {
                continue;
            };
            is_observed = true;
            let hit = Hit {
                rule,
                at_us: entry.at_us,
                received_us: entry.received_us,
                position: entry.position,
                source: cut(entry.source),
                fields: &NamedFields { names, values },
            };
            outcomes.extend(self.state.correlator.hit(correlations, hit));
        }
        if !is_observed {
            let times = (entry.at_us, entry.received_us);
            let correlator = &mut self.state.correlator;
            outcomes = correlator.observe(correlations, cut(entry.source), times);
        }
        self.outcomes(outcomes, found);
    }
}

#[cfg(test)]
mod tests;
