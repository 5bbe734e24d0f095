//! The graph of care functions, arranged so that one pass over it judges a plan.

use std::collections::BTreeMap;

use event::{AssetId, EstablishmentId, GroupId, SupplyId, Timestamp};
use hospital::{CareFunction, Dependency, Directory, Need, SupplierKind, SupplyNode};

use crate::rows::Rows;
use crate::{Error, Limits};

/// The number of a node; one that it needs has a lower one.
pub(crate) type Number = u32;

/// The graph, and what is known of assets that no care function leads to.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    /// What each node needs, by node; nothing when it is empty.
    needs: Rows<Step>,
    numbers: BTreeMap<SupplyId, Number>,
    /// The nodes that need a node, by node.
    above: Rows<Number>,
    functions: Vec<Number>,
    /// The suppliers of which nobody knows all that depends on them, with who vouches for them.
    strange: Vec<(Number, Periods)>,
    /// Whether there is care of which nobody has said what it needs.
    has_undescribed: bool,
    /// Where each asset is, also those that are no node.
    sites: BTreeMap<AssetId, EstablishmentId>,
    /// When somebody vouches that no care depends on something.
    clearances: BTreeMap<SupplyId, Periods>,
}

/// From when until when something holds.
type Periods = Vec<(Timestamp, Timestamp)>;

/// Something that is to be contained, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) id: &'a SupplyId,
    /// Its place among the targets of a plan.
    pub(crate) place: usize,
    pub(crate) number: Option<Number>,
    pub(crate) kind: Option<&'a Kind>,
    /// Where it is; without it, it may be anywhere.
    pub(crate) site: Option<&'a EstablishmentId>,
    is_understood: bool,
    vouched: &'a [(Timestamp, Timestamp)],
}

/// One node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: SupplyId,
    pub(crate) kind: Kind,
    pub(crate) site: Option<EstablishmentId>,
    /// Whether a care function leads here, and all that depends on it is known.
    is_understood: bool,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A care function; its needs are not repeated here.
    Function(Box<Care>),
    Supplier(SupplierKind),
}

/// What a refusal tells of a care function.
#[derive(Debug)]
pub(crate) struct Care {
    pub(crate) name: String,
    pub(crate) tolerance_minutes: u32,
    pub(crate) safe_state: String,
    pub(crate) continuous: bool,
    /// Whether anybody has said what it needs.
    pub(crate) is_described: bool,
}

/// A step of a need with numbers for names.
///
/// All steps of a need lie in one row, a count before its parts, because a plan is judged by
/// reading those of thousands of nodes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// At least so many of the parts that follow: all, any and `at_least` are one.
    AtLeast { wanted: u32, parts: u32 },
    /// A part without parts.
    Supply(Edge),
}

/// What a node takes from another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) on: Number,
    pub(crate) gives: hospital::Gives,
    pub(crate) bridged_minutes: u32,
}

impl Graph {
    pub(crate) fn new(directory: &Directory, limits: &Limits) -> Result<Self, Error> {
        let assets = directory.assets().iter();
        let mut graph = Self {
            nodes: Vec::new(),
            needs: Rows::default(),
            numbers: BTreeMap::new(),
            above: Rows::default(),
            functions: Vec::new(),
            strange: Vec::new(),
            has_undescribed: false,
            sites: assets
                .map(|it| (it.id.clone(), it.establishment.clone()))
                .collect(),
            clearances: clearances(directory),
        };
        for node in directory.supply_nodes() {
            graph.add(node, limits)?;
        }
        graph.mark_understood();
        graph.turn_around();
        Ok(graph)
    }

    pub(crate) fn number(&self, id: &SupplyId) -> Option<Number> {
        self.numbers.get(id).copied()
    }

    pub(crate) fn node(&self, number: Number) -> Option<&Node> {
        self.nodes.get(usize::try_from(number).ok()?)
    }

