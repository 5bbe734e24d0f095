//! Remembered evaluations.
//!
//! Most policies speak of kinds (a profession, a type of resource, a care relation), not of named
//! people. Where that holds for every policy that can apply, an evaluation depends only on the
//! kinds, and the same kinds come again and again: a hospital group has some thousands of them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use event::Confidentiality;

use crate::Action;

use super::evaluate::{Evaluation, Facts, Resource, Who};

/// The most evaluations that are remembered; beyond it new ones are made each time.
const REMEMBERED_MAX: usize = 65_536;

/// Evaluations by the kinds they depend on.
///
/// It belongs to one policy set and goes with it, so nothing here can outlive a change of policy;
/// what changes with time (posts, care relations, glasses) is part of the kind.
#[derive(Debug, Default)]
pub(super) struct Memo {
    known: RwLock<BTreeMap<Kind, Arc<Evaluation>>>,
}

/// Everything that an evaluation without named people depends on, as bytes that differ whenever
/// any of it differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind(Vec<u8>);

impl Memo {
    pub(super) fn find(&self, kind: &Kind) -> Option<Arc<Evaluation>> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(kind)
            .map(Arc::clone)
    }

    pub(super) fn keep(&self, kind: Kind, evaluation: &Arc<Evaluation>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < REMEMBERED_MAX {
            known.insert(kind, Arc::clone(evaluation));
        }
    }
}

impl Kind {
    /// The kind of a question.
    ///
    /// INVARIANT: whatever `Evaluator` puts into Cedar's entities and context, the ids of person
    /// and resource apart, is in here or follows from it: the category and the entitlement do.
    pub(super) fn of(action: Action, facts: &Facts<'_>) -> Self {
        let mut kind = Vec::with_capacity(64);
        push_text(&mut kind, action.code());
        kind.extend(facts.circumstances.index().to_be_bytes());
        match facts.who {
            Who::Holder(_) => kind.push(0),
            Who::Staff(person) => {
                kind.push(1);
                push_text(&mut kind, &person.profession);
                push_length(&mut kind, person.roles.len());
                for role in &person.roles {
                    push_text(&mut kind, role);
                }
            }
        }
        match facts.resource {
            Resource::Desk => kind.push(0),
            Resource::Opening {
                glass: _,
                own,
                same_unit,
            } => kind.extend([4, u8::from(own), u8::from(same_unit)]),
            Resource::Record {
                patient: _,
                resource_type,
                confidentiality,
                protected,
            } => {
                kind.extend([1, level(confidentiality), u8::from(protected)]);
                push_text(&mut kind, resource_type);
            }
            Resource::Reference { resource_type } => {
                kind.push(2);
                push_text(&mut kind, resource_type);
            }
            Resource::Service { name: _, tier } => {
                kind.push(3);
                push_text(&mut kind, tier.code());
            }
        }
        Self(kind)
    }
}

fn level(confidentiality: Confidentiality) -> u8 {
    match confidentiality {
        Confidentiality::Normal => 0,
        Confidentiality::Restricted => 1,
        Confidentiality::VeryRestricted => 2,
    }
}

/// Each text with its length before it, so that no two lists run together.
fn push_text(kind: &mut Vec<u8>, text: &str) {
    push_length(kind, text.len());
    kind.extend_from_slice(text.as_bytes());
}

fn push_length(kind: &mut Vec<u8>, length: usize) {
    kind.extend(length.to_be_bytes());
}

#[cfg(test)]
mod tests;
