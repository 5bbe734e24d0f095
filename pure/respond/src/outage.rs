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
use std::collections::BTreeSet;
use std::slice::Iter;

use hospital::Gives;

use crate::graph::{Edge, Graph, Number, Step};
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
    /// For how long others miss each part of a node, by node: together with why it is out, because
    /// that is all that is read of a node by those that need it.
    missed: Vec<[u32; 4]>,
    /// What is taken at a node, by its slot; the first is nothing.
    slots: Vec<Slot>,
    /// The nodes that the plan acts on; one may be here twice.
    planned: Vec<Number>,
    /// Whether a node is out before any plan, by node; empty when none is.
    out_before: Vec<bool>,
    /// Whether the plan acts on a node or on anything that it needs, by node; only told while
    /// something is out before.
    touched: Vec<bool>,
    /// How many of those there are.
    touched_count: u64,
    /// Whether what has failed is known. A second supplier that nobody has seen working is none.
    redundancy_is_known: bool,
    /// Nodes that are still to be looked at, a bit for each.
    open: Vec<u64>,
    /// How many nodes have been looked at.
    looked: u64,
}

/// What is known of one node.
#[derive(Debug, Clone, Copy)]
struct State {
    outage: u32,
    /// Where what is taken at it is; 0 for nothing.
    slot: u32,
}

