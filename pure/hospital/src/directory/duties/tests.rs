use event::{PatientId, PersonId, Timestamp};

use crate::{Directory, DirectoryLimits, Relation};

/// `ada` lies in cardiology of the north, `ivy` is the nurse of that ward as a patient.
const GROUP: &str = r#"{
  "establishments": [
    {"id": "north", "name": "N", "units": [{"id": "cardio", "name": "C"}, {"id": "psy", "name": "P"}]},
    {"id": "south", "name": "S", "units": [{"id": "er", "name": "E"}]}
  ],
  "persons": [
    {"id": "senior", "name": "A", "profession": "physician",
     "posts": [{"establishment": "north", "unit": "cardio", "from": "2020-01-01", "until": "2026-09-01"}]},
    {"id": "away", "name": "B", "profession": "physician",
     "posts": [{"establishment": "south", "unit": "er", "from": "2020-01-01"}]},
    {"id": "locum", "name": "C", "profession": "physician",
     "posts": [{"establishment": "south", "from": "2026-03-01"}]},
    {"id": "locum-of-locum", "name": "D", "profession": "physician",
     "posts": [{"establishment": "south", "from": "2026-03-01"}]},
    {"id": "student", "name": "E", "profession": "student",
     "posts": [{"establishment": "north", "unit": "cardio", "from": "2020-01-01", "until": "2026-08-01"}]},
    {"id": "nurse-ill", "name": "F", "profession": "nurse", "own_record": "ivy",
     "posts": [{"establishment": "north", "unit": "cardio", "from": "2020-01-01"}]},
    {"id": "rover", "name": "G", "profession": "nurse",
     "posts": [{"establishment": "north", "from": "2020-01-01"}]},
    {"id": "nurse-psy", "name": "H", "profession": "nurse",
     "posts": [{"establishment": "north", "unit": "psy", "from": "2020-01-01"}]}
  ],
  "patients": [{"id": "ada", "establishments": ["north"]}, {"id": "ivy", "establishments": ["north"]},
               {"id": "max", "establishments": ["north"]}],
  "care_teams": [{"id": "t", "patient": "max",
     "members": [{"person": "senior", "role": "attending", "from": "2026-01-01"}]}],
  "encounters": [{"id": "e", "patient": "ada", "unit": "cardio", "status": "in-progress",
     "from": "2026-03-01"}],
  "on_call": [{"person": "away", "units": ["cardio"], "from": "2026-03-02T18:00:00Z", "until": "2026-03-03T08:00:00Z"}],
  "replacements": [
    {"person": "locum", "replaces": "senior", "from": "2026-03-02", "until": "2026-03-09"},
    {"person": "locum-of-locum", "replaces": "locum", "from": "2026-03-02", "until": "2026-03-09"}
  ],
  "supervisions": [{"person": "student", "supervisor": "senior", "unit": "cardio",
     "from": "2026-03-01", "until": "2026-12-01"}],
  "accounts": [
    {"id": "acc-ada", "patient": "ada", "relationship": "self", "from": "2026-01-01"},
    {"id": "acc-ada", "patient": "max", "relationship": "parent", "from": "2026-01-01", "until": "2026-06-01"}
  ]
}"#;

fn directory() -> Directory {
    Directory::from_json(GROUP.as_bytes(), &DirectoryLimits::DEFAULT).unwrap()
}

fn relation<'a>(directory: &'a Directory, who: &str, patient: &str, at: &str) -> Relation<'a> {
    directory.relation(
        &PersonId::new(who).unwrap(),
        &PatientId::new(patient).unwrap(),
        at.parse().unwrap(),
    )
}

#[test]
fn a_duty_on_call_gives_the_encounters_of_its_units_for_its_period() {
    let directory = directory();
    for (at, unit) in [
        ("2026-03-02T17:59:59Z", None),
        ("2026-03-02T18:00:00Z", Some("cardio")),
        ("2026-03-03T07:59:59Z", Some("cardio")),
        ("2026-03-03T08:00:00Z", None),
    ] {
        let found = relation(&directory, "away", "ada", at);
        assert_eq!(found.on_call_unit.map(event::UnitId::as_str), unit, "{at}");
        assert_eq!(found.is_care(), unit.is_some());
        assert!(!found.shared_establishments, "a duty is no post there");
    }
    // A patient who lies in no covered unit is not theirs.
    assert!(!relation(&directory, "away", "max", "2026-03-02T20:00:00Z").is_care());
}

