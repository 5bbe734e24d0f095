//! A patch has one reading, or it is no patch.

use super::*;

#[test]
fn a_patch_that_two_readers_could_read_apart_is_none() {
    let good = r#"[{"op":"replace","path":"/subject","value":{"reference":"Patient/1"}}]"#;
    assert!(read_patch(good.as_bytes()).is_some());
    for bad in [
        // The first and the last count, each for some reader.
        r#"[{"op":"replace","path":"/subject","value":{"reference":"Patient/2","reference":"Patient/1"}}]"#,
        r#"[{"op":"replace","path":"/subject/reference","path":"/status","value":"final"}]"#,
        // A reader that does not mind letter case sees another path.
        r#"[{"op":"replace","path":"/status","Path":"/subject/reference","value":"final"}]"#,
        r#"{"op":"remove","path":"/status"}"#,
        r#"[{"op":"remove","path":"/status"}] []"#,
        r#"[{"op":"destroy","path":"/status"}]"#,
    ] {
        assert!(read_patch(bad.as_bytes()).is_none(), "{bad}");
    }
}

#[test]
fn what_a_patch_leaves_is_read_as_strictly_as_any_resource() {
    let current = br#"{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/1"}}"#;
    let twice = br#"[{"op":"add","path":"/subject/Reference","value":"Patient/2"}]"#;
    let patch = read_patch(twice).unwrap();
    let left = patched(current, &patch).unwrap();
    let read = fhir::disclosure::read(&left, &[], &AnswerLimits::DEFAULT);
    assert_eq!(read.unwrap_err(), fhir::Unreadable::DuplicateKey);
}
