//! Small answers, each with what it discloses or why it cannot be read.

use std::collections::BTreeSet;

use super::*;

const BASES: [&str; 1] = ["https://ehr.test/fhir"];

fn one(body: &str) -> Resource<'_> {
    match read(body.as_bytes(), &BASES, &AnswerLimits::DEFAULT) {
        Ok(Answer::Resource(resource)) => resource,
        other => panic!("{body}: {other:?}"),
    }
}

fn page(body: &str) -> Bundle<'_> {
    match read(body.as_bytes(), &BASES, &AnswerLimits::DEFAULT) {
        Ok(Answer::Bundle(bundle)) => bundle,
        other => panic!("{body}: {other:?}"),
    }
}

fn ids(names: &[&str]) -> BTreeSet<Id> {
    names.iter().map(|name| Id::parse(name).unwrap()).collect()
}

#[track_caller]
fn check(body: &str, membership: &Membership, mentions: &[&str]) {
    let resource = one(body);
    assert_eq!(
        (&resource.membership, &resource.mentions),
        (membership, &ids(mentions)),
        "{body}"
    );
    assert_eq!(resource.raw, body);
}

#[track_caller]
fn check_unreadable(body: &[u8], expected: Unreadable) {
    let limits = AnswerLimits {
        body_bytes_max: 4096,
        depth_max: 8,
        entries_max: 2,
        keys_max: 8,
        references_max: 3,
    };
    let shown = String::from_utf8_lossy(body);
    assert_eq!(
        read(body, &BASES, &limits).map(|_| ()),
        Err(expected),
        "{shown}"
    );
}

#[test]
fn membership_comes_from_the_compartment_only() {
    let of = |names: &[&str]| Membership::Patients(ids(names));
    check(r#"{"resourceType":"Patient","id":"1"}"#, &of(&["1"]), &[]);
    check(
        r#"{"resourceType":"Patient","id":"1","link":[{"other":{"reference":"Patient/2"}}]}"#,
        &of(&["1"]),
        &["2"],
    );
    check(
        r#"{"resourceType":"Observation","subject":{"reference":"Patient/1"},"performer":[{"reference":"Practitioner/9"},{"reference":"Patient/2"}]}"#,
        &of(&["1", "2"]),
        &[],
    );
    check(
        r#"{"resourceType":"Observation","subject":{"reference":"https://ehr.test/fhir/Patient/1/_history/3"},"focus":[{"reference":"Patient/2"}],"extension":[{"url":"x","valueReference":{"reference":"Patient\/3"}}]}"#,
        &of(&["1"]),
        &["2", "3"],
    );
    check(
        r#"{"resourceType":"Appointment","participant":[{"actor":{"reference":"Location/1"}},{"actor":{"reference":"Patient/1"}}]}"#,
        &of(&["1"]),
        &[],
    );
    check(
        r#"{"resourceType":"Observation","focus":[{"reference":"Patient/1"}]}"#,
        &Membership::Orphan,
        &["1"],
    );
    check(
        r#"{"resourceType":"Observation","subject":{"reference":"Group/1"}}"#,
        &Membership::Orphan,
        &[],
    );
    check(
        r#"{"resourceType":"Observation","subject":{"extension":[{"url":"x","valueReference":{"reference":"Patient/1"}}]}}"#,
        &Membership::Orphan,
        &["1"],
    );
    check(
        r#"{"resourceType":"Practitioner","extension":[{"url":"x","valueReference":{"reference":"Patient/1"}}]}"#,
        &Membership::Open,
        &["1"],
    );
    check(
        r#"{"resourceType":"Device","patient":{"reference":"Patient/1"}}"#,
        &Membership::Closed,
        &[],
    );
    check(
        r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}"#,
        &Membership::Outcome,
        &[],
    );
    check(
        r#"{"subject":{"reference":"Patient/1"},"resourceType":"Condition"}"#,
        &of(&["1"]),
        &[],
    );
    check(
        r##"{"resourceType":"MedicationRequest","contained":[{"resourceType":"Medication","id":"m"},{"resourceType":"Coverage","id":"c","beneficiary":{"reference":"Patient/2"}}],"subject":{"reference":"Patient/1"}}"##,
        &of(&["1"]),
        &["2"],
    );
}

