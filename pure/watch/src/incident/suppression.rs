//! Suppressions: findings that somebody decided not to see, why, and until when.

use event::Suppression;

use crate::finding::Finding;

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

/// Whether a suppression may be in force at all.
///
/// # Errors
/// Why not.
pub fn check(suppression: &Suppression) -> Result<(), InvalidSuppression> {
    let Suppression { id, reason, by, .. } = suppression;
    if [id, reason, by].iter().any(|word| word.trim().is_empty()) {
        return Err(InvalidSuppression::NoReason);
    }
    if suppression.finding.is_none() && suppression.entity.is_none() {
        return Err(InvalidSuppression::Everything);
    }
    Ok(())
}

pub(super) fn covers(suppression: &Suppression, finding: &Finding) -> bool {
    let of_rule = suppression.finding.as_ref();
    let of_entity = suppression.entity.as_ref();
    of_rule.is_none_or(|id| *id == finding.id)
        && of_entity.is_none_or(|entity| finding.entities.contains(entity))
        && finding.level <= suppression.level_max
        && finding.at_us < suppression.until_us
}
