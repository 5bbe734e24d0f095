use super::*;
use crate::fixture::{access, connections};
use crate::pack::Values as _;

#[test]
fn an_access_says_who_what_whom() {
    let entry = access(3);
    let row = Row::read(entry.class, &entry.payload);
    for (column, expected) in [
        (Text::Activity, Some("access")),
        (Text::Action, Some("read")),
        (Text::Outcome, Some("permit")),
        (Text::Person, Some("dr-3")),
        (Text::Profession, None),
        (Text::Session, Some("s-3")),
        (Text::Request, Some("req-3")),
        (Text::Service, Some("fhir")),
        (Text::ResourceType, Some("Observation")),
        (Text::Purpose, Some("TREAT")),
        (Text::SrcIp, Some("10.0.0.7")),
        (Text::Glass, None),
        (Text::ConnUid, None),
    ] {
        assert_eq!(row.text(column), expected, "{column:?}");
    }
    assert_eq!(row.number(Number::StatusCode), Some(200));
    assert_eq!(row.establishments, ["chu", "hopital"]);
    // The patient of the request is also one whose data leaves: named once.
    assert_eq!(row.patients.len(), 2);
    assert_eq!(row.text(Text::Patient), Some(row.patients[0].as_ref()));
}

#[test]
fn every_kept_event_has_an_activity() {
    for (text, class, activity) in [
        (r#"{"event":"stopped"}"#, 6002, "stopped"),
        (r#"{"event":"started","version":"1"}"#, 6002, "started"),
        (
            r#"{"event":"rejected","ip":"::ffff:10.0.0.1","reason":"host","status":400}"#,
            3002,
            "rejected",
        ),
    ] {
        let row = Row::read(class, text.as_bytes());
        assert_eq!(row.text(Text::Activity), Some(activity));
    }
    let rejected = br#"{"event":"rejected","ip":"::ffff:10.0.0.1","reason":"host","status":400}"#;
    let row = Row::read(3002, rejected);
    assert_eq!(row.text(Text::SrcIp), Some("10.0.0.1"));
    assert_eq!(row.text(Text::Outcome), Some("host"));
}

#[test]
fn a_connection_says_from_where_to_where() {
    let entry = &connections(1)[0];
    let row = Row::read(entry.class, &entry.payload);
    assert_eq!(row.text(Text::Activity), Some("conn"));
    assert!(row.text(Text::SrcIp).unwrap().starts_with("10."));
    assert!(row.number(Number::SrcPort).unwrap() >= 32_768);
}

#[test]
fn what_cannot_be_read_is_a_row_of_nulls() {
    for class in [0, 3002, 4001, 6003, 9999] {
        for payload in [&b""[..], b"{}", b"\xff", b"{\"event\":\"unheard-of\"}"] {
            let row = Row::read(class, payload);
            assert!(row.texts.iter().all(Option::is_none));
            assert!(row.numbers.iter().all(Option::is_none));
            assert!(row.patients.is_empty() && row.establishments.is_empty());
        }
    }
}
