use event::{AccessMode, Actor, GlassDeclared, GlassReason, PatientSealer, SealKeys};

use super::*;

fn glass(person: &str, session: &str, patient: &str, from_s: u64) -> Glass {
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
    };
    Glass::from_kept(&declared, patient)
}

fn find(glasses: &Glasses, who: (&str, &str, &str), at_s: u64) -> bool {
    let (person, session, patient) = who;
    let found = glasses.find(
        &person.parse().unwrap(),
        &session.parse().unwrap(),
        &patient.parse().unwrap(),
        Timestamp::from_s(at_s),
    );
    found.is_some()
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
        glasses.room(
            &person.parse().unwrap(),
            &"s1".parse().unwrap(),
            &"one-more".parse().unwrap(),
            Timestamp::from_s(at_s),
        )
    };
    assert!(matches!(room("dr", 10), Room::Full));
    assert!(matches!(room("another", 10), Room::Free));
    assert!(matches!(room("dr", 3_600), Room::Free));
}
