//! A change of the directory: what a feed told, taken in.
//!
//! INVARIANT: (6) same log, same state: taking in is total, and the same changes give the same
//! directory. What is told twice changes nothing the second time, and reports of one episode may
//! come in any order.

mod staff;

use std::collections::BTreeSet;

use event::{
    CareChange, CareKey, EpisodeReport, EpisodeStep, EstablishmentId, Member, PatientId, PersonId,
    UnitId,
};

use crate::feeds::Filed;
use crate::{Directory, Patient};

/// What taking in a change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The directory follows it.
    Changed,
    /// It was known.
    Repeated,
    /// A limit was reached: it is evidence, and changes nothing.
    Held,
}

/// What the directory does not know of a change; none of it keeps the change out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Two identities that are one already are made one again, the other way round.
    MergeRepeated,
    /// Somebody is named of whom the directory has no entry.
    PersonUnknown,
    /// A unit is named that no establishment has.
    UnitUnknown,
}

impl Finding {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::MergeRepeated => "merge-repeated",
            Self::PersonUnknown => "practitioner-unknown",
            Self::UnitUnknown => "unit-unknown",
        }
    }
}

impl Directory {
    /// Takes in a change.
    pub fn apply(&mut self, change: CareChange<PatientId>) -> Applied {
        match change {
            CareChange::Episode(report) => self.apply_episode(report),
            CareChange::Merged { survivor, prior } => self.merge(&survivor, &prior),
            CareChange::Known { patient } => match self.patients.find(patient.as_str()) {
                Some(_) => Applied::Repeated,
                None => self
                    .number_of_patient(&patient)
                    .map_or(Applied::Held, |_| Applied::Changed),
            },
            CareChange::Renamed { patient, from, to } => self.rename(&patient, from, to),
            CareChange::Staff(report) => self.apply_staff(report),
            CareChange::Unit {
                establishment,
                unit,
                name,
                establishment_name,
            } => self.apply_unit(&establishment, &unit, (name, establishment_name)),
        }
    }

    /// What the directory does not know of a change before it is taken in.
    #[must_use]
    pub fn examine(&self, change: &CareChange<PatientId>) -> BTreeSet<Finding> {
        let mut found = BTreeSet::new();
        match change {
            CareChange::Episode(report) => self.examine_episode(report, &mut found),
            CareChange::Merged { survivor, prior } => {
                if self.are_one(survivor, prior) {
                    found.insert(Finding::MergeRepeated);
                }
            }
            CareChange::Staff(report) => {
                let place = report.post.as_ref().and_then(|post| post.place.as_ref());
                if let Some(unit) = place.and_then(|place| place.unit.as_ref()) {
                    self.examine_unit(unit, &mut found);
                }
            }
            CareChange::Known { .. } | CareChange::Renamed { .. } | CareChange::Unit { .. } => {}
        }
        found
    }

    /// Whether a change says nothing that is not known: telling it again every day need not be kept.
    #[must_use]
    pub fn knows(&self, change: &CareChange<PatientId>) -> bool {
        match change {
            CareChange::Episode(report) => match &report.step {
                EpisodeStep::Whole(state) => {
                    let episode = self.feeds.root(report.episode);
                    let last = self.feeds.last_state(episode, report.told);
                    let patient = self.patients.find(report.patient.as_str());
                    last.is_some_and(|(owner, known)| {
                        known == state && patient.is_some_and(|(number, _)| number == owner)
                    })
                }
                _ => false,
            },
            CareChange::Merged { survivor, prior } => self.are_one(survivor, prior),
            CareChange::Known { patient } => self.patient(patient).is_some(),
            CareChange::Renamed { from, to, .. } => self.feeds.root(*from) == self.feeds.root(*to),
            CareChange::Staff(report) => self.knows_staff(report),
            CareChange::Unit {
                establishment,
                unit,
                ..
            } => self.feeds.establishment_of(unit) == Some(establishment),
        }
    }

    /// The establishment of a unit.
    #[must_use]
    pub fn establishment_of(&self, unit: &UnitId) -> Option<&EstablishmentId> {
        self.feeds.establishment_of(unit)
    }

    fn examine_episode(&self, report: &EpisodeReport<PatientId>, found: &mut BTreeSet<Finding>) {
        for unit in report.units.iter().chain(&report.prior) {
            self.examine_unit(unit, found);
        }
        for person in &report.attending {
            self.examine_person(person, found);
        }
        if let EpisodeStep::Whole(state) = &report.step {
            for stay in &state.stays {
                self.examine_unit(&stay.unit, found);
            }
            for member in &state.members {
                match &member.who {
                    Member::Person(person) => self.examine_person(person, found),
                    Member::Post(post) if self.feeds.person_of_post(*post).is_none() => {
                        found.insert(Finding::PersonUnknown);
                    }
                    Member::Post(_) => {}
                }
            }
        }
    }

