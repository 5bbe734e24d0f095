//! Each form of lists, and what of it is not understood.

mod pattern;
mod properties;
mod value;

use super::*;

fn told(list: &List) -> Vec<(Kind, &str)> {
    let indicators = list.indicators.iter();
    indicators
        .map(|indicator| (indicator.kind, indicator.value.as_str()))
        .collect()
}

fn reasons(list: &List) -> Vec<(String, Reason)> {
    let not_understood = list.not_understood.iter();
    not_understood
        .map(|entry| (entry.place.to_string(), entry.reason))
        .collect()
}

#[test]
fn plain_lists() {
    let text = "\u{feff}# bad things\n198.51.100.7\n198.51.100.0/24 # a network\r\n\n\
                hxxps://Evil[.]example/a\n0.0.0.0 ads.evil.example\n; another comment\n\
                d41d8cd98f00b204e9800998ecf8427e\n*.wild.example\nmallory@evil.example\n\
                not a value\n0.0.0.0/0\n203.0.113.9:8443\n";
    let list = read(text.as_bytes(), "list.txt");
    assert_eq!(list.format, Format::Plain);
    assert_eq!(
        told(&list),
        [
            (Kind::Address, "198.51.100.7"),
            (Kind::Network, "198.51.100.0/24"),
            (Kind::Url, "https://evil.example/a"),
            (Kind::Domain, "ads.evil.example"),
            (Kind::Hash, "d41d8cd98f00b204e9800998ecf8427e"),
            (Kind::Domain, "wild.example"),
            (Kind::Mail, "mallory@evil.example"),
            (Kind::Address, "203.0.113.9"),
        ]
    );
    assert_eq!(
        reasons(&list),
        [
            ("line 11".to_owned(), Reason::Unrecognised),
            ("line 12".to_owned(), Reason::TooWide),
        ]
    );
    assert!(
        list.indicators
            .iter()
            .all(|one| one.source == "list.txt" && one.id == one.value)
    );
}

#[test]
fn columns_with_names() {
    let text = "Type;Value;Valid Until;Source;Comment\n\
                domain;evil[.]example;2027-01-01;cert;\"says \"\"evil\"\"; really\"\n\
                ip;198.51.100.7;2027-01-01T00:00:00Z;;\n\
                registry;HKLM\\Run;;;\n";
    let list = read(text.as_bytes(), "iocs.csv");
    assert_eq!(list.format, Format::Csv);
    assert_eq!(
        told(&list),
        [
            (Kind::Domain, "evil.example"),
            (Kind::Address, "198.51.100.7")
        ]
    );
    let first = &list.indicators[0];
    assert_eq!(first.valid_until_us, Some(1_798_761_600_000_000));
    assert_eq!(list.indicators[1].valid_until_us, first.valid_until_us);
    assert_eq!(
        (first.source.as_str(), first.name.as_str()),
        ("cert", "says \"evil\"; really")
    );
    assert_eq!(list.indicators[1].source, "iocs.csv");
    assert_eq!(
        reasons(&list),
        [("line 4".to_owned(), Reason::Unrecognised)]
    );
}

#[test]
fn columns_of_several_kinds_and_columns_without_names() {
    let named = read(
        b"# first_seen,dst_ip,sha256\n2026-01-01 00:00:00,198.51.100.7,\n",
        "",
    );
    assert_eq!(told(&named), [(Kind::Address, "198.51.100.7")]);
    assert_eq!(
        named.indicators[0].valid_from_us,
        Some(1_767_225_600_000_000)
    );
    let unnamed = read(
        b"\"7\",\"2026-01-01 00:00:00\",\"http://evil.example/a,b\",\"online\"\n\
          \"8\",\"2026-01-01 00:00:00\",\"nothing\",\"online\"\n",
        "",
    );
    assert_eq!(unnamed.format, Format::Csv);
    assert_eq!(told(&unnamed), [(Kind::Url, "http://evil.example/a,b")]);
    assert_eq!(
        reasons(&unnamed),
        [("line 2".to_owned(), Reason::Unrecognised)]
    );
}

