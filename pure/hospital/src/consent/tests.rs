use event::{Confidentiality, PersonId, Purpose, Timestamp};

use crate::{Directory, DirectoryLimits, Disclosure, Standing};

const AT: &str = "2026-03-02T10:00:00Z";

/// What the consents say about an observation to `who`, a physician of cardiology in the north or
/// of the emergency unit in the south.
fn said(consents: &str, who: &str, asked: (Purpose, &str, Confidentiality)) -> [bool; 5] {
    let json = format!(
        r#"{{
  "establishments": [
    {{"id": "north", "name": "N", "units": [{{"id": "cardio", "name": "C"}}]}},
    {{"id": "south", "name": "S", "units": [{{"id": "er", "name": "E"}}]}}],
  "persons": [
    {{"id": "doc-north", "name": "A", "profession": "physician",
      "posts": [{{"establishment": "north", "unit": "cardio", "from": "2026-01-01"}}]}},
    {{"id": "doc-south", "name": "B", "profession": "physician",
      "posts": [{{"establishment": "south", "unit": "er", "from": "2026-01-01"}}]}},
    {{"id": "nurse-south", "name": "C", "profession": "nurse",
      "posts": [{{"establishment": "south", "unit": "er", "from": "2026-01-01"}}]}}],
  "patients": [{{"id": "ada"}}, {{"id": "max"}}],
  "consents": [{consents}]
}}"#
    );
    let directory = Directory::from_json(json.as_bytes(), &DirectoryLimits::DEFAULT).unwrap();
    let (purpose, resource_type, confidentiality) = asked;
    let standing: Standing<'_> = directory.consent(
        &PersonId::new(who).unwrap(),
        &"ada".parse().unwrap(),
        &Disclosure {
            purpose,
            resource_type,
            confidentiality,
        },
        AT.parse::<Timestamp>().unwrap(),
    );
    [
        standing.named.is_some(),
        standing.general.is_some(),
        standing.objection.is_some(),
        standing.objection_to_person,
        standing.emergency_objection.is_some(),
    ]
}

const CARE: (Purpose, &str, Confidentiality) =
    (Purpose::Treat, "Observation", Confidentiality::Normal);
const NOTHING: [bool; 5] = [false; 5];
const NAMED: [bool; 5] = [true, false, false, false, false];
const GENERAL: [bool; 5] = [false, true, false, false, false];
const OBJECTION: [bool; 5] = [false, false, true, false, false];

fn consent(provision: &str, exceptions: &str) -> String {
    format!(
        r#"{{"id": "c", "patient": "ada", "from": "2026-01-01", "until": "2027-01-01",
            "provision": {provision}, "exceptions": [{exceptions}]}}"#
    )
}

