//! One line per form of the language: selection, event, whether it is met.

use super::{compiled, detector, documents, met, rule};
use crate::sigma::Reason;

/// Whether an event meets a selection of one line.
fn meets(selection: &str, event: &str) -> bool {
    let text = format!("  s:\n    {selection}\n  condition: s");
    !met(&mut detector(&rule("t", &text)), "x", event).is_empty()
}

fn check(table: &[(&str, &str, bool)]) {
    for (selection, event, wanted) in table {
        assert_eq!(meets(selection, event), *wanted, "{selection} on {event}");
    }
}

#[test]
fn texts() {
    check(&[
        ("a: Foo", r#"{"a":"fOO"}"#, true),
        ("a: Foo", r#"{"a":"fooo"}"#, false),
        ("a: Foo", r#"{"A":"foo"}"#, false),
        ("a: É", r#"{"a":"é"}"#, true),
        ("a: Foo", r#"{"a":"f\u006fo"}"#, true),
        ("a|cased: Foo", r#"{"a":"Foo"}"#, true),
        ("a|cased: Foo", r#"{"a":"foo"}"#, false),
        ("a|contains: oo", r#"{"a":"fooo"}"#, true),
        ("a|contains|cased: OO", r#"{"a":"fooo"}"#, false),
        ("a|startswith: fo", r#"{"a":"Foo"}"#, true),
        ("a|startswith: oo", r#"{"a":"foo"}"#, false),
        ("a|endswith: oo", r#"{"a":"foo"}"#, true),
        ("a|endswith: fo", r#"{"a":"foo"}"#, false),
        ("a|endswith: foo", r#"{"a":"foofoo"}"#, true),
        ("a: f*o", r#"{"a":"Fxo"}"#, true),
        ("a|contains: o?b", r#"{"a":"xoobx"}"#, true),
        (r"a|endswith: \cmd.exe", r#"{"a":"C:\\x\\CMD.EXE"}"#, true),
        ("a: [x, y]", r#"{"a":"y"}"#, true),
        ("a|contains|all: [x, y]", r#"{"a":"y x"}"#, true),
        ("a|contains|all: [x, y]", r#"{"a":"y"}"#, false),
        ("a|contains: ''", r#"{"a":""}"#, true),
        ("a|contains: ''", r#"{"b":""}"#, false),
        ("a: '*'", r#"{"a":"x"}"#, true),
        ("a: '*'", r#"{"a":null}"#, false),
        ("a: ''", r#"{"a":""}"#, true),
        ("a: ''", r#"{"a":null}"#, false),
        ("a: ''", r#"{}"#, false),
    ]);
}

#[test]
fn other_kinds_of_values() {
    check(&[
        ("a: 1", r#"{"a":1}"#, true),
        ("a: 1", r#"{"a":"1"}"#, true),
        ("a: '1'", r#"{"a":1}"#, true),
        ("a: 1", r#"{"a":1.0}"#, true),
        ("a: 1", r#"{"a":10}"#, false),
        ("a|contains: 1", r#"{"a":215}"#, true),
        ("a: true", r#"{"a":true}"#, true),
        ("a: true", r#"{"a":"True"}"#, true),
        ("a: true", r#"{"a":false}"#, false),
        ("a: null", r#"{"a":null}"#, true),
        ("a: null", r#"{"b":1}"#, true),
        ("a: null", r#"{"a":""}"#, false),
        ("a: [null, x]", r#"{"a":"x"}"#, true),
        ("a: x", r#"{"a":["y","x"]}"#, true),
        ("a|contains|all: [x, y]", r#"{"a":["y","x"]}"#, true),
        ("a.b: x", r#"{"a":{"b":"x"}}"#, true),
        ("a.b: x", r#"{"a.b":"x"}"#, true),
        ("a.b: x", r#"{"a":[{"b":"y"},{"b":"x"}]}"#, true),
        ("a: x", r#"{"a":{"x":"x"}}"#, false),
        ("a: x", r#"{"a":"y","a":"x"}"#, true),
    ]);
}

#[test]
fn comparisons() {
    check(&[
        ("a|gt: 5", r#"{"a":6}"#, true),
        ("a|gt: 5", r#"{"a":5}"#, false),
        ("a|gte: 5", r#"{"a":"5"}"#, true),
        ("a|lt: 5", r#"{"a":4.5}"#, true),
        ("a|lte: 5", r#"{"a":5.5}"#, false),
        ("a|lt: 5", r#"{"a":"x"}"#, false),
        ("a|lt: 5", r#"{"a":""}"#, false),
        ("a|hour: 8", r#"{"a":"2026-11-26T08:03:00Z"}"#, true),
        ("a|hour|gte: 9", r#"{"a":"2026-11-26T08:03:00Z"}"#, false),
        ("a|month|lt: 12", r#"{"a":"2026-11-26"}"#, true),
        ("a|week: 48", r#"{"a":"2026-11-26"}"#, true),
        ("a|exists: true", r#"{"a":null}"#, true),
        ("a|exists: true", r#"{"a":{}}"#, true),
        ("a|exists: true", r#"{}"#, false),
        ("a|exists: false", r#"{}"#, true),
        ("a|exists: false", r#"{"a":""}"#, false),
        ("a|neq: x", r#"{"a":"y"}"#, true),
        ("a|neq: x", r#"{"a":"X"}"#, false),
        ("a|neq: x", r#"{}"#, false),
        ("a|neq: [x, y]", r#"{"a":"y"}"#, false),
        ("a|neq: 5", r#"{"a":6}"#, true),
        ("a|contains|neq: x", r#"{"a":"axa"}"#, false),
        ("a|cidr: 10.0.0.0/8", r#"{"a":"10.1.2.3"}"#, true),
        ("a|cidr: 10.0.0.0/8", r#"{"a":"11.1.2.3"}"#, false),
        ("a|cidr: [fe80::/10, '::1/128']", r#"{"a":"::1"}"#, true),
        ("a|cidr: 10.0.0.0/8", r#"{"a":"x"}"#, false),
        ("a|fieldref: b", r#"{"a":"X","b":"x"}"#, true),
        ("a|fieldref: b", r#"{"a":"x","b":"y"}"#, false),
        ("a|fieldref: b", r#"{"a":"x"}"#, false),
        ("a|fieldref: b", r#"{"a":5,"b":"5"}"#, true),
        ("a|fieldref|cased: b", r#"{"a":"X","b":"x"}"#, false),
        ("a|fieldref|endswith: b", r#"{"a":"xyz","b":"yz"}"#, true),
        ("a|fieldref|contains: b", r#"{"a":"xyz","b":"q"}"#, false),
        ("a|neq|fieldref: b", r#"{"a":"x","b":"y"}"#, true),
        ("a|fieldref|neq: b", r#"{"a":"x","b":"x"}"#, false),
    ]);
}

#[test]
fn expressions() {
    check(&[
        ("a|re: b.d", r#"{"a":"abcde"}"#, true),
        ("a|re: ^b.d$", r#"{"a":"abcde"}"#, false),
        ("a|re: ABC", r#"{"a":"abc"}"#, false),
        ("a|re|i: ABC", r#"{"a":"abc"}"#, true),
        ("a|re: a.b", r#"{"a":"a\nb"}"#, false),
        ("a|re|s: a.b", r#"{"a":"a\nb"}"#, true),
        ("a|re: ^b", r#"{"a":"a\nb"}"#, false),
        ("a|re|m: ^b", r#"{"a":"a\nb"}"#, true),
        ("a|re|i: '(foo|bar)baz'", r#"{"a":"xBARBAZ"}"#, true),
        ("a|re: '[0-9]{3}'", r#"{"a":123}"#, true),
        (r"a|re: 'C:\\.*\\x'", r#"{"a":"C:\\y\\x"}"#, true),
        ("a|re|i: 'ſtop'", r#"{"a":"stop"}"#, true),
        ("a|re|i: 'kilo'", "{\"a\":\"\u{212a}ilo\"}", true),
    ]);
}

#[test]
fn encodings() {
    check(&[
        // "foo" -> Zm9v; shifted by one and two: "mZvb", "ZvbA" without shared ends.
        ("a|base64: foo", r#"{"a":"Zm9v"}"#, true),
        (
            "a|base64offset|contains: foobar",
            r#"{"a":"xxZm9vYmFyxx"}"#,
            true,
        ),
        (
            "a|base64offset|contains: foobar",
            r#"{"a":"AGZvb2Jhcg=="}"#,
            true,
        ),
        (
            "a|base64offset|contains: foobar",
            r#"{"a":"AABmb29iYXI="}"#,
            true,
        ),
        (
            "a|base64offset|contains: foobar",
            r#"{"a":"Zm9vYmFA"}"#,
            false,
        ),
        ("a|wide|base64: ab", r#"{"a":"YQBiAA=="}"#, true),
        ("a|utf16le|base64: ab", r#"{"a":"YQBiAA=="}"#, true),
        ("a|utf16be|base64: ab", r#"{"a":"AGEAYg=="}"#, true),
        ("a|utf16|base64: ab", r#"{"a":"//5hAGIA"}"#, true),
        ("a|wide: ab", r#"{"a":"a\u0000b\u0000"}"#, true),
        ("a|windash|contains: ' -e '", r#"{"a":"x -e y"}"#, true),
        ("a|windash|contains: ' -e '", r#"{"a":"x /e y"}"#, true),
        ("a|windash|contains: ' -e '", r#"{"a":"x –e y"}"#, true),
        ("a|windash|contains: ' -e '", r#"{"a":"x —e y"}"#, true),
        ("a|contains|windash: ' -e '", r#"{"a":"x ―e y"}"#, true),
        ("a|windash|contains: ' /e '", r#"{"a":"x -e y"}"#, true),
        ("a|windash|contains: ' -e '", r#"{"a":"x +e y"}"#, false),
        (
            "a|contains: 'MD5=00000000000000000000000000000abc'",
            r#"{"a":"SHA1=1,MD5=00000000000000000000000000000ABC"}"#,
            true,
        ),
        (
            "a|contains: 'MD5=00000000000000000000000000000abc'",
            r#"{"a":"MD5=00000000000000000000000000000ABD"}"#,
            false,
        ),
    ]);
}

#[test]
fn keywords() {
    let table = [
        ("  s: [foo, bar]\n  condition: s", r#"{"q":"xBARx"}"#, true),
        ("  s: [foo, bar]\n  condition: s", r#"{"bar":"x"}"#, false),
        (
            "  s: [foo, bar]\n  condition: s",
            r#"{"q":{"r":["xfoo"]}}"#,
            true,
        ),
        ("  s: foo\n  condition: s", r#"{"q":"f\u006f\u006f"}"#, true),
        (
            "  s:\n    '|all': [foo, bar]\n  condition: s",
            r#"{"q":"foo","r":"bar"}"#,
            true,
        ),
        (
            "  s:\n    '|all': [foo, bar]\n  condition: s",
            r#"{"q":"foo"}"#,
            false,
        ),
        ("  s: ['f*o']\n  condition: s", r#"{"q":"xf1ox"}"#, true),
        (
            "  s:\n    '|re': 'fo+x'\n  condition: s",
            r#"{"q":"afooox"}"#,
            true,
        ),
        ("  s: [x]\n  condition: s", r#"{"q":"x"}"#, true),
        ("  s: [4625]\n  condition: s", r#"{"q":4625}"#, true),
        (
            "  s:\n    - foo\n    - a: b\n  condition: s",
            r#"{"a":"b"}"#,
            true,
        ),
        (
            "  s:\n    - foo\n    - a: b\n  condition: s",
            r#"{"z":"foo"}"#,
            true,
        ),
    ];
    for (detection, event, wanted) in table {
        let found = met(&mut detector_or_skip(detection), "x", event);
        assert_eq!(!found.is_empty(), wanted, "{detection} on {event}");
    }
}

fn detector_or_skip(detection: &str) -> crate::engine::Detector {
    detector(&rule("t", detection))
}

#[test]
fn conditions() {
    let selections = "  a: {f: 1}\n  b: {g: 1}\n  _c: {h: 1}\n";
    for (condition, event, wanted) in [
        ("a or b and _c", r#"{"f":1}"#, true),
        ("a or b and _c", r#"{"g":1}"#, false),
        ("(a or b) and _c", r#"{"f":1}"#, false),
        ("not a and b", r#"{"g":1}"#, true),
        ("not a", r#"{}"#, true),
        ("not (a or b)", r#"{"g":1}"#, false),
        ("all of them", r#"{"f":1,"g":1}"#, true),
        ("1 of them", r#"{"h":1}"#, false),
        ("1 of _*", r#"{"h":1}"#, true),
        ("2 of them", r#"{"f":1}"#, false),
        ("2 of them", r#"{"f":1,"g":1}"#, true),
        ("[a, _c]", r#"{"h":1}"#, true),
        ("a and not 1 of b*", r#"{"f":1,"g":1}"#, false),
    ] {
        let text = format!("{selections}  condition: {condition}");
        let found = met(&mut detector(&rule("t", &text)), "x", event);
        assert_eq!(!found.is_empty(), wanted, "{condition} on {event}");
    }
}

#[test]
fn filters_join_their_rules() {
    let rules = format!(
        "{}---\n{}---\ntitle: f\nlogsource: {{product: x}}\nfilter:\n  rules: [r1]\n  sel: {{u: adm}}\n  condition: not sel\n",
        rule("one", "  s: {a: 1}\n  condition: s").replace("title", "id: r1\ntitle"),
        rule("two", "  s: {a: 1}\n  condition: s"),
    );
    let mut detector = detector(&rules);
    assert_eq!(met(&mut detector, "x", r#"{"a":1}"#), ["one", "two"]);
    assert_eq!(met(&mut detector, "x", r#"{"a":1,"u":"adm"}"#), ["two"]);
    let lost = compiled(documents(&rules.replace("[r1]", "[r9]")));
    assert_eq!(
        lost.refused.first().map(|one| &one.reason),
        Some(&Reason::UnknownRule("r9".to_owned()))
    );
}

#[test]
fn references_between_documents_are_checked() {
    let base = rule("one", "  s: {a: 1}\n  condition: s").replace("title", "id: r1\ntitle");
    let correlation = |id: &str, of: &str| {
        format!(
            "---\ntitle: {id}\nid: {id}\ncorrelation:\n  type: event_count\n  rules: [{of}]\n  timespan: 1m\n  condition: {{gte: 2}}\n"
        )
    };
    let file = [
        base.clone(),
        correlation("outer", "inner"),
        correlation("inner", "r1"),
        correlation("c1", "c2"),
        correlation("c2", "c1"),
        correlation("self", "self"),
        correlation("lost", "nothing"),
        correlation("behind", "lost"),
        format!("---\n{base}"),
    ]
    .concat();
    let compiled = compiled(documents(&file));
    let standing: Vec<&str> = compiled
        .rules
        .correlations()
        .iter()
        .map(|one| one.title.as_str())
        .collect();
    assert_eq!(standing, ["inner", "outer"]);
    let mut refused: Vec<(String, Reason)> = compiled
        .refused
        .into_iter()
        .map(|one| (one.title.unwrap_or_default(), one.reason))
        .collect();
    refused.sort_by(|left, right| left.0.cmp(&right.0));
    assert_eq!(
        refused,
        [
            ("behind".to_owned(), Reason::UnknownRule("lost".to_owned())),
            ("c1".to_owned(), Reason::Circle),
            ("c2".to_owned(), Reason::Circle),
            ("lost".to_owned(), Reason::UnknownRule("nothing".to_owned())),
            ("one".to_owned(), Reason::RepeatedId("r1".to_owned())),
            ("self".to_owned(), Reason::Circle),
        ]
    );
}

#[test]
fn a_finding_says_what_carries_it() {
    let text = "  s:\n    a|contains: x\n    b: null\n  k: [needle]\n  f: {c: no}\n  condition: s and k and not f";
    let mut detector = detector(&rule("t", text));
    let mut shown = Vec::new();
    let line = r#"{"a":"axb","d":"a needle","Asked":"\u00e9"}"#;
    detector.line("x", line.as_bytes(), |hit| {
        assert_eq!(hit.value("Asked").as_deref(), Some("é"));
        assert_eq!(hit.value("nobody"), None);
        for one in hit.fields() {
            shown.push((one.field, one.value));
        }
    });
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        shown,
        [(text("a"), text("axb")), (None, None), (text("b"), None)]
    );
}

/// A text that opens the way to an expression stands in the value a hundred thousand times.
#[test]
fn a_value_of_many_gates_is_tested_once() {
    let text = "  s:\n    a|re: 'abc[0-9]{40}x'\n  k:\n    a: '*abc?d*e'\n  condition: s or k";
    let mut detector = detector(&rule("t", text));
    let line = format!(r#"{{"a":"{}"}}"#, "abcabc".repeat(100_000));
    assert_eq!(met(&mut detector, "x", &line), Vec::<String>::new());
    let lists = format!(r#"{{"a":[{0}"x"],"b":[{0}"y"]}}"#, r#""z","#.repeat(4_000));
    let text = "  s:\n    a|fieldref|contains: b\n  condition: not s";
    let mut detector = super::detector(&rule("t", text));
    assert_eq!(met(&mut detector, "x", &lists), Vec::<String>::new());
}

#[test]
fn more_expressions_than_the_limit_are_refused_by_name() {
    let text = "  s:\n    a|re: 'a'\n    b|re: 'b'\n  condition: s";
    let mapping = crate::source::Mapping::built_in().unwrap();
    let limits = crate::limits::Limits {
        regexes_max: 1,
        ..crate::limits::Limits::default()
    };
    let settings = crate::engine::Settings {
        mapping: &mapping,
        limits: &limits,
        fields: &[],
    };
    let compiled = crate::engine::RuleSet::compile(documents(&rule("t", text)), settings);
    assert_eq!(compiled.rules.rules().len(), 0);
    assert!(matches!(
        compiled.refused.first().map(|one| &one.reason),
        Some(Reason::TooLarge { max: 1, .. })
    ));
}

/// A selection counts wherever it is named: a short text must not become a tree without end.
#[test]
fn a_rule_that_names_a_selection_again_and_again_is_refused() {
    let of = |mentions: usize| {
        let values: Vec<String> = (0..300).map(|n| format!("v{n}")).collect();
        let condition = vec!["s"; mentions].join(" or ");
        let values = values.join(", ");
        let text = format!("  s:\n    a: [{values}]\n  condition: {condition}");
        compiled(documents(&rule("t", &text)))
    };
    let taken = of(10);
    assert_eq!((taken.rules.rules().len(), taken.refused.len()), (1, 0));
    let refused = of(1_000);
    assert_eq!(refused.rules.rules().len(), 0);
    assert!(
        matches!(
            refused.refused.as_slice(),
            [crate::sigma::Refused {
                reason: Reason::TooLarge { .. },
                ..
            }]
        ),
        "{:?}",
        refused.refused
    );
}

/// Texts that lie in each other and stand a million times in one value are met once each.
#[test]
fn texts_that_stand_very_often_in_one_value_are_met_once() {
    let text = "  s:\n    a|contains: [x, xx, xxx]\n  condition: s";
    let event = format!(r#"{{"a":"{}"}}"#, "x".repeat(1 << 20));
    assert_eq!(met(&mut detector(&rule("t", text)), "x", &event), ["t"]);
}
