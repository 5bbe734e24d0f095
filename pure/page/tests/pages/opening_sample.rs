//! Sample views of the pages about one opening: its own, its review, its notices.

use event::{
    DeferralGround, GlassEnd, GlassReason, NoticeChannel, NoticeTo, ReviewFinding, Timestamp,
};
use page::{
    Finding, Frame, Letter, NoticeRow, NoticeState, Notices, Opening, Openings, Review,
    ReviewState, Summary,
};

/// Each page by its name.
pub(crate) fn pages(
    frame: &Frame<'_>,
    plain: &Frame<'_>,
    free: &impl Fn(&str) -> String,
) -> Vec<(&'static str, String)> {
    vec![
        ("openings", page::openings(frame, &openings(free))),
        (
            "openings-none",
            page::openings(
                plain,
                &Openings {
                    openings: Vec::new(),
                },
            ),
        ),
        ("review", page::review(frame, &review(free))),
        ("review-closed", page::review(frame, &closed(free))),
        ("review-early", page::review(plain, &early(free))),
        ("notices", page::notices(frame, &notices(free))),
        (
            "notices-none",
            page::notices(plain, &Notices { rows: Vec::new() }),
        ),
        ("letter-patient", page::letter(frame, &letter(free))),
        ("letter-physician", page::letter(plain, &physician(free))),
    ]
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn opened(free: &impl Fn(&str) -> String) -> Summary {
    Summary {
        reads: 1_204,
        resources: 3_417,
        types: vec![
            (free("AllergyIntolerance"), 1),
            (free("MedicationRequest"), 1_203),
        ],
        first: Some(at("2026-07-14T09:29:41Z")),
        last: Some(at("2026-07-14T09:41:02Z")),
    }
}

fn openings(free: &impl Fn(&str) -> String) -> Openings {
    let open = Opening {
        glass: "g-7Qk2".parse().unwrap(),
        patient: Some("t-00017".parse().unwrap()),
        person: None,
        until: at("2026-07-14T10:29:30Z"),
        minutes_left: 42,
        ended: None,
        opened: opened(free),
        review_due: at("2026-07-17T09:29:30Z"),
    };
    let ended = Opening {
        glass: "g-9Lm4".parse().unwrap(),
        patient: None,
        person: Some(free("Solène Abgrall")),
        minutes_left: 0,
        ended: Some(GlassEnd::Officer),
        opened: Summary::default(),
        ..open.clone()
    };
    Openings {
        openings: vec![open, ended],
    }
}

fn review(free: &impl Fn(&str) -> String) -> Review {
    Review {
        id: "review-1".parse().unwrap(),
        glass: "g-7Qk2".parse().unwrap(),
        person: free("Solène Abgrall"),
        profession: Some(free("physician")),
        establishments: vec![free("Clinique du Vallon"), free("Hôpital des Tilleuls")],
        patient: free("3f9a1c20"),
        reason: GlassReason::UnconsciousPatient,
        text: free("Arrivée inconsciente, allergies inconnues."),
        declared: at("2026-07-14T09:29:30Z"),
        until: at("2026-07-14T10:29:30Z"),
        ended: Some(GlassEnd::Time),
        due: at("2026-07-17T09:29:30Z"),
        state: ReviewState::Overdue,
        still_open: false,
        closed: None,
        opened: opened(free),
        notices: rows(free),
        evidence_index: 1_284_906,
        lacks_words: true,
    }
}

fn closed(free: &impl Fn(&str) -> String) -> Review {
    Review {
        state: ReviewState::Unclear,
        closed: Some(Finding {
            finding: ReviewFinding::Unclear,
            person: free("Maëlle Rousset"),
            text: free("Le service ne se souvient pas de cet appel."),
            at: at("2026-07-15T08:00:00Z"),
        }),
        notices: Vec::new(),
        ..review(free)
    }
}

fn early(free: &impl Fn(&str) -> String) -> Review {
    Review {
        state: ReviewState::Open,
        still_open: true,
        ended: None,
        text: String::new(),
        profession: None,
        opened: Summary::default(),
        ..review(free)
    }
}

fn rows(free: &impl Fn(&str) -> String) -> Vec<NoticeRow> {
    let row = |id: &str, to, person: Option<&str>, state| NoticeRow {
        id: id.parse().unwrap(),
        to,
        person: person.map(free),
        patient: free("3f9a1c20"),
        due: at("2026-07-17T09:29:30Z"),
        state,
    };
    vec![
        row("notice-1", NoticeTo::Patient, None, NoticeState::Deferred),
        row(
            "notice-2",
            NoticeTo::TreatingPhysician,
            Some("Camille Vasseur"),
            NoticeState::Given,
        ),
        row(
            "notice-3",
            NoticeTo::TreatingPhysician,
            None,
            NoticeState::Overdue,
        ),
    ]
}

fn notices(free: &impl Fn(&str) -> String) -> Notices {
    Notices { rows: rows(free) }
}

fn letter(free: &impl Fn(&str) -> String) -> Letter {
    Letter {
        id: "notice-1".parse().unwrap(),
        to: NoticeTo::Patient,
        addressee: None,
        patient: "t-00017".parse().unwrap(),
        person: free("Solène Abgrall"),
        profession: Some(free("physician")),
        establishments: vec![free("Clinique du Vallon")],
        reason: GlassReason::UnconsciousPatient,
        declared: at("2026-07-14T09:29:30Z"),
        until: at("2026-07-14T10:29:30Z"),
        opened: opened(free),
        state: NoticeState::Deferred,
        deferred: Some((DeferralGround::PatientUnfit, at("2026-07-20T00:00:00Z"))),
        given: None,
        days: ("2026-07-15".to_owned(), "2026-10-12".to_owned()),
    }
}

fn physician(free: &impl Fn(&str) -> String) -> Letter {
    Letter {
        to: NoticeTo::TreatingPhysician,
        addressee: Some(free("Camille Vasseur")),
        state: NoticeState::Given,
        deferred: None,
        given: Some((NoticeChannel::SecureMessage, at("2026-07-15T08:00:00Z"))),
        ..letter(free)
    }
}
