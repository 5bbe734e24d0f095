//! The glasses that are open now.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use event::{PatientId, PersonId, SessionId, Timestamp};
use policy::Glass;

use crate::limits::{GLASSES_OPEN_MAX, GLASSES_OPEN_PER_PERSON_MAX};

/// Who opened whom: person, session, patient.
type Place = (PersonId, SessionId, PatientId);

/// The open glasses, a fold of the declarations in evidence.
#[derive(Debug, Default)]
pub(crate) struct Glasses {
    open: Mutex<BTreeMap<Place, Glass>>,
}

/// Whether one more may open.
#[derive(Debug)]
pub(crate) enum Room {
    /// Yes.
    Free,
    /// No: a limit is reached.
    Full,
    /// It is open already.
    Open(Glass),
}

impl Glasses {
    /// Puts an opened glass in its place; those that have ended make room.
    pub(crate) fn open(&self, glass: Glass, at: Timestamp) {
        let mut open = self.lock();
        open.retain(|_, glass| at < glass.until());
        let place = (
            glass.person().clone(),
            glass.session().clone(),
            glass.patient().clone(),
        );
        open.insert(place, glass);
    }

    /// Whether one more may open for this person, session and patient.
    pub(crate) fn room(
        &self,
        person: &PersonId,
        session: &SessionId,
        patient: &PatientId,
        at: Timestamp,
    ) -> Room {
        if let Some(glass) = self.find(person, session, patient, at) {
            return Room::Open(glass);
        }
        let mut open = self.lock();
        open.retain(|_, glass| at < glass.until());
        let of_the_person = open
            .values()
            .filter(|glass| glass.person() == person)
            .count();
        if open.len() >= GLASSES_OPEN_MAX || of_the_person >= GLASSES_OPEN_PER_PERSON_MAX {
            Room::Full
        } else {
            Room::Free
        }
    }

    /// The glass that opens this patient for this person in this session now.
    pub(crate) fn find(
        &self,
        person: &PersonId,
        session: &SessionId,
        patient: &PatientId,
        at: Timestamp,
    ) -> Option<Glass> {
        let open = self.lock();
        // Almost always there is none: the ordinary request pays for no key.
        if open.is_empty() {
            return None;
        }
        open.get(&(person.clone(), session.clone(), patient.clone()))
            .filter(|glass| at < glass.until())
            .cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Place, Glass>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
