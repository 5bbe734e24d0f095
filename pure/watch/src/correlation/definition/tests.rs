use std::collections::{BTreeMap, BTreeSet};

use super::{Condition, Correlation, CorrelationRefusal, Correlations, Kind};
use crate::finding::Level;

fn correlation(id: &str, rules: &[&str]) -> Correlation {
    Correlation {
        id: id.to_owned(),
        name: Some(format!("{id}-name")),
        kind: Kind::Temporal,
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        group_by: vec!["user".to_owned()],
        aliases: BTreeMap::new(),
        span_us: 1_000_000,
        condition: None,
        generate: false,
        level: Level::High,
        techniques: Vec::new(),
    }
}

fn check(correlations: Vec<Correlation>) -> (Correlations, Vec<(String, CorrelationRefusal)>) {
    let rules = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
    let names = BTreeMap::from([("rule-a".to_owned(), "a".to_owned())]);
    Correlations::new(correlations, &rules, &names)
}

#[test]
fn inner_correlations_come_first_whatever_the_order() {
    let (checked, refused) = check(vec![
        correlation("outer", &["middle-name", "a"]),
        correlation("middle", &["inner"]),
        correlation("inner", &["rule-a", "b"]),
    ]);
    assert_eq!(refused, []);
    let ids: Vec<&str> = checked
        .definitions()
        .map(|found| found.id.as_str())
        .collect();
    assert_eq!(ids, ["inner", "middle", "outer"]);
    assert!(checked.wants("a") && checked.wants("inner") && !checked.wants("outer"));
}

#[test]
fn a_cycle_is_refused_with_all_that_rests_on_it() {
    let (checked, refused) = check(vec![
        correlation("one", &["two"]),
        correlation("two", &["one-name"]),
        correlation("three", &["two", "a"]),
        correlation("self", &["self"]),
        correlation("sound", &["a"]),
    ]);
    assert_eq!(checked.definitions().count(), 1);
    let refused: Vec<&str> = refused
        .iter()
        .filter(|(_, why)| matches!(why, CorrelationRefusal::Cycle(_)))
        .map(|(id, _)| id.as_str())
        .collect();
    assert_eq!(refused, ["one", "two", "three", "self"]);
}

#[test]
fn what_cannot_be_honoured_is_refused_by_name() {
    let mut count = correlation("count", &["a"]);
    count.kind = Kind::EventCount;
    let mut never = count.clone();
    never.condition = Some(Condition {
        gt: Some(5),
        lt: Some(6),
        ..Condition::default()
    });
    let mut absent = count.clone();
    absent.condition = Some(Condition {
        lt: Some(1),
        ..Condition::default()
    });
    let mut ordered = correlation("ordered", &["a", "b"]);
    ordered.kind = Kind::TemporalOrdered;
    ordered.condition = Some(Condition::at_least(1));
    let mut span = correlation("span", &["a"]);
    span.span_us = 0;
    for (bad, why) in [
        (count, CorrelationRefusal::ConditionMissing),
        (never, CorrelationRefusal::ConditionNever),
        (absent, CorrelationRefusal::ConditionNever),
        (ordered, CorrelationRefusal::ConditionOrdered),
        (span, CorrelationRefusal::Span),
        (correlation("none", &[]), CorrelationRefusal::Size(0)),
        (
            correlation("twice", &["a", "rule-a"]),
            CorrelationRefusal::RuleTwice("rule-a".to_owned()),
        ),
        (
            correlation("gone", &["c"]),
            CorrelationRefusal::Unknown("c".to_owned()),
        ),
        (
            correlation("a", &["b"]),
            CorrelationRefusal::Duplicate("a".to_owned()),
        ),
    ] {
        let id = bad.id.clone();
        let (_, refused) = check(vec![bad]);
        assert_eq!(refused, [(id, why)]);
    }
}

#[test]
fn a_chain_of_any_length_is_answered_without_recursion() {
    let chain = (0..20_000).map(|step| match step {
        0 => correlation("0", &["a"]),
        _ => correlation(&step.to_string(), &[&(step - 1).to_string()]),
    });
    let (checked, refused) = check(chain.collect());
    assert_eq!(checked.definitions().count(), 10);
    assert!(matches!(refused[0].1, CorrelationRefusal::Depth));
    assert!(matches!(refused[1].1, CorrelationRefusal::Unknown(_)));
}

#[test]
fn rules_are_silent_unless_one_correlation_lets_them_speak() {
    let mut loud = correlation("loud", &["b"]);
    loud.generate = true;
    let (checked, _) = check(vec![
        correlation("quiet", &["a", "b"]),
        loud,
        correlation("outer", &["quiet"]),
    ]);
    assert!(checked.is_silent("a") && checked.is_silent("quiet"));
    assert!(!checked.is_silent("b") && !checked.is_silent("outer"));
}

#[test]
fn conditions_are_a_conjunction() {
    let range = Condition {
        gte: Some(3),
        lt: Some(5),
        ..Condition::default()
    };
    let holds: Vec<u64> = (0..8).filter(|count| range.holds(*count)).collect();
    assert_eq!(holds, [3, 4]);
}