    fn examine_unit(&self, unit: &UnitId, found: &mut BTreeSet<Finding>) {
        if self.feeds.establishment_of(unit).is_none() {
            found.insert(Finding::UnitUnknown);
        }
    }

    fn examine_person(&self, person: &PersonId, found: &mut BTreeSet<Finding>) {
        if self.person(person).is_none() {
            found.insert(Finding::PersonUnknown);
        }
    }

    /// Whether two identities are known to be one patient.
    #[must_use]
    pub fn are_one(&self, one: &PatientId, other: &PatientId) -> bool {
        let number = |id: &PatientId| self.patients.find(id.as_str()).map(|(number, _)| number);
        let (Some(one_number), Some(other_number)) = (number(one), number(other)) else {
            return one == other;
        };
        self.identities(one_number).any(|it| it == other_number)
    }

    /// The identities under which a patient is known, this one included; none for a stranger.
    pub fn identities_of(&self, patient: &PatientId) -> impl Iterator<Item = &PatientId> {
        let found = self.patients.find(patient.as_str()).into_iter();
        let all = found.flat_map(|(number, _)| self.known_as(number));
        all.map(|it| &it.id)
    }

    fn rename(&mut self, patient: &PatientId, from: CareKey, to: CareKey) -> Applied {
        if self.number_of_patient(patient).is_none() {
            return Applied::Held;
        }
        let episodes = [from, to].map(|it| self.feeds.root(it));
        let before = episodes.map(|it| (it, self.feeds.patient_of(it)));
        match self.feeds.rename(from, to) {
            Filed::Repeated => return Applied::Repeated,
            Filed::Full => return Applied::Held,
            Filed::New => {}
        }
        for (episode, owner) in before {
            if let Some(owner) = owner {
                self.feeds.withdraw(episode, owner);
                self.refresh_establishments(owner);
            }
        }
        self.settle(to);
        Applied::Changed
    }

    fn apply_episode(&mut self, mut report: EpisodeReport<PatientId>) -> Applied {
        let Some(patient) = self.number_of_patient(&report.patient) else {
            return Applied::Held;
        };
        let episode = self.feeds.root(report.episode);
        report.episode = episode;
        let before = self.feeds.patient_of(episode);
        let Ok(report) = report.try_named(|_| Ok::<_, std::convert::Infallible>(patient));
        match self.feeds.file(report) {
            Filed::Repeated => Applied::Repeated,
            Filed::Full => Applied::Held,
            Filed::New => {
                if let Some(before) = before {
                    self.feeds.withdraw(episode, before);
                    self.refresh_establishments(before);
                }
                self.settle(episode);
                Applied::Changed
            }
        }
    }

    /// Lets what follows from an episode show in its patient.
    fn settle(&mut self, episode: CareKey) {
        let episode = self.feeds.root(episode);
        self.feeds.settle(episode);
        if let Some(patient) = self.feeds.patient_of(episode) {
            self.refresh_establishments(patient);
        }
    }

    fn refresh_establishments(&mut self, patient: u32) {
        if let Some(establishments) = self.feeds.establishments_of(patient)
            && let Some(patient) = self.patients.get_mut(patient)
            && patient.establishments != establishments
        {
            patient.establishments = establishments;
        }
    }

    /// The number of a patient, who is known from now on; nothing when there is no room.
    fn number_of_patient(&mut self, id: &PatientId) -> Option<u32> {
        let number = match self.patients.find(id.as_str()) {
            Some((number, _)) => number,
            None if self.patients.entries().len() < self.feeds.directory_limits.patients_max => {
                self.patients.add(Patient {
                    id: id.clone(),
                    establishments: BTreeSet::new(),
                    protected: false,
                })
            }
            None => return None,
        };
        let named = &self.patients.get(number)?.establishments;
        self.feeds.follow(number, named)?;
        Some(number)
    }

    fn merge(&mut self, survivor: &PatientId, prior: &PatientId) -> Applied {
        let numbers = (
            self.number_of_patient(survivor),
            self.number_of_patient(prior),
        );
        let (Some(survivor), Some(prior)) = numbers else {
            return Applied::Held;
        };
        if self.identities(survivor).any(|it| it == prior) {
            return Applied::Repeated;
        }
        if !self.feeds.unite(survivor, prior) {
            return Applied::Held;
        }
        // Discretion that was asked for under one name holds under all of them.
        if self.known_as(survivor).any(|it| it.protected) {
            for number in self.identities(survivor).collect::<Vec<_>>() {
                if let Some(patient) = self.patients.get_mut(number) {
                    patient.protected = true;
                }
            }
        }
        Applied::Changed
    }
}

#[cfg(test)]
mod tests;
