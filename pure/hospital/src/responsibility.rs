//! The responsibility chain as it is written down: who answers for which aspect of which asset.
//!
//! One asset has many responsible persons, each for an aspect. Of an oxygen tank the pharmacist
//! answers for the content, the engineer for the container and the pressure, another one for its
//! electricity, and the physician for its use. Who that is in law differs from country to country,
//! so the legal basis is data, and so is the contract when an outside firm maintains it.

use std::collections::BTreeSet;

use event::{AssetId, GroupId, PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Asset;
use crate::document::{holds, is_false};

/// Who answers for one aspect of an asset or of a group of assets.
///
/// An entry for an asset takes the place of all entries for its groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Responsibility {
    /// For what.
    pub of: Scope,
    /// For which aspect of it.
    pub aspect: Aspect,
    /// Who answers first.
    pub holder: Party,
    /// Who answers when the holder does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<Party>,
    /// Who answers when neither does, while they are on call for the asset's unit, or for any unit
    /// of its establishment when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_call: Option<Party>,
    /// The contract under which they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// Where it is written that they must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// From when on.
    pub from: Timestamp,
    /// The first instant at which it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One asset.
    Asset(AssetId),
    /// Each asset of a group.
    Group(GroupId),
}

/// An aspect of an asset that somebody answers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// The vessel, the case, the pipe.
    Container,
    /// What is in it, as a medicine or a fluid.
    Content,
    /// Its supply with electricity.
    Electricity,
    /// Its upkeep.
    Maintenance,
    /// Its place in the network.
    Network,
    /// Its pressure.
    Pressure,
    /// What it is used for, on whom.
    Use,
}

/// Somebody who answers, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Who.
    pub who: Who,
    /// At which hours; without it, always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
}

/// A person, or whoever fills a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// One person, wherever their post is.
    Person(PersonId),
    /// Everybody of this role or profession with a post at the asset's establishment.
    Role(String),
}

/// What an act on an asset needs before it may be done, such as a set-point of oxygen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    /// The act.
    pub act: String,
    /// On what.
    pub of: Scope,
    /// Those who answer for these aspects must approve.
    pub aspects: BTreeSet<Aspect>,
    /// A different person for each aspect.
    #[serde(default, skip_serializing_if = "is_false")]
    pub distinct: bool,
    /// Who asks may approve as well.
    #[serde(default, skip_serializing_if = "is_false")]
    pub author_may_approve: bool,
}

impl Aspect {
    /// Every aspect.
    pub const ALL: [Self; 7] = [
        Self::Container,
        Self::Content,
        Self::Electricity,
        Self::Maintenance,
        Self::Network,
        Self::Pressure,
        Self::Use,
    ];

    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Content => "content",
            Self::Electricity => "electricity",
            Self::Maintenance => "maintenance",
            Self::Network => "network",
            Self::Pressure => "pressure",
            Self::Use => "use",
        }
    }
}

impl Capacity {
    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Deputy => "deputy",
            Self::OnCall => "on-call",
        }
    }
}

impl Responsibility {
    /// Whether it is in force at an instant.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        holds(self.from, self.until, at)
    }

    /// Those who answer, in their order.
    pub(crate) fn parties(&self) -> impl Iterator<Item = (Capacity, &Party)> {
        let holder = [(Capacity::Holder, &self.holder)].into_iter();
        let deputy = self.deputy.iter().map(|it| (Capacity::Deputy, it));
        let on_call = self.on_call.iter().map(|it| (Capacity::OnCall, it));
        holder.chain(deputy).chain(on_call)
    }
}

impl Scope {
    /// Whether an asset of these groups belongs to it.
    pub(crate) fn covers(&self, asset: &Asset, groups: &BTreeSet<&GroupId>) -> bool {
        match self {
            Self::Asset(id) => *id == asset.id,
            Self::Group(id) => groups.contains(id),
        }
    }
}

/// As what somebody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capacity {
    /// As the one who answers first.
    Holder,
    /// In their place.
    Deputy,
    /// Because nobody else does now.
    OnCall,
}
