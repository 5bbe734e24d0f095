//! Assets that are treated alike: named one by one, or chosen by what they are.

use std::collections::BTreeSet;

use event::{AssetId, EstablishmentId, GroupId, SupplyId, Tier, Timestamp};
use serde::{Deserialize, Serialize};

use crate::inventory::Key;
use crate::{Aspect, Asset, Clearance, Directory, SupplyNode};

/// A group of assets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetGroup {
    /// Its identity.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Assets that belong to it by name.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub assets: BTreeSet<AssetId>,
    /// Assets that belong to it by what they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Selection>,
    /// Aspects of each of its assets that somebody must answer for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub aspects: BTreeSet<Aspect>,
}

/// Assets chosen by what they are; what is not said does not matter, but something must be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub establishment: Option<EstablishmentId>,
    /// Their tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// What they are, such as `infusion-pump`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

impl AssetGroup {
    /// Whether an asset belongs to it.
    #[must_use]
    pub fn contains(&self, asset: &Asset) -> bool {
        self.assets.contains(&asset.id) || self.select.as_ref().is_some_and(|it| it.fits(asset))
    }
}

impl Selection {
    fn fits(&self, asset: &Asset) -> bool {
        let Self {
            establishment,
            tier,
            kind,
        } = self;
        *self != Self::default()
            && establishment
                .as_ref()
                .is_none_or(|it| *it == asset.establishment)
            && tier.is_none_or(|it| it == asset.tier)
            && kind.as_ref().is_none_or(|it| *it == asset.kind)
    }
}

impl Directory {
    /// An asset.
    #[must_use]
    pub fn asset(&self, id: &str) -> Option<&Asset> {
        let assets = self.assets();
        let at = assets.binary_search_by(|it| it.id.as_str().cmp(id)).ok()?;
        assets.get(at)
    }

    /// The asset that is known on the network by a subject.
    #[must_use]
    pub fn asset_known_by(&self, key: &Key) -> Option<&Asset> {
        self.asset(self.known_by.get(key)?.as_str())
    }

    /// The groups of assets, in the order of the document.
    #[must_use]
    pub fn asset_groups(&self) -> &[AssetGroup] {
        &self.asset_groups
    }

    /// The graph of what care stands on; each node comes after all that it needs.
    pub fn supply_nodes(&self) -> impl Iterator<Item = SupplyNode<'_>> {
        self.supply.nodes()
    }

    /// What somebody vouches that no care depends on, past and future included.
    #[must_use]
    pub fn clearances(&self) -> &[Clearance] {
        &self.supply.clearances
    }

    /// The clearance by which no care depends on something at an instant.
    #[must_use]
    pub fn clearance(&self, id: &SupplyId, at: Timestamp) -> Option<&Clearance> {
        let asset = self.asset(id.as_str());
        let in_group = |clearance: &Clearance| {
            let mut groups = self.asset_groups.iter();
            groups.any(|it| {
                clearance.groups.contains(&it.id) && asset.is_some_and(|asset| it.contains(asset))
            })
        };
        let mut clearances = self.supply.clearances.iter();
        clearances.find(|it| it.holds(at) && (it.supplies.contains(id) || in_group(it)))
    }
}
