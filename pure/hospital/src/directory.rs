//! The directory, arranged for the question that the door asks at each request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use event::{EstablishmentId, PatientId, PersonId, Timestamp, UnitId};

use crate::check::check;
use crate::document::holds;
use crate::{
    Asset, CareTeamRef, DirectoryDocument, DirectoryLimits, Error, Establishment, Patient, Person,
    Relation,
};

/// Who works where and cares for whom; immutable once built, and replaced whole.
///
/// A lookup is two searches by identity and two binary searches over flat tables: about a
/// microsecond with 60,000 staff and 500,000 relations.
#[derive(Debug)]
pub struct Directory {
    establishments: Vec<Establishment>,
    persons: BTreeMap<PersonId, (u32, Person)>,
    patients: BTreeMap<PatientId, (u32, Patient)>,
    /// Sorted by patient, then person, then start, then team and role.
    memberships: Vec<Membership>,
    /// Sorted by patient, then start, then unit. Only encounters that took place.
    stays: Vec<Stay>,
    assets: Vec<Asset>,
    encounters: u32,
}

/// How much a directory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Establishments.
    pub establishments: u32,
    /// Units of all establishments.
    pub units: u32,
    /// Persons of the staff.
    pub persons: u32,
    /// Patients.
    pub patients: u32,
    /// Members of all care teams, past ones included.
    pub care_team_members: u32,
    /// Encounters, whatever their status.
    pub encounters: u32,
    /// Devices and building controllers.
    pub assets: u32,
}

impl Directory {
    /// Checks a document whole and arranges it.
    pub fn new(document: DirectoryDocument, limits: &DirectoryLimits) -> Result<Self, Error> {
        check(&document, limits)?;
        let DirectoryDocument {
            establishments,
            persons,
            patients,
            care_teams,
            encounters,
            mut assets,
        } = document;
        let encounter_count = count(encounters.len());
        let units = Units::of(&establishments);
        let persons = number(
            persons,
            |person| person.id.clone(),
            |person| units.share(person),
        );
        let patients = number(patients, |it| it.id.clone(), |it| units.share_followed(it));
        let person_number = |id: &PersonId| persons.get(id).map_or(u32::MAX, |(number, _)| *number);
        let patient_number =
            |id: &PatientId| patients.get(id).map_or(u32::MAX, |(number, _)| *number);

        let mut words = Words::default();
        let mut memberships = Vec::new();
        for team in care_teams {
            let patient = patient_number(&team.patient);
            let id: Arc<str> = Arc::from(team.id);
            memberships.extend(team.members.into_iter().map(|member| Membership {
                patient,
                person: person_number(&member.person),
                from: member.from,
                until: member.until,
                team: Arc::clone(&id),
                role: words.share(member.role),
            }));
        }
        memberships.sort_unstable_by(|a, b| a.order().cmp(&b.order()));

        let mut stays: Vec<Stay> = encounters
            .into_iter()
            .filter(|encounter| encounter.status.took_place())
            .map(|encounter| Stay {
                patient: patient_number(&encounter.patient),
                from: encounter.from,
                until: encounter.until,
                unit: units.unit(encounter.unit),
            })
            .collect();
        stays.sort_unstable_by(|a, b| a.order().cmp(&b.order()));
        assets.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        Ok(Self {
            establishments,
            persons,
            patients,
            memberships,
            stays,
            assets,
            encounters: encounter_count,
        })
    }

    /// Reads a document as JSON, checks it whole and arranges it.
    pub fn from_json(bytes: &[u8], limits: &DirectoryLimits) -> Result<Self, Error> {
        Self::new(DirectoryDocument::from_json(bytes, limits)?, limits)
    }

