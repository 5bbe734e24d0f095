//! Which rules a record meets by what it is.

use super::{detector, met};
use crate::engine::Outcome;

/// One rule per log source, each met by any event that has `q`.
fn rules() -> String {
    let sources = [
        "windows||",
        "windows|process_creation|",
        "windows||sysmon",
        "windows||security",
        "windows|registry_event|",
        "windows|registry_add|",
        "windows|registry_delete|",
        "windows|registry_set|",
        "windows|ps_script|",
        "windows||windefend",
        "linux||auditd",
        "linux|process_creation|",
        "zeek||dns",
        "|dns|",
        "|proxy|",
        "|webserver|",
        "aws||cloudtrail",
        "foo||bar",
    ];
    let rules = sources.map(|source| {
        let mut parts = source.split('|');
        let mut part = |key: &str| match parts.next() {
            Some("") | None => String::new(),
            Some(value) => format!("  {key}: {value}\n"),
        };
        let parts = [part("product"), part("category"), part("service")].concat();
        format!("title: '{source}'\nlogsource:\n{parts}detection:\n  s:\n    q: 1\n  condition: s\n---\n")
    });
    rules.concat()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn a_record_is_everything_that_it_is() {
    let mut detector = detector(&rules());
    let sysmon = "Microsoft-Windows-Sysmon/Operational";
    let flat = |channel: &str, id: u32, more: &str| {
        format!(r#"{{"Channel":"{channel}","EventID":{id},{more}"q":1}}"#)
    };
    let table: Vec<(&str, String, &[&str])> = vec![
        (
            "",
            flat(sysmon, 1, ""),
            &["windows||", "windows|process_creation|", "windows||sysmon"],
        ),
        (
            "",
            flat("Security", 4688, ""),
            &[
                "windows||",
                "windows|process_creation|",
                "windows||security",
            ],
        ),
        (
            "",
            flat("SECURITY", 4624, ""),
            &["windows||", "windows||security"],
        ),
        (
            "",
            flat(sysmon, 12, r#""EventType":"CreateKey","#),
            &[
                "windows||",
                "windows||sysmon",
                "windows|registry_event|",
                "windows|registry_add|",
            ],
        ),
        (
            "",
            flat(sysmon, 12, r#""EventType":"DeleteKey","#),
            &[
                "windows||",
                "windows||sysmon",
                "windows|registry_event|",
                "windows|registry_delete|",
            ],
        ),
        (
            "",
            flat(sysmon, 13, ""),
            &[
                "windows||",
                "windows||sysmon",
                "windows|registry_event|",
                "windows|registry_set|",
            ],
        ),
        (
            "",
            flat("Microsoft-Windows-PowerShell/Operational", 4104, ""),
            &["windows||", "windows|ps_script|"],
        ),
        ("", flat("Some/Channel", 1, ""), &["windows||"]),
        (
            "",
            format!(
                r##"{{"Event":{{"System":{{"Channel":"{sysmon}","EventID":{{"#text":1}}}},"EventData":{{"q":1}}}}}}"##
            ),
            &["windows||", "windows|process_creation|", "windows||sysmon"],
        ),
        (
            "",
            format!(
                r#"{{"winlog":{{"channel":"{sysmon}","event_id":"1","event_data":{{"q":"1"}}}}}}"#
            ),
            &["windows||", "windows|process_creation|", "windows||sysmon"],
        ),
        (
            "",
            flat("Linux-Sysmon/Operational", 1, ""),
            &["linux|process_creation|"],
        ),
        ("linux.auditd", r#"{"q":1}"#.to_owned(), &["linux||auditd"]),
        (
            "zeek",
            r#"{"_path":"dns","q":1}"#.to_owned(),
            &["zeek||dns", "|dns|"],
        ),
        ("zeek.dns", r#"{"q":1}"#.to_owned(), &["zeek||dns", "|dns|"]),
        (
            "",
            r#"{"_path":"http","q":1}"#.to_owned(),
            &["|proxy|", "|webserver|"],
        ),
        (
            "",
            r#"{"eventVersion":"1","eventSource":"s","awsRegion":"r","q":1}"#.to_owned(),
            &["aws||cloudtrail"],
        ),
        ("foo.bar", r#"{"q":1}"#.to_owned(), &["foo||bar"]),
        (
            "windows.process_creation",
            r#"{"q":1}"#.to_owned(),
            &["windows||", "windows|process_creation|"],
        ),
    ];
    for (hint, line, wanted) in table {
        let mut found = met(&mut detector, hint, &line);
        let mut wanted: Vec<String> = wanted.iter().map(|&title| title.to_owned()).collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{hint} {line}");
    }
}

#[test]
fn what_nobody_knows_is_counted_and_meets_nothing() {
    let mut detector = detector(&rules());
    assert_eq!(detector.line("", br#"{"q":1}"#, |_| {}), Outcome::Unknown);
    assert_eq!(
        detector.line("", br#"{"_path":"conn","q":1}"#, |_| {}),
        Outcome::NoRules
    );
    assert!(matches!(
        detector.line("", b"no", |_| {}),
        Outcome::Unreadable(_)
    ));
    let counts = detector.counts();
    assert_eq!(
        (
            counts.lines,
            counts.unknown,
            counts.no_rules,
            counts.unreadable
        ),
        (3, 1, 1, 1)
    );
}

#[test]
fn a_field_stands_for_another_only_where_the_mapping_says() {
    let rule = "title: t\nlogsource: {product: windows, category: process_creation}\ndetection:\n  s: {Image|endswith: '\\x.exe'}\n  condition: s\n---\n\
        title: n\nlogsource: {product: windows, category: process_creation}\ndetection:\n  s: {Image: null, EventID: 4688}\n  condition: s\n";
    let mut detector = detector(rule);
    let line = |id: u32, field: &str| {
        format!(r#"{{"Channel":"Security","EventID":{id},"{field}":"C:\\x.exe"}}"#)
    };
    assert_eq!(met(&mut detector, "", &line(4688, "NewProcessName")), ["t"]);
    assert_eq!(met(&mut detector, "", &line(4688, "Other")), ["n"]);
    assert_eq!(
        met(&mut detector, "", &line(4624, "NewProcessName")),
        Vec::<String>::new()
    );
    // The field itself comes before what stands for it.
    let both =
        r#"{"Channel":"Security","EventID":4688,"Image":"C:\\y.exe","NewProcessName":"C:\\x.exe"}"#;
    assert_eq!(met(&mut detector, "", both), Vec::<String>::new());
}

/// A category and a service of one name have one hint, which stands for both.
#[test]
fn a_hint_that_two_log_sources_share_reaches_both() {
    let rule = |kind: &str| {
        format!(
            "title: {kind}\nlogsource: {{product: made, {kind}: up}}\ndetection:\n  s: {{q: 1}}\n  condition: s\n"
        )
    };
    let mut detector = detector(&format!("{}---\n{}", rule("category"), rule("service")));
    assert_eq!(
        met(&mut detector, "made.up", r#"{"q":1}"#),
        ["category", "service"]
    );
}

#[test]
fn what_a_line_is_taken_for_can_be_asked_without_asking_rules() {
    let mut detector = detector(&rules());
    let sysmon = br#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1}"#;
    let sort = detector.sort_of("", sysmon).unwrap();
    assert_eq!(sort.product.as_deref(), Some("windows"));
    assert!(sort.categories.contains("process_creation"));
    assert!(sort.services.contains("sysmon"));
    let hinted = detector.sort_of("foo.bar", b"{}").unwrap();
    assert!(hinted.services.contains("bar"));
    assert_eq!(detector.sort_of("", br#"{"unheard":"of"}"#), None);
    assert_eq!(detector.sort_of("", b"no object"), None);
    assert_eq!(detector.counts().lines, 0);
}

#[test]
fn hints_beyond_those_that_are_remembered_are_known_as_well() {
    let mut detector = detector(&rules());
    for number in 0..300 {
        let unknown = format!("nothing.{number}");
        assert_eq!(
            met(&mut detector, &unknown, r#"{"q":1}"#),
            Vec::<String>::new()
        );
        assert_eq!(met(&mut detector, "foo.bar", r#"{"q":1}"#), ["foo||bar"]);
    }
}
