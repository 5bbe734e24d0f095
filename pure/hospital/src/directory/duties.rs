//! What duties, consents and accounts add to the relation that posts and care teams give.

use event::{PatientId, PersonId, Timestamp};

use crate::table::Register;
use crate::{Account, Disclosure, Patient, Person, Post, Relation, Standing};

use super::Directory;

/// The patients who are members of the staff: number of the patient, number of the person.
#[derive(Debug, Default)]
pub(super) struct StaffRecords(Vec<(u32, u32)>);

/// An entry with its number in its register.
type Numbered<'a, Entry> = (u32, &'a Entry);

impl Directory {
    /// What the patient's consents say about one disclosure to one person.
    ///
    /// Nothing is said about somebody the directory does not know.
    #[must_use]
    pub fn consent(
        &self,
        person: &PersonId,
        patient: &PatientId,
        asked: &Disclosure<'_>,
        at: Timestamp,
    ) -> Standing<'_> {
        let mut standing = Standing::default();
        if self.consents.len() == 0 {
            return standing;
        }
        let (Some((_, person)), Some((patient, _))) = (
            self.persons.find(person.as_str()),
            self.patients.find(patient.as_str()),
        ) else {
            return standing;
        };
        // What a patient said under one identity counts under each that was merged with it.
        let identities = self.identities(patient);
        for consent in identities.flat_map(|patient| self.consents.of(patient)) {
            consent.add_to(&mut standing, person, asked, at);
        }
        standing
    }

    /// The account by which this identity reads this patient's record as the patient or for them.
    #[must_use]
    pub fn account<'a>(
        &'a self,
        id: &'a PersonId,
        patient: &PatientId,
        at: Timestamp,
    ) -> Option<&'a Account> {
        let number = self
            .patients
            .find(patient.as_str())
            .map(|(number, _)| number);
        let own = |it: &&Account| {
            let mut known_as = number.into_iter().flat_map(|number| self.known_as(number));
            it.patient == *patient || known_as.any(|known| known.id == it.patient)
        };
        self.accounts.of(id, at).find(own)
    }

    /// Whether this identity has an account in force for any patient.
    #[must_use]
    pub fn has_account(&self, id: &PersonId, at: Timestamp) -> bool {
        self.accounts.of(id, at).next().is_some()
    }

    /// Adds what duties give, and what being colleagues takes.
    pub(super) fn with_duties<'a>(
        &'a self,
        mut relation: Relation<'a>,
        person: Numbered<'a, Person>,
        patient: Numbered<'a, Patient>,
        at: Timestamp,
    ) -> Relation<'a> {
        if relation.encounter_unit.is_none() {
            relation.on_call_unit = self.units_of_stay(patient.0, at).find(|unit| {
                self.duties
                    .on_call(person.0, at)
                    .any(|it| it.units.contains(*unit))
            });
        }
        if relation.care_team.is_none() {
            self.take_over(&mut relation, person.0, patient, at);
        }
        relation.supervisor = self.supervisor(person, patient, at);
        let mut owners = self
            .identities(patient.0)
            .filter_map(|patient| self.staff_records.person(patient));
        relation.colleague = owners.any(|owner| {
            owner != person.0
                && self
                    .person_numbered(owner)
                    .is_some_and(|owner| are_colleagues(person.1, owner, at))
        });
        relation
    }

    /// The relation of the colleague who is replaced, where it is better.
    ///
    /// One step only: who replaces a locum does not inherit whom the locum replaces.
    fn take_over<'a>(
        &'a self,
        relation: &mut Relation<'a>,
        person: u32,
        patient: Numbered<'a, Patient>,
        at: Timestamp,
    ) {
        for duty in self.duties.replacements(person, at) {
            let Some(replaced) = self.persons.find(duty.replaces.as_str()) else {
                continue;
            };
            let theirs = self.direct(replaced, patient, at);
            let better = theirs.care_team.is_some() || !relation.is_care();
            if theirs.is_care() && !theirs.own_record && better {
                relation.care_team = theirs.care_team;
                relation.encounter_unit = relation.encounter_unit.or(theirs.encounter_unit);
                relation.shared_establishments |= theirs.shared_establishments;
                relation.replaces = Some(&duty.replaces);
            }
        }
    }

    /// Who supervises the person now, at work in the same unit and treating this patient.
    fn supervisor<'a>(
        &'a self,
        (number, student): Numbered<'a, Person>,
        patient: Numbered<'a, Patient>,
        at: Timestamp,
    ) -> Option<&'a PersonId> {
        self.duties
            .supervisions(number, at)
            .find(|duty| {
                let in_unit = |person: &Person| {
                    person
                        .posts_at(at)
                        .any(|post| post.unit.as_ref() == Some(&duty.unit))
                };
                in_unit(student)
                    && self
                        .persons
                        .find(duty.supervisor.as_str())
                        .is_some_and(|it| in_unit(it.1) && self.direct(it, patient, at).is_care())
            })
            .map(|duty| &duty.supervisor)
    }

    fn person_numbered(&self, number: u32) -> Option<&Person> {
        self.persons.get(number)
    }
}

impl StaffRecords {
    pub(super) fn new(persons: &Register<Person>, patients: &Register<Patient>) -> Self {
        let mut records: Vec<(u32, u32)> = (0..)
            .zip(persons.entries())
            .filter_map(|(number, person)| {
                let own = person.own_record.as_ref()?;
                Some((patients.find(own.as_str())?.0, number))
            })
            .collect();
        records.sort_unstable();
        Self(records)
    }

    fn person(&self, patient: u32) -> Option<u32> {
        let place = self.0.binary_search_by_key(&patient, |it| it.0).ok()?;
        self.0.get(place).map(|it| it.1)
    }
}

/// Whether two persons work together: in the same unit, or in the same establishment where one of
/// them has a post in no unit in particular.
fn are_colleagues(one: &Person, other: &Person, at: Timestamp) -> bool {
    let together = |a: &Post, b: &Post| {
        a.establishment == b.establishment
            && (a.unit == b.unit || a.unit.is_none() || b.unit.is_none())
    };
    one.posts_at(at)
        .any(|a| other.posts_at(at).any(|b| together(a, b)))
}

#[cfg(test)]
mod tests;
