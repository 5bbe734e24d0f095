mod house;
mod properties;

use std::sync::Arc;

use event::Logged;

use super::{Found, Joined, Kept, Raised, Watch, WatchSettings};
use crate::engine::{RuleSet, Settings};
use crate::finding::Fact;
use crate::limits::Limits;
use crate::observe::places::Places;
use crate::sigma::{Placeholders, read};
use crate::source::Mapping;

const S: i64 = 1_000_000;

/// Rules, a fold over which begins with nothing.
fn watch_with(rules: &[&str], settings: WatchSettings) -> Watch {
    let (limits, mapping) = (Limits::default(), Mapping::built_in().unwrap());
    let mut documents = Vec::new();
    for (number, text) in rules.iter().enumerate() {
        let file = read(
            &format!("{number}.yml"),
            text,
            &Placeholders::new(),
            &limits,
        );
        assert_eq!(file.refused, []);
        documents.extend(file.documents);
    }
    let compiled = RuleSet::compile(
        documents,
        Settings {
            mapping: &mapping,
            limits: &limits,
            fields: &[],
        },
    );
    assert_eq!(compiled.refused, []);
    let (joined, not_evaluated) = Joined::of(&compiled.rules);
    assert!(not_evaluated.is_empty(), "{not_evaluated:?}");
    let rules = Arc::new(compiled.rules);
    Watch::new(rules, Arc::new(joined), &mapping, settings, [7; 16])
}

fn watch(rules: &[&str]) -> Watch {
    watch_with(rules, WatchSettings::default())
}

/// A kept line.
fn line(kind: &str, time_us: Option<i64>, host: Option<&str>, json: &str) -> Vec<u8> {
    Logged {
        kind: kind.into(),
        source: "test.log".into(),
        at: 0,
        host: host.map(Into::into),
        time_us,
        json: json.as_bytes(),
    }
    .to_bytes()
}

/// Takes entries received a second apart, from index 100 on, to the end.
fn run(watch: &mut Watch, entries: &[Vec<u8>]) -> Vec<Raised> {
    let mut found = Vec::new();
    for (number, payload) in (0_u32..).zip(entries) {
        found.extend(watch.apply(Kept {
            index: 100 + u64::from(number),
            received_us: (1_000 + i64::from(number)) * S,
            payload,
        }));
    }
    found.extend(watch.finish());
    let raised = found.into_iter().map(|found| match found {
        Found::Raised(raised) => raised,
        Found::Limited(limited) => panic!("{limited:?}"),
    });
    raised.collect()
}

/// A finding in one line.
fn short(raised: &Raised) -> String {
    let finding = &raised.finding;
    let entities: Vec<String> = finding
        .entities
        .iter()
        .map(|entity| format!("{:?}={}", entity.kind, entity.id))
        .collect();
    format!(
        "{} {} {:?} of {} at {} about {}",
        finding.level,
        raised.title,
        finding.positions,
        finding.positions_total,
        finding.at_us / S,
        entities.join(",")
    )
}

const CERTUTIL: &str = "title: Certutil\nid: c1\nauthor: A. Author\nlevel: high\n\
    tags: [attack.t1105]\nlogsource: {product: windows, category: process_creation}\n\
    detection:\n  s:\n    Image|endswith: '\\certutil.exe'\n    CommandLine|contains: http\n  \
    condition: s\n";

fn process(image: &str, user: &str) -> String {
    format!(
        r#"{{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Computer":"WS1.north.example","User":"NORTH\\{user}","Image":"C:\\{image}","CommandLine":"{image} http://203.0.113.9/{}"}}"#,
        "x".repeat(400)
    )
}

#[test]
fn a_rule_gives_a_finding_with_everything_it_owes() {
    let mut watch = watch(&[CERTUTIL]);
    let entries = [
        line(
            "windows.sysmon.1",
            Some(500 * S),
            None,
            &process("a.exe", "ada"),
        ),
        line(
            "windows.sysmon.1",
            Some(501 * S),
            None,
            &process("certutil.exe", "Ada"),
        ),
    ];
    let found = run(&mut watch, &entries);
    assert_eq!(
        found.iter().map(short).collect::<Vec<_>>(),
        ["high Certutil [101] of 1 at 501 about Person=ada,Device=ws1,Establishment=-"]
    );
    let [raised] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(raised.author, "A. Author");
    assert_eq!(raised.finding.id, "c1");
    assert_eq!(raised.finding.techniques, ["T1105"]);
    let facts = &raised.finding.facts;
    assert_eq!(
        facts.get("Image"),
        Some(&Fact::Text(r"C:\certutil.exe".to_owned()))
    );
    let Some(Fact::Text(command)) = facts.get("CommandLine") else {
        panic!("{facts:?}")
    };
    // What is longer than a finding may tell is cut.
    assert_eq!(command.len(), 256);
    assert_eq!(watch.counts().lines, 2);
}

#[test]
fn times_are_those_of_events_within_reason() {
    let mut watch = watch(&[CERTUTIL]);
    let day = 86_400 * S;
    let json = process("certutil.exe", "ada");
    let at = |time_us, user: &str| {
        let json = json.replace("ada", user);
        line("windows.sysmon.1", time_us, None, &json)
    };
    let entries = [
        at(None, "a"),
        at(Some(1_001 * S + day), "b"),
        at(Some(1_002 * S + day + 1), "c"),
        at(Some(i64::MIN), "d"),
        at(Some(i64::MAX), "e"),
    ];
    let found = run(&mut watch, &entries);
    let times: Vec<i64> = found.iter().map(|raised| raised.finding.at_us).collect();
    assert_eq!(
        times,
        [1_000 * S, 1_001 * S + day, 1_002 * S, i64::MIN, 1_004 * S]
    );
    let counts = watch.counts();
    assert_eq!((counts.without_time, counts.from_future), (1, 2));
}

