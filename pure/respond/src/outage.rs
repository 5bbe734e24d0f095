//! How long each node would be out, in one pass over the graph.
//!
//! An outage is a length in minutes from the begin of a plan: 0 when nothing is felt, [`FOREVER`]
//! when nobody knows the end. Lengths, not booleans, because tolerances are lengths: a node is out
//! as long as the longest of what it needs all of, the shortest of what it needs any of, and the
//! `k`-th shortest of what it needs at least `k` of. A bridge swallows what is shorter than it,
//! and shortens nothing, which errs towards care.
//!
//! INVARIANT: (4) containment needs more than care: every step here is monotone. One more action,
//! one more failure or one more minute never makes any outage shorter, so adding containment never
//! brings back a supplier and never brings one that is vital below what is needed unseen.

use std::collections::BTreeSet;

use hospital::Gives;

use crate::graph::{Edge, Expression, Graph, Number};
use crate::{Action, Measure};

/// Until further notice.
pub(crate) const FOREVER: u32 = u32::MAX;

/// What is done to the graph.
pub(crate) struct Burden<'a> {
    /// The actions in force: nobody knows when they really end.
    pub(crate) in_force: Vec<&'a Action>,
    /// The actions of the plan, in the order of their targets.
    pub(crate) planned: &'a BTreeSet<Action>,
    /// How long the plan lasts.
    pub(crate) lasting: u32,
    /// The suppliers that have failed.
    pub(crate) failed: Vec<Number>,
    /// Whether what has failed is known. A second supplier that nobody has seen working is none.
    pub(crate) redundancy_is_known: bool,
}

/// The outage of each node, and what the plan touches.
pub(crate) struct Outages<'a> {
    graph: &'a Graph,
    /// By node.
    outages: Vec<u32>,
    /// Whether the plan acts on a node or on anything that it needs, by node.
    touched: Vec<bool>,
    /// What is taken at each node, by node: an index into `taken`, 0 for nothing.
    slots: Vec<u32>,
    taken: Vec<Taken>,
    redundancy_is_known: bool,
}

/// What all actions on one node take.
#[derive(Clone, Copy, Default)]
struct Taken {
    /// For how long the node itself stops.
    stopped: u32,
    /// For how long others miss each part of it.
    withheld: [u32; 4],
    /// For how long it misses each part of others.
    deprived: [u32; 4],
}

impl<'a> Outages<'a> {
    pub(crate) fn of(graph: &'a Graph, burden: &Burden<'_>) -> Self {
        let count = graph.nodes.len();
        let mut outages = Self {
            graph,
            outages: Vec::with_capacity(count),
            touched: vec![false; count],
            slots: vec![0; count],
            taken: vec![Taken::default()],
            redundancy_is_known: burden.redundancy_is_known,
        };
        for action in burden.planned {
            if let Some(number) = graph.number(&action.target) {
                outages.take(number, action.measure, burden.lasting);
                if let Some(touched) = at_mut(&mut outages.touched, number) {
                    *touched = true;
                }
            }
        }
        for action in &burden.in_force {
            if let Some(number) = graph.number(&action.target) {
                outages.take(number, action.measure, FOREVER);
            }
        }
        for &number in &burden.failed {
            // A node that has failed is a node without power.
            outages.take(number, Measure::CutPower, FOREVER);
        }
        for (number, node) in graph.numbered() {
            let mut touched = at(&outages.touched, number).unwrap_or(false);
            let needs = node.needs.as_ref();
            let missing = needs.map_or(0, |it| outages.missing(number, it, &mut touched));
            if let Some(it) = at_mut(&mut outages.touched, number) {
                *it = touched;
            }
            let stopped = outages.taken_at(number).stopped;
            outages.outages.push(stopped.max(missing));
        }
        outages
    }

    /// How long a node would be out.
    pub(crate) fn outage(&self, number: Number) -> u32 {
        at(&self.outages, number).unwrap_or(FOREVER)
    }

    /// Whether the plan acts on a node, or on anything that it needs.
    pub(crate) fn is_touched(&self, number: Number) -> bool {
        at(&self.touched, number).unwrap_or(true)
    }

    fn take(&mut self, number: Number, measure: Measure, lasting: u32) {
        let fresh = u32::try_from(self.taken.len()).unwrap_or(0);
        let Some(slot) = at_mut(&mut self.slots, number) else {
            return;
        };
        if *slot == 0 {
            *slot = fresh;
            self.taken.push(Taken::default());
        }
        let slot = *slot;
        let Some(taken) = at_mut(&mut self.taken, slot) else {
            return;
        };
        if measure.stops() {
            taken.stopped = taken.stopped.max(lasting);
        }
        for (part, gives) in Gives::ALL.into_iter().enumerate() {
            for (takes, held) in [
                (measure.withholds(gives), &mut taken.withheld),
                (measure.deprives(gives), &mut taken.deprived),
            ] {
                if let Some(held) = held.get_mut(part).filter(|_| takes) {
                    *held = lasting.max(*held);
                }
            }
        }
    }

    fn taken_at(&self, number: Number) -> Taken {
        let slot = at(&self.slots, number).unwrap_or(0);
        at(&self.taken, slot).unwrap_or_default()
    }

