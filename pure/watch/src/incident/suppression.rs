//! Suppressions: findings that somebody decided not to see, why, and until when.

use serde::{Deserialize, Serialize};

use crate::finding::{Entity, Finding, Level};

/// One suppression. What is `None` matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Its id, named in everything it keeps back.
    pub id: String,
    /// The rule or analytic.
    pub finding: Option<String>,
    /// An entity of the finding.
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

/// Why a suppression is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSuppression {
    /// It would keep back everything.
    #[error("a suppression names a rule or an entity")]
    Everything,
    /// It has no id, no reason or nobody who decided it.
    #[error("a suppression has an id, a reason and somebody who decided it")]
    NoReason,
    /// There are too many.
    #[error("there are too many suppressions: lift some first")]
    TooMany,
}

impl Suppression {
    pub(super) fn check(&self) -> Result<(), InvalidSuppression> {
        let words = [&self.id, &self.reason, &self.by];
        if words.iter().any(|word| word.trim().is_empty()) {
            return Err(InvalidSuppression::NoReason);
        }
        if self.finding.is_none() && self.entity.is_none() {
            return Err(InvalidSuppression::Everything);
        }
        Ok(())
    }

    pub(super) fn covers(&self, finding: &Finding) -> bool {
        let of_rule = self.finding.as_ref().is_none_or(|id| *id == finding.id);
        let of_entity = self
            .entity
            .as_ref()
            .is_none_or(|entity| finding.entities.contains(entity));
        of_rule && of_entity && finding.level <= self.level_max && finding.at_us < self.until_us
    }
}
