//! The cross-checks: every reference leads somewhere, nothing is there twice, periods run
//! forward, and the limits hold.

mod duty;
mod responsibility;
mod supply;

use std::collections::{BTreeMap, BTreeSet};

use event::{EstablishmentId, GroupId, PatientId, PersonId, Timestamp, UnitId};

use crate::inventory::Key;
use crate::{
    Asset, CareTeam, CareTeamMember, DirectoryDocument, DirectoryLimits, Encounter,
    EncounterStatus, Error, Establishment, Patient, Person, Place, Post,
};

/// Checks a document whole; the first fault in the order of the lists is returned.
pub(crate) fn check(document: &DirectoryDocument, limits: &DirectoryLimits) -> Result<(), Error> {
    check_counts(document, limits)?;
    let mut known = Known {
        text_bytes_max: limits.text_bytes_max,
        ..Known::default()
    };
    for (index, establishment) in document.establishments.iter().enumerate() {
        known.establishment(establishment, &Place::entry("establishments", index))?;
    }
    // Persons name patients and patients are named by persons, so the ids of patients come first.
    for (index, patient) in document.patients.iter().enumerate() {
        known.patient(patient, &|| Place::entry("patients", index))?;
    }
    for (index, person) in document.persons.iter().enumerate() {
        known.person(person, limits, &Place::entry("persons", index))?;
    }
    let mut team_ids = BTreeSet::new();
    for (index, team) in document.care_teams.iter().enumerate() {
        let place = Place::entry("care_teams", index);
        unique(&mut team_ids, &team.id, "care team", &place)?;
        known.care_team(team, &place)?;
    }
    let mut encounter_ids = BTreeSet::new();
    for (index, encounter) in document.encounters.iter().enumerate() {
        let place = Place::entry("encounters", index);
        unique(&mut encounter_ids, &encounter.id, "encounter", &place)?;
        known.encounter(encounter, &place)?;
    }
    for (index, asset) in document.assets.iter().enumerate() {
        known.asset(asset, limits, &Place::entry("assets", index))?;
    }
    known.duties(document, limits)?;
    known.consents(document, limits)?;
    known.accounts(document, limits)?;
    known.groups(document, limits)?;
    known.supply(document, limits)?;
    known.chain(document, limits)
}

/// What has been seen so far.
#[derive(Default)]
struct Known<'a> {
    establishments: BTreeSet<&'a EstablishmentId>,
    assets: BTreeMap<&'a str, &'a EstablishmentId>,
    keys: BTreeSet<&'a Key>,
    groups: BTreeSet<&'a GroupId>,
    units: BTreeMap<&'a UnitId, &'a EstablishmentId>,
    patients: BTreeMap<&'a PatientId, &'a BTreeSet<EstablishmentId>>,
    persons: BTreeMap<&'a PersonId, &'a str>,
    own_records: BTreeSet<&'a PatientId>,
    text_bytes_max: usize,
}

impl<'a> Known<'a> {
    fn establishment(&mut self, it: &'a Establishment, place: &Place) -> Result<(), Error> {
        if !self.establishments.insert(&it.id) {
            return Err(repeated(place, "establishment", it.id.as_str()));
        }
        self.text(&it.name, place, "name")?;
        for (index, unit) in it.units.iter().enumerate() {
            let place = place.nested("units", index);
            if self.units.insert(&unit.id, &it.id).is_some() {
                return Err(repeated(&place, "unit", unit.id.as_str()));
            }
            self.text(&unit.name, &place, "name")?;
        }
        Ok(())
    }

    fn patient(&mut self, it: &'a Patient, place: &dyn Fn() -> Place) -> Result<(), Error> {
        if self.patients.insert(&it.id, &it.establishments).is_some() {
            return Err(Error::RepeatedPatient { place: place() });
        }
        for establishment in &it.establishments {
            self.knows_establishment(establishment, &place().key("establishments"))?;
        }
        Ok(())
    }

    fn person(
        &mut self,
        it: &'a Person,
        limits: &DirectoryLimits,
        place: &Place,
    ) -> Result<(), Error> {
        if self.persons.insert(&it.id, &it.profession).is_some() {
            return Err(repeated(place, "person", it.id.as_str()));
        }
        self.text(&it.name, place, "name")?;
        self.text(&it.profession, place, "profession")?;
        few(it.roles.len(), "roles", limits.roles_per_person_max, place)?;
        for role in &it.roles {
            self.text(role, place, "roles")?;
        }
        few(it.posts.len(), "posts", limits.posts_per_person_max, place)?;
        for (index, post) in it.posts.iter().enumerate() {
            self.post(post, &place.nested("posts", index))?;
        }
        if let Some(own) = &it.own_record {
            let place = place.key("own_record");
            if !self.patients.contains_key(own) {
                return Err(Error::UnknownPatient { place });
            }
            if !self.own_records.insert(own) {
                return Err(Error::OwnRecordShared { place });
            }
        }
        Ok(())
    }

    fn post(&self, it: &Post, place: &Place) -> Result<(), Error> {
        self.location(&it.establishment, it.unit.as_ref(), place)?;
        forward(it.from, it.until, place)
    }

    fn care_team(&self, it: &CareTeam, place: &Place) -> Result<(), Error> {
        self.text(&it.id, place, "id")?;
        if let Some(episode) = &it.episode {
            self.text(episode, place, "episode")?;
        }
        if !self.patients.contains_key(&it.patient) {
            return Err(Error::UnknownPatient {
                place: place.key("patient"),
            });
        }
        let mut seen = BTreeSet::new();
        for (index, member) in it.members.iter().enumerate() {
            let place = place.nested("members", index);
            self.member(member, &place)?;
            if !seen.insert((&member.person, member.from, &member.role)) {
                return Err(repeated(&place, "member", member.person.as_str()));
            }
        }
        Ok(())
    }

