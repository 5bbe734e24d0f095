//! Each projected resource against the facts of its profile, checked by a reader that knows
//! nothing of how it was made.

use event::{
    AccessMode, Asked, Disclosed, GlassEnd, GlassReason, NoticeOwed, Outcome, PatientSealer,
    ReviewFinding, SealKeys, Target,
};
use serde_json::json;

use super::*;

const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";

fn sealed(patient: &str) -> PatientRef {
    PatientSealer::new(&SealKeys::from_secret(&[1; 32])).seal(&patient.parse().unwrap())
}

fn actor() -> Actor {
    Actor {
        person: "dr-1".parse().unwrap(),
        profession: Some("physician".into()),
        establishments: vec!["chu".parse().unwrap()],
        session: "s1".parse().unwrap(),
        ip: "192.0.2.7".parse().unwrap(),
    }
}

fn access(action: &str, outcome: Outcome, patients: &[&str]) -> Event {
    let patients: Vec<PatientRef> = patients.iter().map(|it| sealed(it)).collect();
    let shown = outcome == Outcome::Permit;
    Event::Access(Access {
        request: "req-1".parse().unwrap(),
        actor: actor(),
        asked: Asked {
            service: "fhir".parse().unwrap(),
            action: action.into(),
            purpose: Purpose::Btg,
            target: Target {
                resource_type: Some("Observation".into()),
                patient: patients.first().cloned(),
            },
        },
        outcome,
        reasons: vec!["no-care-relation".into()],
        policies: Vec::new(),
        policy_set: String::new(),
        glass: shown.then(|| "glass-1".parse().unwrap()),
        disclosed: Disclosed {
            patients: if shown { patients } else { Vec::new() },
            resources: u32::from(shown),
            withheld: 0,
        },
        status: if shown { 200 } else { 403 },
        association: None,
    })
}

fn declared() -> Event {
    Event::GlassDeclared(GlassDeclared {
        glass: "glass-1".parse().unwrap(),
        request: "req-0".parse().unwrap(),
        actor: actor(),
        key: None,
        patient: sealed("ada"),
        reason: GlassReason::EmergencyCall,
        text: "words of the person".into(),
        mode: AccessMode::Centre15,
        from: Timestamp::from_s(100),
        until: Timestamp::from_s(3_700),
        review: "review-1".parse().unwrap(),
        review_due: Timestamp::from_s(9_000),
        notices: Vec::<NoticeOwed>::new(),
    })
}

fn ended(by: Option<Actor>) -> Event {
    Event::GlassEnded(GlassEnded {
        glass: "glass-1".parse().unwrap(),
        end: GlassEnd::Time,
        at: Timestamp::from_s(3_700),
        request: None,
        actor: by,
    })
}

fn closed() -> Event {
    Event::ReviewClosed(ReviewClosed {
        review: "review-1".parse().unwrap(),
        glass: "glass-1".parse().unwrap(),
        request: "req-9".parse().unwrap(),
        actor: Actor {
            person: "dpo".parse().unwrap(),
            ..actor()
        },
        finding: ReviewFinding::Justified,
        text: "words of the reviewer".into(),
        at: Timestamp::from_s(5_000),
    })
}

/// One opening with everything that can happen around it.
fn story() -> Vec<Event> {
    vec![
        access("read", Outcome::Breakable, &["ada"]),
        declared(),
        access("read", Outcome::Permit, &["ada"]),
        access("search", Outcome::Permit, &["ada"]),
        access("everything", Outcome::Permit, &["ada"]),
        access("useService", Outcome::Permit, &[]),
        access("search", Outcome::Permit, &["ada", "max"]),
        ended(None),
        closed(),
        access("search", Outcome::Refusal, &[]),
    ]
}

