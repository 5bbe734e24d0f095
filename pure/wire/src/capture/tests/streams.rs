//! Streams in order, gaps, copies, and their bounds.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::limits::StreamLimits;

const LIMITS: StreamLimits = StreamLimits {
    directions_max: 4,
    waiting_bytes_max: 64,
    waiting_segments_max: 8,
};

fn segment(sequence: u32, payload: &[u8]) -> TcpSegment<'_> {
    TcpSegment {
        sequence,
        acknowledged: None,
        syn: false,
        fin: false,
        reset: false,
        payload: Cow::Borrowed(payload),
    }
}

fn syn(sequence: u32) -> TcpSegment<'static> {
    TcpSegment {
        syn: true,
        ..segment(sequence, b"")
    }
}

fn fin(sequence: u32, payload: &[u8]) -> TcpSegment<'_> {
    TcpSegment {
        fin: true,
        ..segment(sequence, payload)
    }
}

/// What comes of one direction, as text.
fn told(streams: &mut Streams, segment: &TcpSegment<'_>) -> String {
    let told = streams.push(flow(CLIENT, SERVER), segment);
    words(&told)
}

fn words(told: &[Delivered<'_>]) -> String {
    let words: Vec<String> = told
        .iter()
        .map(|told| match &told.delivery {
            Delivery::Begun { whole: true } => "begun".to_owned(),
            Delivery::Begun { whole: false } => "joined".to_owned(),
            Delivery::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Delivery::Gap(missing) => format!("gap {missing}"),
            Delivery::Ended => "ended".to_owned(),
            Delivery::Evicted => "evicted".to_owned(),
        })
        .collect();
    words.join(", ")
}

/// Pushes segments of one direction; each with what is told.
fn script(steps: &[(TcpSegment<'_>, &str)]) {
    let mut streams = Streams::new(LIMITS);
    for (segment, expected) in steps {
        assert_eq!(told(&mut streams, segment), *expected, "{segment:?}");
    }
}

#[test]
fn in_order_and_out_of_order() {
    script(&[
        (syn(99), "begun"),
        (segment(100, b"ab"), "ab"),
        (segment(104, b"ef"), ""),
        (segment(102, b"cd"), "cd, ef"),
        (segment(106, b"g"), "g"),
    ]);
}

#[test]
fn copies_are_given_once() {
    script(&[
        (syn(99), "begun"),
        (syn(99), ""),
        (segment(100, b"ab"), "ab"),
        (segment(100, b"ab"), ""),
        (segment(100, b"abcd"), "cd"),
        (syn(99), ""),
        // What was first at a place counts, also when it waits.
        (segment(106, b"gh"), ""),
        (segment(106, b"XXij"), ""),
        (segment(103, b"Xef"), "ef, ghij"),
        // A sign of life has a byte that was sent before.
        (segment(109, b"\0"), ""),
    ]);
}

#[test]
fn joined_in_the_middle_and_numbers_come_again() {
    script(&[
        (segment(u32::MAX, b"ab"), "joined, ab"),
        (segment(3, b"ef"), ""),
        (segment(1, b"cd"), "cd, ef"),
    ]);
}

#[test]
fn a_stream_ends_once() {
    script(&[
        (syn(99), "begun"),
        (fin(102, b"cd"), ""),
        (segment(100, b"ab"), "ab, cd, ended"),
        (fin(102, b"cd"), ""),
        (segment(104, b"late"), ""),
        (syn(7_000), "begun"),
        (segment(7_001, b"new"), "new"),
    ]);
}

#[test]
fn another_stream_of_the_same_ports() {
    script(&[
        (syn(99), "begun"),
        (segment(100, b"ab"), "ab"),
        (segment(104, b"ef"), ""),
        (syn(5_000), "gap 2, ef, begun"),
        (segment(5_001, b"x"), "x"),
        (segment(2_000_000_000, b"y"), "joined, y"),
    ]);
}

#[test]
fn what_was_acknowledged_and_not_seen_is_a_gap() {
    let mut streams = Streams::new(LIMITS);
    told(&mut streams, &syn(99));
    assert_eq!(told(&mut streams, &segment(103, b"de")), "");
    let answer = |acknowledged| TcpSegment {
        acknowledged: Some(acknowledged),
        ..segment(1, b"")
    };
    let back = flow(SERVER, CLIENT);
    assert_eq!(words(&streams.push(back, &answer(100))), "");
    let last = answer(105);
    let told = streams.push(back, &last);
    assert_eq!(words(&told), "gap 3, de");
    assert!(told.iter().all(|told| told.flow == flow(CLIENT, SERVER)));
}

#[test]
fn what_never_comes_is_given_up() {
    let mut streams = Streams::new(LIMITS);
    told(&mut streams, &syn(99));
    let long = [b'x'; 40];
    assert_eq!(told(&mut streams, &segment(101, &long)), "");
    let given_up = told(&mut streams, &segment(143, &long));
    assert!(given_up.starts_with("gap 1, xxx"), "{given_up}");
    assert_eq!(streams.waiting_bytes(), 40);
    assert_eq!(
        words(&streams.finish()),
        format!("gap 2, {}", "x".repeat(40))
    );
    assert_eq!(streams.waiting_bytes(), 0);
}

#[test]
fn a_reset_ends_both_directions() {
    let mut streams = Streams::new(LIMITS);
    told(&mut streams, &syn(99));
    streams.push(flow(SERVER, CLIENT), &syn(10));
    let reset = TcpSegment {
        reset: true,
        ..segment(100, b"")
    };
    assert_eq!(told(&mut streams, &reset), "ended, ended");
    assert_eq!(told(&mut streams, &reset), "");
}

#[test]
fn the_one_that_was_silent_longest_gives_way() {
    let mut streams = Streams::new(LIMITS);
    let of = |port: u16| flow(&format!("10.0.0.1:{port}"), SERVER);
    for port in 1..=4 {
        streams.push(of(port), &segment(1, b"x"));
    }
    streams.push(of(1), &segment(2, b"y"));
    let fifth = segment(1, b"x");
    let told = streams.push(of(5), &fifth);
    assert_eq!(
        (told[0].flow, &told[0].delivery),
        (of(2), &Delivery::Evicted)
    );
    assert_eq!(streams.evicted(), 1);
    // One that has ended is not missed.
    streams.push(of(3), &fin(2, b""));
    for port in [4, 1, 5] {
        streams.push(of(port), &segment(9, b"z"));
    }
    assert_eq!(words(&streams.push(of(6), &segment(1, b"x"))), "joined, x");
    assert_eq!(streams.evicted(), 1);
}

/// Whoever speaks on stays, however many others come; the order of the silent is only nearly kept.
#[test]
fn a_flood_of_new_streams_evicts_none_that_speaks_on() {
    let mut streams = Streams::new(StreamLimits {
        directions_max: 64,
        ..LIMITS
    });
    let of = |port: u16| Flow {
        source: (std::net::Ipv4Addr::LOCALHOST, port).into(),
        destination: SERVER.parse().unwrap(),
    };
    streams.push(of(1), &syn(0));
    let mut number = 1;
    for port in 2..2_000 {
        streams.push(of(port), &segment(1, b"x"));
        // Every thirtieth is of the one that speaks on.
        if port % 30 == 0 {
            assert_eq!(
                words(&streams.push(of(1), &segment(number, b"y"))),
                "y",
                "{port}"
            );
            number += 1;
        }
    }
    assert_eq!(streams.evicted(), 2_000 - 1 - 64);
}

proptest! {
    /// However a stream is cut, copied and mixed, its bytes come once and in order.
    #[test]
    fn bytes_come_once_and_in_order(
        start: u32,
        cuts in prop::collection::vec((0_usize..60, 1_usize..9), 0..12),
        order in Just((0..60_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let bytes: Vec<u8> = (b' '..).take(60).collect();
        let mut streams = Streams::new(StreamLimits { waiting_segments_max: 99, waiting_bytes_max: 999, ..LIMITS });
        let of = flow(CLIENT, SERVER);
        streams.push(of, &syn(start));
        let mut got = Vec::new();
        let each = order.into_iter().map(|at| (at, 1));
        for (at, length) in cuts.into_iter().chain(each) {
            let until = (at + length).min(60);
            let number = start.wrapping_add(1).wrapping_add(u32::try_from(at).unwrap());
            for told in streams.push(of, &segment(number, &bytes[at..until])) {
                match told.delivery {
                    Delivery::Bytes(more) => got.extend_from_slice(&more),
                    other => prop_assert!(false, "{other:?}"),
                }
            }
        }
        prop_assert_eq!(got, bytes);
        prop_assert_eq!(streams.waiting_bytes(), 0);
    }

    /// Whatever comes, what is held is bounded, and no byte is told twice.
    #[test]
    fn any_segments_are_held_within_bounds(
        segments in prop::collection::vec(
            (0_u16..9, 0_u32..400, any::<[bool; 3]>(), 0_usize..50, any::<Option<u16>>()), 0..80),
    ) {
        let mut streams = Streams::new(LIMITS);
        for (port, sequence, [syn, fin, reset], length, acknowledged) in segments {
            let payload = vec![7; length];
            let segment = TcpSegment {
                sequence,
                acknowledged: acknowledged.map(u32::from),
                syn: syn && length % 3 == 0,
                fin: fin && length % 5 == 0,
                reset: reset && length % 7 == 0,
                payload: Cow::Borrowed(&payload),
            };
            let client: SocketAddr = ([10, 0, 0, 1], port).into();
            let of = Flow { source: client, destination: SERVER.parse().unwrap() };
            streams.push(if fin { of.reversed() } else { of }, &segment);
            prop_assert!(streams.waiting_bytes() <= 4 * 64);
        }
    }
}
