//! Searches in front of a FHIR server that nobody here wrote: links, pages, forms and versions.

use serde_json::{Value, json};

use crate::client::{Answer, Ask};
use crate::hfs::Hfs;
use crate::hospital::{Hospital, PUBLIC_URL};
use crate::kept::{access_at, holds};

/// Two patients with a stay each; of the first one's results one is very restricted, and one was
/// taken during the stay of the other patient, by mistake.
fn load(server: &Hfs) {
    let put = |resource: Value| {
        let (name, id) = (&resource["resourceType"], &resource["id"]);
        let path = format!("/{}/{}", name.as_str().unwrap(), id.as_str().unwrap());
        server.put(&path, &resource.to_string());
    };
    for id in ["p-1", "p-2"] {
        put(json!({ "resourceType": "Patient", "id": id, "name": [{ "family": "Essai" }] }));
    }
    put(json!({ "resourceType": "Practitioner", "id": "dr", "name": [{ "family": "Curie" }] }));
    put(json!({ "resourceType": "Practitioner", "id": "dr-hiv", "name": [{ "family": "Autre" }] }));
    for (id, patient) in [("e-1", "p-1"), ("e-2", "p-2")] {
        put(json!({
            "resourceType": "Encounter", "id": id, "status": "finished",
            "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP" },
            "subject": { "reference": format!("Patient/{patient}") },
        }));
    }
    for (id, encounter, performer) in [
        ("o-1", "e-1", "dr"),
        ("o-2", "e-1", "dr"),
        ("o-3", "e-2", "dr"),
        ("o-4", "e-1", "dr-hiv"),
    ] {
        put(json!({
            "resourceType": "Observation", "id": id, "status": "final",
            "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] },
            "subject": { "reference": "Patient/p-1" },
            "encounter": { "reference": format!("Encounter/{encounter}") },
            "performer": [{ "reference": format!("Practitioner/{performer}") }],
        }));
    }
    let mut hidden: Value = serde_json::from_str(&server.read("/Observation/o-4")).unwrap();
    let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    hidden["meta"] = json!({ "security": [{ "system": system, "code": "V" }] });
    put(hidden);
    put(json!({
        "resourceType": "DiagnosticReport", "id": "r-1", "status": "final",
        "code": { "text": "x" },
        "subject": { "reference": "Patient/p-1" },
        "result": [{ "reference": "Observation/o-1" }, { "reference": "Observation/o-4" }],
    }));
}

fn keys(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut keys: Vec<String> = answer
        .resources()
        .iter()
        .map(|it| format!("{}/{}", it["resourceType"], it["id"]).replace('"', ""))
        .collect();
    keys.sort();
    keys
}

