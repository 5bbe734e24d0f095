//! Writes in front of a FHIR server that nobody here wrote.

use serde_json::{Value, json};

use crate::client::{Answer, Ask, Client};
use crate::hfs::Hfs;
use crate::hospital::Hospital;
use crate::kept::{access_at, holds};

const JSON: &str = "application/fhir+json";

fn load(server: &Hfs) {
    for id in ["p-1", "p-2"] {
        let patient = json!({ "resourceType": "Patient", "id": id });
        server.put(&format!("/Patient/{id}"), &patient.to_string());
        let encounter = json!({
            "resourceType": "Encounter", "id": format!("e-{id}"), "status": "in-progress",
            "class": { "code": "IMP" }, "subject": { "reference": format!("Patient/{id}") },
        });
        server.put(&format!("/Encounter/e-{id}"), &encounter.to_string());
    }
    server.put(
        "/Observation/theirs",
        &observation("p-2", Some("theirs")).to_string(),
    );
}

fn observation(patient: &str, id: Option<&str>) -> Value {
    let mut observation = json!({
        "resourceType": "Observation", "status": "final",
        "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] },
        "subject": { "reference": format!("Patient/{patient}") },
        "valueQuantity": { "value": 71.50, "unit": "/min" },
    });
    if let Some(id) = id {
        observation["id"] = json!(id);
    }
    observation
}

struct Writer<'a> {
    client: &'a Client,
    token: String,
}

impl Writer<'_> {
    fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut ask = Ask::new(method, &format!("/fhir{target}"));
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            ask = ask.header("content-type", JSON);
        }
        for (name, value) in headers {
            ask = ask.header(name, value);
        }
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.client
            .ask(&ask.body(body.as_bytes()).bearer(&self.token))
    }

    fn get(&self, target: &str) -> Answer {
        self.client.get(&format!("/fhir{target}"), &self.token)
    }
}

/// The type and id behind the `Location` of an answer.
fn place(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    let location = answer.header("location").unwrap();
    let (_, below) = location.split_once("/fhir").unwrap();
    below
        .split_once("/_history")
        .map_or(below, |(place, _)| place)
        .to_owned()
}

#[test]
fn a_result_lives_and_dies_through_the_door() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    let doctor = Writer {
        client: &door.client,
        token: hospital.token("doctor"),
    };

    let created = doctor.send("POST", "/Observation", &[], &observation("p-1", None));
    let place = place(&created);
    let kept = access_at(&hospital.data(), created.evidence());
    assert_eq!((kept.asked.action.as_str(), kept.status), ("create", 201));
    assert!(kept.asked.target.patient.is_some());
    let mut read = doctor.get(&place);
    assert_eq!(read.status, 200, "{}", read.text());
    let tag = read.header("etag").unwrap().to_owned();

    let mut changed = read.json();
    changed["status"] = json!("amended");
    let old = [("if-match", "W/\"99\"")];
    let refused = doctor.send("PUT", &place, &old, &changed);
    assert_eq!(
        (refused.status, refused.reason().as_str()),
        (412, "version-conflict")
    );
    let wanted = [
        ("if-match", tag.as_str()),
        ("prefer", "return=representation"),
    ];
    let updated = doctor.send("PUT", &place, &wanted, &changed);
    assert_eq!(updated.status, 200, "{}", updated.text());
    assert_eq!(updated.json()["status"], "amended");

    let patch = json!([{ "op": "replace", "path": "/status", "value": "corrected" }]);
    let media = [("content-type", "application/json-patch+json")];
    let patched = doctor.send("PATCH", &place, &media, &patch);
    assert_eq!(patched.status, 200, "{}", patched.text());
    read = doctor.get(&place);
    assert_eq!(read.json()["status"], "corrected");
    assert_eq!(
        doctor.get(&format!("{place}/_history")).resources().len(),
        3
    );

    let removed = doctor.send("DELETE", &place, &[], &Value::Null);
    assert_eq!(removed.status, 204, "{}", removed.text());
    assert_eq!(
        access_at(&hospital.data(), removed.evidence()).asked.action,
        "delete"
    );
    assert_eq!(doctor.get(&place).status, 404);
    assert!(door.program.stop().success());
    holds(&hospital.data(), "evidence");
}