#[test]
fn bundles() {
    let text = r#"{"type":"bundle","id":"bundle--1","objects":[
      {"type":"identity","id":"identity--1","name":"somebody"},
      {"type":"indicator","id":"indicator--1","name":"Beacon","pattern_type":"stix",
       "pattern":"[ipv4-addr:value = '198.51.100.7' OR domain-name:value = 'Evil.example']",
       "valid_from":"2026-01-01T00:00:00.000Z","valid_until":"2027-01-01T00:00:00Z"},
      {"type":"indicator","id":"indicator--2","pattern_type":"yara","pattern":"rule x {}"},
      {"type":"indicator","id":"indicator--3","revoked":true,"pattern":"[url:value = 'http://a.example/']"},
      {"type":"indicator","id":"indicator--4","pattern":"[url:value = 'http://a.example/' AND domain-name:value = 'a.example']"},
      {"type":"indicator","id":"indicator--5","pattern":7},
      {"type":"indicator","id":"indicator--6","pattern":"[url:value LIKE '%x%' OR url:value = 'http://b.example/x']"},
      7]}"#;
    let list = read(text.as_bytes(), "bundle.json");
    assert_eq!(list.format, Format::Stix);
    assert_eq!(
        told(&list),
        [
            (Kind::Address, "198.51.100.7"),
            (Kind::Domain, "evil.example"),
            (Kind::Url, "http://b.example/x"),
        ]
    );
    let first = &list.indicators[0];
    assert_eq!(
        (first.id.as_str(), first.name.as_str()),
        ("indicator--1", "Beacon")
    );
    assert_eq!(first.valid_from_us, Some(1_767_225_600_000_000));
    assert_eq!(first.valid_until_us, Some(1_798_761_600_000_000));
    assert_eq!(list.passed_over, 2);
    assert_eq!(
        reasons(&list),
        [
            ("object 3".to_owned(), Reason::PatternLanguage),
            ("object 5".to_owned(), Reason::PatternTogether),
            ("object 6".to_owned(), Reason::Malformed),
            ("object 7".to_owned(), Reason::PatternComparison),
            ("object 8".to_owned(), Reason::Malformed),
        ]
    );
}

#[test]
fn events_of_misp() {
    let hash = "a".repeat(64);
    let text = format!(
        r#"{{"response":[{{"Event":{{"id":"1","info":"Campaign","Attribute":[
      {{"uuid":"u-1","type":"ip-dst","value":"198.51.100.7","to_ids":true,"comment":"seen"}},
      {{"uuid":"u-2","type":"domain","value":"evil.example","to_ids":false}},
      {{"uuid":"u-3","type":"filename|sha256","value":"a.exe|{hash}","to_ids":"1"}},
      {{"uuid":"u-4","type":"yara","value":"rule x","to_ids":true}},
      {{"uuid":"u-5","type":"url","value":"http://evil.example/x","to_ids":true,"deleted":true}},
      {{"uuid":"u-6","type":"ip-dst|port","value":"203.0.113.9|443","to_ids":true}},
      {{"uuid":"u-7","type":"md5","value":"{hash}","to_ids":true}},
      {{"uuid":"u-8","type":"md5","value":"evil.example","to_ids":true}}],
      "Object":[{{"name":"email","Attribute":[
      {{"uuid":"u-9","type":"email-src","value":"Mallory@evil.example","to_ids":true}}]}}]}}}}]}}"#
    );
    let list = read(text.as_bytes(), "misp.json");
    assert_eq!(list.format, Format::Misp);
    assert_eq!(
        told(&list),
        [
            (Kind::Address, "198.51.100.7"),
            (Kind::Hash, hash.as_str()),
            (Kind::Address, "203.0.113.9"),
            (Kind::Hash, hash.as_str()),
            (Kind::Mail, "mallory@evil.example"),
        ]
    );
    let names = list
        .indicators
        .iter()
        .map(|one| (one.id.as_str(), one.name.as_str()));
    assert_eq!(
        names.collect::<Vec<_>>(),
        [
            ("u-1", "seen"),
            ("u-3", "Campaign"),
            ("u-6", "Campaign"),
            ("u-7", "Campaign"),
            ("u-9", "Campaign")
        ]
    );
    assert_eq!(list.passed_over, 2);
    assert_eq!(
        reasons(&list),
        [
            ("attribute 4".to_owned(), Reason::AttributeType),
            ("attribute 8".to_owned(), Reason::Unrecognised),
        ]
    );
}

#[test]
fn lists_of_attributes() {
    let attribute = r#"{"type":"domain","value":"evil.example"}"#;
    for text in [
        format!("[{attribute}]"),
        format!(r#"{{"Attribute":[{attribute}]}}"#),
        format!(r#"{{"response":{{"Attribute":[{attribute}]}}}}"#),
    ] {
        let list = read(text.as_bytes(), "");
        assert_eq!(told(&list), [(Kind::Domain, "evil.example")], "{text}");
        assert_eq!(list.not_understood, []);
    }
}

#[test]
fn documents_that_are_nothing_are_told_once() {
    for text in [
        "{",
        "{}",
        "[{]",
        "{\"objects\":7}",
        "{\"Event\":",
        "[{\"objects\":1}, 2",
    ] {
        let list = read(text.as_bytes(), "");
        assert_eq!(list.indicators, [], "{text}");
        assert_eq!(list.not_understood_total, 1, "{text}");
    }
    assert_eq!(read(b"", "").not_understood_total, 0);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(read(deep.as_bytes(), "").not_understood_total, 1);
}

#[test]
fn what_is_not_understood_is_counted_beyond_what_is_told() {
    let list = read("?\n".repeat(3_000).as_bytes(), "");
    assert_eq!(list.not_understood.len(), NOT_UNDERSTOOD_MAX);
    assert_eq!(list.not_understood_total, 3_000);
}

#[test]
fn as_a_line_of_json() {
    let list = read(b"evil.example", "x.txt");
    let line = serde_json::to_string(&list.indicators[0]).unwrap();
    assert_eq!(
        line,
        r#"{"kind":"domain","value":"evil.example","id":"evil.example","source":"x.txt"}"#
    );
}