    /// A person of the staff.
    #[must_use]
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.persons.get(id).map(|(_, person)| person)
    }

    /// A patient.
    #[must_use]
    pub fn patient(&self, id: &PatientId) -> Option<&Patient> {
        self.patients.get(id).map(|(_, patient)| patient)
    }

    /// The staff, by identity.
    pub fn persons(&self) -> impl ExactSizeIterator<Item = &Person> {
        self.persons.values().map(|(_, person)| person)
    }

    /// The patients, by identity.
    pub fn patients(&self) -> impl ExactSizeIterator<Item = &Patient> {
        self.patients.values().map(|(_, patient)| patient)
    }

    /// The establishments, in the order of the document.
    #[must_use]
    pub fn establishments(&self) -> &[Establishment] {
        &self.establishments
    }

    /// The devices and building controllers, by identity.
    #[must_use]
    pub fn assets(&self) -> &[Asset] {
        &self.assets
    }

    /// The establishments where a person has a post in force at an instant.
    #[must_use]
    pub fn establishments_of<'a>(
        &self,
        person: &'a Person,
        at: Timestamp,
    ) -> BTreeSet<&'a EstablishmentId> {
        person
            .posts_at(at)
            .map(|post| &post.establishment)
            .collect()
    }

    /// The units where a person has a post in force at an instant.
    #[must_use]
    pub fn units_of<'a>(&self, person: &'a Person, at: Timestamp) -> BTreeSet<&'a UnitId> {
        person
            .posts_at(at)
            .filter_map(|post| post.unit.as_ref())
            .collect()
    }

    /// What holds between a person and a patient at an instant.
    ///
    /// Of several memberships in force the one that began first is named, and of several shared
    /// units that of the earliest encounter. Nothing holds with somebody the directory does not
    /// know.
    #[must_use]
    pub fn relation(&self, person: &PersonId, patient: &PatientId, at: Timestamp) -> Relation<'_> {
        let (Some((person_number, person)), Some((patient_number, patient))) =
            (self.persons.get(person), self.patients.get(patient))
        else {
            return Relation::default();
        };
        Relation {
            care_team: self.membership(*patient_number, *person_number, at),
            encounter_unit: self.shared_unit(*patient_number, person, at),
            own_record: person.own_record.as_ref() == Some(&patient.id),
            shared_establishments: person
                .posts_at(at)
                .any(|post| patient.establishments.contains(&post.establishment)),
        }
    }

    /// How much there is.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            establishments: count(self.establishments.len()),
            units: count(self.establishments.iter().map(|it| it.units.len()).sum()),
            persons: count(self.persons.len()),
            patients: count(self.patients.len()),
            care_team_members: count(self.memberships.len()),
            encounters: self.encounters,
            assets: count(self.assets.len()),
        }
    }

    fn membership(&self, patient: u32, person: u32, at: Timestamp) -> Option<CareTeamRef<'_>> {
        let wanted = (patient, person);
        let start = self
            .memberships
            .partition_point(|it| (it.patient, it.person) < wanted);
        self.memberships
            .iter()
            .skip(start)
            .take_while(|it| (it.patient, it.person) == wanted)
            .find(|it| holds(it.from, it.until, at))
            .map(|it| CareTeamRef {
                team: &it.team,
                role: &it.role,
                from: it.from,
                until: it.until,
            })
    }

    fn shared_unit(&self, patient: u32, person: &Person, at: Timestamp) -> Option<&UnitId> {
        let start = self.stays.partition_point(|it| it.patient < patient);
        self.stays
            .iter()
            .skip(start)
            .take_while(|it| it.patient == patient && it.from <= at)
            .filter(|it| holds(it.from, it.until, at))
            .map(|it| &it.unit)
            .find(|unit| {
                person
                    .posts_at(at)
                    .any(|post| post.unit.as_ref() == Some(*unit))
            })
    }
}

impl Counts {
    /// Care relations: members of care teams, and encounters.
    #[must_use]
    pub fn relations(&self) -> u32 {
        self.care_team_members.saturating_add(self.encounters)
    }
}

/// One person on the care team of one patient, for one period; both by number.
#[derive(Debug)]
struct Membership {
    patient: u32,
    person: u32,
    from: Timestamp,
    until: Option<Timestamp>,
    team: Arc<str>,
    role: Arc<str>,
}

impl Membership {
    fn order(&self) -> (u32, u32, Timestamp, &str, &str) {
        (self.patient, self.person, self.from, &self.team, &self.role)
    }
}

/// One patient in one unit, for one period.
#[derive(Debug)]
struct Stay {
    patient: u32,
    from: Timestamp,
    until: Option<Timestamp>,
    unit: UnitId,
}

impl Stay {
    fn order(&self) -> (u32, Timestamp, &UnitId) {
        (self.patient, self.from, &self.unit)
    }
}

/// The one copy of each place: hundreds of thousands of entries name a few hundred of them.
struct Units {
    establishments: BTreeSet<EstablishmentId>,
    units: BTreeSet<UnitId>,
}

impl Units {
    fn of(establishments: &[Establishment]) -> Self {
        Self {
            establishments: establishments.iter().map(|it| it.id.clone()).collect(),
            units: establishments
                .iter()
                .flat_map(|it| it.units.iter().map(|unit| unit.id.clone()))
                .collect(),
        }
    }

    fn share(&self, person: &mut Person) {
        for post in &mut person.posts {
            if let Some(shared) = self.establishments.get(&post.establishment) {
                post.establishment = shared.clone();
            }
            post.unit = post.unit.take().map(|unit| self.unit(unit));
        }
        person.posts.shrink_to_fit();
    }

    fn share_followed(&self, patient: &mut Patient) {
        patient.establishments = patient
            .establishments
            .iter()
            .filter_map(|id| self.establishments.get(id).cloned())
            .collect();
    }

    fn unit(&self, unit: UnitId) -> UnitId {
        self.units.get(&unit).cloned().unwrap_or(unit)
    }
}

/// The one copy of each role.
#[derive(Default)]
struct Words(BTreeSet<Arc<str>>);

impl Words {
    fn share(&mut self, word: String) -> Arc<str> {
        if let Some(shared) = self.0.get(word.as_str()) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = Arc::from(word);
        self.0.insert(Arc::clone(&shared));
        shared
    }
}

/// Numbers entries from 0 and files them by identity.
fn number<Id: Ord, Entry>(
    entries: Vec<Entry>,
    id: impl Fn(&Entry) -> Id,
    arrange: impl Fn(&mut Entry),
) -> BTreeMap<Id, (u32, Entry)> {
    (0..)
        .zip(entries)
        .map(|(number, mut entry)| {
            arrange(&mut entry);
            (id(&entry), (number, entry))
        })
        .collect()
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
