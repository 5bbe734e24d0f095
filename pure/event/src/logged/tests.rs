use super::*;
use proptest::prelude::*;

fn line<'a>(json: &'a [u8]) -> Logged<'a> {
    Logged {
        kind: "zeek.conn".into(),
        source: "conn.log".into(),
        at: 7,
        host: None,
        time_us: Some(-1),
        json,
    }
}

#[test]
fn a_line_is_kept_byte_for_byte_behind_where_it_came_from() {
    let kept = line(b"{\"ts\": 1.0}").to_bytes();
    let expected = "{\"event\":\"logged\",\"kind\":\"zeek.conn\",\"source\":\"conn.log\",\"at\":7,\
                    \"time_us\":-1}\n{\"ts\": 1.0}";
    assert_eq!(String::from_utf8(kept).unwrap(), expected);
}

#[test]
fn kinds_have_the_classes_of_ocsf() {
    let class = |kind: &str| class_of_kind(kind);
    assert_eq!(class("zeek.conn"), 4001);
    assert_eq!(class("zeek.dns"), 4003);
    assert_eq!(class("windows.security.4688"), 1007);
    assert_eq!(class("syslog"), 0);
}

#[test]
fn events_of_the_house_are_no_lines_of_a_log() {
    let stopped = crate::Event::Stopped.to_bytes();
    assert_eq!(Logged::from_bytes(&stopped), None);
    assert_eq!(
        Logged::from_bytes(b"{\"event\":\"logged\",\"kind\":1}\n{}"),
        None
    );
    assert_eq!(
        Logged::from_bytes(b"{\"event\":\"logged\",\"kind\":\"a\""),
        None
    );
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back(
        kind in ".*", source in "(.|\n)*", at: u64, host in proptest::option::of(".*"),
        time_us: Option<i64>, json: Vec<u8>,
    ) {
        let logged = Logged {
            kind: kind.into(), source: source.into(), at, host: host.map(Into::into), time_us,
            json: &json,
        };
        let bytes = logged.to_bytes();
        prop_assert_eq!(Logged::from_bytes(&bytes), Some(logged));
    }

    #[test]
    fn no_bytes_are_too_strange(bytes: Vec<u8>) {
        let begun = [BEGIN, &bytes].concat();
        // Reading never panics, and what reads back is written as itself or shorter.
        if let Some(read) = Logged::from_bytes(&begun) {
            prop_assert!(begun.ends_with(read.json));
        }
    }
}

#[test]
fn the_line_of_kept_bytes_is_their_json() {
    let json = b"{\"ts\": 1.0}";
    assert_eq!(Logged::line(&line(json).to_bytes()), json);
    let stopped = crate::Event::Stopped.to_bytes();
    assert_eq!(Logged::line(&stopped), stopped);
    assert_eq!(Logged::line(b"{\"event\":\"logged\",\"kind\":1}"), b"");
    assert_eq!(Logged::line(b"any bytes\nat all"), b"any bytes\nat all");
}
