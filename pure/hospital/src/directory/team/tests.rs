use super::*;
use crate::DirectoryLimits;

const DIRECTORY: &str = r#"{
    "establishments": [{ "id": "here", "name": "Here", "units": [] }],
    "persons": [
        { "id": "attending", "name": "A", "profession": "physician", "posts": [] },
        { "id": "family", "name": "B", "profession": "physician", "posts": [] },
        { "id": "nurse", "name": "C", "profession": "nurse", "posts": [] }
    ],
    "patients": [
        { "id": "ada", "establishments": ["here"] },
        { "id": "max", "establishments": ["here"] }
    ],
    "care_teams": [{ "id": "t1", "patient": "ada", "members": [
        { "person": "nurse", "role": "primary-nurse", "from": "2026-01-01T00:00:00Z" },
        { "person": "attending", "role": "attending-physician", "from": "2026-01-02T00:00:00Z" },
        { "person": "family", "role": "treating-physician", "from": "2026-02-01T00:00:00Z",
          "until": "2026-03-01T00:00:00Z" }
    ] }]
}"#;

#[test]
fn the_treating_physician_is_the_one_of_that_day() {
    let directory =
        Directory::from_json(DIRECTORY.as_bytes(), &DirectoryLimits::default()).unwrap();
    let treating = |patient: &str, at: &str| {
        let found = directory.treating_physician(&patient.parse().unwrap(), at.parse().unwrap());
        found.map(|person| person.id.to_string())
    };
    for (patient, at, expected) in [
        ("ada", "2026-01-01T12:00:00Z", None),
        ("ada", "2026-01-02T00:00:00Z", Some("attending")),
        ("ada", "2026-02-01T00:00:00Z", Some("family")),
        ("ada", "2026-03-01T00:00:00Z", Some("attending")),
        ("max", "2026-02-01T00:00:00Z", None),
        ("nobody", "2026-02-01T00:00:00Z", None),
    ] {
        assert_eq!(treating(patient, at).as_deref(), expected, "{patient} {at}");
    }
    let at = "2026-02-02T00:00:00Z".parse().unwrap();
    let team: Vec<_> = directory
        .care_team_of(&"ada".parse().unwrap(), at)
        .map(|(person, it)| format!("{} {}", person.id, it.role))
        .collect();
    assert_eq!(
        team,
        [
            "nurse primary-nurse",
            "attending attending-physician",
            "family treating-physician"
        ]
    );
}
