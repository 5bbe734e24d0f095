//! The checks of the responsibility chain. Persons and roles that nobody is are no fault here:
//! people leave before papers follow, so a survey lists them.

use std::collections::BTreeSet;

use crate::{
    ApprovalRule, DirectoryDocument, DirectoryLimits, Error, OfficeHours, Party, Place, Scope, Who,
};

use super::{Known, few, forward, unique, unknown};

impl Known<'_> {
    pub(super) fn chain(
        &self,
        document: &DirectoryDocument,
        limits: &DirectoryLimits,
    ) -> Result<(), Error> {
        let entries = &document.responsibilities;
        for (list, count, most) in [
            (
                "responsibilities",
                entries.len(),
                limits.responsibilities_max,
            ),
            ("approvals", document.approvals.len(), limits.approvals_max),
            (
                "office_hours",
                document.office_hours.len(),
                limits.office_hours_max,
            ),
        ] {
            few(count, "entries", most, &Place::list(list))?;
        }
        let mut hours = BTreeSet::new();
        for (index, it) in document.office_hours.iter().enumerate() {
            let place = Place::entry("office_hours", index);
            unique(&mut hours, &it.id, "office hours", &place)?;
            self.office_hours(it, limits, &place)?;
        }
        for (index, it) in entries.iter().enumerate() {
            let place = Place::entry("responsibilities", index);
            self.scope(&it.of, &place)?;
            for (key, party) in [
                ("holder", Some(&it.holder)),
                ("deputy", it.deputy.as_ref()),
                ("on_call", it.on_call.as_ref()),
            ] {
                if let Some(party) = party {
                    self.party(party, &hours, &place.key(key))?;
                }
            }
            for (key, text) in [("contract", &it.contract), ("legal_basis", &it.legal_basis)] {
                if let Some(text) = text {
                    self.text(text, &place, key)?;
                }
            }
            forward(it.from, it.until, &place)?;
        }
        for (index, it) in document.approvals.iter().enumerate() {
            self.approval(it, &Place::entry("approvals", index))?;
        }
        Ok(())
    }

    fn office_hours(
        &self,
        it: &OfficeHours,
        limits: &DirectoryLimits,
        place: &Place,
    ) -> Result<(), Error> {
        self.text(&it.id, place, "id")?;
        self.text(&it.time_zone, place, "time_zone")?;
        if it.zone().is_none() {
            return Err(Error::TimeZone {
                place: place.key("time_zone"),
            });
        }
        let most = limits.windows_max;
        few(it.windows.len(), "windows", most, place)?;
        if it.windows.is_empty() {
            let place = place.clone();
            return Err(Error::Empty { place });
        }
        for (index, window) in it.windows.iter().enumerate() {
            if window.days.is_empty() || window.until <= window.from {
                let place = place.nested("windows", index);
                return Err(Error::Empty { place });
            }
        }
        Ok(())
    }

    fn approval(&self, it: &ApprovalRule, place: &Place) -> Result<(), Error> {
        self.text(&it.act, place, "act")?;
        if it.aspects.is_empty() {
            let place = place.key("aspects");
            return Err(Error::Empty { place });
        }
        self.scope(&it.of, place)
    }

    fn scope(&self, it: &Scope, place: &Place) -> Result<(), Error> {
        match it {
            Scope::Asset(id) if !self.assets.contains_key(id.as_str()) => {
                Err(unknown(&place.key("of"), "asset", id.as_str()))
            }
            Scope::Group(id) if !self.groups.contains(id) => {
                Err(unknown(&place.key("of"), "group", id.as_str()))
            }
            Scope::Asset(_) | Scope::Group(_) => Ok(()),
        }
    }

    fn party(&self, it: &Party, hours: &BTreeSet<&str>, place: &Place) -> Result<(), Error> {
        if let Who::Role(role) = &it.who {
            self.text(role, place, "who")?;
        }
        match &it.hours {
            Some(id) if !hours.contains(id.as_str()) => {
                Err(unknown(&place.key("hours"), "office hours", id))
            }
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
