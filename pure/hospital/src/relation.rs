//! What holds between a person and a patient at an instant.

use event::{PersonId, Timestamp, UnitId};

/// What holds between a person and a patient at an instant. The default is: nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Relation<'a> {
    /// The person is on the patient's care team.
    pub care_team: Option<CareTeamRef<'a>>,
    /// The patient has an encounter in this unit, in which the person has a post.
    pub encounter_unit: Option<&'a UnitId>,
    /// The patient is the person.
    pub own_record: bool,
    /// The person has a post in an establishment that follows the patient. Only reported: a
    /// group is no care team, so this alone is never a reason to open a record.
    pub shared_establishments: bool,
    /// The patient has an encounter in this unit, for which the person is on call.
    pub on_call_unit: Option<&'a UnitId>,
    /// The care team or the unit is that of this colleague, whom the person replaces.
    pub replaces: Option<&'a PersonId>,
    /// This person supervises them, is at work in the same unit and treats the patient.
    pub supervisor: Option<&'a PersonId>,
    /// The patient is somebody the person works with.
    pub colleague: bool,
}

/// The membership that a relation stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CareTeamRef<'a> {
    /// The care team.
    pub team: &'a str,
    /// The role of the person in it.
    pub role: &'a str,
    /// The first instant of this membership.
    pub from: Timestamp,
    /// The first instant after it, if it is known to end.
    pub until: Option<Timestamp>,
}

impl Relation<'_> {
    /// Whether the person takes part in the care of the patient: on the care team, or at work or
    /// on call in the unit of a current encounter.
    #[must_use]
    pub fn is_care(&self) -> bool {
        self.care_team.is_some() || self.is_present()
    }

    /// Whether the person is at work or on call in the unit of a current encounter.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.encounter_unit.is_some() || self.on_call_unit.is_some()
    }
}
