//! Who is on the care team of a patient.

use event::{PatientId, Timestamp};

use super::Directory;
use crate::document::holds;
use crate::{CareTeamRef, Person};

/// The roles of the physician who treats a patient, the one who knows them longest first.
const TREATING: [&str; 2] = ["treating-physician", "attending-physician"];

impl Directory {
    /// The members of a patient's care teams at an instant, in the order in which they came.
    pub fn care_team_of(
        &self,
        patient: &PatientId,
        at: Timestamp,
    ) -> impl Iterator<Item = (&Person, CareTeamRef<'_>)> {
        let number = self.patients.find(patient.as_str()).map(|(n, _)| n);
        let members = number.map(|n| self.memberships.of(n)).unwrap_or_default();
        let present = members
            .iter()
            .filter(move |it| holds(it.from, it.until, at));
        present.filter_map(|it| {
            let person = self
                .persons
                .entries()
                .get(usize::try_from(it.person).ok()?)?;
            let membership = CareTeamRef {
                team: &it.team,
                role: &it.role,
                from: it.from,
                until: it.until,
            };
            Some((person, membership))
        })
    }

    /// The physician who treats a patient, where a care team names one.
    #[must_use]
    pub fn treating_physician(&self, patient: &PatientId, at: Timestamp) -> Option<&Person> {
        TREATING.iter().find_map(|wanted| {
            let mut team = self.care_team_of(patient, at);
            team.find(|(_, it)| it.role == *wanted)
                .map(|(person, _)| person)
        })
    }
}

#[cfg(test)]
mod tests;
