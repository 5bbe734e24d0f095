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

use std::num::NonZeroU32;

use event::Timestamp;
use serde::{Deserialize, Serialize};

use crate::acts::Act;
use crate::graph::Kind;
use crate::judge::Judge;
use crate::verdict::Verdict;
use crate::{Action, Measure, Plan};

/// To read an action is to look up its target by name, which costs as much as so many nodes.
const WORK_PER_ACTION: u64 = 8;

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
pub(crate) struct Search<'s, 'a> {
    judge: &'s mut Judge<'a>,
    plan: &'s Plan,
    /// What the plan asks.
    acts: &'s [Act<'s, 's>],
    refused: &'s Verdict<'s>,
    now: Timestamp,
    /// Work done so far, and how much may be done before the current way ends.
    work: u64,
    work_max: u64,
    /// Whether the current way has tried nothing yet: each may try once, whatever is left.
    is_first_try: bool,
    searched_all: bool,
}

impl<'s, 'a> Search<'s, 'a> {
    /// For a plan that asks these acts and is refused now, by this verdict.
    pub(crate) fn new(
        judge: &'s mut Judge<'a>,
        plan: &'s Plan,
        acts: &'s [Act<'s, 's>],
        refused: &'s Verdict<'s>,
    ) -> Self {
        Self {
            plan,
            acts,
            refused,
            now: judge.situation.now,
            work: 0,
            work_max: 0,
            is_first_try: true,
            judge,
            searched_all: true,
        }
    }

    pub(crate) fn run(mut self) -> Found {
        let mut alternatives = Vec::new();
        for (ways_left, way) in (1..=6).rev().zip(Milder::ALL) {
            // Each way has its share of what the ways before have left.
            let all = self.judge.interlock.limits().alternative_work_max;
            let share = all.saturating_sub(self.work) / ways_left;
            self.work_max = self.work.saturating_add(share);
            self.is_first_try = true;
            alternatives.extend(match way {
                Milder::BlockWrites => self.with_measure(way, Measure::BlockWrites),
                Milder::IsolateFromOutside => self.with_measure(way, Measure::IsolateFromOutside),
                Milder::Isolate => self.with_measure(way, Measure::Isolate),
                Milder::Wait => self.wait(),
                Milder::Shorten => self.shorten(),
                Milder::ContainTheRest => self.contain_the_rest(),
            });
        }
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
        let (harder, kept): (Vec<Act<'_, '_>>, Vec<Act<'_, '_>>) =
            self.acts.iter().partition(|it| {
                let fits = match it.target.kind {
                    Some(Kind::Supplier(kind)) => measure.fits(*kind),
                    Some(Kind::Function(_)) | None => true,
                };
                fits && measure.is_milder_than(it.measure)
            });
        let changed = self.fewest(&harder, kept, Some(measure))?;
        self.alternative(way, &changed, Some(measure))
    }

    /// Without the actions that harm.
    ///
    /// It leaves something uncontained, so it stops nothing that must be stopped.
    fn contain_the_rest(&mut self) -> Option<Alternative> {
        if !self.plan.aims().is_empty() {
            return None;
        }
        let left_out = self.fewest(self.acts, Vec::new(), None)?;
        if left_out.len() == self.acts.len() {
            return None;
        }
        self.alternative(Milder::ContainTheRest, &left_out, None)
    }

    /// The plan as it is, once something has ended.
    ///
    /// A use that stands in the way does so until its end, and a later begin only meets more uses
    /// that are planned. So the last end of those in the way is the earliest begin that may pass,
    /// and the same holds from there on.
    fn wait(&mut self) -> Option<Alternative> {
        let mut begin = self.end_of_uses(self.refused, self.now)?;
        loop {
            let verdict = self.verdict(self.acts, self.plan.minutes(), begin)?;
            if verdict.passes() {
                break;
            }
            begin = self.end_of_uses(&verdict, begin)?;
        }
        Some(Alternative {
            way: Milder::Wait,
            plan: self.plan.clone(),
            begin,
            changes: Vec::new(),
        })
    }

    /// When the last use that stands in the way at `begin` has ended, if that is known.
    fn end_of_uses(&self, verdict: &Verdict<'_>, begin: Timestamp) -> Option<Timestamp> {
        let uses = self.judge.in_the_way(verdict, self.plan.minutes(), begin);
        let ends: Option<Vec<Timestamp>> = uses.iter().map(|it| it.until).collect();
        ends?.into_iter().max().filter(|end| *end > begin)
    }

    /// The plan as it is, for the longest time that passes.
    fn shorten(&mut self) -> Option<Alternative> {
        let most = self.judge.interlock.limits().plan_minutes_max;
        let asked = self.plan.minutes().map_or(most, NonZeroU32::get);
        // Most care tolerates nothing: ask that first.
        if asked == 1 || !self.passes(self.acts, Some(NonZeroU32::MIN))? {
            return None;
        }
        // `passing` minutes pass; `failing` do not, or were not asked.
        let is_endless = self.plan.minutes().is_none();
        let (mut passing, mut failing) = (1, asked.saturating_add(u32::from(is_endless)));
        while failing.saturating_sub(passing) > 1 {
            let middle = passing.midpoint(failing);
            let Some(minutes) = NonZeroU32::new(middle) else {
                break;
            };
            match self.passes(self.acts, Some(minutes)) {
                Some(true) => passing = middle,
                Some(false) => failing = middle,
                None => break,
            }
        }
        Some(Alternative {
            way: Milder::Shorten,
            plan: self.plan.lasting(NonZeroU32::new(passing)?),
            begin: self.now,
            changes: Vec::new(),
        })
    }