#[test]
fn no_write_reaches_another_patient() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    let doctor = Writer {
        client: &door.client,
        token: hospital.token("doctor"),
    };
    let nothing: &[(&str, &str)] = &[];
    let before = server.read("/Observation/theirs");

    // Update as create; update, patch and delete of what is hidden: one answer for all of them.
    let patch = json!([{ "op": "replace", "path": "/status", "value": "corrected" }]);
    let patching = &[("content-type", "application/json-patch+json")][..];
    for (method, id, headers, body) in [
        ("PUT", "fresh", nothing, observation("p-1", Some("fresh"))),
        ("PUT", "theirs", nothing, observation("p-1", Some("theirs"))),
        ("PATCH", "theirs", patching, patch.clone()),
        ("PATCH", "fresh", patching, patch),
        ("DELETE", "theirs", nothing, Value::Null),
        ("DELETE", "fresh", nothing, Value::Null),
    ] {
        let refused = doctor.send(method, &format!("/Observation/{id}"), headers, &body);
        let told = (refused.status, refused.reason());
        assert_eq!(
            told,
            (404, "not-found-or-not-open".to_owned()),
            "{method} {id}"
        );
    }
    // A new resource of another patient, or that names what is another patient's, or by a search.
    let stranger = doctor.send("POST", "/Observation", nothing, &observation("p-2", None));
    assert_eq!(stranger.status, 403, "{}", stranger.text());
    for (encounter, code) in [
        ("Encounter/e-p-2", "reference-not-open"),
        ("Encounter/none", "reference-not-open"),
        ("Encounter?identifier=x", "reference-unclear"),
        (
            "urn:uuid:0f0f0f0f-0000-4000-8000-000000000000",
            "reference-unclear",
        ),
    ] {
        let mut new = observation("p-1", None);
        new["encounter"] = json!({ "reference": encounter });
        let refused = doctor.send("POST", "/Observation", nothing, &new);
        assert_eq!(
            (refused.status, refused.reason().as_str()),
            (422, code),
            "{encounter}"
        );
    }
    let mut searched = observation("p-1", None);
    searched["subject"] = json!({ "reference": "Patient?identifier=x" });
    assert_eq!(
        doctor
            .send("POST", "/Observation", nothing, &searched)
            .status,
        422
    );

    // What is there may not move, whether by update or by patch.
    let mine = place(&doctor.send("POST", "/Observation", nothing, &observation("p-1", None)));
    let mut moved = doctor.get(&mine).json();
    moved["subject"] = json!({ "reference": "Patient/p-2" });
    assert_eq!(doctor.send("PUT", &mine, nothing, &moved).status, 403);
    let patch = json!([{ "op": "replace", "path": "/subject/reference", "value": "Patient/p-2" }]);
    assert_eq!(doctor.send("PATCH", &mine, patching, &patch).status, 403);
    moved["subject"] = json!({ "reference": "Patient/p-1" });
    moved["id"] = json!("theirs");
    assert_eq!(doctor.send("PUT", &mine, nothing, &moved).status, 400);

    // Those who may not write do not, and patients come from admissions.
    let student = Writer {
        client: &door.client,
        token: hospital.token("student"),
    };
    assert_eq!(
        student
            .send("POST", "/Observation", nothing, &observation("p-1", None))
            .status,
        403
    );
    let patient = json!({ "resourceType": "Patient" });
    assert_eq!(
        doctor.send("POST", "/Patient", nothing, &patient).status,
        403
    );
    assert_eq!(server.read("/Observation/theirs"), before);
}

/// One entry of a bundle, with its resource.
fn with(method: &str, url: &str, resource: Value) -> Value {
    let mut entry = json!({ "request": { "method": method, "url": url } });
    entry["resource"] = resource;
    entry
}

fn bundle(kind: &str, entries: Vec<Value>) -> Value {
    let mut bundle = json!({ "resourceType": "Bundle", "type": kind });
    bundle["entry"] = Value::Array(entries);
    bundle
}

