//! Any bytes: no panic, and bounds on what is held and told.

use proptest::prelude::*;

use super::*;
use crate::limits::{TOLD_CHARS_MAX, TOLD_MAX};

const LIMITS: IdentifyLimits = IdentifyLimits {
    connections_max: 4,
    message_bytes_max: 512,
    held_bytes_max: 1_024,
    recent_max: 8,
    again_seconds: 1,
};

fn bounded(told: &[Told]) {
    assert!(told.len() <= TOLD_MAX);
    for it in told {
        assert!(it.value.chars().count() <= TOLD_CHARS_MAX && !it.value.is_empty());
        assert!(!it.value.contains(char::is_control));
        assert!(it.confidence <= 100);
    }
}

/// Beginnings that are recognised, so that what follows is read and not passed over.
fn begins() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![
        Vec::new(),
        b"\x0bMSH|^~\\&|".to_vec(),
        b"SSH-2.0-".to_vec(),
        b"GET / HTTP/1.1\r\n".to_vec(),
        vec![22, 3, 1, 0, 40, 1, 0, 0, 36],
        vec![22, 3, 3, 0, 40, 2, 0, 0, 36],
        b"\0\0\0\x60\xffSMB\x73NTLMSSP\0\x02\0\0\0".to_vec(),
        vec![3, 0, 0, 60, 2, 0xf0, 0x80, 0x32, 7],
        b"HELF\x40\0\0\0".to_vec(),
        vec![0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1],
        [&[1, 0, 0, 0, 0, 100, 0, 1, 0, 0][..], &[b' '; 32]].concat(),
        vec![
            0x63, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ],
        vec![0x81, 0x0a, 0, 20, 1, 0],
        vec![6, 0x10, 2, 4, 0, 40],
        vec![0x30, 60, 2, 1, 1, 4],
        vec![0, 0, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 0],
    ])
}

proptest! {
    #[test]
    fn any_stream_is_read_within_bounds(
        pieces in prop::collection::vec((0..12_u16, any::<bool>(), begins(), prop::collection::vec(any::<u8>(), 0..300), 0..12_u8), 0..40)
    ) {
        let mut identifier = Identifier::new(LIMITS, &[7; 16]);
        for (port, back, begin, rest, what) in pieces {
            let at = flow(&format!("10.0.0.1:{}", 1_000 + port), "10.0.0.2:502");
            let delivery = match what {
                0 => Delivery::Gap(9),
                1 => Delivery::Ended,
                2 => Delivery::Begun { whole: true },
                3 => Delivery::Evicted,
                _ => Delivery::Bytes([begin, rest].concat().into()),
            };
            let flow = if back { at.reversed() } else { at };
            bounded(&identifier.delivered(Seen::default(), &Delivered { flow, delivery }));
            prop_assert!(identifier.held_bytes() <= LIMITS.held_bytes_max);
        }
    }

    #[test]
    fn any_datagram_and_frame_is_read_within_bounds(
        begin in begins(), rest in prop::collection::vec(any::<u8>(), 0..400), port in prop::sample::select(vec![53_u16, 123, 5353, 47808, 9]), kind in prop::sample::select(vec![0x88cc_u16, 60, 0x0801])
    ) {
        let bytes = [begin, rest].concat();
        let at = flow(&format!("10.0.0.1:{port}"), "10.0.0.2:9");
        let mut identifier = Identifier::new(LIMITS, &[7; 16]);
        bounded(&identifier.packet(&packet(Content::Udp(at, Cow::Borrowed(&bytes)), &[])));
        bounded(&identifier.packet(&packet(Content::NotIp(kind), &bytes)));
    }
}

/// More claims than one packet may make end in a flag.
#[test]
fn too_many_claims_are_a_flag() {
    let mut lldp = Vec::new();
    for number in 0..TOLD_MAX + 20 {
        lldp.extend([10, 4]);
        lldp.extend(format!("{number:04}").bytes());
    }
    let told = told_by(Content::NotIp(0x88cc), &lldp);
    assert_eq!(told.len(), TOLD_MAX);
    assert!(told.last().unwrap().ends_with("flag identify-too-many"));
}

/// A connection that is given up leaves nothing that is counted.
#[test]
fn what_gives_way_is_no_longer_held() {
    let mut identifier = Identifier::new(LIMITS, &[7; 16]);
    for port in 0..50_u16 {
        let flow = flow(&format!("10.0.0.1:{}", 2_000 + port), "10.0.0.2:80");
        let delivery = Delivery::Bytes(
            [b"GET / HTTP/1.1\r\nA: ".to_vec(), vec![b'x'; 200]]
                .concat()
                .into(),
        );
        bounded(&identifier.delivered(Seen::default(), &Delivered { flow, delivery }));
        assert!(identifier.held_bytes() <= LIMITS.held_bytes_max);
    }
    assert_eq!(identifier.evicted(), 46);
}
