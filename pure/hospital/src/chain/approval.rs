//! Whether an act on an asset is approved by those who answer for it.

use std::collections::{BTreeMap, BTreeSet};

use event::{AssetId, PersonId, Timestamp};

use crate::{Answer, ApprovalRule, Aspect, Directory};

/// What the approvals of an act come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// Somebody who answers for it approved each aspect.
    Approved {
        /// Who, by aspect.
        by: BTreeMap<Aspect, PersonId>,
    },
    /// Only who asks approved these aspects, and may not.
    AuthorIsApprover {
        /// The aspects.
        aspects: BTreeSet<Aspect>,
    },
    /// Nobody who answers for these aspects approved.
    Missing {
        /// The aspects, each with those who could.
        aspects: BTreeMap<Aspect, Vec<PersonId>>,
    },
    /// No rule says who approves this act on this asset, so nobody can.
    NoRule,
    /// One person approved several aspects that need a different person each.
    SamePerson {
        /// The aspects of the act.
        aspects: BTreeSet<Aspect>,
    },
}

impl Directory {
    /// Whether an act that `author` asks for is approved by these persons at an instant.
    ///
    /// All rules for the act that cover the asset must hold together.
    #[must_use]
    pub fn approval(
        &self,
        (act, asset): (&str, &AssetId),
        author: &PersonId,
        approvers: &BTreeSet<PersonId>,
        at: Timestamp,
    ) -> Approval {
        let rules = self.rules_of(asset, |it| it.act == act);
        if rules.is_empty() {
            return Approval::NoRule;
        }
        let aspects: BTreeSet<Aspect> = rules.iter().flat_map(|it| &it.aspects).copied().collect();
        let distinct = rules.iter().any(|it| it.distinct);
        let author_may = rules.iter().all(|it| it.author_may_approve);
        let mut signed: Vec<(Aspect, Vec<&PersonId>)> = Vec::new();
        let mut missing = BTreeMap::new();
        let mut by_author = BTreeSet::new();
        for aspect in &aspects {
            let could = self.answering(asset, *aspect, at);
            let may = |it: &&&PersonId| author_may || **it != author;
            let approved = could.iter().filter(|it| approvers.contains(**it));
            let by: Vec<&PersonId> = approved.clone().filter(may).copied().collect();
            if !by.is_empty() {
                signed.push((*aspect, by));
            } else if approved.count() > 0 {
                by_author.insert(*aspect);
            } else {
                let could = could.into_iter().filter(|it| may(&it));
                missing.insert(*aspect, could.cloned().collect());
            }
        }
        if !missing.is_empty() {
            return Approval::Missing { aspects: missing };
        }
        if !by_author.is_empty() {
            return Approval::AuthorIsApprover { aspects: by_author };
        }
        let mut by = BTreeMap::new();
        if assign(&signed, distinct, &mut by) {
            Approval::Approved { by }
        } else {
            Approval::SamePerson { aspects }
        }
    }

    /// The acts on an asset that need an approval, by name.
    #[must_use]
    pub fn acts_on(&self, asset: &AssetId) -> BTreeSet<&str> {
        let rules = self.rules_of(asset, |_| true).into_iter();
        rules.map(|rule| rule.act.as_str()).collect()
    }

    /// Those who answer at an instant for each aspect that an act needs; nothing without a rule.
    #[must_use]
    pub fn approvers_of(
        &self,
        (act, asset): (&str, &AssetId),
        at: Timestamp,
    ) -> BTreeMap<Aspect, Vec<&PersonId>> {
        let rules = self.rules_of(asset, |it| it.act == act);
        let aspects = rules.iter().flat_map(|it| &it.aspects);
        aspects
            .map(|aspect| (*aspect, self.answering(asset, *aspect, at)))
            .collect()
    }

    fn rules_of(
        &self,
        asset: &AssetId,
        is_meant: impl Fn(&ApprovalRule) -> bool,
    ) -> Vec<&ApprovalRule> {
        let Some(found) = self.asset(asset.as_str()) else {
            return Vec::new();
        };
        let groups = self.groups_of(found);
        let rules = self.chain.approvals.iter().filter(|it| is_meant(it));
        rules.filter(|it| it.of.covers(found, &groups)).collect()
    }

    fn answering(&self, asset: &AssetId, aspect: Aspect, at: Timestamp) -> Vec<&PersonId> {
        match self.answerable(asset, aspect, at) {
            Answer::Answered(it) => it.persons,
            Answer::Nobody(_) => Vec::new(),
        }
    }
}

/// Gives each aspect one of those who approved it, a different one when that is asked.
///
/// There are seven aspects, so trying is quick.
fn assign(
    signed: &[(Aspect, Vec<&PersonId>)],
    distinct: bool,
    by: &mut BTreeMap<Aspect, PersonId>,
) -> bool {
    let Some(((aspect, persons), others)) = signed.split_first() else {
        return true;
    };
    for person in persons {
        if distinct && by.values().any(|it| it == *person) {
            continue;
        }
        by.insert(*aspect, (*person).clone());
        if assign(others, distinct, by) {
            return true;
        }
        by.remove(aspect);
    }
    false
}
