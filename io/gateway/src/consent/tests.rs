use hospital::DirectoryLimits;
use serde_json::{Value, json};
use wire::limits::ConsentLimits;

use super::*;

fn directory() -> Directory {
    let json = json!({
        "establishments": [{"id": "north", "name": "N", "units": [{"id": "cardio", "name": "C"}]}],
        "persons": [{"id": "d-1", "name": "A", "profession": "physician"}],
        "patients": [{"id": "p-1"}],
    });
    Directory::from_json(json.to_string().as_bytes(), &DirectoryLimits::DEFAULT).unwrap()
}

fn entry_of(status: &str, provision: &Value) -> Option<Consent> {
    let json = json!({
        "resourceType": "Consent", "id": "c-1", "status": status, "dateTime": "2026-01-01",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope",
                              "code": "patient-privacy"}]},
        "patient": {"reference": "Patient/p-1"}, "provision": provision,
    });
    let read = fhir::Consent::read(json.to_string().as_bytes(), &[], &ConsentLimits::DEFAULT);
    entry(&read.unwrap(), &directory())
}

fn provision(effect: &str, recipients: &[&str], purposes: &[&str]) -> Value {
    let actor = |reference: &&str| {
        json!({"role": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
                                    "code": "IRCP"}]},
               "reference": {"reference": reference}})
    };
    let purpose = |code: &&str| json!({"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": code});
    json!({"type": effect, "actor": recipients.iter().map(actor).collect::<Vec<_>>(),
           "purpose": purposes.iter().map(purpose).collect::<Vec<_>>()})
}

#[test]
fn recipients_become_those_of_the_group() {
    let told = |reference: &str| {
        let entry = entry_of("active", &provision("permit", &[reference], &["TREAT"])).unwrap();
        serde_json::to_value(&entry.provision).unwrap()
    };
    for (reference, recipient) in [
        ("Practitioner/d-1", json!({"person": "d-1"})),
        ("Organization/north", json!({"establishment": "north"})),
        ("Organization/cardio", json!({"unit": "cardio"})),
    ] {
        assert_eq!(
            told(reference),
            json!({"effect": "permit", "recipients": [recipient], "purposes": ["TREAT"]})
        );
    }
    for unknown in [
        "Practitioner/d-2",
        "Organization/south",
        "Group/g-1",
        "PractitionerRole/r-1",
    ] {
        assert_eq!(
            told(unknown),
            json!({"effect": "permit", "purposes": ["TREAT"], "residual": true})
        );
    }
}

#[test]
fn what_is_lost_never_widens_a_permit_nor_narrows_a_refusal() {
    let residual = |effect: &str, recipients: &[&str], purposes: &[&str]| {
        let entry = entry_of("active", &provision(effect, recipients, purposes)).unwrap();
        entry.provision.residual
    };
    // A known recipient among unknown ones still has the permit, and nobody else has.
    assert!(!residual("permit", &["Practitioner/d-1", "Group/g"], &[]));
    assert!(residual("deny", &["Practitioner/d-1", "Group/g"], &[]));
    assert!(!residual("permit", &[], &["TREAT", "HMARKT"]));
    assert!(residual("permit", &[], &["HMARKT"]));
    assert!(residual("deny", &[], &["TREAT", "HMARKT"]));
    assert!(!residual("deny", &["Organization/north"], &["TREAT"]));
}

#[test]
fn one_that_is_not_active_is_no_entry_and_an_active_one_fits_the_directory() {
    let permit = provision("permit", &["Practitioner/d-1"], &["TREAT"]);
    assert_eq!(entry_of("inactive", &permit), None);
    let entry = entry_of("active", &permit).unwrap();
    assert_eq!(entry.from, "2026-01-01".parse().unwrap());
    let document = hospital::DirectoryDocument {
        consents: vec![entry],
        ..hospital::DirectoryDocument::from_json(
            br#"{"persons": [{"id": "d-1", "name": "A", "profession": "physician"}],
                 "patients": [{"id": "p-1"}]}"#,
            &DirectoryLimits::DEFAULT,
        )
        .unwrap()
    };
    assert!(Directory::new(document, &DirectoryLimits::DEFAULT).is_ok());
}
