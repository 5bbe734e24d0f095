//! Generated rules on generated events: the engine finds what its naive twin finds.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Value, json};

use super::{compiled, documents, hits, twin};
use crate::engine::{Detector, RuleSet};
use crate::sigma::Document;
use std::sync::Arc;

const FIELDS: &[&str] = &["a", "b", "c.d", "Image", "NewProcessName"];

/// Words that overlap, so that generated rules and events meet.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[abAB\\\\/-]{0,4}",
        2 => proptest::sample::select(vec![
            "\\cmd.exe", "C:\\x\\CMD.exe", "aba", "ABAB", "é", "É", "10.0.0.1", "10.0.0.0",
            "5", "-5", "true", "2026-11-26T08:03:00Z", "md5=0123456789abcdef0123456789abcdef",
            "SHA1=1,MD5=0123456789ABCDEF0123456789ABCDEF,X=1", "kiwi", "mimi::x",
        ]).prop_map(str::to_owned),
    ]
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => word(),
        1 => "[ab*?\\\\]{1,5}",
    ]
}

fn line() -> impl Strategy<Value = String> {
    let field = || proptest::sample::select(FIELDS);
    let list = |of: BoxedStrategy<String>| {
        proptest::collection::vec(of, 1..4).prop_map(|words| {
            format!(
                "[{}]",
                words
                    .iter()
                    .map(|word| quoted(word))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        })
    };
    let shapes = vec![
        "",
        "|contains",
        "|startswith",
        "|endswith",
        "|contains|all",
        "|cased",
        "|endswith|cased",
        "|neq",
        "|contains|neq",
        "|contains|windash",
    ];
    prop_oneof![
        6 => (field(), proptest::sample::select(shapes), list(pattern().boxed()))
            .prop_map(|(field, shape, list)| format!("{field}{shape}: {list}")),
        1 => (field(), proptest::sample::select(vec!["null", "''", "5", "true", "[null, aba]"]))
            .prop_map(|(field, value)| format!("{field}: {value}")),
        1 => (field(), any::<bool>()).prop_map(|(field, is)| format!("{field}|exists: {is}")),
        1 => (field(), field(), proptest::sample::select(vec!["", "|contains", "|endswith|cased"]))
            .prop_map(|(field, other, shape)| format!("{field}|fieldref{shape}: {other}")),
        1 => (field(), proptest::sample::select(vec!["gt", "gte", "lt", "lte"]), -6..6)
            .prop_map(|(field, operator, bound)| format!("{field}|{operator}: {bound}")),
        1 => (field(), proptest::sample::select(vec!["10.0.0.0/8", "10.0.0.0/31", "0.0.0.0/0", "::/0"]))
            .prop_map(|(field, network)| format!("{field}|cidr: '{network}'")),
        1 => (field(), proptest::sample::select(vec!["re: 'ab+a'", "re|i: 'aba|cmd'", "re: '^.b'", "re|i: 'CMD\\.exe$'"]))
            .prop_map(|(field, regex)| format!("{field}|{regex}")),
        1 => (field(), proptest::sample::select(vec!["hour: 8", "day|gt: 20"]))
            .prop_map(|(field, time)| format!("{field}|{time}")),
        1 => (field(), "[ab]{2,4}").prop_map(|(field, word)| format!("{field}|base64offset|contains: {word}xyz")),
    ]
}

fn selection() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => proptest::collection::btree_map(line(), Just(()), 1..4).prop_map(|lines| {
            // The same key twice is no map.
            let mut keys = std::collections::BTreeSet::new();
            let lines: Vec<String> = lines
                .into_keys()
                .filter(|line| keys.insert(line.split(": ").next().unwrap_or_default().to_owned()))
                .map(|line| format!("    {line}"))
                .collect();
            format!("\n{}", lines.join("\n"))
        }),
        1 => proptest::collection::vec(line(), 1..4).prop_map(|lines| {
            let lines: Vec<String> = lines.iter().map(|line| format!("    - {line}")).collect();
            format!("\n{}", lines.join("\n"))
        }),
        1 => proptest::collection::vec(pattern().prop_filter("a keyword is something", |word| !word.is_empty()), 1..3)
            .prop_map(|words| {
                let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                format!(" [{}]", words.join(", "))
            }),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let conditions = vec![
        "s1",
        "s1 and s2",
        "s1 or s2",
        "s1 and not s2",
        "not s1",
        "1 of s*",
        "all of them",
        "2 of them",
        "s1 or (s2 and not s3)",
        "s1 and not 1 of s2*",
        "[s1, s2 and s3]",
    ];
    (
        selection(),
        selection(),
        selection(),
        proptest::sample::select(conditions),
    )
        .prop_map(|(one, two, three, condition)| {
            super::rule(
                "t",
                &format!("  s1:{one}\n  s2:{two}\n  s3:{three}\n  condition: {condition}"),
            )
        })
}