    fn member(&self, it: &CareTeamMember, place: &Place) -> Result<(), Error> {
        if !self.persons.contains_key(&it.person) {
            return Err(unknown(&place.key("person"), "person", it.person.as_str()));
        }
        self.text(&it.role, place, "role")?;
        forward(it.from, it.until, place)
    }

    fn encounter(&self, it: &Encounter, place: &Place) -> Result<(), Error> {
        self.text(&it.id, place, "id")?;
        let Some(followed_by) = self.patients.get(&it.patient) else {
            return Err(Error::UnknownPatient {
                place: place.key("patient"),
            });
        };
        let Some(&establishment) = self.units.get(&it.unit) else {
            return Err(unknown(&place.key("unit"), "unit", it.unit.as_str()));
        };
        if !followed_by.contains(establishment) {
            let establishment = establishment.clone();
            return Err(Error::EstablishmentNotNamed {
                place: place.clone(),
                establishment,
            });
        }
        if it.status == EncounterStatus::Finished && it.until.is_none() {
            return Err(Error::FinishedWithoutEnd {
                place: place.clone(),
            });
        }
        forward(it.from, it.until, place)
    }

    fn asset(
        &mut self,
        it: &'a Asset,
        limits: &DirectoryLimits,
        place: &Place,
    ) -> Result<(), Error> {
        let id = it.id.as_str();
        if self.assets.insert(id, &it.establishment).is_some() {
            return Err(repeated(place, "asset", id));
        }
        self.text(&it.name, place, "name")?;
        self.text(&it.kind, place, "kind")?;
        if let Some(care_function) = &it.care_function {
            self.text(care_function, place, "care_function")?;
        }
        few(it.keys.len(), "keys", limits.keys_per_asset_max, place)?;
        for key in &it.keys {
            self.text(key.as_str(), place, "keys")?;
            if !self.keys.insert(key) {
                return Err(repeated(&place.key("keys"), "key", key.as_str()));
            }
        }
        self.location(&it.establishment, it.unit.as_ref(), place)
    }

    fn location(
        &self,
        establishment: &EstablishmentId,
        unit: Option<&UnitId>,
        place: &Place,
    ) -> Result<(), Error> {
        self.knows_establishment(establishment, &place.key("establishment"))?;
        let Some(unit) = unit else { return Ok(()) };
        match self.units.get(unit) {
            Some(&owner) if owner == establishment => Ok(()),
            Some(_) => Err(Error::UnitElsewhere {
                place: place.key("unit"),
                unit: unit.clone(),
                establishment: establishment.clone(),
            }),
            None => Err(unknown(&place.key("unit"), "unit", unit.as_str())),
        }
    }

    fn knows_establishment(&self, id: &EstablishmentId, place: &Place) -> Result<(), Error> {
        if self.establishments.contains(id) {
            Ok(())
        } else {
            Err(unknown(place, "establishment", id.as_str()))
        }
    }

    fn text(&self, text: &str, place: &Place, key: &str) -> Result<(), Error> {
        if !text.is_empty() && text.len() <= self.text_bytes_max {
            return Ok(());
        }
        Err(Error::Text {
            place: place.key(key),
            bytes: text.len(),
            limit_bytes: self.text_bytes_max,
        })
    }
}

fn check_counts(document: &DirectoryDocument, limits: &DirectoryLimits) -> Result<(), Error> {
    let units = document
        .establishments
        .iter()
        .map(|it| it.units.len())
        .sum();
    let members = document.care_teams.iter().map(|it| it.members.len()).sum();
    for (list, kind, count, limit) in [
        (
            "establishments",
            "establishments",
            document.establishments.len(),
            limits.establishments_max,
        ),
        ("establishments", "units", units, limits.units_max),
        (
            "persons",
            "persons",
            document.persons.len(),
            limits.persons_max,
        ),
        (
            "patients",
            "patients",
            document.patients.len(),
            limits.patients_max,
        ),
        (
            "care_teams",
            "care teams",
            document.care_teams.len(),
            limits.care_teams_max,
        ),
        (
            "care_teams",
            "members",
            members,
            limits.care_team_members_max,
        ),
        (
            "encounters",
            "encounters",
            document.encounters.len(),
            limits.encounters_max,
        ),
        ("assets", "assets", document.assets.len(), limits.assets_max),
    ] {
        few(count, kind, limit, &Place::list(list))?;
    }
    Ok(())
}

fn few(count: usize, kind: &'static str, limit: usize, place: &Place) -> Result<(), Error> {
    if count <= limit {
        return Ok(());
    }
    Err(Error::TooMany {
        place: place.clone(),
        kind,
        count,
        limit,
    })
}

fn forward(from: Timestamp, until: Option<Timestamp>, place: &Place) -> Result<(), Error> {
    match until {
        Some(until) if until <= from => Err(Error::PeriodInverted {
            place: place.clone(),
            from,
            until,
        }),
        Some(_) | None => Ok(()),
    }
}

fn unique<'a>(
    seen: &mut BTreeSet<&'a str>,
    id: &'a str,
    kind: &'static str,
    place: &Place,
) -> Result<(), Error> {
    if seen.insert(id) {
        Ok(())
    } else {
        Err(repeated(place, kind, id))
    }
}

fn repeated(place: &Place, kind: &'static str, id: &str) -> Error {
    Error::Repeated {
        place: place.clone(),
        kind,
        id: id.to_owned(),
    }
}

fn unknown(place: &Place, kind: &'static str, id: &str) -> Error {
    Error::Unknown {
        place: place.clone(),
        kind,
        id: id.to_owned(),
    }
}

#[cfg(test)]
mod tests;
