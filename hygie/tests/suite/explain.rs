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