#[test]
fn the_same_about_the_same_is_told_as_it_doubles_and_anew_after_an_hour() {
    let json = process("certutil.exe", "ada");
    let times = (0..5).map(|n| n * S).chain([3_601 * S]);
    let entries: Vec<Vec<u8>> = times
        .map(|at| line("windows.sysmon.1", Some(at), None, &json))
        .collect();
    let told = |found: Vec<Raised>| -> Vec<(Vec<u64>, u64)> {
        let findings = found.into_iter().map(|raised| raised.finding);
        let told = findings.map(|it| (it.positions, it.positions_total));
        told.collect()
    };
    let found = told(run(&mut watch(&[CERTUTIL]), &entries));
    assert_eq!(
        found,
        [
            (vec![100], 1),
            (vec![100, 101], 2),
            (vec![100, 101, 102, 103], 4),
            (vec![105], 1)
        ]
    );
    let settings = WatchSettings {
        repeat_s: 0,
        ..WatchSettings::default()
    };
    let found = told(run(&mut watch_with(&[CERTUTIL], settings), &entries));
    assert_eq!(found.len(), entries.len());
    assert!(
        found
            .iter()
            .all(|(positions, total)| positions.len() == 1 && *total == 1)
    );
}

#[test]
fn a_correlation_names_whom_its_groups_name() {
    let rules = "title: Failed\nname: failed\nlogsource: {product: windows, service: security}\n\
        detection:\n  s:\n    EventID: 4625\n  condition: s\n---\ntitle: Guessing\nid: g1\n\
        author: B. Author\nlevel: medium\ntags: [attack.t1110]\ncorrelation:\n  \
        type: event_count\n  rules: [failed]\n  group-by: [IpAddress, TargetUserName]\n  \
        timespan: 1m\n  condition: {gte: 3}\n";
    let json = r#"{"Channel":"Security","EventID":4625,"Computer":"DC1","TargetUserName":"Ada","IpAddress":"10.0.0.5"}"#;
    let entries: Vec<Vec<u8>> = (0..4)
        .map(|n| line("windows.security.4625", Some(n * S), Some("dc1"), json))
        .collect();
    let found = run(&mut watch(&[rules]), &entries);
    assert_eq!(
        found.iter().map(short).collect::<Vec<_>>(),
        [
            "medium Guessing [100, 101, 102] of 3 at 2 about Device=10.0.0.5,Person=ada,Establishment=-"
        ]
    );
    assert_eq!(found.first().unwrap().author, "B. Author");
}

#[test]
fn nobody_signs_in_from_two_ends_of_the_world_within_an_hour() {
    let sign_in = |at_s: i64, source: &str| {
        let json = format!(
            r#"{{"event.category":"authentication","event.outcome":"success","user.name":"ada","service.name":"vpn",{source}}}"#
        );
        line("ecs", Some(at_s * S), None, &json)
    };
    let sydney = r#""source.ip":"203.0.113.9","source.geo.location":{"lat":-33.87,"lon":151.2}"#;
    let places = "[[network]]\ncidr = \"198.51.100.0/24\"\noutside = true\n\
        latitude = 48.85\nlongitude = 2.35\n";
    let settings = || WatchSettings {
        places: Places::read(places).unwrap(),
        ..WatchSettings::default()
    };
    let paris = r#""source.ip":"198.51.100.7""#;
    let within = |hours: i64| {
        let entries = [sign_in(0, paris), sign_in(hours * 3_600, sydney)];
        let found = run(&mut watch_with(&[], settings()), &entries);
        found
            .iter()
            .filter(|it| it.finding.id == "impossible_travel")
            .count()
    };
    assert_eq!((within(1), within(23)), (1, 0));
}

#[test]
fn an_analytic_finds_and_names_the_host_of_an_address() {
    let own = r#"{"Computer":"WS7.north","SourceIp":"10.1.0.5","Initiated":"true"}"#;
    let mut entries = vec![line("windows.sysmon.3", Some(0), None, own)];
    entries.extend((1..=20).map(|n| {
        let json = format!(
            r#"{{"uid":"C{n}","id.orig_h":"10.1.0.5","id.resp_h":"10.1.1.{n}","id.resp_p":445,"proto":"tcp","conn_state":"S0"}}"#
        );
        line("zeek.conn", Some(n * S), None, &json)
    }));
    let places = "[[network]]\ncidr = \"10.1.0.0/16\"\nestablishment = \"north\"\ntier = 1\n";
    let settings = WatchSettings {
        places: Places::read(places).unwrap(),
        ..WatchSettings::default()
    };
    let found = run(&mut watch_with(&[], settings), &entries);
    let first = found.first().unwrap();
    assert!(
        short(first).starts_with("high spreading"),
        "{}",
        short(first)
    );
    let entities: Vec<&str> = first
        .finding
        .entities
        .iter()
        .map(|entity| entity.id.as_str())
        .collect();
    assert_eq!(entities, ["10.1.0.5", "north", "ws7"]);
}

#[test]
fn what_is_no_event_is_counted() {
    let mut watch = watch(&[]);
    let entries = [b"{}".to_vec(), b"\xff".to_vec(), Vec::new()];
    assert_eq!(run(&mut watch, &entries), []);
    assert_eq!((watch.counts().entries, watch.counts().unreadable), (3, 3));
}