/// What is taken at one node.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// By orders in force, and by failures.
    standing: Taken,
    /// By the plan.
    planned: Taken,
    /// By the plan that is being laid.
    next: Taken,
    /// In all.
    taken: Taken,
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
        let mut changed = Vec::new();
        let in_force = in_force.map(|it| (graph.number(&it.target), it.measure));
        // A node that has failed is a node without power.
        let failed = failed.iter().map(|it| (Some(*it), Measure::CutPower));
        for (number, measure) in in_force.chain(failed) {
            if let Some((number, slot)) = number.and_then(|it| Some((it, outages.slot(it)?))) {
                slot.standing.add(measure, FOREVER);
                changed.push(number);
            }
        }
        outages.follow(&changed);
        let are_out = outages.states.iter().map(|it| it.outage > 0);
        if are_out.clone().any(|it| it) {
            outages.out_before = are_out.collect();
        }
        outages
    }

    fn new(graph: &'a Graph, redundancy_is_known: bool) -> Self {
        let count = graph.nodes.len();
        Self {
            graph,
            // A checked directory has no need that nothing can meet: while nothing is taken, nothing
            // is out.
            states: vec![State { outage: 0, slot: 0 }; count],
            missed: vec![[0; 4]; count],
            slots: vec![Slot::default()],
            planned: Vec::new(),
            out_before: Vec::new(),
            touched: Vec::new(),
            touched_count: 0,
            redundancy_is_known,
            open: vec![0; count.div_ceil(WORD_BITS)],
            looked: 0,
        }
    }

    /// Lays a plan that lasts so long on what stands, instead of the plan before.
    pub(crate) fn lay(&mut self, actions: impl Iterator<Item = (Number, Measure)>, lasting: u32) {
        let before = std::mem::take(&mut self.planned);
        for &number in &before {
            if let Some(slot) = self.slot(number) {
                slot.next = Taken::default();
            }
        }
        for (number, measure) in actions {
            if let Some(slot) = self.slot(number) {
                slot.next.add(measure, lasting);
                self.planned.push(number);
            }
        }
        let mut changed = Vec::new();
        for number in before.iter().chain(&self.planned.clone()).copied() {
            if let Some(slot) = self.slot(number).filter(|it| it.planned != it.next) {
                slot.planned = slot.next;
                changed.push(number);
            }
        }
        self.follow(&changed);
        if !self.out_before.is_empty() {
            if before != self.planned {
                self.touch();
            }
            self.looked = self.looked.saturating_add(self.touched_count);
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
        let was_out = || at(&self.out_before, number).unwrap_or(false);
        let is_touched = || at(&self.touched, number).unwrap_or(true);
        self.outage(number) > 0 && (!was_out() || is_touched())
    }

    /// Marks what the plan acts on, and all that needs it at any remove.
    fn touch(&mut self) {
        self.touched.clear();
        self.touched.resize(self.states.len(), false);
        self.touched_count = 0;
        let mut open = self.planned.clone();
        while let Some(number) = open.pop() {
            let touched = at_mut(&mut self.touched, number).filter(|it| !**it);
            if let Some(touched) = touched {
                *touched = true;
                self.touched_count = self.touched_count.saturating_add(1);
                open.extend(self.graph.above(number));
            }
        }
    }

    /// Follows a change of what is taken at some nodes upwards.
    fn follow(&mut self, changed: &[Number]) {
        for &number in changed {
            if let Some(slot) = self.slot(number) {
                slot.taken = slot.standing.max(slot.planned);
            }
            self.look_at(number);
            // What it gives may have changed although it is out no longer than before.
            self.look_above(number);
        }
        // What needs a node has a higher number, so one sweep upwards meets all of them.
        for word in 0..self.open.len() {
            while let Some(number) = self.take_lowest(word) {
                let taken = self.taken_at(number);
                let outage = self.out(number, taken);
                let missed = taken.withheld.map(|it| it.max(outage));
                self.looked = self.looked.saturating_add(1);
                if let Some(it) = at_mut(&mut self.missed, number) {
                    *it = missed;
                }
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

    /// What is taken at a node.
    fn taken_at(&self, number: Number) -> &Taken {
        const NOTHING: &Taken = &Taken {
            stopped: 0,
            withheld: [0; 4],
            deprived: [0; 4],
        };
        let slot = at(&self.states, number).and_then(|it| usize::try_from(it.slot).ok());
        let slot = slot.filter(|it| *it > 0).and_then(|it| self.slots.get(it));
        slot.map_or(NOTHING, |it| &it.taken)
    }

    /// Where what is taken at a node is written.
    fn slot(&mut self, number: Number) -> Option<&mut Slot> {
        let state = at_mut(&mut self.states, number)?;
        if state.slot == 0 {
            state.slot = u32::try_from(self.slots.len()).ok()?;
            self.slots.push(Slot::default());
        }
        at_mut(&mut self.slots, state.slot)
    }

    /// How long a node at which so much is taken would be out.
    fn out(&self, number: Number, taken: &Taken) -> u32 {
        let mut steps = self.graph.needs(number).iter();
        let all = match steps.clone().next() {
            Some(&Step::AtLeast { wanted, parts }) if self.wanted(wanted, parts) == parts => parts,
            _ => return taken.stopped.max(self.missing(taken, &mut steps)),
        };
        // Of a node that needs all of its parts, none is read after one that says enough: nothing
        // lasts longer than until further notice.
        steps.next();
        let mut outage = taken.stopped;
        for _ in 0..all {
            if outage == FOREVER {
                break;
            }
            outage = outage.max(self.missing(taken, &mut steps));
        }
        outage
    }

    /// How long the need that comes next in `steps` would not hold, for a node at which so much is
    /// taken.
    fn missing(&self, taken: &Taken, steps: &mut Iter<'_, Step>) -> u32 {
        match steps.next() {
            None => 0,
            Some(Step::Supply(edge)) => self.gap(taken, edge),
            Some(&Step::AtLeast { wanted, parts }) => self.short(taken, (wanted, parts), steps),
        }
    }

    /// How long fewer than the wanted of the parts that come next in `steps` would hold: of at
    /// least `k`, that is the `k`-th shortest of the outages of the parts.
    fn short(&self, taken: &Taken, (wanted, parts): (u32, u32), steps: &mut Iter<'_, Step>) -> u32 {
        let wanted = self.wanted(wanted, parts);
        // Each part is read whatever the others are: the next need begins behind the last.
        let gaps = (0..parts).map(|_| self.missing(taken, steps));
        if wanted == parts {
            return gaps.fold(0, u32::max);
        }
        if wanted == 1 {
            return gaps.fold(FOREVER, u32::min);
        }
        let mut few = [FOREVER; FEW];
        let mut many = Vec::new();
        let parts = usize::try_from(parts).unwrap_or(usize::MAX);
        let gaps = if let Some(few) = few.get_mut(..parts) {
            few.iter_mut().zip(gaps).for_each(|(it, gap)| *it = gap);
            few
        } else {
            many.extend(gaps);
            many.as_mut_slice()
        };
        gaps.sort_unstable();
        match usize::try_from(wanted).ok().map(|it| it.checked_sub(1)) {
            Some(None) => 0,
            Some(Some(last)) => gaps.get(last).copied().unwrap_or(FOREVER),
            None => FOREVER,
        }
    }

    /// How many of so many parts must hold.
    fn wanted(&self, wanted: u32, parts: u32) -> u32 {
        if self.redundancy_is_known {
            wanted
        } else {
            wanted.max(parts)
        }
    }

    /// How long one edge would be cut, for a node at which so much is taken.
    fn gap(&self, taken: &Taken, edge: &Edge) -> u32 {
        let on = usize::try_from(edge.on).ok();
        let missed = on.and_then(|on| self.missed.get(on));
        let missed = missed.map_or(FOREVER, |it| part(it, edge.gives));
        let gap = missed.max(part(&taken.deprived, edge.gives));
        if gap < edge.bridged_minutes { 0 } else { gap }
    }

    /// How long an edge would be cut by what is done to who gives.
    fn withheld(&self, edge: &Edge) -> u32 {
        part(&self.taken_at(edge.on).withheld, edge.gives)
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
            } else {
                let mut needs = self.graph.needs(number).iter();
                self.blame(number, &mut needs, &mut found, &mut deeper);
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

    /// The ends of cut edges, and the nodes that are out, that make the need that comes next in
    /// `steps` not hold.
    fn blame(
        &self,
        node: Number,
        steps: &mut Iter<'_, Step>,
        found: &mut Vec<Number>,
        deeper: &mut Vec<Number>,
    ) {
        let taken = self.taken_at(node);
        match steps.next() {
            None => {}
            Some(Step::Supply(edge)) => {
                let (withheld, further) = (self.withheld(edge), self.outage(edge.on));
                let direct = withheld.max(part(&taken.deprived, edge.gives));
                if further >= direct {
                    deeper.push(edge.on);
                } else if withheld >= direct {
                    found.push(edge.on);
                } else {
                    found.push(node);
                }
            }
            Some(Step::AtLeast { wanted, parts }) => {
                let gaps = (0..*parts).map(|_| {
                    let part = steps.clone();
                    (self.missing(taken, steps), part)
                });
                let mut gaps: Vec<(u32, Iter<'_, Step>)> = gaps.collect();
                gaps.sort_by_key(|(gap, _)| Reverse(*gap));
                let blamed = parts.saturating_sub(self.wanted(*wanted, *parts));
                let blamed = usize::try_from(blamed).map_or(usize::MAX, |it| it.saturating_add(1));
                for (_, mut part) in gaps.into_iter().take(blamed).filter(|(gap, _)| *gap > 0) {
                    self.blame(node, &mut part, found, deeper);
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
///
/// INVARIANT: (4) containment needs more than care: parts lie in the order of [`Gives::ALL`], which
/// is that of its declaration, so that each edge reads one value; what is not there is missed.
fn part(taken: &[u32; 4], gives: Gives) -> u32 {
    taken.get(gives as usize).copied().unwrap_or(FOREVER)
}

fn at<T: Copy>(list: &[T], number: Number) -> Option<T> {
    list.get(usize::try_from(number).ok()?).copied()
}

fn at_mut<T>(list: &mut [T], number: Number) -> Option<&mut T> {
    list.get_mut(usize::try_from(number).ok()?)
}
