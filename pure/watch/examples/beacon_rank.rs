//! How well beacons are ranked on labelled flows, by our score and by RITA's formula, on the same
//! pairs:
//!
//! `cargo run --release -p watch --example beacon_rank -- IOT23_FOLDER [RITA_LOG_FOLDER]`
//!
//! The first folder holds IoT-23 captures as CSV with the columns of Zeek's `conn.log` and the
//! labels; the second one folders of a day each with `conn.*.log.gz` and `http.*.log.gz`.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a measurement reads files and is printed"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use watch::analytics::Output;
use watch::analytics::beacon::{BeaconSettings, Beacons, rita};
use watch::analytics::input::{Flow, FlowState, Place, Proto};
use watch::analytics::scan::{ScanSettings, Scans};
use watch::finding::Fact;
use watch::hash::HashKey;

const DAY_S: i64 = 86_400;

/// A flow with its label.
struct Labelled {
    flow: Flow,
    ip_bytes: u64,
    label: Label,
    is_scan: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Label {
    Benign,
    Malicious,
    Control,
}

struct Pair {
    capture: String,
    source: String,
    destination: String,
    label: Label,
    flows: usize,
    is_clock: bool,
    ours: i64,
    rita: i64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folders: Vec<String> = std::env::args().skip(1).collect();
    let Some(iot) = folders.first() else {
        println!("usage: beacon_rank IOT23_FOLDER [RITA_LOG_FOLDER]");
        return Ok(());
    };
    let mut pairs = Vec::new();
    let mut names: Vec<_> = fs::read_dir(iot)?.collect::<Result<Vec<_>, _>>()?;
    names.sort_by_key(fs::DirEntry::path);
    for entry in names {
        let path = entry.path();
        if path.extension().is_some_and(|end| end == "csv") {
            pairs.extend(capture(&path)?);
        }
    }
    report(&pairs);
    if let Some(logs) = folders.get(1) {
        three_days(Path::new(logs))?;
    }
    Ok(())
}

/// The pairs of one capture, over its last day.
fn capture(path: &Path) -> Result<Vec<Pair>, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = name.replace("CTU-", "").replace("-labeled", "");
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let mut flows: Vec<Labelled> = lines.filter_map(|line| row(&header, line)).collect();
    flows.sort_by_key(|labelled| labelled.flow.place.at_us);
    scans(&name, &flows);
    let pairs = pairs(&name, &flows, Beacons::new(BeaconSettings::default()));
    let controls = pairs.iter().filter(|pair| pair.label == Label::Control);
    for pair in controls {
        println!(
            "{:24} {:16} {:6} flows  ours .{:03} rank {:2}   rita .{:03} rank {:2}   of {}",
            pair.capture,
            pair.destination,
            pair.flows,
            pair.ours,
            rank(&pairs, pair.ours, |other| other.ours),
            pair.rita,
            rank(&pairs, pair.rita, |other| other.rita),
            pairs.len(),
        );
    }
    Ok(pairs)
}

/// Findings of scans against the labels, by (source, port): a scan is there when flows of that
/// source and port are labelled so.
fn scans(name: &str, flows: &[Labelled]) {
    let mut scans = Scans::new(ScanSettings::default(), HashKey::default());
    let mut found: BTreeSet<(String, u64)> = BTreeSet::new();
    let mut labelled: BTreeSet<(String, u64)> = BTreeSet::new();
    for flow in flows {
        if flow.is_scan {
            labelled.insert((flow.flow.source.clone(), u64::from(flow.flow.port)));
        }
        for output in scans.apply(&flow.flow) {
            let Output::Found(finding) = output else {
                continue;
            };
            let source = finding.entities.first().map(|entity| entity.id.clone());
            let port = match finding.facts.get("port") {
                Some(Fact::Count(port)) => *port,
                _ => 0,
            };
            println!("{name:24} {} by {source:?} {:?}", finding.id, finding.facts);
            found.insert((source.unwrap_or_default(), port));
        }
    }
    let right = found.intersection(&labelled).count();
    println!(
        "{name:24} scans: {} labelled, {} found, {right} of them right",
        labelled.len(),
        found.len()
    );
}

