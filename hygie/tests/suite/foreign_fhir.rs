//! In front of a FHIR server that nobody here wrote.
//!
//! `cargo xtask test` installs that server and insists on it (`HYGIE_REQUIRE_FOREIGN`); where it is
//! not installed these tests say so and hold.

use event::{Event, Outcome};
use serde_json::json;

use crate::client::{Answer, Ask};
use crate::demo::assert_challenged;
use crate::hfs::Hfs;
use crate::hospital::Hospital;
use crate::kept::{access_at, event_at, holds};
use crate::program::{printed, run, text};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p-1","name":[{"family":"Essai"}]}"#;
const STRANGER: &str = r#"{"resourceType":"Patient","id":"p-2","name":[{"family":"Autre"}]}"#;

/// Without its search parameters this server ignores filters and answers with everything, which
/// would make every later test of a search meaningless.
#[test]
fn the_foreign_server_filters() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    for id in ["p-1", "Patient/p-1"] {
        let found = server.read(&format!("/Observation?patient={id}"));
        assert_eq!(found.matches(r#""fullUrl""#).count(), 2, "{found}");
    }
    for nothing in [
        "/Observation?patient=nobody",
        "/Observation?patient=p-1&code=absent",
    ] {
        let found = server.read(nothing);
        assert!(found.contains(r#""type":"searchset""#), "{found}");
        assert!(
            !found.contains(r#""fullUrl""#),
            "{nothing} found something: {found}"
        );
    }
}

#[test]
fn the_door_opens_a_foreign_record_to_those_who_treat() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    let token = hospital.token("doctor");
    let ask = |target: &str| door.client.get(&format!("/fhir{target}"), &token);
    let access = |answer: &Answer| access_at(&hospital.data(), answer.evidence());

    let read = ask("/Patient/p-1");
    assert_eq!(read.status, 200, "{}", read.text());
    assert_eq!(read.json()["name"][0]["family"], "Essai");
    assert_eq!(access(&read).disclosed.resources, 1);

    let mut found: Vec<_> = ask("/Observation?patient=p-1").resources();
    found.sort_by_key(|it| it["id"].to_string());
    let ids: Vec<_> = found.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["o-1", "o-2"]);
    // The door passes conditions on, and the server finds by them.
    for (narrowed, expected) in [
        ("code=8867-4", 2),
        ("code=http://loinc.org%7C8867-4&status=final", 2),
        ("code=absent", 0),
        ("_id=o-1", 1),
        ("code=8867-4&code=absent", 0),
        ("code=absent,8867-4&_sort=-_lastUpdated", 2),
    ] {
        let found = ask(&format!("/Observation?patient=p-1&{narrowed}"));
        assert_eq!(
            found.resources().len(),
            expected,
            "{narrowed}: {}",
            found.text()
        );
    }
    assert_eq!(ask("/Observation/o-1").json()["id"], "o-1");
    let nothing = ask("/Condition?patient=p-1");
    assert_eq!((nothing.status, nothing.resources().len()), (200, 0));
    assert_eq!(access(&nothing).disclosed.resources, 0);

    let refused = ask("/Patient/p-2");
    assert_challenged(&refused, &json!("p-2"));
    assert_eq!(access(&refused).outcome, Outcome::Breakable);
    assert_challenged(&ask("/Observation?patient=p-2"), &json!("p-2"));
    let hidden = ask("/Observation/o-3");
    assert_eq!(
        (hidden.status, hidden.reason().as_str()),
        (404, "not-found-or-not-open")
    );
    assert_eq!(access(&hidden).disclosed.withheld, 1);
    assert_eq!(ask("/Observation/none").status, 404);

    let declaration = json!({ "patient": "p-2", "reason": "unconscious-patient", "text": "" });
    let declared = door
        .client
        .ask(&Ask::post_json("/break-glass", &declaration).bearer(&token));
    assert_eq!(declared.status, 201, "{}", declared.text());
    let Event::GlassDeclared(kept) = event_at(&hospital.data(), declared.evidence().unwrap())
    else {
        panic!("no declaration");
    };
    let opened = ask("/Patient/p-2");
    assert_eq!(opened.json()["name"][0]["family"], "Autre");
    assert_eq!(access(&opened).glass, Some(kept.glass));
    assert_eq!(ask("/Observation?patient=p-2").resources().len(), 1);

    assert!(door.program.stop().success());
    holds(&hospital.data(), "evidence");
    let data = hospital.data();
    let shown = run(&[
        "evidence",
        "show",
        "--data",
        text(&data),
        "--patient",
        "p-2",
        "--json",
    ]);
    let shown = printed(&shown);
    let opened = format!("\"request\":\"{}\"", opened.request());
    assert!(shown.contains(&opened), "{shown}");
}

#[test]
fn everything_of_a_foreign_record_is_shown_or_refused_whole() {
    let Some(server) = Hfs::start() else { return };
    load(&server);
    let hospital = Hospital::in_front_of(&server.url());
    let door = hospital.open();
    let whole = door
        .client
        .get("/fhir/Patient/p-1/$everything", &hospital.token("doctor"));
    let mut ids: Vec<_> = whole
        .resources()
        .iter()
        .map(|it| it["id"].to_string())
        .collect();
    ids.sort();
    assert_eq!(ids, ["\"o-1\"", "\"o-2\"", "\"p-1\""]);
    let kept = access_at(&hospital.data(), whole.evidence());
    assert_eq!(
        (kept.asked.action.as_str(), kept.disclosed.resources),
        ("everything", 3)
    );
}

/// Two patients; one has two observations, the other one.
fn load(server: &Hfs) {
    server.put("/Patient/p-1", PATIENT);
    server.put("/Patient/p-2", STRANGER);
    for (id, patient) in [("o-1", "p-1"), ("o-2", "p-1"), ("o-3", "p-2")] {
        let observation = format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"final",
                "code":{{"coding":[{{"system":"http://loinc.org","code":"8867-4"}}]}},
                "subject":{{"reference":"Patient/{patient}"}},
                "valueQuantity":{{"value":72,"unit":"/min"}}}}"#
        );
        server.put(&format!("/Observation/{id}"), &observation);
    }
}
