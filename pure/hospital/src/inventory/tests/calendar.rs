//! Products of endoflife.date: their forms, which cycle a claim is of, and what bad files give.

use event::Timestamp;

use super::super::{
    CYCLES_MAX, Calendar, End, EndOfLifeError, PRODUCT_BYTES_MAX, Product, SupportEnd,
    SupportState, Verdict,
};
use super::*;

const WINDOWS: &str = r#"---
title: Microsoft Windows
identifiers:
  - cpe: cpe:2.3:o:microsoft:windows
releases:
  - releaseCycle: "10-22h2"
    releaseDate: 2022-10-18
    eoas: 2025-10-14
    eol: 2025-10-14
    eoes: 2028-10-10
    latest: 10.0.19045

    # Enterprise, for long
  - releaseCycle: "10-1809-e-lts"
    lts: true
    eoas: 2024-01-09
    eol: 2029-01-09
    latest: 10.0.17763
  - releaseCycle: "10-1809-e"
    eol: 2021-05-11
    latest: 10.0.17763
  - releaseCycle: "10-1809-w"
    eol: 2020-11-10 # with a comment
    latest: 10.0.17763
    link: null
  - releaseCycle: "7-sp1"
    eoas: 2015-01-13
    eol: 2020-01-14
    latest: 6.1.7601
  - releaseCycle: "5-sp3"
    eol: 2014-04-08
    latest: 5.1.2600
---

> eol: in the page itself
"#;

const SERVER: &str = r#"[
  {"cycle": "2012-r2", "support": "2018-10-09", "eol": "2023-10-10", "latest": "6.3.9600"},
  {"cycle": "2012", "support": "2018-10-09", "eol": "2023-10-10", "latest": "6.2.9200"},
  {"cycle": "2008-r2-sp1", "eol": "2020-01-14", "extendedSupport": "2023-01-10", "latest": "6.1.7601"},
  {"cycle": "2008-sp2", "eol": "2020-01-14", "latest": "6.0.6003"},
  {"cycle": "2003-sp2", "eol": "2015-07-14", "latest": "5.2.3790"},
  {"cycle": "2003", "eol": "2007-04-10", "latest": "5.2.3790"}
]"#;

const NGINX: &str = r#"{"schema_version": "1.2.0", "result": {"name": "nginx", "releases": [
  {"name": "1.31", "isEol": false, "eolFrom": null, "latest": {"name": "1.31.2"}},
  {"name": "1.3", "isEol": true, "eolFrom": "2013-04-24", "latest": {"name": "1.3.16"}}
]}}"#;

const OPENSSL: &str = r#"[
  {"cycle": "1.0.2", "eol": "2019-12-31", "latest": "1.0.2u"},
  {"cycle": 1.1, "eol": true, "support": false},
  {"cycle": "3.5", "eol": false, "support": true}
]"#;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn calendar() -> Calendar {
    let mut calendar = Calendar::new().unwrap();
    for (name, text) in [
        ("windows", WINDOWS),
        ("windows-server", SERVER),
        ("nginx", NGINX),
        ("openssl", OPENSSL),
    ] {
        calendar.read(name, text).unwrap();
    }
    calendar
}

/// Each answer as `product cycle-or-candidates state`.
fn told(claim: &str) -> Vec<String> {
    let verdicts = calendar().judge(claim, at("2026-11-26"));
    verdicts.iter().map(short).collect()
}

fn short(verdict: &Verdict) -> String {
    let Verdict { product, state, .. } = verdict;
    let candidates = verdict.candidates.join("|");
    let cycle = verdict.cycle.as_deref().unwrap_or(&candidates);
    format!("{product} {cycle} {state:?}")
}

#[test]
fn claims_are_of_cycles() {
    let golden = [
        ("Windows 7 SP1", "windows 7-sp1 Past"),
        (
            "Windows 7 Professional 7601 Service Pack 1",
            "windows 7-sp1 Past",
        ),
        ("Windows XP", "windows 5-sp3 Past"),
        ("Windows 10 22H2", "windows 10-22h2 Past"),
        ("Windows 10 Pro 10.0.19045", "windows 10-22h2 Past"),
        (
            "Windows 10 1809 (build 17763)",
            "windows 10-1809-e-lts|10-1809-e|10-1809-w Unknown",
        ),
        (
            "Windows 10 Enterprise LTSC 1809",
            "windows 10-1809-e-lts Later",
        ),
        ("Windows 10 Pro 1809", "windows 10-1809-w Past"),
        (
            "Windows 10 Education 17763",
            "windows 10-1809-e-lts|10-1809-e Unknown",
        ),
        (
            "Windows Server 2003 R2",
            "windows-server 2003-sp2|2003 Past",
        ),
        ("Windows Server 2003 R2 SP2", "windows-server 2003-sp2 Past"),
        (
            "Microsoft Windows Server 2008",
            "windows-server 2008-sp2 Past",
        ),
        ("Windows Server 2008 R2", "windows-server 2008-r2-sp1 Past"),
        ("Windows Server 2012 R2", "windows-server 2012-r2 Past"),
        ("nginx/1.31.1", "nginx 1.31 Later"),
        ("nginx/1.3.1", "nginx 1.3 Past"),
        ("OpenSSL/1.0.2k-fips", "openssl 1.0.2 Past"),
        ("OpenSSL 1.1.1w", "openssl 1.1 Past"),
        // A cycle that is not in the calendar.
        ("nginx/1.4.0", "nginx  Unknown"),
    ];
    for (claim, expected) in golden {
        assert_eq!(told(claim), [expected], "{claim}");
    }
    for nothing in [
        "Windows Embedded Standard 7",
        "Windows XP Embedded",
        "Windows",
        "nginx",
        "nginx/ubuntu",
        "OpenSSH_7.4",
        "Ubuntu 18.04",
        "",
    ] {
        assert!(told(nothing).is_empty(), "{nothing}");
    }
    assert_eq!(
        told("Apache (Unix) OpenSSL/1.0.2k nginx/1.3.2"),
        ["nginx 1.3 Past", "openssl 1.0.2 Past"]
    );
}

