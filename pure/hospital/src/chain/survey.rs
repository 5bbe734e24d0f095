//! Where the responsibility chain has gaps and conflicts, over a time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use event::{AssetId, PersonId, Timestamp};

use super::{Fillers, in_force};
use crate::{Answer, ApprovalRule, Aspect, Asset, Directory, Responsibility, Unanswered, Who};

/// What a survey found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Survey {
    /// Where nobody answers.
    pub gaps: Vec<Gap>,
    /// Where too many do, or where nobody could approve.
    pub conflicts: Vec<Conflict>,
    /// Persons and roles that entries name and the directory does not have, by the number of the
    /// entry. Others may answer in their place.
    pub unknown: BTreeSet<(usize, Who)>,
    /// Whether all of it was looked at; else a limit was reached.
    pub is_complete: bool,
}

/// An aspect of an asset that nobody answers for during a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The asset.
    pub asset: AssetId,
    /// The aspect.
    pub aspect: Aspect,
    /// Why.
    pub because: Unanswered,
    /// The first step at which nobody answered.
    pub from: Timestamp,
    /// The first at which somebody did, or the end of the survey.
    pub until: Timestamp,
}

/// Something about an asset that cannot be right during a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The asset.
    pub asset: AssetId,
    /// What.
    pub kind: ConflictKind,
    /// The first step at which it was so.
    pub from: Timestamp,
    /// The first at which it no longer was, or the end of the survey.
    pub until: Timestamp,
}

/// A kind of conflict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConflictKind {
    /// One person alone answers for several aspects of an act that needs a different one for each.
    SoleApprover {
        /// The act.
        act: String,
        /// The person.
        person: PersonId,
    },
    /// Two holders at once.
    TwoHolders {
        /// The aspect.
        aspect: Aspect,
        /// Both, in their order.
        holders: (Who, Who),
    },
}

/// Bounds on a survey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurveyLimits {
    /// The time between two looks. What is shorter may be missed.
    pub step_minutes: u32,
    /// Greatest number of looks at one aspect of one asset.
    pub looks_max: u64,
    /// Greatest number of gaps, and of conflicts.
    pub findings_max: usize,
}

impl SurveyLimits {
    /// A week of a thousand aspects, every quarter of an hour.
    pub const DEFAULT: Self = Self {
        step_minutes: 15,
        looks_max: 1_000_000,
        findings_max: 10_000,
    };
}

impl Default for SurveyLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What lasts: something about an asset, and since when.
type Lasting<Key> = BTreeMap<(AssetId, Key), Timestamp>;

impl Directory {
    /// The gaps and conflicts of the responsibility chain from one instant to another.
    ///
    /// Looked at are all assets that an entry covers, each with the aspects that an entry names or
    /// that its groups must have.
    #[must_use]
    pub fn survey(&self, from: Timestamp, until: Timestamp, limits: &SurveyLimits) -> Survey {
        let mut survey = Survey {
            is_complete: true,
            ..Survey::default()
        };
        let fillers = self.fillers(self.chain.entries.iter());
        survey.unknown = self.unknown_parties(&fillers);
        let watched = self.watched();
        let count: usize = watched.iter().map(|it| it.entries.len()).sum();
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let (mut gaps, mut conflicts) = (Lasting::new(), Lasting::new());
        let step = Duration::from_secs(u64::from(limits.step_minutes.max(1)).saturating_mul(60));
        let (mut at, mut looks) = (from, 0_u64);
        while at < until {
            looks = looks.saturating_add(count);
            let found = survey.gaps.len().max(survey.conflicts.len());
            if looks > limits.looks_max || found > limits.findings_max {
                survey.is_complete = false;
                break;
            }
            let (mut gaps_now, mut conflicts_now) = (BTreeSet::new(), BTreeSet::new());
            for it in &watched {
                let id = || it.asset.id.clone();
                for (aspect, entries) in &it.entries {
                    if let Answer::Nobody(because) = self.answers((it.asset, entries), at, &fillers)
                    {
                        gaps_now.insert((id(), (*aspect, because)));
                    }
                    let two = self.two_holders(*aspect, entries, at);
                    conflicts_now.extend(two.map(|two| (id(), two)));
                }
                let sole = self.sole_approvers(it, at, &fillers).into_iter();
                conflicts_now.extend(sole.map(|sole| (id(), sole)));
            }
            survey.end_gaps(turn(&mut gaps, gaps_now, at), at);
            survey.end_conflicts(turn(&mut conflicts, conflicts_now, at), at);
            at = at.after(step);
        }
        let end = at.min(until);
        survey.end_gaps(turn(&mut gaps, BTreeSet::new(), end), end);
        survey.end_conflicts(turn(&mut conflicts, BTreeSet::new(), end), end);
        survey
    }