#[test]
fn nothing_is_said_by_no_consent_one_of_somebody_else_or_one_out_of_its_period() {
    assert_eq!(said("", "doc-south", CARE), NOTHING);
    let other = consent(r#"{"effect": "permit"}"#, "").replace("ada", "max");
    assert_eq!(said(&other, "doc-south", CARE), NOTHING);
    let ended =
        consent(r#"{"effect": "permit"}"#, "").replace("2027-01-01", "2026-03-02T10:00:00Z");
    assert_eq!(said(&ended, "doc-south", CARE), NOTHING);
    let later = consent(r#"{"effect": "deny"}"#, "").replace("2026-01-01", "2026-03-02T10:00:01Z");
    assert_eq!(said(&later, "doc-south", CARE), NOTHING);
}

#[test]
fn a_permit_is_general_or_names_its_recipients() {
    assert_eq!(
        said(&consent(r#"{"effect": "permit"}"#, ""), "doc-south", CARE),
        GENERAL
    );
    for (recipient, doctor, nurse) in [
        (r#"{"person": "doc-south"}"#, NAMED, NOTHING),
        (r#"{"unit": "er"}"#, NAMED, NAMED),
        (
            r#"{"establishment": "south", "profession": "physician"}"#,
            NAMED,
            NOTHING,
        ),
        (r#"{"establishment": "north"}"#, NOTHING, NOTHING),
    ] {
        let text = consent(
            &format!(r#"{{"effect": "permit", "recipients": [{recipient}]}}"#),
            "",
        );
        assert_eq!(said(&text, "doc-south", CARE), doctor, "{recipient}");
        assert_eq!(said(&text, "nurse-south", CARE), nurse, "{recipient}");
    }
}

#[test]
fn purpose_level_and_type_bound_a_provision() {
    let permit = |more: &str| consent(&format!(r#"{{"effect": "permit", {more}}}"#), "");
    let deny = |more: &str| consent(&format!(r#"{{"effect": "deny", {more}}}"#), "");
    let asked =
        |text: &str, purpose, level| said(text, "doc-south", (purpose, "Observation", level));
    let (n, r, v) = (
        Confidentiality::Normal,
        Confidentiality::Restricted,
        Confidentiality::VeryRestricted,
    );
    let treat = permit(r#""purposes": ["TREAT"]"#);
    assert_eq!(asked(&treat, Purpose::Treat, n), GENERAL);
    assert_eq!(asked(&treat, Purpose::Hresch, n), NOTHING);
    let restricted = permit(r#""confidentiality": ["R"]"#);
    assert_eq!(
        [n, r, v].map(|level| asked(&restricted, Purpose::Treat, level)),
        [NOTHING, GENERAL, NOTHING]
    );
    let refused = deny(r#""confidentiality": ["R"]"#);
    assert_eq!(
        [n, r, v].map(|level| asked(&refused, Purpose::Treat, level)),
        [NOTHING, OBJECTION, OBJECTION]
    );
    let typed = permit(r#""resource_types": ["Condition"]"#);
    assert_eq!(said(&typed, "doc-south", CARE), NOTHING);
    assert_eq!(
        said(&typed, "doc-south", (Purpose::Treat, "Condition", n)),
        GENERAL
    );
}

#[test]
fn an_exception_speaks_before_the_base_and_a_refusal_before_a_permit() {
    let text = consent(
        r#"{"effect": "permit"}"#,
        r#"{"effect": "permit", "recipients": [{"unit": "er"}]},
           {"effect": "deny", "recipients": [{"person": "doc-south"}]}"#,
    );
    assert_eq!(
        said(&text, "doc-south", CARE),
        [false, false, true, true, false]
    );
    assert_eq!(said(&text, "nurse-south", CARE), NAMED);
    assert_eq!(said(&text, "doc-north", CARE), GENERAL);
    // What an exception leaves open is as in the base.
    let bounded = consent(
        r#"{"effect": "permit", "purposes": ["HRESCH"]}"#,
        r#"{"effect": "deny", "recipients": [{"person": "doc-south"}]}"#,
    );
    assert_eq!(said(&bounded, "doc-south", CARE), NOTHING);
    // What it says replaces the base's word: ordinary data to all, restricted data to one.
    let focused = consent(
        r#"{"effect": "permit", "confidentiality": ["N"]}"#,
        r#"{"effect": "permit", "confidentiality": ["R"], "recipients": [{"person": "doc-south"}]}"#,
    );
    let restricted = (Purpose::Treat, "Observation", Confidentiality::Restricted);
    assert_eq!(said(&focused, "doc-south", restricted), NAMED);
    assert_eq!(said(&focused, "nurse-south", restricted), NOTHING);
    assert_eq!(said(&focused, "nurse-south", CARE), GENERAL);
}

#[test]
fn what_cannot_be_checked_opens_nothing_and_refuses_all_it_may_mean() {
    assert_eq!(
        said(
            &consent(r#"{"effect": "permit", "residual": true}"#, ""),
            "doc-south",
            CARE
        ),
        NOTHING
    );
    assert_eq!(
        said(
            &consent(r#"{"effect": "deny", "residual": true}"#, ""),
            "doc-south",
            CARE
        ),
        OBJECTION
    );
    let exception = consent(
        r#"{"effect": "permit"}"#,
        r#"{"effect": "deny", "residual": true}"#,
    );
    assert_eq!(said(&exception, "doc-south", CARE), OBJECTION);
    let unsure = consent(
        r#"{"effect": "deny"}"#,
        r#"{"effect": "permit", "residual": true}"#,
    );
    assert_eq!(said(&unsure, "doc-south", CARE), OBJECTION);
    // A base that opens nothing by itself still carries its refusals.
    let both = consent(
        r#"{"effect": "permit", "residual": true}"#,
        r#"{"effect": "deny"}"#,
    );
    assert_eq!(said(&both, "doc-south", CARE), OBJECTION);
}

#[test]
fn only_a_refusal_that_names_the_emergency_refuses_it() {
    let plain = consent(r#"{"effect": "deny"}"#, "");
    assert_eq!(said(&plain, "doc-south", CARE), OBJECTION);
    let treatment = consent(r#"{"effect": "deny", "purposes": ["TREAT", "HPAYMT"]}"#, "");
    assert_eq!(said(&treatment, "doc-south", CARE), OBJECTION);
    for code in ["BTG", "ETREAT"] {
        let base = consent(
            &format!(r#"{{"effect": "deny", "purposes": ["{code}"]}}"#),
            "",
        );
        assert_eq!(
            said(&base, "doc-south", CARE),
            [false, false, false, false, true]
        );
        let exception = consent(
            r#"{"effect": "permit", "purposes": ["TREAT"]}"#,
            &format!(r#"{{"effect": "deny", "purposes": ["{code}"]}}"#),
        );
        assert_eq!(
            said(&exception, "doc-south", CARE),
            [false, true, false, false, true]
        );
    }
    // Only an emergency: all is refused but that.
    let only = consent(
        r#"{"effect": "deny"}"#,
        r#"{"effect": "permit", "purposes": ["BTG"]}"#,
    );
    assert_eq!(said(&only, "doc-south", CARE), OBJECTION);
}

#[test]
fn several_consents_stand_beside_each_other() {
    let permit = consent(
        r#"{"effect": "permit", "recipients": [{"establishment": "south"}]}"#,
        "",
    );
    let deny = consent(
        r#"{"effect": "deny", "recipients": [{"person": "doc-south"}]}"#,
        "",
    )
    .replace(r#""id": "c""#, r#""id": "d""#);
    let both = format!("{permit}, {deny}");
    assert_eq!(
        said(&both, "doc-south", CARE),
        [true, false, true, true, false]
    );
    assert_eq!(said(&both, "nurse-south", CARE), NAMED);
}

/// A condition of the whole consent that nobody here can see binds what it allows as an exception.
#[test]
fn an_exception_opens_nothing_under_a_condition_of_the_whole() {
    let exception = r#"{"effect": "permit", "recipients": [{"person": "doc-south"}]}"#;
    for base in ["permit", "deny"] {
        let sure = consent(&format!(r#"{{"effect": "{base}"}}"#), exception);
        assert!(said(&sure, "doc-south", CARE)[0], "{base}");
        let unsure = consent(
            &format!(r#"{{"effect": "{base}", "residual": true}}"#),
            exception,
        );
        assert!(!said(&unsure, "doc-south", CARE)[0], "{base}");
    }
}