#[test]
fn what_cannot_be_told_is_undetermined() {
    let check = |body: &str, why| check(body, &Membership::Undetermined(why), &[]);
    check(r#"{"resourceType":"Patient"}"#, Undetermined::NoId);
    check(
        r#"{"resourceType":"Condition","subject":{"identifier":{"value":"1"}}}"#,
        Undetermined::Logical,
    );
    check(
        r#"{"resourceType":"Condition","subject":{"type":"Patient","identifier":{"value":"1"}}}"#,
        Undetermined::Logical,
    );
    check(
        r#"{"resourceType":"Condition","subject":{"reference":"https://other.test/Patient/1"}}"#,
        Undetermined::ForeignPatient,
    );
    for text in [
        "",
        "1",
        "Patient?identifier=1",
        "Patient/1/",
        "patient/1",
        "https://ehr.test/1",
    ] {
        check(
            &format!(r#"{{"resourceType":"Condition","subject":{{"reference":"{text}"}}}}"#),
            Undetermined::Unclear,
        );
    }
    check(
        r#"{"resourceType":"Condition","subject":{"reference":"urn:uuid:1"}}"#,
        Undetermined::Dangling,
    );
    check(
        r##"{"resourceType":"Condition","subject":{"reference":"#p"}}"##,
        Undetermined::Dangling,
    );
    check(
        r##"{"resourceType":"Condition","contained":[{"resourceType":"Patient","id":"p"}],"subject":{"reference":"#p"}}"##,
        Undetermined::ContainedPatient,
    );
    // One clear patient does not outweigh one doubt, and stays visible as a mention.
    let mixed = one(
        r#"{"resourceType":"Observation","subject":{"reference":"Patient/1"},"performer":[{"identifier":{"value":"2"}}]}"#,
    );
    assert_eq!(
        mixed.membership,
        Membership::Undetermined(Undetermined::Logical)
    );
    assert_eq!((mixed.mentions, mixed.unnamed_patients), (ids(&["1"]), 1));
    // An identifier of a named other type is nobody's.
    let clear = one(
        r#"{"resourceType":"Observation","subject":{"reference":"Patient/1"},"performer":[{"type":"Practitioner","identifier":{"value":"2"}},{"display":"Dr"}],"note":[{"authorReference":{"type":"Patient","identifier":{"value":"3"}}},{"authorReference":{"reference":"https://other.test/Patient/1"}}]}"#,
    );
    assert_eq!(clear.membership, Membership::Patients(ids(&["1"])));
    assert_eq!(clear.unnamed_patients, 2);
}

#[test]
fn labels_are_gathered_from_everywhere() {
    let labels = one(
        r#"{"resourceType":"DocumentReference","id":"d",
        "meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"},
            {"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"},
            {"system":"urn:x","code":"PSY"}],"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]},
        "contained":[{"resourceType":"Condition","id":"c","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HIV"}]}}],
        "securityLabel":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"}]}],
        "text":{"extension":[{"url":"http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label",
            "valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ETH"}}]},
        "subject":{"reference":"Patient/1"}}"#,
    )
    .labels;
    assert_eq!(labels.confidentiality, Some(Confidentiality::Restricted));
    assert_eq!(
        labels
            .sensitivity
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
        ["ETH", "HIV", "PSY"]
    );
    assert_eq!(labels.unknown, 1);
    let composition = one(
        r#"{"resourceType":"Composition","confidentiality":"V","subject":{"reference":"Patient/1"}}"#,
    );
    assert_eq!(
        composition.labels.confidentiality,
        Some(Confidentiality::VeryRestricted)
    );
}

