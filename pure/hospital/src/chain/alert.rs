//! Who is told of an alert about a device, found by where it is in the network.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Bound;

use event::{AssetId, PersonId, Timestamp};

use crate::inventory::{Joined, Key};
use crate::{Answer, Aspect, Asset, Directory, Responsibility, Who};

/// The aspects whose holders an alert is for: an intruder comes by the network, is removed by
/// whoever keeps the device up, and puts at risk those on whom it is used.
const ALERTED: [Aspect; 3] = [Aspect::Network, Aspect::Maintenance, Aspect::Use];

/// An asset about which there is an alert, and who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerted<'a> {
    /// The asset.
    pub asset: &'a Asset,
    /// Those who answer now, by aspect; nothing when nobody answers for anything of it.
    pub persons: Vec<(Aspect, Vec<&'a PersonId>)>,
}

impl Directory {
    /// The assets that a log calls by this word: an address, or their own identity. An address that
    /// the directory does not know may be one at which the inventory saw them.
    ///
    /// Several when the same address is used in several virtual networks: whoever is told of an
    /// alert too many loses less than who is told of none.
    #[must_use]
    pub fn assets_called(&self, word: &str, seen: Option<&Joined>) -> Vec<&Asset> {
        let mut assets: BTreeMap<&AssetId, &Asset> = BTreeMap::new();
        if let Ok(address) = word.parse::<IpAddr>() {
            let address = address.to_canonical();
            let seen = seen.into_iter().flat_map(|it| it.at(address));
            let seen = seen.flatten().filter_map(|key| self.asset_known_by(key));
            let listed = self.listed_at(address);
            assets.extend(listed.chain(seen).map(|asset| (&asset.id, asset)));
        }
        if assets.is_empty() {
            assets.extend(self.asset(word).map(|asset| (&asset.id, asset)));
        }
        assets.into_values().collect()
    }

    /// The assets that the directory knows by an address, whatever virtual network.
    fn listed_at(&self, address: IpAddr) -> impl Iterator<Item = &Asset> {
        let (plain, tagged) = Key::texts_at(address);
        let plain = self.known_by.get(plain.as_str());
        let from = (Bound::Included(tagged.as_str()), Bound::Unbounded);
        let rest = self.known_by.range::<str, _>(from);
        let tagged: Vec<&AssetId> = rest
            .take_while(|(key, _)| key.as_str().starts_with(&tagged))
            .map(|(_, id)| id)
            .collect();
        let ids = plain.into_iter().chain(tagged);
        ids.filter_map(|id| self.asset(id.as_str()))
    }

    /// Whether a person may ever answer for anything: by name, by a role, or in somebody's place.
    #[must_use]
    pub fn is_in_chain(&self, person: &PersonId) -> bool {
        let known = self.person(person);
        let fills = |role: &String| {
            known.is_some_and(|it| it.profession == *role || it.roles.contains(role))
        };
        let is_meant = |who: &Who| match who {
            Who::Person(named) => named == person || self.chain.is_locum(person, named),
            Who::Role(role) => fills(role),
        };
        let entries = self.chain.entries.iter();
        let mut parties = entries.flat_map(Responsibility::parties);
        parties.any(|(_, party)| is_meant(&party.who))
    }

    /// Who is told of an alert about an asset: whoever answers now for its place in the network,
    /// its maintenance and its use; where nobody does, whoever answers for anything of it.
    #[must_use]
    pub fn alerted<'a>(&'a self, asset: &'a Asset, at: Timestamp) -> Alerted<'a> {
        let answers = self.answerables(&asset.id, at).into_iter();
        let answered = answers.filter_map(|(aspect, answer)| match answer {
            Answer::Answered(by) => Some((aspect, by.persons)),
            Answer::Nobody(_) => None,
        });
        let mut all: BTreeMap<Aspect, Vec<&PersonId>> = answered.collect();
        let first: Vec<_> = ALERTED
            .into_iter()
            .filter_map(|aspect| all.remove_entry(&aspect))
            .collect();
        Alerted {
            asset,
            persons: match first.is_empty() {
                true => all.into_iter().collect(),
                false => first,
            },
        }
    }
}

impl Alerted<'_> {
    /// Whether a person is among those who are told.
    #[must_use]
    pub fn tells(&self, person: &PersonId) -> bool {
        let mut told = self.persons.iter().flat_map(|(_, persons)| persons);
        told.any(|it| *it == person)
    }
}
