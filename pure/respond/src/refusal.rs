//! A refusal, which explains itself: what would be lost, by what way, and what to do instead.

use std::collections::BTreeSet;

use event::{SupplyId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alternative::Found;
use crate::graph::{Kind, Number};
use crate::judge::Judge;
use crate::outage::{FOREVER, Outages};
use crate::situation::Situation;
use crate::verdict::{Loss, LostBecause, Verdict};
use crate::{Action, Alternative, Interlock, Limits, Plan};

/// A plan that must not be carried out as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub(crate) plan: Plan,
    pub(crate) at: Timestamp,
    /// The state of what was in force.
    pub(crate) revision: u64,
    pub(crate) limits: Limits,
    reasons: BTreeSet<RefusedBecause>,
    lost: Vec<LostFunction>,
    lost_count: usize,
    unknown: BTreeSet<SupplyId>,
    unfit: BTreeSet<Action>,
    alternatives: Vec<Alternative>,
    searched_all: bool,
}

/// Why a plan is refused, in the order of how much it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusedBecause {
    /// Care that is in use would be lost.
    CareFunctionLost,
    /// Nobody knows what depends on a target; a clearance, or its place in the graph, would tell.
    UnknownDependency,
    /// What is in use now is not known, so everything counts as in use.
    UseUnknown,
    /// A measure cannot be taken on what it is meant for.
    MeasureUnfit,
    /// As many orders are in force as may be.
    TooManyInForce,
}

/// A care function that a plan would take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LostFunction {
    /// The care function.
    pub function: SupplyId,
    /// Its name; its id when the directory does not have it.
    pub name: String,
    /// Why it counts as lost.
    pub because: LostBecause,
    /// For how long; without it, nobody knows.
    pub outage_minutes: Option<u32>,
    /// What it would have tolerated.
    pub tolerance_minutes: u32,
    /// What to do, or what holds by itself, when it is interrupted.
    pub safe_state: String,
    /// Its expected end, when all of its uses have one.
    pub in_use_until: Option<Timestamp>,
    /// From the function, by what it needs, to something that is contained or has failed.
    pub path: Vec<SupplyId>,
    /// What is contained or has failed and together takes the function, whatever else works; where
    /// nobody knows, what may take it.
    pub cut: BTreeSet<SupplyId>,
}

impl Refused {
    /// Tells of the plan that the judge has judged last, before anything is searched instead.
    pub(crate) fn tell(judge: &Judge<'_>, plan: &Plan, verdict: &Verdict<'_>) -> Self {
        let unknown = verdict.unknown.iter().copied().cloned().collect();
        let unfit = verdict.unfit.iter().map(|(target, measure)| Action {
            target: (*target).clone(),
            measure: *measure,
        });
        let (interlock, situation) = (judge.interlock, &judge.situation);
        let limits = *interlock.limits();
        let telling = Telling {
            interlock,
            situation,
            outages: judge.laid(),
            unknown: &unknown,
            targets: plan.actions().iter().map(|it| it.target.clone()).collect(),
        };
        let lost = verdict.lost.iter().take(limits.lost_listed_max);
        let lost = lost.map(|loss| telling.function(loss)).collect();
        let reasons = [
            (RefusedBecause::CareFunctionLost, !verdict.lost.is_empty()),
            (
                RefusedBecause::UnknownDependency,
                !verdict.unknown.is_empty(),
            ),
            (RefusedBecause::UseUnknown, !situation.is_known()),
            (RefusedBecause::MeasureUnfit, !verdict.unfit.is_empty()),
            (RefusedBecause::TooManyInForce, verdict.is_full),
        ];
        let reasons = reasons.into_iter().filter(|(_, holds)| *holds);
        Self {
            plan: plan.clone(),
            at: situation.now,
            revision: situation.in_force.revision(),
            limits,
            reasons: reasons.map(|(reason, _)| reason).collect(),
            lost,
            lost_count: verdict.lost.len(),
            unfit: unfit.collect(),
            unknown,
            alternatives: Vec::new(),
            searched_all: false,
        }
    }

    /// Adds what could be done instead.
    pub(crate) fn offer(&mut self, found: Found) {
        self.alternatives = found.alternatives;
        self.searched_all = found.searched_all;
    }

    /// The plan that is refused.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Why; at least one reason.
    #[must_use]
    pub fn reasons(&self) -> &BTreeSet<RefusedBecause> {
        &self.reasons
    }

