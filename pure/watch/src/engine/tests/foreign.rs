//! A foreign engine on the same rules and events (`rsigma-eval`, by others).
//!
//! Known differences, each left out below: it takes a null field for absent under `exists`, 1 and
//! `yes` for true, only the plain dash for a dash under `windash`, and a start with a wildcard
//! inside for the whole value.

use rsigma_eval::Engine;
use rsigma_eval::event::JsonEvent;
use serde_json::json;

use super::{compiled, documents};
use crate::engine::Detector;
use std::sync::Arc;

const LINES: &[&str] = &[
    "a: Foo",
    "a|contains: oo",
    "a|startswith: [fo, xy]",
    "a|endswith: \\cmd.exe",
    "a|contains|all: [x, y]",
    "a|cased: Foo",
    "a|re: '^f.o$'",
    "a|re|i: 'FOO'",
    "a|cidr: 10.0.0.0/8",
    "a|cidr: ['fe80::/10', '192.168.0.0/16']",
    "a|gt: 5",
    "a|lte: 5",
    "a: 5",
    "a: null",
    "a: ''",
    "a: '*'",
    "a: 'f?o'",
    "a|neq: foo",
    "a|fieldref: b",
    "a|fieldref|contains: b",
    "a|base64offset|contains: foobar",
    "a|wide|base64offset|contains: foo",
    "a|contains|windash: ' -e '",
    "a|hour: 8",
    "b.c: x",
    "a|contains: 'C:\\\\x\\*'",
];

const EVENTS: &[&str] = &[
    r#"{}"#,
    r#"{"a":null}"#,
    r#"{"a":""}"#,
    r#"{"a":"foo"}"#,
    r#"{"a":"Foo"}"#,
    r#"{"a":"fooo","b":"oo"}"#,
    r#"{"a":"xyz"}"#,
    r#"{"a":"x z"}"#,
    r#"{"a":"C:\\Windows\\CMD.exe"}"#,
    r#"{"a":"C:\\x*"}"#,
    r#"{"a":"10.1.1.1"}"#,
    r#"{"a":"fe80::1"}"#,
    r#"{"a":5}"#,
    r#"{"a":"5"}"#,
    r#"{"a":6,"b":6}"#,
    r#"{"a":["foo","bar"]}"#,
    r#"{"a":"Zm9vYmFy"}"#,
    r#"{"a":"xxGZvb2Jhcgxx"}"#,
    r#"{"a":"ZgBvAG8A"}"#,
    r#"{"a":"x -e y"}"#,
    r#"{"a":"x –e y"}"#,
    r#"{"a":"2026-11-26T08:03:13Z"}"#,
    r#"{"b":{"c":"X"}}"#,
];

#[test]
fn the_foreign_engine_finds_the_same() {
    let mut file = String::new();
    for (number, line) in LINES.iter().enumerate() {
        for (condition, name) in [("s", "plain"), ("not s", "negated")] {
            let detection = format!("  s:\n    {line}\n  condition: {condition}");
            file += &super::rule(&format!("{number} {name}"), &detection);
            file += "---\n";
        }
    }
    let collection = rsigma_parser::parse_sigma_yaml(&file).unwrap();
    let mut engine = Engine::new();
    engine.add_collection(&collection).unwrap();
    let compiled = compiled(documents(&file));
    assert_eq!(compiled.refused, []);
    let mut detector = Detector::new(Arc::new(compiled.rules), &[3; 16]);
    let mut met = 0;
    for event in EVENTS {
        let mut ours = super::met(&mut detector, "x", event);
        let value: serde_json::Value = serde_json::from_str(event).unwrap();
        let found = engine.evaluate(&JsonEvent::borrow(&value));
        let mut theirs: Vec<String> = found
            .iter()
            .map(|one| one.header.rule_title.clone())
            .collect();
        ours.sort();
        theirs.sort();
        met += ours.len();
        assert_eq!(ours, theirs, "{event}");
    }
    assert!(met > 100, "{}", json!(met));
}
