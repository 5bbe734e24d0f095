use event::{
    Asked, DeferralGround, Disclosed, NoticeChannel, NoticeDeferred, NoticeGiven, NoticeOwed,
    NoticeTo, Outcome, PatientId, PatientSealer, Purpose, SealKeys, Target,
};

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
        key: None,
        notices: [NoticeTo::Patient, NoticeTo::TreatingPhysician]
            .map(|to| NoticeOwed {
                notice: format!("notice-{glass}-{to}").parse().unwrap(),
                to,
                person: None,
                due: Timestamp::from_s(from_s + 72 * 3_600),
            })
            .to_vec(),
    })
}

fn by(person: &str) -> Actor {
    Actor {
        person: person.parse().unwrap(),
        ..actor()
    }
}

fn ended(glass: &str, end: GlassEnd, at_s: u64) -> Event {
    Event::GlassEnded(GlassEnded {
        glass: glass.parse().unwrap(),
        end,
        at: Timestamp::from_s(at_s),
        request: None,
        actor: (end != GlassEnd::Time).then(actor),
    })
}

fn closed(glass: &str, person: &str, finding: ReviewFinding, at_s: u64) -> Event {
    Event::ReviewClosed(ReviewClosed {
        review: format!("review-{glass}").parse().unwrap(),
        glass: glass.parse().unwrap(),
        request: "r3".parse().unwrap(),
        actor: by(person),
        finding,
        text: "words".into(),
        at: Timestamp::from_s(at_s),
    })
}

fn given(glass: &str, to: NoticeTo) -> Event {
    Event::NoticeGiven(NoticeGiven {
        notice: format!("notice-{glass}-{to}").parse().unwrap(),
        glass: glass.parse().unwrap(),
        request: "r4".parse().unwrap(),
        actor: by("dpo"),
        channel: NoticeChannel::Letter,
        text: String::new(),
        at: Timestamp::from_s(9_000),
    })
}

fn deferred(glass: &str, to: NoticeTo, until_s: u64) -> Event {
    Event::NoticeDeferred(NoticeDeferred {
        notice: format!("notice-{glass}-{to}").parse().unwrap(),
        glass: glass.parse().unwrap(),
        request: "r5".parse().unwrap(),
        actor: by("dpo"),
        ground: DeferralGround::DangerToPatient,
        text: "words".into(),
        until: Timestamp::from_s(until_s),
        at: Timestamp::from_s(8_000),
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
        association: None,
    })
}

