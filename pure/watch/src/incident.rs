//! Few incidents out of many findings, and the risk of each person, device and establishment.
//!
//! A finding joins the open incident that shares a person, a device, a destination or a patient
//! with it and was last added to within the window; one that fits two of them joins them to one.
//! Establishments never join: everything happens in one. Risk adds up with each finding, fades by
//! half in each half-life, and feeds the next decision of the policy.

mod limits;
mod risk;
mod suppression;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::finding::{Entity, EntityKind, Finding, Level};

pub use event::Suppression;
pub use limits::IncidentSettings;
pub use risk::Risks;
use suppression::covers;
pub use suppression::{InvalidSuppression, check};

/// Findings that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its number, counted from one.
    pub id: u64,
    /// The gravest level of its findings.
    pub level: Level,
    /// Whom and what it concerns.
    pub entities: BTreeSet<Entity>,
    /// How many findings of each rule or analytic.
    pub findings: BTreeMap<String, u64>,
    /// ATT&CK techniques.
    pub techniques: BTreeSet<String>,
    /// Positions of the events that led to it, the first ones.
    pub positions: BTreeSet<u64>,
    /// When its first event happened, in microseconds since 1970.
    pub first_us: i64,
    /// When its last event happened.
    pub last_us: i64,
    /// Findings, entities or positions that it no longer had room for.
    pub unlisted: u64,
}

/// What a finding led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A new incident.
    Opened(u64),
    /// One more finding of an open one.
    Joined(u64),
    /// Two incidents turned out to be one; the second is now part of the first.
    Merged(u64, u64),
    /// An open one rose to a graver level.
    Raised(u64, Level),
    /// It was suppressed, by the suppression of this id.
    Suppressed(String),
    /// An incident is over: nothing was added for the length of the window.
    Quiet(u64),
    /// An incident was closed to make room, the one that was quiet longest.
    Evicted(u64),
    /// So many entities with the least risk were forgotten, since the beginning.
    RiskEvicted(u64),
    /// A suppression has expired.
    Expired(String),
}

/// The fold over findings.
///
/// INVARIANT: (6) same log, same state: nothing but [`Incidents::apply`] and
/// [`Incidents::suppress`] changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incidents {
    settings: IncidentSettings,
    #[serde(with = "crate::pairs")]
    open: BTreeMap<u64, Incident>,
    /// The incident that an entity was last part of.
    #[serde(with = "crate::pairs")]
    by_entity: BTreeMap<Entity, u64>,
    by_age: BTreeSet<(i64, u64)>,
    risks: Risks,
    suppressions: BTreeMap<String, Suppression>,
    suppressed: BTreeMap<String, u64>,
    opened: u64,
}

impl Incidents {
    /// Nothing found yet.
    #[must_use]
    pub fn new(settings: IncidentSettings) -> Self {
        Self {
            risks: Risks::new(&settings),
            open: BTreeMap::new(),
            by_entity: BTreeMap::new(),
            by_age: BTreeSet::new(),
            suppressions: BTreeMap::new(),
            suppressed: BTreeMap::new(),
            opened: 0,
            settings,
        }
    }

    /// Takes one finding.
    pub fn apply(&mut self, finding: &Finding) -> Vec<Step> {
        let mut steps = Vec::new();
        self.expire(finding.at_us, &mut steps);
        if let Some(id) = self.suppressed_by(finding) {
            let count = self.suppressed.entry(id.clone()).or_default();
            *count = count.saturating_add(1);
            steps.push(Step::Suppressed(id));
            return steps;
        }
        if let Some(total) = self.risks.add(finding) {
            steps.push(Step::RiskEvicted(total));
        }
        let mut fitting = self.fitting(finding);
        let Some(id) = fitting.pop_first() else {
            self.open(finding, &mut steps);
            return steps;
        };
        for other in fitting {
            self.merge(id, other);
            steps.push(Step::Merged(id, other));
        }
        let before = self.open.get(&id).map(|incident| incident.level);
        self.join(id, finding);
        steps.push(Step::Joined(id));
        if before.is_some_and(|before| before < finding.level) {
            steps.push(Step::Raised(id, finding.level));
        }
        steps
    }

