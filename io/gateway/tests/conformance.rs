//! Captures that nobody here made, played to a guard under the worked policies.
//!
//! `HYGIE_CONFORMANCE_DATA` names the folder that holds `modbus` and `bacnet`; without one of them
//! nothing of it is checked, and the test says so. The labels beside the captures of Modbus say
//! which frames an attacker caused.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise, and says what it measured or skipped"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gateway::guard::replay::{Judged, Replay};
use policy::guard::{Guard, GuardDocument};

const MODBUS: &str = include_str!("../../../scenarios/modbus-only-100.toml");
const BACNET: &str = include_str!("../../../scenarios/bacnet-reads-only.toml");

/// The station of the plant, and the one from which an attacker asks.
const MASTER: &str = "192.168.1.100";
const ATTACKER: &str = "192.168.1.101";

/// What the four captures of BACnet ask that changes something, and how often.
const COMMANDS: [(&str, usize); 11] = [
    ("add-list-element", 1),
    ("atomic-write-file", 64),
    ("create-object", 1),
    ("delete-object", 1),
    ("device-communication-control", 5),
    ("life-safety-operation", 1),
    ("reinitialize-device", 125),
    ("remove-list-element", 1),
    ("write-group", 1),
    ("write-property", 10),
    ("write-property-multiple", 1),
];

/// What only reads.
const READS: [&str; 4] = [
    "atomic-read-file",
    "read-property",
    "read-property-multiple",
    "read-range",
];

/// What searches, is found, or is told of changes.
const SEARCHES: [&str; 6] = [
    "i-am",
    "i-have",
    "subscribe-cov",
    "subscribe-cov-property",
    "who-has",
    "who-is",
];

#[test]
fn commands_of_the_plant_pass_and_a_forged_one_does_not() {
    let (mut forged, mut legitimate) = (0, 0);
    for (name, path) in captures("modbus") {
        let labels = labels(&path);
        let (mut denied, mut written) = (0, 0);
        for judged in judged(MODBUS, &path) {
            let is_attack = labels.get(&judged.frame).copied().unwrap_or_default();
            let from = judged.from.ip().to_string();
            assert_eq!(is_attack, from == ATTACKER, "{name}: {judged:?}");
            let is_write = judged.function.starts_with("write");
            match (is_attack, is_write) {
                (true, true) => {
                    assert!(!judged.is_allowed, "{name}: {judged:?}");
                    forged += 1;
                }
                // Whoever reads is seen by the name of the rule that lets it.
                (true, false) => assert_ne!(judged.reason, "station-reads", "{judged:?}"),
                (false, _) => {
                    assert_eq!(from, MASTER);
                    assert!(judged.is_allowed, "{name}: {judged:?}");
                    legitimate += 1;
                    written += usize::from(is_write);
                }
            }
            denied += usize::from(!judged.is_allowed);
        }
        println!("{name}: {written} writes of the station pass, {denied} requests are refused");
    }
    if legitimate > 0 {
        println!("legitimate requests that pass: {legitimate}; forged ones refused: {forged}");
        assert_eq!(forged, 1);
        // Reads 144, 612, 72, 360 and 1,224; writes 1, 3, 0, 0 and 8.
        assert_eq!(legitimate, 2_412 + 12);
    }
}

#[test]
fn nothing_in_the_building_is_changed_and_all_of_it_is_read() {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (_, path) in captures("bacnet/testing/traces") {
        for judged in judged(BACNET, &path) {
            let count = counts.entry(judged.function).or_default();
            match judged.is_allowed {
                true => count.0 += 1,
                false => count.1 += 1,
            }
        }
    }
    if counts.is_empty() {
        return;
    }
    for (function, (allowed, denied)) in &counts {
        println!("{function}: {allowed} pass, {denied} are refused");
    }
    for (function, denied) in COMMANDS {
        let found = counts.get(function).copied().unwrap_or_default();
        assert_eq!(found, (0, denied), "{function}");
    }
    // Whatever else passes is a search or what it calls for.
    for (function, (allowed, _)) in &counts {
        let is_known = READS.contains(&&**function) || SEARCHES.contains(&&**function);
        assert!(*allowed == 0 || is_known, "{function}");
    }
    for function in READS {
        let (allowed, denied) = counts.get(function).copied().unwrap_or_default();
        assert!(allowed > 0, "{function}");
        assert_eq!(denied, 0, "{function}");
    }
}

fn judged(policy: &str, path: &Path) -> Vec<Judged> {
    let guard = Guard::new(&GuardDocument::from_toml(policy).unwrap()).unwrap();
    let mut judged = Vec::new();
    let bytes = fs::read(path).unwrap();
    let played = Replay::new(&guard).play(&bytes, &mut |it| judged.push(it.clone()));
    played.unwrap();
    judged
}

/// Whether an attacker caused a frame, by its number.
fn labels(capture: &Path) -> BTreeMap<u64, bool> {
    let name = capture.file_stem().unwrap().to_string_lossy();
    let file = capture.with_file_name(format!("{name}_labeled.csv"));
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter_map(|line| line.trim().split_once(';'));
    lines
        .map(|(frame, label)| (frame.parse().unwrap(), label == "1"))
        .collect()
}

/// Captures of a folder; none after saying so.
fn captures(name: &str) -> Vec<(String, PathBuf)> {
    let data = std::env::var_os("HYGIE_CONFORMANCE_DATA").map(PathBuf::from);
    let folder = data.map(|data| data.join(name));
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        println!("skipped: no `{name}` in the folder of HYGIE_CONFORMANCE_DATA");
        return Vec::new();
    };
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "pcap"));
    paths.sort();
    assert!(!paths.is_empty(), "no captures in `{name}`");
    let named = paths.into_iter().map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, path)
    });
    named.collect()
}
