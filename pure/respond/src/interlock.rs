//! The safety interlock: judges a plan of containment against the care that is in use.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use event::{EstablishmentId, SupplyId, Timestamp};
use hospital::Directory;

use crate::alternative::{Found, Search};
use crate::graph::{Care, Graph, Kind};
use crate::outage::{Burden, FOREVER, Outages};
use crate::situation::Situation;
use crate::verdict::{Loss, LostBecause, Verdict};
use crate::{Action, Basis, Error, Facts, InForce, Limits, Order, Plan, Refused};

/// The graph of what care stands on, ready to judge plans.
#[derive(Debug)]
pub struct Interlock {
    graph: Graph,
    limits: Limits,
}

/// What became of a plan.
#[derive(Debug)]
#[must_use]
pub enum Checked {
    /// It harms no care that is in use: this may be carried out.
    Ordered(Order),
    /// It would, or nobody can tell: why, and what could be done instead.
    Refused(Box<Refused>),
}

impl Interlock {
    /// Arranges the graph of a checked directory.
    pub fn new(directory: &Directory, limits: Limits) -> Result<Self, Error> {
        let graph = Graph::new(directory, &limits)?;
        Ok(Self { graph, limits })
    }

    /// How many care functions and suppliers there are.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.graph.nodes.len()
    }

    /// Judges a plan; an order enters into force in the same act.
    ///
    /// `facts` are what is known of now. Without them, or when they are older than
    /// [`Limits::facts_age_max_minutes`], every care function counts as in use and no redundancy
    /// counts: a second supplier that nobody has seen working is none.
    pub fn check(
        &self,
        plan: Plan,
        facts: Option<&Facts>,
        in_force: &mut InForce,
        now: Timestamp,
    ) -> Checked {
        let facts = facts.filter(|it| it.are_fresh(now, &self.limits));
        let refused = {
            let situation = Situation::new(&self.graph, facts, in_force, now);
            let mut verdict = self.judge(&plan, &situation, now);
            verdict.is_full = !in_force.has_room(self.limits.in_force_max);
            if verdict.passes() {
                Err(verdict.tolerated)
            } else {
                let search = Search::new(self, &plan, &situation);
                // Where there is no room for an order, there is none for a milder one.
                let found = if verdict.is_full {
                    Found::default()
                } else {
                    search.run()
                };
                Ok(Refused::tell(self, &plan, verdict, found, &situation))
            }
        };
        match refused {
            Ok(refused) => Checked::Refused(Box::new(refused)),
            // INVARIANT: (4) containment needs more than care: an order is made here, after a
            // verdict that passes, or of a refusal that two persons overrode, and nowhere else.
            Err(interrupted) => {
                let basis = Basis::Passed { interrupted };
                Checked::Ordered(Order::make(&plan, basis, in_force, now, &self.limits))
            }
        }
    }

    pub(crate) fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What a plan that begins at `begin` would do.
    pub(crate) fn judge(
        &self,
        plan: &Plan,
        situation: &Situation<'_>,
        begin: Timestamp,
    ) -> Verdict {
        let lasting = plan.minutes().map(NonZeroU32::get);
        let outages = self.outages(plan, situation);
        let reach = Reach::of(&self.graph, plan, begin);
        let mut verdict = Verdict {
            unfit: self.unfit(plan),
            ..Verdict::default()
        };
        for (number, node) in self.graph.numbered() {
            let Kind::Function(care) = &node.kind else {
                continue;
            };
            let outage = outages.outage(number);
            let is_cut = outage > 0 && outages.is_touched(number);
            let Some(because) = reach.because(care, node.site.as_ref(), is_cut) else {
                continue;
            };
            let uses = situation.uses(number);
            let in_use = care.continuous
                || !situation.is_known()
                || uses
                    .iter()
                    .any(|it| it.meets(situation.now, begin, lasting));
            if !in_use {
                continue;
            }
            let spent = uses.iter().map(|it| it.interrupted_minutes).max();
            let felt = outage.saturating_add(spent.unwrap_or(0));
            let is_measured = because == LostBecause::LastSupplier;
            if is_measured && felt < care.tolerance_minutes {
                verdict.tolerated.push(node.id.clone());
                continue;
            }
            verdict.lost.push(Loss {
                function: Some(number),
                id: node.id.clone(),
                because,
                outage: if is_measured { outage } else { FOREVER },
            });
        }
        // Care in use that the graph does not have may need anything anywhere.
        let strangers = situation.strangers().iter();
        let strangers = strangers.filter(|it| it.meets(situation.now, begin, lasting));
        let ids: BTreeSet<&SupplyId> = strangers.map(|it| &it.function).collect();
        verdict.lost.extend(ids.into_iter().map(|id| Loss {
            function: None,
            id: id.clone(),
            because: LostBecause::NeedsUnknown,
            outage: FOREVER,
        }));
        verdict.unknown = reach.unknown;
        verdict
    }

    pub(crate) fn outages(&self, plan: &Plan, situation: &Situation<'_>) -> Outages<'_> {
        let burden = Burden {
            in_force: situation.in_force.actions().map(|(_, it)| it).collect(),
            planned: plan.actions(),
            lasting: plan.minutes().map_or(FOREVER, NonZeroU32::get),
            failed: situation.failed(),
            redundancy_is_known: situation.is_known(),
        };
        Outages::of(&self.graph, &burden)
    }

    /// The actions that cannot be taken on what they are meant for.
    fn unfit(&self, plan: &Plan) -> BTreeSet<Action> {
        let fits = |action: &&Action| {
            let number = self.graph.number(&action.target);
            match number.and_then(|it| self.graph.node(it)).map(|it| &it.kind) {
                Some(Kind::Supplier(kind)) => action.measure.fits(*kind),
                // Care is contained by nobody.
                Some(Kind::Function(_)) => false,
                None => true,
            }
        };
        let actions = plan.actions().iter();
        actions.filter(|it| !fits(it)).cloned().collect()
    }
}