fn value() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        6 => word().prop_map(Value::from),
        1 => (-6..6).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    prop_oneof![
        6 => plain.clone(),
        1 => proptest::collection::vec(plain, 0..3).prop_map(Value::from),
    ]
}

fn event() -> impl Strategy<Value = Value> {
    proptest::collection::vec((proptest::sample::select(FIELDS), value()), 0..6).prop_map(|pairs| {
        let mut event = json!({});
        for (name, value) in pairs {
            match name.split_once('.') {
                Some((outer, inner)) => event[outer] = json!({ inner: value }),
                None => event[name] = value,
            }
        }
        event
    })
}

fn numbers(detector: &mut Detector, event: &Value) -> Vec<usize> {
    let (_, found) = hits(detector, "x", event.to_string().as_bytes());
    found.into_iter().map(|(number, _)| number).collect()
}

fn expected(rules: &RuleSet, event: &Value) -> Vec<usize> {
    let met = rules
        .rules()
        .enumerate()
        .filter(|(_, rule)| twin::meets(rule, event));
    met.map(|(number, _)| number).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_engine_finds_what_its_twin_finds(
        rules in proptest::collection::vec(rule(), 1..12),
        events in proptest::collection::vec(event(), 1..12),
    ) {
        let documents: Vec<Document> = documents(&rules.join("---\n"));
        let compiled = compiled(documents);
        prop_assert!(compiled.refused.is_empty(), "{:?}", compiled.refused);
        let rules = Arc::new(compiled.rules);
        let mut detector = Detector::new(Arc::clone(&rules), &[1; 16]);
        // Twice: what is remembered changes nothing.
        for event in events.iter().chain(&events) {
            prop_assert_eq!(numbers(&mut detector, event), expected(&rules, event), "{}", event);
        }
    }
}

/// A property that nothing ever meets would hold of any engine.
#[test]
fn generated_rules_and_events_do_meet() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut met, mut missed) = (0, 0);
    for _ in 0..300 {
        let text = rule().new_tree(&mut runner).unwrap().current();
        let compiled = compiled(documents(&text));
        for _ in 0..5 {
            let event = event().new_tree(&mut runner).unwrap().current();
            match expected(&compiled.rules, &event).is_empty() {
                true => missed += 1,
                false => met += 1,
            }
        }
    }
    assert!(met > 200 && missed > 200, "{met} met, {missed} missed");
}

/// Rules wait for other predicates after some thousand lines, and find the same.
#[test]
fn what_is_learnt_changes_no_finding() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let rules: Vec<String> = (0..40)
        .map(|_| rule().new_tree(&mut runner).unwrap().current())
        .collect();
    let events: Vec<Value> = (0..60)
        .map(|_| event().new_tree(&mut runner).unwrap().current())
        .collect();
    let rules = Arc::new(compiled(documents(&rules.join("---\n"))).rules);
    let expected: Vec<Vec<usize>> = events.iter().map(|event| expected(&rules, event)).collect();
    let mut detector = Detector::new(Arc::clone(&rules), &[2; 16]);
    let mut candidates = Vec::new();
    for _ in 0..100 {
        let before = detector.counts().candidates;
        for (event, expected) in events.iter().zip(&expected) {
            assert_eq!(&numbers(&mut detector, event), expected, "{event}");
        }
        candidates.push(detector.counts().candidates - before);
    }
    let (first, last) = (candidates[0], candidates[candidates.len() - 1]);
    assert!(
        last < first,
        "{first} trees at first, {last} at last: nothing was learnt"
    );
}
