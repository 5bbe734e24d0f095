//! Whom a finding is about, read from the fields of its event: data, in `rules/entities.toml`.

use serde::Deserialize;

use crate::finding::{Entity, EntityKind};
use crate::observe::Observer;
use crate::observe::places::Places;
use crate::observe::values::{Values, account, canonical, cut, host, is_own};
use crate::record::FieldId;

const BUILT_IN: &str = include_str!("../../../../rules/entities.toml");

/// The fields that name persons, devices and destinations, the most telling first.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct EntityFields {
    /// Persons and accounts.
    #[serde(default)]
    pub person: Vec<String>,
    /// Hosts and addresses from which something was done.
    #[serde(default)]
    pub device: Vec<String>,
    /// Addresses and names that were reached.
    #[serde(default)]
    pub destination: Vec<String>,
}

/// The same by the numbers of an observer.
#[derive(Clone, Debug, Default)]
pub(super) struct EntityIds {
    kinds: Vec<(EntityKind, Vec<FieldId>)>,
}

impl EntityFields {
    /// The lists that come with the program.
    ///
    /// # Errors
    /// None, as a test shows.
    pub fn built_in() -> Result<Self, toml::de::Error> {
        Self::read(BUILT_IN)
    }

    /// Reads lists from text.
    ///
    /// # Errors
    /// The text is no TOML or not of this shape.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Every field.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.kinds()
            .flat_map(|(_, names)| names.iter().map(String::as_str))
    }

    /// By the numbers of an observer that was told to read them.
    pub(super) fn ids(&self, observer: &Observer) -> EntityIds {
        let kinds = self.kinds().map(|(kind, names)| {
            let ids = names.iter().filter_map(|name| observer.id(name));
            (kind, ids.collect())
        });
        EntityIds {
            kinds: kinds.collect(),
        }
    }

    /// What a field names, with a value of it.
    pub(super) fn entity(&self, field: &str, value: &str, places: &Places) -> Option<Entity> {
        let mut kinds = self.kinds();
        let (kind, _) = kinds.find(|(_, names)| names.iter().any(|name| name == field))?;
        entity(kind, value, places)
    }

    fn kinds(&self) -> impl Iterator<Item = (EntityKind, &[String])> {
        [
            (EntityKind::Person, self.person.as_slice()),
            (EntityKind::Device, self.device.as_slice()),
            (EntityKind::Destination, self.destination.as_slice()),
        ]
        .into_iter()
    }
}

impl EntityIds {
    /// The entities of a line, each kind once.
    pub(super) fn of(&self, values: &Values<'_>, places: &Places) -> Vec<Entity> {
        let mut entities: Vec<Entity> = Vec::new();
        for (kind, ids) in &self.kinds {
            let mut named = ids.iter().filter_map(|id| values.text(*id));
            let found = named.find_map(|value| entity(*kind, &value, places));
            if let Some(found) = found.filter(|found| !entities.contains(found)) {
                entities.push(found);
            }
        }
        entities
    }
}

/// A value as an entity, in the one form that everybody writes it in; nothing for a value that
/// names nobody.
fn entity(kind: EntityKind, value: &str, places: &Places) -> Option<Entity> {
    let value = cut(value);
    Some(match kind {
        EntityKind::Person => Entity::person(&account(value)?),
        EntityKind::Device => Entity::device(&host(value).filter(|host| !is_own(host))?),
        _ => match canonical(value) {
            Some(address) if is_own(&address) => return None,
            Some(address) if places.is_internal(&address) => Entity::device(&address),
            Some(address) => Entity::destination(&address),
            None => {
                let name = value.trim_end_matches('.').to_lowercase();
                (!name.is_empty()).then(|| Entity::destination(&name))?
            }
        },
    })
}
