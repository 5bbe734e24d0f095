//! Notes as the specification shows them, signed, cosigned, and damaged.

use super::*;

/// The example of c2sp.org/signed-note, with the key its own text belongs to unknown here.
const EXAMPLE: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\u{2014} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

fn signer(seed: u8) -> NoteSigner {
    NoteSigner::from_seed("example.org/log", &[seed; 32]).unwrap()
}

#[test]
fn the_example_is_read_and_written_alike() {
    let note = SignedNote::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(note.to_string(), EXAMPLE);
    assert!(note.text().ends_with("sera.\n"));
    assert_eq!(note.signatures()[0].name(), "quasimodo.example/salvatore");
    let unsigned = Err(Error::Unsigned {
        name: "example.org/log".to_owned(),
    });
    assert_eq!(note.verify(signer(1).verifier()), unsigned);
}

#[test]
fn key_texts_come_back_and_a_slip_is_refused() {
    let key = signer(1).verifier().clone();
    let text = key.to_string();
    assert_eq!(text.parse(), Ok(key));
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 0x01;
        if let Ok(slip) = String::from_utf8(bytes) {
            assert!(slip.parse::<VerifierKey>().is_err(), "{slip}");
        }
    }
    for name in ["", "a b", "a+b", "a\u{a0}b", "a\nb"] {
        assert!(NoteSigner::from_seed(name, &[1; 32]).is_err(), "{name:?}");
    }
}

#[test]
fn one_known_signature_suffices_and_unknown_ones_stay() {
    let (first, second, stranger) = (signer(1), signer(2), signer(3));
    let mut note = SignedNote::sign("words\n", &first).unwrap();
    note.cosign(&second);
    let read = SignedNote::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(read, note);
    assert_eq!(read.verify(first.verifier()), Ok(()));
    assert_eq!(read.verify(second.verifier()), Ok(()));
    assert!(matches!(
        read.verify(stranger.verifier()),
        Err(Error::Unsigned { .. })
    ));
}

#[test]
fn a_wrong_signature_of_a_known_key_spoils_a_good_one() {
    let key = signer(1);
    let good = SignedNote::sign("words\n", &key).unwrap();
    let other = SignedNote::sign("other words\n", &key).unwrap();
    let spoilt = format!("{good}{}\n", other.signatures()[0]);
    let note = SignedNote::parse(spoilt.as_bytes()).unwrap();
    assert!(matches!(
        note.verify(key.verifier()),
        Err(Error::Signature { .. })
    ));
}

#[test]
fn every_flipped_byte_is_noticed() {
    let key = signer(1);
    let note = SignedNote::sign("words\nmore\n", &key)
        .unwrap()
        .to_string()
        .into_bytes();
    for at in 0..note.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut bytes = note.clone();
            bytes[at] ^= flip;
            let believed = SignedNote::parse(&bytes).and_then(|note| note.verify(key.verifier()));
            assert!(believed.is_err(), "byte {at} flipped by {flip:#x}");
        }
    }
}

#[test]
fn malformed_notes_are_refused() {
    let line = "\u{2014} a AAAAAAA=\n";
    for note in [
        String::new(),
        "text\n".to_owned(),
        format!("text{line}"),
        format!("text\n{line}"),
        format!("text\n\n{line}\n"),
        format!("text\n\n{}", line.trim_end()),
        "text\n\n- a AAAAAAA=\n".to_owned(),
        "text\n\n\u{2014} a AAAA\n".to_owned(),
        "text\n\n\u{2014} a AAAAAA==\n".to_owned(),
        "text\n\n\u{2014} a+b AAAAAAA=\n".to_owned(),
        "text\n\n\u{2014}  AAAAAAA=\n".to_owned(),
        format!("te\txt\n\n{line}"),
        format!("text\r\n\n{line}"),
        format!("text\n\n{}", line.repeat(NOTE_SIGNATURES_MAX + 1)),
        format!("{}\n\n{line}", "x".repeat(NOTE_BYTES_MAX)),
    ] {
        assert!(SignedNote::parse(note.as_bytes()).is_err(), "{:.40}", note);
    }
    assert!(SignedNote::parse(b"\xff\n\n").is_err());
    assert!(SignedNote::parse(format!("text\n\n{line}").as_bytes()).is_ok());
    assert!(SignedNote::sign("no newline", &signer(1)).is_err());
    assert!(SignedNote::sign("tab\t\n", &signer(1)).is_err());
}
