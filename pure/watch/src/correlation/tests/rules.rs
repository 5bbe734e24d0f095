//! What the specification says, case by case.

use super::super::{Correlated, Kind, Precision};
use super::{S, checked, correlation, event, run};

const ANN: &[(&str, &str)] = &[("user", "ann")];

fn times(found: &[Correlated]) -> Vec<i64> {
    found.iter().map(|found| found.at_us / S).collect()
}

#[test]
fn the_window_leaves_out_its_first_instant() {
    let correlations = checked(vec![correlation("n", Kind::EventCount, &["a"], Some(2))]);
    let (found, _) = run(
        &correlations,
        &[event("a", 0, 0, ANN), event("a", 10, 1, ANN)],
    );
    assert_eq!(found, []);
    let (found, _) = run(
        &correlations,
        &[event("a", 1, 0, ANN), event("a", 10, 1, ANN)],
    );
    assert_eq!(times(&found), [10]);
    assert_eq!(found[0].positions, [0, 1]);
    assert_eq!(found[0].precision, Precision::Exact);
}

#[test]
fn a_then_c_then_b_is_not_a_then_b_then_c() {
    let ordered = correlation("o", Kind::TemporalOrdered, &["a", "b", "c"], None);
    let together = correlation("t", Kind::Temporal, &["a", "b", "c"], None);
    let correlations = checked(vec![ordered, together]);
    let events = [
        event("a", 1, 0, ANN),
        event("c", 2, 1, ANN),
        event("b", 3, 2, ANN),
    ];
    let (found, _) = run(&correlations, &events);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].correlation, "t");
    let events = [
        event("a", 1, 0, ANN),
        event("b", 2, 1, ANN),
        event("c", 3, 2, ANN),
    ];
    let (found, _) = run(&correlations, &events);
    assert_eq!(found.len(), 2, "both fire though they share their rules");
}

#[test]
fn one_event_is_not_before_itself() {
    let correlations = checked(vec![correlation(
        "o",
        Kind::TemporalOrdered,
        &["a", "b"],
        None,
    )]);
    let (found, _) = run(
        &correlations,
        &[event("a", 1, 7, ANN), event("b", 1, 7, ANN)],
    );
    assert_eq!(found, []);
    let (found, _) = run(
        &correlations,
        &[event("a", 1, 7, ANN), event("b", 1, 8, ANN)],
    );
    assert_eq!(times(&found), [1], "ties break by position");
}

#[test]
fn a_lasting_attack_gives_one_finding_for_each_span() {
    let correlations = checked(vec![correlation("n", Kind::EventCount, &["a"], Some(5))]);
    let events: Vec<_> = (0..40_i64)
        .map(|at| event("a", at, at.cast_unsigned(), ANN))
        .collect();
    let (found, _) = run(&correlations, &events);
    assert_eq!(times(&found), [4, 14, 24, 34]);
    assert_eq!(found[1].positions, (5..=14).collect::<Vec<u64>>());
}

#[test]
fn groups_are_apart_and_case_does_not_part_them() {
    let correlations = checked(vec![correlation("n", Kind::EventCount, &["a"], Some(2))]);
    let events = [
        event("a", 1, 0, ANN),
        event("a", 2, 1, &[("user", "bob")]),
        event("a", 3, 2, &[("user", "ANN")]),
        event("a", 4, 3, &[]),
    ];
    let (found, correlator) = run(&correlations, &events);
    assert_eq!(times(&found), [3]);
    assert_eq!(found[0].group, [("user".to_owned(), "ann".to_owned())]);
    assert_eq!(correlator.counts().without_group, 1);
}

#[test]
fn the_calendar_does_not_cut_windows() {
    // Midnight, the end of a month, and the hour that is left out in spring, in UTC.
    for at in [1_764_547_195, 1_772_323_195, 1_774_746_000 - 5] {
        let correlations = checked(vec![correlation("n", Kind::EventCount, &["a"], Some(3))]);
        let events: Vec<_> = (0..3_i64)
            .map(|step| event("a", at + step * 4, step.cast_unsigned(), ANN))
            .collect();
        let (found, _) = run(&correlations, &events);
        assert_eq!(times(&found), [at + 8]);
    }
}

#[test]
fn an_outer_correlation_groups_by_its_own_fields_only() {
    let inner = correlation("inner", Kind::EventCount, &["a"], Some(2));
    let mut outer = correlation("outer", Kind::EventCount, &["inner"], Some(2));
    outer.group_by = vec!["site".to_owned()];
    let correlations = checked(vec![inner, outer]);
    let at_site = |user, position: u64| {
        let fields = [("user", user), ("site", "north")];
        event("a", i64::try_from(position).unwrap(), position, &fields)
    };
    let events = [
        at_site("ann", 0),
        at_site("ann", 1),
        at_site("bob", 2),
        at_site("bob", 3),
    ];
    let (found, _) = run(&correlations, &events);
    assert_eq!(found.len(), 1, "the inner one is silent");
    assert_eq!(found[0].correlation, "outer");
    assert_eq!(found[0].positions, [0, 1, 2, 3]);
}
