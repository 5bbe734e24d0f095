use std::error::Error as _;

use crate::{Directory, DirectoryDocument, DirectoryLimits};

/// A small document in which everything is right.
const GOOD: &str = r#"{
  "establishments": [
    {"id": "chu", "name": "CHU", "units": [{"id": "chu-cardio", "name": "Cardiologie"}]},
    {"id": "ch", "name": "CH", "units": [{"id": "ch-med", "name": "Medecine"}]}
  ],
  "persons": [
    {"id": "p1", "name": "A", "profession": "physician", "own_record": "t1",
     "posts": [{"establishment": "chu", "unit": "chu-cardio", "from": "2026-01-01"}]},
    {"id": "p2", "name": "B", "profession": "clerk", "roles": ["on-call"],
     "posts": [{"establishment": "ch", "from": "2026-01-01", "until": "2026-02-01"}]}
  ],
  "patients": [{"id": "t1", "establishments": ["chu"], "protected": true}, {"id": "t2"}],
  "care_teams": [{"id": "team1", "patient": "t1", "episode": "e1",
     "members": [{"person": "p1", "role": "attending", "from": "2026-01-01"}]}],
  "encounters": [{"id": "e1", "patient": "t1", "unit": "chu-cardio", "status": "in-progress",
     "from": "2026-01-01T08:00:00Z"}],
  "assets": [{"id": "a1", "name": "Pump", "tier": "medical", "establishment": "chu",
     "unit": "chu-cardio", "kind": "infusion-pump", "care_function": "infusion"}]
}"#;

