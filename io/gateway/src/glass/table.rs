//! The glasses that are open now, and those that ended without anybody having said so yet.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use event::{GlassId, KeyThumbprint, PatientId, PersonId, SessionId, Timestamp};
use policy::Glass;

use crate::limits::{GLASSES_OPEN_MAX, GLASSES_OPEN_PER_PERSON_MAX};

/// Who opened whom, from which device: person, session, patient, key.
///
/// INVARIANT: each of the four must be the same for a glass to be found again.
type Place = (PersonId, SessionId, PatientId, Option<KeyThumbprint>);

/// The open glasses, a fold of the declarations and ends in evidence.
#[derive(Debug, Default)]
pub(crate) struct Glasses(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    open: BTreeMap<Place, Glass>,
    /// Ended by time; their events are owed. None opens while evidence takes nothing, so there
    /// are never more of these than could be open.
    over: Vec<Over>,
}

/// A glass whose time is over and whose end no event tells yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// The glass.
    pub glass: GlassId,
    /// When its time was over.
    pub until: Timestamp,
}

/// From where somebody asks: which session, and which device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder<'a> {
    pub(crate) person: &'a PersonId,
    pub(crate) session: &'a SessionId,
    pub(crate) key: Option<&'a KeyThumbprint>,
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
    /// Puts an opened glass in its place.
    pub(crate) fn open(&self, glass: Glass, at: Timestamp) {
        let mut held = self.lock();
        held.sweep(at);
        let place = (
            glass.person().clone(),
            glass.session().clone(),
            glass.patient().clone(),
            glass.key().cloned(),
        );
        held.open.insert(place, glass);
    }

    /// Whether one more may open for this person, session, device and patient.
    pub(crate) fn room(&self, holder: Holder<'_>, patient: &PatientId, at: Timestamp) -> Room {
        if let Some(glass) = self.find(holder, patient, at) {
            return Room::Open(glass);
        }
        let mut held = self.lock();
        held.sweep(at);
        let of_the_person = held
            .open
            .values()
            .filter(|glass| glass.person() == holder.person)
            .count();
        if held.open.len() >= GLASSES_OPEN_MAX || of_the_person >= GLASSES_OPEN_PER_PERSON_MAX {
            Room::Full
        } else {
            Room::Free
        }
    }

    /// The glass that opens this patient for this person in this session on this device now.
    pub(crate) fn find(
        &self,
        holder: Holder<'_>,
        patient: &PatientId,
        at: Timestamp,
    ) -> Option<Glass> {
        let held = self.lock();
        // Almost always there is none: the ordinary request pays for no key.
        if held.open.is_empty() {
            return None;
        }
        let place = (
            holder.person.clone(),
            holder.session.clone(),
            patient.clone(),
            holder.key.cloned(),
        );
        held.open
            .get(&place)
            .filter(|glass| at < glass.until() && glass.is_of_device(holder.key))
            .cloned()
    }

    /// The open glasses of a person, the one that ends first before the others.
    pub(crate) fn of_person(&self, person: &PersonId, at: Timestamp) -> Vec<Glass> {
        let held = self.lock();
        let own = held.open.values().filter(|it| it.person() == person);
        let mut open: Vec<Glass> = own.filter(|it| at < it.until()).cloned().collect();
        open.sort_by(|a, b| a.until().cmp(&b.until()).then_with(|| a.id().cmp(b.id())));
        open
    }

    /// Closes a glass: from here on it opens nothing.
    pub(crate) fn close(&self, id: &GlassId) {
        self.lock().open.retain(|_, glass| glass.id() != id);
    }

    /// Closes a glass whose end is about to be kept. Its end is owed until [`Closing::kept`] says
    /// otherwise, also when whoever asked for it has gone in between.
    pub(crate) fn closing(&self, glass: GlassId, until: Timestamp) -> Closing<'_> {
        self.close(&glass);
        Closing {
            glasses: self,
            owed: Some(Over { glass, until }),
        }
    }

    /// Adds ends that are owed, as those of glasses whose time ran out while the door was shut.
    pub(crate) fn owe_ends(&self, over: impl IntoIterator<Item = Over>) {
        self.lock().over.extend(over);
    }

    /// Takes the glasses whose end is owed; what cannot be kept is given back with
    /// [`Glasses::owe_ends`].
    pub(crate) fn take_over(&self, at: Timestamp) -> Vec<Over> {
        let mut held = self.lock();
        held.sweep(at);
        std::mem::take(&mut held.over)
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An end that is not kept yet.
#[derive(Debug)]
pub(crate) struct Closing<'g> {
    glasses: &'g Glasses,
    owed: Option<Over>,
}

impl Closing<'_> {
    /// The end is durable: it is owed no more.
    pub(crate) fn kept(mut self) {
        self.owed = None;
    }
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        // INVARIANT: no restart opens again what was closed: an end that evidence did not confirm is
        // told later. One that was kept unseen is then told twice, which changes nothing.
        self.glasses.owe_ends(self.owed.take());
    }
}

impl Held {
    /// Moves out what has ended.
    fn sweep(&mut self, at: Timestamp) {
        let ended = self.open.extract_if(.., |_, glass| at >= glass.until());
        self.over.extend(ended.map(|(_, glass)| Over {
            glass: glass.id().clone(),
            until: glass.until(),
        }));
    }
}

#[cfg(test)]
mod tests;