/// Both scores of each internal-to-external pair of the last day of the flows.
fn pairs(name: &str, flows: &[Labelled], mut beacons: Beacons) -> Vec<Pair> {
    let end_s = flows
        .last()
        .map_or(0, |last| last.flow.place.at_us / 1_000_000);
    let last_day = flows
        .iter()
        .filter(|labelled| labelled.flow.place.at_us > (end_s - DAY_S) * 1_000_000);
    let mut by_pair: BTreeMap<(&str, &str), Vec<&Labelled>> = BTreeMap::new();
    let mut start_s = end_s;
    for labelled in last_day {
        let flow = &labelled.flow;
        start_s = start_s.min(flow.place.at_us / 1_000_000);
        if is_internal(&flow.source) && !is_internal(&flow.destination) {
            beacons.apply(flow);
            let pair = (flow.source.as_str(), flow.destination.as_str());
            by_pair.entry(pair).or_default().push(labelled);
        }
    }
    let ours: HashMap<(String, String), i64> = beacons
        .rank()
        .into_iter()
        .map(|pair| ((pair.source, pair.destination), pair.score.thousandths))
        .collect();
    by_pair
        .into_iter()
        .map(|((source, destination), flows)| {
            let times: Vec<i64> = flows
                .iter()
                .map(|labelled| labelled.flow.place.at_us / 1_000_000)
                .collect();
            let bytes: Vec<u64> = flows.iter().map(|labelled| labelled.ip_bytes).collect();
            let key = (source.to_owned(), destination.to_owned());
            Pair {
                capture: name.to_owned(),
                source: source.to_owned(),
                destination: destination.to_owned(),
                label: flows
                    .iter()
                    .map(|flow| flow.label)
                    .max()
                    .unwrap_or(Label::Benign),
                flows: flows.len(),
                is_clock: flows.iter().all(|flow| flow.flow.port == 123),
                ours: ours.get(&key).copied().unwrap_or(0),
                rita: rita::score(&times, &bytes, (start_s, end_s)).map_or(0, |found| found.score),
            }
        })
        .collect()
}

fn report(pairs: &[Pair]) {
    let count = |label| pairs.iter().filter(|pair| pair.label == label).count();
    println!(
        "\n{} control pairs, {} benign pairs; {} other malicious pairs left out",
        count(Label::Control),
        count(Label::Benign),
        count(Label::Malicious)
    );
    let all: Vec<&Pair> = pairs.iter().collect();
    let without: Vec<&Pair> = pairs.iter().filter(|pair| !pair.is_clock).collect();
    for (what, pairs) in [("all pairs", all), ("without clocks", without)] {
        println!(
            "area under the curve, {what}: ours {:.3}, rita {:.3}",
            area(&pairs, |pair| pair.ours),
            area(&pairs, |pair| pair.rita)
        );
        for at in [500, 700, 900] {
            let over = |label, score: fn(&Pair) -> i64| {
                let found = pairs
                    .iter()
                    .filter(|pair| pair.label == label && score(pair) >= at);
                found.count()
            };
            println!(
                "  at .{at}: ours {} controls and {} benign, rita {} and {}",
                over(Label::Control, |pair| pair.ours),
                over(Label::Benign, |pair| pair.ours),
                over(Label::Control, |pair| pair.rita),
                over(Label::Benign, |pair| pair.rita)
            );
        }
    }
    println!("benign pairs that we rank highest:");
    let mut benign: Vec<&Pair> = pairs
        .iter()
        .filter(|pair| pair.label == Label::Benign)
        .collect();
    benign.sort_by_key(|pair| -pair.ours);
    for pair in benign.iter().take(12) {
        println!(
            "  .{:03} (rita .{:03}) {} {} -> {} {} flows",
            pair.ours, pair.rita, pair.capture, pair.source, pair.destination, pair.flows
        );
    }
}

