use hospital::DirectoryLimits;

use super::*;

const DIRECTORY: &str = r#"{
    "establishments": [
        { "id": "here", "name": "Here", "units": [] },
        { "id": "away", "name": "Away", "units": [] }
    ],
    "persons": [
        { "id": "plain", "name": "A", "profession": "physician",
          "posts": [{ "establishment": "away", "from": "2026-01-01T00:00:00Z" }] },
        { "id": "called", "name": "B", "profession": "physician", "roles": ["on-call"],
          "posts": [{ "establishment": "away", "from": "2026-01-01T00:00:00Z" }] },
        { "id": "near", "name": "C", "profession": "nurse",
          "posts": [{ "establishment": "here", "from": "2026-01-01T00:00:00Z" }] }
    ],
    "patients": [{ "id": "ada", "establishments": ["here"] }]
}"#;

fn ranked(person: &str, wish: Option<AccessMode>) -> Vec<GlassReason> {
    let directory =
        Directory::from_json(DIRECTORY.as_bytes(), &DirectoryLimits::default()).unwrap();
    let (person, patient) = (person.parse().unwrap(), "ada".parse().unwrap());
    let at = "2026-03-02T10:00:00Z".parse().unwrap();
    rank_reasons(&directory, &person, &patient, wish, at)
}

#[test]
fn the_likeliest_reason_comes_first_and_other_last() {
    use GlassReason::{
        CalledForHelp, EmergencyCall, LifeThreatening, Other, TransferInProgress,
        UnconsciousPatient,
    };
    for (person, wish, expected) in [
        (
            "plain",
            None,
            [
                LifeThreatening,
                UnconsciousPatient,
                CalledForHelp,
                TransferInProgress,
                EmergencyCall,
                Other,
            ],
        ),
        (
            "called",
            Some(AccessMode::BrisDeGlace),
            [
                CalledForHelp,
                LifeThreatening,
                UnconsciousPatient,
                TransferInProgress,
                EmergencyCall,
                Other,
            ],
        ),
        (
            "near",
            None,
            [
                LifeThreatening,
                UnconsciousPatient,
                TransferInProgress,
                CalledForHelp,
                EmergencyCall,
                Other,
            ],
        ),
        (
            "called",
            Some(AccessMode::Centre15),
            [
                EmergencyCall,
                CalledForHelp,
                LifeThreatening,
                UnconsciousPatient,
                TransferInProgress,
                Other,
            ],
        ),
    ] {
        assert_eq!(ranked(person, wish), expected, "{person} {wish:?}");
    }
}

#[test]
fn every_reason_stands_in_every_ranking_once() {
    for person in ["plain", "called", "near", "unknown"] {
        for wish in [None, Some(AccessMode::Centre15)] {
            let mut reasons = ranked(person, wish);
            reasons.sort();
            assert_eq!(reasons, GlassReason::ALL, "{person}");
        }
    }
}