const UNREADABLE: [(&[u8], Unreadable); 40] = [
    (b"", Unreadable::Syntax),
    (b"[]", Unreadable::NotAResource),
    (b"null", Unreadable::NotAResource),
    (b"\"Patient\"", Unreadable::NotAResource),
    (b"<html>", Unreadable::Syntax),
    (b"{}", Unreadable::NotAResource),
    (b"{\"id\":\"1\"}", Unreadable::NotAResource),
    (br#"{"resourceType":1}"#, Unreadable::NotAResource),
    (br#"{"id":"1","resourceType":null}"#, Unreadable::NotAResource),
    (br#"{"resourceType":"Alien"}"#, Unreadable::UnknownType),
    (br#"{"resourceType":"patient"}"#, Unreadable::UnknownType),
    (b"\xef\xbb\xbf{\"resourceType\":\"Patient\"}", Unreadable::Syntax),
    (b"{\"resourceType\":\"Patient\",\"id\":\"\xff\"}", Unreadable::InvalidUtf8),
    (br#"{"resourceType":"Patient","id":"\ud800"}"#, Unreadable::Syntax),
    (br#"{"resourceType":"Patient"} x"#, Unreadable::Syntax),
    (br#"{"resourceType":"Patient"}{"resourceType":"Patient"}"#, Unreadable::Syntax),
    (br#"{"resourceType":"Patient""#, Unreadable::Syntax),
    (br#"{"resourceType":"Patient","id":"1",}"#, Unreadable::Syntax),
    (br#"{"resourceType":"Patient","resourceType":"Practitioner"}"#, Unreadable::DuplicateKey),
    (br#"{"resourceType":"Patient","id":"1","id":"2"}"#, Unreadable::DuplicateKey),
    (br#"{"resourceType":"Patient","id":"1","ID":"2"}"#, Unreadable::DuplicateKey),
    (
        br#"{"resourceType":"Condition","subject":{"reference":"Patient/1"},"subject":{"reference":"Patient/2"}}"#,
        Unreadable::DuplicateKey,
    ),
    (
        br#"{"resourceType":"Condition","subject":{"reference":"Patient/1","reference":"Patient/2"}}"#,
        Unreadable::DuplicateKey,
    ),
    (
        br#"{"resourceType":"Condition","\u0073ubject":{"reference":"Patient/2"}}"#,
        Unreadable::EscapedKey,
    ),
    (br#"{"resourceType":"Condition","subject":"Patient/1"}"#, Unreadable::BadReference),
    (br#"{"resourceType":"Condition","subject":null}"#, Unreadable::BadReference),
    (br#"{"resourceType":"Condition","subject":{"reference":1}}"#, Unreadable::BadReference),
    (
        br#"{"resourceType":"Condition","subject":{"reference":["Patient/1"]}}"#,
        Unreadable::BadReference,
    ),
    (br#"{"resourceType":"Appointment","participant":1}"#, Unreadable::BadReference),
    (br#"{"resourceType":"Patient","id":"a b"}"#, Unreadable::BadId),
    (br#"{"resourceType":"Patient","id":1}"#, Unreadable::BadId),
    (br#"{"resourceType":"Patient","id":".."}"#, Unreadable::BadId),
    (
        br#"{"resourceType":"Condition","x":{"resourceType":"Patient","id":"1"}}"#,
        Unreadable::NestedResource,
    ),
    (
        br#"{"resourceType":"Condition","contained":[{"resourceType":"List","id":"1","contained":[]}]}"#,
        Unreadable::NestedResource,
    ),
    (br#"{"resourceType":"Condition","contained":[1]}"#, Unreadable::NotAResource),
    (br#"{"resourceType":"Condition","contained":[{"id":"1"}]}"#, Unreadable::NotAResource),
    (
        br#"{"resourceType":"Condition","a":[[[[[[[[1]]]]]]]]}"#,
        Unreadable::TooDeep,
    ),
    (
        br#"{"resourceType":"Condition","a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1}"#,
        Unreadable::TooManyKeys,
    ),
    (
        br#"{"resourceType":"List","entry":[{"reference":"A/1"},{"reference":"A/1"},{"reference":"A/1"},{"reference":"A/1"}]}"#,
        Unreadable::TooManyReferences,
    ),
    (&[b' '; 4097], Unreadable::BodyTooLong),
];

#[test]
fn unreadable_answers() {
    for (body, expected) in UNREADABLE {
        check_unreadable(body, expected);
    }
}

#[test]
fn unreadable_bundles() {
    let cases: [(&str, Unreadable); 14] = [
        (r#"{"resourceType":"Bundle"}"#, Unreadable::BadBundle),
        (
            r#"{"resourceType":"Bundle","type":"alien"}"#,
            Unreadable::BadBundle,
        ),
        (
            r#"{"resourceType":"Bundle","type":"searchset","type":"searchset"}"#,
            Unreadable::BadBundle,
        ),
        (
            r#"{"resourceType":"Bundle","resourceType":"Bundle","type":"searchset"}"#,
            Unreadable::BadBundle,
        ),
        (
            r#"{"resourceType":"Bundle","type":"searchset","entry":[],"entry":[]}"#,
            Unreadable::BadBundle,
        ),
        (
            r#"{"resourceType":"Bundle","type":"searchset","entry":{}}"#,
            Unreadable::BadBundle,
        ),
        (
            r#"{"resourceType":"Bundle","type":"searchset","entry":[{}]}"#,
            Unreadable::BadBundle,
        ),
        (
            r#"{"resourceType":"Bundle","type":"searchset","total":-1}"#,
            Unreadable::BadBundle,
        ),
        (
            r#"{"resourceType":"Bundle","type":"searchset"}]"#,
            Unreadable::Syntax,
        ),
        (
            r#"{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"1"},"search":{"mode":"alien"}}]}"#,
            Unreadable::BadBundle,
        ),
        (
            r#"{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"1"},"resource":{"resourceType":"Patient","id":"2"}}]}"#,
            Unreadable::BadBundle,
        ),
        (
            r#"{"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":"https://ehr.test/fhir/Patient/2","resource":{"resourceType":"Patient","id":"1"}}]}"#,
            Unreadable::FullUrlMismatch,
        ),
        (
            r#"{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"1"}},{"resource":{"resourceType":"Patient","id":"1","a":1,"A":2}}]}"#,
            Unreadable::DuplicateKey,
        ),
        (
            r#"{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{}},{"resource":{}},{"resource":{}}]}"#,
            Unreadable::TooManyEntries,
        ),
    ];
    for (body, expected) in cases {
        check_unreadable(body.as_bytes(), expected);
    }
}

#[test]
fn bundle_entries_resolve_inside_the_bundle() {
    let bundle = page(
        r#"{"resourceType":"Bundle","type":"transaction","entry":[
        {"fullUrl":"urn:uuid:c","resource":{"resourceType":"Condition","id":"c","subject":{"reference":"urn:uuid:p"}}},
        {"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"1"}},
        {"fullUrl":"urn:uuid:n","resource":{"resourceType":"Patient"}},
        {"fullUrl":"urn:uuid:two","resource":{"resourceType":"Patient","id":"2"}},
        {"fullUrl":"urn:uuid:two","resource":{"resourceType":"Patient","id":"3"}},
        {"resource":{"resourceType":"Condition","subject":{"reference":"urn:uuid:n"}}},
        {"resource":{"resourceType":"Condition","subject":{"reference":"urn:uuid:two"}}},
        {"fullUrl":"https://ehr.test/fhir/Binary/b","resource":{"resourceType":"Binary","id":"b","x":{"resourceType":"Patient"}}},
        {"fullUrl":"https://other.test/fhir/Condition/9","resource":{"resourceType":"Condition","id":"9","subject":{"reference":"Patient/1"}}}
        ]}"#,
    );
    let memberships: Vec<_> = bundle
        .entries
        .iter()
        .map(|entry| entry.resource.membership.clone())
        .collect();
    assert_eq!(
        memberships,
        [
            Membership::Patients(ids(&["1"])),
            Membership::Patients(ids(&["1"])),
            Membership::Undetermined(Undetermined::NoId),
            Membership::Patients(ids(&["2"])),
            Membership::Patients(ids(&["3"])),
            Membership::Undetermined(Undetermined::NoId),
            Membership::Undetermined(Undetermined::Dangling),
            Membership::Closed,
            Membership::Undetermined(Undetermined::ForeignEntry),
        ]
    );
}

#[test]
fn a_rebuilt_bundle_shows_only_what_was_kept() {
    let first = r#"{"resourceType":"Bundle","id":"secret-id","type":"searchset","total":12,
        "meta":{"lastUpdated":"2026-01-01T00:00:00Z"},
        "link":[{"relation":"self","url":"https://ehr.test/fhir/Observation?patient=1&internal=1"},
                {"relation":"next","url":"https://ehr.test/fhir?_getpages=abc&_count=2"}],
        "entry":[
        {"fullUrl":"https://ehr.test/fhir/Observation/a","resource":{"resourceType":"Observation","id":"a","subject":{"reference":"Patient/1"},"valueQuantity":{"value":1.10}},"search":{"mode":"match","score":0.5}},
        {"fullUrl":"https://ehr.test/fhir/Observation/b","resource":{"resourceType":"Observation","id":"b","subject":{"reference":"Patient/2"}},"search":{"mode":"match"}}]}"#;
    let second = r#"{"resourceType":"Bundle","type":"searchset","entry":[
        {"resource":{"resourceType":"Practitioner","id":"d"},"search":{"mode":"include"}},
        {"resource":{"resourceType":"Observation","id":"c","subject":{"reference":"Patient/1"}}}]}"#;
    let (first, second) = (page(first), page(second));
    assert_eq!(
        first.next,
        Some(Next::Target("?_getpages=abc&_count=2".to_owned()))
    );
    assert_eq!(
        (first.total, second.total, &second.next),
        (Some(12), None, &None)
    );

    let mut kept = Searchset::new("https://door.test/fhir", "/Observation?patient=1");
    kept.push(&first.entries[0]);
    kept.push(&second.entries[0]);
    kept.push(&second.entries[1]);
    assert_eq!(kept.entries(), 3);
    let expected = concat!(
        r#"{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"https://door.test/fhir/Observation?patient=1"}],"entry":["#,
        r#"{"fullUrl":"https://door.test/fhir/Observation/a","resource":{"resourceType":"Observation","id":"a","subject":{"reference":"Patient/1"},"valueQuantity":{"value":1.10}},"search":{"mode":"match"}},"#,
        r#"{"fullUrl":"https://door.test/fhir/Practitioner/d","resource":{"resourceType":"Practitioner","id":"d"},"search":{"mode":"include"}},"#,
        r#"{"fullUrl":"https://door.test/fhir/Observation/c","resource":{"resourceType":"Observation","id":"c","subject":{"reference":"Patient/1"}},"search":{"mode":"match"}}],"total":2}"#,
    );
    assert_eq!(
        String::from_utf8({
            let total = Total::Counted(kept.matches());
            kept.finish(total, None)
        })
        .unwrap(),
        expected
    );

    let empty = Searchset::new("https://door.test/fhir", "/Observation?patient=1");
    assert_eq!(
        String::from_utf8(empty.finish(Total::Omitted, Some("/Observation?_page=x"))).unwrap(),
        r#"{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"https://door.test/fhir/Observation?patient=1"},{"relation":"next","url":"https://door.test/fhir/Observation?_page=x"}]}"#
    );
}

#[test]
fn next_links_are_followed_only_below_an_own_base() {
    let next = |url: &str| {
        let body = format!(
            r#"{{"resourceType":"Bundle","type":"searchset","link":[{{"relation":"next","url":"{url}"}}]}}"#
        );
        page(&body).next
    };
    let target = |text: &str| Some(Next::Target(text.to_owned()));
    assert_eq!(
        next("https://ehr.test/fhir/Observation?page=2"),
        target("/Observation?page=2")
    );
    assert_eq!(next("https://ehr.test/fhir?p=2"), target("?p=2"));
    for foreign in [
        "https://other.test/fhir?p=2",
        "https://ehr.test/fhir2?p=2",
        "https://ehr.test/fhir@other.test/",
        "https://ehr.test/fhir/../admin?p=2",
        "https://ehr.test/fhir//x",
        "https://ehr.test/fhir?p=2#x",
        "https://ehr.test/fhir?p= HTTP/1.1",
        "/fhir?p=2",
        "?p=2",
        "",
    ] {
        assert_eq!(next(foreign), Some(Next::Foreign), "{foreign}");
    }
}