/// Whoever treats both patients may write in both records, and still moves nothing between them.
#[test]
fn nothing_moves_between_records_that_are_both_open() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let hospital = Hospital::in_front_of(&server.url());
    let file = hospital.place().join("directory.json");
    let text = std::fs::read_to_string(file).unwrap();
    let mut directory: Value = serde_json::from_str(&text).unwrap();
    let mut second = directory["care_teams"][0].clone();
    second["id"] = json!("team-2");
    second["patient"] = json!("p-2");
    directory["care_teams"].as_array_mut().unwrap().push(second);
    hospital.write("directory.json", &directory.to_string());
    let door = hospital.open();
    let doctor = Writer {
        client: &door.client,
        token: hospital.token("doctor"),
    };
    let nothing: &[(&str, &str)] = &[];
    for patient in ["p-1", "p-2"] {
        let new = observation(patient, None);
        let made = doctor.send("POST", "/Observation", nothing, &new);
        assert_eq!(made.status, 201, "{patient}: {}", made.text());
    }
    let mine = place(&doctor.send("POST", "/Observation", nothing, &observation("p-1", None)));
    let before = server.read(&mine);
    let mut moved = doctor.get(&mine).json();
    moved["subject"] = json!({ "reference": "Patient/p-2" });
    let update = doctor.send("PUT", &mine, nothing, &moved);
    let patching = &[("content-type", "application/json-patch+json")][..];
    let patch = json!([{ "op": "replace", "path": "/subject/reference", "value": "Patient/p-2" }]);
    let patch = doctor.send("PATCH", &mine, patching, &patch);
    for refused in [update, patch] {
        assert_eq!(
            (refused.status, refused.reason().as_str()),
            (422, "patient-changed"),
            "{}",
            refused.text()
        );
    }
    assert_eq!(server.read(&mine), before);

    // Nor do the entries of one transaction name each other across records.
    let named = "urn:uuid:1f0f0f0f-0000-4000-8000-000000000001";
    let mut result = with("POST", "Observation", observation("p-1", None));
    result["fullUrl"] = json!(named);
    let report = |patient: &str| {
        let report = json!({
            "resourceType": "DiagnosticReport", "status": "final", "code": { "text": "x" },
            "subject": { "reference": format!("Patient/{patient}") },
            "result": [{ "reference": named }],
        });
        let entries = vec![result.clone(), with("POST", "DiagnosticReport", report)];
        doctor.send("POST", "/", nothing, &bundle("transaction", entries))
    };
    let across = report("p-2");
    assert_eq!(
        (across.status, across.reason().as_str()),
        (422, "reference-not-open"),
        "{}",
        across.text()
    );
    assert_eq!(report("p-1").status, 200);
}

/// What was labelled stays so for those who may not remove it.
#[test]
fn a_label_is_lowered_only_by_who_might_remove_it() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    let mut labelled = observation("p-1", Some("secret"));
    labelled["meta"] = json!({ "security": [{ "system": system, "code": "R" }] });
    server.put("/Observation/secret", &labelled.to_string());
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    let writer = |who: &str| Writer {
        client: &door.client,
        token: hospital.token(who),
    };
    let mut changed = labelled.clone();
    changed["status"] = json!("amended");
    let same = writer("nurse").send("PUT", "/Observation/secret", &[], &changed);
    assert_eq!(same.status, 200, "{}", same.text());
    changed["meta"] = json!({});
    let lowered = writer("nurse").send("PUT", "/Observation/secret", &[], &changed);
    assert_eq!(lowered.status, 403, "{}", lowered.text());
    let lowered = writer("doctor").send("PUT", "/Observation/secret", &[], &changed);
    assert_eq!(lowered.status, 200, "{}", lowered.text());
}

