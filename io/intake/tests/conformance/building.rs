//! BACnet: devices and their properties, against the logs of a foreign reader of the same captures.

use std::collections::BTreeSet;
use std::fs;

use hospital::inventory::{Attribute, Inventory};

use crate::score::{Score, head};
use crate::{captures, folder, inventory, ports, subjects};

/// Captures, and the folder of the logs of each.
pub(crate) const LOGS: [(&str, &str); 4] = [
    ("bacnet_error_reject_abort", "analyzer.error-reject-abort"),
    ("bacnet_example", "analyzer.basic"),
    ("bacnet_segmented_data", "analyzer.segmented_data"),
    ("bacnet_services", "analyzer.services"),
];

/// Properties by which a device is known, and what they are here.
const PROPERTIES: [(&str, Attribute); 7] = [
    ("application-software-version", Attribute::Software),
    ("firmware-revision", Attribute::Firmware),
    ("location", Attribute::Location),
    ("model-name", Attribute::Model),
    ("object-name", Attribute::Name),
    ("vendor-identifier", Attribute::VendorId),
    ("vendor-name", Attribute::Vendor),
];

/// The instance of a device that has none; a key of it would join devices.
const UNSET: &str = "4194303";

type Devices = BTreeSet<(String, String)>;
type Properties = BTreeSet<(String, String, String, String)>;

#[test]
fn devices_and_properties() {
    let all = captures("bacnet/testing/traces");
    if all.is_empty() {
        return;
    }
    head("BACnet");
    for is_moved in [false, true] {
        let (mut devices, mut properties) = (Score::default(), Score::default());
        for (name, bytes) in &all {
            let bytes = match is_moved {
                true => ports::moved(bytes),
                false => bytes.clone(),
            };
            let inventory = inventory(name, &bytes);
            let known = known_devices(name);
            let score = Score::of(name, &found_devices(&inventory), &known);
            score.print(name);
            devices.add(score);
            let known = known_properties(name);
            properties.add(Score::of(name, &found_properties(&inventory), &known));
        }
        let ports = if is_moved { ", ports moved" } else { "" };
        devices.print(&format!("devices{ports}"));
        properties.print(&format!("properties{ports}"));
        // The one that is missed has no number of its own.
        let Score {
            right,
            found,
            known,
        } = devices;
        assert_eq!((right, found, known), (66, 66, 67));
        let Score {
            right,
            found,
            known,
        } = properties;
        assert_eq!((right, found, known), (156, 156, 156));
    }
}

/// Address and instance of whoever said to be a device: 66 by I-Am, one by I-Have alone.
///
/// Nobody speaks from a broadcast address: the foreign reader writes both directions of such a flow.
fn known_devices(name: &str) -> Devices {
    let mut known = BTreeSet::new();
    for row in rows(name, "bacnet_discovery.log") {
        let instance = match row.get("pdu_service").as_str() {
            "i-am" => row.get("instance_number"),
            "i-have" => row.get("device_id_number"),
            _ => continue,
        };
        let source = row.get("source_h");
        if !source.ends_with(".255") {
            known.insert((source, instance));
        }
    }
    known
}

fn found_devices(inventory: &Inventory) -> Devices {
    let keys = subjects(inventory);
    let devices = keys.iter().filter_map(|key| {
        let rest = key.as_str().strip_prefix("bacnet:")?;
        let mut parts = rest.split('/');
        Some((parts.next()?.to_owned(), parts.nth(1)?.to_owned()))
    });
    devices.collect()
}

fn known_properties(name: &str) -> Properties {
    let mut known = BTreeSet::new();
    for row in rows(name, "bacnet_property.log") {
        let is_answer = row.get("pdu_service") == "read-property-ack";
        let is_known = PROPERTIES.iter().any(|(it, _)| *it == row.get("property"));
        let (instance, value) = (row.get("instance_number"), row.get("value"));
        let is_own = row.get("object_type") == "device" && instance != UNSET;
        if is_answer && is_known && is_own && value != "-" {
            known.insert((row.get("source_h"), instance, row.get("property"), value));
        }
    }
    known
}

fn found_properties(inventory: &Inventory) -> Properties {
    let mut found = BTreeSet::new();
    for key in subjects(inventory) {
        let Some(rest) = key.as_str().strip_prefix("bacnet:") else {
            continue;
        };
        let mut parts = rest.split('/').map(str::to_owned);
        let (ip, instance) = (parts.next().unwrap(), parts.nth(1).unwrap());
        let answered = inventory.claims(&key).map(|(claim, _)| claim);
        for claim in answered.filter(|claim| &*claim.rule == "bacnet-property") {
            let mut all = PROPERTIES.iter();
            let Some((property, _)) = all.find(|(_, it)| *it == claim.attribute) else {
                continue;
            };
            let value = claim.value.strip_prefix("bacnet/").unwrap_or(&claim.value);
            let property = (*property).to_owned();
            found.insert((ip.clone(), instance.clone(), property, value.to_owned()));
        }
    }
    found
}

/// A row of a log with its names.
struct Row {
    names: Vec<String>,
    values: Vec<String>,
}

impl Row {
    fn get(&self, name: &str) -> String {
        let place = self.names.iter().position(|it| it == name).unwrap();
        self.values.get(place).cloned().unwrap_or_default()
    }
}

/// Rows of a log, whose instants are hidden.
fn rows(capture: &str, log: &str) -> Vec<Row> {
    let (_, of) = LOGS.iter().find(|(name, _)| *name == capture).unwrap();
    let folder = folder("bacnet/testing/baseline").unwrap();
    let text = fs::read_to_string(folder.join(of).join(log)).unwrap();
    let names: Vec<String> = text
        .lines()
        .find_map(|line| line.strip_prefix("#fields\t"))
        .unwrap()
        .split('\t')
        .map(str::to_owned)
        .collect();
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| Row {
        names: names.clone(),
        values: line.split('\t').map(str::to_owned).collect(),
    })
    .collect()
}
