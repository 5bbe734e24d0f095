use super::*;
use crate::{
    AccessMode, Actor, Asked, DeferralGround, Disclosed, GlassEnd, GlassReason, NoticeChannel,
    NoticeOwed, NoticeTo, Outcome, PatientId, PatientSealer, Purpose, ReviewFinding, SealKeys,
    Target, Timestamp,
};

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
        association: None,
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

/// One opening from its declaration to its last notice.
fn opening() -> Vec<Event> {
    let sealer = PatientSealer::new(&SealKeys::from_secret(&[3; 32]));
    let Event::Access(Access { actor, .. }) = access() else {
        return Vec::new();
    };
    let (glass, at) = ("glass-1".parse().unwrap(), Timestamp::from_s(100));
    let request: RequestId = "req-1".parse().unwrap();
    let notice = NoticeOwed {
        notice: "notice-1".parse().unwrap(),
        to: NoticeTo::TreatingPhysician,
        person: Some("dr-2".parse().unwrap()),
        due: at,
    };
    vec![
        Event::GlassDeclared(GlassDeclared {
            glass,
            request: request.clone(),
            actor: actor.clone(),
            key: Some("w0-_x".parse().unwrap()),
            patient: sealer.seal(&PatientId::new("pat-1").unwrap()),
            reason: GlassReason::Other,
            text: "words".to_owned(),
            mode: AccessMode::BrisDeGlace,
            from: at,
            until: at,
            review: "review-1".parse().unwrap(),
            review_due: at,
            notices: vec![notice],
        }),
        Event::GlassEnded(GlassEnded {
            glass: "glass-1".parse().unwrap(),
            end: GlassEnd::Time,
            at,
            request: None,
            actor: None,
        }),
        Event::ReviewClosed(ReviewClosed {
            review: "review-1".parse().unwrap(),
            glass: "glass-1".parse().unwrap(),
            request: request.clone(),
            actor: actor.clone(),
            finding: ReviewFinding::Unclear,
            text: "words".to_owned(),
            at,
        }),
        Event::NoticeDeferred(NoticeDeferred {
            notice: "notice-1".parse().unwrap(),
            glass: "glass-1".parse().unwrap(),
            request: request.clone(),
            actor: actor.clone(),
            ground: DeferralGround::Inquiry,
            text: "words".to_owned(),
            until: at,
            at,
        }),
        Event::NoticeGiven(NoticeGiven {
            notice: "notice-1".parse().unwrap(),
            glass: "glass-1".parse().unwrap(),
            request,
            actor,
            channel: NoticeChannel::Letter,
            text: String::new(),
            at,
        }),
    ]
}

#[test]
fn the_events_of_an_opening_read_back() {
    let kinds: Vec<String> = opening()
        .iter()
        .map(|event| {
            let bytes = event.to_bytes();
            assert_eq!(Event::from_bytes(&bytes).unwrap(), *event);
            assert_eq!(event.class(), class_of::ENTITY_MANAGEMENT, "{event:?}");
            let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            value["event"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "glass-declared",
            "glass-ended",
            "review-closed",
            "notice-deferred",
            "notice-given"
        ]
    );
}

/// A declaration of an earlier version owes no notice and knows no key.
#[test]
fn an_old_declaration_owes_no_notice() {
    let mut value = serde_json::to_value(&opening()[0]).unwrap();
    let members = value.as_object_mut().unwrap();
    assert!(members.remove("notices").is_some() && members.remove("key").is_some());
    let Ok(Event::GlassDeclared(old)) = Event::from_bytes(value.to_string().as_bytes()) else {
        panic!("unreadable");
    };
    assert_eq!((old.notices.len(), old.key), (0, None));
}

#[test]
fn what_is_no_event_is_unreadable() {
    for bad in [&b""[..], b"{}", b"{\"event\":\"unheard-of\"}", b"\xff"] {
        assert!(Event::from_bytes(bad).is_err());
    }
}
