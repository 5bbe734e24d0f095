use std::path::Path;

use event::EntityKind;
use evidence::NothingSealed;

use super::*;
use crate::detection::HouseRules;
use crate::folder::DataFolder;
use crate::house::findings::no_incidents;
use crate::house::streams::Logs;

/// An access that was refused.
fn refused() -> Event {
    let json = r#"{"event":"access","request":"r1","actor":{"person":"dr-ada","establishments":
        ["chu"],"session":"s1","ip":"10.1.0.5"},"asked":{"service":"fhir","action":"read",
        "purpose":"TREAT","patient":{"pseudonym":"p1","sealed":"x"}},"outcome":"refusal",
        "reasons":["no-relation"],"policies":[],"policy_set":"0","disclosed":{"patients":[],
        "resources":0,"withheld":0},"status":403}"#;
    Event::from_bytes(json.as_bytes()).unwrap()
}

fn append(log: &EvidenceLog, event: &Event, at_s: u64) {
    let entry = entry_of(event, Timestamp::from_s(at_s));
    drop(log.append_wait(entry).unwrap());
}

/// A house with decisions and telemetry, watched as it is served.
struct House {
    logs: Logs,
    data: DataFolder,
    incidents: SharedIncidents,
}

impl House {
    fn open(folder: &Path) -> Self {
        let data = DataFolder::at(folder.join("data"));
        if !data.is_made() {
            crate::commands::make_folder(&data, "hygie.test/log").unwrap();
        }
        let logs = Logs::open(&data, evidence::limits::SEGMENT_BYTES).unwrap();
        Self {
            logs,
            data,
            incidents: no_incidents(),
        }
    }

    fn watch(&self) -> Watching {
        self.watch_but(Vec::new())
    }

    fn watch_but(&self, suppressions: Vec<Suppression>) -> Watching {
        let streams = &self.logs.streams;
        let watch = HouseRules::built_in().unwrap().watch([7; 16]).unwrap();
        let watched = Watched {
            stream: "decisions",
            folder: self.data.evidence(),
            log: Arc::clone(&streams.decisions),
            watch,
            incidents: Some(Arc::clone(&self.incidents)),
            suppressions,
        };
        let desk = Desk {
            decisions: Arc::clone(&streams.decisions),
            folder: self.data.evidence(),
            telemetry: Arc::clone(&streams.telemetry),
            source: Arc::new(NothingSealed),
            indicators: SharedIndicators::default(),
            followed: Arc::default(),
        };
        Watching::start(watched, desk).unwrap()
    }

    fn findings(&self) -> Vec<FindingRaised> {
        let log = &self.logs.streams.decisions;
        let payloads = log.reader(0).unwrap().map(|record| record.unwrap().payload);
        let events = payloads.map(|payload| Event::from_bytes(&payload).unwrap());
        let findings = events.filter_map(|event| match event {
            Event::FindingRaised(raised) => Some(raised),
            _ => None,
        });
        findings.collect()
    }

    /// Waits until so many entries are among decisions.
    fn wait_for(&self, entries: u64) {
        while self.logs.streams.decisions.size() < entries {
            thread::yield_now();
        }
    }

    fn person(&self) -> bool {
        let incidents = self.incidents.read().unwrap();
        let open = incidents.open_incidents();
        let mut entities = open.iter().flat_map(|incident| &incident.entities);
        entities.any(|it| it.kind == EntityKind::Person && it.id == "dr-ada")
    }
}

#[test]
fn what_is_found_is_kept_once_and_becomes_an_incident_whatever_is_forgotten() {
    let place = tempfile::tempdir().unwrap();
    let house = House::open(place.path());
    let watching = house.watch();
    let decisions = Arc::clone(&house.logs.streams.decisions);
    for second in 0..10 {
        append(&decisions, &refused(), 1_000 + second);
    }
    // The log says that time has passed: nothing earlier is to be waited for.
    append(&decisions, &Event::Quiet, 1_060);
    let kept = decisions.size();
    house.wait_for(kept + 1);
    let findings = house.findings();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].stream, "decisions");
    assert_eq!(findings[0].title, "Many refusals of one person");
    while !house.person() {
        thread::yield_now();
    }
    // A crash: nothing was written down, and all is seen again.
    drop(watching.end());
    house.logs.close().unwrap();
    drop((house, decisions));
    let house = House::open(place.path());
    let watching = house.watch();
    while !house.person() {
        thread::yield_now();
    }
    let (log, snapshot) = watching.end().unwrap();
    assert_eq!(house.findings(), findings, "kept once");
    // In good order: what was written down is believed.
    house.logs.close().unwrap();
    write_down(&log, &snapshot);
    drop((log, house));
    let house = House::open(place.path());
    let watching = house.watch();
    while !house.person() {
        thread::yield_now();
    }
    drop(watching.end());
    assert_eq!(house.findings(), findings);
}

#[test]
fn suppressions_follow_the_configuration_through_the_log() {
    let place = tempfile::tempdir().unwrap();
    let house = House::open(place.path());
    let scanner = Suppression {
        id: "scanner".to_owned(),
        finding: Some("scan".to_owned()),
        entity: None,
        reason: "the network team's own".to_owned(),
        by: "rssi".to_owned(),
        until_us: i64::MAX,
        level_max: event::Level::Medium,
    };
    let expired = Suppression {
        id: "old".to_owned(),
        until_us: 1,
        ..scanner.clone()
    };
    let in_force = |house: &House| {
        let incidents = house.incidents.read().unwrap();
        incidents.suppressions().keys().cloned().collect::<Vec<_>>()
    };
    let watching = house.watch_but(vec![scanner.clone(), expired]);
    while in_force(&house) != ["scanner"] {
        thread::yield_now();
    }
    drop(watching.end());
    let kept = house.logs.streams.decisions.size();
    // Without it, it is lifted; nothing else was kept.
    let watching = house.watch_but(Vec::new());
    while !in_force(&house).is_empty() {
        thread::yield_now();
    }
    drop(watching.end());
    assert_eq!(house.logs.streams.decisions.size(), kept + 1);
}