/// What a plan may reach beyond what the graph tells.
struct Reach<'a> {
    /// The targets of which nobody knows what depends on them.
    unknown: BTreeSet<SupplyId>,
    /// Where those are; `None` may be anywhere.
    unknown_sites: BTreeSet<Option<&'a EstablishmentId>>,
    /// Where all targets are.
    sites: BTreeSet<Option<&'a EstablishmentId>>,
}

impl<'a> Reach<'a> {
    fn of(graph: &'a Graph, plan: &Plan, at: Timestamp) -> Self {
        let targets = || plan.actions().iter().map(|it| &it.target);
        let unknown = || targets().filter(|it| !graph.understands(it, at));
        Self {
            unknown: unknown().cloned().collect(),
            unknown_sites: unknown().map(|it| graph.site(it)).collect(),
            sites: targets().map(|it| graph.site(it)).collect(),
        }
    }

    /// Why a care function would be lost, if it is in use.
    ///
    /// INVARIANT: (4) containment needs more than care: an unknown dependency counts as vital, on
    /// the side of the target and on that of the function.
    fn because(
        &self,
        care: &Care,
        site: Option<&EstablishmentId>,
        is_cut: bool,
    ) -> Option<LostBecause> {
        if may_meet(&self.unknown_sites, site) {
            Some(LostBecause::SupplierUnknown)
        } else if !care.is_described && may_meet(&self.sites, site) {
            Some(LostBecause::NeedsUnknown)
        } else {
            is_cut.then_some(LostBecause::LastSupplier)
        }
    }
}

/// Whether a place may be one of some places; an unknown place may be any.
fn may_meet(places: &BTreeSet<Option<&EstablishmentId>>, site: Option<&EstablishmentId>) -> bool {
    match site {
        Some(_) => places.contains(&site) || places.contains(&None),
        None => !places.is_empty(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
