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
//!
//! The graph is large and a search for alternatives tries dozens of plans, so nothing is computed
//! twice: nothing is out while nothing is taken, what is in force and what has failed is laid on
//! that once, and from one plan to the next only what changes is followed upwards,
//! in the order of the numbers, until it no longer changes anything.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use hospital::Gives;

use crate::graph::{Edge, Expression, Graph, Number};
use crate::{Action, Measure};

/// Until further notice.
pub(crate) const FOREVER: u32 = u32::MAX;

/// So many parts of a need are sorted without memory of their own.
const FEW: usize = 8;

/// The bits of one word of open nodes.
const WORD_BITS: usize = 64;

/// The outage of each node under what stands and one plan.
#[derive(Debug)]
pub(crate) struct Outages<'a> {
    graph: &'a Graph,
    /// By node.
    states: Vec<State>,
    /// What is taken by orders in force, and by failures.
    standing: BTreeMap<Number, Taken>,
    /// What is taken by the plan.
    planned: BTreeMap<Number, Taken>,
    /// What is taken in all, by the slot of a node; the first is nothing.
    taken: Vec<Taken>,
    /// Nodes that are out before any plan.
    out_before: BTreeSet<Number>,
    /// Whether the plan acts on a node or on anything that it needs, by node; only told while
    /// something is out before.
    touched: Vec<bool>,
    /// Whether what has failed is known. A second supplier that nobody has seen working is none.
    redundancy_is_known: bool,
    /// Nodes that are still to be looked at, a bit for each.
    open: Vec<u64>,
    /// How many nodes have been looked at.
    looked: u64,
}

/// What is known of one node: together, because each edge reads both.
#[derive(Debug, Clone, Copy)]
struct State {
    outage: u32,
    /// Where what is taken at it is; 0 for nothing.
    slot: u32,
}

/// What all actions on one node take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Taken {
    /// For how long the node itself stops.
    stopped: u32,
    /// For how long others miss each part of it.
    withheld: [u32; 4],
    /// For how long it misses each part of others.
    deprived: [u32; 4],
}

