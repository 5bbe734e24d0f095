//! `hygie policy explain` says what the door would decide, and what it stands on.

use serde_json::Value;

use crate::program::{printed, run};

const DIRECTORY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../policies/golden/directory.json"
);
const DECISIONS: &str = include_str!("../../../policies/golden/decisions.txt");

/// Arguments over the people of the golden table.
fn explain<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [
        &["policy", "explain", "--directory", DIRECTORY][..],
        arguments,
    ]
    .concat()
}

fn told(arguments: &[&str]) -> String {
    let output = run(&explain(arguments));
    assert!(output.status.success(), "{output:?}");
    printed(&output)
}

/// The columns of a golden line about a record, unless it needs a glass.
fn record_case(line: &str) -> Option<[&str; 8]> {
    let line = line.split('#').next()?;
    let columns: Vec<_> = line.split('|').map(str::trim).collect();
    let [who, what, when, purpose, "-", outcome, reason] = columns[..] else {
        return None;
    };
    let [action, of_type, "of", patient] = what.split(' ').collect::<Vec<_>>()[..] else {
        return None;
    };
    (patient != "?" && of_type != "opening").then_some([
        who, action, of_type, patient, when, purpose, outcome, reason,
    ])
}

#[test]
fn an_explanation_is_the_decision_of_the_golden_table() {
    let cases: Vec<_> = DECISIONS.lines().filter_map(record_case).collect();
    assert!(cases.len() > 40, "only {} cases", cases.len());
    for [
        who,
        action,
        of_type,
        patient,
        when,
        purpose,
        outcome,
        reason,
    ] in cases.into_iter().step_by(4)
    {
        let (resource_type, label) = of_type.split_once('/').unwrap_or((of_type, "N"));
        let told = told(&[
            who,
            patient,
            "--action",
            action,
            "--type",
            resource_type,
            "--label",
            label,
            "--at",
            when,
            "--purpose",
            purpose,
            "--json",
        ]);
        let told: Value = serde_json::from_str(&told).unwrap();
        let case = format!("{who} {action} {of_type} of {patient} at {when}");
        assert_eq!(told["outcome"], outcome, "{case}");
        assert_eq!(told["reasons"][0], reason, "{case}");
    }
}

#[test]
fn facts_are_told_in_both_languages() {
    let at = ["--at", "2026-03-02T10:00:00Z"];
    let away = told(&[&["doc-away", "ada"], &at[..]].concat());
    for part in [
        "Refused, emergency possible",
        "Not on a care team of this patient",
        "A declared emergency would open it",
    ] {
        assert!(away.contains(part), "{part}: {away}");
    }
    let team = told(&[&["doc-team", "ada", "--lang", "fr"], &at[..]].concat());
    for part in ["Dans l’équipe de soins", "Décidé par", "care."] {
        assert!(team.contains(part), "{part}: {team}");
    }
    assert!(!team.contains("urgence déclarée"), "{team}");
}

#[test]
fn duties_consents_entitlements_and_accounts_are_told_in_both_languages() {
    let at = ["--at", "2026-03-02T10:00:00Z"];
    for (arguments, english, french) in [
        (
            &["doc-call", "ada"][..],
            "for which the person is on call",
            "dont la personne est de garde",
        ),
        (&["doc-locum", "ada"], "replaces A", "remplace A"),
        (&["student-team", "ada"], "B supervises", "B encadre"),
        (
            &["doc-ward", "col"],
            "works in the same place",
            "travaille au même endroit",
        ),
        (
            &["doc-away", "con"],
            "The consent c-con of the patient",
            "Le consentement c-con",
        ),
        (
            &["doc-away", "gen"],
            "to all who may ask",
            "à tous ceux qui peuvent demander",
        ),
        (
            &["doc-away", "obj"],
            "objects to it by c-obj",
            "s’y oppose par c-obj",
        ),
        (
            &["doc-team", "ref"],
            "names this very person",
            "nomme cette personne même",
        ),
        (
            &["doc-away", "noem"],
            "refuses an emergency",
            "refuse aussi une ouverture",
        ),
        (
            &["clerk-ward", "ada", "--type", "Observation"],
            "does not open the category measurements",
            "n’ouvre pas la catégorie measurements",
        ),
        (
            &["doc-team", "ada"],
            "opens the category identity",
            "ouvre la catégorie identity",
        ),
        (
            &["doc-team", "ada", "--type", "Organization"],
            "no category",
            "aucune catégorie",
        ),
        (
            &["acc-parent", "kid", "--purpose", "PATRQT"],
            "a parent of the patient",
            "un parent du patient",
        ),
    ] {
        for (language, part) in [("en", english), ("fr", french)] {
            let told = told(&[arguments, &at[..], &["--lang", language]].concat());
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}

#[test]
fn a_built_in_set_is_written_once_and_passes_its_own_table() {
    let place = tempfile::tempdir().unwrap();
    for set in ["french", "international"] {
        let folder = place.path().join(set);
        let folder = folder.to_str().unwrap();
        let written = run(&["policy", "write", folder, "--set", set]);
        assert!(written.status.success(), "{written:?}");
        let tested = run(&["policy", "test", "--folder", folder]);
        assert!(tested.status.success(), "{tested:?}");
        let again = run(&["policy", "write", folder, "--set", set]);
        assert_eq!(again.status.code(), Some(2), "{again:?}");
    }
    let unknown = run(&["policy", "write", "nowhere", "--set", "martian"]);
    assert_eq!(unknown.status.code(), Some(2), "{unknown:?}");
}

#[test]
fn a_consent_becomes_an_entry_of_the_directory() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("consent.json");
    let consent = |status: &str| {
        serde_json::json!({
            "resourceType": "Consent", "id": "c-1", "status": status, "dateTime": "2026-01-01",
            "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope",
                                  "code": "patient-privacy"}]},
            "patient": {"reference": "Patient/ada"},
            "provision": {"type": "permit", "actor": [{
                "role": {"coding": [{"code": "IRCP",
                    "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"}]},
                "reference": {"reference": "Practitioner/doc-away"}}]},
        })
        .to_string()
    };
    let entry = |status: &str| {
        std::fs::write(&file, consent(status)).unwrap();
        run(&[
            "policy",
            "consent",
            file.to_str().unwrap(),
            "--directory",
            DIRECTORY,
        ])
    };
    let active = entry("active");
    assert!(active.status.success(), "{active:?}");
    let active: Value = serde_json::from_str(&printed(&active)).unwrap();
    assert_eq!(active["provision"]["recipients"][0]["person"], "doc-away");
    assert_eq!(entry("inactive").status.code(), Some(1));
}

#[test]
fn what_cannot_be_asked_is_named() {
    for (arguments, named) in [
        (
            &["doc-team", "ada", "--type", "Observaton"][..],
            "Observaton",
        ),
        (&["doc-team", "ada", "--action", "useService"], "useService"),
        (&["doc-team", "ada", "--at", "yesterday"], "yesterday"),
        (&["doc-team", "ada", "--label", "X"], "X"),
        (&["doc-team", "a d a"], "a patient identity has"),
    ] {
        let output = run(&explain(arguments));
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(named), "{said}");
    }
    let unknown = told(&["nobody", "ada"]);
    assert!(
        unknown.contains("The directory does not know this person"),
        "{unknown}"
    );
}