fn fold(events: &[Event]) -> Reviews {
    let mut reviews = Reviews::default();
    for (index, event) in (0..).zip(events) {
        reviews.apply(index, Timestamp::from_s(5_000 + index), event);
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
    let read = (opened.first, opened.last);
    assert_eq!(
        read,
        (
            Some(Timestamp::from_s(5_002)),
            Some(Timestamp::from_s(5_003))
        )
    );
    assert_eq!(reviews.by_due()[0].opened, Opened::default());
}

#[test]
fn what_is_about_the_opening_itself_is_no_read() {
    let mut events = vec![declared("g1", 100), read(Some("g1"), "Patient", 1)];
    for action in ABOUT_THE_OPENING {
        let mut again = read(Some("g1"), "Patient", 0);
        if let Event::Access(access) = &mut again {
            access.asked.action = action.into();
        }
        events.push(again);
    }
    assert_eq!(fold(&events).by_due()[0].opened.reads, 1);
}

/// Everything that ends an opening's debts, in every order: it leaves with the last, not before.
#[test]
fn an_opening_leaves_the_state_once_it_owes_nothing() {
    let debts = [
        ended("g1", GlassEnd::Holder, 1_000),
        closed("g1", "dpo", ReviewFinding::Justified, 2_000),
        given("g1", NoticeTo::Patient),
        given("g1", NoticeTo::TreatingPhysician),
    ];
    for first in 0..4 {
        for step in [1, 3] {
            let mut events = vec![declared("g1", 100)];
            for place in 0..4 {
                let reviews = fold(&events);
                assert_eq!(reviews.len(), 1, "{events:?}");
                events.push(debts[(first + place * step) % 4].clone());
            }
            assert!(fold(&events).is_empty(), "{events:?}");
            assert!(
                fold(&events)
                    .find(&Wanted::Glass("g1".parse().unwrap()))
                    .is_empty()
            );
        }
    }
}

#[test]
fn nobody_closes_the_review_of_their_own_opening() {
    let reviews = fold(&[
        declared("g1", 100),
        ended("g1", GlassEnd::Time, 3_700),
        closed("g1", "dr-1", ReviewFinding::Justified, 4_000),
    ]);
    assert_eq!(reviews.by_due().len(), 1, "the person who broke the glass");
    let reviews = fold(&[
        declared("g1", 100),
        closed("g1", "dpo", ReviewFinding::Unjustified, 4_000),
        closed("g1", "rssi", ReviewFinding::Justified, 5_000),
    ]);
    assert!(reviews.by_due().is_empty());
    let found = reviews.find(&Wanted::Review("review-g1".parse().unwrap()));
    let state = found[0].state(Timestamp::from_s(9_000));
    assert_eq!(
        state,
        ReviewState::Closed(ReviewFinding::Unjustified),
        "the first finding"
    );
}

#[test]
fn an_end_is_the_first_and_never_later_than_its_time() {
    let reviews = fold(&[
        declared("g1", 100),
        ended("g1", GlassEnd::Officer, 99_999),
        ended("g1", GlassEnd::Time, 3_700),
    ]);
    let review = reviews.by_due()[0];
    assert_eq!(review.end_at(), Timestamp::from_s(3_700));
    assert_eq!(review.ended.as_ref().unwrap().end, GlassEnd::Officer);
    let early = fold(&[declared("g1", 100), ended("g1", GlassEnd::Holder, 200)]);
    let state = |s| early.by_due()[0].state(Timestamp::from_s(s));
    assert_eq!(
        (state(199), state(200)),
        (ReviewState::Open, ReviewState::Owed)
    );
}

#[test]
fn a_notice_that_was_put_off_is_owed_on_its_new_date() {
    let state = |events: &[Event], at_s| {
        let reviews = fold(events);
        let notice = reviews.noticing()[0].notices[0].clone();
        notice.state(Timestamp::from_s(at_s))
    };
    let due = 100 + 72 * 3_600;
    let plain = [declared("g1", 100)];
    assert_eq!(state(&plain, due - 1), NoticeState::Owed);
    assert_eq!(state(&plain, due), NoticeState::Overdue);
    let off = [
        declared("g1", 100),
        deferred("g1", NoticeTo::Patient, due + 50),
    ];
    assert_eq!(state(&off, due + 49), NoticeState::Deferred);
    assert_eq!(state(&off, due + 50), NoticeState::Overdue);
    let short = [declared("g1", 100), deferred("g1", NoticeTo::Patient, 900)];
    assert_eq!(state(&short, 900), NoticeState::Owed);
    let given = [
        declared("g1", 100),
        given("g1", NoticeTo::Patient),
        deferred("g1", NoticeTo::Patient, due + 50),
    ];
    assert_eq!(state(&given, due + 1), NoticeState::Given, "given is given");
}

#[test]
fn an_opening_is_found_by_each_of_its_names() {
    let reviews = fold(&[declared("g1", 100), declared("g2", 50)]);
    let found = |wanted: &Wanted| -> Vec<String> {
        let found = reviews.find(wanted).into_iter();
        found.map(|it| it.glass.to_string()).collect()
    };
    let notice = "notice-g1-patient".parse().unwrap();
    assert_eq!(found(&Wanted::Glass("g1".parse().unwrap())), ["g1"]);
    assert_eq!(found(&Wanted::Review("review-g2".parse().unwrap())), ["g2"]);
    assert_eq!(found(&Wanted::Notice(notice)), ["g1"]);
    assert_eq!(
        found(&Wanted::Noticing),
        ["g2", "g1"],
        "the earliest due first"
    );
    assert!(found(&Wanted::Glass("g3".parse().unwrap())).is_empty());
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
