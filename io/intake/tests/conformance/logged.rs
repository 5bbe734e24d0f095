//! What Zeek wrote of the captures beside its logs makes the same assets as the captures do.

use std::collections::BTreeSet;

use hospital::InventoryLimits;
use hospital::inventory::{Attribute, Fingerprints, Inventory, Key};
use intake::logs::Settings;
use intake::monitors;

use crate::building::LOGS;
use crate::score::{Score, head};
use crate::{captures, folder, inventory, subjects, told};

#[test]
fn a_device_of_a_capture_and_of_its_log_is_one() {
    let all = captures("bacnet/testing/traces");
    let Some(baseline) = folder("bacnet/testing/baseline").filter(|_| !all.is_empty()) else {
        return;
    };
    head("BACnet by Zeek against the captures");
    let (mut devices, mut properties, mut services) =
        (Score::default(), Score::default(), Score::default());
    for (name, bytes) in &all {
        let (_, of) = LOGS.iter().find(|(capture, _)| capture == name).unwrap();
        let by_capture = inventory(name, bytes);
        let mut by_log = Inventory::new(InventoryLimits::DEFAULT);
        let paths = [baseline.join(of)];
        let observed = monitors::observe(&paths, &Settings::default(), &mut by_log);
        assert!(
            observed.events > 0 && observed.beyond == 0,
            "{name}: {observed:?}"
        );
        let known = instances(&by_capture);
        devices.add(Score::of(name, &instances(&by_log), &known));
        let known = values(&by_capture);
        properties.add(Score::of(name, &values(&by_log), &known));
        services.add(Score::of(name, &speakers(&by_log), &speakers(&by_capture)));

        // Both together are no more assets than the capture tells of, and whoever only asked.
        let mut both = inventory(name, bytes);
        let mut expected = groups(&both);
        monitors::observe(&paths, &Settings::default(), &mut both);
        let found = groups(&both);
        let devices = |all: &BTreeSet<BTreeSet<String>>| {
            let has = |group: &&BTreeSet<String>| group.iter().any(|key| key.contains('/'));
            all.iter().filter(has).count()
        };
        assert_eq!(devices(&found), devices(&expected), "{name}: {found:?}");
        expected.retain(|group| !found.contains(group));
        assert_eq!(expected, BTreeSet::new(), "{name}: {found:?}");
    }
    devices.print("devices");
    properties.print("properties");
    services.print("who speaks");
    assert_eq!((devices.right, devices.found, devices.known), (66, 66, 66));
    assert_eq!((properties.right, properties.known), (156, 156));
    assert_eq!(services.right, services.known);
}

/// The devices of BACnet and addresses of each asset, without what logs do not tell.
fn groups(inventory: &Inventory) -> BTreeSet<BTreeSet<String>> {
    let fingerprints = Fingerprints::default();
    let assets = inventory.assets(&fingerprints);
    let named = |key: &Key| match instance(key.as_str()) {
        Some(instance) => instance,
        None => key.to_string(),
    };
    let all = assets
        .iter()
        .map(|asset| asset.keys.iter().map(named).collect());
    all.collect()
}

/// Address and instance, without the network.
fn instance(subject: &str) -> Option<String> {
    let rest = subject.strip_prefix("bacnet:")?;
    let mut parts = rest.split('/');
    Some(format!("{}/{}", parts.next()?, parts.nth(1)?))
}

fn instances(inventory: &Inventory) -> BTreeSet<String> {
    let keys = subjects(inventory);
    keys.iter()
        .filter_map(|key| instance(key.as_str()))
        .collect()
}

/// What devices answered about themselves.
fn values(inventory: &Inventory) -> BTreeSet<(String, String)> {
    let mut values = BTreeSet::new();
    for key in subjects(inventory) {
        let Some(instance) = instance(key.as_str()) else {
            continue;
        };
        let answered = inventory.claims(&key).filter(|(claim, _)| {
            claim.rule.ends_with("bacnet-property")
                && claim.attribute != Attribute::Is
                && claim.attribute != Attribute::Behind
        });
        for (claim, _) in answered {
            let value = format!("{:?} {}", claim.attribute, claim.value);
            values.insert((instance.clone(), value));
        }
    }
    values
}

/// Who speaks BACnet.
fn speakers(inventory: &Inventory) -> BTreeSet<(String, String)> {
    let told = told(inventory, Attribute::Service);
    told.into_iter()
        .filter(|(_, value)| value.starts_with("bacnet/"))
        .collect()
}

/// A server that everybody may reach, for three days: what it is stands in several logs.
#[test]
fn three_days_of_a_server() {
    let Some(days) = folder("rita/three-days") else {
        return;
    };
    let mut by_log = Inventory::new(InventoryLimits::DEFAULT);
    let observed = monitors::observe(&[days], &Settings::default(), &mut by_log);
    println!(
        "{observed:?}, {} subjects, {} bytes",
        by_log.len(),
        by_log.bytes()
    );
    // Addresses that it speaks with are too many to be kept, and take no room from the rest.
    assert!(observed.events > 100_000, "{observed:?}");
    let own = |attribute| -> BTreeSet<String> {
        let told = told(&by_log, attribute).into_iter();
        let own = told.filter(|(subject, _)| subject == "ip:64.225.56.201");
        own.map(|(_, value)| value).collect()
    };
    let services = own(Attribute::Service);
    for service in ["ssh/tcp/22", "http/tcp/80"] {
        assert!(services.contains(service), "{services:?}");
    }
    let programs = own(Attribute::Software);
    let is_ssh = |it: &String| it.starts_with("OpenSSH_8.2p1 Ubuntu");
    assert!(programs.iter().any(is_ssh), "{programs:?}");
}
