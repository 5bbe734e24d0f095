//! Setting a refusal aside: two persons, one for safety and one for security, for a while.

use std::collections::BTreeSet;

use event::{PersonId, Timestamp};
use hospital::Directory;
use serde::{Deserialize, Serialize};

use crate::facts::minutes;
use crate::{Basis, InForce, Order, Refused, RefusedBecause};

/// The word of two persons that a refused plan must be carried out all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Who answers for the safety of care.
    pub safety: PersonId,
    /// Who answers for the security of information.
    pub security: PersonId,
    /// Why.
    pub reason: String,
    /// When all of it must be undone, at most [`crate::Limits::override_minutes_max`] ahead.
    pub expires: Timestamp,
}

/// The roles that set a refusal aside together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum OverrideRole {
    /// Answers for the safety of care.
    Safety,
    /// Answers for the security of information.
    Security,
}

/// What became of an override.
#[derive(Debug)]
#[must_use]
pub enum Overridden {
    /// It holds: the plan may be carried out.
    Ordered(Order),
    /// It does not; the refusal stands.
    Denied {
        /// The refusal.
        refused: Box<Refused>,
        /// Why, at least one.
        faults: BTreeSet<OverrideFault>,
    },
}

/// Why an override does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverrideFault {
    /// Its end is not ahead.
    Expired,
    /// What is in force has changed since the refusal: ask again.
    InForceChanged,
    /// Who signed for safety does not answer for safety now.
    NotSafety,
    /// Who signed for security does not answer for security now.
    NotSecurity,
    /// It says no reason.
    ReasonMissing,
    /// Its reason is too long.
    ReasonTooLong,
    /// The refusal is too old, or lies ahead: ask again.
    RefusalStale,
    /// One person signed for both.
    SamePerson,
    /// It would hold for too long.
    TooLong,
    /// No signature makes a measure fit, or makes room.
    Unchangeable,
}

impl Refused {
    /// Sets this refusal aside.
    ///
    /// The refusal itself is what the two have read and sign for: another plan, or a state that has
    /// changed since, needs another one. What is in use is not looked at again: a refusal is signed
    /// while it is fresh ([`crate::Limits::refusal_age_max_minutes`]). Who holds which role now is
    /// what the directory says.
    pub fn override_with(
        self: Box<Self>,
        it: Override,
        directory: &Directory,
        in_force: &mut InForce,
        now: Timestamp,
    ) -> Overridden {
        let faults = self.faults(&it, &roles(directory, now), in_force, now);
        if !faults.is_empty() {
            return Overridden::Denied {
                refused: self,
                faults,
            };
        }
        let basis = Basis::Overridden {
            safety: it.safety,
            security: it.security,
            reason: it.reason,
            lost: self.lost().to_vec(),
            lost_count: self.lost_count(),
        };
        let limits = self.limits;
        let order = Order::make(&self.plan, basis, in_force, now, &limits);
        Overridden::Ordered(order.ending(it.expires))
    }

    /// Whether two persons could set it aside: no signature makes a measure fit, or makes room.
    #[must_use]
    pub fn can_be_overridden(&self) -> bool {
        let reasons = self.reasons();
        !reasons.contains(&RefusedBecause::MeasureUnfit)
            && !reasons.contains(&RefusedBecause::TooManyInForce)
    }

    fn faults(
        &self,
        it: &Override,
        holds_role: &dyn Fn(&PersonId, OverrideRole) -> bool,
        in_force: &InForce,
        now: Timestamp,
    ) -> BTreeSet<OverrideFault> {
        let limits = &self.limits;
        let latest = now.after(minutes(limits.override_minutes_max));
        let is_stale =
            now < self.at || now.since(self.at) > minutes(limits.refusal_age_max_minutes);
        let reason = it.reason.trim();
        let unchangeable = !self.can_be_overridden() || !in_force.has_room(limits.in_force_max);
        let faults = [
            (OverrideFault::Expired, it.expires <= now),
            (
                OverrideFault::InForceChanged,
                in_force.revision() != self.revision,
            ),
            (
                OverrideFault::NotSafety,
                !holds_role(&it.safety, OverrideRole::Safety),
            ),
            (
                OverrideFault::NotSecurity,
                !holds_role(&it.security, OverrideRole::Security),
            ),
            (OverrideFault::ReasonMissing, reason.is_empty()),
            (
                OverrideFault::ReasonTooLong,
                it.reason.len() > limits.reason_bytes_max,
            ),
            (OverrideFault::RefusalStale, is_stale),
            (OverrideFault::SamePerson, it.safety == it.security),
            (OverrideFault::TooLong, latest < it.expires),
            (OverrideFault::Unchangeable, unchangeable),
        ];
        let faults = faults.into_iter().filter(|(_, holds)| *holds);
        faults.map(|(fault, _)| fault).collect()
    }
}

/// Who holds which role at an instant, by the directory: a person with a post in force and the
/// role's code as their profession or among their roles.
fn roles(
    directory: &Directory,
    at: Timestamp,
) -> impl Fn(&PersonId, OverrideRole) -> bool + use<'_> {
    move |person, role| {
        let person = directory.person(person);
        let code = role.code();
        person.is_some_and(|it| {
            it.is_posted(at) && (it.profession == code || it.roles.contains(code))
        })
    }
}

impl OverrideRole {
    /// Its stable code, as written for a person.
    #[must_use]
    fn code(self) -> &'static str {
        match self {
            Self::Safety => "safety-officer",
            Self::Security => "security-officer",
        }
    }
}

impl OverrideFault {
    /// Every fault, in the order of their names here.
    pub const ALL: [Self; 10] = [
        Self::Expired,
        Self::InForceChanged,
        Self::NotSafety,
        Self::NotSecurity,
        Self::ReasonMissing,
        Self::ReasonTooLong,
        Self::RefusalStale,
        Self::SamePerson,
        Self::TooLong,
        Self::Unchangeable,
    ];

    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "override-expired",
            Self::InForceChanged => "in-force-changed",
            Self::NotSafety => "not-safety",
            Self::NotSecurity => "not-security",
            Self::ReasonMissing => "reason-missing",
            Self::ReasonTooLong => "reason-too-long",
            Self::RefusalStale => "refusal-stale",
            Self::SamePerson => "same-person",
            Self::TooLong => "override-too-long",
            Self::Unchangeable => "unchangeable",
        }
    }
}

#[cfg(test)]
mod tests;
