//! Each form of reference, and the near misses that must not pass for a patient of this server.

use super::{Pointed, point};
use crate::fhir::types::ResourceType;

const BASES: [&str; 3] = [
    "https://ehr.test/fhir",
    "http://10.0.0.1:8080/r4/",
    "https://ehr.test/fhir/tenant",
];

#[track_caller]
fn check(text: &str, expected: Pointed<'_>) {
    assert_eq!(point(text, &BASES), expected, "{text:?}");
}

#[test]
fn forms() {
    let patient = ResourceType::parse("Patient").unwrap();
    let group = ResourceType::parse("Group").unwrap();
    for text in [
        "Patient/1",
        "Patient/1/_history/2",
        "https://ehr.test/fhir/Patient/1",
        "https://ehr.test/fhir/Patient/1/_history/7",
        "http://10.0.0.1:8080/r4/Patient/1",
        "https://ehr.test/fhir/tenant/Patient/1",
    ] {
        check(text, Pointed::Own(patient, "1"));
    }
    check("Group/g.1", Pointed::Own(group, "g.1"));
    for text in [
        "https://other.test/fhir/Patient/1",
        "https://ehr.test/fhir2/Patient/1",
        "https://ehr.test/fhir/../x/Patient/1/_history/2",
        "HTTPS://ehr.test/fhir/Patient/1",
    ] {
        let expected = point(text, &BASES);
        assert!(
            matches!(expected, Pointed::Foreign(found) if found == patient)
                || expected == Pointed::Unclear,
            "{text:?} {expected:?}"
        );
    }
    check("#p", Pointed::Contained("p"));
    check("#", Pointed::Contained(""));
    check("urn:uuid:0", Pointed::InBundle("urn:uuid:0"));
    for text in [
        "",
        "Patient",
        "Patient/",
        "/Patient/1",
        "patient/1",
        "Patient/1/",
        "Patient/1/2",
        "Patient/1/_history",
        "Patient/1/_history/",
        "Patient/1#a",
        "Patient/1?x",
        "Patient/..",
        "Patient/a_b",
        "Patient?identifier=a|1",
        "./Patient/1",
        "Alien/1",
        "https://ehr.test/fhir/Patient/1?_format=json",
        "https://ehr.test/fhir",
        "https://other.test/fhir/Alien/1",
    ] {
        check(text, Pointed::Unclear);
    }
    check(
        &format!("https://{}/Patient/1", "a".repeat(2048)),
        Pointed::Unclear,
    );
}
