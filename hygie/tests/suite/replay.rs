//! `hygie replay` over the made-up day of an attack: what was found, about whom, and where it is kept.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::program::{printed, run, text};

const DAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/attack-day");

/// The lines of a replay, as JSON: findings and incidents, and the summary.
fn replayed(further: &[&str]) -> (Vec<Value>, Value) {
    let (logs, rules, places) = (
        format!("{DAY}/logs"),
        format!("{DAY}/rules"),
        format!("{DAY}/places.toml"),
    );
    let arguments = [
        "replay", &logs, "--rules", &rules, "--places", &places, "--json",
    ];
    let output = run(&[&arguments, further].concat());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = printed(&output);
    let mut lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let summary = lines.pop().unwrap()["summary"].clone();
    (lines, summary)
}

/// How often each title was found.
fn titles(lines: &[Value]) -> BTreeMap<&str, usize> {
    let mut titles = BTreeMap::new();
    for line in lines {
        if let Some(title) = line["title"].as_str() {
            *titles.entry(title).or_default() += 1;
        }
    }
    titles
}

/// The first finding of a title.
fn first<'l>(lines: &'l [Value], title: &str) -> &'l Value {
    let mut found = lines.iter().filter(|line| line["title"] == title);
    found
        .next()
        .unwrap_or_else(|| panic!("{title} was not found"))
}

#[test]
fn the_day_of_an_attack_is_found_step_by_step() {
    let (lines, summary) = replayed(&[]);
    let titles = titles(&lines);
    let expected = [
        "A script host started by a mail program",
        "Many failed sign-ins, then one that succeeds",
        "beacon",
        "control_write",
        "dns_tunnel",
        "lateral_movement",
        "ransomware",
        "shadow_copy_deletion",
        "spreading",
    ];
    assert_eq!(titles.keys().copied().collect::<Vec<_>>(), expected);
    assert_eq!(summary["events"], 1568);
    assert_eq!(summary["files"], 7);
    for nothing in ["unread", "late", "without_time", "from_future"] {
        assert_eq!(summary[nothing], 0, "{nothing}: {summary}");
    }

    // The offset is that of the event, the positions are leaves of the log.
    let script = first(&lines, "A script host started by a mail program");
    assert_eq!(script["time"], "2026-03-02T08:05:00.000000Z");
    assert_eq!(script["author"], "Hygie contributors");
    let kinds: Vec<&str> = script["finding"]["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entity| entity["id"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["acc.desk1", "ws-acc1", "clinic"]);
    let beacon = first(&lines, "beacon");
    assert_eq!(beacon["finding"]["entities"][1]["id"], "198.51.100.77");
    // The address of the desk is known by its name, since the desk told so.
    let spreading = first(&lines, "spreading");
    let named = spreading["finding"]["entities"].to_string();
    assert!(named.contains("ws-acc1"), "{named}");
    // Writes of the station of the building are not told.
    let write = first(&lines, "control_write");
    assert_eq!(write["finding"]["entities"][0]["id"], "10.20.1.15");

    // What begins at the desk is one incident, not ten.
    let incidents: Vec<&Value> = lines
        .iter()
        .filter_map(|line| line.get("incident"))
        .collect();
    let gravest = incidents.first().unwrap();
    assert!(
        gravest["findings"].as_object().unwrap().len() >= 6,
        "{gravest}"
    );
    assert!(incidents.len() <= 3, "{incidents:?}");
}

/// Speed changes when a finding is told, never what is found.
#[test]
fn a_paced_replay_finds_the_same() {
    let (fast, _) = replayed(&[]);
    let (paced, _) = replayed(&["--speed", "500000"]);
    assert_eq!(paced, fast);
}

#[test]
fn what_is_kept_holds_and_the_layer_is_written() {
    let place = tempfile::tempdir().unwrap();
    let (kept, layer) = (place.path().join("kept"), place.path().join("layer.json"));
    replayed(&["--keep", text(&kept), "--layer", text(&layer)]);
    let keys = [kept.join("evidence.pub"), kept.join("telemetry.pub")];
    let [own, telemetry] = keys.each_ref().map(|key| text(key));
    let verified = run(&["verify", text(&kept), "--key", own, "--key", telemetry]);
    assert!(verified.status.success(), "{}", printed(&verified));
    let layer: Value = serde_json::from_slice(&fs::read(&layer).unwrap()).unwrap();
    assert_eq!(layer["versions"]["layer"], "4.5");
    let techniques: Vec<&str> = layer["techniques"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["techniqueID"].as_str().unwrap())
        .collect();
    assert_eq!(techniques, ["T1059.005", "T1078", "T1110.001", "T1566.001"]);
    // A folder that is there is not written into.
    let again = run(&["replay", DAY, "--keep", text(&kept)]);
    assert!(!again.status.success());
}

#[test]
fn what_cannot_be_read_is_told_and_a_wrong_speed_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("mixed.jsonl");
    let good = r#"{"_path":"dns","ts":1772438400.5,"uid":"C1","query":"a","id.orig_h":"10.0.0.1"}"#;
    fs::write(&file, format!("{good}\n{{ broken\n{good}\n")).unwrap();
    let output = run(&["replay", text(&file), "--json"]);
    assert!(output.status.success());
    let lines = printed(&output);
    let summary: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(summary["summary"]["events"], 2);
    assert_eq!(summary["summary"]["unread"], 1);

    // A file that is not there is not "nothing was found".
    let missing = place.path().join("missing");
    assert_eq!(run(&["replay", text(&missing)]).status.code(), Some(2));
    let fast = run(&["replay", text(&file), "--speed", "fast"]);
    assert_eq!(fast.status.code(), Some(2));
}
