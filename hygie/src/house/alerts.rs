//! Alerts find who answers: from what an incident names, over the inventory and the directory, to
//! the persons who answer for the device at this hour.

use std::collections::BTreeMap;
use std::sync::Arc;

use event::{AssetId, Entity, EntityKind, PersonId, Timestamp};
use hospital::inventory::Joined;
use hospital::{Alerted, Directory, SharedDirectory};
use page::FoundIncident;
use watch::incident::Incident;

use super::inventory::Rows;

/// Where alerts find who answers.
#[derive(Debug)]
pub(super) struct Alerts {
    pub(super) directory: Arc<SharedDirectory>,
    pub(super) seen: Option<Arc<Rows>>,
}

/// Who is told of devices; each is looked up once.
#[derive(Debug)]
pub(crate) struct Told<'d> {
    directory: &'d Directory,
    seen: Option<Arc<Joined>>,
    now: Timestamp,
    known: BTreeMap<&'d AssetId, Alerted<'d>>,
}

impl Alerts {
    /// Adds to incidents who answers now for the devices that each names; of a person only the
    /// devices of which they are told.
    pub(super) fn fill(
        &self,
        incidents: &mut [(FoundIncident, Vec<String>)],
        of: Option<&PersonId>,
        now: Timestamp,
    ) {
        // First, so that one lock is held at a time.
        let has_devices = incidents.iter().any(|(_, devices)| !devices.is_empty());
        let seen = self.seen.as_ref().filter(|_| has_devices);
        let seen = seen.map(|rows| rows.joined(now));
        let directory = self.directory.read();
        let mut told = Told::new(&directory, seen, now);
        for (incident, devices) in incidents {
            let alerted = told.of(devices.iter().map(String::as_str), of);
            incident.alerted = alerted.iter().map(|it| shown(it, &directory)).collect();
        }
    }

    /// Whether a person may ever be told of anything.
    pub(super) fn may_tell(&self, person: &PersonId) -> bool {
        self.directory.read().is_in_chain(person)
    }
}

impl<'d> Told<'d> {
    pub(crate) const fn new(
        directory: &'d Directory,
        seen: Option<Arc<Joined>>,
        now: Timestamp,
    ) -> Self {
        Self {
            directory,
            seen,
            now,
            known: BTreeMap::new(),
        }
    }

    /// The assets of the directory that logs call by these words, each with who is told; of a
    /// person only those of which they are told.
    pub(crate) fn of<'w>(
        &mut self,
        words: impl Iterator<Item = &'w str>,
        person: Option<&PersonId>,
    ) -> Vec<Alerted<'d>> {
        let mut called = BTreeMap::new();
        for word in words {
            let assets = self.directory.assets_called(word, self.seen.as_deref());
            called.extend(assets.into_iter().map(|asset| (&asset.id, asset)));
        }
        let mut alerted = Vec::new();
        for (id, asset) in called {
            let known = self.known.entry(id);
            let known = known.or_insert_with(|| self.directory.alerted(asset, self.now));
            if person.is_none_or(|person| known.tells(person)) {
                alerted.push(known.clone());
            }
        }
        alerted
    }
}

/// The devices that an incident names, as logs call them.
pub(crate) fn devices(incident: &Incident) -> impl Iterator<Item = &str> {
    let is_device = |entity: &&Entity| entity.kind == EntityKind::Device;
    let devices = incident.entities.iter().filter(is_device);
    devices.map(|entity| entity.id.as_str())
}

fn shown(alerted: &Alerted<'_>, directory: &Directory) -> page::Alerted {
    let persons = alerted.persons.iter().map(|(aspect, persons)| {
        let names = persons.iter().map(|person| directory.name_of(person));
        (aspect.code(), names.collect())
    });
    page::Alerted {
        name: alerted.asset.name.clone(),
        persons: persons.collect(),
    }
}

#[cfg(test)]
mod tests;
