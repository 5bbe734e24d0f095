mod arrival;
mod naive;
mod properties;
mod rules;
mod size;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Condition, Correlated, Correlation, CorrelationLimits, Correlations, Correlator, Hit, Kind,
    Outcome,
};
use crate::finding::Level;
use crate::hash::HashKey;

const S: i64 = 1_000_000;

/// A hit that owns its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Event {
    rule: String,
    at_us: i64,
    position: u64,
    source: String,
    fields: BTreeMap<String, String>,
}

fn event(rule: &str, at_s: i64, position: u64, fields: &[(&str, &str)]) -> Event {
    let fields = fields
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Event {
        rule: rule.to_owned(),
        at_us: at_s * S,
        position,
        source: "sensor".to_owned(),
        fields: fields.collect(),
    }
}

fn correlation(id: &str, kind: Kind, rules: &[&str], at_least: Option<u64>) -> Correlation {
    Correlation {
        id: id.to_owned(),
        name: None,
        kind,
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        group_by: vec!["user".to_owned()],
        aliases: BTreeMap::new(),
        span_us: 10 * S,
        condition: at_least.map(Condition::at_least),
        generate: false,
        level: Level::High,
        techniques: Vec::new(),
    }
}

fn checked(correlations: Vec<Correlation>) -> Correlations {
    let rules: BTreeSet<String> = ["a", "b", "c"].map(str::to_owned).into();
    let (checked, refused) = Correlations::new(correlations, &rules, &BTreeMap::new());
    assert_eq!(refused, []);
    checked
}

fn limits() -> CorrelationLimits {
    CorrelationLimits {
        idle_us: 1_000_000 * S,
        ..CorrelationLimits::DEFAULT
    }
}

fn feed(correlator: &mut Correlator, correlations: &Correlations, event: &Event) -> Vec<Outcome> {
    let hit = Hit {
        rule: &event.rule,
        at_us: event.at_us,
        received_us: event.at_us,
        position: event.position,
        source: &event.source,
        fields: &event.fields,
    };
    correlator.hit(correlations, hit)
}

fn found(outcomes: Vec<Outcome>) -> Vec<Correlated> {
    let found = outcomes.into_iter().filter_map(|outcome| match outcome {
        Outcome::Found(found) => Some(found),
        Outcome::Limit(_) => None,
    });
    found.collect()
}

fn run(correlations: &Correlations, events: &[Event]) -> (Vec<Correlated>, Correlator) {
    let mut correlator = Correlator::new(limits(), HashKey::default());
    let mut outcomes = Vec::new();
    for event in events {
        outcomes.extend(feed(&mut correlator, correlations, event));
    }
    outcomes.extend(correlator.finish(correlations));
    (found(outcomes), correlator)
}
