//! Golden files of FHIR resources, through the directory to what a person may then be.

use event::{PatientSealer, SealKeys};
use hospital::DirectoryLimits;
use serde_json::{Value, json};

use super::*;
use crate::import::Kind;

const GROUP: &str = r#"{
  "establishments": [{"id": "north", "name": "N", "units": [
    {"id": "med", "name": "M"}, {"id": "icu", "name": "I"}]}],
  "persons": [
    {"id": "nurse", "name": "N", "profession": "nurse",
     "posts": [{"establishment": "north", "unit": "med", "from": "2020-01-01"}]},
    {"id": "dr", "name": "D", "profession": "physician",
     "posts": [{"establishment": "north", "from": "2020-01-01"}]}
  ]
}"#;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A directory that follows files.
struct House {
    directory: SharedDirectory,
    sealer: PatientSealer,
}

impl House {
    fn new() -> Self {
        let directory =
            hospital::Directory::from_json(GROUP.as_bytes(), &DirectoryLimits::DEFAULT).unwrap();
        Self {
            directory: SharedDirectory::new(directory),
            sealer: PatientSealer::new(&SealKeys::from_secret(&[3; 32])),
        }
    }

    /// Imports resources, one in each line, at an instant.
    fn import(&self, now: &str, resources: &[Value]) -> Imported {
        let lines: Vec<_> = resources.iter().map(Value::to_string).collect();
        self.import_bytes(now, lines.join("\n").as_bytes())
    }

    fn import_bytes(&self, now: &str, bytes: &[u8]) -> Imported {
        let context = Context {
            sealer: &self.sealer,
            now: at(now),
        };
        let imported = Kind::Care.read(bytes, context, &self.directory);
        for change in &imported.changes {
            self.directory.apply(change.clone());
        }
        imported
    }

    /// What holds between a person and the patient at each of some instants: the team and role,
    /// or the unit.
    fn told(&self, person: &str, instants: &[&str]) -> Vec<String> {
        let directory = self.directory.read();
        let told = instants.iter().map(|instant| {
            let (person, patient) = (person.parse().unwrap(), "p1".parse().unwrap());
            let relation = directory.relation(&person, &patient, at(instant));
            match (relation.care_team, relation.encounter_unit) {
                (Some(team), _) => format!("{}/{}", team.team, team.role),
                (None, Some(unit)) => unit.to_string(),
                (None, None) => String::new(),
            }
        });
        told.collect()
    }
}

fn encounter(status: &str, until: Option<&str>) -> Value {
    let mut period = json!({ "start": "2026-03-02T10:00:00Z" });
    if let Some(until) = until {
        period["end"] = until.into();
    }
    json!({
        "resourceType": "Encounter", "id": "e1", "status": status, "period": period,
        "meta": { "lastUpdated": "2026-03-02T10:05:00Z" },
        "subject": { "reference": "Patient/p1" },
        "location": [{ "location": { "reference": "Location/med" } }],
        "participant": [{ "individual": { "reference": "Practitioner/dr" } }],
    })
}

#[test]
fn an_encounter_opens_and_closes() {
    let house = House::new();
    let instants = [
        "2026-03-02T09:59:59Z",
        "2026-03-02T10:00:00Z",
        "2026-03-04T00:00:00Z",
    ];
    house.import("2026-03-02T11:00:00Z", &[encounter("planned", None)]);
    assert_eq!(house.told("nurse", &instants), ["", "", ""]);
    let mut begun = encounter("in-progress", None);
    begun["meta"]["lastUpdated"] = "2026-03-02T10:06:00Z".into();
    house.import("2026-03-02T11:00:00Z", &[begun.clone()]);
    assert_eq!(house.told("nurse", &instants), ["", "med", "med"]);
    assert_eq!(
        house.told("dr", &instants),
        ["", "encounter/member", "encounter/member"]
    );
    let mut finished = encounter("finished", Some("2026-03-03T00:00:00Z"));
    finished["meta"]["lastUpdated"] = "2026-03-03T00:10:00Z".into();
    house.import("2026-03-03T01:00:00Z", &[finished.clone()]);
    assert_eq!(house.told("nurse", &instants), ["", "med", ""]);
    // An older version that comes late changes nothing.
    house.import("2026-03-03T02:00:00Z", &[begun]);
    assert_eq!(house.told("nurse", &instants), ["", "med", ""]);
    finished["status"] = "entered-in-error".into();
    finished["meta"]["lastUpdated"] = "2026-03-03T00:11:00Z".into();
    house.import("2026-03-03T01:00:00Z", &[finished]);
    assert_eq!(house.told("nurse", &instants), ["", "", ""]);
}

