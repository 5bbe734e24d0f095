use event::{AccessMode, Actor, GlassDeclared, GlassReason, PatientSealer, SealKeys};

use super::*;

fn glass(person: &str, session: &str, patient: &str, from_s: u64) -> Glass {
    glass_of((person, session, patient), None, from_s)
}

fn glass_of(who: (&str, &str, &str), key: Option<&str>, from_s: u64) -> Glass {
    let (person, session, patient) = who;
    let patient = PatientId::new(patient).unwrap();
    let declared = GlassDeclared {
        glass: format!("g-{person}-{patient}").parse().unwrap(),
        request: "r".parse().unwrap(),
        actor: Actor {
            person: person.parse().unwrap(),
            profession: None,
            establishments: vec![],
            session: session.parse().unwrap(),
            ip: "127.0.0.1".parse().unwrap(),
        },
        patient: PatientSealer::new(&SealKeys::from_secret(&[0; 32])).seal(&patient),
        reason: GlassReason::LifeThreatening,
        text: String::new(),
        mode: AccessMode::BrisDeGlace,
        from: Timestamp::from_s(from_s),
        until: Timestamp::from_s(from_s + 3_600),
        review: "v".parse().unwrap(),
        review_due: Timestamp::from_s(from_s + 7_200),
        key: key.map(|key| key.parse().unwrap()),
        notices: Vec::new(),
    };
    Glass::from_kept(&declared, patient)
}

fn find(glasses: &Glasses, who: (&str, &str, &str), at_s: u64) -> bool {
    find_on(glasses, who, None, at_s)
}

fn find_on(glasses: &Glasses, who: (&str, &str, &str), key: Option<&str>, at_s: u64) -> bool {
    let (person, session, patient) = who;
    let (person, session) = (person.parse().unwrap(), session.parse().unwrap());
    let key = key.map(|key| key.parse().unwrap());
    let holder = Holder {
        person: &person,
        session: &session,
        key: key.as_ref(),
    };
    let patient = patient.parse().unwrap();
    glasses
        .find(holder, &patient, Timestamp::from_s(at_s))
        .is_some()
}

/// The names of the glasses whose end is owed.
fn over(glasses: &Glasses, at_s: u64) -> Vec<String> {
    let over = glasses.take_over(Timestamp::from_s(at_s));
    over.into_iter().map(|it| it.glass.to_string()).collect()
}

#[test]
fn a_glass_opens_only_from_the_device_that_broke_it() {
    let glasses = Glasses::default();
    let ada = ("dr", "s1", "ada");
    glasses.open(glass_of(ada, Some("k1"), 0), Timestamp::from_s(0));
    assert!(find_on(&glasses, ada, Some("k1"), 1));
    assert!(!find_on(&glasses, ada, Some("k2"), 1), "another device");
    assert!(!find_on(&glasses, ada, None, 1), "no device at all");
    let max = ("dr", "s1", "max");
    glasses.open(glass_of(max, None, 0), Timestamp::from_s(0));
    assert!(find_on(&glasses, max, None, 1));
    assert!(!find_on(&glasses, max, Some("k1"), 1));
}

#[test]
fn what_is_closed_opens_nothing_and_owes_no_second_end() {
    let glasses = Glasses::default();
    for patient in ["ada", "max"] {
        glasses.open(glass("dr", "s1", patient, 0), Timestamp::from_s(0));
    }
    glasses.close(&"g-dr-ada".parse().unwrap());
    assert!(!find(&glasses, ("dr", "s1", "ada"), 1));
    assert!(find(&glasses, ("dr", "s1", "max"), 1));
    assert!(over(&glasses, 3_599).is_empty(), "its time is not over");
    assert_eq!(over(&glasses, 3_600), ["g-dr-max"]);
    assert!(over(&glasses, 3_600).is_empty(), "each is taken once");
}

/// Whatever sweeps an ended glass out of its place, its end is still owed.
#[test]
fn no_end_is_lost_to_a_look_or_to_another_opening() {
    for look in 0..2 {
        let glasses = Glasses::default();
        glasses.open(glass("dr", "s1", "ada", 0), Timestamp::from_s(0));
        if look == 0 {
            assert!(!find(&glasses, ("dr", "s1", "ada"), 4_000));
        } else {
            glasses.open(glass("dr", "s1", "ada", 4_000), Timestamp::from_s(4_000));
        }
        assert_eq!(over(&glasses, 4_000), ["g-dr-ada"], "{look}");
    }
    let glasses = Glasses::default();
    let owed = || Over {
        glass: "g".parse().unwrap(),
        until: Timestamp::from_s(1),
    };
    glasses.owe_ends([owed()]);
    assert_eq!(glasses.take_over(Timestamp::from_s(0)), [owed()]);
}

#[test]
fn a_person_sees_their_own_open_glasses_only() {
    let glasses = Glasses::default();
    for (person, patient, from_s) in [("dr", "max", 9), ("dr", "ada", 5), ("eve", "ada", 1)] {
        let glass = glass(person, "s1", patient, from_s);
        glasses.open(glass, Timestamp::from_s(from_s));
    }
    let own = |at_s| -> Vec<String> {
        let own = glasses.of_person(&"dr".parse().unwrap(), Timestamp::from_s(at_s));
        own.iter()
            .map(|glass| glass.patient().to_string())
            .collect()
    };
    assert_eq!(own(10), ["ada", "max"], "the first to end comes first");
    assert_eq!(own(3_605), ["max"]);
}

#[test]
fn a_glass_is_found_by_its_person_session_and_patient_until_it_ends() {
    let glasses = Glasses::default();
    glasses.open(glass("dr", "s1", "ada", 0), Timestamp::from_s(0));
    assert!(find(&glasses, ("dr", "s1", "ada"), 3_599));
    assert!(!find(&glasses, ("dr", "s1", "ada"), 3_600));
    for other in [
        ("eve", "s1", "ada"),
        ("dr", "s2", "ada"),
        ("dr", "s1", "max"),
    ] {
        assert!(!find(&glasses, other, 1), "{other:?}");
    }
}

#[test]
fn one_person_has_a_limit_and_what_has_ended_makes_room() {
    let glasses = Glasses::default();
    for number in 0..GLASSES_OPEN_PER_PERSON_MAX {
        glasses.open(
            glass("dr", "s1", &format!("p{number}"), 0),
            Timestamp::from_s(0),
        );
    }
    let room = |person: &str, at_s| {
        let (person, session) = (person.parse().unwrap(), "s1".parse().unwrap());
        let holder = Holder {
            person: &person,
            session: &session,
            key: None,
        };
        let patient = "one-more".parse().unwrap();
        glasses.room(holder, &patient, Timestamp::from_s(at_s))
    };
    assert!(matches!(room("dr", 10), Room::Full));
    assert!(matches!(room("another", 10), Room::Free));
    assert!(matches!(room("dr", 3_600), Room::Free));
}

#[test]
fn an_end_that_is_not_confirmed_is_owed_and_a_kept_one_is_not() {
    let glasses = Glasses::default();
    for (person, kept) in [("a", true), ("b", false)] {
        glasses.open(glass(person, "s", "p", 0), Timestamp::from_s(1));
        let closing = glasses.closing(
            format!("g-{person}-p").parse().unwrap(),
            Timestamp::from_s(9),
        );
        assert!(!find(&glasses, (person, "s", "p"), 5), "shut at once");
        if kept {
            closing.kept();
        } else {
            drop(closing);
        }
    }
    assert_eq!(over(&glasses, 10), ["g-b-p"]);
}
