//! Links, tags, IP and fragments.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::limits::FRAGMENTED_MAX;

fn datagram(payload: &[u8]) -> Content<'_> {
    Content::Udp(
        flow("10.0.0.1:1025", "10.0.0.2:47808"),
        Cow::Borrowed(payload),
    )
}

#[test]
fn a_datagram_without_what_fills_its_frame() {
    let mut bytes = ethernet(0x0800, &ipv4(17, 0, &udp(b"hello")));
    bytes.extend_from_slice(&[0xee; 13]);
    let packet = Decoder::new().decode(&frame(&bytes));
    assert_eq!(packet.content, datagram(b"hello"));
    assert_eq!((packet.frame, packet.time_us), (1, Some(7)));
    assert_eq!(packet.destination_mac, Some([2; 6]));
    assert_eq!(packet.source_mac, Some([3; 6]));
}

#[test]
fn tags_and_links() {
    let carried = ipv4(17, 0, &udp(b"x"));
    let tagged = ethernet(
        0x88a8,
        &[&[0x20, 100, 0x81, 0, 0, 7, 8, 0][..], &carried].concat(),
    );
    let packet = Decoder::new().decode(&frame(&tagged));
    assert_eq!(packet.vlans, [100, 7]);
    assert_eq!(packet.content, datagram(b"x"));
    let many = ethernet(0x8100, &[0, 1, 0x81, 0].repeat(6));
    assert_eq!(decode(&many), Content::Unreadable(Fault::TooMany));

    let cooked = [&[0, 0, 0, 1, 0, 6][..], &[5; 6], &[0, 0, 8, 0], &carried].concat();
    let cooked_2 = [
        &[8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6][..],
        &[5; 6],
        &[0, 0],
        &carried,
    ]
    .concat();
    for (link, bytes, mac) in [
        (113, &cooked, Some([5; 6])),
        (276, &cooked_2, Some([5; 6])),
        (0, &[&[2, 0, 0, 0][..], &carried].concat(), None),
        (108, &[&[0, 0, 0, 2][..], &carried].concat(), None),
        (101, &carried, None),
        (228, &carried, None),
    ] {
        let frame = Frame {
            link,
            ..frame(bytes)
        };
        let packet = Decoder::new().decode(&frame);
        assert_eq!(packet.content, datagram(b"x"), "{link}");
        assert_eq!(packet.source_mac, mac, "{link}");
    }
    let other = Frame {
        link: 147,
        ..frame(&carried)
    };
    let packet = Decoder::new().decode(&other);
    assert_eq!(packet.content, Content::Unreadable(Fault::LinkType));
}

#[test]
fn addresses_are_told() {
    let question = [
        &[0, 1, 8, 0, 6, 4, 0, 1][..],
        &[3; 6],
        &[10, 0, 0, 1],
        &[0; 6],
        &[10, 0, 0, 9],
    ]
    .concat();
    assert_eq!(
        decode(&ethernet(0x0806, &question)),
        Content::Arp(Arp {
            reply: false,
            sender_mac: [3; 6],
            sender: [10, 0, 0, 1].into(),
            target: [10, 0, 0, 9].into(),
        })
    );
    assert_eq!(
        decode(&ethernet(0x0806, &question[..20])),
        Content::Unreadable(Fault::Truncated)
    );
    assert_eq!(decode(&ethernet(0x88cc, &[])), Content::NotIp(0x88cc));
}

#[test]
fn a_segment_of_a_stream() {
    let bytes = ethernet(0x0800, &ipv4(6, 0, &tcp(5, 0x12, b"abc")));
    let Content::Tcp(of, segment) = decode(&bytes) else {
        panic!()
    };
    assert_eq!(of, flow(CLIENT, SERVER));
    assert_eq!((segment.sequence, segment.acknowledged), (5, Some(99)));
    assert!(segment.syn && !segment.fin && !segment.reset);
    assert_eq!(
        segment.payload,
        Cow::Borrowed(b"abc"),
        "options are passed over"
    );
}

