//! Captures that nobody here made, and what an inventory makes of them, as scores with floors.
//!
//! `HYGIE_CONFORMANCE_DATA` names the folder that holds `bacnet`, `modbus` and `medical`; without
//! one of them nothing of it is checked, and the test says so. The captures are read as they are
//! and again with every port moved, for what a device is must never follow from a port number.
//!
//! With `HYGIE_CONFORMANCE_EVERY_PACKET` captures are also cut behind each of their packets.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise, and says what it measured or skipped"
)]

#[path = "conformance/building.rs"]
mod building;
#[path = "conformance/hostile.rs"]
mod hostile;
#[path = "conformance/logged.rs"]
mod logged;
#[path = "conformance/medical.rs"]
mod medical;
#[path = "conformance/plant.rs"]
mod plant;
#[path = "conformance/ports.rs"]
mod ports;
#[path = "conformance/score.rs"]
mod score;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use hospital::InventoryLimits;
use hospital::inventory::{Attribute, Fingerprints, Inventory, Key};
use intake::captures::observe;

/// A folder of the data, or `None` after saying so.
fn folder(name: &str) -> Option<PathBuf> {
    let data = std::env::var_os("HYGIE_CONFORMANCE_DATA").map(PathBuf::from);
    let folder = data.map(|data| data.join(name));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("skipped: no `{name}` in the folder of HYGIE_CONFORMANCE_DATA");
    }
    folder
}

/// Captures of a folder, in the order of their names.
fn captures(name: &str) -> Vec<(String, Vec<u8>)> {
    let Some(folder) = folder(name) else {
        return Vec::new();
    };
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "pcap"));
    paths.sort();
    assert!(!paths.is_empty(), "{name} holds no capture");
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, fs::read(path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

/// What a capture tells, which must be whole.
fn inventory(name: &str, bytes: &[u8]) -> Inventory {
    let mut inventory = Inventory::new(InventoryLimits::DEFAULT);
    let observed = observe(bytes, name, &mut inventory).unwrap();
    assert_eq!(observed.broken, None, "{name}");
    assert_eq!(observed.beyond, 0, "{name}");
    inventory
}

/// Every subject of an inventory.
fn subjects(inventory: &Inventory) -> BTreeSet<Key> {
    let fingerprints = Fingerprints::default();
    let assets = inventory.assets(&fingerprints);
    assets.iter().flat_map(|asset| asset.keys).collect()
}

/// What is told of an attribute, each with its subject.
fn told(inventory: &Inventory, attribute: Attribute) -> BTreeSet<(String, String)> {
    let mut told = BTreeSet::new();
    for key in subjects(inventory) {
        for (claim, _) in inventory.claims(&key) {
            if claim.attribute == attribute {
                told.insert((key.to_string(), claim.value.to_string()));
            }
        }
    }
    told
}
