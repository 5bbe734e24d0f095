//! Assets made by hand, and what holds for every set of observations.

use super::*;

mod calendar;
mod folds;
mod kept;
mod properties;
mod support;

const MAC: &str = "mac:02:00:00:00:00:01";
const OTHER_MAC: &str = "mac:02:00:00:00:00:02";
const IP: &str = "ip:10.0.0.5";
const DEVICE: &str = "bacnet:10.0.0.5/0/7";

fn said(subject: &str, attribute: Attribute, value: &str) -> Observation {
    Observation {
        subject: subject.to_owned(),
        attribute,
        value: value.to_owned(),
        rule: "rule".to_owned(),
        confidence: 90,
        frame: 1,
        at_us: 1_000,
        source: "a.pcap".to_owned(),
    }
}

fn of(observations: &[Observation]) -> Inventory {
    let mut inventory = Inventory::new(InventoryLimits::DEFAULT);
    for observation in observations {
        inventory.add(observation);
    }
    inventory
}

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

/// The subjects of each asset.
fn groups(inventory: &Inventory) -> Vec<Vec<String>> {
    let fingerprints = Fingerprints::default();
    let text = |asset: Asset| asset.keys.iter().map(Key::to_string).collect();
    inventory.assets(&fingerprints).iter().map(text).collect()
}

fn asset(inventory: &Inventory, of: &str) -> Asset {
    let fingerprints = Fingerprints::built_in().unwrap();
    inventory.assets(&fingerprints).of(&key(of)).unwrap()
}
