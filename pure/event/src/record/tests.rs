use super::*;
use crate::{Asked, Disclosed, Outcome, PatientId, PatientSealer, Purpose, SealKeys, Target};

fn access() -> Event {
    let sealer = PatientSealer::new(&SealKeys::from_secret(&[3; 32]));
    let patient = sealer.seal(&PatientId::new("pat-1").unwrap());
    Event::Access(Access {
        request: "req-1".parse().unwrap(),
        actor: Actor {
            person: "dr-1".parse().unwrap(),
            profession: Some("physician".into()),
            establishments: vec!["chu".parse().unwrap()],
            session: "s1".parse().unwrap(),
            ip: "127.0.0.1".parse().unwrap(),
        },
        asked: Asked {
            service: "fhir".parse().unwrap(),
            action: "read".into(),
            purpose: Purpose::Treat,
            target: Target {
                resource_type: Some("Patient".into()),
                patient: Some(patient.clone()),
            },
        },
        outcome: Outcome::Permit,
        reasons: vec!["care-team".into()],
        policies: vec!["treat.care-team".into()],
        policy_set: "0123456789abcdef".into(),
        glass: None,
        disclosed: Disclosed {
            patients: vec![patient],
            resources: 1,
            withheld: 0,
        },
        status: 200,
    })
}

#[test]
fn an_event_reads_back_and_never_shows_the_patient() {
    let event = access();
    let bytes = event.to_bytes();
    assert_eq!(Event::from_bytes(&bytes).unwrap(), event);
    assert!(!String::from_utf8(bytes).unwrap().contains("pat-1"));
}

/// Logs outlive programs: this text was written by the first version and must read for ever.
#[test]
fn the_first_form_still_reads() {
    let kept = include_bytes!("first-form.jsonl");
    let lines: Vec<_> = kept
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .collect();
    assert_eq!(lines.len(), 4);
    for line in lines {
        let event = Event::from_bytes(line).unwrap();
        assert_eq!(event.to_bytes(), line, "{event:?}");
    }
}

#[test]
fn what_is_no_event_is_unreadable() {
    for bad in [&b""[..], b"{}", b"{\"event\":\"unheard-of\"}", b"\xff"] {
        assert!(Event::from_bytes(bad).is_err());
    }
}
