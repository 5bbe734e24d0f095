//! Who is on the care team of a patient.

use event::{PatientId, Timestamp};

use super::Directory;
use crate::course::ATTENDING;
use crate::document::holds;
use crate::{CareTeamRef, Person};

/// The roles of the physician who treats a patient, the one who knows them longest first.
const TREATING: [&str; 3] = ["treating-physician", "attending-physician", ATTENDING];

impl Directory {
    /// The members of a patient's care teams at an instant, in the order in which they came: those
    /// of the document and those that feeds have told, under every identity of the patient.
    pub fn care_team_of(
        &self,
        patient: &PatientId,
        at: Timestamp,
    ) -> impl Iterator<Item = (&Person, CareTeamRef<'_>)> {
        let number = self.patients.find(patient.as_str()).map(|(n, _)| n);
        let identities = number.into_iter().flat_map(|n| self.identities(n));
        let mut present: Vec<_> = identities
            .flat_map(|patient| self.written_team(patient).chain(self.told_team(patient)))
            .filter(|(_, it)| holds(it.from, it.until, at))
            .collect();
        present.sort_by_key(|(_, it)| it.from);
        present.into_iter()
    }

    fn written_team(&self, patient: u32) -> impl Iterator<Item = (&Person, CareTeamRef<'_>)> {
        self.memberships.of(patient).iter().filter_map(|it| {
            let membership = CareTeamRef {
                team: &it.team,
                role: &it.role,
                from: it.from,
                until: it.until,
            };
            Some((self.persons.get(it.person)?, membership))
        })
    }

    fn told_team(&self, patient: u32) -> impl Iterator<Item = (&Person, CareTeamRef<'_>)> {
        let told = self.feeds.of(patient).into_iter();
        let parts = told.flat_map(|it| it.members.iter().map(|(_, part)| part));
        parts.filter_map(|it| {
            let membership = CareTeamRef {
                team: &it.kind,
                role: &it.role,
                from: it.from,
                until: it.until,
            };
            Some((self.person(&it.person)?, membership))
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
