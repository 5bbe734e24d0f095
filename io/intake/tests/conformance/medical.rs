//! HL7 v2 and DICOM: the protocol of each capture, and what the programs tell of themselves.

use std::collections::BTreeSet;

use hospital::inventory::{Attribute, Inventory};

use crate::score::{Score, head};
use crate::{captures, inventory, ports, subjects, told};

/// The implementation that all four associations name.
const IMPLEMENTATION: &str = "1.2.826.0.1.3680043.9.7133.1.1";

/// The device in the messages that carry one.
const DEVICE: &str = "Hospira Plum A+";

#[test]
fn protocols_and_devices() {
    let all = captures("medical/testdata");
    if all.is_empty() {
        return;
    }
    head("medical");
    for is_moved in [false, true] {
        let (mut known, mut found) = (BTreeSet::new(), BTreeSet::new());
        let (mut facts, mut told) = (BTreeSet::new(), BTreeSet::new());
        for (name, bytes) in &all {
            let bytes = match is_moved {
                true => ports::moved(bytes),
                false => bytes.clone(),
            };
            let inventory = inventory(name, &bytes);
            let protocol = if name.starts_with("HL7") {
                "hl7v2"
            } else {
                "dicom"
            };
            known.insert((name, protocol.to_owned()));
            found.extend(protocols(&inventory).into_iter().map(|it| (name, it)));
            facts.extend(known_of(name).into_iter().map(|it| (name, it)));
            told.extend(found_of(&inventory).into_iter().map(|it| (name, it)));
        }
        let ports = if is_moved { ", ports moved" } else { "" };
        let score = Score::of("protocols", &found, &known);
        score.print(&format!("protocols{ports}"));
        assert_eq!((score.right, score.found, score.known), (9, 9, 9));
        let score = Score::of("facts", &told, &facts);
        score.print(&format!("titles, programs and devices{ports}"));
        assert_eq!(score.right, score.known);
        assert_eq!(score.right, score.found);
    }
}

/// Protocols that are spoken, without their ports: what nobody answers has peers only.
fn protocols(inventory: &Inventory) -> BTreeSet<String> {
    let services = told(inventory, Attribute::Service).into_iter();
    let services = services.map(|(_, value)| value.split('/').next().unwrap().to_owned());
    let peers = told(inventory, Attribute::Peer).into_iter();
    let peers = peers.map(|(_, value)| value.rsplit(' ').next().unwrap().to_owned());
    services.chain(peers).collect()
}

/// What is written about the captures beside them.
fn known_of(name: &str) -> BTreeSet<String> {
    if name.starts_with("HL7") {
        let is_device = name.contains("UDI");
        return is_device.then(|| DEVICE.to_owned()).into_iter().collect();
    }
    let titles = match name {
        "dicom_arq_3_find_bogus_local" => ["bogus_local", "bogus_remote"],
        _ => ["testclient", "testserver"],
    };
    let titles = titles.map(|title| format!("title {title}"));
    titles
        .into_iter()
        .chain([IMPLEMENTATION.to_owned()])
        .collect()
}

fn found_of(inventory: &Inventory) -> BTreeSet<String> {
    let devices = told(inventory, Attribute::Device);
    let programs = told(inventory, Attribute::Implementation);
    let values = devices.into_iter().chain(programs).map(|(_, value)| value);
    let titles = subjects(inventory).into_iter().filter_map(|key| {
        let (_, title) = key.as_str().strip_prefix("dicom:")?.split_once('/')?;
        Some(format!("title {title}"))
    });
    values.chain(titles).collect()
}
