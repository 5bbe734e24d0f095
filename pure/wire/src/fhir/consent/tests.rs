//! The forms of IHE PCF's examples, written anew, each with what must be read from it.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A consent in force whose base is `provision`.
#[expect(clippy::needless_pass_by_value, reason = "reads best with a literal")]
fn consent(provision: Value) -> Value {
    json!({
        "resourceType": "Consent", "id": "c-1", "status": "active",
        "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/p-1"}, "dateTime": "2022-06-13",
        "performer": [{"reference": "Patient/p-1"}],
        "organization": [{"reference": "Organization/o-1"}],
        "policy": [{"uri": "https://hospital.example/privacy"}],
        "provision": provision,
    })
}

fn read(value: &Value) -> Read<Consent> {
    let json = serde_json::to_vec(value).unwrap();
    Consent::read(&json, &["https://fhir.example/r4"], &ConsentLimits::DEFAULT)
}

fn reason(code: &str) -> Value {
    json!({"system": ACT_REASON, "code": code})
}

fn recipient(reference: &str) -> Value {
    json!({"role": {"coding": [{"system": RECIPIENT.0, "code": RECIPIENT.1}]},
           "reference": {"reference": reference}})
}

fn label(code: &str) -> Value {
    json!({"system": CONFIDENTIALITY, "code": code})
}

/// The base and the exceptions, each as `permit|deny, recipients, purposes, labels, types, residual`.
fn told(provision: Value) -> Vec<String> {
    let read = read(&consent(provision)).unwrap();
    std::iter::once(&read.provision)
        .chain(&read.exceptions)
        .map(|it| {
            let recipients: Vec<String> = it
                .recipients
                .iter()
                .map(|(of, id)| format!("{}/{id}", of.name()))
                .collect();
            let types: Vec<&str> = it.resource_types.iter().map(|it| it.name()).collect();
            let effect = if it.is_permit { "permit" } else { "deny" };
            let residual = if it.is_residual { " residual" } else { "" };
            let lists = [
                recipients.join(" "),
                it.purposes.join(" "),
                it.confidentiality.join(" "),
                types.join(" "),
            ];
            format!("{effect}|{}{residual}", lists.join("|"))
        })
        .collect()
}

#[test]
fn basic_forms_tell_effect_and_purposes() {
    let tpo = [reason("TREAT"), reason("HPAYMT"), reason("HOPERAT")];
    for effect in ["permit", "deny"] {
        assert_eq!(
            told(json!({"type": effect, "purpose": tpo})),
            [format!("{effect}||TREAT HPAYMT HOPERAT||")]
        );
    }
    assert_eq!(
        told(json!({"type": "permit", "purpose": [reason("HRESCH")]})),
        ["permit||HRESCH||"]
    );
    assert_eq!(told(json!({"type": "permit"})), ["permit||||"]);
}

#[test]
fn periods_are_read_whole() {
    let with = |period: Value| {
        let value = consent(json!({"type": "permit", "period": period}));
        let read = read(&value).unwrap();
        (read.from_us, read.until_us)
    };
    let us = |text: &str| {
        text.parse::<Timestamp>()
            .unwrap()
            .as_microsecond()
            .unsigned_abs()
    };
    let given = Some(us("2022-06-13T00:00:00Z"));
    assert_eq!(with(json!({})), (given, None));
    // The last day is inside.
    assert_eq!(
        with(json!({"end": "2022-12-31"})),
        (given, Some(us("2023-01-01T00:00:00Z")))
    );
    assert_eq!(
        with(json!({"end": "2022-11"})),
        (given, Some(us("2022-12-01T00:00:00Z")))
    );
    assert_eq!(
        with(json!({"end": "2022"})),
        (given, Some(us("2023-01-01T00:00:00Z")))
    );
    let start = Some(us("2022-07-01T08:00:00Z"));
    assert_eq!(
        with(json!({"start": "2022-07-01T10:00:00+02:00"})),
        (start, None)
    );
}

#[test]
fn recipients_and_labels_focus_an_exception() {
    let base = |exception: Value| {
        told(
            json!({"type": "permit", "purpose": [reason("TREAT")], "securityLabel": [label("N")],
                    "provision": [exception]}),
        )
    };
    assert_eq!(
        base(
            json!({"type": "permit", "securityLabel": [label("R")], "actor": [recipient("Practitioner/d-1")]})
        ),
        ["permit||TREAT|N|", "permit|Practitioner/d-1||R|"]
    );
    assert_eq!(
        base(json!({"type": "deny", "securityLabel": [label("R")]}))[1],
        "deny|||R|"
    );
    assert_eq!(
        base(
            json!({"type": "permit", "purpose": [reason("BTG")], "securityLabel": [label("R")],
                    "actor": [recipient("Group/users")]})
        )[1],
        "permit|Group/users|BTG|R|"
    );
    assert_eq!(
        base(
            json!({"type": "deny", "actor": [recipient("https://fhir.example/r4/Organization/o-2")]})
        )[1],
        "deny|Organization/o-2|||"
    );
    let class =
        json!({"type": "deny", "class": [{"system": RESOURCE_TYPES, "code": "Observation"}]});
    assert_eq!(base(class)[1], "deny||||Observation");
}

