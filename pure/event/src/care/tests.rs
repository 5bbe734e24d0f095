use super::*;
use crate::{Event, PatientId, PatientSealer, SealKeys};

fn sealer() -> PatientSealer {
    PatientSealer::new(&SealKeys::from_secret(&[3; 32]))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn reported(change: CareChange<PatientRef>) -> Event {
    Event::CareReported(CareReported {
        feed: "adt".parse().unwrap(),
        message: sealer().care_key("message", "M1"),
        message_type: "A02".to_owned(),
        findings: vec!["unit-unknown".to_owned()],
        change,
    })
}

fn moved() -> EpisodeReport<PatientId> {
    EpisodeReport {
        told: at("2026-03-02T10:20:30Z"),
        step: EpisodeStep::Move,
        at: at("2026-03-02T10:00:00Z"),
        movement: Some(sealer().care_key("movement", "7")),
        units: vec!["med".parse().unwrap()],
        attending: vec!["p-1".parse().unwrap()],
        began: Some(at("2026-03-01")),
        prior: vec!["icu".parse().unwrap()],
        patient: "pat-1".parse().unwrap(),
        episode: sealer().care_key("episode", "V77"),
    }
}

/// Every form of a change, with its patients in clear.
fn every_change() -> Vec<CareChange<PatientId>> {
    let mut changes = other_changes();
    for step in every_step() {
        changes.push(CareChange::Episode(EpisodeReport { step, ..moved() }));
    }
    changes
}

fn other_changes() -> Vec<CareChange<PatientId>> {
    vec![
        CareChange::Merged {
            survivor: "pat-1".parse().unwrap(),
            prior: "pat-2".parse().unwrap(),
        },
        CareChange::Known {
            patient: "pat-1".parse().unwrap(),
        },
        CareChange::Renamed {
            patient: "pat-1".parse().unwrap(),
            from: sealer().care_key("episode", "V77"),
            to: sealer().care_key("episode", "V78"),
        },
        CareChange::Staff(StaffReport {
            person: "p-1".parse().unwrap(),
            told: at("2026-03-02"),
            name: Some("N".to_owned()),
            profession: Some("nurse".to_owned()),
            roles: None,
            post: Some(PostReport {
                key: sealer().care_key("post", "1"),
                place: Some(PostPlace {
                    establishment: "chu".parse().unwrap(),
                    unit: None,
                    from: at("2026-01-01"),
                    until: None,
                }),
            }),
        }),
        CareChange::Unit {
            establishment: "chu".parse().unwrap(),
            unit: "med".parse().unwrap(),
            name: "Médecine".to_owned(),
            establishment_name: None,
        },
    ]
}

fn every_step() -> [EpisodeStep; 10] {
    let whole = EpisodeStep::Whole(EpisodeState {
        kind: "care-team".to_owned(),
        void: false,
        stays: vec![UnitPeriod {
            unit: "med".parse().unwrap(),
            from: at("2026-01-01"),
            until: Some(at("2026-01-02")),
        }],
        members: vec![
            MemberPeriod {
                who: Member::Person("p-1".parse().unwrap()),
                role: "member".to_owned(),
                from: at("2026-01-01"),
                until: None,
            },
            MemberPeriod {
                who: Member::Post(sealer().care_key("post", "1")),
                role: "member".to_owned(),
                from: at("2026-01-01"),
                until: None,
            },
        ],
    });
    [
        EpisodeStep::Plan,
        EpisodeStep::Begin,
        EpisodeStep::Move,
        EpisodeStep::End,
        EpisodeStep::Correct {
            ended: Some(at("2026-03-04")),
        },
        EpisodeStep::Owner,
        whole,
        EpisodeStep::CancelMove,
        EpisodeStep::CancelEnd,
        EpisodeStep::CancelBegin,
    ]
}

#[test]
fn every_change_reads_back_and_shows_neither_patient_nor_stay() {
    for change in every_change() {
        let sealed = change
            .clone()
            .try_named(|patient| Ok::<_, ()>(sealer().seal(&patient)))
            .unwrap();
        let event = reported(sealed.clone());
        let bytes = event.to_bytes();
        let text = String::from_utf8(bytes.clone()).unwrap();
        for clear in ["pat-1", "pat-2", "V77", "M1"] {
            assert!(!text.contains(clear), "{text}");
        }
        assert_eq!(Event::from_bytes(&bytes).unwrap(), event, "{text}");
        let opened = sealed.try_named(|patient| sealer().open(&patient)).unwrap();
        assert_eq!(opened, change);
    }
}

/// Logs outlive programs: this text is kept and must read for ever.
#[test]
fn the_first_form_of_a_report_still_reads() {
    let kept = include_bytes!("first-form.jsonl");
    let lines: Vec<_> = kept
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .collect();
    assert_eq!(lines.len(), 6);
    for line in lines {
        let event = Event::from_bytes(line).unwrap();
        assert_eq!(event.to_bytes(), line, "{event:?}");
    }
}

#[test]
fn a_key_tells_kinds_and_names_apart_and_is_the_same_each_time() {
    let key = |kind, name| sealer().care_key(kind, name);
    assert_eq!(key("episode", "V1"), key("episode", "V1"));
    assert_ne!(key("episode", "V1"), key("episode", "V2"));
    assert_ne!(key("episode", "V1"), key("message", "V1"));
    assert_ne!(key("a", "bc"), key("ab", "c"));
    let other = PatientSealer::new(&SealKeys::from_secret(&[4; 32]));
    assert_ne!(key("episode", "V1"), other.care_key("episode", "V1"));
    let text = key("episode", "V1").to_string();
    assert_eq!(text.parse::<CareKey>().unwrap(), key("episode", "V1"));
    let short = text.get(1..).unwrap();
    for bad in ["", "1", short, &format!("+{short}")] {
        assert!(bad.parse::<CareKey>().is_err(), "{bad}");
    }
}
