use proptest::prelude::*;

use super::*;

const MAX: usize = 64;

/// Everything that a decoder gives for chunks of a connection.
fn decode(chunks: &[&[u8]]) -> Vec<Framed> {
    let mut decoder = Decoder::new(MAX);
    let mut all = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        while let Some(framed) = decoder.next() {
            all.push(framed);
        }
        assert!(decoder.bytes.len() <= MAX + chunk.len() + 1);
    }
    all
}

/// What was stray in one piece or in many is the same number of bytes.
fn joined(all: Vec<Framed>) -> Vec<Framed> {
    let mut out: Vec<Framed> = Vec::new();
    for framed in all {
        match (out.last_mut(), framed) {
            (Some(Framed::Stray(before)), Framed::Stray(more)) => *before += more,
            (_, framed) => out.push(framed),
        }
    }
    out
}

fn message(bytes: &[u8]) -> Framed {
    Framed::Message(bytes.to_vec())
}

#[test]
fn messages_are_cut_out_of_what_comes() {
    let long = vec![b'x'; MAX + 1];
    let longest = vec![b'x'; MAX];
    for (bytes, expected) in [
        (&b""[..], vec![]),
        (b"\x0bMSH\x1c\r", vec![message(b"MSH")]),
        (b"\x0b\x1c\r", vec![message(b"")]),
        (
            b"\x0ba\x1c\r\x0bb\x1c\r",
            vec![message(b"a"), message(b"b")],
        ),
        (b"?\r\n\x0ba\x1c\r", vec![Framed::Stray(3), message(b"a")]),
        (b"\x0ba\x0bb\x1c\r", vec![Framed::Stray(1), message(b"b")]),
        (b"\x0ba\x1cb\x1c\r", vec![message(b"a\x1cb")]),
        (b"\x0ba\x1c", vec![]),
        (&encode(&longest), vec![message(&longest)]),
        (
            &[encode(&long), encode(b"a")].concat(),
            vec![Framed::TooLong, message(b"a")],
        ),
    ] {
        assert_eq!(decode(&[bytes]), expected, "{bytes:?}");
        let singly: Vec<_> = bytes.chunks(1).collect();
        assert_eq!(joined(decode(&singly)), expected, "{bytes:?} byte by byte");
    }
}

#[test]
fn a_message_that_never_ends_takes_no_more_room_than_the_longest() {
    let mut decoder = Decoder::new(MAX);
    decoder.push(b"\x0b");
    assert_eq!(decoder.next(), None);
    assert!(decoder.is_inside());
    let mut told = 0;
    for _ in 0..1_000 {
        decoder.push(&[b'x'; 100]);
        told += usize::from(decoder.next() == Some(Framed::TooLong));
        assert_eq!(decoder.next(), None);
        assert!(decoder.bytes.len() <= MAX);
    }
    assert_eq!(told, 1);
    decoder.push(b"\x1c");
    assert_eq!(decoder.next(), None);
    decoder.push(b"\r\x0ba\x1c\r");
    assert_eq!(decoder.next(), Some(message(b"a")));
    assert!(!decoder.is_inside());
}

proptest! {
    #[test]
    fn chunks_make_no_difference(
        bytes in prop::collection::vec(prop_oneof![
            Just(0x0b_u8), Just(0x1c), Just(0x0d), any::<u8>(),
        ], 0..300),
        size in 1_usize..50,
    ) {
        let chunks: Vec<_> = bytes.chunks(size).collect();
        prop_assert_eq!(joined(decode(&chunks)), joined(decode(&[&bytes])));
    }

    #[test]
    fn what_is_framed_is_cut_out_again(
        messages in prop::collection::vec(prop::collection::vec(0x20_u8..0x7f, 0..MAX), 0..9),
        size in 1_usize..50,
    ) {
        let bytes: Vec<u8> = messages.iter().flat_map(|message| encode(message)).collect();
        let chunks: Vec<_> = bytes.chunks(size).collect();
        let expected: Vec<_> = messages.into_iter().map(Framed::Message).collect();
        prop_assert_eq!(decode(&chunks), expected);
    }
}
