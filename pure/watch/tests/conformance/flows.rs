//! Labelled flows of others through the whole fold: precision and recall for scans and beacons.
//!
//! `iot23` holds captures as CSV with labels of each flow (Stratosphere Laboratory, CC BY);
//! `rita/three-days` three days of logs with one known beacon. The thresholds of beacons had been
//! set with knowledge of both, so what is printed shows that nothing got worse, not how it does on
//! data that nobody has seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use event::Logged;
use watch::engine::{RuleSet, Settings};
use watch::finding::{EntityKind, Fact, Finding};
use watch::fold::{Found, Joined, Kept, Watch, WatchSettings};
use watch::limits::Limits;
use watch::source::Mapping;

/// A flow as it is labelled.
struct Labelled {
    at_us: i64,
    pair: (String, String),
    port: u64,
    is_control: bool,
    is_malicious: bool,
    is_scan: bool,
    json: String,
}

/// What was found, of what there was.
#[derive(Default, Clone, Copy)]
struct Tally {
    right: usize,
    wrong: usize,
    missed: usize,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }

    fn told(self) -> String {
        let share = |of: usize, all: usize| match all {
            0 => "-".to_owned(),
            all => format!("{:.2}", f64::from(u32(of)) / f64::from(u32(all))),
        };
        format!(
            "{:>3} of {:<3} {:>3} wrong  precision {:>4}  recall {:>4}",
            self.right,
            self.right + self.missed,
            self.wrong,
            share(self.right, self.right + self.wrong),
            share(self.right, self.right + self.missed)
        )
    }
}

fn u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A folder of the data, or `None` after saying so.
fn folder(name: &str) -> Option<PathBuf> {
    let data = std::env::var_os("HYGIE_CONFORMANCE_DATA").map(PathBuf::from);
    let folder = data.map(|data| data.join(name)).filter(|it| it.is_dir());
    if folder.is_none() {
        println!("skipped: no `{name}` in the folder of HYGIE_CONFORMANCE_DATA");
    }
    folder
}

fn watch() -> Watch {
    let (limits, mapping) = (Limits::default(), Mapping::built_in().unwrap());
    let settings = Settings {
        mapping: &mapping,
        limits: &limits,
        fields: &[],
    };
    let rules = RuleSet::compile(Vec::new(), settings).rules;
    let (joined, _) = Joined::of(&rules);
    Watch::new(
        Arc::new(rules),
        Arc::new(joined),
        &mapping,
        WatchSettings::default(),
        [3; 16],
    )
}

/// The findings of flows, in the order of their time.
fn findings(watch: &mut Watch, flows: &[Labelled]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, flow) in (0_u64..).zip(flows) {
        let payload = Logged {
            kind: "zeek.conn".into(),
            source: "conn.log".into(),
            at: index,
            host: None,
            time_us: Some(flow.at_us),
            json: flow.json.as_bytes(),
        }
        .to_bytes();
        found.extend(watch.apply(Kept {
            index,
            received_us: flow.at_us,
            payload: &payload,
        }));
    }
    let raised = found.into_iter().filter_map(|found| match found {
        Found::Raised(raised) => Some(raised.finding),
        Found::Limited(_) => None,
    });
    raised.collect()
}

/// The pairs that beacons were told of.
fn accused(findings: &[Finding]) -> BTreeSet<(String, String)> {
    let beacons = findings.iter().filter(|finding| finding.id == "beacon");
    let pairs = beacons.map(|finding| {
        let of = |kinds: &[EntityKind]| {
            let mut entities = finding.entities.iter();
            entities.find(|entity| kinds.contains(&entity.kind))
        };
        let source = of(&[EntityKind::Device]).map(|entity| entity.id.clone());
        let others = finding.entities.iter().skip(1);
        let mut others = others.filter(|entity| entity.kind != EntityKind::Establishment);
        let destination = others.next().map(|entity| entity.id.clone());
        (source.unwrap_or_default(), destination.unwrap_or_default())
    });
    pairs.collect()
}

