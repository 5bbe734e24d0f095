//! Risk by entity: a sum of findings that fades.
//!
//! Whole numbers only, so that a snapshot is exact. Between two half-lives risk falls in a straight
//! line. The same rule counts less each time within a half-life: half as much, a third as much and
//! so on, so that one noisy rule does not make a person dangerous.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::limits::IncidentSettings;
use crate::finding::{Entity, EntityKind, Finding};

/// The risk of every entity that was found something about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risks {
    half_life_us: u64,
    risks_max: usize,
    points: IncidentSettings,
    #[serde(with = "crate::pairs")]
    by_entity: BTreeMap<Entity, Risk>,
    /// Entities by the risk that they had when it was last added to.
    order: BTreeSet<(u64, i64, Entity)>,
    evicted: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Risk {
    thousandths: u64,
    at_us: i64,
    /// How often each rule added to it, and when it last did.
    rules: BTreeMap<String, (u64, i64)>,
}

/// Rules that are told apart for one entity.
const RULES_MAX: usize = 32;

impl Risks {
    pub(super) fn new(settings: &IncidentSettings) -> Self {
        Self {
            half_life_us: settings.half_life_us(),
            risks_max: settings.risks_max.max(1),
            points: settings.clone(),
            by_entity: BTreeMap::new(),
            order: BTreeSet::new(),
            evicted: 0,
        }
    }

    /// The risk of an entity at an instant, in thousandths of a point.
    #[must_use]
    pub fn of(&self, entity: &Entity, at_us: i64) -> u64 {
        let risk = self.by_entity.get(entity);
        risk.map_or(0, |risk| risk.at(at_us, self.half_life_us))
    }

    /// The entities of a kind with the most risk at an instant.
    #[must_use]
    pub fn highest(&self, kind: EntityKind, at_us: i64, count: usize) -> Vec<(&Entity, u64)> {
        let of_kind = self
            .by_entity
            .iter()
            .filter(|(entity, _)| entity.kind == kind);
        let mut all: Vec<(&Entity, u64)> = of_kind
            .map(|(entity, risk)| (entity, risk.at(at_us, self.half_life_us)))
            .collect();
        all.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        all.truncate(count);
        all
    }

    /// Adds a finding to the entities that it suspects: all but patients. Gives the number of
    /// evictions when it is a power of two and one was due.
    pub(super) fn add(&mut self, finding: &Finding) -> Option<u64> {
        let mut told = None;
        let points = self.points.points(finding.level);
        let entities: BTreeSet<&Entity> = finding.entities.iter().collect();
        for entity in entities {
            if entity.kind == EntityKind::Patient {
                continue;
            }
            if !self.by_entity.contains_key(entity) && self.by_entity.len() >= self.risks_max {
                self.evict();
                told = Some(self.evicted).filter(|evicted| evicted.is_power_of_two());
            }
            let risk = self
                .by_entity
                .entry(entity.clone())
                .or_insert_with(|| Risk {
                    at_us: finding.at_us,
                    ..Risk::default()
                });
            self.order
                .remove(&(risk.thousandths, risk.at_us, entity.clone()));
            risk.add(finding, points, self.half_life_us);
            self.order
                .insert((risk.thousandths, risk.at_us, entity.clone()));
        }
        told
    }

    fn evict(&mut self) {
        if let Some((_, _, entity)) = self.order.pop_first() {
            self.by_entity.remove(&entity);
            self.evicted = self.evicted.saturating_add(1);
        }
    }
}

impl Risk {
    fn add(&mut self, finding: &Finding, points: u64, half_life_us: u64) {
        let at_us = finding.at_us;
        if self.rules.len() >= RULES_MAX && !self.rules.contains_key(&finding.id) {
            let oldest = self.rules.iter().min_by_key(|(_, (_, at_us))| *at_us);
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                self.rules.remove(&oldest);
            }
        }
        let (times, last_us) = self.rules.entry(finding.id.clone()).or_insert((0, at_us));
        if at_us.abs_diff(*last_us) >= half_life_us {
            *times = 0;
        }
        *times = times.saturating_add(1);
        *last_us = (*last_us).max(at_us);
        let points = points / (*times).max(1);
        // What comes late has faded already; it does not turn back the clock.
        let now_us = self.at_us.max(at_us);
        let faded = fade(points, now_us.abs_diff(at_us), half_life_us);
        self.thousandths = self.at(now_us, half_life_us).saturating_add(faded);
        self.at_us = now_us;
    }

    fn at(&self, at_us: i64, half_life_us: u64) -> u64 {
        match at_us > self.at_us {
            true => fade(self.thousandths, at_us.abs_diff(self.at_us), half_life_us),
            false => self.thousandths,
        }
    }
}

fn fade(thousandths: u64, after_us: u64, half_life_us: u64) -> u64 {
    let halves = after_us / half_life_us.max(1);
    let halved = match u32::try_from(halves) {
        Ok(halves) => thousandths.checked_shr(halves).unwrap_or(0),
        Err(_) => 0,
    };
    let rest = u128::from(after_us % half_life_us.max(1));
    let lost = u128::from(halved) * rest / (2 * u128::from(half_life_us.max(1)));
    halved.saturating_sub(u64::try_from(lost).unwrap_or(u64::MAX))
}