#[test]
fn a_care_circle_follows_who_comes_and_goes() {
    let house = House::new();
    let circle = json!({
        "resourceType": "CareTeam", "id": "c1", "status": "active",
        "meta": { "lastUpdated": "2026-03-20T00:00:00Z" },
        "subject": { "reference": "Patient/p1" }, "period": { "start": "2026-03-01" },
        "participant": [
            { "member": { "reference": "PractitionerRole/pr1" },
              "role": [{ "coding": [{ "code": "310" }] }],
              "period": { "start": "2026-03-02", "end": "2026-03-05" } },
            { "member": { "reference": "PractitionerRole/pr1" }, "period": { "start": "2026-03-10" } },
        ],
    });
    let role = json!({
        "resourceType": "PractitionerRole", "id": "pr1",
        "practitioner": { "reference": "Practitioner/dr" },
        "organization": { "reference": "Organization/north" },
        "location": [{ "reference": "Location/icu" }],
        "period": { "start": "2026-01-01" },
    });
    // The team stands before the role that it names.
    let imported = house.import("2026-03-20T10:00:00Z", &[circle, role]);
    assert!(imported.bad.is_empty(), "{:?}", imported.bad);
    let instants = [
        "2026-03-01T12:00:00Z",
        "2026-03-05T12:00:00Z",
        "2026-03-06T00:00:00Z",
        "2026-03-10T00:00:00Z",
    ];
    assert_eq!(
        house.told("dr", &instants),
        ["", "care-team/310", "", "care-team/member"]
    );
    let directory = house.directory.read();
    let posts = &directory.person(&"dr".parse().unwrap()).unwrap().posts;
    assert_eq!(posts.len(), 2, "the role is a post");
}

#[test]
fn an_appointment_has_a_time_before_and_after() {
    let house = House::new();
    let booked = |status: &str, updated: &str| {
        json!({
            "resourceType": "Appointment", "id": "a1", "status": status,
            "meta": { "lastUpdated": updated },
            "start": "2026-03-12T10:00:00Z", "end": "2026-03-12T11:00:00Z",
            "participant": [
                { "actor": { "reference": "Patient/p1" } },
                { "actor": { "reference": "Practitioner/dr" } },
                { "actor": { "reference": "Location/med" } },
            ],
        })
    };
    house.import(
        "2026-03-20T00:00:00Z",
        &[booked("booked", "2026-03-01T00:00:00Z")],
    );
    let instants = [
        "2026-03-10T09:59:59Z",
        "2026-03-10T10:00:00Z",
        "2026-03-19T10:59:59Z",
        "2026-03-19T11:00:00Z",
    ];
    let open = ["", "appointment/member", "appointment/member", ""];
    assert_eq!(house.told("dr", &instants), open);
    assert_eq!(house.told("nurse", &instants), ["", "med", "med", ""]);
    // Cancelled while it was being prepared: it was prepared until then.
    house.import(
        "2026-03-20T00:00:00Z",
        &[booked("cancelled", "2026-03-11T00:00:00Z")],
    );
    assert_eq!(
        house.told("dr", &instants),
        ["", "appointment/member", "", ""]
    );
}

#[test]
fn an_order_ends_when_it_is_done_or_long_past() {
    let house = House::new();
    let order = |status: &str, updated: &str| {
        json!({
            "resourceType": "ServiceRequest", "id": "s1", "status": status, "intent": "order",
            "meta": { "lastUpdated": updated },
            "subject": { "reference": "Patient/p1" }, "authoredOn": "2026-03-02T10:00:00Z",
            "performer": [{ "reference": "Practitioner/dr" }],
        })
    };
    let instants = [
        "2026-03-02T10:00:00Z",
        "2026-03-20T00:00:00Z",
        "2026-04-01T09:59:59Z",
        "2026-04-01T10:00:00Z",
    ];
    house.import(
        "2026-05-01T00:00:00Z",
        &[order("active", "2026-03-02T10:00:00Z")],
    );
    let open = "service-request/member";
    assert_eq!(house.told("dr", &instants), [open, open, open, ""]);
    house.import(
        "2026-05-01T00:00:00Z",
        &[order("completed", "2026-03-10T00:00:00Z")],
    );
    assert_eq!(house.told("dr", &instants), [open, "", "", ""]);
}

#[test]
fn what_cannot_be_taken_is_named_and_the_rest_is() {
    let house = House::new();
    let mut nobody = encounter("in-progress", None);
    nobody["subject"] = Value::Null;
    let role = json!({
        "resourceType": "PractitionerRole", "id": "pr9",
        "practitioner": { "reference": "Practitioner/dr" },
        "organization": { "reference": "Organization/elsewhere" },
    });
    let other = json!({ "resourceType": "Observation" });
    let good = encounter("in-progress", None);
    let lines = [nobody, role, other, good.clone()].map(|it| it.to_string());
    let text = format!("{}\n\n{{\n{}\n", lines[..3].join("\n"), lines[3]);
    let imported = house.import_bytes("2026-03-02T11:00:00Z", text.as_bytes());
    let bad: Vec<_> = imported.bad.iter().map(ToString::to_string).collect();
    assert_eq!(
        bad,
        [
            "1: patient-unidentified",
            "5: resource-malformed",
            "2: unit-unknown"
        ]
    );
    assert_eq!((imported.changes.len(), imported.passed_over), (1, 1));
    assert_eq!(house.told("nurse", &["2026-03-02T12:00:00Z"]), ["med"]);
    // The same as a bundle.
    let bundle = json!({ "resourceType": "Bundle", "entry": [{ "resource": good }] });
    let imported = House::new().import("2026-03-02T11:00:00Z", &[bundle]);
    assert_eq!((imported.changes.len(), imported.bad.len()), (1, 0));
}
