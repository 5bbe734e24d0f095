//! Late events, clocks of several sources, times from the future.

use super::super::{Correlations, Correlator, Hit, Kind, LimitReached, Outcome};
use super::{Event, S, checked, correlation, event, feed, found, limits};
use crate::hash::HashKey;

const ANN: &[(&str, &str)] = &[("user", "ann")];

fn two_in_ten_seconds() -> Correlations {
    checked(vec![correlation("n", Kind::EventCount, &["a"], Some(2))])
}

fn from(source: &str, event: Event) -> Event {
    Event {
        source: source.to_owned(),
        ..event
    }
}

#[test]
fn an_event_one_second_too_late_is_counted_and_revises() {
    let correlations = two_in_ten_seconds();
    let mut correlator = Correlator::new(limits(), HashKey::default());
    feed(&mut correlator, &correlations, &event("a", 100, 0, ANN));
    feed(&mut correlator, &correlations, &event("b", 106, 1, ANN));
    correlator.observe(&correlations, "sensor", (106 * S, 106 * S));
    let late = feed(&mut correlator, &correlations, &event("a", 100, 2, ANN));
    assert_eq!(correlator.counts().late, 1);
    let late = found(late);
    assert_eq!(late.len(), 1);
    assert!(late[0].is_late);
    assert_eq!(late[0].positions, [0, 2]);
}

#[test]
fn a_late_event_revises_every_window_it_lies_in() {
    let correlations = two_in_ten_seconds();
    let mut correlator = Correlator::new(limits(), HashKey::default());
    feed(&mut correlator, &correlations, &event("a", 100, 0, ANN));
    feed(&mut correlator, &correlations, &event("a", 200, 1, ANN));
    feed(&mut correlator, &correlations, &event("a", 300, 2, ANN));
    let before = found(feed(
        &mut correlator,
        &correlations,
        &event("a", 195, 3, ANN),
    ));
    assert_eq!(before.len(), 1);
    assert_eq!((before[0].at_us, before[0].position), (200 * S, 1));
}

#[test]
fn an_event_older_than_all_memory_is_told() {
    let correlations = two_in_ten_seconds();
    let mut correlator = Correlator::new(limits(), HashKey::default());
    feed(&mut correlator, &correlations, &event("a", 100_000, 0, ANN));
    let outcomes = feed(&mut correlator, &correlations, &event("a", 10, 1, ANN));
    assert_eq!(correlator.counts().too_late, 1);
    assert!(matches!(&outcomes[..], [Outcome::Limit(note)] if note.limit == LimitReached::TooLate));
}

#[test]
fn hits_wait_for_the_slowest_source_but_not_for_an_idle_one() {
    let correlations = two_in_ten_seconds();
    let limits = super::CorrelationLimits {
        idle_us: 60 * S,
        ..limits()
    };
    let mut correlator = Correlator::new(limits, HashKey::default());
    feed(
        &mut correlator,
        &correlations,
        &from("slow", event("a", 100, 0, ANN)),
    );
    for at in [101, 110, 150] {
        let fast = from("fast", event("b", at, 1, ANN));
        feed(&mut correlator, &correlations, &fast);
        assert_eq!(correlator.waiting(), 1, "at {at}");
    }
    let early = found(feed(
        &mut correlator,
        &correlations,
        &from("slow", event("a", 99, 2, ANN)),
    ));
    assert_eq!(early, []);
    let tick = correlator.observe(&correlations, "fast", (200 * S, 200 * S));
    let found = found(tick);
    assert_eq!(found.len(), 1);
    assert!(!found[0].is_late, "in order, though it came behind");
    assert_eq!(found[0].positions, [0, 2]);
}