#[test]
fn headers_of_version_6() {
    let inner = udp(b"six");
    let hop = [
        &[44, 0, 5, 2, 0, 0, 0, 0][..],
        &[60, 0, 0, 0, 0, 0, 0, 1],
        &[17, 0, 1, 4, 0, 0, 0, 0],
        &inner,
    ];
    let bytes = ethernet(0x86dd, &ipv6(0, &hop.concat()));
    let Content::Udp(of, payload) = decode(&bytes) else {
        panic!("{:?}", decode(&bytes))
    };
    assert_eq!(&*payload, b"six");
    assert_eq!(of.source.port(), 1025);
    let headers = [60, 0, 0, 0, 0, 0, 0, 0].repeat(9);
    let many = ethernet(0x86dd, &ipv6(60, &headers));
    assert_eq!(decode(&many), Content::Unreadable(Fault::TooMany));
}

#[test]
fn what_breaks_a_rule() {
    let good = ipv4(17, 0, &udp(b"hello"));
    let changed = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        ethernet(0x0800, &bytes)
    };
    for (bytes, fault) in [
        (vec![1; 9], Fault::Truncated),
        (changed(0, 0x44), Fault::HeaderLength),
        (changed(0, 0x65), Fault::Version),
        (changed(3, 19), Fault::HeaderLength),
        (changed(3, 200), Fault::Truncated),
        (changed(25, 7), Fault::HeaderLength),
        (changed(25, 200), Fault::Truncated),
        (
            ethernet(0x0800, &ipv4(6, 0, &tcp(1, 0, b"")[..15])),
            Fault::Truncated,
        ),
        (ethernet(0x86dd, &good), Fault::Version),
        (ethernet(0x0800, &[]), Fault::Truncated),
    ] {
        assert_eq!(decode(&bytes), Content::Unreadable(fault), "{bytes:?}");
    }
    let mut short = tcp(1, 0, b"");
    short[12] = 0x40;
    let bytes = ethernet(0x0800, &ipv4(6, 0, &short));
    assert_eq!(decode(&bytes), Content::Unreadable(Fault::HeaderLength));
    let icmp = ethernet(0x0800, &ipv4(1, 0, &[8, 0]));
    assert!(matches!(decode(&icmp), Content::Other { protocol: 1, .. }));
}

/// Pieces of a datagram, each with its place in units of 8 bytes and whether more follows.
fn pieces(pieces: &[(u16, bool, &[u8])]) -> Vec<Vec<u8>> {
    pieces
        .iter()
        .map(|(at, more, bytes)| {
            let flag = if *more { 0x2000 } else { 0 };
            ethernet(0x0800, &ipv4(17, at | flag, bytes))
        })
        .collect()
}

fn all(decoder: &mut Decoder, frames: &[Vec<u8>]) -> Vec<String> {
    frames
        .iter()
        .map(|bytes| match decoder.decode(&frame(bytes)).content {
            Content::Fragment => "waits".to_owned(),
            Content::Udp(_, payload) => String::from_utf8_lossy(&payload).into_owned(),
            Content::Unreadable(fault) => fault.code().to_owned(),
            other => format!("{other:?}"),
        })
        .collect()
}

#[test]
fn fragments_in_any_order() {
    let whole = udp(b"0123456789abcdefghij");
    let cut = |at: usize, until: usize| &whole[at * 8..until];
    let three = [
        (0, true, cut(0, 8)),
        (1, true, cut(1, 24)),
        (3, false, cut(3, 28)),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        let frames = pieces(&order.map(|n| three[n]));
        let told = all(&mut Decoder::new(), &frames);
        assert_eq!(
            told,
            ["waits", "waits", "0123456789abcdefghij"],
            "{order:?}"
        );
    }
    // A copy of a piece is no piece of another kind.
    let frames = pieces(&[three[0], three[0], three[2], three[1]]);
    let told = all(&mut Decoder::new(), &frames);
    assert_eq!(told[3], "0123456789abcdefghij");
}

