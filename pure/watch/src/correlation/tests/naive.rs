//! The same semantics from the full sorted list, with nothing kept between windows.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Correlated, Correlation, Correlations, Kind, Precision};
use super::Event;

/// One input of a correlation: time, position, place of the rule, events below it.
#[derive(Debug, Clone)]
struct Input {
    at_us: i64,
    position: u64,
    rule: usize,
    below: BTreeSet<u64>,
    fields: BTreeMap<String, String>,
}

/// Everything the correlations find, in order of time.
pub(super) fn naive(correlations: &Correlations, events: &[Event]) -> Vec<Correlated> {
    let mut inputs: BTreeMap<String, Vec<Input>> = BTreeMap::new();
    for event in events {
        inputs.entry(event.rule.clone()).or_default().push(Input {
            at_us: event.at_us,
            position: event.position,
            rule: 0,
            below: BTreeSet::from([event.position]),
            fields: event.fields.clone(),
        });
    }
    let mut all = Vec::new();
    for definition in correlations.definitions() {
        let mut own: Vec<Input> = Vec::new();
        for (rule, id) in definition.rules.iter().enumerate() {
            let hits = inputs.get(id).into_iter().flatten();
            own.extend(hits.map(|hit| Input {
                rule,
                ..hit.clone()
            }));
        }
        own.sort_by_key(|input| (input.at_us, input.position, input.rule));
        for (found, fields) in of_one(definition, &own) {
            inputs
                .entry(definition.id.clone())
                .or_default()
                .push(Input {
                    at_us: found.at_us,
                    position: found.position,
                    rule: 0,
                    below: found
                        .positions
                        .iter()
                        .copied()
                        .chain([found.position])
                        .collect(),
                    fields,
                });
            if !correlations.is_silent(&definition.id) {
                all.push(found);
            }
        }
    }
    all.sort();
    all
}

fn value(definition: &Correlation, input: &Input, name: &str) -> Option<String> {
    let rule = &definition.rules[input.rule];
    let alias = definition
        .aliases
        .get(name)
        .and_then(|alias| alias.get(rule));
    let field = alias.map_or(name, String::as_str);
    input.fields.get(field).map(|value| value.to_lowercase())
}

fn of_one(
    definition: &Correlation,
    inputs: &[Input],
) -> Vec<(Correlated, BTreeMap<String, String>)> {
    let mut found: Vec<(Correlated, BTreeMap<String, String>)> = Vec::new();
    for (end, last) in inputs.iter().enumerate() {
        let names = definition.group_by.iter();
        let group: Option<Vec<String>> = names.map(|name| value(definition, last, name)).collect();
        let Some(group) = group else { continue };
        let pairs = definition.group_by.iter().cloned().zip(group.clone());
        let pairs: Vec<(String, String)> = pairs.collect();
        let counted = |input: &Input| match &definition.kind {
            Kind::ValueCount { field } => value(definition, input, field),
            _ => Some(input.rule.to_string()),
        };
        if counted(last).is_none() {
            continue;
        }
        let window: Vec<&Input> = inputs[..=end]
            .iter()
            .filter(|input| input.at_us > last.at_us - definition.span_us)
            .filter(|input| {
                let names = definition.group_by.iter();
                let theirs: Option<Vec<String>> =
                    names.map(|name| value(definition, input, name)).collect();
                theirs.as_ref() == Some(&group) && counted(input).is_some()
            })
            .collect();
        let is_near = found.iter().any(|(other, _)| {
            other.group == pairs && (other.at_us - last.at_us).abs() < definition.span_us
        });
        let Some((count, witnesses)) = holds(definition, &window, counted) else {
            continue;
        };
        if is_near {
            continue;
        }
        let mut fields = last.fields.clone();
        fields.extend(pairs.iter().cloned());
        found.push((
            Correlated {
                at_us: last.at_us,
                position: last.position,
                correlation: definition.id.clone(),
                group: pairs,
                count,
                positions: witnesses.into_iter().collect(),
                precision: Precision::Exact,
                is_merged: false,
                is_late: false,
            },
            fields,
        ));
    }
    found
}

fn holds(
    definition: &Correlation,
    window: &[&Input],
    counted: impl Fn(&Input) -> Option<String>,
) -> Option<(u64, BTreeSet<u64>)> {
    let all_rules = definition.rules.len();
    let at_least = |count: usize| match &definition.condition {
        Some(condition) => condition.holds(count as u64),
        None => count >= all_rules,
    };
    let below = |inputs: &[&Input]| {
        let below = inputs.iter().flat_map(|input| input.below.iter().copied());
        below.collect::<BTreeSet<u64>>()
    };
    match definition.kind {
        Kind::EventCount => at_least(window.len()).then(|| (window.len() as u64, below(window))),
        Kind::ValueCount { .. } | Kind::Temporal => {
            let mut newest: BTreeMap<String, &Input> = BTreeMap::new();
            for input in window {
                newest.insert(counted(input).unwrap(), input);
            }
            let inputs: Vec<&Input> = newest.values().copied().collect();
            at_least(inputs.len()).then(|| (inputs.len() as u64, below(&inputs)))
        }
        Kind::TemporalOrdered => {
            let mut best: Option<Vec<usize>> = None;
            sequences(window, all_rules, &mut Vec::new(), &mut |places| {
                let ends = places.last() == Some(&(window.len() - 1));
                let mut reversed: Vec<usize> = places.to_vec();
                reversed.reverse();
                if ends && best.as_ref().is_none_or(|best| *best < reversed) {
                    best = Some(reversed);
                }
            });
            let inputs: Vec<&Input> = best?.iter().map(|place| window[*place]).collect();
            Some((all_rules as u64, below(&inputs)))
        }
    }
}

/// Every way to pick the rules in their order, each later than the one before.
fn sequences(
    window: &[&Input],
    rules: usize,
    places: &mut Vec<usize>,
    each: &mut impl FnMut(&[usize]),
) {
    if places.len() == rules {
        each(places);
        return;
    }
    for (place, input) in window.iter().enumerate() {
        let is_later = places.last().is_none_or(|last| {
            let last = window[*last];
            (last.at_us, last.position) < (input.at_us, input.position)
        });
        if input.rule == places.len() && is_later {
            places.push(place);
            sequences(window, rules, places, each);
            places.pop();
        }
    }
}
