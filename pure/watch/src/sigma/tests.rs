//! The language: what is read, what is refused, what each modifier makes of a value.

use std::collections::BTreeMap;

use super::condition::belongs;
use super::pattern::Pattern;
use super::time::{Unit, part};
use super::{
    Comparison, Condition, CorrelationCondition, CorrelationKind, Document, FilterTarget, Level,
    Network, Placeholders, Read, Reason, Status, read,
};
use crate::limits::Limits;

type IsWanted = fn(&Reason) -> bool;

fn limits() -> Limits {
    Limits::default()
}

fn read_all(file: &str) -> Read {
    read("file.yml", file, &Placeholders::new(), &limits())
}

/// A rule of one selection, indented by four.
fn rule(selection: &str) -> String {
    format!(
        "title: t\nlogsource:\n  product: windows\ndetection:\n  selection:\n    {selection}\n  condition: selection\n"
    )
}

fn refusal(file: &str) -> Reason {
    let mut read = read_all(file);
    assert_eq!((read.documents.len(), read.refused.len()), (0, 1), "{file}");
    read.refused.remove(0).reason
}

#[test]
fn wildcards_and_escapes() {
    // (as written, value, fits)
    for (written, value, fits) in [
        ("abc", "abc", true),
        ("abc", "abcd", false),
        ("a*c", "abbbc", true),
        ("a*c", "ac", true),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("a?c", "aéc", true),
        (r"a\*c", "a*c", true),
        (r"a\*c", "abc", false),
        (r"a\?c", "a?c", true),
        (r"a\\*", r"a\bc", true),
        (r"a\\*", "abc", false),
        (r"a\\\*", r"a\*", true),
        (r"a\\\*", r"a\b", false),
        (r"a\b", r"a\b", true),
        (r"a\\b", r"a\b", true),
        (r"\\\\host", r"\\host", true),
        (r"\\host", r"\host", true),
        (r"a\", r"a\", true),
        ("*", "", true),
        ("**", "x", true),
        ("?", "", false),
        ("", "", true),
        ("", "x", false),
        ("*a*b*", "xaxbx", true),
        ("*a*b*", "xbxax", false),
        ("*a?b", "aab_a_b", true),
        ("a*a", "a", false),
    ] {
        assert_eq!(
            Pattern::parse(written).matches(value.as_bytes()),
            fits,
            "{written} on {value}"
        );
    }
}

#[test]
fn conditions_bind_as_the_specification_says() {
    let parse = |text: &str| Condition::parse(text, 8).unwrap();
    for (left, right) in [
        ("a or b and c", "a or (b and c)"),
        ("not a and b", "(not a) and b"),
        ("not a or b", "(not a) or b"),
        ("a and not 1 of b*", "a and (not (1 of b*))"),
        ("A AND b Or c", "(A and b) or c"),
        ("not not a", "a"),
        ("any of them", "1 of them"),
        ("((a))", "a"),
    ] {
        assert_eq!(parse(left), parse(right), "{left}");
    }
    assert_ne!(parse("a and (b or c)"), parse("a and b or c"));
    for text in [
        "",
        "a b",
        "a and",
        "(a",
        "a)",
        "not",
        "0 of a*",
        "x of them",
        "1 of",
        "of them",
        "a or or b",
    ] {
        assert!(
            matches!(Condition::parse(text, 8), Err(Reason::Condition { .. })),
            "{text}"
        );
    }
    assert_eq!(
        Condition::parse("a | count() > 5", 8),
        Err(Reason::ObsoleteAggregation)
    );
    let deep = format!("{}a{}", "(".repeat(9), ")".repeat(9));
    assert!(Condition::parse(&deep, 8).is_err());
}

#[test]
fn selections_belong_by_name() {
    for (selection, to, is_in) in [
        ("a", "them", true),
        ("_a", "them", false),
        ("filter_main", "filter*", true),
        ("filter_main", "*main", true),
        ("filter_main", "f*_*n", true),
        ("filter_main", "filter", false),
        ("_a", "_*", true),
        ("ab", "a*b*b", false),
    ] {
        assert_eq!(belongs(selection, to), is_in, "{selection} in {to}");
    }
}

#[test]
fn a_rule_is_read_whole() {
    let file = "title: T\nid: 1\nname: n\nstatus: test\nlevel: high\nauthor: A\nlicense: L\n\
        tags: [attack.t1059.001, attack.execution, attack.T1003]\nreferences: [r]\n\
        falsepositives: f\nfields: [x]\ndate: 2026-01-02\nrelated:\n  - id: 2\n    type: similar\n\
        logsource: {product: Windows, category: process_creation}\n\
        detection:\n  a:\n    x: 1\n  condition: a\n";
    let read = read_all(file);
    let [Document::Rule(rule)] = read.documents.as_slice() else {
        panic!("{:?}", read.refused);
    };
    assert_eq!((rule.title.as_str(), rule.id.as_deref()), ("T", Some("1")));
    assert_eq!(
        (rule.status, rule.level),
        (Some(Status::Test), Some(Level::High))
    );
    assert_eq!(
        rule.techniques().collect::<Vec<_>>(),
        ["T1059.001", "T1003"]
    );
    assert_eq!(rule.logsource.product.as_deref(), Some("windows"));
    assert_eq!(rule.falsepositives, ["f"]);
    assert_eq!(
        rule.related.first().map(|one| one.kind.as_str()),
        Some("similar")
    );
    assert_eq!(rule.date.as_deref(), Some("2026-01-02"));
}

#[test]
fn one_bad_document_leaves_the_others() {
    let file = format!("{}---\n{{[\n---\n{}", rule("a: b"), rule("c: d"));
    let read = read_all(&file);
    assert_eq!(read.documents.len(), 2);
    assert!(
        matches!(read.refused.first().map(|one| &one.reason), Some(Reason::Yaml { line, .. }) if *line >= 8)
    );
}

#[test]
fn what_cannot_be_supported_is_refused_by_name() {
    let chains: &[(&str, IsWanted)] = &[
        ("a|contians: b", |reason| {
            matches!(reason, Reason::UnknownModifier { .. })
        }),
        ("a|contains|endswith: b", |reason| {
            matches!(reason, Reason::MisplacedModifier { .. })
        }),
        ("a|re|contains: b", |reason| {
            matches!(reason, Reason::MisplacedModifier { .. })
        }),
        ("a|i: b", |reason| {
            matches!(reason, Reason::MisplacedModifier { .. })
        }),
        ("a|contains|base64: b", |reason| {
            matches!(reason, Reason::MisplacedModifier { .. })
        }),
        ("a|base64|wide: b", |reason| {
            matches!(reason, Reason::MisplacedModifier { .. })
        }),
        ("a|cidr: b", |reason| {
            matches!(reason, Reason::WrongValue { .. })
        }),
        ("a|cidr: 10.0.0.0/33", |reason| {
            matches!(reason, Reason::WrongValue { .. })
        }),
        ("a|gt: b", |reason| {
            matches!(reason, Reason::WrongValue { .. })
        }),
        ("a|exists: b", |reason| {
            matches!(reason, Reason::WrongValue { .. })
        }),
        ("a|base64: 'x*'", |reason| {
            matches!(reason, Reason::WrongValue { .. })
        }),
        ("a|contains: null", |reason| {
            matches!(reason, Reason::WrongValue { .. })
        }),
        ("a|re: '(?=x)'", |reason| {
            matches!(reason, Reason::Regex { .. })
        }),
        ("a|re: '(x)\\1'", |reason| {
            matches!(reason, Reason::Regex { .. })
        }),
        ("a|re: '((x{100}){100}){100}'", |reason| {
            matches!(reason, Reason::Regex { .. })
        }),
        ("a|expand: '%x%'", |reason| {
            *reason == Reason::MissingPlaceholder("x".to_owned())
        }),
        ("a|windash: '- - - - -'", |reason| {
            matches!(reason, Reason::TooLarge { .. })
        }),
        ("a: []", |reason| {
            matches!(reason, Reason::WrongShape { .. })
        }),
        ("a: {b: c}", |reason| {
            matches!(reason, Reason::WrongShape { .. })
        }),
        ("{a: 1, a: 2}", |reason| {
            *reason == Reason::RepeatedKey("a".to_owned())
        }),
    ];
    for (selection, is_wanted) in chains {
        let reason = refusal(&rule(selection));
        assert!(is_wanted(&reason), "{selection}: {reason}");
    }
}

#[test]
fn documents_beyond_the_language_are_refused() {
    let base = rule("a: b");
    for (file, wanted) in [
        (base.replace("title: t\n", ""), Reason::Missing("title")),
        (
            base.replace("  product: windows\n", "  definition: x\n"),
            Reason::EmptyLogSource,
        ),
        (
            base.replace("condition: selection", "condition: other"),
            Reason::UnknownSelection("other".to_owned()),
        ),
        (
            base.replace("condition: selection", "condition: 2 of sel*"),
            Reason::UnknownSelection("sel*".to_owned()),
        ),
        (
            base.replace("  condition: selection\n", ""),
            Reason::Missing("condition"),
        ),
        (
            base.replace("  condition", "  timeframe: 5m\n  condition"),
            Reason::ObsoleteAggregation,
        ),
        (
            format!("action: global\n{base}"),
            Reason::ObsoleteAction("global".to_owned()),
        ),
        ("title: t".to_owned(), Reason::UnknownDocument),
        ("a: *b".to_owned(), refusal("a: *b")),
    ] {
        assert_eq!(refusal(&file), wanted, "{file}");
    }
}

#[test]
fn large_files_are_bounded_and_reported() {
    let many = "title: x\n---\n".repeat(1_000_000);
    let read = read_all(&many);
    let last = read.refused.last().map(|one| &one.reason);
    let max = limits().documents_per_file_max;
    assert_eq!(
        last,
        Some(&Reason::TooLarge {
            what: "the number of documents",
            max
        })
    );
    assert_eq!(read.refused.len(), max + 1);
    let laughs = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
        c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
        e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
    assert!(matches!(
        refusal(laughs),
        Reason::TooLarge {
            what: "the number of values",
            ..
        }
    ));
    let deep = format!("a: {}{}", "[".repeat(500), "]".repeat(500));
    assert!(matches!(
        refusal(&deep),
        Reason::TooLarge {
            what: "the nesting",
            ..
        } | Reason::Yaml { .. }
    ));
    let long = format!("title: {}", "x".repeat(2 * 1024 * 1024));
    assert!(matches!(
        refusal(&long),
        Reason::TooLarge {
            what: "the document",
            ..
        }
    ));
}

#[test]
fn placeholders_are_filled_with_what_is_given() {
    let given: Placeholders =
        BTreeMap::from([("dc".to_owned(), vec!["dc1".to_owned(), "dc2*".to_owned()])]);
    let one = read("f", &rule("a|expand: 'x%dc%y 100%'"), &given, &limits());
    let text = format!("{:?}", one.documents);
    assert_eq!(text.matches("Text {").count(), 2, "{text}");
}

#[test]
fn correlations_are_read_whole() {
    let file = "title: c\nid: c1\nname: many\nlevel: high\ncorrelation:\n  type: value_count\n  rules: [r1, r2]\n\
        \x20 group-by: [user, ip]\n  timespan: 90m\n  generate: true\n  condition: {field: host, gt: 3, lte: 9}\n\
        \x20 aliases:\n    ip:\n      r1: src\n      r2: dst\n";
    let read = read_all(file);
    let [Document::Correlation(one)] = read.documents.as_slice() else {
        panic!("{:?}", read.refused);
    };
    assert_eq!(
        (one.kind, one.timespan_s, one.generate),
        (CorrelationKind::ValueCount, 5_400, true)
    );
    assert_eq!(
        one.condition,
        CorrelationCondition::Count {
            bounds: vec![(Comparison::Greater, 3.0), (Comparison::LessOrEqual, 9.0)],
            fields: vec!["host".to_owned()],
        }
    );
    assert_eq!(one.fields(), ["src", "dst", "user", "host"]);
    let temporal = "title: c\ncorrelation:\n  type: temporal\n  rules: [r1, r2]\n  timespan: 1d\n";
    let read = read_all(temporal);
    assert!(
        matches!(read.documents.as_slice(), [Document::Correlation(one)]
        if matches!(&one.condition, CorrelationCondition::Count { bounds, .. } if bounds.is_empty()))
    );
    for bad in [
        file.replace("90m", "90"),
        file.replace("90m", "0s"),
        file.replace("field: host, ", ""),
        file.replace("gt: 3", "more: 3"),
        file.replace("value_count", "sometimes"),
        file.replace("rules: [r1, r2]", "rules: []"),
        file.replace("type: value_count", "type: event_count"),
    ] {
        refusal(&bad);
    }
}

#[test]
fn filters_name_their_rules() {
    let file = "title: f\nlogsource: {product: windows}\nfilter:\n  rules: [r1]\n  sel:\n    a: b\n  condition: not sel\n";
    let read = read_all(file);
    assert!(matches!(read.documents.as_slice(), [Document::Filter(one)]
        if one.target == FilterTarget::Rules(vec!["r1".to_owned()])));
    let any = read_all(&file.replace("[r1]", "any"));
    assert!(
        matches!(any.documents.as_slice(), [Document::Filter(one)] if one.target == FilterTarget::Any)
    );
    assert_eq!(
        refusal(&file.replace("  rules: [r1]\n", "")),
        Reason::Missing("filter.rules")
    );
}

#[test]
fn parts_of_dates() {
    for (text, unit, wanted) in [
        ("2026-11-26T08:03:13Z", Unit::Minute, Some(3)),
        ("2026-11-26 08:03:13", Unit::Hour, Some(8)),
        ("2026-11-26", Unit::Day, Some(26)),
        ("2026/11/26", Unit::Month, Some(11)),
        ("2026-11-26", Unit::Year, Some(2026)),
        ("2026-11-26", Unit::Week, Some(48)),
        ("2021-01-01", Unit::Week, Some(53)),
        ("2020-12-31", Unit::Week, Some(53)),
        ("2024-12-30", Unit::Week, Some(1)),
        ("2023-01-01", Unit::Week, Some(52)),
        ("2026-11-26", Unit::Hour, None),
        ("2026-02-30", Unit::Day, None),
        ("2026-13-01", Unit::Day, None),
        ("1764144193", Unit::Day, None),
        ("2026-11-26T25:00", Unit::Hour, None),
        ("0000-01-01", Unit::Year, Some(0)),
        ("9999-12-31", Unit::Week, Some(52)),
    ] {
        assert_eq!(part(text.as_bytes(), unit), wanted, "{text} {unit:?}");
    }
}

#[test]
fn networks_of_both_families() {
    for (network, address, is_in) in [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("0.0.0.0/0", "8.8.8.8", true),
        ("0.0.0.0/0", "::1", false),
        ("fe80::/10", "fe80::1%eth0", true),
        ("::1/128", "::1", true),
        ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ("192.168.1.7", "192.168.1.7", true),
        ("10.0.0.0/8", "not an address", false),
    ] {
        assert_eq!(
            Network::parse(network).unwrap().holds(address),
            is_in,
            "{address} in {network}"
        );
    }
}