fn projected(profile: Profile, unseal: bool) -> Vec<Value> {
    let mut projector = Projector::new(profile, "hygie.test/log");
    let sealer = PatientSealer::new(&SealKeys::from_secret(&[1; 32]));
    let open = |patient: &PatientRef| sealer.open(patient).ok().filter(|_| unseal);
    let events = story();
    let numbered = (0..).zip(&events);
    numbered
        .flat_map(|(index, event)| {
            projector.project(index, Timestamp::from_s(1_000 + index), event, &open)
        })
        .collect()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn coded<'a>(list: &'a [Value], code: &str) -> Vec<&'a Value> {
    let with = |value: &&Value| {
        let codings = [&value["type"]["coding"][0]["code"], &value["type"]["code"]];
        codings.contains(&&json!(code))
    };
    list.iter().filter(with).collect()
}

/// Required by FHIR R4 of every `AuditEvent`.
fn assert_audit_event(event: &Value) {
    assert_eq!(event["resourceType"], "AuditEvent");
    for member in ["type", "recorded", "source"] {
        assert!(!event[member].is_null(), "{member}: {event}");
    }
    assert!(!event["source"]["observer"].is_null());
    let agents = list(event, "agent");
    assert!(!agents.is_empty(), "{event}");
    assert!(agents.iter().all(|agent| agent["requestor"].is_boolean()));
    let id = event["id"].as_str().unwrap();
    assert!(id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
}

/// BALP `Read`, `PatientRead`, `Query`, `PatientQuery`.
fn assert_balp(event: &Value) {
    let Some(profile) = event["meta"]["profile"][0].as_str() else {
        return;
    };
    let name = profile.rsplit('.').next().unwrap();
    let search = name.ends_with("Query");
    assert_eq!(event["outcome"], "0", "successes only: {event}");
    assert_eq!(event["type"]["code"], "rest");
    assert_eq!(event["action"], if search { "E" } else { "R" });
    let (client, server) = if search {
        ("110153", "110152")
    } else {
        ("110152", "110153")
    };
    let agents = list(event, "agent");
    for code in [client, server] {
        let [agent] = coded(agents, code)[..] else {
            panic!("{code} once: {event}");
        };
        assert!(!agent["who"].is_null() && !agent["network"]["address"].is_null());
        assert!(agent["media"].is_null());
    }
    let users = coded(agents, "IRCP");
    assert!(users.len() <= 1);
    for user in users {
        assert!(!user["who"].is_null() && user["requestor"] == true && user["network"].is_null());
    }
    let entities = list(event, "entity");
    let [object] = coded(entities, "2")[..] else {
        panic!("one object: {event}");
    };
    if search {
        assert_eq!(object["role"]["code"], "24");
        assert!(object["query"].is_string() && object["what"].is_null());
        assert!(object["detail"].is_null() && object["lifecycle"].is_null());
    } else {
        assert_eq!(object["role"]["code"], "4");
        assert!(!object["what"].is_null());
    }
    let patients = coded(entities, "1");
    assert_eq!(
        patients.len(),
        usize::from(name.starts_with("Patient")),
        "{event}"
    );
    for patient in patients {
        assert_eq!(patient["role"]["code"], "1");
        assert!(!patient["what"].is_null());
    }
    let [request] = coded(entities, "XrequestId")[..] else {
        panic!("one request: {event}");
    };
    assert!(request["what"]["identifier"]["value"].is_string());
}

/// `tde-auditevent`: agent ..2, agent.who 1.., subtype ..1, period.start 1..
fn assert_tde(event: &Value) {
    let agents = list(event, "agent");
    assert!((1..=2).contains(&agents.len()), "{event}");
    assert!(
        agents.iter().all(|agent| !agent["who"].is_null()),
        "{event}"
    );
    assert!(list(event, "subtype").len() <= 1);
    assert!(event["period"]["start"].is_string(), "{event}");
}

#[test]
fn each_resource_satisfies_the_profile_that_it_claims() {
    let balp = projected(Profile::Balp, false);
    assert_eq!(balp.len(), story().len() + 1, "one for each patient");
    balp.iter().for_each(assert_audit_event);
    balp.iter().for_each(assert_balp);
    let claimed: Vec<_> = balp
        .iter()
        .filter_map(|event| event["meta"]["profile"][0].as_str()?.rsplit('.').next())
        .collect();
    assert_eq!(
        claimed,
        [
            "PatientRead",
            "PatientQuery",
            "PatientQuery",
            "PatientQuery"
        ]
    );
    let tde = projected(Profile::Tde, false);
    assert_eq!(tde.len(), story().len());
    tde.iter().for_each(assert_audit_event);
    tde.iter().for_each(assert_tde);
}

/// The contradiction that keeps one record and two projections: a read by a person.
#[test]
fn no_read_by_a_person_could_be_both() {
    let read = |profile| {
        let events = projected(profile, false);
        let read = events
            .into_iter()
            .find(|it| it["subtype"][0]["code"] == "read");
        list(&read.unwrap(), "agent").len()
    };
    assert_eq!((read(Profile::Balp), read(Profile::Tde)), (3, 2));
}

#[test]
fn an_opening_is_told_in_the_codes_of_dicom_with_both_purposes() {
    for profile in [Profile::Balp, Profile::Tde] {
        let events = projected(profile, false);
        for (code, display) in [
            ("110127", "Emergency Override Started"),
            ("110138", "Emergency Override Stopped"),
        ] {
            let event = events.iter().find(|it| it["subtype"][0]["code"] == code);
            let event = event.unwrap_or_else(|| panic!("no {code}"));
            assert_eq!(
                event["type"],
                json!({
                    "system": DCM, "code": "110113", "display": "Security Alert",
                })
            );
            assert_eq!(event["subtype"][0]["display"], display);
            assert_eq!(event["outcome"], "0");
            let user = list(event, "agent")
                .iter()
                .find(|it| it["requestor"] == true);
            let codes: Vec<_> = list(&user.unwrap()["purposeOfUse"][0], "coding")
                .iter()
                .map(|coding| coding["code"].as_str().unwrap())
                .collect();
            assert_eq!(codes, ["ETREAT", "centre_15"], "{event}");
            assert_eq!(user.unwrap()["who"]["identifier"]["value"], "dr-1");
            let glass = list(event, "entity")
                .iter()
                .find(|it| it["what"]["identifier"]["system"] == "urn:x-hygie:glass");
            assert_eq!(glass.unwrap()["what"]["identifier"]["value"], "glass-1");
            assert_eq!(coded(list(event, "entity"), "1").len(), 1, "its patient");
        }
        let read = events.iter().find(|it| it["subtype"][0]["code"] == "read");
        let purpose = &read.unwrap()["purposeOfEvent"][0]["coding"];
        assert_eq!(
            (&purpose[0]["code"], &purpose[1]["code"]),
            (&json!("BTG"), &json!("bris_de_glace"))
        );
    }
}

#[test]
fn a_refusal_says_that_and_why() {
    for profile in [Profile::Balp, Profile::Tde] {
        let events = projected(profile, false);
        let refusals: Vec<_> = events.iter().filter(|it| it["outcome"] == "8").collect();
        assert_eq!(refusals.len(), 2);
        for refusal in refusals {
            assert_eq!(refusal["type"]["code"], "110113");
            assert_eq!(refusal["outcomeDesc"], "no-care-relation");
        }
    }
}

#[test]
fn patients_are_named_by_pseudonym_unless_the_key_is_given() {
    for profile in [Profile::Balp, Profile::Tde] {
        let sealed: String = projected(profile, false)
            .iter()
            .map(Value::to_string)
            .collect();
        assert!(!sealed.contains("Patient/ada") && !sealed.contains("ada\""));
        assert!(sealed.contains(self::sealed("ada").pseudonym.as_str()));
        assert!(
            !sealed.contains("words of the"),
            "free text stays in evidence"
        );
        let clear: String = projected(profile, true)
            .iter()
            .map(Value::to_string)
            .collect();
        assert!(clear.contains("Patient/ada"));
    }
}

/// An export that begins after the declaration still tells of the end, without what it cannot know.
#[test]
fn an_end_without_its_declaration_is_told_all_the_same() {
    for profile in [Profile::Balp, Profile::Tde] {
        let mut projector = Projector::new(profile, "hygie.test/log");
        let told = projector.project(3, Timestamp::from_s(9), &ended(Some(actor())), &|_| None);
        let [event] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert_audit_event(event);
        assert_eq!(event["subtype"][0]["code"], "110138");
        assert!(event["purposeOfEvent"].is_null());
    }
}