    /// The nodes with their numbers, each after all that it needs.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (Number, &Node)> {
        (0..).zip(&self.nodes)
    }

    /// The care functions.
    pub(crate) fn functions(&self) -> impl Iterator<Item = Number> {
        self.functions.iter().copied()
    }

    /// The suppliers of which nobody knows all that depends on them, and for which nobody vouches
    /// at this instant.
    pub(crate) fn strange(&self, at: Timestamp) -> impl Iterator<Item = Number> {
        let strange = self.strange.iter();
        let strange = strange.filter(move |(_, vouched)| !holds(vouched, at));
        strange.map(|(number, _)| *number)
    }

    /// Whether there is care of which nobody has said what it needs.
    pub(crate) fn has_undescribed(&self) -> bool {
        self.has_undescribed
    }

    /// What a node needs.
    pub(crate) fn needs(&self, number: Number) -> &[Step] {
        self.needs.of(number)
    }

    /// The nodes that need a node.
    pub(crate) fn above(&self, number: Number) -> &[Number] {
        self.above.of(number)
    }

    /// What is known of something that is to be contained.
    pub(crate) fn target<'a>(&'a self, id: &'a SupplyId, place: usize) -> Target<'a> {
        let number = self.number(id);
        let node = number.and_then(|number| self.node(number));
        let site = node.and_then(|it| it.site.as_ref());
        let is_understood = node.is_some_and(|it| it.is_understood);
        let vouched = if is_understood {
            None
        } else {
            self.clearances.get(id)
        };
        Target {
            id,
            place,
            number,
            kind: node.map(|it| &it.kind),
            site: site.or_else(|| self.sites.get(id.as_str())),
            is_understood,
            vouched: vouched.map(Vec::as_slice).unwrap_or_default(),
        }
    }

    fn add(&mut self, node: SupplyNode<'_>, limits: &Limits) -> Result<(), Error> {
        let id = node.id().clone();
        let levels = limits.need_levels_max;
        let mut steps = Vec::new();
        if let Some(need) = node.needs() {
            self.write(need, &id, (levels, levels), &mut steps)?;
        }
        let (kind, site, is_understood) = match node {
            SupplyNode::Function(it) => {
                let kind = Kind::Function(Box::new(Care::of(it)));
                (kind, it.establishment.clone(), true)
            }
            SupplyNode::Supplier(it) => {
                let of_asset = self.sites.get(it.id.as_str());
                let site = it.establishment.as_ref().or(of_asset).cloned();
                (Kind::Supplier(it.kind), site, !it.unknown)
            }
        };
        let number = u32::try_from(self.nodes.len()).map_err(|_| Error::TooLarge)?;
        if self.numbers.insert(id.clone(), number).is_some() {
            return Err(Error::OutOfOrder { node: id });
        }
        self.nodes.push(Node {
            id,
            kind,
            site,
            is_understood,
        });
        self.needs.push(steps);
        Ok(())
    }

    /// Writes a need step by step.
    fn write(
        &self,
        need: &Need,
        node: &SupplyId,
        (levels, limit): (usize, usize),
        steps: &mut Vec<Step>,
    ) -> Result<(), Error> {
        let Some(levels) = levels.checked_sub(1) else {
            let node = node.clone();
            return Err(Error::TooDeep { node, limit });
        };
        let (parts, wanted) = match need {
            Need::Supply(dependency) => {
                steps.push(Step::Supply(self.edge(dependency, node)?));
                return Ok(());
            }
            Need::AllOf(parts) => (parts, None),
            Need::AnyOf(parts) => (parts, Some(1)),
            Need::AtLeast(it) => (&it.of, Some(it.count)),
        };
        let count = u32::try_from(parts.len()).map_err(|_| Error::TooLarge)?;
        steps.push(Step::AtLeast {
            wanted: wanted.unwrap_or(count),
            parts: count,
        });
        for part in parts {
            self.write(part, node, (levels, limit), steps)?;
        }
        Ok(())
    }

    fn edge(&self, dependency: &Dependency, node: &SupplyId) -> Result<Edge, Error> {
        let missing = || Error::OutOfOrder { node: node.clone() };
        Ok(Edge {
            on: self.number(&dependency.on).ok_or_else(missing)?,
            gives: dependency.gives,
            bridged_minutes: dependency.bridged_minutes,
        })
    }

    /// What a node takes from others.
    fn edges(&self, number: Number) -> impl Iterator<Item = &Edge> {
        let steps = self.needs(number).iter();
        steps.filter_map(|step| match step {
            Step::Supply(edge) => Some(edge),
            Step::AtLeast { .. } => None,
        })
    }

    /// Files each node under what it needs.
    fn turn_around(&mut self) {
        let mut above = vec![Vec::new(); self.nodes.len()];
        for (number, _) in self.numbered() {
            for edge in self.edges(number) {
                let on = usize::try_from(edge.on).ok();
                let list: Option<&mut Vec<Number>> = on.and_then(|on| above.get_mut(on));
                if let Some(list) = list.filter(|it| it.last() != Some(&number)) {
                    list.push(number);
                }
            }
        }
        let functions = self.numbered();
        let functions = functions.filter(|(_, it)| matches!(it.kind, Kind::Function(_)));
        self.functions = functions.map(|(number, _)| number).collect();
        above.into_iter().for_each(|it| self.above.push(it));
    }

    /// A supplier that no care function leads to is not understood, however it is written.
    fn mark_understood(&mut self) {
        let mut reached = vec![false; self.nodes.len()];
        let numbered: Vec<(Number, &Node)> = self.numbered().collect();
        for (at, (number, node)) in numbered.into_iter().enumerate().rev() {
            let leads = matches!(node.kind, Kind::Function(_));
            if !leads && !reached.get(at).is_some_and(|it| *it) {
                continue;
            }
            for edge in self.edges(number) {
                let on = usize::try_from(edge.on).ok();
                if let Some(on) = on.and_then(|on| reached.get_mut(on)) {
                    *on = true;
                }
            }
        }
        for ((number, node), reached) in (0..).zip(&mut self.nodes).zip(reached) {
            match &node.kind {
                Kind::Function(care) => self.has_undescribed |= !care.is_described,
                Kind::Supplier(_) => {
                    node.is_understood &= reached;
                    if !node.is_understood {
                        let vouched = self.clearances.get(&node.id).cloned();
                        self.strange.push((number, vouched.unwrap_or_default()));
                    }
                }
            }
        }
    }
}

