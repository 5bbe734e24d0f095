//! What care stands on: each care function, and the devices, networks, power, plants and persons
//! that it needs, as a graph.
//!
//! # How the graph is read
//!
//! A node is a [`CareFunction`] or a [`Supplier`]; all share one space of identities.
//! A node *works* while it is there itself and its [`Need`] holds: all of, any of, or at least `k`
//! of other needs, down to single [`Dependency`]s. A dependency says which part of a supplier is
//! needed ([`Gives`]), so that a mild containment leaves alone what never needed more.
//! A node whose need fails gives nothing at all, whatever of it was asked.
//!
//! What nobody wrote down counts as vital: a care function without `needs` may need anything at
//! its site, and a supplier that is marked `unknown`, or that no care function leads to, may
//! supply any of them. Only a [`Clearance`] takes that away: a person's signed word, for a time.
//!
//! Cycles are refused with the document. Two nodes that only keep each other alive would count as
//! working under the greatest fixed point, which would let a containment cut both from everything
//! else, and as dead under the least, which would refuse every containment near them. What really
//! starts such a pair (a battery, a manual mode) is a node, and writing it breaks the cycle.

use std::collections::{BTreeMap, BTreeSet};

use event::{EstablishmentId, GroupId, PersonId, SupplyId, Timestamp, UnitId};
use serde::{Deserialize, Serialize};

use crate::document::{holds, is_false};

/// Care that goes on or stops as one, such as the operations of a theatre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CareFunction {
    /// Its identity.
    pub id: SupplyId,
    /// Its name.
    pub name: String,
    /// Where it is given; without it, at every site of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub establishment: Option<EstablishmentId>,
    /// In which unit, when it is one in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// What it needs; without it nobody has said yet, and everything at its site counts as needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Need>,
    /// An interruption that is shorter than this harms nobody.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tolerance_minutes: u32,
    /// What to do, or what holds by itself, when it is interrupted.
    pub safe_state: String,
    /// It is always in use, whatever is told: intensive care, emergency calls.
    #[serde(default, skip_serializing_if = "is_false")]
    pub continuous: bool,
}

/// Something that care functions stand on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplier {
    /// Its identity; that of its entry, for an asset or a person of the directory.
    pub id: SupplyId,
    /// What it is.
    pub kind: SupplierKind,
    /// Where it is; without it, that of its asset, else every site of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub establishment: Option<EstablishmentId>,
    /// What it needs to work; without it, nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Need>,
    /// Not all that depends on it is known, so it counts as vital for its whole site.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unknown: bool,
}

/// What a supplier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SupplierKind {
    /// A device or a controller.
    Device,
    /// A network, a segment of one, or what it is made of.
    Network,
    /// A person, or a role that persons fill.
    Person,
    /// A plant of the building: ventilation, medical gases, heating.
    Plant,
    /// A source or a board of electricity.
    Power,
}

/// What a node needs. An empty `all_of` holds, an empty `any_of` never does (and is refused).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Need {
    /// Every one of these.
    AllOf(Vec<Need>),
    /// One of these is enough.
    AnyOf(Vec<Need>),
    /// At least so many of these.
    AtLeast(AtLeast),
    /// One part of one node.
    Supply(Dependency),
}

/// At least `count` of several needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtLeast {
    /// How many.
    pub count: u32,
    /// Of which.
    pub of: Vec<Need>,
}

/// One part of one node that another one needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    /// The node that gives.
    pub on: SupplyId,
    /// What it gives.
    pub gives: Gives,
    /// A shorter gap is bridged on the way, by a battery or a buffer tank, and never felt.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bridged_minutes: u32,
}

/// What one node takes from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gives {
    /// A path between it and the world outside the site: remote maintenance, a regional laboratory.
    Outside,
    /// That it is there and does its work on the spot, whether or not a network reaches it.
    Presence,
    /// Values read from it over a network, or in the name of its account.
    Reads,
    /// Commands given to it over a network, or in the name of its account.
    Writes,
}

/// A person's signed word that no care depends on these, which is what proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clearance {
    /// What is cleared: assets, suppliers, or accounts by the identity of their person.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub supplies: BTreeSet<SupplyId>,
    /// Groups of assets that are cleared.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<GroupId>,
    /// Who says so.
    pub by: PersonId,
    /// How they know.
    pub reason: String,
    /// From when on.
    pub from: Timestamp,
    /// Until when: a hospital changes, so no clearance is for ever.
    pub until: Timestamp,
}