    /// Keeps findings from becoming incidents, for a reason and until a date.
    pub fn suppress(&mut self, suppression: Suppression) -> Result<(), InvalidSuppression> {
        check(&suppression)?;
        let is_new = !self.suppressions.contains_key(&suppression.id);
        if is_new && self.suppressions.len() >= self.settings.suppressions_max {
            return Err(InvalidSuppression::TooMany);
        }
        self.suppressions
            .insert(suppression.id.clone(), suppression);
        Ok(())
    }

    /// Ends a suppression before its date; true when there was one.
    pub fn lift(&mut self, id: &str) -> bool {
        self.suppressions.remove(id).is_some()
    }

    /// The open incidents, the gravest and newest first.
    #[must_use]
    pub fn open_incidents(&self) -> Vec<&Incident> {
        let mut open: Vec<&Incident> = self.open.values().collect();
        open.sort_by_key(|incident| {
            std::cmp::Reverse((incident.level, incident.last_us, incident.id))
        });
        open
    }

    /// The risk of every entity.
    #[must_use]
    pub fn risks(&self) -> &Risks {
        &self.risks
    }

    /// The suppressions in force, by their ids.
    #[must_use]
    pub fn suppressions(&self) -> &BTreeMap<String, Suppression> {
        &self.suppressions
    }

    /// How many findings each suppression has kept back.
    #[must_use]
    pub fn suppressed(&self) -> &BTreeMap<String, u64> {
        &self.suppressed
    }

    /// Ends what is past its time. A finding out of order ends nothing that is newer.
    fn expire(&mut self, at_us: i64, steps: &mut Vec<Step>) {
        let over = self
            .suppressions
            .values()
            .filter(|suppression| suppression.until_us <= at_us);
        let over: Vec<String> = over.map(|suppression| suppression.id.clone()).collect();
        for id in over {
            self.suppressions.remove(&id);
            steps.push(Step::Expired(id));
        }
        let quiet_from = at_us.saturating_sub(self.settings.window_us());
        while let Some((last_us, id)) = self.by_age.first().copied() {
            if last_us >= quiet_from {
                break;
            }
            self.close(id);
            steps.push(Step::Quiet(id));
        }
    }

    fn suppressed_by(&self, finding: &Finding) -> Option<String> {
        let mut matching = self
            .suppressions
            .values()
            .filter(|suppression| covers(suppression, finding));
        matching.next().map(|suppression| suppression.id.clone())
    }

    /// The open incidents that share an entity with a finding, within the window.
    fn fitting(&self, finding: &Finding) -> BTreeSet<u64> {
        let window_us = self.settings.window_us();
        let shared = finding.entities.iter().filter(|entity| joins(entity));
        shared
            .filter_map(|entity| self.by_entity.get(entity).copied())
            .filter(|id| {
                self.open.get(id).is_some_and(|incident| {
                    let from = incident.first_us.saturating_sub(window_us);
                    let to = incident.last_us.saturating_add(window_us);
                    (from..=to).contains(&finding.at_us)
                })
            })
            .collect()
    }

    fn open(&mut self, finding: &Finding, steps: &mut Vec<Step>) {
        while self.open.len() >= self.settings.open_max.max(1) {
            let Some((_, id)) = self.by_age.first().copied() else {
                break;
            };
            self.close(id);
            steps.push(Step::Evicted(id));
        }
        self.opened = self.opened.saturating_add(1);
        let id = self.opened;
        let incident = Incident {
            id,
            level: finding.level,
            entities: BTreeSet::new(),
            findings: BTreeMap::new(),
            techniques: BTreeSet::new(),
            positions: BTreeSet::new(),
            first_us: finding.at_us,
            last_us: finding.at_us,
            unlisted: 0,
        };
        self.open.insert(id, incident);
        self.by_age.insert((finding.at_us, id));
        self.join(id, finding);
        steps.push(Step::Opened(id));
    }