#[test]
fn conditions_find_what_may_be_shown() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    let doctor = Writer {
        client: &door.client,
        token: hospital.token("doctor"),
    };
    let mut new = observation("p-1", None);
    new["identifier"] = json!([{ "system": "urn:x", "value": "one" }]);
    let condition = [("if-none-exist", "identifier=urn:x%7Cone")];
    let first = doctor.send("POST", "/Observation", &condition, &new);
    let place = place(&first);
    let again = doctor.send("POST", "/Observation", &condition, &new);
    assert_eq!(again.status, 200, "{}", again.text());
    assert!(
        again.header("location").unwrap().ends_with(&place),
        "{:?}",
        again.headers
    );
    // A nurse might be told of something that is hidden from her.
    let nurse = Writer {
        client: &door.client,
        token: hospital.token("nurse"),
    };
    let refused = nurse.send("POST", "/Observation", &condition, &new);
    assert_eq!(
        (refused.status, refused.reason().as_str()),
        (403, "chain-reaches-hidden")
    );

    let target = "/Observation?patient=p-1&identifier=urn:x%7Cone";
    let mut changed = doctor.get(&place).json();
    changed["status"] = json!("amended");
    assert_eq!(doctor.send("PUT", target, &[], &changed).status, 200);
    assert_eq!(doctor.get(&place).json()["status"], "amended");
    let absent = "/Observation?patient=p-1&identifier=urn:x%7Cnone";
    assert_eq!(doctor.send("PUT", absent, &[], &changed).status, 404);
    doctor.send("POST", "/Observation", &[], &new);
    let several = doctor.send("DELETE", target, &[], &Value::Null);
    assert_eq!(
        (several.status, several.reason().as_str()),
        (412, "several-match")
    );
    assert_eq!(
        doctor
            .send(
                "DELETE",
                "/Observation?identifier=urn:x%7Cone",
                &[],
                &Value::Null
            )
            .status,
        400
    );
}

#[test]
fn bundles_are_decided_entry_by_entry() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    let doctor = Writer {
        client: &door.client,
        token: hospital.token("doctor"),
    };
    let request = |method: &str, url: &str| json!({ "request": { "method": method, "url": url } });
    let batch = bundle(
        "batch",
        vec![
            request("GET", "Patient/p-1"),
            request("GET", "Patient/p-2"),
            request("GET", "Observation?patient=p-1&_include=*"),
            with("POST", "Observation", observation("p-1", None)),
            with(
                "POST",
                "",
                bundle("batch", vec![request("GET", "Patient/p-1")]),
            ),
        ],
    );
    let answered = doctor.send("POST", "/", &[], &batch);
    assert_eq!(answered.status, 200, "{}", answered.text());
    let answered = answered.json();
    assert_eq!(answered["type"], "batch-response");
    let statuses: Vec<&str> = answered["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["response"]["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["200", "403", "501", "201", "400"]);
    assert_eq!(answered["entry"][0]["resource"]["id"], "p-1");
    let outcome = &answered["entry"][1]["response"]["outcome"];
    assert_eq!(outcome["resourceType"], "OperationOutcome");

    // A transaction: all of it, or nothing.
    let named = "urn:uuid:1f0f0f0f-0000-4000-8000-000000000001";
    let mut report = json!({
        "resourceType": "DiagnosticReport", "status": "final", "code": { "text": "x" },
        "subject": { "reference": "Patient/p-1" }, "result": [{ "reference": named }],
    });
    let mut result = with("POST", "Observation", observation("p-1", None));
    result["fullUrl"] = json!(named);
    let good = bundle(
        "transaction",
        vec![
            result.clone(),
            with("POST", "DiagnosticReport", report.clone()),
        ],
    );
    let done = doctor.send("POST", "/", &[], &good);
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(done.json()["entry"].as_array().unwrap().len(), 2);
    let count = |target: &str| doctor.get(target).json()["total"].clone();
    let observations = "/Observation?patient=p-1&_summary=count";
    let before = count(observations);
    report["subject"] = json!({ "reference": "Patient/p-2" });
    for bad in [
        with("POST", "DiagnosticReport", report),
        with(
            "PUT",
            "Observation/theirs",
            observation("p-1", Some("theirs")),
        ),
        request("GET", "Patient/p-1"),
        request("DELETE", "Observation/theirs"),
    ] {
        let refused = doctor.send(
            "POST",
            "/",
            &[],
            &bundle("transaction", vec![result.clone(), bad]),
        );
        assert!((400..500).contains(&refused.status), "{}", refused.text());
    }
    assert_eq!(count(observations), before);
}
