//! Whether an act on an asset is approved by those who answer for it.

use std::collections::{BTreeMap, BTreeSet};

use event::{AssetId, PersonId, Timestamp};

use crate::{Answer, Aspect, Directory};

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
        let Some(found) = self.asset(asset.as_str()) else {
            return Approval::NoRule;
        };
        let rules = self.chain.approvals.iter().filter(|it| it.act == act);
        let groups = self.groups_of(found);
        let rules: Vec<_> = rules.filter(|it| it.of.covers(found, &groups)).collect();
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
            let could = match self.answerable(asset, *aspect, at) {
                Answer::Answered(it) => it.persons,
                Answer::Nobody(_) => Vec::new(),
            };
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
