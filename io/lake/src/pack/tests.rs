use proptest::prelude::*;

use super::*;
use crate::fixture::connections;
use crate::row::NETWORK_ACTIVITY;

fn packed(payload: &[u8]) -> Option<Vec<u8>> {
    let row = Row::read(NETWORK_ACTIVITY, payload);
    let mut out = Vec::new();
    pack(payload, &row, &mut out).then_some(out)
}

#[track_caller]
fn comes_back(payload: &[u8], packed: &[u8]) {
    let (row, mut out) = (Row::read(NETWORK_ACTIVITY, payload), Vec::new());
    assert!(unpack(packed, &row, &mut out));
    assert_eq!(
        String::from_utf8_lossy(&out),
        String::from_utf8_lossy(payload)
    );
    assert_eq!(out, payload);
}

#[test]
fn a_published_connection_is_packed_and_comes_back() {
    let payload = br#"{"ts":1591367999.305988,"uid":"CMdzit1AMNsmfAIiQc","id.orig_h":"192.168.4.76","id.orig_p":36844,"id.resp_h":"192.168.4.1","id.resp_p":53,"proto":"udp","service":"dns","duration":0.06685185432434082,"orig_bytes":62,"resp_bytes":141,"conn_state":"SF","missed_bytes":0,"history":"Dd","orig_pkts":2,"orig_ip_bytes":118,"resp_pkts":2,"resp_ip_bytes":197}"#;
    let expected = b"{\"ts\":\x0E,\"uid\":\"\x01\",\"id.orig_h\":\"\x02\",\"id.orig_p\":\x03,\"id.resp_h\":\"\x04\",\"id.resp_p\":\x05,\"proto\":\"\x12\",\"service\":\"\x13\",\"duration\":\x10,\"orig_bytes\":\x06,\"resp_bytes\":\x07,\"conn_state\":\"\x14\",\"missed_bytes\":0,\"history\":\"Dd\",\"orig_pkts\":2,\"orig_ip_bytes\":118,\"resp_pkts\":2,\"resp_ip_bytes\":197}";
    let packed = packed(payload).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&packed),
        String::from_utf8_lossy(expected)
    );
    comes_back(payload, &packed);
}

#[test]
fn values_written_in_other_ways_stay_or_come_back() {
    let template = r#"{"ts":TS,"uid":"C1","id.orig_h":"::1","id.orig_p":7,"id.resp_h":"FE80::1","id.resp_p":53,"proto":"udp","duration":DUR,"orig_bytes":0}"#;
    for ts in [
        "1591367999.30598",
        "1591367999.0",
        "1591367999",
        "1.5e9",
        "0.0",
    ] {
        for duration in [
            "0.5",
            "0.000001",
            "1e-06",
            "12",
            "0.1234567",
            "9.5367431640625e-7",
        ] {
            let payload = template.replace("TS", ts).replace("DUR", duration);
            let packed = packed(payload.as_bytes()).unwrap();
            comes_back(payload.as_bytes(), &packed);
        }
    }
}

#[test]
fn what_looks_like_a_mark_or_is_no_connection_is_not_packed() {
    for payload in [&b"\x01"[..], b"", b"{}", b"\"ts\":\x0E"] {
        assert_eq!(packed(payload), None);
    }
    let row = Row::default();
    for mark in [b"\x01", b"\x0E", b"\x10", b"\x03"] {
        assert!(!unpack(mark, &row, &mut Vec::new()), "a value is missing");
    }
}

#[test]
fn generated_connections_come_back_and_shrink() {
    let (mut whole, mut rest) = (0, 0);
    for entry in connections(2_000) {
        let packed = packed(&entry.payload).unwrap();
        comes_back(&entry.payload, &packed);
        whole += entry.payload.len();
        rest += packed.len();
    }
    assert!(rest * 10 < whole * 8, "{rest} of {whole}");
}

proptest! {
    #[test]
    fn whatever_is_packed_comes_back(
        which in 0_usize..40,
        at in 0_usize..400,
        byte: u8,
        digits in "[0-9]{1,20}(\\.[0-9]{1,20})?(e-?[0-9]{1,2})?",
    ) {
        let payload = connections(40)[which].payload.clone();
        let mut flipped = payload.clone();
        if let Some(place) = flipped.get_mut(at) {
            *place = byte;
        }
        let text = String::from_utf8(payload).unwrap();
        let (head, tail) = text.split_once("\"ts\":").unwrap();
        let (_, tail) = tail.split_at(17);
        let other = format!("{head}\"ts\":{digits}{tail}");
        for payload in [flipped, other.into_bytes()] {
            if let Some(packed) = packed(&payload) {
                comes_back(&payload, &packed);
            }
        }
    }
}