    /// Of actions that may be changed, those that must be: every other one is kept as asked.
    ///
    /// `None` when changing all of them is not enough, or when there is nothing to change.
    fn fewest(
        &mut self,
        changeable: &[Act<'s, 's>],
        mut kept: Vec<Act<'s, 's>>,
        instead: Option<Measure>,
    ) -> Option<Vec<Act<'s, 's>>> {
        if changeable.is_empty() || !self.holds(&kept, changeable, instead)? {
            return None;
        }
        // All of them as asked is the plan that was refused, so it is halved before it is tried.
        let mut changed: Vec<Act<'_, '_>> = Vec::new();
        let mut open = Vec::new();
        if let [only] = changeable {
            changed.push(*only);
        } else {
            open.extend(halves(changeable));
        }
        while let Some(part) = open.pop() {
            let others = open.iter().flatten().chain(&changed);
            let others: Vec<Act<'_, '_>> = others.copied().collect();
            let with_part: Vec<Act<'_, '_>> = kept.iter().chain(&part).copied().collect();
            match self.holds(&with_part, &others, instead) {
                Some(true) => kept = with_part,
                // The budget is spent: what passed so far passes, with more changes than it needs.
                None => changed.extend(part),
                Some(false) if part.len() == 1 => changed.extend(part),
                Some(false) => open.extend(halves(&part)),
            }
        }
        changed.sort();
        Some(changed)
    }

    /// Whether the plan passes with some actions kept and others changed.
    fn holds(
        &mut self,
        kept: &[Act<'_, '_>],
        changed: &[Act<'_, '_>],
        instead: Option<Measure>,
    ) -> Option<bool> {
        let acts = changed_to(instead, kept, changed);
        if acts.is_empty() {
            // Doing nothing harms nobody.
            return Some(true);
        }
        self.passes(&acts, self.plan.minutes())
    }

    fn alternative(
        &self,
        way: Milder,
        changed: &[Act<'_, '_>],
        instead: Option<Measure>,
    ) -> Option<Alternative> {
        // They are sorted: a plan has a thousand actions.
        let is_kept = |it: &&Act<'_, '_>| changed.binary_search(it).is_err();
        let kept: Vec<Act<'_, '_>> = self.acts.iter().filter(is_kept).copied().collect();
        let acts = changed_to(instead, &kept, changed);
        let actions = acts.into_iter().map(action).collect();
        let plan = self.plan.with_actions(actions);
        let changes = changed.iter().map(|it| Change {
            asked: action(*it),
            instead,
        });
        let changes: Vec<Change> = changes.collect();
        (!changes.is_empty()).then_some(Alternative {
            way,
            plan,
            begin: self.now,
            changes,
        })
    }

    /// Whether some acts pass now; `None` when no more may be tried.
    fn passes(&mut self, acts: &[Act<'_, '_>], minutes: Option<NonZeroU32>) -> Option<bool> {
        let verdict = self.verdict(acts, minutes, self.now);
        verdict.map(|it| it.passes())
    }

    fn verdict<'p>(
        &mut self,
        acts: &[Act<'_, 'p>],
        minutes: Option<NonZeroU32>,
        begin: Timestamp,
    ) -> Option<Verdict<'p>>
    where
        'a: 'p,
    {
        if self.work >= self.work_max && !self.is_first_try {
            self.searched_all = false;
            return None;
        }
        self.is_first_try = false;
        let before = self.judge.laid().looked();
        let verdict = self.judge.verdict(acts, minutes, begin);
        let looked = self.judge.laid().looked().saturating_sub(before);
        let read = u64::try_from(acts.len()).unwrap_or(u64::MAX);
        let read = read.saturating_mul(WORK_PER_ACTION);
        self.work = self.work.saturating_add(looked).saturating_add(read);
        Some(verdict)
    }
}

/// Some acts and others with another measure, or without them: in order and each once, as in a
/// plan.
pub(crate) fn changed_to<'t, 'p>(
    instead: Option<Measure>,
    kept: &[Act<'t, 'p>],
    changed: &[Act<'t, 'p>],
) -> Vec<Act<'t, 'p>> {
    let mut acts = kept.to_vec();
    if let Some(measure) = instead {
        acts.extend(changed.iter().map(|it| it.with(measure)));
    }
    acts.sort_unstable();
    acts.dedup();
    acts
}

/// The action that an act stands for.
fn action(act: Act<'_, '_>) -> Action {
    Action {
        target: act.target.id.clone(),
        measure: act.measure,
    }
}

/// Both halves of some acts, the first one last.
fn halves<'s>(acts: &[Act<'s, 's>]) -> [Vec<Act<'s, 's>>; 2] {
    let (left, right) = acts.split_at(acts.len().div_ceil(2));
    [right.to_vec(), left.to_vec()]
}

impl Milder {
    /// Every way, the mildest first.
    pub const ALL: [Self; 6] = [
        Self::BlockWrites,
        Self::IsolateFromOutside,
        Self::Isolate,
        Self::Wait,
        Self::Shorten,
        Self::ContainTheRest,
    ];

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
