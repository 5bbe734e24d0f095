//! Golden resources, as hospitals and the French profiles write them.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const MARCH_2: u64 = 1_772_409_600_000_000;
const HOUR: u64 = 3_600_000_000;
const DAY: u64 = 24 * HOUR;

fn said(resource: &Value) -> CareStatement {
    read(resource.to_string().as_bytes()).unwrap().unwrap()
}

fn period(from_us: impl Into<Option<u64>>, until_us: impl Into<Option<u64>>) -> Period {
    Period {
        from_us: from_us.into(),
        until_us: until_us.into(),
    }
}

fn participant(who: Who, role: &str, period: Period) -> Participant {
    Participant {
        who,
        role: (!role.is_empty()).then(|| role.to_owned()),
        period,
    }
}

fn place(id: &str, period: Period) -> Place {
    Place {
        id: id.to_owned(),
        period,
    }
}

fn encounter() -> Value {
    json!({
        "resourceType": "Encounter", "id": "e1", "status": "in-progress",
        "meta": { "lastUpdated": "2026-03-02T01:00:00Z" },
        "class": { "code": "IMP" },
        "subject": { "reference": "Patient/p1", "display": "FAMILY GIVEN" },
        "period": { "start": "2026-03-02" },
        "reasonCode": [{ "text": "SECRET" }],
        "participant": [
            { "type": [{ "coding": [{ "code": "ATND" }] }], "individual": { "reference": "Practitioner/dr" } },
            { "individual": { "reference": "RelatedPerson/mother" } },
            { "individual": { "type": "Practitioner", "identifier": { "system": "urn:oid:1.2.250.1.71.4.2.1", "value": "10001" } } },
        ],
        "location": [
            { "location": { "reference": "https://ehr.example/fhir/Location/med/_history/2" }, "status": "completed",
              "period": { "start": "2026-03-02T00:00:00Z", "end": "2026-03-02T02:00:00Z" } },
            { "location": { "reference": "Location/icu" }, "period": { "start": "2026-03-02T02:00:00Z" } },
            { "location": { "reference": "Location/or" }, "status": "planned" },
        ],
        "serviceProvider": { "reference": "Organization/north" },
    })
}

#[test]
fn an_encounter_tells_where_and_with_whom() {
    let it = said(&encounter());
    assert_eq!((it.kind, it.id.as_str()), (CareKind::Encounter, "e1"));
    assert_eq!(it.updated_us, Some(MARCH_2 + HOUR));
    assert_eq!(it.patient.as_deref(), Some("p1"));
    assert_eq!(
        (it.standing, it.period),
        (Standing::Active, period(MARCH_2, None))
    );
    let whole = Period::default();
    assert_eq!(
        it.participants,
        [
            participant(Who::Practitioner("dr".to_owned()), "ATND", whole),
            participant(Who::Identifier("10001".to_owned()), "", whole),
        ]
    );
    assert_eq!(
        it.places,
        [
            place("med", period(MARCH_2, MARCH_2 + 2 * HOUR)),
            place("icu", period(MARCH_2 + 2 * HOUR, None)),
        ]
    );
    let text = format!("{it:?}");
    assert!(
        !text.contains("FAMILY") && !text.contains("SECRET"),
        "{text}"
    );
    // Without a location its provider stands for one.
    let mut without = encounter();
    without["location"] = json!([]);
    assert_eq!(said(&without).places, [place("north", whole)]);
}