#[test]
fn links_are_followed_from_what_may_be_shown() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    let ask = |who: &str, target: &str| {
        let token = hospital.token(who);
        door.client.get(&format!("/fhir{target}"), &token)
    };
    let results = ["Observation/o-1", "Observation/o-2", "Observation/o-3"];
    // The nurse does not see what is very restricted, nor whom it would bring along.
    let included = ask(
        "nurse",
        "/Observation?patient=p-1&_include=Observation:performer",
    );
    let with_author = [&results[..], &["Practitioner/dr"]].concat();
    assert_eq!(keys(&included), with_author);
    let included = ask(
        "doctor",
        "/Observation?patient=p-1&_include=Observation:performer",
    );
    assert_eq!(keys(&included).len(), 6);
    // A stay of somebody else's is not brought along, whoever names it.
    let stays = ask(
        "doctor",
        "/Observation?patient=p-1&_include=Observation:encounter",
    );
    assert!(keys(&stays).contains(&"Encounter/e-1".to_owned()));
    assert!(!keys(&stays).contains(&"Encounter/e-2".to_owned()));
    let reports = ask(
        "nurse",
        "/Observation?patient=p-1&_revinclude=DiagnosticReport:result",
    );
    assert!(keys(&reports).contains(&"DiagnosticReport/r-1".to_owned()));

    // Chains: the physician of the team sees whatever they look at; the nurse might be misled.
    let chained = "/Observation?patient=p-1&encounter.class=IMP";
    assert_eq!(
        keys(&ask("doctor", chained)),
        ["Observation/o-1", "Observation/o-2", "Observation/o-4"]
    );
    let refused = ask("nurse", chained);
    assert_eq!(
        (refused.status, refused.reason().as_str()),
        (403, "chain-reaches-hidden")
    );
    assert_eq!(
        access_at(&hospital.data(), refused.evidence()).reasons,
        ["chain-reaches-hidden"]
    );
    let by_author = "/Observation?patient=p-1&performer:Practitioner.family=Curie";
    assert_eq!(keys(&ask("nurse", by_author)), results);
    let reported = "/Observation?patient=p-1&_has:DiagnosticReport:result:status=final";
    assert_eq!(
        keys(&ask("doctor", reported)),
        ["Observation/o-1", "Observation/o-4"]
    );

    // By a condition on the patient, by compartment, by form, without a patient.
    let by_name = ask("nurse", "/Observation?patient.family=Essai");
    assert_eq!(keys(&by_name), results);
    assert_eq!(
        keys(&ask("nurse", "/Patient?family=Essai")),
        ["Patient/p-1"]
    );
    assert_eq!(keys(&ask("nurse", "/Patient/p-1/Observation")), results);
    assert_eq!(keys(&ask("nurse", "/Observation?code=8867-4")), results);
    let form = Ask::new("POST", "/fhir/Observation/_search?patient=p-1")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(b"code=http%3A%2F%2Floinc.org%7C8867-4&_count=5")
        .bearer(&hospital.token("nurse"));
    assert_eq!(keys(&door.client.ask(&form)), results);
    let counted = ask("nurse", "/Observation?patient=p-1&_summary=count").json();
    assert_eq!(
        (&counted["total"], &counted["entry"]),
        (&json!(3), &Value::Null)
    );
    assert!(door.program.stop().success());
    holds(&hospital.data(), "evidence");
}

#[test]
fn pages_are_full_and_theirs_alone() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    let token = hospital.token("nurse");
    let mut target = "/fhir/Observation?patient=p-1&_count=1&_total=accurate".to_owned();
    let mut seen = Vec::new();
    let mut links = Vec::new();
    loop {
        let page = door.client.get(&target, &token);
        seen.extend(keys(&page));
        let page = page.json();
        if seen.len() == 1 {
            assert_eq!(page["total"], 3);
        }
        let next = page["link"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["relation"] == "next");
        let Some(next) = next else { break };
        let next = next["url"].as_str().unwrap();
        target = next.strip_prefix(PUBLIC_URL).unwrap().to_owned();
        assert!(
            !target.contains("p-1"),
            "a page link names the patient: {target}"
        );
        links.push(target.clone());
    }
    seen.sort();
    assert_eq!(
        seen,
        ["Observation/o-1", "Observation/o-2", "Observation/o-3"]
    );
    assert_eq!(links.len(), 2);
    // Every page of every answer is for one person in one session.
    for other in [
        hospital.token("doctor"),
        hospital.provider.token("nurse", "another-session"),
    ] {
        let refused = door.client.get(&links[0], &other);
        assert_eq!(
            (refused.status, refused.reason().as_str()),
            (410, "page-ended")
        );
    }
    let forged = links[0].replace("_page=", "_page=A");
    assert_eq!(door.client.get(&forged, &token).status, 410);
    assert_eq!(keys(&door.client.get(&links[0], &token)).len(), 1);
}

