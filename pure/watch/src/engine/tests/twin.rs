//! A naive twin of the engine: each rule on its own, each value on its own, letter by letter.
//!
//! It reads events with a full JSON parser and shares no automaton, memory, witness, class or tree
//! with the engine.

use serde_json::Value;

use crate::sigma::condition::belongs;
use crate::sigma::pattern::{Pattern, Token};
use crate::sigma::time;
use crate::sigma::{Condition, Detection, Item, Quantity, Rule, Shape, Test};

/// Whether an event meets a rule.
pub(super) fn meets(rule: &Rule, event: &Value) -> bool {
    condition(&rule.condition, rule, event)
}

fn condition(of: &Condition, rule: &Rule, event: &Value) -> bool {
    match of {
        Condition::Or(parts) => parts.iter().any(|part| condition(part, rule, event)),
        Condition::And(parts) => parts.iter().all(|part| condition(part, rule, event)),
        Condition::Not(inner) => !condition(inner, rule, event),
        Condition::Selection(name) => detection(&rule.detection[name], event),
        Condition::Of(quantity, name) => {
            let fitting: Vec<&Detection> = rule
                .detection
                .iter()
                .filter(|(known, _)| belongs(known, name))
                .map(|(_, detection)| detection)
                .collect();
            let met = fitting.iter().filter(|one| detection(one, event)).count();
            match quantity {
                Quantity::All => met == fitting.len(),
                Quantity::AtLeast(count) => met >= *count,
            }
        }
    }
}

fn detection(of: &Detection, event: &Value) -> bool {
    match of {
        Detection::All(parts) => parts.iter().all(|part| detection(part, event)),
        Detection::Any(parts) => parts.iter().any(|part| detection(part, event)),
        Detection::Item(one) => item(one, event),
    }
}

fn item(item: &Item, event: &Value) -> bool {
    let values = match &item.field {
        Some(name) => values(event, name),
        None => everything(event),
    };
    let mut met = item.tests.iter().map(|one| test(one, &values, event));
    let met = if item.all {
        met.all(|met| met)
    } else {
        met.any(|met| met)
    };
    if item.neq {
        !values.is_empty() && !met
    } else {
        met
    }
}

fn test(test: &Test, values: &[&Value], event: &Value) -> bool {
    let any = |meets: &dyn Fn(&str) -> bool| {
        values
            .iter()
            .any(|value| text(value).is_some_and(|text| meets(&text)))
    };
    match test {
        Test::Exists(wanted) => values.is_empty() != *wanted,
        Test::Null => values.iter().all(|value| value.is_null()),
        Test::Text { pattern, cased } => any(&|text| fits(pattern, text, *cased)),
        Test::Regex(source) => {
            let regex = regex::Regex::new(source).unwrap();
            any(&|text| regex.is_match(text))
        }
        Test::Network(network) => any(&|text| network.holds(text)),
        Test::Compare(operator, bound) => any(&|text| {
            text.parse::<f64>()
                .is_ok_and(|value| operator.holds(value, *bound))
        }),
        Test::Time(unit, operator, bound) => any(&|text| {
            let part = time::part(text.as_bytes(), *unit);
            part.is_some_and(|part| operator.holds(f64::from(part), *bound))
        }),
        Test::Field {
            other,
            shape,
            cased,
        } => {
            let others = self::values(event, other);
            any(&|left| {
                others.iter().filter_map(|value| text(value)).any(|right| {
                    let (left, right) = match cased {
                        true => (left.to_owned(), right),
                        false => (left.to_lowercase(), right.to_lowercase()),
                    };
                    match shape {
                        Shape::Whole => left == right,
                        Shape::Part => left.contains(&right),
                        Shape::Start => left.starts_with(&right),
                        Shape::End => left.ends_with(&right),
                    }
                })
            })
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Every value under a name; arrays count by their elements and by themselves.
fn values<'v>(event: &'v Value, name: &str) -> Vec<&'v Value> {
    let mut found = Vec::new();
    let mut open = vec![(event, name)];
    while let Some((value, rest)) = open.pop() {
        if rest.is_empty() {
            found.push(value);
            if let Value::Array(list) = value {
                open.extend(list.iter().map(|one| (one, "")));
            }
            continue;
        }
        match value {
            Value::Array(list) => open.extend(list.iter().map(|one| (one, rest))),
            Value::Object(map) => {
                for (key, inner) in map {
                    let behind = rest.strip_prefix(key.as_str());
                    let behind = behind.and_then(|behind| match behind {
                        "" => Some(""),
                        behind => behind.strip_prefix('.'),
                    });
                    open.extend(behind.map(|behind| (inner, behind)));
                }
            }
            _ => {}
        }
    }
    found
}

fn everything(event: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    let mut open = vec![event];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(list) => open.extend(list),
            Value::Object(map) => open.extend(map.values()),
            value => found.push(value),
        }
    }
    found
}

/// Letter by letter, with every way that a wildcard may go.
fn fits(pattern: &Pattern, text: &str, cased: bool) -> bool {
    let fold = |text: &str| {
        if cased {
            text.to_owned()
        } else {
            text.to_lowercase()
        }
    };
    let mut wanted: Vec<Option<char>> = Vec::new();
    let mut is_many = Vec::new();
    for token in pattern.tokens() {
        match token {
            Token::Text(bytes) => {
                for letter in fold(std::str::from_utf8(bytes).unwrap()).chars() {
                    wanted.push(Some(letter));
                    is_many.push(false);
                }
            }
            other => {
                wanted.push(None);
                is_many.push(*other == Token::Many);
            }
        }
    }
    let text: Vec<char> = fold(text).chars().collect();
    // at[i]: the first i signs of the pattern fit what was read so far.
    let mut at = vec![false; wanted.len() + 1];
    at[0] = true;
    let spread = |at: &mut Vec<bool>| {
        for i in 0..is_many.len() {
            if is_many[i] && at[i] {
                at[i + 1] = true;
            }
        }
    };
    spread(&mut at);
    for letter in text {
        let mut next = vec![false; wanted.len() + 1];
        for i in 0..wanted.len() {
            let fits = wanted[i].is_none_or(|wanted| wanted == letter);
            if at[i] && fits {
                next[if is_many[i] { i } else { i + 1 }] = true;
            }
            if is_many[i] && at[i + 1] {
                next[i + 1] = true;
            }
        }
        at = next;
        spread(&mut at);
    }
    at[wanted.len()]
}
