use super::super::sift::read;
use super::*;
use wire::fhir::Answer;

/// Whether somebody to whom everything is permitted is shown a resource.
fn is_shown(json: &str) -> bool {
    let engine = crate::fhir::search::tests::House::open();
    let judge = |action, target: Target<'_>| engine.decide("physician", action, target);
    let answer = read(json.as_bytes(), &["http://inner/fhir"]).unwrap();
    let Answer::Resource(resource) = answer else {
        panic!("no resource: {json}");
    };
    Verdicts::new(&judge)
        .resource(Action::Read, &resource)
        .is_ok()
}

#[test]
fn what_belongs_to_nobody_known_is_shown_to_nobody() {
    let observation = |subject: &str| {
        format!(r#"{{"resourceType":"Observation","id":"o","status":"final"{subject}}}"#)
    };
    assert!(is_shown(&observation(
        r#","subject":{"reference":"Patient/p1"}"#
    )));
    for nobody in [
        "",
        r#","subject":{"display":"somebody"}"#,
        r#","subject":{"identifier":{"value":"17"}}"#,
        r#","subject":{"reference":"Group/g"}"#,
        r#","subject":{"reference":"https://elsewhere.example/Patient/p1"}"#,
    ] {
        assert!(!is_shown(&observation(nobody)), "{nobody}");
    }
}

#[test]
fn a_sensitivity_code_counts_as_restricted() {
    let labelled = |code: &str| {
        let system = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
        let json = format!(
            r#"{{"resourceType":"Observation","id":"o","status":"final",
            "meta":{{"security":[{{"system":"{system}","code":"{code}"}}]}},
            "subject":{{"reference":"Patient/p1"}}}}"#
        );
        let bytes = json.into_bytes();
        let Answer::Resource(resource) = read(&bytes, &[]).unwrap() else {
            panic!("no resource");
        };
        confidentiality_of(&resource)
    };
    for code in ["HIV", "PSY", "ETH"] {
        assert_eq!(labelled(code), Confidentiality::Restricted, "{code}");
    }
}