#[test]
fn a_locum_has_the_teams_and_units_of_the_colleague_for_the_period_and_one_step_only() {
    let directory = directory();
    let during = "2026-03-04T00:00:00Z";
    for patient in ["ada", "max"] {
        let found = relation(&directory, "locum", patient, during);
        assert!(found.is_care() && found.shared_establishments);
        assert_eq!(found.replaces.map(PersonId::as_str), Some("senior"));
        let second = relation(&directory, "locum-of-locum", patient, during);
        assert_eq!(second, Relation::default(), "{patient}");
        for outside in ["2026-03-01T23:59:59Z", "2026-03-09T00:00:00Z"] {
            assert!(!relation(&directory, "locum", patient, outside).is_care());
        }
    }
    // What the colleague no longer has, the locum does not get.
    let team = relation(&directory, "locum", "max", during).care_team;
    assert_eq!(team.map(|team| team.role), Some("attending"));
}

#[test]
fn a_student_is_supervised_while_both_are_in_the_unit_and_the_patient_is_the_supervisors() {
    let directory = directory();
    let supervisor = |patient: &str, at: &str| {
        relation(&directory, "student", patient, at)
            .supervisor
            .map(|id| id.as_str().to_owned())
    };
    let senior = Some("senior".to_owned());
    assert_eq!(supervisor("ada", "2026-03-02T10:00:00Z"), senior);
    assert_eq!(supervisor("max", "2026-03-02T10:00:00Z"), senior);
    assert_eq!(
        supervisor("ivy", "2026-03-02T10:00:00Z"),
        None,
        "not the supervisor's patient"
    );
    assert_eq!(
        supervisor("ada", "2026-02-28T10:00:00Z"),
        None,
        "before the supervision"
    );
    assert_eq!(
        supervisor("max", "2026-08-01T10:00:00Z"),
        None,
        "the student's post is over"
    );
    assert_eq!(
        relation(&directory, "away", "ada", "2026-03-02T10:00:00Z").supervisor,
        None
    );
}

#[test]
fn colleagues_are_those_who_work_in_the_same_place() {
    let directory = directory();
    let at = "2026-03-02T10:00:00Z";
    let colleague = |who: &str| relation(&directory, who, "ivy", at).colleague;
    assert!(colleague("senior"), "the same unit");
    assert!(
        colleague("rover"),
        "the same establishment, in no unit in particular"
    );
    assert!(!colleague("nurse-psy"), "another unit");
    assert!(!colleague("away"), "another establishment");
    assert!(!colleague("nurse-ill"), "nobody is their own colleague");
    assert!(
        !relation(&directory, "senior", "ada", at).colleague,
        "not of the staff"
    );
    assert!(!relation(&directory, "senior", "ivy", "2026-09-01T00:00:00Z").colleague);
}

#[test]
fn an_account_opens_its_own_patients_within_its_period() {
    let directory = directory();
    let id = PersonId::new("acc-ada").unwrap();
    let opens = |patient: &str, at: &str| {
        let patient = PatientId::new(patient).unwrap();
        let found = directory.account(&id, &patient, at.parse().unwrap());
        found.map(|it| it.relationship.code())
    };
    assert_eq!(opens("ada", "2026-03-02T10:00:00Z"), Some("self"));
    assert_eq!(opens("max", "2026-05-31T23:59:59Z"), Some("parent"));
    assert_eq!(opens("max", "2026-06-01T00:00:00Z"), None);
    assert_eq!(opens("ivy", "2026-03-02T10:00:00Z"), None);
    let at: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
    assert!(!directory.has_account(&id, at));
    assert!(!directory.has_account(&PersonId::new("senior").unwrap(), at));
}
