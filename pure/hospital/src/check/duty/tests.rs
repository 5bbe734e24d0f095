use crate::{Directory, DirectoryLimits};

/// A small document in which everything is right.
const GOOD: &str = r#"{
  "establishments": [{"id": "north", "name": "N", "units": [{"id": "cardio", "name": "C"}]}],
  "persons": [
    {"id": "p1", "name": "A", "profession": "physician"},
    {"id": "p2", "name": "B", "profession": "physician"},
    {"id": "s1", "name": "C", "profession": "student"}
  ],
  "patients": [{"id": "t1"}],
  "on_call": [{"person": "p1", "units": ["cardio"], "from": "2026-01-01", "until": "2026-01-02"}],
  "replacements": [{"person": "p1", "replaces": "p2", "from": "2026-01-01", "until": "2026-01-02"}],
  "supervisions": [{"person": "s1", "supervisor": "p1", "unit": "cardio", "from": "2026-01-01", "until": "2026-02-01"}],
  "consents": [{"id": "c1", "patient": "t1", "from": "2026-01-01", "provision":
     {"effect": "permit", "recipients": [{"person": "p2", "unit": "cardio", "establishment": "north"}]},
     "exceptions": [{"effect": "deny", "purposes": ["HRESCH"], "confidentiality": ["R"], "resource_types": ["Condition"]}]}],
  "accounts": [{"id": "a1", "patient": "t1", "relationship": "parent", "from": "2026-01-01", "until": "2026-02-01"}]
}"#;

/// What is replaced in the good document, by what, and the message.
const FAULTS: &[(&str, &str, &str)] = &[
    (
        r#""units": ["cardio"]"#,
        r#""units": []"#,
        "on_call[0]: this entry says nothing",
    ),
    (
        r#""units": ["cardio"]"#,
        r#""units": ["x"]"#,
        "on_call[0].units: the directory has no unit `x`",
    ),
    (
        r#""on_call": [{"person": "p1""#,
        r#""on_call": [{"person": "x""#,
        "on_call[0].person: the directory has no person `x`",
    ),
    (
        r#""until": "2026-01-02"}],
  "rep"#,
        r#""until": "2026-01-01"}],
  "rep"#,
        "on_call[0]: the period ends at",
    ),
    (
        r#""replaces": "p2""#,
        r#""replaces": "s1""#,
        "replacements[0]: `p1` and `s1` are not of the same profession",
    ),
    (
        r#""replaces": "p2""#,
        r#""replaces": "p1""#,
        "replacements[0]: `p1` stands on both sides",
    ),
    (
        r#""supervisor": "p1""#,
        r#""supervisor": "s1""#,
        "supervisions[0]: `s1` stands on both sides",
    ),
    (
        r#""supervisor": "p1", "unit": "cardio""#,
        r#""supervisor": "p1", "unit": "x""#,
        "supervisions[0].unit: the directory has no unit `x`",
    ),
    (
        r#""patient": "t1", "from": "2026-01-01", "prov"#,
        r#""patient": "t2", "from": "2026-01-01", "prov"#,
        "consents[0].patient: the directory has no such patient",
    ),
    (
        r#"{"person": "p2", "unit": "cardio", "establishment": "north"}"#,
        "{}",
        "consents[0].provision.recipients[0]: this entry says nothing",
    ),
    (
        r#"{"person": "p2", "#,
        r#"{"person": "x", "#,
        "consents[0].provision.recipients[0].person: the directory has no person `x`",
    ),
    (
        r#""establishment": "north"}"#,
        r#""establishment": "x"}"#,
        "consents[0].provision.recipients[0].establishment: the directory has no establishment `x`",
    ),
    (
        r#""resource_types": ["Condition"]"#,
        r#""resource_types": [""]"#,
        "consents[0].exceptions[0].resource_types: a text has",
    ),
    (
        r#"{"id": "a1""#,
        r#"{"id": "p1""#,
        "accounts[0]: `p1` is a person of the staff",
    ),
    (
        r#""relationship": "parent", "from": "2026-01-01", "until": "2026-02-01""#,
        r#""relationship": "parent", "from": "2026-01-01""#,
        "accounts[0]: an account that acts for somebody else needs `until`",
    ),
    (
        r#""id": "a1", "patient": "t1""#,
        r#""id": "a1", "patient": "t2""#,
        "accounts[0].patient: the directory has no such patient",
    ),
];

#[test]
fn each_fault_is_refused_with_its_place() {
    assert!(Directory::from_json(GOOD.as_bytes(), &DirectoryLimits::DEFAULT).is_ok());
    for (from, to, message) in FAULTS {
        assert!(GOOD.contains(from), "the case no longer fits: {from}");
        let json = GOOD.replacen(from, to, 1);
        let error = Directory::from_json(json.as_bytes(), &DirectoryLimits::DEFAULT)
            .expect_err(message)
            .to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn each_limit_is_refused_by_name() {
    const BOUNDS: DirectoryLimits = DirectoryLimits::DEFAULT;
    for (limits, message) in [
        (
            DirectoryLimits {
                duties_max: 2,
                ..BOUNDS
            },
            "on_call: 3 duties",
        ),
        (
            DirectoryLimits {
                units_per_duty_max: 0,
                ..BOUNDS
            },
            "on_call[0]: 1 units",
        ),
        (
            DirectoryLimits {
                consents_max: 0,
                ..BOUNDS
            },
            "consents: 1 consents",
        ),
        (
            DirectoryLimits {
                consents_per_patient_max: 0,
                ..BOUNDS
            },
            "consents[0]: 1 consents of one",
        ),
        (
            DirectoryLimits {
                consent_entries_max: 0,
                ..BOUNDS
            },
            "consents[0].provision: 1 recipients",
        ),
        (
            DirectoryLimits {
                accounts_max: 0,
                ..BOUNDS
            },
            "accounts: 1 accounts",
        ),
    ] {
        let error = Directory::from_json(GOOD.as_bytes(), &limits)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(message), "{error}");
    }
}
