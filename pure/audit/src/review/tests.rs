use event::{Asked, Disclosed, Outcome, PatientId, PatientSealer, Purpose, SealKeys, Target};

use super::*;

fn patient() -> PatientRef {
    PatientSealer::new(&SealKeys::from_secret(&[1; 32])).seal(&PatientId::new("ada").unwrap())
}

fn actor() -> Actor {
    Actor {
        person: "dr-1".parse().unwrap(),
        profession: None,
        establishments: vec![],
        session: "s1".parse().unwrap(),
        ip: "127.0.0.1".parse().unwrap(),
    }
}

fn declared(glass: &str, from_s: u64) -> Event {
    Event::GlassDeclared(GlassDeclared {
        glass: glass.parse().unwrap(),
        request: "r1".parse().unwrap(),
        actor: actor(),
        patient: patient(),
        reason: GlassReason::LifeThreatening,
        text: String::new(),
        mode: GlassReason::LifeThreatening.access_mode(),
        from: Timestamp::from_s(from_s),
        until: Timestamp::from_s(from_s + 3_600),
        review: format!("review-{glass}").parse().unwrap(),
        review_due: Timestamp::from_s(from_s + 72 * 3_600),
    })
}

fn read(glass: Option<&str>, resource_type: &str, resources: u32) -> Event {
    Event::Access(Access {
        request: "r2".parse().unwrap(),
        actor: actor(),
        asked: Asked {
            service: "fhir".parse().unwrap(),
            action: "read".into(),
            purpose: Purpose::Btg,
            target: Target {
                resource_type: Some(resource_type.into()),
                patient: None,
            },
        },
        outcome: Outcome::Permit,
        reasons: vec![],
        policies: vec![],
        policy_set: String::new(),
        glass: glass.map(|id| id.parse().unwrap()),
        disclosed: Disclosed {
            patients: vec![patient()],
            resources,
            withheld: 0,
        },
        status: 200,
    })
}

fn fold(events: &[Event]) -> Reviews {
    let mut reviews = Reviews::default();
    for (index, event) in (0..).zip(events) {
        reviews.apply(index, event);
    }
    reviews
}

#[test]
fn a_review_tells_what_was_opened_under_its_own_glass_only() {
    let reviews = fold(&[
        declared("g1", 100),
        declared("g2", 50),
        read(Some("g1"), "Observation", 12),
        read(Some("g1"), "Patient", 1),
        read(None, "Patient", 1),
        read(Some("unknown"), "Patient", 1),
    ]);
    let due: Vec<_> = reviews
        .by_due()
        .iter()
        .map(|r| r.glass.to_string())
        .collect();
    assert_eq!(due, ["g2", "g1"], "the earliest due comes first");
    let opened = &reviews.by_due()[1].opened;
    assert_eq!((opened.reads, opened.resources), (2, 13));
    assert_eq!(opened.by_type["Observation"], 1);
    assert_eq!(reviews.by_due()[0].opened, Opened::default());
}

#[test]
fn declaring_again_is_no_read() {
    let mut again = read(Some("g1"), "Patient", 0);
    if let Event::Access(access) = &mut again {
        access.asked.action = "declareBreakGlass".into();
    }
    let reviews = fold(&[declared("g1", 100), again, read(Some("g1"), "Patient", 1)]);
    assert_eq!(reviews.by_due()[0].opened.reads, 1);
}

#[test]
fn a_date_once_owed_never_moves() {
    let reviews = fold(&[declared("g1", 100), declared("g1", 10_000)]);
    assert_eq!(reviews.len(), 1);
    assert_eq!(reviews.by_due()[0].due, Timestamp::from_s(100 + 72 * 3_600));
}

#[test]
fn a_review_is_open_then_owed_then_overdue() {
    let reviews = fold(&[declared("g1", 0)]);
    let review = reviews.by_due()[0].clone();
    for (s, state) in [
        (3_599, ReviewState::Open),
        (3_600, ReviewState::Owed),
        (72 * 3_600 - 1, ReviewState::Owed),
        (72 * 3_600, ReviewState::Overdue),
    ] {
        assert_eq!(review.state(Timestamp::from_s(s)), state, "{s}");
    }
}
