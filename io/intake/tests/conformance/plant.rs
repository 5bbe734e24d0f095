//! Modbus: who answers and who asks what, in captures of six stations of which some are attacked.
//!
//! The labels beside the captures say which frames an attacker caused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use hospital::inventory::{Attribute, Inventory, Key};

use crate::score::{Score, head};
use crate::{captures, folder, inventory, ports, told};

/// The station that belongs there, and the one from which an attacker asks.
const MASTER: &str = "ip:192.168.1.100";
const ATTACKER: &str = "ip:192.168.1.101";

/// Whoever answers has this unit.
const UNIT: u8 = 1;

type Pairs = BTreeSet<(String, String)>;

#[test]
fn stations_and_masters() {
    let all = captures("modbus");
    if all.is_empty() {
        return;
    }
    head("Modbus");
    for is_moved in [false, true] {
        let (mut units, mut asked) = (Score::default(), Score::default());
        for (name, bytes) in &all {
            let bytes = match is_moved {
                true => ports::moved(bytes),
                false => bytes.clone(),
            };
            let inventory = inventory(name, &bytes);
            units.add(Score::of(name, &found_units(&inventory), &known_units()));
            let found = found_asked(&inventory);
            asked.add(Score::of(name, &found, &known_asked(name)));
            let labels = labels(name);
            for (asking, access) in &found {
                let frame = first_frame(&inventory, asking, access);
                let is_attack = labels.get(&frame).copied().unwrap();
                assert_eq!(is_attack, asking == ATTACKER, "{name} {frame} {asking}");
            }
        }
        let ports = if is_moved { ", ports moved" } else { "" };
        units.print(&format!("stations and units{ports}"));
        asked.print(&format!("who asks, and reads or writes{ports}"));
        assert_eq!((units.right, units.found, units.known), (30, 30, 30));
        assert_eq!((asked.right, asked.found, asked.known), (10, 10, 10));
    }
}

/// The same six in every capture.
fn known_units() -> BTreeSet<String> {
    (101..=106)
        .map(|last| format!("modbus:192.168.1.{last}/{UNIT}"))
        .collect()
}

fn found_units(inventory: &Inventory) -> BTreeSet<String> {
    let told = told(inventory, Attribute::Function);
    let subjects = told.into_iter().map(|(subject, _)| subject);
    subjects.filter(|it| it.starts_with("modbus:")).collect()
}

/// What is asked in each capture, as its authors tell and its labels say.
fn known_asked(name: &str) -> Pairs {
    let mut known = vec![(MASTER, "read")];
    if name.contains("with_operate") && !name.starts_with("exploit") {
        known.push((MASTER, "write"));
    }
    if name.starts_with("characterization") {
        known.push((ATTACKER, "read"));
    }
    if name.starts_with("send_a_fake_command") {
        known.push((ATTACKER, "write"));
    }
    let owned = known.into_iter();
    owned
        .map(|(who, what)| (who.to_owned(), what.to_owned()))
        .collect()
}

fn found_asked(inventory: &Inventory) -> Pairs {
    let told = told(inventory, Attribute::Function);
    let asked = told.into_iter().filter_map(|(subject, value)| {
        let access = value.strip_prefix("modbus-client/")?;
        Some((subject, access.to_owned()))
    });
    asked.collect()
}

/// The frame in which somebody first asked so.
fn first_frame(inventory: &Inventory, asking: &str, access: &str) -> u64 {
    let key = Key::parse(asking).unwrap();
    let value = format!("modbus-client/{access}");
    let mut claims = inventory.claims(&key);
    let (_, seen) = claims.find(|(claim, _)| *claim.value == *value).unwrap();
    seen.first.1
}

/// Whether an attacker caused a frame, by its number.
fn labels(name: &str) -> BTreeMap<u64, bool> {
    let file = folder("modbus")
        .unwrap()
        .join(format!("{name}_labeled.csv"));
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter_map(|line| line.trim().split_once(';'));
    lines
        .map(|(frame, label)| (frame.parse().unwrap(), label == "1"))
        .collect()
}
