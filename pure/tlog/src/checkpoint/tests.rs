//! Texts of checkpoints in their one spelling, and whom a signed one is believed for.

use super::*;
use crate::hash::empty_root;

fn signer(name: &str) -> NoteSigner {
    NoteSigner::from_seed(name, &[7; 32]).unwrap()
}

#[test]
fn text_and_back() {
    let root = empty_root();
    let text = format!("example.org/log\n42\n{root}\n");
    let checkpoint: Checkpoint = text.parse().unwrap();
    assert_eq!(
        checkpoint,
        Checkpoint::new("example.org/log", 42, root).unwrap()
    );
    assert_eq!(checkpoint.to_string(), text);
    let extended = format!("{text}opaque words\n");
    assert_eq!(
        extended.parse::<Checkpoint>().unwrap().to_string(),
        extended
    );
}

#[test]
fn malformed_texts_are_refused() {
    let root = empty_root();
    for (text, part) in [
        (String::new(), "last line"),
        (format!("o\n1\n{root}"), "last line"),
        (format!("\n1\n{root}\n"), "origin"),
        ("o\n".to_owned(), "size"),
        (format!("o\n01\n{root}\n"), "size"),
        (format!("o\n+1\n{root}\n"), "size"),
        (format!("o\n-1\n{root}\n"), "size"),
        (format!("o\n18446744073709551616\n{root}\n"), "size"),
        ("o\n1\n".to_owned(), "root"),
        ("o\n1\nAAAA\n".to_owned(), "root"),
        (format!("o\n1\n{root}\n\n"), "extension line"),
    ] {
        assert_eq!(
            text.parse::<Checkpoint>(),
            Err(Error::Checkpoint(part)),
            "{text:?}"
        );
    }
}

#[test]
fn only_the_right_key_of_the_right_log_is_believed() {
    let ours = signer("example.org/ours");
    let theirs = NoteSigner::from_seed("example.org/ours", &[8; 32]).unwrap();
    let head = Checkpoint::new("example.org/ours", 3, empty_root()).unwrap();
    let note = head.sign(&ours).unwrap().to_string();
    assert_eq!(Checkpoint::open(note.as_bytes(), ours.verifier()), Ok(head));
    let unsigned = Err(Error::Unsigned {
        name: "example.org/ours".to_owned(),
    });
    assert_eq!(
        Checkpoint::open(note.as_bytes(), theirs.verifier()),
        unsigned
    );

    let foreign = Checkpoint::new("example.org/theirs", 3, empty_root()).unwrap();
    let note = foreign.sign(&ours).unwrap().to_string();
    let refused = Checkpoint::open(note.as_bytes(), ours.verifier()).unwrap_err();
    assert!(
        matches!(refused, Error::CheckpointOrigin { .. }),
        "{refused}"
    );
}

/// A witness or the log itself may sign with a second key of a kind that is unknown here, for
/// example ML-DSA-44 with its 2,420 bytes: the note is still believed under the Ed25519 key.
#[test]
fn a_second_signature_of_post_quantum_size_changes_nothing() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let ours = signer("example.org/ours");
    let head = Checkpoint::new("example.org/ours", 3, empty_root()).unwrap();
    let note = head.sign(&ours).unwrap().to_string();
    for (name, key_id) in [
        ("example.org/ours", 0xa1b2_c3d4_u32),
        ("example.org/witness", 7),
    ] {
        let mut bytes = key_id.to_be_bytes().to_vec();
        bytes.resize(4 + 2_420, 0x5a);
        let line = format!("\u{2014} {name} {}\n", STANDARD.encode(&bytes));
        let (text, signatures) = note.rsplit_once("\n\n").unwrap();
        for both in [
            format!("{note}{line}"),
            format!("{text}\n\n{line}{signatures}"),
        ] {
            let believed = Checkpoint::open(both.as_bytes(), ours.verifier());
            assert_eq!(believed.as_ref(), Ok(&head));
            // Only beside the right one: alone it proves nothing.
            let alone = format!("{text}\n\n{line}");
            assert!(Checkpoint::open(alone.as_bytes(), ours.verifier()).is_err());
        }
    }
}
