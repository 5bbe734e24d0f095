use super::*;

fn json(text: &str) -> Result<Declaration, &'static str> {
    Declaration::from_json(text.as_bytes()).map_err(|refused| refused.detail.unwrap())
}

#[test]
fn a_declaration_names_one_patient_and_one_reason() {
    for patient in ["ada", "Patient/ada"] {
        let read = json(&format!(
            r#"{{"patient":"{patient}","reason":"life-threatening"}}"#
        ));
        let read = read.unwrap();
        assert_eq!(read.patient.as_str(), "ada");
        assert_eq!(read.reason, GlassReason::LifeThreatening);
    }
    let form =
        b"patient=ada&reason=other&text=chute+%C3%A0+l%27accueil&return=%2Ffhir%2FPatient%2Fada";
    let read = Declaration::from_form(form).unwrap();
    assert_eq!(read.text, "chute à l'accueil");
    assert_eq!(read.return_to.as_deref(), Some("/fhir/Patient/ada"));
}

/// What the challenge offers can be sent back as it is, with a reason in it (RFC 9396).
#[test]
fn the_details_of_the_challenge_are_a_declaration() {
    let details = |more: &str| {
        format!(
            r#"{{"authorization_details":[{{"type":"break_glass","patient":"ada","purpose":"BTG",
                "ttl_s":900,"reason":"emergency-call"{more}}}]}}"#
        )
    };
    let read = json(&details("")).unwrap();
    assert_eq!(read.patient.as_str(), "ada");
    assert_eq!(read.reason, GlassReason::EmergencyCall);
    assert_eq!(read.ttl, Some(Duration::from_secs(900)));
    for (text, part) in [
        (details(r#","more":1"#), "JSON"),
        (details(r#","patient":"eve""#), "JSON"),
        (details("").replace("break_glass", "payment"), "type"),
        (details("").replace("900", "59"), "ttl_s"),
        (details("").replace("BTG", "TREAT"), "purpose"),
        (r#"{"authorization_details":[]}"#.to_owned(), "JSON"),
    ] {
        assert_eq!(json(&text).unwrap_err(), part, "{text}");
    }
}

#[test]
fn another_reason_without_words_is_seen_in_a_form() {
    let lacks = |form: &[u8]| Declaration::from_form(form).unwrap().lacks_words();
    assert!(lacks(b"patient=ada&reason=other&text=++"));
    assert!(!lacks(b"patient=ada&reason=other&text=chute"));
    assert!(!lacks(b"patient=ada&reason=life-threatening&text="));
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let long = "x".repeat(GLASS_TEXT_CHARS_MAX + 1);
    for (text, part) in [
        ("", "JSON"),
        ("[]", "patient"),
        (r#"{"reason":"life-threatening"}"#, "patient"),
        (
            r#"{"patient":"a/b","reason":"life-threatening"}"#,
            "patient",
        ),
        (
            r#"{"patient":"ada","patient":"eve","reason":"life-threatening"}"#,
            "JSON",
        ),
        (r#"{"patient":"ada"}"#, "reason"),
        (r#"{"patient":"ada","reason":"boredom"}"#, "reason"),
        (r#"{"patient":"ada","reason":"other","text":"  "}"#, "text"),
        (
            r#"{"patient":"ada","reason":"life-threatening","ttl":99}"#,
            "JSON",
        ),
        (
            &format!(r#"{{"patient":"ada","reason":"other","text":"{long}"}}"#),
            "text",
        ),
    ] {
        assert_eq!(json(text).unwrap_err(), part, "{text}");
    }
    for form in [
        &b"patient=ada&patient=eve&reason=life-threatening"[..],
        b"patient=%zz",
        b"\xff",
    ] {
        assert_eq!(
            Declaration::from_form(form).unwrap_err().detail,
            Some("form")
        );
    }
}
