//! What a request says about its patient and its answer; the grammar has its own golden table.

use super::Request;
use crate::fhir::disclosure;
use crate::limits::{AnswerLimits, TargetLimits};

fn request(target: &str) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request::parse("GET", path, Some(query), &TargetLimits::DEFAULT).unwrap()
}

#[test]
fn the_patient_asked_for() {
    let check = |target: &str, expected: Option<&str>| {
        assert_eq!(
            request(target).patient().map(super::Id::as_str),
            expected,
            "{target}"
        );
    };
    check("/Patient/1", Some("1"));
    check("/Patient/1/$everything", Some("1"));
    check("/Observation?patient=1", Some("1"));
    check("/Observation/1", None);
    check("/metadata", None);
}

#[test]
fn a_condition_has_a_longest_value() {
    use crate::limits::FILTER_BYTES_MAX;
    for (length, is_taken) in [(FILTER_BYTES_MAX, true), (FILTER_BYTES_MAX + 1, false)] {
        let query = format!("patient=1&code={}", "9".repeat(length));
        let read = Request::parse("GET", "/Observation", Some(&query), &TargetLimits::DEFAULT);
        assert_eq!(read.is_ok(), is_taken, "{length}");
    }
}

#[test]
fn only_the_answer_asked_for_is_one() {
    const SEARCHSET: &str = r#"{"resourceType":"Bundle","type":"searchset"}"#;
    let check = |target: &str, body: &str, expected: bool| {
        let answer = disclosure::read(body.as_bytes(), &[], &AnswerLimits::DEFAULT).unwrap();
        assert_eq!(
            request(target).is_answered_by(&answer),
            expected,
            "{target} {body}"
        );
    };
    check("/Patient/1", r#"{"resourceType":"Patient","id":"1"}"#, true);
    check(
        "/Patient/1",
        r#"{"resourceType":"Patient","id":"2"}"#,
        false,
    );
    check("/Patient/1", r#"{"resourceType":"Patient"}"#, false);
    check("/Patient/1", r#"{"resourceType":"Group","id":"1"}"#, false);
    check(
        "/Patient/1",
        r#"{"resourceType":"OperationOutcome"}"#,
        false,
    );
    check("/Patient/1", SEARCHSET, false);
    check("/Observation?patient=1", SEARCHSET, true);
    check("/Patient/1/$everything", SEARCHSET, true);
    check(
        "/Patient/1/$everything",
        r#"{"resourceType":"Bundle","type":"batch"}"#,
        false,
    );
    check(
        "/Patient/1/$everything",
        r#"{"resourceType":"Patient","id":"1"}"#,
        false,
    );
    check(
        "/metadata",
        r#"{"resourceType":"CapabilityStatement"}"#,
        true,
    );
    check("/metadata", r#"{"resourceType":"Patient","id":"1"}"#, false);
    check("/metadata", SEARCHSET, false);
}