    /// How long a need of `node` would not hold.
    fn missing(&self, node: Number, need: &Expression, touched: &mut bool) -> u32 {
        match need {
            Expression::Supply(edge) => {
                *touched |= self.is_touched(edge.on);
                self.gap(node, edge)
            }
            Expression::AtLeast(wanted, parts) => {
                let mut gaps: Vec<u32> = parts
                    .iter()
                    .map(|part| self.missing(node, part, touched))
                    .collect();
                self.shortest(*wanted, &mut gaps)
            }
        }
    }

    /// The outage of a need whose parts are out for so long: the `wanted`-th shortest.
    fn shortest(&self, wanted: usize, gaps: &mut [u32]) -> u32 {
        let wanted = self.wanted(wanted, gaps.len());
        let Some(last) = wanted.checked_sub(1) else {
            return 0;
        };
        if last >= gaps.len() {
            return FOREVER;
        }
        *gaps.select_nth_unstable(last).1
    }

    /// How many of so many parts must hold.
    fn wanted(&self, wanted: usize, parts: usize) -> usize {
        if self.redundancy_is_known || wanted == 0 {
            wanted
        } else {
            wanted.max(parts)
        }
    }

    /// How long one edge would be cut.
    fn gap(&self, node: Number, edge: &Edge) -> u32 {
        let gap = self.direct(node, edge).max(self.outage(edge.on));
        if gap < edge.bridged_minutes { 0 } else { gap }
    }

    /// How long an edge would be cut by what is done at its two ends.
    fn direct(&self, node: Number, edge: &Edge) -> u32 {
        let withheld = part(&self.taken_at(edge.on).withheld, edge.gives);
        withheld.max(part(&self.taken_at(node).deprived, edge.gives))
    }

    /// Why a node is out: the nodes that something is done to and that suffice for it, and a way
    /// from the node to one of them.
    ///
    /// Of a need of all, one part is followed; of a need of at least `k` of `n`, the `n - k + 1`
    /// parts that are out longest: what they rest on keeps the node out that long, whatever else
    /// works. So it is a cut set; it need not be the smallest.
    pub(crate) fn causes(&self, node: Number) -> (BTreeSet<Number>, Vec<Number>) {
        let mut causes = BTreeSet::new();
        let mut way = Vec::new();
        let mut seen = BTreeSet::from([node]);
        // Depth first, so that what is on the stack with a mark is the way to the current node.
        let mut stack = vec![(node, false)];
        let mut current = Vec::new();
        while let Some((number, is_left)) = stack.pop() {
            if is_left {
                current.pop();
                continue;
            }
            current.push(number);
            stack.push((number, true));
            let mut found = Vec::new();
            let mut deeper = Vec::new();
            if self.taken_at(number).stopped >= self.outage(number) {
                found.push(number);
            } else if let Some(needs) = self.graph.node(number).and_then(|it| it.needs.as_ref()) {
                self.blame(number, needs, &mut found, &mut deeper);
            }
            for cause in found {
                causes.insert(cause);
                if way.is_empty() {
                    way.clone_from(&current);
                    way.extend((cause != number).then_some(cause));
                }
            }
            for next in deeper {
                if seen.insert(next) {
                    stack.push((next, false));
                }
            }
        }
        (causes, way)
    }

    /// The ends of cut edges, and the nodes that are out, that make a need not hold.
    fn blame(
        &self,
        node: Number,
        need: &Expression,
        found: &mut Vec<Number>,
        deeper: &mut Vec<Number>,
    ) {
        match need {
            Expression::Supply(edge) => {
                let (direct, further) = (self.direct(node, edge), self.outage(edge.on));
                if further >= direct {
                    deeper.push(edge.on);
                } else if part(&self.taken_at(edge.on).withheld, edge.gives) >= direct {
                    found.push(edge.on);
                } else {
                    found.push(node);
                }
            }
            Expression::AtLeast(wanted, parts) => {
                let mut gaps: Vec<(u32, &Expression)> = parts
                    .iter()
                    .map(|part| (self.missing(node, part, &mut false), part))
                    .collect();
                gaps.sort_by_key(|(gap, _)| std::cmp::Reverse(*gap));
                let wanted = self.wanted(*wanted, parts.len());
                let blamed = parts.len().saturating_sub(wanted).saturating_add(1);
                for (_, part) in gaps.iter().take(blamed).filter(|(gap, _)| *gap > 0) {
                    self.blame(node, part, found, deeper);
                }
            }
        }
    }
}

/// One part of what is taken.
fn part(taken: &[u32; 4], gives: Gives) -> u32 {
    let [outside, presence, reads, writes] = *taken;
    match gives {
        Gives::Outside => outside,
        Gives::Presence => presence,
        Gives::Reads => reads,
        Gives::Writes => writes,
    }
}

fn at<T: Copy>(list: &[T], number: Number) -> Option<T> {
    list.get(usize::try_from(number).ok()?).copied()
}

fn at_mut<T>(list: &mut [T], number: Number) -> Option<&mut T> {
    list.get_mut(usize::try_from(number).ok()?)
}
