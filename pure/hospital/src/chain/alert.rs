//! Who is told of an alert about a device, found by where it is in the network.

use std::collections::BTreeMap;
use std::net::IpAddr;

use event::{AssetId, PersonId, Timestamp};

use crate::inventory::{Key, KeyKind};
use crate::{Answer, Aspect, Asset, Directory};

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

/// Assets by the network addresses that the directory knows them by, whatever virtual network.
#[derive(Debug, Default)]
pub(crate) struct Addressed(BTreeMap<IpAddr, Vec<AssetId>>);

impl Addressed {
    pub(crate) fn new(assets: &[Asset]) -> Self {
        let mut addressed: BTreeMap<IpAddr, Vec<AssetId>> = BTreeMap::new();
        for asset in assets {
            for address in asset.keys.iter().filter_map(address_of) {
                addressed.entry(address).or_default().push(asset.id.clone());
            }
        }
        Self(addressed)
    }
}

impl Directory {
    /// The assets that a log calls by this word: an address, or their own identity.
    ///
    /// Several when the same address is used in several virtual networks: whoever is told of an
    /// alert too many loses less than who is told of none.
    #[must_use]
    pub fn assets_called(&self, word: &str) -> Vec<&Asset> {
        let address = word.parse::<IpAddr>().map(|it| it.to_canonical());
        let ids = address.ok().and_then(|it| self.addressed.0.get(&it));
        let at = ids.into_iter().flatten();
        let mut assets: Vec<&Asset> = at.filter_map(|it| self.asset(it.as_str())).collect();
        if assets.is_empty() {
            assets.extend(self.asset(word));
        }
        assets
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

/// The address of a key, without its virtual network.
fn address_of(key: &Key) -> Option<IpAddr> {
    if key.kind() != KeyKind::Ip {
        return None;
    }
    let text = key.as_str().strip_prefix("ip:")?;
    let address = text.split('@').next()?.parse::<IpAddr>().ok()?;
    Some(address.to_canonical())
}