impl Gives {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Outside, Self::Presence, Self::Reads, Self::Writes];
}

impl Need {
    /// Calls `see` with each dependency, in the order of the document.
    pub fn each_dependency<'a>(&'a self, see: &mut dyn FnMut(&'a Dependency)) {
        let parts = match self {
            Self::Supply(dependency) => return see(dependency),
            Self::AllOf(parts) | Self::AnyOf(parts) => parts,
            Self::AtLeast(it) => &it.of,
        };
        for part in parts {
            part.each_dependency(see);
        }
    }
}

impl Clearance {
    /// Whether it is in force at an instant.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        holds(self.from, Some(self.until), at)
    }
}

/// A node of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SupplyNode<'a> {
    /// A care function.
    Function(&'a CareFunction),
    /// A supplier.
    Supplier(&'a Supplier),
}

impl<'a> SupplyNode<'a> {
    /// Its identity.
    #[must_use]
    pub fn id(self) -> &'a SupplyId {
        match self {
            Self::Function(it) => &it.id,
            Self::Supplier(it) => &it.id,
        }
    }

    /// What it needs.
    #[must_use]
    pub fn needs(self) -> Option<&'a Need> {
        match self {
            Self::Function(it) => it.needs.as_ref(),
            Self::Supplier(it) => it.needs.as_ref(),
        }
    }
}

/// The graph of a checked document: each node comes after all that it needs.
#[derive(Debug, Default)]
pub(crate) struct SupplyGraph {
    functions: Vec<CareFunction>,
    suppliers: Vec<Supplier>,
    /// Functions first, then suppliers, as in the document.
    order: Vec<usize>,
    pub(crate) clearances: Vec<Clearance>,
}

impl SupplyGraph {
    pub(crate) fn new(
        functions: Vec<CareFunction>,
        suppliers: Vec<Supplier>,
        clearances: Vec<Clearance>,
    ) -> Self {
        // The check before has seen that nothing waits for itself.
        let order = order(&functions, &suppliers).unwrap_or_default();
        Self {
            functions,
            suppliers,
            order,
            clearances,
        }
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = SupplyNode<'_>> {
        let node = |&at: &usize| node_at(&self.functions, &self.suppliers, at);
        self.order.iter().filter_map(node)
    }
}

fn node_at<'a>(
    functions: &'a [CareFunction],
    suppliers: &'a [Supplier],
    at: usize,
) -> Option<SupplyNode<'a>> {
    match functions.get(at) {
        Some(function) => Some(SupplyNode::Function(function)),
        None => {
            let supplier = suppliers.get(at.checked_sub(functions.len())?)?;
            Some(SupplyNode::Supplier(supplier))
        }
    }
}

/// Every node after all that it needs; or the nodes that are on, or wait for, a cycle.
///
/// Kahn's algorithm: no recursion, so no depth of a hostile document exhausts the stack.
pub(crate) fn order(
    functions: &[CareFunction],
    suppliers: &[Supplier],
) -> Result<Vec<usize>, BTreeSet<usize>> {
    let count = functions.len().saturating_add(suppliers.len());
    let nodes = || (0..count).filter_map(|at| Some((at, node_at(functions, suppliers, at)?)));
    let numbers: BTreeMap<&SupplyId, usize> = nodes().map(|(at, node)| (node.id(), at)).collect();
    let mut waits_for = vec![0_usize; count];
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, node) in nodes() {
        let mut see = |dependency: &Dependency| {
            let Some(&on) = numbers.get(&dependency.on) else {
                return;
            };
            if let (Some(wait), Some(list)) = (waits_for.get_mut(at), waiting.get_mut(on)) {
                *wait = wait.saturating_add(1);
                list.push(at);
            }
        };
        if let Some(needs) = node.needs() {
            needs.each_dependency(&mut see);
        }
    }
    let ready = waits_for.iter().enumerate();
    let mut order: Vec<usize> = ready.filter(|(_, n)| **n == 0).map(|(at, _)| at).collect();
    let mut next = 0;
    while let Some(&done) = order.get(next) {
        next = next.saturating_add(1);
        for &at in waiting.get(done).into_iter().flatten() {
            let Some(wait) = waits_for.get_mut(at) else {
                continue;
            };
            *wait = wait.saturating_sub(1);
            if *wait == 0 {
                order.push(at);
            }
        }
    }
    if order.len() == count {
        return Ok(order);
    }
    let stuck = waits_for.iter().enumerate();
    Err(stuck.filter(|(_, n)| **n > 0).map(|(at, _)| at).collect())
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}