#[test]
fn fragments_that_contradict_each_other() {
    let whole = udp(b"0123456789abcdefghij");
    let other = [0x55; 16];
    for lies in [
        // Over the first piece, over its end, over the beginning of the next one.
        vec![(0, true, &whole[..16]), (0, true, &other[..])],
        vec![(0, true, &whole[..16]), (1, false, &other[..12])],
        vec![(1, true, &whole[8..16]), (0, true, &other[..])],
        // Beyond the end, and two ends.
        vec![(1, false, &whole[8..16]), (2, true, &other[..8])],
        vec![(1, false, &whole[8..16]), (4, false, &other[..8])],
    ] {
        let mut frames = pieces(&lies);
        frames.extend(pieces(&[(0, true, &whole[..16]), (2, false, &whole[16..])]));
        let mut decoder = Decoder::new();
        let told = all(&mut decoder, &frames);
        assert_eq!(told[0], "waits");
        assert!(
            told[1..]
                .iter()
                .all(|told| told == "capture-fragment-overlap"),
            "{told:?}"
        );
    }
    for (bad, fault) in [
        ((0, true, &other[..7]), "capture-header-length"),
        ((0, false, &other[..0]), "capture-header-length"),
        ((0x1fff, false, &other[..16]), "capture-fragment-too-many"),
    ] {
        let told = all(&mut Decoder::new(), &pieces(&[bad]));
        // An empty last piece of place 0 is a whole, empty packet.
        if bad.2.is_empty() {
            assert_eq!(told, ["capture-truncated"]);
        } else {
            assert_eq!(told, [fault]);
        }
    }
}

/// The number of a packet comes again after some time.
#[test]
fn old_fragments_are_not_taken_for_those_of_another_packet() {
    let whole = udp(b"01234567");
    let frames = pieces(&[(0, true, &whole[..8]), (1, false, &whole[8..])]);
    for (seconds, whole) in [(60, true), (61, false)] {
        let mut decoder = Decoder::new();
        let mut told = frames.iter().zip([0, seconds]).map(|(bytes, second)| {
            let frame = Frame {
                time_us: Some(second * 1_000_000),
                ..frame(bytes)
            };
            decoder.decode(&frame).content
        });
        assert_eq!(told.next(), Some(Content::Fragment));
        assert_eq!(matches!(told.next(), Some(Content::Udp(..))), whole);
        assert_eq!(decoder.evicted(), u64::from(!whole));
    }
}

#[test]
fn only_so_many_packets_wait_for_fragments() {
    let mut decoder = Decoder::new();
    for id in 0..=FRAGMENTED_MAX {
        let mut bytes = ethernet(0x0800, &ipv4(17, 0x2000, &[0; 8]));
        bytes[18..20].copy_from_slice(&u16::try_from(id).unwrap().to_be_bytes());
        assert_eq!(decoder.decode(&frame(&bytes)).content, Content::Fragment);
    }
    assert_eq!(decoder.evicted(), 1);
}

proptest! {
    #[test]
    fn any_frame_is_a_packet(
        link in prop::sample::select(vec![1_u16, 101, 113, 276]),
        start in prop::sample::select(vec![
            ethernet(0x0800, &ipv4(17, 0, &udp(b"x"))),
            ethernet(0x0800, &ipv4(6, 0x2001, &tcp(1, 2, b"x"))),
            ethernet(0x86dd, &ipv6(44, &[17, 0, 0, 9, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8])),
            Vec::new(),
        ]),
        changes in prop::collection::vec((0_usize..80, any::<u8>()), 0..6),
        rest in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut bytes = [start, rest].concat();
        for (at, value) in changes {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        let frame = Frame { link, ..frame(&bytes) };
        let _packet = Decoder::new().decode(&frame);
    }
}
