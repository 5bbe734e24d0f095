use event::{
    AccessMode, Actor, DeferralGround, GlassReason, NoticeTo, PatientSealer, PersonId, SealKeys,
};

use super::*;
use crate::{Deferred, Opened};

fn review(to: NoticeTo, person: Option<PersonId>) -> Review {
    let sealer = PatientSealer::new(&SealKeys::from_secret(&[1; 32]));
    Review {
        id: "review-1".parse().unwrap(),
        glass: "glass-1".parse().unwrap(),
        actor: Actor {
            person: "dr-1".parse().unwrap(),
            profession: None,
            establishments: Vec::new(),
            session: "s1".parse().unwrap(),
            ip: "127.0.0.1".parse().unwrap(),
        },
        patient: sealer.seal(&"ada".parse().unwrap()),
        reason: GlassReason::LifeThreatening,
        text: String::new(),
        mode: AccessMode::BrisDeGlace,
        declared: Timestamp::from_s(100),
        until: Timestamp::from_s(3_700),
        ended: None,
        due: Timestamp::from_s(9_000),
        closed: None,
        notices: vec![Notice {
            id: "notice-1".parse().unwrap(),
            to,
            person,
            due: Timestamp::from_s(9_000),
            deferred: None,
            given: None,
        }],
        opened: Opened::default(),
        index: 7,
    }
}

#[test]
fn a_notice_names_the_patient_only_to_who_can() {
    let review = review(NoticeTo::Patient, None);
    let told = |patient: Option<&PatientId>| {
        communication(
            &review,
            &review.notices[0],
            Timestamp::from_s(200),
            "words",
            patient,
        )
    };
    let sealed = told(None);
    assert!(!sealed.to_string().contains("ada"));
    assert_eq!(
        sealed["recipient"][0]["identifier"]["value"],
        review.patient.pseudonym.as_str()
    );
    let ada = "ada".parse().unwrap();
    let clear = told(Some(&ada));
    assert_eq!(clear["subject"]["reference"], "Patient/ada");
    assert_eq!(clear["payload"][0]["contentString"], "words");
    assert_eq!(clear["about"][0]["identifier"]["value"], "glass-1");
}

#[test]
fn the_status_follows_what_became_of_it() {
    let mut review = review(NoticeTo::TreatingPhysician, Some("dr-2".parse().unwrap()));
    let told = |review: &Review, at_s| {
        let at = Timestamp::from_s(at_s);
        communication(review, &review.notices[0], at, "words", None)
    };
    let owed = told(&review, 200);
    assert_eq!(
        (&owed["status"], &owed["priority"]),
        (&"preparation".into(), &"routine".into())
    );
    assert_eq!(owed["recipient"][0]["identifier"]["value"], "dr-2");
    assert_eq!(told(&review, 9_000)["priority"], "urgent");
    review.notices[0].deferred = Some(Deferred {
        ground: DeferralGround::Inquiry,
        text: "words".into(),
        until: Timestamp::from_s(20_000),
        by: "dpo".parse().unwrap(),
    });
    let deferred = told(&review, 9_000);
    assert_eq!(deferred["status"], "on-hold");
    assert_eq!(deferred["statusReason"]["coding"][0]["code"], "inquiry");
    assert_eq!(told(&review, 20_000)["status"], "preparation");
    review.notices[0].given = Some(crate::Given {
        channel: event::NoticeChannel::Letter,
        at: Timestamp::from_s(300),
        by: "dpo".parse().unwrap(),
    });
    let given = told(&review, 9_000);
    assert_eq!(given["status"], "completed");
    assert_eq!(given["sent"], "1970-01-01T00:05:00.000000Z");
}
