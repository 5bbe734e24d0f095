//! What is learnt of the lines chooses what rules wait for, and changes no finding.

use std::collections::BTreeSet;

use super::{compiled, detector, documents, met, rule};
use crate::engine::compile::Watchers;
use crate::engine::predicate::{PredicateId, Predicates};
use crate::engine::witness::Frequency;

/// The guess has each of them wait for `a` alone where it may: a longer text is thought rarer.
fn rules() -> String {
    let detections = [
        "  s:\n    a: guessed-to-be-rare\n    b: short\n  condition: s",
        "  s:\n    - a: guessed-to-be-rare\n    - b: short\n  condition: s",
        "  s:\n    a: guessed-to-be-rare\n  t:\n    b|contains: [hor, other]\n  condition: s and not t",
        "  s:\n    c: third\n  t:\n    b: short\n  condition: s and t",
    ];
    let named = detections.iter().zip(["One", "Two", "Three", "Four"]);
    let rules: Vec<String> = named.map(|(text, title)| rule(title, text)).collect();
    rules.join("---\n")
}

#[test]
fn after_what_was_learnt_the_same_rules_are_met() {
    let (mut learnt, mut fresh) = (detector(&rules()), detector(&rules()));
    for _ in 0..20_000 {
        met(&mut learnt, "x", r#"{"a":"guessed-to-be-rare"}"#);
    }
    let mut found = BTreeSet::new();
    for a in ["guessed-to-be-rare", "no"] {
        for b in ["short", "other", "no"] {
            for c in ["third", "no"] {
                let line = format!(r#"{{"a":"{a}","b":"{b}","c":"{c}"}}"#);
                let here = met(&mut learnt, "x", &line);
                assert_eq!(here, met(&mut fresh, "x", &line), "{line}");
                found.extend(here);
            }
        }
    }
    assert_eq!(found.len(), 4);
}

/// What held in a window, beside the guess.
struct Seen<'a>(&'a [u32], &'a Predicates);

impl Frequency for Seen<'_> {
    fn ppm(&self, predicate: PredicateId) -> Option<u64> {
        let held = self.0[usize::try_from(predicate).unwrap()];
        Some(u64::from(held) * 1_000 + self.1.ppm(predicate)? / 100)
    }
}

fn watched(watchers: &Watchers, rule: usize, predicates: usize) -> BTreeSet<PredicateId> {
    let all = (0..).take(predicates);
    let is_it = |predicate: &PredicateId| {
        let watching = watchers.of(*predicate);
        assert!(watching.is_sorted_by_key(|watching| watching.rule));
        watching
            .iter()
            .any(|watching| usize::try_from(watching.rule).unwrap() == rule)
    };
    all.filter(is_it).collect()
}

#[test]
fn a_rule_waits_for_its_old_witness_or_for_the_one_that_is_now_the_rarest() {
    let set = compiled(documents(&rules())).rules;
    let count = set.predicates.len();
    let mut has_moved = false;
    for bits in 0_u32..1 << count {
        let held: Vec<u32> = (0..count).map(|at| (bits >> at & 1) * 1_000).collect();
        let seen = Seen(&held, &set.predicates);
        let relearned = set.watchers.relearned(&set.rules, &held, &seen);
        let anew = Watchers::build(&set.rules, count, &seen);
        for rule in 0..set.rules.len() {
            let before = watched(&set.watchers, rule, count);
            let has_held = before
                .iter()
                .any(|predicate| held[usize::try_from(*predicate).unwrap()] > 0);
            let meant = match has_held {
                true => watched(&anew, rule, count),
                false => before.clone(),
            };
            assert!(!meant.is_empty());
            has_moved |= meant != before;
            assert_eq!(
                watched(&relearned, rule, count),
                meant,
                "{rule} with {bits:b}"
            );
        }
    }
    assert!(has_moved);
}
