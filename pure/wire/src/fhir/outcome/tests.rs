//! The exact JSON of a plain outcome and of a challenge.

use serde_json::json;

use super::{BREAK_GLASS_EXTENSION, Challenge, Coding, IssueType, Outcome, Severity};
use crate::fhir::{Answer, Id, Membership, disclosure};
use crate::limits::AnswerLimits;

const CODE: Coding<'static> = Coding {
    system: "urn:test:refusals",
    code: "no-relation",
    display: None,
};

#[test]
fn plain_and_breakable() {
    let mut outcome = Outcome {
        severity: Severity::Error,
        issue: IssueType::Forbidden,
        code: CODE,
        text: "Vous n'êtes pas dans l'équipe \"A\".",
        diagnostics: None,
        challenge: None,
    };
    let plain: serde_json::Value = serde_json::from_slice(&outcome.to_json()).unwrap();
    assert_eq!(
        plain,
        json!({ "resourceType": "OperationOutcome", "issue": [{
            "severity": "error", "code": "forbidden",
            "details": {
                "coding": [{ "system": "urn:test:refusals", "code": "no-relation" }],
                "text": "Vous n'êtes pas dans l'équipe \"A\".",
            },
        }]})
    );

    let patient = Id::parse("p1").unwrap();
    let reasons = [Coding {
        system: "urn:test:reasons",
        code: "coma",
        display: Some("Coma"),
    }];
    outcome.diagnostics = Some("request 7");
    outcome.challenge = Some(Challenge {
        declaration_url: "https://door.test/glass",
        patient: &patient,
        reasons: &reasons,
        ttl_s_max: 3_600,
    });
    let bytes = outcome.to_json();
    let breakable: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(breakable["issue"][0]["diagnostics"], "request 7");
    assert_eq!(
        breakable["issue"][0]["extension"],
        json!([{ "url": BREAK_GLASS_EXTENSION, "extension": [
            { "url": "declaration", "valueUrl": "https://door.test/glass" },
            { "url": "purpose", "valueCoding": {
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "BTG" } },
            { "url": "patient", "valueReference": { "reference": "Patient/p1" } },
            { "url": "authorization-details", "valueString":
                r#"[{"type":"break_glass","patient":"p1","purpose":"BTG","ttl_s":3600}]"# },
            { "url": "reason", "valueCoding": {
                "system": "urn:test:reasons", "code": "coma", "display": "Coma" } },
        ]}])
    );
    // Our own outcomes are readable by our own reader.
    match disclosure::read(&bytes, &[], &AnswerLimits::DEFAULT).unwrap() {
        Answer::Resource(resource) => assert_eq!(resource.membership, Membership::Outcome),
        Answer::Bundle(_) => panic!("an outcome is not a bundle"),
    }
}

#[test]
fn issue_types_are_the_thirty_one_of_the_standard() {
    let codes: std::collections::BTreeSet<_> =
        IssueType::ALL.iter().map(|issue| issue.code()).collect();
    assert_eq!(codes.len(), 31);
}