    /// The assets that are looked at.
    fn watched(&self) -> Vec<Watched<'_>> {
        let assets = self.assets().iter().map(|asset| {
            let mut entries = self.entries(asset);
            let ids = self.groups_of(asset);
            let groups = self.asset_groups().iter();
            let groups = groups.filter(|it| ids.contains(&it.id));
            for aspect in groups.flat_map(|it| &it.aspects) {
                entries.entry(*aspect).or_default();
            }
            let rules = self.chain.approvals.iter().filter(|it| it.distinct);
            let rules = rules.filter(|it| it.of.covers(asset, &ids)).collect();
            Watched {
                asset,
                entries,
                rules,
            }
        });
        assets.filter(|it| !it.entries.is_empty()).collect()
    }

    fn unknown_parties(&self, fillers: &Fillers<'_>) -> BTreeSet<(usize, Who)> {
        let entries = self.chain.entries.iter().enumerate();
        let parties = entries.flat_map(|(n, it)| it.parties().map(move |(_, party)| (n, party)));
        let unknown = parties.filter(|(_, party)| !self.has_any_of(&party.who, fillers));
        unknown.map(|(n, party)| (n, party.who.clone())).collect()
    }

    /// Two holders of one aspect at once, both within their hours.
    fn two_holders(
        &self,
        aspect: Aspect,
        entries: &[&Responsibility],
        at: Timestamp,
    ) -> Option<ConflictKind> {
        let holders = in_force(entries, at).into_iter().map(|it| &it.holder);
        let within = holders.filter(|it| self.chain.is_within(it.hours.as_ref(), at));
        let whos: BTreeSet<&Who> = within.map(|it| &it.who).collect();
        let mut whos = whos.into_iter();
        let holders = (whos.next()?.clone(), whos.next()?.clone());
        Some(ConflictKind::TwoHolders { aspect, holders })
    }

    /// Acts that need different persons, where one person is the only one for two aspects.
    fn sole_approvers<'a>(
        &'a self,
        watched: &Watched<'a>,
        at: Timestamp,
        fillers: &Fillers<'a>,
    ) -> Vec<ConflictKind> {
        let mut found = Vec::new();
        for rule in &watched.rules {
            let mut sole = BTreeSet::new();
            for aspect in &rule.aspects {
                let entries = watched.entries.get(aspect);
                let entries = entries.map(Vec::as_slice).unwrap_or_default();
                let answer = self.answers((watched.asset, entries), at, fillers);
                let Answer::Answered(it) = answer else {
                    continue;
                };
                let &[person] = it.persons.as_slice() else {
                    continue;
                };
                if !sole.insert(person) {
                    found.push(ConflictKind::SoleApprover {
                        act: rule.act.clone(),
                        person: person.clone(),
                    });
                }
            }
        }
        found
    }
}

/// An asset that is looked at.
struct Watched<'a> {
    asset: &'a Asset,
    /// Of any time, by aspect; none for an aspect that somebody should answer for.
    entries: BTreeMap<Aspect, Vec<&'a Responsibility>>,
    /// The rules that want a different person for each aspect.
    rules: Vec<&'a ApprovalRule>,
}

impl Survey {
    fn end_gaps(&mut self, ended: Ended<(Aspect, Unanswered)>, until: Timestamp) {
        let gaps = ended.into_iter();
        self.gaps
            .extend(gaps.map(|((asset, (aspect, because)), from)| Gap {
                asset,
                aspect,
                because,
                from,
                until,
            }));
    }

    fn end_conflicts(&mut self, ended: Ended<ConflictKind>, until: Timestamp) {
        let conflicts = ended.into_iter();
        self.conflicts
            .extend(conflicts.map(|((asset, kind), from)| Conflict {
                asset,
                kind,
                from,
                until,
            }));
    }
}

/// What has ended, with its begin.
type Ended<Key> = Vec<((AssetId, Key), Timestamp)>;

/// Begins what is new and takes out what has ended.
fn turn<Key: Ord + Clone>(
    lasting: &mut Lasting<Key>,
    now: BTreeSet<(AssetId, Key)>,
    at: Timestamp,
) -> Ended<Key> {
    let ended = lasting.keys().filter(|it| !now.contains(*it));
    let ended: Vec<(AssetId, Key)> = ended.cloned().collect();
    let ended = ended.into_iter();
    let ended = ended.filter_map(|it| lasting.remove(&it).map(|from| (it, from)));
    let ended = ended.collect();
    for it in now {
        lasting.entry(it).or_insert(at);
    }
    ended
}