#[test]
fn evidence_says_source_cycle_and_dates() {
    let one = |claim: &str| calendar().judge(claim, at("2019-06-01")).remove(0);
    let seven = one("Windows 7");
    assert_eq!(
        seven.evidence,
        "endoflife.date windows 7-sp1: limited from 2015-01-13, ends 2020-01-14"
    );
    assert_eq!(
        (seven.state, seven.limited),
        (SupportState::WithinYear, true)
    );
    let ten = one("Windows 10 22H2");
    assert!(ten.evidence.ends_with("extended until 2028-10-10"));
    assert_eq!((ten.state, ten.limited), (SupportState::Later, false));
    assert!(one("OpenSSL 3.5.1").evidence.ends_with("no end announced"));
    assert!(one("OpenSSL 1.1.0").evidence.contains("has ended"));
}

#[test]
fn a_build_is_of_every_system_that_has_it() {
    let verdict = calendar()
        .judge_build("6.1.7601", at("2026-11-26"))
        .unwrap();
    assert_eq!(verdict.state, SupportState::Past);
    assert_eq!(verdict.candidates, ["7-sp1", "2008-r2-sp1"]);
    assert_eq!(calendar().judge_build("6.1.0", at("2026-11-26")), None);
}

#[test]
fn an_asset_is_judged_by_what_is_concluded() {
    let calendar = calendar();
    let mut inventory = of(&[
        said(IP, Attribute::Os, "Windows 10"),
        said(IP, Attribute::OsVersion, "10.0.19045"),
        said(IP, Attribute::Software, "nginx/1.3.1"),
    ]);
    let verdicts = calendar.of(&asset(&inventory, IP), at("2026-11-26"));
    let all: Vec<String> = verdicts.iter().map(short).collect();
    assert_eq!(all, ["windows 10-22h2 Past", "nginx 1.3 Past"]);
    // One weak witness says nothing.
    inventory.retract("a.pcap");
    let mut weak = said(IP, Attribute::OsVersion, "5.1.2600");
    weak.confidence = 50;
    inventory.add(&weak);
    assert_eq!(calendar.of(&asset(&inventory, IP), at("2026-11-26")), []);
}

#[test]
fn lines_of_the_hospital_go_first() {
    let mut calendar = calendar();
    calendar.add([SupportEnd {
        product: "Windows 7".to_owned(),
        limited_from: None,
        ends: at("2030-01-01"),
        evidence: "a contract with the maker".to_owned(),
    }]);
    let verdict = calendar.judge("Windows 7 SP1", at("2026-11-26")).remove(0);
    assert_eq!(verdict.state, SupportState::Later);
    assert_eq!(
        verdict.evidence,
        "a contract with the maker: ends 2030-01-01"
    );
}

#[test]
fn bad_files_are_refused_whole() {
    let read = |text: &str| Product::read("p", text);
    let page = |rest: &str| format!("---\nreleases:\n{rest}---\n");
    assert!(matches!(read(""), Err(EndOfLifeError::NotAProduct)));
    assert!(matches!(read("# page"), Err(EndOfLifeError::NotAProduct)));
    assert!(matches!(
        read("---\ntitle: x\n---"),
        Err(EndOfLifeError::NotAProduct)
    ));
    assert!(matches!(read("[]"), Err(EndOfLifeError::NotAProduct)));
    assert!(matches!(read("{\"a\": 1}"), Err(EndOfLifeError::Json(_))));
    assert!(matches!(
        read("[{\"cycle\": []}]"),
        Err(EndOfLifeError::Json(_))
    ));
    let date = page("  - releaseCycle: \"1\"\n    eol: soon\n");
    let Err(EndOfLifeError::Date { cycle }) = read(&date) else {
        panic!("a word is no date")
    };
    assert_eq!(cycle, "1");
    assert!(matches!(
        read("[{\"cycle\": \"1\", \"eol\": \"2020-13-01\"}]"),
        Err(EndOfLifeError::Date { .. })
    ));
    assert!(matches!(
        read(&page("  - eol: true\n")),
        Err(EndOfLifeError::Name)
    ));
    let many = page(&"  - releaseCycle: \"1\"\n".repeat(CYCLES_MAX + 1));
    assert!(matches!(read(&many), Err(EndOfLifeError::TooMany(_))));
    let long = "x".repeat(PRODUCT_BYTES_MAX + 1);
    assert!(matches!(read(&long), Err(EndOfLifeError::TooLong(_))));
    assert!(matches!(
        Product::read("", NGINX),
        Err(EndOfLifeError::Name)
    ));
    // What does not end is read as far as it goes; a missing date is not known.
    let product = read("---\nreleases:\n  - releaseCycle: '1'\n").unwrap();
    assert_eq!(product.cycles[0].ends, End::NotSaid);
}

#[test]
fn members_deeper_or_beside_are_passed_over() {
    let text = "---\nauto:\n  - releaseCycle: \"9\"\nreleases:\n- releaseCycle: \"1\"\n  eol: true\n  \
                custom:\n    eol: soon\n    - releaseCycle: \"8\"\nnotes:\n  - eol: soon\n---\n";
    let product = Product::read("P", text).unwrap();
    assert_eq!(product.name, "p");
    let names: Vec<&str> = product.cycles.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["1"]);
    assert_eq!(product.cycles[0].ends, End::Reached);
}