/// Replaces `from` by `to` in the good document; the whole of the message, cause included.
fn refused(from: &str, to: &str) -> String {
    assert!(
        GOOD.contains(from),
        "the case no longer fits the document: {from}"
    );
    let json = GOOD.replacen(from, to, 1);
    let error = Directory::from_json(json.as_bytes(), &DirectoryLimits::DEFAULT).unwrap_err();
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[test]
fn the_good_document_is_good_and_round_trips() {
    let document =
        DirectoryDocument::from_json(GOOD.as_bytes(), &DirectoryLimits::DEFAULT).unwrap();
    let again = DirectoryDocument::from_json(&document.to_json(), &DirectoryLimits::DEFAULT);
    assert_eq!(again.unwrap(), document);
    assert!(Directory::new(document, &DirectoryLimits::DEFAULT).is_ok());
    assert!(Directory::from_json(b"{}", &DirectoryLimits::DEFAULT).is_ok());
}

/// What is replaced in the good document, by what, and the message.
const FAULTS: &[(&str, &str, &str)] = &[
    (
        r#""units": [{"id": "ch-med""#,
        r#""units": [{"id": "chu-cardio""#,
        "establishments[1].units[0]: unit `chu-cardio` already has an entry",
    ),
    (
        r#"{"id": "ch", "#,
        r#"{"id": "chu", "#,
        "establishments[1]: establishment `chu` already has an entry",
    ),
    (
        r#""id": "p2""#,
        r#""id": "p1""#,
        "persons[1]: person `p1` already has an entry",
    ),
    (
        r#"{"id": "t2"}"#,
        r#"{"id": "t1"}"#,
        "patients[1]: this patient already has an entry",
    ),
    (
        r#""establishments": ["chu"]"#,
        r#""establishments": ["chx"]"#,
        "patients[0].establishments: the directory has no establishment `chx`",
    ),
    (
        r#""own_record": "t1""#,
        r#""own_record": "t9""#,
        "persons[0].own_record: the directory has no such patient",
    ),
    (
        r#""profession": "clerk""#,
        r#""profession": "clerk", "own_record": "t1""#,
        "persons[1].own_record: another person already has this patient as their own record",
    ),
    (
        r#"{"establishment": "chu", "unit": "chu-cardio", "from""#,
        r#"{"establishment": "chu", "unit": "ch-med", "from""#,
        "persons[0].posts[0].unit: unit `ch-med` is not in establishment `chu`",
    ),
    (
        r#"{"establishment": "chu", "unit": "chu-cardio", "from""#,
        r#"{"establishment": "chu", "unit": "ghost", "from""#,
        "persons[0].posts[0].unit: the directory has no unit `ghost`",
    ),
    (
        r#""until": "2026-02-01""#,
        r#""until": "2026-01-01""#,
        "persons[1].posts[0]: the period ends at `2026-01-01T00:00:00.000000Z`, not after its \
             start at `2026-01-01T00:00:00.000000Z`",
    ),
    (
        r#"{"person": "p1""#,
        r#"{"person": "p9""#,
        "care_teams[0].members[0].person: the directory has no person `p9`",
    ),
    (
        r#""members": [{"#,
        r#""members": [{"person": "p1", "role": "attending", "from": "2026-01-01"}, {"#,
        "care_teams[0].members[1]: member `p1` already has an entry",
    ),
    (
        r#""team1", "patient": "t1""#,
        r#""team1", "patient": "t9""#,
        "care_teams[0].patient: the directory has no such patient",
    ),
    (
        r#""e1", "patient": "t1""#,
        r#""e1", "patient": "t9""#,
        "encounters[0].patient: the directory has no such patient",
    ),
    (
        r#""unit": "chu-cardio", "status""#,
        r#""unit": "ch-med", "status""#,
        "encounters[0]: the patient's entry does not name establishment `ch`",
    ),
    (
        r#""in-progress""#,
        r#""finished""#,
        "encounters[0]: a finished encounter needs `until`",
    ),
    (
        r#""kind": "infusion-pump""#,
        r#""kind": """#,
        "assets[0].kind: a text has 1 to 256 bytes, this one has 0",
    ),
    (
        r#""assets": [{"#,
        r#""assets": [{"id": "a1", "name": "X", "tier": "building", "establishment": "ch",
                "kind": "x"}, {"#,
        "assets[1]: asset `a1` already has an entry",
    ),
];

#[test]
fn each_fault_names_what_and_where() {
    for (from, to, message) in FAULTS {
        assert_eq!(refused(from, to), *message, "{from} -> {to}");
    }
}

#[test]
fn unreadable_bytes_name_line_and_column() {
    let unknown = refused(r#""tier": "medical""#, r#""tear": "medical""#);
    assert!(
        unknown.starts_with("the directory cannot be read at line 17, column"),
        "{unknown}"
    );
    assert!(unknown.contains("unknown field `tear`"), "{unknown}");
    let value = refused(r#""in-progress""#, r#""in progress""#);
    assert!(value.contains("line 15"), "{value}");
    let instant = refused(r#""2026-02-01""#, r#""soon""#);
    assert!(
        instant.contains("line 10") && instant.contains("`soon` is not a date"),
        "{instant}"
    );
    let twice = refused(
        r#""tier": "medical""#,
        r#""tier": "medical", "tier": "office""#,
    );
    assert!(twice.contains("duplicate field `tier`"), "{twice}");
    for bytes in [&b""[..], b"[", b"null", b"\xff", b"{} {}"] {
        assert!(
            Directory::from_json(bytes, &DirectoryLimits::DEFAULT).is_err(),
            "{bytes:?}"
        );
    }
}

#[test]
fn no_fault_names_a_patient() {
    let secret = GOOD
        .replace("\"t1\"", "\"jeanne-1954\"")
        .replace("\"t2\"", "\"louis-1931\"");
    for (from, to) in [
        ("\"louis-1931\"", "\"jeanne-1954\""),
        (
            "\"own_record\": \"jeanne-1954\"",
            "\"own_record\": \"jeanne-1955\"",
        ),
        (
            "\"team1\", \"patient\": \"jeanne-1954\"",
            "\"team1\", \"patient\": \"jeanne-1955\"",
        ),
        (
            "\"e1\", \"patient\": \"jeanne-1954\"",
            "\"e1\", \"patient\": \"jeanne-1955\"",
        ),
        (
            "\"unit\": \"chu-cardio\", \"status\"",
            "\"unit\": \"ch-med\", \"status\"",
        ),
    ] {
        assert!(secret.contains(from), "{from}");
        let json = secret.replacen(from, to, 1);
        let error = Directory::from_json(json.as_bytes(), &DirectoryLimits::DEFAULT).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("195"), "{error:?}");
    }
}

const BOUNDS: DirectoryLimits = DirectoryLimits::DEFAULT;

/// Limits that the good document passes, and how the refusal begins.
const TIGHT: &[(DirectoryLimits, &str)] = &[
    (
        DirectoryLimits {
            establishments_max: 1,
            ..BOUNDS
        },
        "establishments: 2 establishments",
    ),
    (
        DirectoryLimits {
            units_max: 1,
            ..BOUNDS
        },
        "establishments: 2 units",
    ),
    (
        DirectoryLimits {
            persons_max: 1,
            ..BOUNDS
        },
        "persons: 2 persons",
    ),
    (
        DirectoryLimits {
            posts_per_person_max: 0,
            ..BOUNDS
        },
        "persons[0]: 1 posts",
    ),
    (
        DirectoryLimits {
            roles_per_person_max: 0,
            ..BOUNDS
        },
        "persons[1]: 1 roles",
    ),
    (
        DirectoryLimits {
            patients_max: 1,
            ..BOUNDS
        },
        "patients: 2 patients",
    ),
    (
        DirectoryLimits {
            care_teams_max: 0,
            ..BOUNDS
        },
        "care_teams: 1 care teams",
    ),
    (
        DirectoryLimits {
            care_team_members_max: 0,
            ..BOUNDS
        },
        "care_teams: 1 members",
    ),
    (
        DirectoryLimits {
            encounters_max: 0,
            ..BOUNDS
        },
        "encounters: 1 encounters",
    ),
    (
        DirectoryLimits {
            assets_max: 0,
            ..BOUNDS
        },
        "assets: 1 assets",
    ),
    (
        DirectoryLimits {
            document_bytes_max: 9,
            ..BOUNDS
        },
        "document: ",
    ),
];

#[test]
fn each_limit_is_refused_by_name() {
    for (limits, message) in TIGHT {
        let error = Directory::from_json(GOOD.as_bytes(), limits)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(message), "{error}");
        assert!(error.contains("more than the limit of"), "{error}");
    }
}