    fn join(&mut self, id: u64, finding: &Finding) {
        let Some(incident) = self.open.get_mut(&id) else {
            return;
        };
        self.by_age.remove(&(incident.last_us, id));
        incident.take(finding, &self.settings);
        self.by_age.insert((incident.last_us, id));
        for entity in finding.entities.iter().filter(|entity| joins(entity)) {
            // An entity that had no room in the incident would never be let go again.
            if incident.entities.contains(entity) {
                self.by_entity.insert(entity.clone(), id);
            }
        }
    }

    fn merge(&mut self, into: u64, from: u64) {
        let Some(gone) = self.close(from) else {
            return;
        };
        let Some(incident) = self.open.get_mut(&into) else {
            return;
        };
        self.by_age.remove(&(incident.last_us, into));
        incident.take_all(&gone, &self.settings);
        self.by_age.insert((incident.last_us, into));
        for entity in gone.entities.iter().filter(|entity| joins(entity)) {
            if incident.entities.contains(entity) {
                self.by_entity.insert(entity.clone(), into);
            }
        }
    }

    fn close(&mut self, id: u64) -> Option<Incident> {
        let incident = self.open.remove(&id)?;
        self.by_age.remove(&(incident.last_us, id));
        for entity in &incident.entities {
            if self.by_entity.get(entity) == Some(&id) {
                self.by_entity.remove(entity);
            }
        }
        Some(incident)
    }
}

impl Incident {
    fn take(&mut self, finding: &Finding, settings: &IncidentSettings) {
        self.level = self.level.max(finding.level);
        self.first_us = self.first_us.min(finding.at_us);
        self.last_us = self.last_us.max(finding.at_us);
        self.count(&finding.id, 1, settings);
        for entity in &finding.entities {
            self.name(entity, settings);
        }
        for technique in &finding.techniques {
            if self.techniques.len() < settings.rules_max {
                self.techniques.insert(technique.clone());
            }
        }
        self.lead_to(finding.positions.iter().copied(), settings);
    }

    fn take_all(&mut self, other: &Self, settings: &IncidentSettings) {
        self.level = self.level.max(other.level);
        self.first_us = self.first_us.min(other.first_us);
        self.last_us = self.last_us.max(other.last_us);
        self.unlisted = self.unlisted.saturating_add(other.unlisted);
        for (id, count) in &other.findings {
            self.count(id, *count, settings);
        }
        for entity in &other.entities {
            self.name(entity, settings);
        }
        for technique in &other.techniques {
            if self.techniques.len() < settings.rules_max {
                self.techniques.insert(technique.clone());
            }
        }
        self.lead_to(other.positions.iter().copied(), settings);
    }

    fn count(&mut self, id: &str, count: u64, settings: &IncidentSettings) {
        if self.findings.len() < settings.rules_max || self.findings.contains_key(id) {
            let found = self.findings.entry(id.to_owned()).or_default();
            *found = found.saturating_add(count);
        } else {
            self.unlisted = self.unlisted.saturating_add(count);
        }
    }

    fn name(&mut self, entity: &Entity, settings: &IncidentSettings) {
        if self.entities.len() < settings.entities_max {
            self.entities.insert(entity.clone());
        } else if !self.entities.contains(entity) {
            self.unlisted = self.unlisted.saturating_add(1);
        }
    }

    fn lead_to(&mut self, positions: impl Iterator<Item = u64>, settings: &IncidentSettings) {
        for position in positions {
            if self.positions.len() < settings.positions_max {
                self.positions.insert(position);
            } else if !self.positions.contains(&position) {
                self.unlisted = self.unlisted.saturating_add(1);
            }
        }
    }
}

/// Whether sharing it makes two findings one matter.
fn joins(entity: &Entity) -> bool {
    entity.kind != EntityKind::Establishment
}

#[cfg(test)]
mod tests;
