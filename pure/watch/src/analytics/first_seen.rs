//! First seen and dormancy: what was never there before, and what wakes after a long silence.
//!
//! A sighting is a subject of some kind, such as an account, a destination or a pair of both. For
//! each the first and the last day are kept. In its first days an establishment only learns.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bounded::Bounded;
use super::input::Place;
use super::{DAY_US, Output};
use crate::finding::{Entity, EntityKind, Finding, Level};

/// Thresholds and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FirstSeenSettings {
    /// Days in which an establishment only learns.
    pub learning_days: i64,
    /// Silence from which on a subject counts as asleep, in days.
    pub dormant_days: i64,
    /// Subjects that are kept.
    pub keys_max: usize,
}

impl Default for FirstSeenSettings {
    fn default() -> Self {
        Self {
            learning_days: 14,
            dormant_days: 90,
            keys_max: 1_000_000,
        }
    }
}

/// A subject that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Where and when.
    pub place: Place,
    /// What is looked at, as `login`, `destination`, `user-agent`.
    pub kind: String,
    /// The subject.
    pub subject: String,
    /// What the subject is.
    pub entity: EntityKind,
}

/// The fold over sightings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstSeen {
    settings: FirstSeenSettings,
    subjects: Bounded<Option<Days>>,
    since: BTreeMap<String, i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Days {
    first: i64,
    last: i64,
    position: u64,
}

/// Hospitals whose learning is kept apart.
const ESTABLISHMENTS_MAX: usize = 256;

impl FirstSeen {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(settings: FirstSeenSettings) -> Self {
        Self {
            subjects: Bounded::new("subjects", settings.keys_max),
            since: BTreeMap::new(),
            settings,
        }
    }

    /// Takes one sighting.
    pub fn apply(&mut self, sighting: &Sighting) -> Vec<Output> {
        let mut outputs = Vec::new();
        let Place {
            at_us,
            position,
            establishment,
        } = &sighting.place;
        let day = at_us.div_euclid(DAY_US);
        let is_learning = self.is_learning(establishment, day);
        let key = format!(
            "{establishment}\u{1f}{}\u{1f}{}",
            sighting.kind, sighting.subject
        );
        let known = self
            .subjects
            .touch((establishment, &key), *at_us, &mut outputs);
        let before = *known;
        *known = Some(Days {
            first: before.map_or(day, |days| days.first.min(day)),
            last: before.map_or(day, |days| days.last.max(day)),
            position: *position,
        });
        let entity = Entity {
            kind: sighting.entity,
            id: sighting.subject.clone(),
        };
        let entities = vec![entity, Entity::establishment(establishment)];
        match before {
            None if !is_learning => {
                let finding = Finding::new("first_seen", Level::Informational, *at_us, entities)
                    .events([*position], 1)
                    .fact("kind", sighting.kind.as_str());
                outputs.push(Output::Found(finding));
            }
            Some(days) if day.saturating_sub(days.last) >= self.settings.dormant_days => {
                let silent = day.saturating_sub(days.last).unsigned_abs();
                let finding = Finding::new("dormancy", Level::Medium, *at_us, entities)
                    .technique("T1078")
                    .events([days.position, *position], 2)
                    .fact("kind", sighting.kind.as_str())
                    .fact("silent_days", silent);
                outputs.push(Output::Found(finding));
            }
            _ => {}
        }
        outputs
    }

    fn is_learning(&mut self, establishment: &str, day: i64) -> bool {
        if !self.since.contains_key(establishment) && self.since.len() >= ESTABLISHMENTS_MAX {
            return false;
        }
        let since = self.since.entry(establishment.to_owned()).or_insert(day);
        day.saturating_sub(*since) < self.settings.learning_days
    }
}
