//! Alerts find who answers: from what an incident names, over the inventory and the directory, to
//! the persons who answer for the device at this hour.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use event::{AssetId, EntityKind, PersonId, Timestamp};
use hospital::{Alerted, Asset, Directory, SharedDirectory};
use watch::incident::Incident;

use super::inventory::Rows;

/// Of one incident, the devices whose persons are looked up.
const DEVICES_MAX: usize = 16;

/// Assets of the directory by the addresses at which the inventory saw them.
pub(crate) type SeenAt = BTreeMap<String, BTreeSet<AssetId>>;

/// Where alerts find who answers.
#[derive(Debug)]
pub(super) struct Alerts {
    directory: Arc<SharedDirectory>,
    seen: Option<Arc<Rows>>,
}

impl Alerts {
    pub(super) const fn new(directory: Arc<SharedDirectory>, seen: Option<Arc<Rows>>) -> Self {
        Self { directory, seen }
    }

    /// What some incidents look like with who answers for their devices now; of a person only
    /// those of which they are told.
    pub(super) fn listed(
        &self,
        incidents: &[&Incident],
        of: Option<&PersonId>,
        now: Timestamp,
    ) -> Vec<Vec<page::Alerted>> {
        // First, for the inventory looks into the directory as well.
        let seen = match (&self.seen, incidents.iter().any(|it| names_devices(it))) {
            (Some(rows), true) => rows.listed_at(now),
            _ => Arc::default(),
        };
        let directory = self.directory.read();
        let shown = incidents.iter().map(|incident| {
            let alerted = alerted(incident, &directory, &seen, now).into_iter();
            let alerted = alerted.filter(|it| of.is_none_or(|person| it.tells(person)));
            alerted.map(|it| shown(&it, &directory)).collect()
        });
        shown.collect()
    }
}

fn names_devices(incident: &Incident) -> bool {
    let mut entities = incident.entities.iter();
    entities.any(|entity| entity.kind == EntityKind::Device)
}

/// The assets of the directory that an incident is about, each with who is told.
pub(crate) fn alerted<'d>(
    incident: &Incident,
    directory: &'d Directory,
    seen: &SeenAt,
    now: Timestamp,
) -> Vec<Alerted<'d>> {
    let entities = incident.entities.iter();
    let devices = entities.filter(|entity| entity.kind == EntityKind::Device);
    let mut assets: BTreeMap<&AssetId, &Asset> = BTreeMap::new();
    for device in devices.take(DEVICES_MAX) {
        let called = directory.assets_called(&device.id).into_iter();
        let at = seen.get(&device.id).into_iter().flatten();
        let at = at.filter_map(|id| directory.asset(id.as_str()));
        assets.extend(called.chain(at).map(|asset| (&asset.id, asset)));
    }
    let assets = assets.into_values();
    assets.map(|asset| directory.alerted(asset, now)).collect()
}

fn shown(alerted: &Alerted<'_>, directory: &Directory) -> page::Alerted {
    let persons = alerted.persons.iter().map(|(aspect, persons)| {
        let names = persons.iter().map(|person| name(directory, person));
        (aspect.code(), names.collect())
    });
    page::Alerted {
        name: alerted.asset.name.clone(),
        persons: persons.collect(),
    }
}

/// What a person is called.
pub(crate) fn name(directory: &Directory, person: &PersonId) -> String {
    let known = directory.person(person);
    known.map_or_else(|| person.to_string(), |known| known.name.clone())
}

#[cfg(test)]
mod tests;
