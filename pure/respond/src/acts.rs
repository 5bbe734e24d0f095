//! The actions of a plan with their targets looked up, once for all that is tried instead of it.

use std::cmp::Ordering;

use crate::graph::{Graph, Kind, Target};
use crate::{Measure, Plan};

/// An action as it is tried: what was asked, or another measure on the same target.
///
/// They have the order of the actions that they stand for, without a look at any name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Act<'t, 'p> {
    pub(crate) target: &'t Target<'p>,
    pub(crate) measure: Measure,
}

/// The target of each action of a plan, in their order.
pub(crate) fn targets<'p>(graph: &'p Graph, plan: &'p Plan) -> Vec<Target<'p>> {
    let mut targets: Vec<Target<'p>> = Vec::with_capacity(plan.actions().len());
    for (place, action) in plan.actions().iter().enumerate() {
        // Actions on one target follow each other.
        let same = targets.last().filter(|it| it.id == &action.target);
        let target = same.copied();
        targets.push(target.unwrap_or_else(|| graph.target(&action.target, place)));
    }
    targets
}

/// The actions of a plan as they were asked, on [`targets`] of the same plan.
pub(crate) fn acts<'t, 'p>(plan: &Plan, targets: &'t [Target<'p>]) -> Vec<Act<'t, 'p>> {
    let measures = plan.actions().iter().map(|it| it.measure);
    let acts = targets.iter().zip(measures);
    acts.map(|(target, measure)| Act { target, measure })
        .collect()
}

impl Act<'_, '_> {
    /// Whether the measure can be taken on what it is meant for.
    pub(crate) fn fits(&self) -> bool {
        match self.target.kind {
            Some(Kind::Supplier(kind)) => self.measure.fits(*kind),
            // Care is contained by nobody.
            Some(Kind::Function(_)) => false,
            None => true,
        }
    }

    /// The same with another measure.
    pub(crate) fn with(self, measure: Measure) -> Self {
        Self { measure, ..self }
    }

    fn key(&self) -> (usize, Measure) {
        (self.target.place, self.measure)
    }
}

impl PartialEq for Act<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Act<'_, '_> {}

impl PartialOrd for Act<'_, '_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Act<'_, '_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
