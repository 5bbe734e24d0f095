//! The checks of duties, consents and accounts.

use std::collections::{BTreeMap, BTreeSet};

use event::PersonId;

use crate::{
    Account, Consent, DirectoryDocument, DirectoryLimits, Error, Place, Provision, Recipient,
    Relationship,
};

use super::{Known, few, forward, unique, unknown};

impl Known<'_> {
    pub(super) fn duties(
        &self,
        document: &DirectoryDocument,
        limits: &DirectoryLimits,
    ) -> Result<(), Error> {
        let count = document
            .on_call
            .len()
            .saturating_add(document.replacements.len())
            .saturating_add(document.supervisions.len());
        few(count, "duties", limits.duties_max, &Place::list("on_call"))?;
        for (index, it) in document.on_call.iter().enumerate() {
            let place = Place::entry("on_call", index);
            self.staff(&it.person, &place, "person")?;
            if it.units.is_empty() {
                return Err(Error::Empty { place });
            }
            few(it.units.len(), "units", limits.units_per_duty_max, &place)?;
            for unit in &it.units {
                if !self.units.contains_key(unit) {
                    return Err(unknown(&place.key("units"), "unit", unit.as_str()));
                }
            }
            forward(it.from, Some(it.until), &place)?;
        }
        for (index, it) in document.replacements.iter().enumerate() {
            let place = Place::entry("replacements", index);
            let own = self.staff(&it.person, &place, "person")?;
            let theirs = self.staff(&it.replaces, &place, "replaces")?;
            if own != theirs {
                return Err(Error::ReplacementProfession {
                    place,
                    person: it.person.to_string(),
                    replaces: it.replaces.to_string(),
                });
            }
            apart(&it.person, &it.replaces, &place)?;
            forward(it.from, Some(it.until), &place)?;
        }
        for (index, it) in document.supervisions.iter().enumerate() {
            let place = Place::entry("supervisions", index);
            self.staff(&it.person, &place, "person")?;
            self.staff(&it.supervisor, &place, "supervisor")?;
            apart(&it.person, &it.supervisor, &place)?;
            if !self.units.contains_key(&it.unit) {
                return Err(unknown(&place.key("unit"), "unit", it.unit.as_str()));
            }
            forward(it.from, Some(it.until), &place)?;
        }
        Ok(())
    }

    pub(super) fn consents(
        &self,
        document: &DirectoryDocument,
        limits: &DirectoryLimits,
    ) -> Result<(), Error> {
        let consents = &document.consents;
        let list = Place::list("consents");
        few(consents.len(), "consents", limits.consents_max, &list)?;
        let mut ids = BTreeSet::new();
        let mut of_patient: BTreeMap<_, usize> = BTreeMap::new();
        for (index, it) in consents.iter().enumerate() {
            let place = Place::entry("consents", index);
            unique(&mut ids, &it.id, "consent", &place)?;
            self.consent(it, limits, &place)?;
            let count = of_patient.entry(&it.patient).or_default();
            *count = count.saturating_add(1);
            let most = limits.consents_per_patient_max;
            few(*count, "consents of one patient", most, &place)?;
        }
        Ok(())
    }

    pub(super) fn accounts(
        &self,
        document: &DirectoryDocument,
        limits: &DirectoryLimits,
    ) -> Result<(), Error> {
        let accounts = &document.accounts;
        let list = Place::list("accounts");
        few(accounts.len(), "accounts", limits.accounts_max, &list)?;
        for (index, it) in accounts.iter().enumerate() {
            self.account(it, &Place::entry("accounts", index))?;
        }
        Ok(())
    }

    fn account(&self, it: &Account, place: &Place) -> Result<(), Error> {
        if self.persons.contains_key(&it.id) {
            return Err(Error::AccountOfStaff {
                place: place.clone(),
                id: it.id.to_string(),
            });
        }
        if !self.patients.contains_key(&it.patient) {
            let place = place.key("patient");
            return Err(Error::UnknownPatient { place });
        }
        if it.relationship != Relationship::Holder && it.until.is_none() {
            return Err(Error::AccountWithoutEnd {
                place: place.clone(),
            });
        }
        forward(it.from, it.until, place)
    }

    fn consent(&self, it: &Consent, limits: &DirectoryLimits, place: &Place) -> Result<(), Error> {
        self.text(&it.id, place, "id")?;
        if !self.patients.contains_key(&it.patient) {
            let place = place.key("patient");
            return Err(Error::UnknownPatient { place });
        }
        self.provision(&it.provision, limits, &place.key("provision"))?;
        let most = limits.consent_entries_max;
        few(it.exceptions.len(), "exceptions", most, place)?;
        for (index, exception) in it.exceptions.iter().enumerate() {
            self.provision(exception, limits, &place.nested("exceptions", index))?;
        }
        forward(it.from, it.until, place)
    }

    fn provision(
        &self,
        it: &Provision,
        limits: &DirectoryLimits,
        place: &Place,
    ) -> Result<(), Error> {
        let most = limits.consent_entries_max;
        few(it.recipients.len(), "recipients", most, place)?;
        few(it.resource_types.len(), "resource types", most, place)?;
        for name in &it.resource_types {
            self.text(name, place, "resource_types")?;
        }
        for (index, recipient) in it.recipients.iter().enumerate() {
            self.recipient(recipient, &place.nested("recipients", index))?;
        }
        Ok(())
    }

    fn recipient(&self, it: &Recipient, place: &Place) -> Result<(), Error> {
        if it.is_empty() {
            // A recipient without a word would mean everybody; the list is left empty for that.
            return Err(Error::Empty {
                place: place.clone(),
            });
        }
        if let Some(person) = &it.person {
            self.staff(person, place, "person")?;
        }
        if let Some(establishment) = &it.establishment {
            self.knows_establishment(establishment, &place.key("establishment"))?;
        }
        if let Some(profession) = &it.profession {
            self.text(profession, place, "profession")?;
        }
        match &it.unit {
            Some(unit) if !self.units.contains_key(unit) => {
                Err(unknown(&place.key("unit"), "unit", unit.as_str()))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The profession of a person who must be in the directory.
    fn staff(&self, id: &PersonId, place: &Place, key: &str) -> Result<&str, Error> {
        match self.persons.get(id) {
            Some(profession) => Ok(profession),
            None => Err(unknown(&place.key(key), "person", id.as_str())),
        }
    }
}

fn apart(one: &PersonId, other: &PersonId, place: &Place) -> Result<(), Error> {
    if one == other {
        return Err(Error::SamePerson {
            place: place.clone(),
            person: one.to_string(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
