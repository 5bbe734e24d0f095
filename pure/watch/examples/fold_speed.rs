//! How many hits and flows the folds take in a second, and how much memory they hold:
//! `cargo run --release -p watch --example fold_speed`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement needs a clock and is printed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use watch::analytics::input::{Flow, FlowState, Place, Proto};
use watch::analytics::{Analytics, AnalyticsSettings, Observed};
use watch::correlation::{
    Condition, Correlation, CorrelationLimits, Correlations, Correlator, Hit, Kind, Outcome,
};
use watch::finding::Level;
use watch::hash::HashKey;

const HITS: u64 = 1_000_000;
const FLOWS: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    correlations()?;
    flows()
}

/// A million hits, each of a group of its own but one in a thousand, which belongs to a slow one.
fn correlations() -> Result<(), Box<dyn Error>> {
    let slow = |id: &str, kind: Kind| Correlation {
        id: id.to_owned(),
        name: None,
        kind,
        rules: vec!["rule".to_owned()],
        group_by: vec!["user".to_owned()],
        aliases: BTreeMap::new(),
        span_us: 86_400 * 1_000_000,
        condition: Some(Condition::at_least(500)),
        generate: false,
        level: Level::High,
        techniques: Vec::new(),
    };
    let field = "host".to_owned();
    let definitions = vec![
        slow("count", Kind::EventCount),
        slow("values", Kind::ValueCount { field }),
    ];
    let rules = BTreeSet::from(["rule".to_owned()]);
    let (correlations, _) = Correlations::new(definitions, &rules, &BTreeMap::new());
    let mut correlator = Correlator::new(CorrelationLimits::DEFAULT, HashKey::default());
    let before = resident_kib();
    let start = Instant::now();
    let mut found = Vec::new();
    for position in 0..HITS {
        let (user, source) = match position % 1_000 {
            0 => ("slow".to_owned(), "calm"),
            _ => (format!("user-{position}"), "flood"),
        };
        let fields = BTreeMap::from([
            ("user".to_owned(), user),
            ("host".to_owned(), format!("host-{position}")),
        ]);
        let at_us = i64::try_from(position)? * 50_000;
        let hit = Hit {
            rule: "rule",
            at_us,
            received_us: at_us,
            position,
            source,
            fields: &fields,
        };
        found.extend(correlator.hit(&correlations, hit));
    }
    found.extend(correlator.finish(&correlations));
    let spent = start.elapsed().as_secs_f64();
    let of_slow = found.iter().filter(|outcome| match outcome {
        Outcome::Found(found) => !found.is_merged && found.group.iter().any(|(_, v)| v == "slow"),
        Outcome::Limit(_) => false,
    });
    println!(
        "correlations: {:.0} hits/s through two correlations, {} KiB more, {} of 2 slow groups found, {} hits merged",
        f64::from(u32::try_from(HITS)?) / spent,
        resident_kib().saturating_sub(before),
        of_slow.count(),
        correlator.counts().merged
    );
    Ok(())
}

/// A million flows of a thousand hosts to ten thousand places.
fn flows() -> Result<(), Box<dyn Error>> {
    let mut analytics = Analytics::new(AnalyticsSettings::default(), HashKey::default());
    let before = resident_kib();
    let start = Instant::now();
    let mut outputs = 0;
    for position in 0..FLOWS {
        let mixed = HashKey::default().hash(&position.to_le_bytes());
        let host = mixed % 1_000;
        let place = (mixed >> 20) % 200 + host % 50 * 200;
        let flow = Flow {
            place: Place {
                at_us: i64::try_from(position)? * 86_000,
                position,
                establishment: "north".to_owned(),
            },
            source: format!("10.0.{}.{}", host / 250, host % 250),
            destination: format!("203.0.{}.{}", place / 250, place % 250),
            port: 443,
            proto: Proto::Tcp,
            state: FlowState::Answered,
            bytes_out: mixed % 5_000,
            bytes_in: mixed % 50_000,
            duration_us: 1_000_000,
            name: None,
        };
        outputs += black_box(analytics.apply(&Observed::Flow(flow))).len();
    }
    let spent = start.elapsed().as_secs_f64();
    println!(
        "flows: {:.0} flows/s through beacons and scans, {} KiB more, {outputs} outputs",
        f64::from(u32::try_from(FLOWS)?) / spent,
        resident_kib().saturating_sub(before)
    );
    Ok(())
}

/// What the process holds in memory (Linux), else zero.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|kib| kib.parse().ok()).unwrap_or(0)
}
