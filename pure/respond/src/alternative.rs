//! What could be done instead of a plan that is refused.
//!
//! Six ways are tried, the mildest for care first. Each alternative has passed the same check as
//! the plan itself, and changes no more than it must:
//!
//! 1. `block-writes`, 2. `isolate-from-outside`, 3. `isolate`: this measure instead of harder ones,
//!    where harder ones harm. None of the changes could be taken back without harm.
//! 4. `wait`: the plan as it is, at the earliest expected end of a use at which it passes.
//! 5. `shorten`: the plan as it is, for the longest time that is tolerated.
//! 6. `contain-the-rest`: without the actions that harm. None of them could be added without harm.
//!    It leaves something uncontained, so it comes last.
//!
//! A plan that says what must be stopped ([`crate::Aim`]) is only offered measures that stop it.
//!
//! That no change could be taken back is found by halves: by monotony, an action that harms on top
//! of a milder plan harms on top of every harder one.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use event::{SupplyId, Timestamp};
use hospital::SupplierKind;
use serde::{Deserialize, Serialize};

use crate::graph::Kind;
use crate::situation::Situation;
use crate::{Action, Interlock, Measure, Plan};

/// What could be done instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// In which way it is milder.
    pub way: Milder,
    /// What would be done.
    pub plan: Plan,
    /// When it could begin: now, or once a use has ended.
    pub begin: Timestamp,
    /// What is changed, by the action that was asked.
    pub changes: Vec<Change>,
}

/// One action that is not taken as it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What was asked.
    pub asked: Action,
    /// What would be done; without it, nothing.
    pub instead: Option<Measure>,
}

/// The ways in which a plan can be milder, the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Milder {
    /// Block writes and keep reads, where harder measures harm.
    BlockWrites,
    /// Isolate from outside only, where harder measures harm.
    IsolateFromOutside,
    /// Isolate instead of cutting the power.
    Isolate,
    /// Wait until care that is in use has ended.
    Wait,
    /// For a shorter time, which is tolerated.
    Shorten,
    /// Only the part that harms nobody.
    ContainTheRest,
}

/// What a search came to.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) alternatives: Vec<Alternative>,
    pub(crate) searched_all: bool,
}

/// A search for alternatives, with a budget.
pub(crate) struct Search<'a> {
    interlock: &'a Interlock,
    plan: &'a Plan,
    situation: &'a Situation<'a>,
    checks_left: u32,
    searched_all: bool,
}

impl<'a> Search<'a> {
    pub(crate) fn new(
        interlock: &'a Interlock,
        plan: &'a Plan,
        situation: &'a Situation<'a>,
    ) -> Self {
        Self {
            interlock,
            plan,
            situation,
            checks_left: interlock.limits().alternative_checks_max,
            searched_all: true,
        }
    }

    pub(crate) fn run(mut self) -> Found {
        let mut alternatives = Vec::new();
        for (way, measure) in [
            (Milder::BlockWrites, Measure::BlockWrites),
            (Milder::IsolateFromOutside, Measure::IsolateFromOutside),
            (Milder::Isolate, Measure::Isolate),
        ] {
            alternatives.extend(self.with_measure(way, measure));
        }
        alternatives.extend(self.wait());
        alternatives.extend(self.shorten());
        alternatives.extend(self.contain_the_rest());
        Found {
            alternatives,
            searched_all: self.searched_all,
        }
    }

    /// This measure instead of harder ones, as rarely as may be.
    fn with_measure(&mut self, way: Milder, measure: Measure) -> Option<Alternative> {
        let aims = self.plan.aims();
        if !aims.iter().all(|aim| measure.reaches(*aim)) {
            return None;
        }
        let (harder, kept): (Vec<&Action>, Vec<&Action>) = {
            let actions = self.plan.actions().iter();
            actions.partition(|it| {
                let fits = self.kind(&it.target).is_none_or(|kind| measure.fits(kind));
                fits && measure.is_milder_than(it.measure)
            })
        };
        let changed = self.fewest(harder, kept, Some(measure))?;
        self.alternative(way, changed, Some(measure))
    }

    /// Without the actions that harm.
    fn contain_the_rest(&mut self) -> Option<Alternative> {
        let all = self.plan.actions().iter().collect();
        let left_out = self.fewest(all, Vec::new(), None)?;
        if left_out.len() == self.plan.actions().len() {
            return None;
        }
        self.alternative(Milder::ContainTheRest, left_out, None)
    }

    /// The plan as it is, once something has ended.
    fn wait(&mut self) -> Option<Alternative> {
        let verdict = self
            .interlock
            .judge(self.plan, self.situation, self.situation.now);
        let lost = verdict.lost.iter().filter_map(|it| it.function);
        let uses = lost.flat_map(|it| self.situation.uses(it));
        let strangers = self.situation.strangers().iter();
        let ends = uses.chain(strangers).filter_map(|it| it.until);
        let ends: BTreeSet<Timestamp> = ends.filter(|it| *it > self.situation.now).collect();
        for begin in ends {
            if self.passes(self.plan, begin)? {
                return Some(Alternative {
                    way: Milder::Wait,
                    plan: self.plan.clone(),
                    begin,
                    changes: Vec::new(),
                });
            }
        }
        None
    }

