//! The patients in one person's care, for a search that names none.

use event::{PatientId, PersonId, Timestamp};

use crate::Directory;

impl Directory {
    /// The patients in the care of a person at an instant, by identity; `None` when they are more
    /// than `most`.
    ///
    /// Looks at every patient: some tens of milliseconds for 100,000 of them.
    #[must_use]
    pub fn in_care_of(
        &self,
        person: &PersonId,
        at: Timestamp,
        most: usize,
    ) -> Option<Vec<PatientId>> {
        let treated = self
            .patients()
            .iter()
            .map(|patient| &patient.id)
            .filter(|patient| self.relation(person, patient, at).is_care());
        let some: Vec<PatientId> = treated.take(most.saturating_add(1)).cloned().collect();
        (some.len() <= most).then_some(some)
    }
}