#[test]
fn what_only_the_data_could_answer_is_residual() {
    for (element, value) in [
        (
            "dataPeriod",
            json!({"start": "2022-01-01", "end": "2022-12-31"}),
        ),
        (
            "data",
            json!([{"meaning": "authoredby", "reference": {"reference": "Practitioner/d-1"}}]),
        ),
        (
            "data",
            json!([{"meaning": "related", "reference": {"reference": "Encounter/e-1"}}]),
        ),
        (
            "data",
            json!([{"meaning": "instance", "reference": {"reference": "Observation/o-1"}}]),
        ),
        ("code", json!([{"text": "weight"}])),
        (
            "securityLabel",
            json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}]),
        ),
        ("securityLabel", json!([label("U")])),
        (
            "purpose",
            json!([{"system": "https://hospital.example/purposes", "code": "X"}]),
        ),
        (
            "class",
            json!([{"system": "urn:ietf:bcp:13", "code": "application/pdf"}]),
        ),
        (
            "actor",
            json!([recipient("https://elsewhere.example/Practitioner/d-1")]),
        ),
        (
            "actor",
            json!([{"role": {"coding": [{"system": RECIPIENT.0, "code": "PRCP"}]},
                          "reference": {"reference": "Practitioner/d-1"}}]),
        ),
        (
            "action",
            json!([{"coding": [{"system": CONSENT_ACTION, "code": "correct"}]}]),
        ),
        ("period", json!({"end": "2022"})),
        ("provision", json!([{"type": "permit"}])),
    ] {
        let mut exception = json!({"type": "deny"});
        exception[element] = value;
        let read = told(json!({"type": "permit", "provision": [exception.clone()]}));
        assert!(read[1].ends_with(" residual"), "{exception}: {read:?}");
        assert_eq!(read[0], "permit||||", "{exception}");
    }
    let action = json!([{"coding": [{"system": CONSENT_ACTION, "code": "access"}]}]);
    assert_eq!(
        told(json!({"type": "permit", "action": action})),
        ["permit||||"]
    );
    let mut verified = consent(json!({"type": "permit"}));
    verified["verification"] = json!([{"verified": false}]);
    assert!(read(&verified).unwrap().provision.is_residual);
}

#[test]
fn one_that_is_not_active_does_not_count() {
    for (status, counts) in [
        ("active", true),
        ("inactive", false),
        ("rejected", false),
        ("draft", false),
        ("entered-in-error", false),
    ] {
        let mut value = consent(json!({"type": "permit"}));
        value["status"] = json!(status);
        assert_eq!(read(&value).unwrap().is_active, counts, "{status}");
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    use UnreadableConsent as E;
    let base = json!({"type": "permit"});
    let broken: &[(&str, Value, E)] = &[
        ("resourceType", json!("Patient"), E::OtherResource),
        (
            "scope",
            json!({"coding": [{"system": SCOPE, "code": "research"}]}),
            E::Scope,
        ),
        (
            "scope",
            json!({"coding": [{"code": "patient-privacy"}]}),
            E::Scope,
        ),
        ("patient", json!({"display": "somebody"}), E::Subject),
        ("patient", json!({"reference": "Group/p-1"}), E::Subject),
        (
            "patient",
            json!({"reference": "https://elsewhere.example/Patient/p-1"}),
            E::Subject,
        ),
        ("provision", json!({}), E::Effect),
        ("provision", json!([{"type": "permit"}]), E::Malformed),
        (
            "provision",
            json!({"type": "permit", "modifierExtension": []}),
            E::Modifier,
        ),
        (
            "provision",
            json!({"type": "permit", "period": {"end": "soon"}}),
            E::Date,
        ),
        (
            "provision",
            json!({"type": "permit", "period": {"end": "2022-13"}}),
            E::Date,
        ),
        (
            "provision",
            json!({"type": "permit", "purpose": vec![reason("TREAT"); 33]}),
            E::TooLarge,
        ),
        (
            "provision",
            json!({"type": "permit", "provision": [{"purpose": []}]}),
            E::Effect,
        ),
        ("modifierExtension", json!([]), E::Modifier),
        ("implicitRules", json!("x"), E::Modifier),
        ("status", json!(1), E::Malformed),
    ];
    for (element, value, expected) in broken {
        let mut whole = consent(base.clone());
        whole[*element] = value.clone();
        assert_eq!(read(&whole), Err(*expected), "{element}: {value}");
    }
    assert_eq!(
        Consent::read(b"{", &[], &ConsentLimits::DEFAULT),
        Err(E::Malformed)
    );
    let long = vec![b' '; ConsentLimits::DEFAULT.body_bytes_max + 1];
    assert_eq!(
        Consent::read(&long, &[], &ConsentLimits::DEFAULT),
        Err(E::TooLarge)
    );
}

proptest! {
    #[test]
    fn any_bytes_get_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,40}") {
        prop_assert!(Consent::read(&bytes, &[], &ConsentLimits::DEFAULT).is_err());
        let mut value = consent(json!({"type": "permit", "period": {"end": text}}));
        value["patient"] = json!({"reference": text});
        let read = read(&value);
        prop_assert!(read.is_err() || read.is_ok_and(|it| it.until_us > it.from_us || it.until_us.is_some()));
    }
}