impl<'a> Outages<'a> {
    /// The outages under what stands: the actions in force, of which nobody knows when they really
    /// end, and the suppliers that have failed.
    pub(crate) fn standing<'b>(
        graph: &'a Graph,
        redundancy_is_known: bool,
        in_force: impl Iterator<Item = &'b Action>,
        failed: &[Number],
    ) -> Self {
        let mut outages = Self::new(graph, redundancy_is_known);
        let in_force = in_force.map(|it| (graph.number(&it.target), it.measure));
        // A node that has failed is a node without power.
        let failed = failed.iter().map(|it| (Some(*it), Measure::CutPower));
        for (number, measure) in in_force.chain(failed) {
            if let Some(number) = number {
                let taken = outages.standing.entry(number).or_default();
                taken.add(measure, FOREVER);
            }
        }
        let numbers: Vec<Number> = outages.standing.keys().copied().collect();
        outages.follow(&numbers);
        let numbers = graph.numbered().map(|(number, _)| number);
        outages.out_before = numbers.filter(|it| outages.outage(*it) > 0).collect();
        outages
    }

    fn new(graph: &'a Graph, redundancy_is_known: bool) -> Self {
        let count = graph.nodes.len();
        Self {
            graph,
            // A checked directory has no need that nothing can meet: while nothing is taken, nothing
            // is out.
            states: vec![State { outage: 0, slot: 0 }; count],
            standing: BTreeMap::new(),
            planned: BTreeMap::new(),
            taken: vec![Taken::default()],
            out_before: BTreeSet::new(),
            touched: Vec::new(),
            redundancy_is_known,
            open: vec![0; count.div_ceil(WORD_BITS)],
            looked: 0,
        }
    }

    /// Lays a plan that lasts so long on what stands, instead of the plan before.
    pub(crate) fn lay(&mut self, actions: impl Iterator<Item = (Number, Measure)>, lasting: u32) {
        let mut planned: BTreeMap<Number, Taken> = BTreeMap::new();
        for (number, measure) in actions {
            planned.entry(number).or_default().add(measure, lasting);
        }
        let before = std::mem::replace(&mut self.planned, planned);
        let all = before.keys().chain(self.planned.keys());
        let changed = all.filter(|it| before.get(it) != self.planned.get(it));
        let changed: Vec<Number> = changed.copied().collect();
        self.follow(&changed);
        if !self.out_before.is_empty() {
            self.touch();
        }
    }

    /// How long a node would be out.
    pub(crate) fn outage(&self, number: Number) -> u32 {
        at(&self.states, number).map_or(FOREVER, |it| it.outage)
    }

    /// Whether a node is out, and the plan acts on it or on something that it needs.
    ///
    /// One that was not out before can only be out by the plan.
    pub(crate) fn is_cut(&self, number: Number) -> bool {
        let is_touched = || at(&self.touched, number).unwrap_or(true);
        self.outage(number) > 0 && (!self.out_before.contains(&number) || is_touched())
    }

    /// Marks what the plan acts on, and all that needs it at any remove.
    fn touch(&mut self) {
        self.touched = vec![false; self.states.len()];
        let mut open: Vec<Number> = self.planned.keys().copied().collect();
        while let Some(number) = open.pop() {
            let touched = at_mut(&mut self.touched, number).filter(|it| !**it);
            if let Some(touched) = touched {
                *touched = true;
                self.looked = self.looked.saturating_add(1);
                open.extend(self.graph.above(number));
            }
        }
    }

    /// Follows a change of what is taken at some nodes upwards.
    fn follow(&mut self, changed: &[Number]) {
        for &number in changed {
            let [standing, planned] = [&self.standing, &self.planned]
                .map(|it| it.get(&number).copied().unwrap_or_default());
            let fresh = u32::try_from(self.taken.len()).unwrap_or(0);
            let Some(state) = at_mut(&mut self.states, number) else {
                continue;
            };
            if state.slot == 0 {
                state.slot = fresh;
                self.taken.push(Taken::default());
            }
            if let Some(taken) = at_mut(&mut self.taken, state.slot) {
                *taken = standing.max(planned);
            }
            self.look_at(number);
            // What it gives may have changed although it is out no longer than before.
            self.look_above(number);
        }
        // What needs a node has a higher number, so one sweep upwards meets all of them.
        for word in 0..self.open.len() {
            while let Some(number) = self.take_lowest(word) {
                let needs = self.graph.node(number).and_then(|it| it.needs.as_ref());
                let missing = needs.map_or(0, |it| self.missing(number, it));
                let outage = self.stopped(number).max(missing);
                self.looked = self.looked.saturating_add(1);
                let Some(state) = at_mut(&mut self.states, number) else {
                    continue;
                };
                if state.outage != outage {
                    state.outage = outage;
                    self.look_above(number);
                }
            }
        }
    }

    /// Takes the lowest node out of one word of those that are open.
    fn take_lowest(&mut self, word: usize) -> Option<Number> {
        let bits = self.open.get_mut(word)?;
        let bit = usize::try_from(bits.trailing_zeros()).ok()?;
        if bit >= WORD_BITS {
            return None;
        }
        *bits &= bits.wrapping_sub(1);
        Number::try_from(word.saturating_mul(WORD_BITS).saturating_add(bit)).ok()
    }

    /// How many nodes have been looked at, as a measure of work.
    pub(crate) fn looked(&self) -> u64 {
        self.looked
    }

    fn look_at(&mut self, number: Number) {
        let Ok(number) = usize::try_from(number) else {
            return;
        };
        if let Some(word) = self.open.get_mut(number / WORD_BITS) {
            *word |= 1 << (number % WORD_BITS);
        }
    }

    fn look_above(&mut self, number: Number) {
        let graph = self.graph;
        for &above in graph.above(number) {
            self.look_at(above);
        }
    }

    /// What is taken at a node, when anything is.
    fn taken_at(&self, number: Number) -> Option<&Taken> {
        let state = at(&self.states, number).filter(|it| it.slot > 0)?;
        self.taken.get(usize::try_from(state.slot).ok()?)
    }

    fn stopped(&self, number: Number) -> u32 {
        self.taken_at(number).map_or(0, |it| it.stopped)
    }

    /// How long a need of `node` would not hold.
    ///
    /// Of a need of at least `k`, that is the `k`-th shortest of the outages of its parts.
    fn missing(&self, node: Number, need: &Expression) -> u32 {
        let (wanted, parts) = match need {
            Expression::Supply(edge) => return self.gap(node, edge),
            Expression::AtLeast(wanted, parts) => (self.wanted(*wanted, parts.len()), parts),
        };
        let gaps = parts.iter().map(|part| self.missing(node, part));
        let Some(last) = wanted.checked_sub(1) else {
            return 0;
        };
        match parts.len().checked_sub(wanted) {
            None => FOREVER,
            Some(0) => gaps.max().unwrap_or(0),
            Some(_) if last == 0 => gaps.min().unwrap_or(0),
            Some(_) if parts.len() <= FEW => {
                let mut few = [FOREVER; FEW];
                few.iter_mut().zip(gaps).for_each(|(it, gap)| *it = gap);
                few.sort_unstable();
                few.get(last).copied().unwrap_or(FOREVER)
            }
            Some(_) => {
                let mut gaps: Vec<u32> = gaps.collect();
                *gaps.select_nth_unstable(last).1
            }
        }
    }

    /// How many of so many parts must hold.
    fn wanted(&self, wanted: usize, parts: usize) -> usize {
        if self.redundancy_is_known {
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
        let deprived = self
            .taken_at(node)
            .map_or(0, |it| part(&it.deprived, edge.gives));
        self.withheld(edge).max(deprived)
    }

    /// How long an edge would be cut by what is done to who gives.
    fn withheld(&self, edge: &Edge) -> u32 {
        let taken = self.taken_at(edge.on);
        taken.map_or(0, |it| part(&it.withheld, edge.gives))
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
            if self.stopped(number) >= self.outage(number) {
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
                } else if self.withheld(edge) >= direct {
                    found.push(edge.on);
                } else {
                    found.push(node);
                }
            }
            Expression::AtLeast(wanted, parts) => {
                let mut gaps: Vec<(u32, &Expression)> = parts
                    .iter()
                    .map(|part| (self.missing(node, part), part))
                    .collect();
                gaps.sort_by_key(|(gap, _)| Reverse(*gap));
                let wanted = self.wanted(*wanted, parts.len());
                let blamed = parts.len().saturating_sub(wanted).saturating_add(1);
                for (_, part) in gaps.iter().take(blamed).filter(|(gap, _)| *gap > 0) {
                    self.blame(node, part, found, deeper);
                }
            }
        }
    }
}

impl Taken {
    fn add(&mut self, measure: Measure, lasting: u32) {
        let mut other = Self::default();
        if measure.stops() {
            other.stopped = lasting;
        }
        let withheld = Gives::ALL.map(|it| if measure.withholds(it) { lasting } else { 0 });
        let deprived = Gives::ALL.map(|it| if measure.deprives(it) { lasting } else { 0 });
        (other.withheld, other.deprived) = (withheld, deprived);
        *self = self.max(other);
    }

    /// What either takes.
    fn max(self, other: Self) -> Self {
        let longer = |mut one: [u32; 4], other: [u32; 4]| {
            for (one, other) in one.iter_mut().zip(other) {
                *one = other.max(*one);
            }
            one
        };
        Self {
            stopped: self.stopped.max(other.stopped),
            withheld: longer(self.withheld, other.withheld),
            deprived: longer(self.deprived, other.deprived),
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