    /// The care that would be lost, up to [`Limits::lost_listed_max`].
    #[must_use]
    pub fn lost(&self) -> &[LostFunction] {
        &self.lost
    }

    /// How much care would be lost in all.
    #[must_use]
    pub fn lost_count(&self) -> usize {
        self.lost_count
    }

    /// The targets of which nobody knows what depends on them.
    #[must_use]
    pub fn unknown(&self) -> &BTreeSet<SupplyId> {
        &self.unknown
    }

    /// The actions that cannot be taken on what they are meant for.
    #[must_use]
    pub fn unfit(&self) -> &BTreeSet<Action> {
        &self.unfit
    }

    /// What could be done instead, the mildest first. Each has passed the same check, as of now;
    /// carrying one out asks again.
    #[must_use]
    pub fn alternatives(&self) -> &[Alternative] {
        &self.alternatives
    }

    /// Whether every alternative was tried; else there may be more, or closer ones.
    #[must_use]
    pub fn searched_all(&self) -> bool {
        self.searched_all
    }

    /// When it was refused.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

impl RefusedBecause {
    /// Every reason.
    pub const ALL: [Self; 5] = [
        Self::CareFunctionLost,
        Self::UnknownDependency,
        Self::UseUnknown,
        Self::MeasureUnfit,
        Self::TooManyInForce,
    ];

    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CareFunctionLost => "care-function-lost",
            Self::UnknownDependency => "unknown-dependency",
            Self::UseUnknown => "use-unknown",
            Self::MeasureUnfit => "measure-unfit",
            Self::TooManyInForce => "too-many-in-force",
        }
    }
}

/// What it takes to tell of a loss.
struct Telling<'a> {
    interlock: &'a Interlock,
    situation: &'a Situation<'a>,
    outages: &'a Outages<'a>,
    unknown: &'a BTreeSet<SupplyId>,
    targets: BTreeSet<SupplyId>,
}

impl Telling<'_> {
    fn function(&self, loss: &Loss<'_>) -> LostFunction {
        let node = loss.function.and_then(|it| self.interlock.graph().node(it));
        let care = node.and_then(|it| match &it.kind {
            Kind::Function(care) => Some(care),
            Kind::Supplier(_) => None,
        });
        let (cut, path) = self.way(loss);
        LostFunction {
            function: loss.id.clone(),
            name: care.map_or_else(|| loss.id.to_string(), |it| it.name.clone()),
            because: loss.because,
            outage_minutes: Some(loss.outage).filter(|it| *it != FOREVER),
            tolerance_minutes: care.map_or(0, |it| it.tolerance_minutes),
            safe_state: care.map(|it| it.safe_state.clone()).unwrap_or_default(),
            in_use_until: loss.function.and_then(|it| self.end(it)),
            path,
            cut,
        }
    }

    /// The cut set of a loss, and a way to it.
    fn way(&self, loss: &Loss<'_>) -> (BTreeSet<SupplyId>, Vec<SupplyId>) {
        match (loss.because, loss.function) {
            (LostBecause::LastSupplier, Some(function)) => {
                let (cut, way) = self.outages.causes(function);
                let most = self.interlock.limits().path_nodes_max;
                let way = way.iter().take(most);
                (
                    cut.iter().filter_map(|it| self.id(*it)).collect(),
                    way.filter_map(|it| self.id(*it)).collect(),
                )
            }
            (LostBecause::SupplierUnknown, _) => straight(loss, self.unknown),
            (LostBecause::LastSupplier | LostBecause::NeedsUnknown, _) => {
                straight(loss, &self.targets)
            }
        }
    }

    fn id(&self, number: Number) -> Option<SupplyId> {
        let node = self.interlock.graph().node(number);
        node.map(|it| it.id.clone())
    }

    fn end(&self, function: Number) -> Option<Timestamp> {
        let uses = self.situation.uses(function).iter();
        // One that runs over has no known end.
        let ahead = |end: &Timestamp| self.situation.now < *end;
        let ends: Option<Vec<Timestamp>> = uses.map(|it| it.until.filter(ahead)).collect();
        ends?.into_iter().max()
    }
}

/// Where nobody knows the way, each target may be at its end.
fn straight(loss: &Loss<'_>, ends: &BTreeSet<SupplyId>) -> (BTreeSet<SupplyId>, Vec<SupplyId>) {
    let end = ends.first().cloned();
    let way = [loss.id.clone()].into_iter().chain(end).collect();
    (ends.clone(), way)
}