    /// The plan as it is, for the longest time that passes.
    fn shorten(&mut self) -> Option<Alternative> {
        let most = self.interlock.limits().plan_minutes_max;
        let asked = self.plan.minutes().map_or(most, NonZeroU32::get);
        // `passing` minutes pass (none do nothing), `failing` do not, or were not asked.
        let (mut passing, mut failing) = (0, asked);
        if self.plan.minutes().is_none() {
            failing = asked.saturating_add(1);
        }
        while failing.saturating_sub(passing) > 1 {
            let middle = passing.midpoint(failing);
            let Some(minutes) = NonZeroU32::new(middle) else {
                break;
            };
            match self.passes(&self.plan.lasting(minutes), self.situation.now) {
                Some(true) => passing = middle,
                Some(false) => failing = middle,
                None => break,
            }
        }
        Some(Alternative {
            way: Milder::Shorten,
            plan: self.plan.lasting(NonZeroU32::new(passing)?),
            begin: self.situation.now,
            changes: Vec::new(),
        })
    }

    /// Of actions that may be changed, those that must be: every other one is kept as asked.
    ///
    /// `None` when changing all of them is not enough, or when there is nothing to change.
    fn fewest(
        &mut self,
        changeable: Vec<&'a Action>,
        mut kept: Vec<&'a Action>,
        instead: Option<Measure>,
    ) -> Option<Vec<&'a Action>> {
        if changeable.is_empty() || !self.holds(&kept, &changeable, instead)? {
            return None;
        }
        let mut changed: Vec<&Action> = Vec::new();
        let mut open = vec![changeable];
        while let Some(part) = open.pop() {
            let others: Vec<&Action> = open.iter().flatten().chain(&changed).copied().collect();
            let with_part: Vec<&Action> = kept.iter().chain(&part).copied().collect();
            match self.holds(&with_part, &others, instead) {
                Some(true) => kept = with_part,
                // The budget is spent: what passed so far passes, with more changes than it needs.
                None => changed.extend(part),
                Some(false) if part.len() == 1 => changed.extend(part),
                Some(false) => {
                    let (left, right) = part.split_at(part.len().div_ceil(2));
                    open.push(right.to_vec());
                    open.push(left.to_vec());
                }
            }
        }
        changed.sort();
        Some(changed)
    }

    /// Whether the plan passes with some actions kept and others changed.
    fn holds(
        &mut self,
        kept: &[&Action],
        changed: &[&Action],
        instead: Option<Measure>,
    ) -> Option<bool> {
        let plan = self.changed(kept, changed, instead);
        if plan.actions().is_empty() {
            // Doing nothing harms nobody.
            return Some(true);
        }
        self.passes(&plan, self.situation.now)
    }

    fn changed(&self, kept: &[&Action], changed: &[&Action], instead: Option<Measure>) -> Plan {
        let kept = kept.iter().map(|it| (*it).clone());
        let changed = changed.iter().filter_map(|it| {
            let target = it.target.clone();
            instead.map(|measure| Action { target, measure })
        });
        self.plan.with_actions(kept.chain(changed).collect())
    }

    fn alternative(
        &self,
        way: Milder,
        changed: Vec<&Action>,
        instead: Option<Measure>,
    ) -> Option<Alternative> {
        let actions = self.plan.actions().iter();
        let kept: Vec<&Action> = actions.filter(|it| !changed.contains(it)).collect();
        let plan = self.changed(&kept, &changed, instead);
        let changes = changed.into_iter().cloned();
        let changes: Vec<Change> = changes.map(|asked| Change { asked, instead }).collect();
        (!changes.is_empty()).then_some(Alternative {
            way,
            plan,
            begin: self.situation.now,
            changes,
        })
    }

    /// Whether a plan passes; `None` when no more plans may be tried.
    fn passes(&mut self, plan: &Plan, begin: Timestamp) -> Option<bool> {
        let Some(left) = self.checks_left.checked_sub(1) else {
            self.searched_all = false;
            return None;
        };
        self.checks_left = left;
        Some(self.interlock.judge(plan, self.situation, begin).passes())
    }

    fn kind(&self, target: &SupplyId) -> Option<SupplierKind> {
        let graph = self.interlock.graph();
        match &graph.node(graph.number(target)?)?.kind {
            Kind::Supplier(kind) => Some(*kind),
            Kind::Function(_) => None,
        }
    }
}

impl Milder {
    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BlockWrites => "block-writes",
            Self::IsolateFromOutside => "isolate-from-outside",
            Self::Isolate => "isolate",
            Self::Wait => "wait",
            Self::Shorten => "shorten",
            Self::ContainTheRest => "contain-the-rest",
        }
    }
}