/// As the profile `CDSCareTeam` has it: who left and came back is there twice.
#[test]
fn a_care_circle_tells_who_came_and_went() {
    let entry = |member: &str, start: &str, end: Option<&str>| {
        let mut period = json!({ "start": start });
        if let Some(end) = end {
            period["end"] = end.into();
        }
        json!({
            "role": [{ "coding": [{ "system": "https://mos.esante.gouv.fr/NOS/TRE_R85-RolePriseCharge/FHIR/TRE-R85-RolePriseCharge", "code": "310" }] }],
            "member": { "reference": member }, "period": period,
        })
    };
    let it = said(&json!({
        "resourceType": "CareTeam", "id": "circle", "status": "active",
        "meta": { "profile": ["https://interop.esante.gouv.fr/ig/fhir/cds/StructureDefinition/cds-careteam"] },
        "identifier": [{ "value": "1" }],
        "subject": { "reference": "Patient/p1" },
        "period": { "start": "2026-03-02" },
        "participant": [
            entry("PractitionerRole/pr1", "2026-03-02", Some("2026-03-03")),
            entry("PractitionerRole/pr1", "2026-03-05T00:00:00Z", None),
            entry("RelatedPerson/r", "2026-03-02", None),
            entry("Organization/ssiad", "2026-03-02", None),
        ],
    }));
    let who = || Who::PractitionerRole("pr1".to_owned());
    assert_eq!(
        it.participants,
        [
            participant(who(), "310", period(MARCH_2, MARCH_2 + 2 * DAY)),
            participant(who(), "310", period(MARCH_2 + 3 * DAY, None)),
        ]
    );
    assert_eq!(it.places, [place("ssiad", period(MARCH_2, None))]);
    assert_eq!(it.updated_us, None);
}

#[test]
fn an_appointment_is_about_the_patient_among_its_participants() {
    let appointment = json!({
        "resourceType": "Appointment", "id": "a1", "status": "booked",
        "start": "2026-03-02T10:00:00Z", "end": "2026-03-02T11:00:00Z",
        "participant": [
            { "actor": { "reference": "Practitioner/dr" }, "status": "accepted" },
            { "actor": { "reference": "Practitioner/busy" }, "status": "declined" },
            { "actor": { "reference": "Patient/p1" }, "status": "accepted" },
            { "actor": { "reference": "HealthcareService/clinic" }, "status": "accepted" },
            { "status": "accepted" },
        ],
    });
    let it = said(&appointment);
    assert_eq!(it.patient.as_deref(), Some("p1"));
    assert_eq!(it.period, period(MARCH_2 + 10 * HOUR, MARCH_2 + 11 * HOUR));
    let whole = Period::default();
    assert_eq!(
        it.participants,
        [participant(Who::Practitioner("dr".to_owned()), "", whole)]
    );
    assert_eq!(it.places, [place("clinic", whole)]);
}

#[test]
fn an_order_is_for_those_who_ask_and_those_who_act() {
    let it = said(&json!({
        "resourceType": "ServiceRequest", "id": "s1", "status": "active", "intent": "order",
        "subject": { "reference": "Patient/p1" }, "authoredOn": "2026-03-02T10:00:00Z",
        "occurrenceDateTime": "2026-03-05",
        "requester": { "reference": "PractitionerRole/pr1" },
        "performer": [{ "reference": "Practitioner/radiologist" }, { "reference": "Organization/imaging" }],
        "locationReference": [{ "reference": "Location/scanner" }],
    }));
    let whole = Period::default();
    assert_eq!(it.period, period(MARCH_2 + 10 * HOUR, MARCH_2 + 4 * DAY));
    assert_eq!(
        it.participants,
        [
            participant(Who::PractitionerRole("pr1".to_owned()), "", whole),
            participant(Who::Practitioner("radiologist".to_owned()), "", whole),
        ]
    );
    assert_eq!(
        it.places,
        [place("imaging", whole), place("scanner", whole)]
    );
}

#[test]
fn a_role_tells_where_somebody_works() {
    let it = said(&json!({
        "resourceType": "PractitionerRole", "id": "pr1", "active": false,
        "period": { "start": "2026-03-02", "end": "2026-03-04" },
        "practitioner": { "reference": "Practitioner/dr", "display": "FAMILY" },
        "organization": { "reference": "Organization/north" },
        "code": [{ "coding": [{ "code": "10" }] }],
        "location": [{ "reference": "Location/med" }],
    }));
    assert_eq!((it.patient, it.standing), (None, Standing::Ended));
    assert_eq!(it.period, period(MARCH_2, MARCH_2 + 3 * DAY));
    assert_eq!(it.organization.as_deref(), Some("north"));
    assert_eq!(
        it.participants,
        [participant(
            Who::Practitioner("dr".to_owned()),
            "10",
            Period::default()
        )]
    );
    assert_eq!(it.places, [place("med", Period::default())]);
}

