//! The directory, arranged for the question that the door asks at each request.

mod duties;
mod team;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use event::{AssetId, EstablishmentId, PatientId, PersonId, Timestamp, UnitId};

use crate::account::Accounts;
use crate::chain::Chain;
use crate::check::check;
use crate::document::holds;
use crate::duty::Duties;
use crate::feeds::Feeds;
use crate::inventory::Key;
use crate::supply::SupplyGraph;
use crate::table::{Identified, Ledger, Register};
use crate::{
    Asset, AssetGroup, CareTeamRef, Consent, DirectoryDocument, DirectoryLimits, Error,
    Establishment, Patient, Person, Relation,
};

use duties::StaffRecords;

/// Who works where and cares for whom: a document, and what feeds have told since.
#[derive(Debug)]
pub struct Directory {
    pub(crate) establishments: Vec<Establishment>,
    pub(crate) persons: Register<Person>,
    pub(crate) patients: Register<Patient>,
    pub(crate) feeds: Feeds,
    /// When a feed told name, profession and roles of a person.
    pub(crate) traits_told: BTreeMap<u32, [Timestamp; 3]>,
    /// The care team members of each patient, by start, then team and role.
    memberships: Ledger<Membership>,
    /// The encounters of each patient that took place, by start, then unit.
    stays: Ledger<Stay>,
    assets: Vec<Asset>,
    /// Assets by what they are known by on the network: no two by the same.
    pub(crate) known_by: BTreeMap<Key, AssetId>,
    encounters: u32,
    duties: Duties,
    /// The consents of each patient, by start.
    consents: Ledger<Consent>,
    pub(crate) accounts: Accounts,
    staff_records: StaffRecords,
    pub(crate) asset_groups: Vec<AssetGroup>,
    pub(crate) supply: SupplyGraph,
    pub(crate) chain: Chain,
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
    #[expect(
        clippy::too_many_lines,
        reason = "each list is arranged once, one after the other"
    )]
    pub fn new(document: DirectoryDocument, limits: &DirectoryLimits) -> Result<Self, Error> {
        check(&document, limits)?;
        let DirectoryDocument {
            establishments,
            mut persons,
            mut patients,
            care_teams,
            encounters,
            mut assets,
            on_call,
            replacements,
            supervisions,
            consents,
            accounts,
            asset_groups,
            care_functions,
            suppliers,
            clearances,
            office_hours,
            responsibilities,
            approvals,
        } = document;
        let encounter_count = count(encounters.len());
        let places = Places::of(&establishments);
        persons
            .iter_mut()
            .for_each(|person| places.share_posts(person));
        patients
            .iter_mut()
            .for_each(|patient| places.share_followed(patient));
        let persons = Register::new(persons);
        let patients = Register::new(patients);
        let followed = patients.entries().len();

        let mut words = Words::default();
        let mut memberships = Vec::new();
        for team in care_teams {
            let patient = number_of(&patients, team.patient.as_str());
            let id: Arc<str> = Arc::from(team.id);
            memberships.extend(team.members.into_iter().map(|member| {
                let person = number_of(&persons, member.person.as_str());
                let (from, until, role) = (member.from, member.until, words.share(member.role));
                (
                    patient,
                    Membership {
                        person,
                        from,
                        until,
                        team: Arc::clone(&id),
                        role,
                    },
                )
            }));
        }
        let memberships = Ledger::new(followed, memberships, |it| {
            (it.from, Arc::clone(&it.team), Arc::clone(&it.role))
        });
        let stays = encounters
            .into_iter()
            .filter(|it| it.status.took_place())
            .map(|it| {
                let stay = Stay {
                    from: it.from,
                    until: it.until,
                    unit: places.unit(it.unit),
                };
                (number_of(&patients, it.patient.as_str()), stay)
            });
        let stays = Ledger::new(followed, stays.collect(), |it| (it.from, it.unit.clone()));
        assets.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let consents = consents
            .into_iter()
            .map(|it| (number_of(&patients, it.patient.as_str()), it));
        Ok(Self {
            chain: Chain::new(responsibilities, approvals, office_hours, &replacements),
            duties: Duties::new(&persons, on_call, replacements, supervisions),
            consents: Ledger::new(followed, consents.collect(), |it| (it.from, it.id.clone())),
            accounts: Accounts::new(accounts),
            staff_records: StaffRecords::new(&persons, &patients),
            asset_groups,
            supply: SupplyGraph::new(care_functions, suppliers, clearances),
            feeds: Feeds::new(&establishments, *limits),
            traits_told: BTreeMap::new(),
            establishments,
            persons,
            patients,
            memberships,
            stays,
            known_by: known_by(&assets),
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
        self.persons.find(id.as_str()).map(|(_, person)| person)
    }

    /// The name of a person, or their identity where the directory knows no name.
    #[must_use]
    pub fn name_of(&self, id: &PersonId) -> String {
        let known = self.person(id);
        known.map_or_else(|| id.to_string(), |known| known.name.clone())
    }

    /// A patient.
    #[must_use]
    pub fn patient(&self, id: &PatientId) -> Option<&Patient> {
        self.patients.find(id.as_str()).map(|(_, patient)| patient)
    }

    /// The staff, by identity; then those whom feeds brought.
    #[must_use]
    pub fn persons(&self) -> &[Person] {
        self.persons.entries()
    }

    /// The patients, by identity; then those whom feeds brought.
    #[must_use]
    pub fn patients(&self) -> &[Patient] {
        self.patients.entries()
    }

    /// The establishments, in the order of the document; then those that were imported.
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
        let (Some(person), Some(patient)) = (
            self.persons.find(person.as_str()),
            self.patients.find(patient.as_str()),
        ) else {
            return Relation::default();
        };
        self.with_duties(self.direct(person, patient, at), person, patient, at)
    }

    /// What the person's own posts and care teams give, duties left aside.
    fn direct<'a>(
        &'a self,
        (person_number, person): (u32, &'a Person),
        (patient_number, patient): (u32, &'a Patient),
        at: Timestamp,
    ) -> Relation<'a> {
        Relation {
            care_team: self.membership(patient_number, person_number, at),
            encounter_unit: self.shared_unit(patient_number, person, at),
            own_record: person.own_record.as_ref().is_some_and(|own| {
                *own == patient.id || self.known_as(patient_number).any(|it| it.id == *own)
            }),
            shared_establishments: person.posts_at(at).any(|post| {
                let mut all = self.known_as(patient_number);
                all.any(|it| it.establishments.contains(&post.establishment))
            }),
            ..Relation::default()
        }
    }

    pub(crate) fn duties(&self) -> &Duties {
        &self.duties
    }

    /// How much there is.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let (episodes, members) = self.feeds.counts();
        Counts {
            establishments: count(self.establishments.len()),
            units: count(self.establishments.iter().map(|it| it.units.len()).sum()),
            persons: count(self.persons.entries().len()),
            patients: count(self.patients.entries().len()),
            care_team_members: count(self.memberships.len().saturating_add(members)),
            encounters: self.encounters.saturating_add(count(episodes)),
            assets: count(self.assets.len()),
        }
    }

    fn membership(&self, patient: u32, person: u32, at: Timestamp) -> Option<CareTeamRef<'_>> {
        let id = self.persons.get(person).map(|person| &person.id);
        let all = self.identities(patient).flat_map(move |patient| {
            let written = self.memberships.of(patient).iter();
            let mut written = written.filter(move |it| it.person == person);
            let written = written.find(|it| holds(it.from, it.until, at));
            let told = id.and_then(|id| self.feeds.of(patient)?.part(id, at));
            let written = written.map(|it| CareTeamRef {
                team: &it.team,
                role: &it.role,
                from: it.from,
                until: it.until,
            });
            let told = told.map(|it| CareTeamRef {
                team: &it.kind,
                role: &it.role,
                from: it.from,
                until: it.until,
            });
            written.into_iter().chain(told)
        });
        all.min_by_key(|it| it.from)
    }

    fn shared_unit(&self, patient: u32, person: &Person, at: Timestamp) -> Option<&UnitId> {
        let all = self.stays_at(patient, at).filter(|(_, unit)| {
            person
                .posts_at(at)
                .any(|post| post.unit.as_ref() == Some(*unit))
        });
        all.min_by_key(|(from, _)| *from).map(|(_, unit)| unit)
    }

    /// The units where a patient is at an instant, by the start of their stay there.
    fn units_of_stay(&self, patient: u32, at: Timestamp) -> impl Iterator<Item = &UnitId> {
        let mut stays: Vec<(Timestamp, &UnitId)> = self.stays_at(patient, at).collect();
        stays.sort_by_key(|(from, _)| *from);
        stays.into_iter().map(|(_, unit)| unit)
    }

    /// The units where a patient is at an instant, each with the start of their stay there.
    fn stays_at(&self, patient: u32, at: Timestamp) -> impl Iterator<Item = (Timestamp, &UnitId)> {
        self.identities(patient).flat_map(move |patient| {
            let written = self.stays.of(patient).iter();
            let written = written.filter(move |it| holds(it.from, it.until, at));
            let told = self.feeds.of(patient).into_iter();
            let told = told.flat_map(move |it| it.stays_at(at));
            let written = written.map(|it| (it.from, &it.unit));
            written.chain(told.map(|it| (it.from, &it.value)))
        })
    }

    /// The numbers of the patients who are one with a patient, itself included.
    pub(crate) fn identities(&self, patient: u32) -> impl Iterator<Item = u32> {
        let followed = self.feeds.of(patient);
        let group = followed.and_then(|it| it.group.as_deref());
        let alone = group.is_none().then_some(patient);
        let group = group.unwrap_or_default().iter().copied();
        alone.into_iter().chain(group)
    }

    /// The entries of a patient, under each of their identities.
    pub(crate) fn known_as(&self, patient: u32) -> impl Iterator<Item = &Patient> {
        let numbers = self.identities(patient);
        numbers.filter_map(|number| self.patients.get(number))
    }
}

