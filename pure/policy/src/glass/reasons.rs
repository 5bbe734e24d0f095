//! The reasons to choose from, the likeliest first.

use event::{AccessMode, GlassReason, PatientId, PersonId, Timestamp};
use hospital::Directory;

/// The role of somebody who is called to patients of other teams.
const ON_CALL: &str = "on-call";

/// The reasons of a declaration in the order in which this person is likely to need them, so that
/// the first tap is most often the right one.
///
/// It depends on nothing but its arguments: the same person before the same patient finds each
/// reason in the same place. `wish` is the emergency mode that the token asked for.
#[must_use]
pub fn rank_reasons(
    directory: &Directory,
    person: &PersonId,
    patient: &PatientId,
    wish: Option<AccessMode>,
    at: Timestamp,
) -> Vec<GlassReason> {
    let on_call = directory
        .person(person)
        .is_some_and(|known| known.roles.contains(ON_CALL));
    // The patient is followed where the person works: the team is most often just not up to date.
    let followed_here = directory
        .relation(person, patient, at)
        .shared_establishments;
    let regulates = wish == Some(AccessMode::Centre15);
    let mut reasons = GlassReason::ALL.to_vec();
    reasons.sort_by_key(|reason| match reason {
        GlassReason::EmergencyCall if regulates => 0,
        GlassReason::CalledForHelp if on_call => 1,
        GlassReason::LifeThreatening => 2,
        GlassReason::UnconsciousPatient => 3,
        GlassReason::TransferInProgress if followed_here => 4,
        GlassReason::CalledForHelp => 5,
        GlassReason::TransferInProgress => 6,
        GlassReason::EmergencyCall => 7,
        GlassReason::Other => 8,
    });
    reasons
}

#[cfg(test)]
mod tests;
