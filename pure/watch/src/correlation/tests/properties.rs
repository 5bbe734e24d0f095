//! Against the naive twin, in any order of arrival within the allowed lateness, and across a
//! restart at any place.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{Condition, Correlated, Correlation, Correlations, Correlator, Kind};
use super::naive::naive;
use super::{Event, S, checked, correlation, feed, found, limits, run};
use crate::hash::HashKey;

/// Every type, alone and in chains, with aliases, ranges and shared base rules.
fn definitions() -> Vec<Correlation> {
    let value = Kind::ValueCount {
        field: "host".to_owned(),
    };
    let mut range = correlation("range", Kind::EventCount, &["a", "b"], None);
    range.condition = Some(Condition {
        gte: Some(2),
        lt: Some(4),
        ..Condition::default()
    });
    let mut alias = correlation("alias", Kind::Temporal, &["a", "c"], None);
    alias.group_by = vec!["who".to_owned()];
    let per_rule = BTreeMap::from([
        ("a".to_owned(), "user".to_owned()),
        ("c".to_owned(), "host".to_owned()),
    ]);
    alias.aliases.insert("who".to_owned(), per_rule);
    let mut any_two = correlation("any-two", Kind::Temporal, &["a", "b", "c"], Some(2));
    any_two.group_by = vec!["user".to_owned(), "host".to_owned()];
    let mut chain = correlation("chain", Kind::TemporalOrdered, &["count", "c"], None);
    chain.generate = true;
    chain.span_us = 15 * S;
    let mut both = correlation("both", Kind::Temporal, &["a", "count"], None);
    both.generate = true;
    both.group_by = Vec::new();
    vec![
        correlation("count", Kind::EventCount, &["a"], Some(3)),
        correlation("values", value, &["a", "b"], Some(3)),
        range,
        correlation("together", Kind::Temporal, &["a", "b", "c"], None),
        correlation("ordered", Kind::TemporalOrdered, &["a", "b", "c"], None),
        alias,
        any_two,
        chain,
        both,
    ]
}

fn events() -> impl Strategy<Value = Vec<(Event, i64)>> {
    let one = (
        0_usize..3,
        0_i64..80,
        0_usize..3,
        0_usize..5,
        0_i64..5,
        0_usize..2,
    );
    vec(one, 0..60).prop_map(|raw| {
        let events = raw.into_iter().enumerate().map(|(position, one)| {
            let (rule, at, user, host, delay, source) = one;
            let mut fields =
                BTreeMap::from([("user".to_owned(), ["Ann", "bob", "c"][user].to_owned())]);
            // One in five has no host.
            if host > 0 {
                fields.insert(
                    "host".to_owned(),
                    ["ann", "h1", "h2", "bob"][host - 1].to_owned(),
                );
            }
            let event = Event {
                rule: ["a", "b", "c"][rule].to_owned(),
                at_us: at * S / 2,
                position: position as u64,
                source: ["one", "two"][source].to_owned(),
                fields,
            };
            (event, at * S / 2 + delay * S)
        });
        events.collect()
    })
}

/// The order in which events arrive when each is delayed by less than the allowed lateness.
fn arrive(events: &[(Event, i64)]) -> Vec<Event> {
    let mut events = events.to_vec();
    events.sort_by_key(|(event, arrival)| (*arrival, event.position));
    events.into_iter().map(|(event, _)| event).collect()
}

fn sorted(mut found: Vec<Correlated>) -> Vec<Correlated> {
    found.sort();
    found
}

fn halves(correlations: &Correlations, events: &[Event], at: usize) -> Vec<Correlated> {
    let mut correlator = Correlator::new(limits(), HashKey::default());
    let mut outcomes = Vec::new();
    for (place, event) in events.iter().enumerate() {
        if place == at {
            let text = serde_json::to_string(&correlator).unwrap();
            correlator = serde_json::from_str(&text).unwrap();
        }
        outcomes.extend(feed(&mut correlator, correlations, event));
    }
    outcomes.extend(correlator.finish(correlations));
    found(outcomes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_arrival_within_lateness_finds_what_the_full_list_holds(events in events()) {
        let correlations = checked(definitions());
        let arrived = arrive(&events);
        let (found, correlator) = run(&correlations, &arrived);
        prop_assert_eq!(correlator.counts().late, 0);
        prop_assert_eq!(sorted(found), naive(&correlations, &arrived));
    }

    #[test]
    fn a_restart_in_the_middle_changes_nothing(events in events(), at in 0_usize..60) {
        let correlations = checked(definitions());
        let arrived = arrive(&events);
        let (whole, _) = run(&correlations, &arrived);
        prop_assert_eq!(halves(&correlations, &arrived, at), whole);
    }

    #[test]
    fn no_time_and_no_text_makes_it_fail(
        events in vec((any::<i64>(), any::<i64>(), any::<u64>(), ".{0,4}"), 0..40),
        lateness in any::<i64>(),
    ) {
        let correlations = checked(definitions());
        let limits = super::CorrelationLimits { lateness_us: lateness, ..limits() };
        let mut correlator = Correlator::new(limits, HashKey::default());
        for (at_us, received_us, position, text) in &events {
            let fields = BTreeMap::from([
                ("user".to_owned(), text.clone()),
                ("host".to_owned(), text.repeat(200)),
            ]);
            let hit = super::Hit {
                rule: "a",
                at_us: *at_us,
                received_us: *received_us,
                position: *position,
                source: text,
                fields: &fields,
            };
            correlator.hit(&correlations, hit);
        }
        correlator.finish(&correlations);
        prop_assert_eq!(correlator.waiting(), 0);
        prop_assert_eq!(correlator.counts().hits, events.len() as u64);
    }
}