impl Target<'_> {
    /// Whether all that depends on it is known: care functions lead to it and it is not marked as
    /// unknown, or somebody vouches for it at this instant.
    ///
    /// INVARIANT: (4) containment needs more than care: an unknown dependency counts as vital.
    pub(crate) fn is_understood(&self, at: Timestamp) -> bool {
        self.is_understood || holds(self.vouched, at)
    }
}

/// Whether any of these periods holds at an instant.
fn holds(periods: &[(Timestamp, Timestamp)], at: Timestamp) -> bool {
    let mut periods = periods.iter();
    periods.any(|(from, until)| *from <= at && at < *until)
}

impl Care {
    fn of(function: &CareFunction) -> Self {
        Self {
            name: function.name.clone(),
            tolerance_minutes: function.tolerance_minutes,
            safe_state: function.safe_state.clone(),
            continuous: function.continuous,
            is_described: function.needs.is_some(),
        }
    }
}

/// Each clearance under what it clears; a group is looked through once.
fn clearances(directory: &Directory) -> BTreeMap<SupplyId, Periods> {
    let mut members: BTreeMap<&GroupId, Vec<SupplyId>> = BTreeMap::new();
    let mut cleared: BTreeMap<SupplyId, Periods> = BTreeMap::new();
    for clearance in directory.clearances() {
        let period = (clearance.from, clearance.until);
        for id in &clearance.supplies {
            cleared.entry(id.clone()).or_default().push(period);
        }
        for id in &clearance.groups {
            let members = members.entry(id).or_insert_with(|| {
                let groups = directory.asset_groups().iter();
                let groups = groups.filter(|group| group.id == *id);
                let assets = groups.flat_map(|group| {
                    let assets = directory.assets().iter();
                    assets.filter(|asset| group.contains(asset))
                });
                let ids = assets.filter_map(|asset| SupplyId::new(asset.id.as_str()).ok());
                ids.collect()
            });
            for id in members {
                cleared.entry(id.clone()).or_default().push(period);
            }
        }
    }
    cleared
}