/// Sources and ports that scans were told of.
fn scanned(findings: &[Finding]) -> BTreeSet<(String, u64)> {
    let scans = findings
        .iter()
        .filter(|finding| matches!(finding.id.as_str(), "scan" | "spreading"));
    let scans = scans.map(|finding| {
        let port = match finding.facts.get("port") {
            Some(Fact::Count(port)) => *port,
            _ => 0,
        };
        let source = finding.entities.first().map(|entity| entity.id.clone());
        (source.unwrap_or_default(), port)
    });
    scans.collect()
}

#[test]
fn labelled_flows_are_found_as_often_as_before() {
    let Some(folder) = folder("iot23") else {
        return;
    };
    let mut names: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "csv"))
        .collect();
    names.sort();
    let (mut beacons, mut scans) = (Tally::default(), Tally::default());
    for path in &names {
        let text = fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().unwrap().split(',').collect();
        let rows = lines.map(|line| line.split(',').collect::<Vec<_>>());
        let mut flows: Vec<Labelled> = rows.filter_map(|row| labelled(&header, &row)).collect();
        flows.sort_by_key(|flow| flow.at_us);
        let name = path.file_stem().unwrap().to_string_lossy();
        let name = name.replace("CTU-", "").replace("-labeled", "");
        let (of_beacons, of_scans) = capture(&name, &flows);
        beacons.add(of_beacons);
        scans.add(of_scans);
    }
    println!("{:24} beacons {}", "iot23, all", beacons.told());
    println!("{:24} scans   {}", "iot23, all", scans.told());
    assert!(beacons.right >= 2, "{}", beacons.told());
    assert!(beacons.wrong <= 2, "{}", beacons.told());
    assert_eq!(scans.wrong, 0, "{}", scans.told());
}

/// One capture: pairs for beacons, sources and ports for scans.
fn capture(name: &str, flows: &[Labelled]) -> (Tally, Tally) {
    let mut watch = watch();
    let findings = findings(&mut watch, flows);
    let (accused, scanned) = (accused(&findings), scanned(&findings));
    let mut pairs: BTreeMap<&(String, String), (bool, bool, usize)> = BTreeMap::new();
    for flow in flows {
        let pair = pairs.entry(&flow.pair).or_default();
        pair.0 |= flow.is_control;
        pair.1 |= flow.is_malicious;
        pair.2 += 1;
    }
    let scores: BTreeMap<(String, String), i64> = watch
        .analytics()
        .beacons()
        .rank()
        .into_iter()
        .map(|pair| ((pair.source, pair.destination), pair.score.thousandths))
        .collect();
    let mut beacons = Tally::default();
    for (pair, (is_control, is_malicious, count)) in &pairs {
        let is_accused = accused.contains(*pair);
        match (is_control, is_accused) {
            (true, true) => beacons.right += 1,
            (true, false) => {
                beacons.missed += 1;
                let why = match scores.get(*pair) {
                    Some(score) => format!("its score in the end is .{score:03}"),
                    None => "too few contacts for a score".to_owned(),
                };
                println!(
                    "{name:24} missed: {} > {}, {count} flows: {why}",
                    pair.0, pair.1
                );
            }
            // Of other attacks nobody says whether they have a rhythm.
            (false, true) if !is_malicious => {
                beacons.wrong += 1;
                let score = scores.get(*pair).copied().unwrap_or(0);
                println!(
                    "{name:24} wrong: {} > {}, {count} flows, .{score:03}",
                    pair.0, pair.1
                );
            }
            (false, _) => {}
        }
    }
    let scans = scans(name, flows, &scanned);
    println!("{name:24} beacons {}", beacons.told());
    println!("{name:24} scans   {}", scans.told());
    (beacons, scans)
}

/// Scans by source and port.
fn scans(name: &str, flows: &[Labelled], scanned: &BTreeSet<(String, u64)>) -> Tally {
    let labelled: BTreeSet<(String, u64)> = flows
        .iter()
        .filter(|flow| flow.is_scan)
        .map(|flow| (flow.pair.0.clone(), flow.port))
        .collect();
    for (source, port) in labelled.difference(scanned) {
        let destinations: BTreeSet<&String> = flows
            .iter()
            .filter(|flow| flow.is_scan && flow.pair.0 == *source && flow.port == *port)
            .map(|flow| &flow.pair.1)
            .collect();
        println!(
            "{name:24} missed scan: {source} on port {port}, {} destinations",
            destinations.len()
        );
    }
    Tally {
        right: labelled.intersection(scanned).count(),
        wrong: scanned.difference(&labelled).count(),
        missed: labelled.difference(scanned).count(),
    }
}

