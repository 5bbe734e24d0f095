use std::time::Duration;

use ::watch::engine::Settings;
use ::watch::limits::Limits;
use ::watch::sigma::{Placeholders, read};
use ::watch::source::Mapping;

use super::*;

fn rules() -> RuleSet {
    let rule = |id: &str| {
        format!(
            "title: T{id}\nid: {id}\nlogsource:\n  product: windows\ndetection:\n  s:\n    a: '{id}'\n  condition: s\n---\n"
        )
    };
    let limits = Limits::default();
    let text = ["a", "b", "c"].map(rule).concat();
    let documents = read("there", &text, &Placeholders::new(), &limits).documents;
    let settings = Settings {
        mapping: &Mapping::built_in().unwrap(),
        limits: &limits,
        fields: &[],
    };
    RuleSet::compile(documents, settings).rules
}

fn found(events: &[u64]) -> RuleFound {
    let mut found = RuleFound::default();
    events.iter().for_each(|event| found.add(*event));
    found
}

fn measured() -> Measured {
    let mut measured = Measured {
        rounds: 4,
        wall: Duration::from_secs(2),
        cpu: Duration::from_secs(3),
        rss_bytes_max: Some(200_000_000),
        ..Measured::default()
    };
    measured.tally.read.events = 1_500;
    measured.tally.read.bytes_total = 3_000_000;
    measured.found = BTreeMap::from([(0, found(&[1, 2, 3])), (1, found(&[4, 5]))]);
    measured
}

fn said(found: &[(&str, RuleFound)]) -> Said {
    let found = found.iter();
    Said {
        rules: 3,
        load_s: 0.5,
        is_debug: false,
        events: 1_500,
        unread: 2,
        cpu_s: 3.0,
        wall_s: 2.0,
        found: found
            .map(|(rule, found)| ((*rule).to_owned(), (found.count, found.mark)))
            .collect(),
    }
}

fn report(peer: Option<&Said>) -> Report {
    Report {
        part: "watch",
        rules: 3,
        rules_refused: 1,
        load_s: 0.25,
        is_generated: false,
        without_peer: peer.is_none().then(|| "it is not there".to_owned()),
        figures: figures(&measured(), peer, &rules()),
        zeek: None,
        machine: Machine {
            cpu: "cpu".to_owned(),
            cores: 2,
            kernel: "6.1".to_owned(),
            filesystem: "ext4".to_owned(),
        },
    }
}

#[test]
fn rates_are_over_all_rounds_and_the_peer_beside_them() {
    let same = said(&[("a", found(&[3, 2, 1])), ("b", found(&[4, 5]))]);
    let json: serde_json::Value = serde_json::from_str(&report(Some(&same)).json()).unwrap();
    assert_eq!(json["events"], 1_500);
    assert_eq!(json["bytes_per_event"], 2_000.0);
    assert_eq!(json["events_per_s"], 3_000.0);
    assert_eq!(json["events_per_s_per_core"], 2_000.0);
    assert_eq!(json["events_per_s_rsigma"], 750.0);
    assert_eq!(json["events_per_s_per_core_rsigma"], 500.0);
    assert_eq!(json["ratio_per_core"], 4.0);
    assert_eq!(json["rss_mb_max"], 200.0);
    assert_eq!(
        (&json["findings"], &json["findings_rsigma"]),
        (&5.into(), &5.into())
    );
    assert_eq!(json["findings_differ"], 0);
    assert_eq!(
        (&json["rules_refused"], &json["unread_rsigma"]),
        (&1.into(), &2.into())
    );
}

#[test]
fn a_time_that_was_not_measured_gives_no_ratio() {
    let cells = |report: &Report| -> Vec<String> {
        let table = report.table();
        let line = table.lines().nth(2).unwrap();
        line.split_whitespace().map(str::to_owned).collect()
    };
    let mut untimed = said(&[("a", found(&[1, 2, 3]))]);
    untimed.cpu_s = 0.0;
    let told = report(Some(&untimed));
    let json: serde_json::Value = serde_json::from_str(&told.json()).unwrap();
    assert_eq!(json["events_per_s_rsigma"], 750.0);
    assert!(json["events_per_s_per_core_rsigma"].is_null() && json["ratio_per_core"].is_null());
    assert_eq!(cells(&told), ["events", "rsigma", "750", "-", "3", "0.50"]);
    assert!(
        told.table()
            .contains("ratio_per_core -, findings_differ 1\n")
    );
    untimed.wall_s = 0.0;
    let told = report(Some(&untimed));
    assert_eq!(cells(&told), ["events", "rsigma", "-", "-", "3", "0.50"]);
}

#[test]
fn a_rule_that_other_events_meet_is_a_difference() {
    // As many events for `a`, but others; none for `b`; and `c` only there.
    let other = said(&[("a", found(&[1, 2, 4])), ("c", found(&[9]))]);
    let figures = report(Some(&other)).figures;
    let differences: Vec<(String, u64, u64)> = figures
        .peer
        .differences
        .unwrap()
        .into_iter()
        .map(|one| (one.title, one.findings, one.findings_rsigma))
        .collect();
    let meant = [("Ta", 3, 3), ("Tb", 2, 0), ("Tc", 0, 1)];
    assert_eq!(
        differences,
        meant.map(|(title, here, there)| (title.to_owned(), here, there))
    );
}

#[test]
fn without_the_peer_its_figures_are_null_and_it_is_said() {
    let report = report(None);
    let json = report.json();
    assert!(!json.contains('\n'), "{json}");
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["part"], "watch");
    assert!(value.get("events_per_s_rsigma").unwrap().is_null());
    assert!(value.get("ratio_per_core").unwrap().is_null());
    assert!(value.get("findings_differ").unwrap().is_null());
    let table = report.table();
    assert!(table.contains("no peer: it is not there\n"), "{table}");
    assert!(!table.contains("made up"), "{table}");
}

#[test]
fn the_table_says_what_is_made_up_and_what_differs() {
    let mut report = report(Some(&said(&[("a", found(&[1, 2, 3]))])));
    report.is_generated = true;
    report.zeek = Some(report.figures.clone());
    let table = report.table();
    let cells: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(cells[1], ["windows", "hygie", "3000", "2000", "5"]);
    assert_eq!(cells[2], ["windows", "rsigma", "750", "500", "3", "0.50"]);
    assert_eq!(cells[3][..2], ["zeek", "hygie"]);
    assert!(table.contains("the events are made up"), "{table}");
    assert!(
        table.contains("  Tb: 2 here, 0 there: not explained\n"),
        "{table}"
    );
    assert!(
        table.contains("rules 3, rules_refused 1, load_s 0.25; machine: cpu"),
        "{table}"
    );
}

#[test]
fn a_known_reason_stands_in_the_rule() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rule.yml");
    let mapping = Mapping::built_in().unwrap();
    let renamed = mapping.renamed();
    let mut rule = rules().rules().next().unwrap().clone();
    rule.origin = file.display().to_string();
    assert_eq!(why(&rule, &renamed), None);
    fs::write(&file, "  CommandLine|windash|contains: ' -x'").unwrap();
    assert!(why(&rule, &renamed).unwrap().contains("plain dash"));
    fs::write(&file, "  s:\n    - c-useragent|contains: 'x'").unwrap();
    assert_eq!(why(&rule, &renamed), Some(RENAMED));
    fs::write(&file, "  s:\n    query: 'c-useragent'").unwrap();
    assert_eq!(why(&rule, &renamed), None);
}
