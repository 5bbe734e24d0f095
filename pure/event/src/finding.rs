//! What a rule, a correlation or an analytic found, and about whom.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The most positions that one finding lists; `positions_total` tells how many there were.
pub const POSITIONS_MAX: usize = 256;

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule, the correlation or the analytic.
    pub id: String,
    /// How grave it is.
    pub level: Level,
    /// ATT&CK techniques, as `T1046` or `T1021.002`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<String>,
    /// Whom and what it concerns, the suspect first.
    pub entities: Vec<Entity>,
    /// Positions in the log of the events that led to it, at most [`POSITIONS_MAX`].
    pub positions: Vec<u64>,
    /// How many events led to it.
    pub positions_total: u64,
    /// The instant of the event that completed it, in microseconds since 1970.
    pub at_us: i64,
    /// What was measured.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Fact>,
}

/// Something was found in a log: kept among decisions, with where it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRaised {
    /// The log whose positions the finding names: `decisions` or `telemetry`.
    pub stream: String,
    /// What was found.
    pub finding: Finding,
    /// What people call the rule, and who wrote it, where a licence asks to name them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Who wrote the rule.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// The hunt that found it in the past; none when it was found live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hunt: Option<String>,
}

/// Findings are kept from becoming incidents, for a reason and until a date. What is `None` matches
/// everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Its id, named in everything it keeps back.
    pub id: String,
    /// The rule or analytic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// An entity of the finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<Entity>,
    /// Why, in the words of whoever decided it.
    pub reason: String,
    /// Who decided it.
    pub by: String,
    /// When it ends, in microseconds since 1970.
    pub until_us: i64,
    /// Graver findings are never kept back.
    pub level_max: Level,
}

/// A suppression was ended before its date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppressionLifted {
    /// Its name.
    pub id: String,
    /// By whom.
    pub by: String,
}

/// A hunt that the house began by itself came to its end.
///
/// What it hunted with is not hunted again, unless it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HuntEnded {
    /// Its id, which its findings name.
    pub hunt: String,
    /// Digests of the rules and correlations that were new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Digests of the lists of indicators that were new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<String>,
    /// Entries received before this instant were passed over, in microseconds since 1970.
    pub since_us: u64,
    /// Entries of all logs, up to where it went.
    pub entries: u64,
    /// Findings.
    pub found: u64,
}

/// The levels of Sigma.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth keeping, not worth a look by itself.
    #[default]
    Informational,
    /// Notable in numbers.
    Low,
    /// To be looked at.
    Medium,
    /// To be looked at now.
    High,
    /// An attack, unless proven otherwise.
    Critical,
}

/// Whom or what a finding concerns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entity {
    /// What kind of thing it is.
    pub kind: EntityKind,
    /// Its identity: a patient by pseudonym only.
    pub id: String,
}

/// Kinds of entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// A host, a medical device, a controller, by name or address inside.
    Device,
    /// An address or a name outside.
    Destination,
    /// One hospital of the group.
    Establishment,
    /// A patient, by pseudonym.
    Patient,
    /// A person of the staff, or an account.
    Person,
}

impl EntityKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Device,
        Self::Destination,
        Self::Establishment,
        Self::Patient,
        Self::Person,
    ];

    /// Its name, as events write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Destination => "destination",
            Self::Establishment => "establishment",
            Self::Patient => "patient",
            Self::Person => "person",
        }
    }
}

/// One measured value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A number of things.
    Count(u64),
    /// A length of time, in microseconds.
    Micros(i64),
    /// A share or a score, in thousandths.
    Thousandths(i64),
    /// A word.
    Text(String),
}

impl Level {
    /// Its name in Sigma.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The level of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Informational,
            Self::Low,
            Self::Medium,
            Self::High,
            Self::Critical,
        ];
        all.into_iter().find(|level| level.name() == text)
    }
}

impl Entity {
    /// A device.
    #[must_use]
    pub fn device(id: &str) -> Self {
        Self::new(EntityKind::Device, id)
    }

    /// An address or a name outside.
    #[must_use]
    pub fn destination(id: &str) -> Self {
        Self::new(EntityKind::Destination, id)
    }

    /// A hospital.
    #[must_use]
    pub fn establishment(id: &str) -> Self {
        Self::new(EntityKind::Establishment, id)
    }

    /// A person or an account.
    #[must_use]
    pub fn person(id: &str) -> Self {
        Self::new(EntityKind::Person, id)
    }

    /// A patient, by pseudonym.
    #[must_use]
    pub fn patient(pseudonym: &str) -> Self {
        Self::new(EntityKind::Patient, pseudonym)
    }

    /// Reads `device:10.0.0.5`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        let kind = EntityKind::ALL.into_iter().find(|it| it.name() == kind)?;
        (!id.is_empty()).then(|| Self::new(kind, id))
    }

    fn new(kind: EntityKind, id: &str) -> Self {
        Self {
            kind,
            id: id.to_owned(),
        }
    }
}

impl Finding {
    /// A finding without facts yet; positions beyond [`POSITIONS_MAX`] are only counted.
    #[must_use]
    pub fn new(id: &str, level: Level, at_us: i64, entities: Vec<Entity>) -> Self {
        Self {
            id: id.to_owned(),
            level,
            techniques: Vec::new(),
            entities,
            positions: Vec::new(),
            positions_total: 0,
            at_us,
            facts: BTreeMap::new(),
        }
    }

    /// With ATT&CK techniques.
    #[must_use]
    pub fn technique(mut self, technique: &str) -> Self {
        self.techniques.push(technique.to_owned());
        self
    }

    /// With the events that led to it, and how many there were in all.
    #[must_use]
    pub fn events(mut self, positions: impl IntoIterator<Item = u64>, total: u64) -> Self {
        self.positions = positions.into_iter().take(POSITIONS_MAX).collect();
        let listed = u64::try_from(self.positions.len()).unwrap_or(u64::MAX);
        self.positions_total = total.max(listed);
        self
    }

    /// With one measured value.
    #[must_use]
    pub fn fact(mut self, name: &str, fact: impl Into<Fact>) -> Self {
        self.facts.insert(name.to_owned(), fact.into());
        self
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<u64> for Fact {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<usize> for Fact {
    fn from(count: usize) -> Self {
        Self::Count(u64::try_from(count).unwrap_or(u64::MAX))
    }
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_read_as_they_are_written() {
        for kind in EntityKind::ALL {
            let entity = Entity::new(kind, "a:b");
            assert_eq!(Entity::parse(&format!("{}:a:b", kind.name())), Some(entity));
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{}\"", kind.name()));
        }
        for wrong in ["", "device", "device:", "host:a", "Person:a"] {
            assert_eq!(Entity::parse(wrong), None, "{wrong}");
        }
    }
}
