//! What happens at the limits: coarser, never blind.

use super::super::{Correlator, Kind, LimitReached, Outcome, Precision};
use super::{CorrelationLimits, Event, S, checked, correlation, event, feed, limits};
use crate::hash::HashKey;

fn small() -> CorrelationLimits {
    CorrelationLimits {
        groups_max: 100,
        groups_per_source_max: 60,
        entries_per_group_max: 64,
        ..limits()
    }
}

fn by(source: &str, user: &str, at_s: i64, position: u64) -> Event {
    Event {
        source: source.to_owned(),
        ..event("a", at_s, position, &[("user", user), ("host", user)])
    }
}

#[test]
fn a_slow_group_survives_a_flood_of_groups() {
    let mut slow = correlation("n", Kind::EventCount, &["a"], Some(3));
    slow.span_us = 86_400 * S;
    let correlations = checked(vec![slow]);
    let mut correlator = Correlator::new(small(), HashKey::default());
    let mut outcomes = Vec::new();
    let mut position = 0;
    for hour in 0..3 {
        let at = hour * 3_600;
        outcomes.extend(feed(
            &mut correlator,
            &correlations,
            &by("calm", "slow", at, position),
        ));
        position += 1;
        for user in 0..2_000 {
            let user = format!("flood-{hour}-{user}");
            let event = by("flood", &user, at + 1, position);
            outcomes.extend(feed(&mut correlator, &correlations, &event));
            position += 1;
        }
    }
    outcomes.extend(correlator.finish(&correlations));
    let is_slow = |outcome: &&Outcome| matches!(outcome, Outcome::Found(found) if !found.is_merged);
    let exact: Vec<&Outcome> = outcomes.iter().filter(is_slow).collect();
    assert!(
        matches!(exact[..], [Outcome::Found(found)] if found.group[0].1 == "slow"),
        "{exact:?}"
    );
    let told = outcomes.iter().any(
        |outcome| matches!(outcome, Outcome::Limit(note) if note.limit == LimitReached::Groups && note.source == "flood"),
    );
    assert!(told);
    assert_eq!(correlator.groups("n"), 61);
    assert_eq!(correlator.counts().merged, 6_000 - 60);
}

#[test]
fn a_flood_of_groups_by_one_source_leaves_room_for_another() {
    let correlations = checked(vec![correlation("n", Kind::EventCount, &["a"], Some(2))]);
    let mut correlator = Correlator::new(small(), HashKey::default());
    for user in 0..500 {
        feed(
            &mut correlator,
            &correlations,
            &by("flood", &user.to_string(), 1, user),
        );
    }
    feed(&mut correlator, &correlations, &by("calm", "ann", 2, 501));
    feed(&mut correlator, &correlations, &by("calm", "ann", 3, 502));
    let outcomes = correlator.finish(&correlations);
    let exact = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Found(found) if !found.is_merged => Some(found.positions.clone()),
        _ => None,
    });
    assert_eq!(exact.collect::<Vec<_>>(), [[501, 502]]);
}

#[test]
fn a_large_group_is_counted_in_buckets_and_the_count_stays_near() {
    for (at_least, fires) in [(900, true), (1_100, false)] {
        let mut many = correlation("n", Kind::EventCount, &["a"], Some(at_least));
        many.span_us = 1_000 * S;
        let correlations = checked(vec![many]);
        let mut correlator = Correlator::new(small(), HashKey::default());
        let mut outcomes = Vec::new();
        for at in 0..3_000_i64 {
            let event = by("calm", "ann", at, at.cast_unsigned());
            outcomes.extend(feed(&mut correlator, &correlations, &event));
        }
        outcomes.extend(correlator.finish(&correlations));
        let found = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Found(found) => Some(found),
            Outcome::Limit(_) => None,
        });
        assert_eq!(found.is_some(), fires);
        if let Some(found) = found {
            assert_eq!(found.precision, Precision::Buckets);
            assert_eq!(found.count, 900);
        }
        assert_eq!(correlator.counts().coarsened, 1);
    }
}

#[test]
fn many_values_are_estimated_and_repeated_ones_are_not() {
    let kind = || Kind::ValueCount {
        field: "host".to_owned(),
    };
    for (values, at_least, precision) in [
        (10, 10, Precision::Thinned),
        (1_000, 500, Precision::Estimated),
    ] {
        let mut definition = correlation("n", kind(), &["a"], Some(at_least));
        definition.group_by.clear();
        definition.span_us = 10_000 * S;
        let correlations = checked(vec![definition]);
        let mut correlator = Correlator::new(small(), HashKey::default());
        let mut outcomes = Vec::new();
        for at in 0..2_000_i64 {
            // The last value comes only after the group was made coarser.
            let value = if at < 1_500 {
                at % (values - 1)
            } else {
                at % values
            };
            let event = by("calm", &value.to_string(), at, at.cast_unsigned());
            outcomes.extend(feed(&mut correlator, &correlations, &event));
        }
        outcomes.extend(correlator.finish(&correlations));
        let found = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Found(found) => Some(found),
            Outcome::Limit(_) => None,
        });
        let found = found.expect("fires");
        assert_eq!(found.precision, precision, "{values} values");
        assert!(found.count.abs_diff(at_least) <= at_least / 10);
    }
}

#[test]
fn a_sequence_is_found_through_a_flood_of_its_own_steps() {
    let mut ordered = correlation("o", Kind::TemporalOrdered, &["a", "b", "c"], None);
    ordered.span_us = 100_000 * S;
    let correlations = checked(vec![ordered]);
    let mut correlator = Correlator::new(small(), HashKey::default());
    let ann: &[(&str, &str)] = &[("user", "ann")];
    let mut events = vec![event("a", 0, 0, ann), event("b", 1, 1, ann)];
    events.extend((2..500_i64).map(|at| event("a", at, at.cast_unsigned(), ann)));
    events.push(event("c", 500, 500, ann));
    let mut outcomes = Vec::new();
    for event in &events {
        outcomes.extend(feed(&mut correlator, &correlations, event));
    }
    outcomes.extend(correlator.finish(&correlations));
    let found = super::found(outcomes);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].positions, [0, 1, 500]);
    assert_eq!(found[0].precision, Precision::Thinned);
}

#[test]
fn when_too_many_wait_the_oldest_go_first_and_it_is_told() {
    let correlations = checked(vec![correlation("n", Kind::EventCount, &["a"], Some(20))]);
    let limits = CorrelationLimits {
        held_max: 10,
        lateness_us: 1_000 * S,
        ..limits()
    };
    let mut correlator = Correlator::new(limits, HashKey::default());
    let mut told = 0;
    for at in 0..30_i64 {
        let event = event("a", at, at.cast_unsigned(), &[("user", "ann")]);
        told += feed(&mut correlator, &correlations, &event).len();
        assert!(correlator.waiting() <= 10);
    }
    assert_eq!(told, 20);
    assert_eq!(correlator.counts().hurried, 20);
}