#[test]
fn every_status_has_its_meaning() {
    use Standing::{Active, Cancelled, Ended, Expected, Void};
    let resource = |kind: &str, status: &str| {
        json!({
            "resourceType": kind, "id": "x", "status": status, "intent": "order",
            "subject": { "reference": "Patient/p1" },
            "participant": [{ "actor": { "reference": "Patient/p1" } }],
        })
    };
    for (kind, words, standing) in [
        ("Encounter", "arrived triaged in-progress onleave", Active),
        ("Encounter", "finished", Ended),
        ("Encounter", "cancelled", Cancelled),
        ("Encounter", "planned unknown", Expected),
        ("CareTeam", "active", Active),
        ("CareTeam", "inactive suspended", Ended),
        ("CareTeam", "proposed", Expected),
        ("Appointment", "booked arrived checked-in fulfilled", Active),
        ("Appointment", "cancelled noshow", Cancelled),
        ("Appointment", "proposed pending waitlist", Expected),
        ("ServiceRequest", "active on-hold", Active),
        ("ServiceRequest", "completed", Ended),
        ("ServiceRequest", "revoked", Cancelled),
        ("ServiceRequest", "draft unknown", Expected),
    ] {
        for status in words.split(' ') {
            assert_eq!(
                said(&resource(kind, status)).standing,
                standing,
                "{kind} {status}"
            );
        }
        assert_eq!(
            said(&resource(kind, "entered-in-error")).standing,
            Void,
            "{kind}"
        );
        let wrong = resource(kind, "done").to_string();
        assert_eq!(read(wrong.as_bytes()), Err(Unread::Status), "{kind}");
    }
    let mut proposal = resource("ServiceRequest", "active");
    proposal["intent"] = "proposal".into();
    assert_eq!(said(&proposal).standing, Expected);
}

#[test]
fn what_cannot_be_read_says_why() {
    let read_value = |value: &Value| read(value.to_string().as_bytes());
    assert_eq!(
        read_value(&json!({ "resourceType": "Observation" })),
        Ok(None)
    );
    assert_eq!(read(b"{"), Err(Unread::Malformed));
    assert_eq!(read_value(&json!([])), Err(Unread::Malformed));
    for (key, value, why) in [
        ("id", json!(null), Unread::Id),
        ("id", json!("a/b"), Unread::Id),
        ("subject", json!(null), Unread::Patient),
        (
            "subject",
            json!({ "reference": "Group/g" }),
            Unread::Patient,
        ),
        ("period", json!({ "start": "yesterday" }), Unread::Time),
        ("meta", json!({ "lastUpdated": "now" }), Unread::Time),
        ("participant", json!({}), Unread::Malformed),
        (
            "location",
            json!(vec![
                json!({ "location": { "reference": "Location/l" } });
                CARE_PARTS_MAX + 1
            ]),
            Unread::TooMany,
        ),
    ] {
        let mut resource = encounter();
        resource[key] = value;
        assert_eq!(read_value(&resource), Err(why), "{key}");
    }
}

#[test]
fn a_bundle_is_its_resources() {
    let bundle = json!({
        "resourceType": "Bundle", "type": "collection",
        "entry": [{ "resource": encounter() }, { "fullUrl": "x" }, { "resource": { "resourceType": "Patient" } }],
    });
    let text = bundle.to_string();
    let all = resources(text.as_bytes()).unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(read(all[0]).unwrap().unwrap().id, "e1");
    assert_eq!(read(all[1]), Ok(None));
    let alone = encounter().to_string();
    assert_eq!(resources(alone.as_bytes()).unwrap(), [alone.as_bytes()]);
    assert_eq!(resources(b"nothing"), Err(Unread::Malformed));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(!matches!(read(&bytes), Ok(Some(it)) if it.id.is_empty()));
        prop_assert!(resources(&bytes).map_or(0, |all| all.len()) <= bytes.len());
    }

    /// A resource with any one of its parts replaced is read or refused.
    #[test]
    fn no_part_makes_it_panic(
        key in prop::sample::select(vec!["id", "meta", "status", "subject", "period", "participant", "location", "serviceProvider"]),
        text in ".{0,12}",
    ) {
        for value in [json!(text), json!([text]), json!({ "reference": text, "start": text }), json!([{ "period": { "end": text } }])] {
            let mut resource = encounter();
            resource[key] = value;
            let read = read(resource.to_string().as_bytes());
            prop_assert!(read.is_err() || read.is_ok_and(|it| it.is_some()));
        }
    }
}
