//! Bulk export in front of a FHIR server that nobody here wrote.

use event::Event;
use serde_json::{Value, json};

use crate::client::{Answer, Ask};
use crate::hfs::Hfs;
use crate::hospital::{Hospital, PUBLIC_URL};
use crate::kept::{access_at, events, holds};

fn load(server: &Hfs) {
    let put = |resource: Value| {
        let (name, id) = (&resource["resourceType"], &resource["id"]);
        let path = format!("/{}/{}", name.as_str().unwrap(), id.as_str().unwrap());
        server.put(&path, &resource.to_string());
    };
    let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    for id in ["p-1", "p-2", "p-unknown"] {
        put(json!({ "resourceType": "Patient", "id": id }));
        for (number, label) in [(1, Value::Null), (2, json!("R"))] {
            let mut encounter = json!({
                "resourceType": "Encounter", "id": format!("e-{id}-{number}"), "status": "finished",
                "class": { "code": "IMP" }, "subject": { "reference": format!("Patient/{id}") },
            });
            if !label.is_null() {
                encounter["meta"] = json!({ "security": [{ "system": system, "code": label }] });
            }
            put(encounter);
        }
    }
}

#[test]
fn every_line_is_decided_when_it_is_taken() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    let coder = hospital.provider.token_for("coder", "s-coder", "HPAYMT");
    let get = |target: &str, token: &str| -> Answer {
        door.client.ask(
            &Ask::get(target)
                .header("prefer", "respond-async")
                .bearer(token),
        )
    };
    let begun = get("/fhir/Patient/$export?_type=Encounter", &coder);
    assert_eq!(begun.status, 202, "{}", begun.text());
    let kept = access_at(&hospital.data(), begun.evidence());
    assert_eq!((kept.asked.action.as_str(), kept.status), ("export", 202));
    let job = begun.header("content-location").unwrap();
    let job = job.strip_prefix(PUBLIC_URL).unwrap().to_owned();
    let manifest = get(&job, &coder);
    assert_eq!(manifest.status, 200, "{}", manifest.text());
    let output = manifest.json()["output"].clone();
    assert_eq!(output[0]["type"], "Encounter");
    assert_eq!(output.as_array().unwrap().len(), 1);
    let file = output[0]["url"]
        .as_str()
        .unwrap()
        .strip_prefix(PUBLIC_URL)
        .unwrap()
        .to_owned();
    let lines = get(&file, &coder);
    assert_eq!(lines.status, 200, "{}", lines.text());
    assert_eq!(
        lines.header("content-type"),
        Some("application/fhir+ndjson")
    );
    let mut ids: Vec<String> = lines
        .text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].to_string())
        .collect();
    ids.sort();
    // Nothing that is restricted, nothing of a patient whom the group does not follow.
    assert_eq!(ids, ["\"e-p-1-1\"", "\"e-p-2-1\""]);

    // Another person, another session, another purpose, another type: there is no such job.
    let same = hospital.provider.token_for("coder", "s-other", "HPAYMT");
    for other in [hospital.token("doctor"), same] {
        for target in [&job, &file] {
            let refused = get(target, &other);
            assert_eq!(
                (refused.status, refused.reason().as_str()),
                (404, "not-found")
            );
        }
    }
    let wider = file.replace("/Encounter", "/Observation");
    assert_eq!(get(&wider, &coder).status, 404);
    // What a right to read opens is no right to export.
    let refused = get("/fhir/Patient/$export", &hospital.token("doctor"));
    assert_eq!(refused.status, 403, "{}", refused.text());
    let plain = door.client.get("/fhir/Patient/$export", &coder);
    assert_eq!(
        (plain.status, plain.reason().as_str()),
        (400, "export-not-async")
    );

    assert!(door.program.stop().success());
    holds(&hospital.data(), "evidence");
    // The evidence of the file names whom it disclosed, and how much was left out.
    let told: Vec<_> = events(&hospital.data(), "evidence")
        .into_iter()
        .filter_map(|event| match event {
            Event::Access(access) if access.disclosed.resources > 0 => Some(access.disclosed),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].patients.len(), told[0].resources, told[0].withheld),
        (2, 2, 4)
    );
}
