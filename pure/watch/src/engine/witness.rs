//! The witness of a rule: predicates of which one must hold before the rule can.

use super::predicate::PredicateId;
use super::tree::Tree;

/// A necessary set: where none of it holds, the tree does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Witness {
    pub(crate) any: Vec<PredicateId>,
    /// How often one of it holds, as a guess.
    pub(crate) frequency_ppm: u64,
}

/// How often a predicate holds, in parts of a million events; `None` when it is no witness.
pub(crate) trait Frequency {
    fn ppm(&self, predicate: PredicateId) -> Option<u64>;
}

/// The least frequent witness of a tree; `None` when it can hold without any predicate.
pub(crate) fn of(tree: &Tree, frequency: &impl Frequency) -> Option<Witness> {
    match tree {
        Tree::Is(predicate) => Some(Witness {
            any: vec![*predicate],
            frequency_ppm: frequency.ppm(*predicate)?,
        }),
        Tree::AnyIs(any) => {
            let of_one = |predicate: &PredicateId| {
                Some(Witness {
                    any: vec![*predicate],
                    frequency_ppm: frequency.ppm(*predicate)?,
                })
            };
            let all: Option<Vec<Witness>> = any.iter().map(of_one).collect();
            Some(join(all?))
        }
        // One of the parts is enough to look at: where it fails, all fail.
        Tree::All(parts) => parts
            .iter()
            .filter_map(|part| of(part, frequency))
            .min_by_key(|witness| (witness.frequency_ppm, witness.any.len())),
        Tree::Any(parts) => {
            let all: Option<Vec<Witness>> = parts.iter().map(|part| of(part, frequency)).collect();
            Some(join(all?))
        }
        Tree::AtLeast(count, parts) => {
            // `count` of n hold, so one of any n - count + 1 holds: the least frequent ones.
            let witnesses = parts.iter().filter_map(|part| of(part, frequency));
            let mut witnesses: Vec<Witness> = witnesses.collect();
            let needed = (parts.len() + 1).checked_sub(*count)?;
            witnesses.sort_by_key(|witness| witness.frequency_ppm);
            if witnesses.len() < needed {
                return None;
            }
            witnesses.truncate(needed);
            Some(join(witnesses))
        }
        Tree::Not(_) | Tree::Null(_) | Tree::Same(_) => None,
    }
}

fn join(parts: Vec<Witness>) -> Witness {
    let frequencies = parts.iter().map(|part| part.frequency_ppm);
    let frequency_ppm = frequencies.fold(0, u64::saturating_add);
    let mut any: Vec<PredicateId> = parts.into_iter().flat_map(|part| part.any).collect();
    any.sort_unstable();
    any.dedup();
    Witness { any, frequency_ppm }
}