/// The probability that a control pair is ranked above a benign one, a tie counting half.
fn area(pairs: &[&Pair], score: fn(&Pair) -> i64) -> f64 {
    let of = |label| {
        let found = pairs.iter().filter(move |pair| pair.label == label);
        found.map(|pair| score(pair)).collect::<Vec<i64>>()
    };
    let (controls, benign) = (of(Label::Control), of(Label::Benign));
    let mut sum = 0.0;
    for control in &controls {
        for other in &benign {
            sum += match control.cmp(other) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    let (controls, benign) = (u32::try_from(controls.len()), u32::try_from(benign.len()));
    sum / f64::from(controls.unwrap_or(1)) / f64::from(benign.unwrap_or(1))
}

fn rank(pairs: &[Pair], own: i64, score: fn(&Pair) -> i64) -> usize {
    1 + pairs.iter().filter(|other| score(other) > own).count()
}

/// The logs of three days with one known beacon, whose ends are both public addresses.
fn three_days(folder: &Path) -> Result<(), Box<dyn Error>> {
    println!("\nthree days of logs; the beacon is 73.54.23.243 -> 64.225.56.201");
    let mut days: Vec<_> = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    days.sort_by_key(fs::DirEntry::path);
    let mut memory = Beacons::new(BeaconSettings::default());
    for day in days.iter().filter(|day| day.path().is_dir()) {
        let flows = day_of(&day.path())?;
        let name = day.file_name();
        println!("{} ({} flows)", name.to_string_lossy(), flows.len());
        let mut alone = Beacons::new(BeaconSettings::default());
        for labelled in &flows {
            alone.apply(&labelled.flow);
            memory.apply(&labelled.flow);
        }
        for pair in alone.rank().iter().take(3) {
            println!(
                "  ours, highest: .{:03} {} -> {}, rhythm .{:03}, retries .{:03}, every {} s",
                pair.score.thousandths,
                pair.source,
                pair.destination,
                pair.score.rhythm_thousandths,
                pair.score.failing_thousandths,
                pair.score.period_s
            );
        }
        show("rita, this day", &rita_scores(&flows));
        show("ours, this day", &our_scores(&alone));
        show("ours, all days so far", &our_scores(&memory));
    }
    Ok(())
}

/// Whether it is the known pair, and its score.
type Scored = (bool, i64);

fn show(what: &str, scores: &[Scored]) {
    let own = scores.iter().find(|(known, _)| *known);
    let own = own.map_or(0, |(_, score)| *score);
    let above = scores.iter().filter(|(_, score)| *score > own).count();
    let high = scores.iter().filter(|(_, score)| *score >= 900).count();
    println!(
        "  {what:22} .{own:03} rank {:3} of {}; {high} pairs at .900 or more",
        above + 1,
        scores.len()
    );
}

fn our_scores(beacons: &Beacons) -> Vec<Scored> {
    let pairs = beacons.rank().into_iter();
    let scored = pairs.map(|pair| {
        let is_known = is_known(&pair.source, &pair.destination);
        (is_known, pair.score.thousandths)
    });
    scored.collect()
}

fn rita_scores(flows: &[Labelled]) -> Vec<Scored> {
    let second = |labelled: &Labelled| labelled.flow.place.at_us / 1_000_000;
    let start = flows.first().map_or(0, second);
    let end = flows.last().map_or(0, second);
    let mut by_pair: BTreeMap<(&str, &str), Vec<&Labelled>> = BTreeMap::new();
    for labelled in flows {
        let pair = (
            labelled.flow.source.as_str(),
            labelled.flow.destination.as_str(),
        );
        by_pair.entry(pair).or_default().push(labelled);
    }
    let scored = by_pair.iter().map(|((source, destination), flows)| {
        let times: Vec<i64> = flows.iter().map(|labelled| second(labelled)).collect();
        let bytes: Vec<u64> = flows.iter().map(|labelled| labelled.ip_bytes).collect();
        let score = rita::score(&times, &bytes, (start, end));
        (
            is_known(source, destination),
            score.map_or(0, |found| found.score),
        )
    });
    scored.collect()
}

fn is_known(source: &str, destination: &str) -> bool {
    source == "73.54.23.243" && destination == "64.225.56.201"
}

fn day_of(folder: &Path) -> Result<Vec<Labelled>, Box<dyn Error>> {
    let mut flows = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with("conn.") {
            continue;
        }
        let unpacked = Command::new("gzip").arg("-dc").arg(&path).output()?;
        let text = String::from_utf8_lossy(&unpacked.stdout);
        let fields = text.lines().find_map(|line| line.strip_prefix("#fields\t"));
        let header: Vec<&str> = fields.unwrap_or_default().split('\t').collect();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        flows.extend(lines.filter_map(|line| {
            let values: Vec<&str> = line.split('\t').collect();
            labelled(&header, &values)
        }));
    }
    flows.sort_by_key(|labelled| labelled.flow.place.at_us);
    Ok(flows)
}

fn row(header: &[&str], line: &str) -> Option<Labelled> {
    let values: Vec<&str> = line.split(',').collect();
    labelled(header, &values)
}

fn labelled(header: &[&str], values: &[&str]) -> Option<Labelled> {
    let value = |name: &str| {
        let place = header.iter().position(|column| *column == name)?;
        values
            .get(place)
            .copied()
            .filter(|value| !value.is_empty() && *value != "-")
    };
    let number = |name: &str| {
        value(name)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0_u64)
    };
    let is_benign = value("label")
        .unwrap_or("benign")
        .eq_ignore_ascii_case("benign");
    let detail = value("detailed-label").unwrap_or_default();
    Some(Labelled {
        ip_bytes: number("orig_ip_bytes"),
        label: match (is_benign, detail.contains("C&C")) {
            (true, _) => Label::Benign,
            (false, true) => Label::Control,
            (false, false) => Label::Malicious,
        },
        is_scan: detail.contains("PortScan"),
        flow: Flow {
            place: Place {
                at_us: micros(value("ts")?)?,
                position: 0,
                establishment: "capture".to_owned(),
            },
            source: value("id.orig_h")?.to_owned(),
            destination: value("id.resp_h")?.to_owned(),
            port: value("id.resp_p")?.parse().ok()?,
            proto: match value("proto")? {
                "tcp" => Proto::Tcp,
                "udp" => Proto::Udp,
                "icmp" => Proto::Icmp,
                _ => Proto::Other,
            },
            state: match value("conn_state").unwrap_or_default() {
                "S0" | "RSTOS0" => FlowState::Unanswered,
                "REJ" => FlowState::Refused,
                "OTH" | "SH" | "SHR" | "RSTRH" => FlowState::Partial,
                _ => FlowState::Answered,
            },
            bytes_out: number("orig_bytes"),
            bytes_in: number("resp_bytes"),
            duration_us: value("duration").and_then(micros).unwrap_or(0),
            name: None,
        },
    })
}

/// Seconds with at most six decimals, in microseconds.
fn micros(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<6}").chars().take(6).collect::<String>();
    Some(whole.parse::<i64>().ok()? * 1_000_000 + part.parse::<i64>().ok()?)
}

/// RFC 1918 and unique local addresses, as RITA takes them unless told otherwise.
fn is_internal(address: &str) -> bool {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_private(),
        Ok(IpAddr::V6(address)) => address.octets().first() == Some(&0xFD),
        Err(_) => false,
    }
}
