//! From the words of a finding to the names of those who are told.

use std::sync::RwLock;

use event::{Finding, FindingRaised, Level};
use hospital::inventory::{Attribute, Inventory, Key, Observation};
use hospital::{DirectoryDocument, DirectoryLimits, InventoryLimits};
use watch::incident::{IncidentSettings, Incidents};

use super::*;
use crate::house::found::{FoundIncidents, Titles};

const TANK_MAC: &str = "mac:02:00:00:00:00:01";

const GAS: &str = include_str!("../../../../scenarios/medical-gas/directory.json");

/// Thursday 26 November 2026, noon in Paris.
fn noon() -> Timestamp {
    "2026-11-26T11:00:00Z".parse().unwrap()
}

/// The example of the medical gases, whose oxygen tank has an address.
fn directory() -> Arc<SharedDirectory> {
    let limits = &DirectoryLimits::DEFAULT;
    let mut document = DirectoryDocument::from_json(GAS.as_bytes(), limits).unwrap();
    let mut assets = document.assets.iter_mut();
    let tank = assets.find(|it| it.id.as_str() == "oxygen-tank").unwrap();
    tank.keys
        .extend(["ip:10.30.4.7", TANK_MAC].map(|key| Key::parse(key).unwrap()));
    Arc::new(SharedDirectory::new(
        Directory::new(document, limits).unwrap(),
    ))
}

fn raised(id: &str, entities: Vec<Entity>) -> FindingRaised {
    FindingRaised {
        stream: "telemetry".to_owned(),
        finding: Finding {
            id: id.to_owned(),
            level: Level::High,
            techniques: Vec::new(),
            entities,
            positions: vec![1],
            positions_total: 1,
            at_us: i64::try_from(noon().as_us()).unwrap(),
            facts: BTreeMap::new(),
        },
        title: String::new(),
        author: String::new(),
        hunt: None,
    }
}

/// Incidents of one finding each.
fn incidents(about: Vec<Vec<Entity>>) -> Incidents {
    let mut incidents = Incidents::new(IncidentSettings::default());
    for (number, entities) in about.into_iter().enumerate() {
        let raised = raised(&format!("rule-{number}"), entities);
        crate::house::findings::follow(&mut incidents, event::Event::FindingRaised(raised));
    }
    incidents
}

fn found(about: Vec<Vec<Entity>>) -> FoundIncidents {
    FoundIncidents {
        incidents: Arc::new(RwLock::new(incidents(about))),
        titles: Titles::new(),
        alerts: Alerts {
            directory: directory(),
            seen: None,
        },
    }
}

fn person(id: &str) -> PersonId {
    id.parse().unwrap()
}

#[test]
fn an_incident_names_who_answers_for_its_devices_at_this_hour() {
    let about = vec![
        Entity::person("dr-ada"),
        Entity::device("10.30.4.7"),
        Entity::device("10.30.4.8"),
    ];
    let listed = found(vec![about]).all(noon());
    let [incident] = listed.as_slice() else {
        panic!("{listed:?}")
    };
    let [tank] = incident.alerted.as_slice() else {
        panic!("{incident:?}")
    };
    let directory = directory();
    let directory = directory.read();
    let called = |id: &str| vec![directory.name_of(&person(id))];
    assert_eq!(tank.name, directory.asset("oxygen-tank").unwrap().name);
    assert_eq!(
        tank.persons,
        [
            ("maintenance", called("technicien-gaz-1")),
            ("use", called("medecin-1"))
        ]
    );
    assert_ne!(called("medecin-1"), ["medecin-1"]);
}

#[test]
fn who_answers_is_told_of_their_own_devices_and_of_nobody() {
    let mine = vec![Entity::person("dr-ada"), Entity::device("10.30.4.7")];
    let others = vec![Entity::device("10.30.4.9")];
    let found = found(vec![mine, others]);
    assert_eq!(found.all(noon()).len(), 2);
    let told = found.of(&person("medecin-1"), noon());
    let [incident] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(incident.about, [""; 0]);
    assert_eq!(incident.alerted.len(), 1);
    assert_eq!(found.of(&person("dr-ada"), noon()), []);
    // Who answers for the content of the tank is not told of what comes by the network.
    assert_eq!(found.of(&person("pharmacien-1"), noon()), []);
}

#[test]
fn the_inventory_finds_a_device_whose_address_the_directory_does_not_know() {
    let directory = directory();
    let directory = directory.read();
    let mut inventory = Inventory::new(InventoryLimits::DEFAULT);
    for address in ["ip:10.30.4.8", "ip:10.30.4.9@12"] {
        inventory.add(&Observation {
            subject: address.to_owned(),
            attribute: Attribute::Is,
            value: TANK_MAC.to_owned(),
            rule: "arp".to_owned(),
            confidence: 90,
            frame: 1,
            at_us: 1,
            source: "mirror".to_owned(),
        });
    }
    let told = |seen: Option<Arc<Joined>>, word: &str| {
        let mut told = Told::new(&directory, seen, noon());
        told.of([word].into_iter(), None).len()
    };
    let seen = Arc::new(inventory.joined());
    for (word, count) in [
        ("10.30.4.8", 1),
        ("10.30.4.9", 1),
        ("::ffff:10.30.4.9", 1),
        ("10.30.4.80", 0),
        ("10.30.4", 0),
    ] {
        assert_eq!(told(Some(Arc::clone(&seen)), word), count, "{word}");
        assert_eq!(told(None, word), 0, "{word}");
    }
}