#[test]
fn the_known_beacon_of_three_days_is_told() {
    let Some(folder) = folder("rita/three-days") else {
        return;
    };
    let mut days: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    days.sort();
    let known = ("73.54.23.243".to_owned(), "64.225.56.201".to_owned());
    let mut watch = watch();
    let (mut told, mut flows_all) = (BTreeSet::new(), 0);
    for day in &days {
        let flows = day_of(day);
        flows_all += flows.len();
        let found = accused(&findings(&mut watch, &flows));
        let is_new = found.contains(&known) && !told.contains(&known);
        println!(
            "{} {} flows, {} pairs told, the known one {}",
            day.file_name().unwrap().to_string_lossy(),
            flows.len(),
            found.len(),
            if is_new {
                "for the first time"
            } else {
                "not anew"
            }
        );
        told.extend(found);
    }
    let rank = watch.analytics().beacons().rank();
    let place = rank
        .iter()
        .position(|pair| (&pair.source, &pair.destination) == (&known.0, &known.1));
    println!(
        "three days: {flows_all} flows, {} pairs told in all, the known one among them: {}, rank {:?} of {}",
        told.len(),
        told.contains(&known),
        place.map(|place| place + 1),
        rank.len()
    );
    assert!(told.contains(&known), "{told:?}");
    assert!(told.len() <= 12, "{told:?}");
}

fn day_of(folder: &Path) -> Vec<Labelled> {
    let mut flows = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("conn.")
        {
            continue;
        }
        let unpacked = Command::new("gzip").arg("-dc").arg(&path).output().unwrap();
        let text = String::from_utf8_lossy(&unpacked.stdout);
        let fields = text.lines().find_map(|line| line.strip_prefix("#fields\t"));
        let header: Vec<&str> = fields.unwrap_or_default().split('\t').collect();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        flows.extend(lines.filter_map(|line| {
            let values: Vec<&str> = line.split('\t').collect();
            labelled(&header, &values)
        }));
    }
    flows.sort_by_key(|flow| flow.at_us);
    flows
}

/// One row as a line of Zeek, with its label.
fn labelled(header: &[&str], values: &[&str]) -> Option<Labelled> {
    let value = |name: &str| {
        let place = header.iter().position(|column| *column == name)?;
        let value = values.get(place).copied();
        value.filter(|value| !matches!(*value, "" | "-"))
    };
    let texts = [
        "uid",
        "id.orig_h",
        "id.resp_h",
        "proto",
        "conn_state",
        "service",
    ];
    let numbers = ["id.resp_p", "duration", "orig_bytes", "resp_bytes"];
    let texts = texts.iter().filter_map(|name| {
        let text = serde_json::Value::from(value(name)?);
        Some(format!("\"{name}\":{text}"))
    });
    let numbers = numbers.iter().filter_map(|name| {
        let number: f64 = value(name)?.parse().ok()?;
        Some(format!("\"{name}\":{number}"))
    });
    let members: Vec<String> = texts.chain(numbers).collect();
    let is_benign = value("label").is_none_or(|label| label.eq_ignore_ascii_case("benign"));
    let detail = value("detailed-label").unwrap_or_default();
    Some(Labelled {
        at_us: micros(value("ts")?)?,
        pair: (
            value("id.orig_h")?.to_owned(),
            value("id.resp_h")?.to_owned(),
        ),
        port: value("id.resp_p")?.parse().ok()?,
        is_control: !is_benign && detail.contains("C&C"),
        is_malicious: !is_benign,
        is_scan: detail.contains("PortScan"),
        json: format!("{{{}}}", members.join(",")),
    })
}

/// Seconds with at most six decimals, in microseconds.
fn micros(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<6}").chars().take(6).collect::<String>();
    Some(whole.parse::<i64>().ok()? * 1_000_000 + part.parse::<i64>().ok()?)
}
