use proptest::prelude::*;

use super::*;

/// A record in the form that Zeek writes it, with fields that are passed over.
const FULL: &str = r#"{"ts":1591367999.305988,"uid":"CMdzit1AMNsmfAIiQc","id.orig_h":"192.168.4.76","id.orig_p":36844,"id.resp_h":"192.168.4.1","id.resp_p":53,"proto":"udp","service":"dns","duration":0.06685185432434082,"orig_bytes":62,"resp_bytes":141,"conn_state":"SF","missed_bytes":0,"history":"Dd","orig_pkts":2,"orig_ip_bytes":118,"resp_pkts":2,"resp_ip_bytes":197,"tunnel_parents":["x"]}"#;

fn full() -> Conn<'static> {
    Conn {
        ts_us: 1_591_367_999_305_988,
        uid: "CMdzit1AMNsmfAIiQc".into(),
        orig_h: "192.168.4.76".into(),
        orig_p: 36_844,
        resp_h: "192.168.4.1".into(),
        resp_p: 53,
        proto: "udp".into(),
        service: "dns".into(),
        duration_us: Some(66_852),
        orig_bytes: Some(62),
        resp_bytes: Some(141),
        conn_state: "SF".into(),
    }
}

#[test]
fn a_full_record_borrows_its_texts() {
    let conn = Conn::parse(FULL.as_bytes()).unwrap();
    assert_eq!(conn, full());
    assert!(matches!(conn.uid, Cow::Borrowed(_)));
    assert!(matches!(conn.orig_h, Cow::Borrowed(_)));
}

#[test]
fn what_may_be_absent_is_absent() {
    let text = r#"{"ts":0.5,"uid":"C1","id.orig_h":"FE80:0::1","id.orig_p":0,"id.resp_h":"::1","id.resp_p":65535,"proto":"icmp"}"#;
    let conn = Conn::parse(text.as_bytes()).unwrap();
    assert_eq!((conn.ts_us, conn.orig_h.as_ref()), (500_000, "fe80::1"));
    assert_eq!((conn.service.as_ref(), conn.conn_state.as_ref()), ("", ""));
    assert_eq!(
        (conn.duration_us, conn.orig_bytes, conn.resp_bytes),
        (None, None, None)
    );
}

#[test]
fn what_is_no_record_is_none() {
    for (from, to) in [
        ("1591367999.305988", "-1"),
        ("1591367999.305988", "1e300"),
        ("1591367999.305988", "\"1591367999\""),
        ("0.06685185432434082", "-0.5"),
        ("192.168.4.76", "192.168.4.076"),
        ("192.168.4.76", "host"),
        ("36844", "65536"),
        ("\"proto\"", "\"prot\""),
        ("\"missed_bytes\"", "\"uid\""),
        ("]}", "]"),
        ("]}", "]}x"),
    ] {
        let text = FULL.replacen(from, to, 1);
        assert_ne!(text, FULL);
        assert_eq!(Conn::parse(text.as_bytes()), None, "{text}");
    }
    let deep = format!("{{\"x\":{}", "[".repeat(100_000));
    for bytes in [b"".as_slice(), b"\xff", b"null", b"[]", deep.as_bytes()] {
        assert_eq!(Conn::parse(bytes), None);
    }
}

proptest! {
    #[test]
    fn a_damaged_record_never_stops_the_reader(at in 0..FULL.len(), byte: u8, cut in 0..FULL.len()) {
        let mut bytes = FULL.as_bytes().to_vec();
        bytes[at] = byte;
        let _read = Conn::parse(&bytes);
        prop_assert_eq!(Conn::parse(&FULL.as_bytes()[..cut]), None);
    }

    #[test]
    fn every_microsecond_is_read_as_written(us in 0_u64..4_102_444_800_000_000) {
        let written = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
        let text = FULL.replacen("1591367999.305988", &written, 1);
        prop_assert_eq!(Conn::parse(text.as_bytes()).unwrap().ts_us, us);
    }
}