impl Counts {
    /// Care relations: members of care teams, and encounters.
    #[must_use]
    pub fn relations(&self) -> u32 {
        self.care_team_members.saturating_add(self.encounters)
    }
}

/// One person on the care team of a patient, for one period.
#[derive(Debug)]
struct Membership {
    person: u32,
    from: Timestamp,
    until: Option<Timestamp>,
    team: Arc<str>,
    role: Arc<str>,
}

/// A patient in one unit, for one period.
#[derive(Debug)]
struct Stay {
    from: Timestamp,
    until: Option<Timestamp>,
    unit: UnitId,
}

impl Identified for Person {
    fn identity(&self) -> &str {
        self.id.as_str()
    }
}

impl Identified for Patient {
    fn identity(&self) -> &str {
        self.id.as_str()
    }
}

/// The one copy of each place: hundreds of thousands of entries name a few hundred of them.
struct Places {
    establishments: BTreeSet<EstablishmentId>,
    units: BTreeSet<UnitId>,
}

impl Places {
    fn of(establishments: &[Establishment]) -> Self {
        Self {
            establishments: establishments.iter().map(|it| it.id.clone()).collect(),
            units: establishments
                .iter()
                .flat_map(|it| it.units.iter().map(|unit| unit.id.clone()))
                .collect(),
        }
    }

    fn share_posts(&self, person: &mut Person) {
        for post in &mut person.posts {
            if let Some(shared) = self.establishments.get(&post.establishment) {
                post.establishment = shared.clone();
            }
            post.unit = post.unit.take().map(|unit| self.unit(unit));
        }
    }

    fn share_followed(&self, patient: &mut Patient) {
        let shared = patient
            .establishments
            .iter()
            .filter_map(|id| self.establishments.get(id));
        patient.establishments = shared.cloned().collect();
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

fn known_by(assets: &[Asset]) -> BTreeMap<Key, AssetId> {
    let keys = assets.iter().flat_map(|asset| {
        let keys = asset.keys.iter().cloned();
        keys.map(|key| (key, asset.id.clone()))
    });
    keys.collect()
}

/// The number of an identity; the check before has seen that it is there.
fn number_of<Entry: Identified>(register: &Register<Entry>, id: &str) -> u32 {
    register.find(id).map_or(u32::MAX, |(number, _)| number)
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