#[test]
fn a_version_is_decided_by_what_it_is_now_as_well() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    let ask = |who: &str, target: &str| {
        let token = hospital.token(who);
        door.client.get(&format!("/fhir{target}"), &token)
    };
    // The label came with the second version; the first one was plain.
    let first = ask("doctor", "/Observation/o-4/_history/1");
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(ask("nurse", "/Observation/o-4/_history/1").status, 404);
    assert_eq!(ask("nurse", "/Observation/o-4/_history").status, 404);
    let history = ask("doctor", "/Observation/o-4/_history");
    assert_eq!(history.json()["type"], "history");
    assert_eq!(history.resources().len(), 2, "{}", history.text());
    let whole = ask("nurse", "/Observation/o-1/_history");
    assert_eq!(whole.resources().len(), 1, "{}", whole.text());
    // What the client has already is not sent again, but only to one who may see it.
    let current = ask("nurse", "/Observation/o-1");
    let tag = current.header("etag").unwrap().to_owned();
    let again = Ask::get("/fhir/Observation/o-1")
        .header("if-none-match", &tag)
        .bearer(&hospital.token("nurse"));
    let again = door.client.ask(&again);
    assert_eq!((again.status, again.body.len()), (304, 0));
    let stranger = Ask::get("/fhir/Observation/o-1")
        .header("if-none-match", &tag)
        .bearer(&hospital.token("elsewhere"));
    assert_eq!(door.client.ask(&stranger).status, 404);
}

#[test]
fn a_document_is_of_whoever_it_belongs_to() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let binary = |id: &str, more: Value| {
        let mut binary = json!({
            "resourceType": "Binary", "id": id, "contentType": "text/plain", "data": "c2VjcmV0",
        });
        for (name, value) in more.as_object().unwrap() {
            binary[name] = value.clone();
        }
        server.put(&format!("/Binary/{id}"), &binary.to_string());
    };
    let of = |name: &str| json!({ "securityContext": { "reference": name } });
    let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    let label = json!({ "security": [{ "system": system, "code": "V" }] });
    binary("mine", of("Patient/p-1"));
    binary("theirs", of("Patient/p-2"));
    binary("of-hidden", of("Observation/o-4"));
    let mut labelled = of("Patient/p-1");
    labelled["meta"] = label;
    binary("labelled", labelled);
    binary("loose", json!({}));
    binary("other", json!({}));
    for (id, patient, attached) in [("d-1", "p-1", "loose"), ("d-2", "p-2", "other")] {
        let document = json!({
            "resourceType": "DocumentReference", "id": id, "status": "current",
            "subject": { "reference": format!("Patient/{patient}") },
            "content": [{ "attachment": { "url": format!("Binary/{attached}") } }],
        });
        server.put(&format!("/DocumentReference/{id}"), &document.to_string());
    }
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    for (who, id, context, status) in [
        ("nurse", "mine", "", 200),
        ("nurse", "theirs", "", 404),
        ("nurse", "of-hidden", "", 404),
        ("doctor", "of-hidden", "", 200),
        ("nurse", "labelled", "", 404),
        ("doctor", "labelled", "", 200),
        // A student may see who the patient is, and no document because of that.
        ("student", "labelled", "", 404),
        ("nurse", "loose", "", 404),
        ("nurse", "loose", "DocumentReference/d-1", 200),
        ("nurse", "other", "DocumentReference/d-1", 404),
        ("nurse", "other", "DocumentReference/d-2", 404),
        ("nurse", "loose", "Observation/o-1", 404),
        // What the document says of itself comes first.
        ("nurse", "theirs", "DocumentReference/d-1", 404),
    ] {
        let mut ask = Ask::get(&format!("/fhir/Binary/{id}")).bearer(&hospital.token(who));
        if !context.is_empty() {
            ask = ask.header("x-security-context", context);
        }
        let answer = door.client.ask(&ask);
        assert_eq!(
            answer.status,
            status,
            "{who} {id} {context}: {}",
            answer.text()
        );
        assert_eq!(answer.text().contains("c2VjcmV0"), status == 200);
    }
}
