//! A rule as a tree over predicates, and when it holds.

use super::predicate::PredicateId;
use crate::record::FieldId;
use crate::sigma::Shape;

/// What must hold for a rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    All(Box<[Tree]>),
    Any(Box<[Tree]>),
    AtLeast(usize, Box<[Tree]>),
    Not(Box<Tree>),
    Is(PredicateId),
    /// One of these: long lists of a rule, side by side in memory.
    AnyIs(Box<[PredicateId]>),
    /// The field is not there, or null.
    Null(FieldId),
    Same(Box<Same>),
}

/// A field compared with another one of the same event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Same {
    pub(crate) field: FieldId,
    pub(crate) other: FieldId,
    pub(crate) shape: Shape,
    pub(crate) cased: bool,
}

/// What is known of the event when its candidates are looked at.
pub(crate) trait Facts {
    fn holds(&self, predicate: PredicateId) -> bool;
    fn is_null(&self, field: FieldId) -> bool;
    fn is_same(&self, same: &Same) -> bool;
}

impl Tree {
    pub(crate) fn holds(&self, facts: &impl Facts) -> bool {
        match self {
            // What is quick to ask goes first: mostly one of it fails.
            Self::All(parts) => {
                let (quick, long) = (
                    |part: &&Self| matches!(part, Self::Is(_)),
                    |part: &&Self| !matches!(part, Self::Is(_)),
                );
                let holds = |part: &Self| part.holds(facts);
                parts.iter().filter(quick).all(holds) && parts.iter().filter(long).all(holds)
            }
            Self::Any(parts) => parts.iter().any(|part| part.holds(facts)),
            Self::AtLeast(count, parts) => {
                let holding = parts.iter().filter(|part| part.holds(facts));
                holding.take(*count).count() == *count
            }
            Self::Not(inner) => !inner.holds(facts),
            Self::Is(predicate) => facts.holds(*predicate),
            Self::AnyIs(any) => any.iter().any(|predicate| facts.holds(*predicate)),
            Self::Null(field) => facts.is_null(*field),
            Self::Same(same) => facts.is_same(same),
        }
    }

    /// The predicates that hold and carry the finding: none under a `not`, none in a branch that
    /// does not hold.
    pub(crate) fn carriers(&self, facts: &impl Facts, out: &mut Carriers) {
        if !self.holds(facts) {
            return;
        }
        match self {
            Self::All(parts) | Self::Any(parts) | Self::AtLeast(_, parts) => {
                parts.iter().for_each(|part| part.carriers(facts, out));
            }
            Self::Is(predicate) => out.predicates.push(*predicate),
            Self::AnyIs(any) => {
                let holding = any.iter().filter(|predicate| facts.holds(**predicate));
                out.predicates.extend(holding);
            }
            Self::Null(field) => out.fields.push(*field),
            Self::Same(same) => out.fields.extend([same.field, same.other]),
            Self::Not(_) => {}
        }
    }

    /// Every predicate in the tree.
    pub(crate) fn predicates(&self, out: &mut Vec<PredicateId>) {
        match self {
            Self::All(parts) | Self::Any(parts) | Self::AtLeast(_, parts) => {
                parts.iter().for_each(|part| part.predicates(out));
            }
            Self::Not(inner) => inner.predicates(out),
            Self::Is(predicate) => out.push(*predicate),
            Self::AnyIs(any) => out.extend_from_slice(any),
            Self::Null(_) | Self::Same(_) => {}
        }
    }
}

/// What carries a finding.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carriers {
    pub(crate) predicates: Vec<PredicateId>,
    pub(crate) fields: Vec<FieldId>,
}
