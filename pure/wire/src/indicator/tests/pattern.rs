//! Patterns of STIX.

use crate::indicator::pattern::read;
use crate::indicator::{Kind, Reason};

#[track_caller]
fn expect(pattern: &str, values: &[(Kind, &str)], beyond: &[Reason]) {
    let (found, reasons) = read(pattern);
    let found: Vec<_> = found
        .iter()
        .map(|(kind, value)| (*kind, value.as_str()))
        .collect();
    assert_eq!(
        (found.as_slice(), reasons.as_slice()),
        (values, beyond),
        "{pattern}"
    );
}

#[test]
fn values_joined_by_or() {
    let (a, b) = (
        (Kind::Address, "198.51.100.7"),
        (Kind::Domain, "evil.example"),
    );
    expect("[ipv4-addr:value = '198.51.100.7']", &[a], &[]);
    expect(
        "[ipv4-addr:value='198.51.100.7' OR domain-name:value='evil.example']",
        &[a, b],
        &[],
    );
    expect(
        "[ipv4-addr:value = '198.51.100.7'] OR [domain-name:value = 'evil.example']",
        &[a, b],
        &[],
    );
    expect(
        "([ipv4-addr:value IN ('198.51.100.7', '203.0.113.9')])",
        &[a, (Kind::Address, "203.0.113.9")],
        &[],
    );
    expect(
        "[ipv4-addr:value ISSUBSET '198.51.100.0/24']",
        &[(Kind::Network, "198.51.100.0/24")],
        &[],
    );
    expect(
        "[(url:value = 'http://evil.example/it\\'s')]",
        &[(Kind::Url, "http://evil.example/it's")],
        &[],
    );
    expect(
        "[email-message:from_ref.value = 'm@evil.example']",
        &[(Kind::Mail, "m@evil.example")],
        &[],
    );
}

#[test]
fn and_where_it_says_no_more() {
    let (md5, sha) = ("a".repeat(32), "b".repeat(64));
    let both = [(Kind::Hash, md5.as_str()), (Kind::Hash, sha.as_str())];
    expect(
        &format!("[file:hashes.MD5 = '{md5}' AND file:hashes.'SHA-256' = '{sha}']"),
        &both,
        &[],
    );
    expect(
        &format!(
            "[file:name = 'a.exe' AND (file:hashes.MD5 = '{md5}' OR file:hashes.'SHA-256' = '{sha}')]"
        ),
        &both,
        &[],
    );
    expect(
        "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.7']",
        &[(Kind::Address, "198.51.100.7")],
        &[],
    );
    expect(
        "[domain-name:value = 'evil.example' AND domain-name:resolves_to_refs[*].value = '198.51.100.7']",
        &[],
        &[Reason::PatternTogether],
    );
}

#[test]
fn what_is_beyond_is_told() {
    for (pattern, reason) in [
        ("[file:name = 'a.exe']", Reason::PatternProperty),
        ("[process:command_line = 'x']", Reason::PatternProperty),
        (
            "[network-traffic:dst_ref.type = 'ipv4-addr']",
            Reason::PatternProperty,
        ),
        ("[url:value LIKE 'http%']", Reason::PatternComparison),
        (
            "[url:value != 'http://a.example/']",
            Reason::PatternComparison,
        ),
        (
            "[url:value NOT = 'http://a.example/']",
            Reason::PatternComparison,
        ),
        ("[EXISTS url:value]", Reason::PatternComparison),
        (
            "[ipv4-addr:value = '198.51.100.7'] FOLLOWEDBY [url:value = 'http://a.example/']",
            Reason::PatternSequence,
        ),
        (
            "[ipv4-addr:value = '198.51.100.7'] AND [url:value = 'http://a.example/']",
            Reason::PatternSequence,
        ),
        (
            "[ipv4-addr:value = '198.51.100.7'] REPEATS 5 TIMES",
            Reason::PatternSequence,
        ),
        ("[ipv4-addr:value = 'evil.example']", Reason::Unrecognised),
        ("[ipv4-addr:value ISSUBSET '0.0.0.0/0']", Reason::TooWide),
        ("", Reason::PatternSyntax),
        ("[", Reason::PatternSyntax),
        ("[url:value = 'x", Reason::PatternSyntax),
        ("[url = 'x']", Reason::PatternSyntax),
        ("[url:value = 'http://a.example/'] x", Reason::PatternSyntax),
        ("[url:value = 'http://a.example/']]", Reason::PatternSyntax),
    ] {
        expect(pattern, &[], &[reason]);
    }
    let deep = format!(
        "{}[url:value = 'http://a.example/']{}",
        "(".repeat(99),
        ")".repeat(99)
    );
    expect(&deep, &[], &[Reason::PatternSyntax]);
    let many = vec!["url:value = 'http://a.example/'"; 1_100].join(" OR ");
    expect(&format!("[{many}]"), &[], &[Reason::TooLong]);
}

#[test]
fn one_branch_that_is_beyond_leaves_the_others() {
    expect(
        "[file:name = 'a' OR ipv4-addr:value = '198.51.100.7']",
        &[(Kind::Address, "198.51.100.7")],
        &[Reason::PatternProperty],
    );
}