/// The log itself says that nothing more came: that is the clock of nobody.
#[test]
fn what_waits_is_judged_when_the_log_says_that_nothing_more_came() {
    let correlations = two_in_ten_seconds();
    let limits = super::CorrelationLimits {
        idle_us: 60 * S,
        ..limits()
    };
    let mut correlator = Correlator::new(limits, HashKey::default());
    let hit = |correlator: &mut Correlator, source: &str, at: i64, position: u64| {
        let event = from(source, event("a", at, position, ANN));
        found(feed(correlator, &correlations, &event))
    };
    correlator.observe(&correlations, "idle", (20 * S, 20 * S));
    assert_eq!(hit(&mut correlator, "busy", 98, 0), []);
    assert_eq!(hit(&mut correlator, "busy", 100, 1), []);
    // Ten seconds later the busy one may still tell what happened meanwhile.
    assert_eq!(correlator.pass(&correlations, "house", 110 * S), []);
    assert_eq!(correlator.frontier_us(), Some(95 * S));
    let judged = found(correlator.pass(&correlations, "house", 170 * S));
    assert_eq!(judged.len(), 1);
    assert_eq!(judged[0].positions, [0, 1]);
    assert!(!judged[0].is_late);
    // What comes within the lateness afterwards is in order, and waits for its own source alone.
    assert_eq!(hit(&mut correlator, "busy", 166, 2), []);
    assert_eq!(hit(&mut correlator, "busy", 165, 3), []);
    assert_eq!(correlator.counts().late, 0);
    let judged = found(correlator.observe(&correlations, "busy", (172 * S, 172 * S)));
    assert_eq!(judged.len(), 1);
    assert_eq!(judged[0].positions, [2, 3]);
    assert!(!judged[0].is_late);
    assert_eq!(correlator.waiting(), 0);
}

#[test]
fn whoever_keeps_the_log_has_told_all_of_its_own() {
    let correlations = two_in_ten_seconds();
    let mut correlator = Correlator::new(limits(), HashKey::default());
    for (at, position) in [(98, 0), (100, 1)] {
        let event = from("house", event("a", at, position, ANN));
        assert_eq!(feed(&mut correlator, &correlations, &event), []);
    }
    let judged = found(correlator.pass(&correlations, "house", 110 * S));
    assert_eq!(judged.len(), 1);
    assert_eq!(judged[0].positions, [0, 1]);
    assert_eq!(correlator.frontier_us(), Some(105 * S));
}

#[test]
fn time_that_passes_leaves_a_source_that_is_not_idle_its_lateness() {
    let correlations = two_in_ten_seconds();
    let limits = super::CorrelationLimits {
        idle_us: 60 * S,
        ..limits()
    };
    let mut correlator = Correlator::new(limits, HashKey::default());
    feed(&mut correlator, &correlations, &event("a", 100, 0, ANN));
    assert_eq!(correlator.pass(&correlations, "house", 160 * S), []);
    let late = found(feed(
        &mut correlator,
        &correlations,
        &event("a", 96, 1, ANN),
    ));
    assert_eq!((late, correlator.counts().late), (Vec::new(), 0));
    let judged = found(correlator.pass(&correlations, "house", 161 * S));
    assert_eq!(judged.len(), 1);
    assert_eq!(judged[0].positions, [0, 1]);
}

#[test]
fn a_time_from_the_future_counts_at_receipt_and_does_not_move_the_clock() {
    let correlations = two_in_ten_seconds();
    let mut correlator = Correlator::new(limits(), HashKey::default());
    feed(&mut correlator, &correlations, &event("a", 100, 0, ANN));
    let year_9999 = event("a", 253_000_000_000, 1, ANN);
    let outcomes = correlator.hit(
        &correlations,
        Hit {
            rule: "a",
            at_us: year_9999.at_us,
            received_us: 101 * S,
            position: 1,
            source: "sensor",
            fields: &year_9999.fields,
        },
    );
    assert_eq!(outcomes, []);
    assert_eq!(correlator.counts().from_future, 1);
    assert_eq!(correlator.frontier_us(), Some(95 * S));
    let found = found(correlator.finish(&correlations));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].at_us, 101 * S);
}

#[test]
fn the_same_hit_twice_counts_once() {
    let correlations = two_in_ten_seconds();
    let mut correlator = Correlator::new(limits(), HashKey::default());
    feed(&mut correlator, &correlations, &event("a", 100, 0, ANN));
    feed(&mut correlator, &correlations, &event("a", 100, 0, ANN));
    assert_eq!(found(correlator.finish(&correlations)), []);
}

#[test]
fn a_changed_definition_begins_anew() {
    let correlations = two_in_ten_seconds();
    let mut correlator = Correlator::new(limits(), HashKey::default());
    feed(&mut correlator, &correlations, &event("a", 100, 0, ANN));
    correlator.finish(&correlations);
    let changed = checked(vec![correlation("n", Kind::Temporal, &["a", "b"], None)]);
    feed(&mut correlator, &changed, &event("b", 103, 1, ANN));
    assert_eq!(found(correlator.finish(&changed)), []);
}
