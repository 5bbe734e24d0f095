//! In front of a FHIR server that nobody here wrote.
//!
//! `cargo xtask test` installs that server and runs these tests (step `foreign`); elsewhere they
//! are ignored.
#![expect(
    clippy::unwrap_used,
    reason = "a server that does not answer stops the test"
)]

mod hfs;

use hfs::Hfs;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p-1","name":[{"family":"Essai"}]}"#;
const STRANGER: &str = r#"{"resourceType":"Patient","id":"p-2","name":[{"family":"Autre"}]}"#;

/// Without its search parameters this server ignores filters and answers with everything, which
/// would make every later test of a search meaningless.
#[test]
#[ignore = "needs the server that `cargo xtask test` installs"]
fn the_foreign_server_filters() {
    let server = Hfs::start();
    load(&server);
    for id in ["p-1", "Patient/p-1"] {
        let found = server.read(&format!("/Observation?patient={id}"));
        assert_eq!(found.matches(r#""fullUrl""#).count(), 2, "{found}");
    }
    for nothing in [
        "/Observation?patient=p-2",
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

/// Two patients, one of whom has two observations.
fn load(server: &Hfs) {
    server.put("/Patient/p-1", PATIENT);
    server.put("/Patient/p-2", STRANGER);
    for id in ["o-1", "o-2"] {
        let observation = format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"final",
                "code":{{"coding":[{{"system":"http://loinc.org","code":"8867-4"}}]}},
                "subject":{{"reference":"Patient/p-1"}},
                "valueQuantity":{{"value":72,"unit":"/min"}}}}"#
        );
        server.put(&format!("/Observation/{id}"), &observation);
    }
}
