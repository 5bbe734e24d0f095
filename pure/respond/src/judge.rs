//! The judge of one question: every plan that is tried for it, on the same state of the house.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use event::{EstablishmentId, SupplyId, Timestamp};

use crate::acts::Act;
use crate::graph::{Care, Graph, Kind, Number};
use crate::outage::{FOREVER, Outages};
use crate::situation::Situation;
use crate::verdict::{Loss, LostBecause, Verdict};
use crate::{Facts, InForce, Interlock, Use};

/// A graph under what stands, and what is known of now.
pub(crate) struct Judge<'a> {
    pub(crate) interlock: &'a Interlock,
    pub(crate) situation: Situation<'a>,
    outages: Outages<'a>,
}

impl<'a> Judge<'a> {
    /// `facts` are fresh, or there are none.
    pub(crate) fn new(
        interlock: &'a Interlock,
        facts: Option<&'a Facts>,
        in_force: &'a InForce,
        now: Timestamp,
    ) -> Self {
        let graph = interlock.graph();
        let situation = Situation::new(graph, facts, in_force, now);
        let actions = in_force.actions().map(|(_, it)| it);
        let known = situation.is_known();
        let outages = Outages::standing(graph, known, actions, situation.failed());
        Self {
            interlock,
            situation,
            outages,
        }
    }

    /// What some actions that begin at `begin` and last so long, or until further notice, would do.
    pub(crate) fn verdict<'p>(
        &mut self,
        acts: &[Act<'_, 'p>],
        minutes: Option<NonZeroU32>,
        begin: Timestamp,
    ) -> Verdict<'p>
    where
        'a: 'p,
    {
        let graph = self.interlock.graph();
        let mut reach = Reach::of(acts, begin);
        let lasting = minutes.map(NonZeroU32::get);
        let known = acts.iter();
        let known = known.filter_map(|it| Some((it.target.number?, it.measure)));
        self.outages.lay(known, lasting.unwrap_or(FOREVER));
        reach.follow(graph, &self.outages, begin);
        let unfit = acts.iter().filter(|it| !it.fits());
        let mut verdict = Verdict {
            unfit: unfit.map(|it| (it.target.id, it.measure)).collect(),
            ..Verdict::default()
        };
        for number in graph.functions() {
            let Some(node) = graph.node(number) else {
                continue;
            };
            let Kind::Function(care) = &node.kind else {
                continue;
            };
            let is_cut = self.outages.is_cut(number);
            let Some(because) = reach.because(care, node.site.as_ref(), is_cut) else {
                continue;
            };
            let outage = self.outages.outage(number);
            if !self.is_in_use(number, care, begin, lasting) {
                continue;
            }
            let uses = self.situation.uses(number).iter();
            let spent = uses.map(|it| it.interrupted_minutes).max();
            let felt = outage.saturating_add(spent.unwrap_or(0));
            let is_measured = because == LostBecause::LastSupplier;
            if is_measured && felt < care.tolerance_minutes {
                verdict.tolerated.push(&node.id);
                continue;
            }
            verdict.lost.push(Loss {
                function: Some(number),
                id: &node.id,
                because,
                outage: if is_measured { outage } else { FOREVER },
            });
        }
        // Care in use that the graph does not have may need anything anywhere.
        let strangers = self.situation.strangers().iter();
        let strangers = strangers.filter(|it| it.meets(self.situation.now, begin, lasting));
        let ids: BTreeSet<&SupplyId> = strangers.map(|it| &it.function).collect();
        verdict.lost.extend(ids.into_iter().map(|id| Loss {
            function: None,
            id,
            because: LostBecause::NeedsUnknown,
            outage: FOREVER,
        }));
        verdict.unknown = reach.unknown;
        verdict
    }

    /// The outages under the plan that was judged last.
    pub(crate) fn laid(&self) -> &Outages<'a> {
        &self.outages
    }

    /// The uses of the lost care that stand in the way of what begins at `begin`.
    pub(crate) fn in_the_way(
        &self,
        verdict: &Verdict<'_>,
        minutes: Option<NonZeroU32>,
        begin: Timestamp,
    ) -> Vec<&'a Use> {
        let lasting = minutes.map(NonZeroU32::get);
        let lost = verdict.lost.iter().filter_map(|it| it.function);
        let uses = lost.flat_map(|it| self.situation.uses(it));
        let all = uses.chain(self.situation.strangers());
        let meet = all.filter(|it| it.meets(self.situation.now, begin, lasting));
        meet.copied().collect()
    }

    fn is_in_use(
        &self,
        function: Number,
        care: &Care,
        begin: Timestamp,
        lasting: Option<u32>,
    ) -> bool {
        let now = self.situation.now;
        let mut uses = self.situation.uses(function).iter();
        care.continuous
            || !self.situation.is_known()
            || uses.any(|it| it.meets(now, begin, lasting))
    }
}

/// What a plan may reach beyond what the graph tells.
struct Reach<'a> {
    /// What is reached of which nobody knows what depends on it.
    unknown: Vec<&'a SupplyId>,
    /// Where those are; `None` may be anywhere.
    unknown_sites: BTreeSet<Option<&'a EstablishmentId>>,
    /// Where all that is reached is.
    sites: BTreeSet<Option<&'a EstablishmentId>>,
}

impl<'a> Reach<'a> {
    fn of(acts: &[Act<'_, 'a>], at: Timestamp) -> Self {
        let targets = || acts.iter().map(|it| it.target);
        let unknown = || targets().filter(|it| !it.is_understood(at));
        Self {
            unknown: unknown().map(|it| it.id).collect(),
            unknown_sites: unknown().map(|it| it.site).collect(),
            sites: targets().map(|it| it.site).collect(),
        }
    }

    /// What the plan takes down at a remove is reached as well as what it acts on.
    fn follow(&mut self, graph: &'a Graph, outages: &Outages<'_>, at: Timestamp) {
        let cut = graph.strange(at).filter(|it| outages.is_cut(*it));
        for node in cut.filter_map(|it| graph.node(it)) {
            self.unknown.push(&node.id);
            self.unknown_sites.insert(node.site.as_ref());
        }
        if graph.has_undescribed() {
            let suppliers = graph.numbered();
            let cut = suppliers.filter(|(number, node)| {
                matches!(node.kind, Kind::Supplier(_)) && outages.is_cut(*number)
            });
            self.sites.extend(cut.map(|(_, node)| node.site.as_ref()));
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
