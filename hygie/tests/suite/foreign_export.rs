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

/// The ids in the file of one type, in order.
fn file_of(get: impl Fn(&str) -> Answer, job: &str, name: &str) -> Vec<String> {
    let manifest = get(job).json();
    let output = manifest["output"].as_array().unwrap().clone();
    let file = output.iter().find(|file| file["type"] == name).unwrap();
    let url = file["url"].as_str().unwrap();
    let lines = get(url.strip_prefix(PUBLIC_URL).unwrap());
    assert_eq!(lines.status, 200, "{}", lines.text());
    let id_of = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].clone();
    let mut ids: Vec<String> = lines
        .text()
        .lines()
        .map(|line| id_of(line).as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

#[test]
fn a_group_and_the_system_are_exported_within_what_may_be_told() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let group = |id: &str, members: &[(&str, bool)]| {
        let members: Vec<Value> = members
            .iter()
            .map(|(patient, inactive)| {
                let reference = format!("Patient/{patient}");
                json!({ "entity": { "reference": reference }, "inactive": inactive })
            })
            .collect();
        let group = json!({ "resourceType": "Group", "id": id, "type": "person",
            "actual": true, "member": members });
        server.put(&format!("/Group/{id}"), &group.to_string());
    };
    group("ward", &[("p-1", false), ("p-2", true)]);
    group("strangers", &[("p-1", false), ("p-unknown", false)]);
    let place = json!({ "resourceType": "Organization", "id": "o-1", "name": "North" });
    server.put("/Organization/o-1", &place.to_string());
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    let coder = hospital.provider.token_for("coder", "s-coder", "HPAYMT");
    let get = |target: &str| -> Answer {
        let ask = Ask::get(target).header("prefer", "respond-async");
        door.client.ask(&ask.bearer(&coder))
    };
    let job_of = |target: &str| {
        let begun = get(target);
        assert_eq!(begun.status, 202, "{}", begun.text());
        let job = begun.header("content-location").unwrap();
        job.strip_prefix(PUBLIC_URL).unwrap().to_owned()
    };
    // Of its members only those who are still in it.
    let job = job_of("/fhir/Group/ward/$export?_type=Encounter");
    assert_eq!(file_of(get, &job, "Encounter"), ["e-p-1-1"]);
    // A group with somebody whom the group does not follow tells nothing, not even who is in it.
    for absent in ["strangers", "nobody"] {
        let refused = get(&format!("/fhir/Group/{absent}/$export"));
        assert_eq!(
            (refused.status, refused.reason().as_str()),
            (404, "not-found"),
            "{absent}"
        );
    }
    // The system adds what belongs to nobody.
    let job = job_of("/fhir/$export?_type=Encounter,Organization");
    assert_eq!(file_of(get, &job, "Encounter"), ["e-p-1-1", "e-p-2-1"]);
    assert_eq!(file_of(get, &job, "Organization"), ["o-1"]);
    let refused = door.client.ask(
        &Ask::get("/fhir/$export")
            .header("prefer", "respond-async")
            .bearer(&hospital.token("doctor")),
    );
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(door.program.stop().success());
    holds(&hospital.data(), "evidence");
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
