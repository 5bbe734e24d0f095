//! Proof files: round trips, the example of the specification, and every byte changed.

use proptest::prelude::*;

use super::*;
use crate::hash::{leaf_hash, node_hash};
use crate::key::NoteSigner;
use crate::prove_inclusion;

const ORIGIN: &str = "hygie.example/log";

fn signer(origin: &str, seed: u8) -> NoteSigner {
    NoteSigner::from_seed(origin, &[seed; 32]).unwrap()
}

fn leaf(index: u64) -> Hash {
    leaf_hash(index.to_string().as_bytes())
}

/// Root of the perfect subtree `index` of a level.
fn node(level: u32, index: u64) -> Hash {
    match level.checked_sub(1) {
        None => leaf(index),
        Some(below) => node_hash(&node(below, 2 * index), &node(below, 2 * index + 1)),
    }
}

/// Root over the leaves from `start` to `end` (RFC 6962 section 2.1).
fn root(start: u64, end: u64) -> Hash {
    if end - start == 1 {
        return leaf(start);
    }
    let split = 1 << (end - start - 1).ilog2();
    node_hash(&root(start, start + split), &root(start + split, end))
}

/// The proof of entry `index` in a tree of `size` leaves, each the text of its number.
fn proof_of(index: u64, size: u64) -> ProofFile {
    let checkpoint = Checkpoint::new(ORIGIN, size, root(0, size)).unwrap();
    let note = checkpoint.sign(&signer(ORIGIN, 7)).unwrap().to_string();
    let hashes = prove_inclusion(index, size, |level, index| {
        Ok::<_, Error>(node(level, index))
    })
    .unwrap();
    let extra = Some(index.to_string().into_bytes());
    ProofFile::new(extra, index, hashes, note.as_bytes()).unwrap()
}

/// Whether the file proves the leaf that its extra line tells.
fn proves(text: &[u8], key: &VerifierKey) -> Result<u64, Error> {
    let file = ProofFile::parse(text)?;
    let leaf = leaf_hash(file.extra().unwrap_or_default());
    file.verify(&leaf, key).map(|_| file.index())
}

#[test]
fn the_form_is_that_of_the_specification() {
    let note = "example.com/fancylog\n109482\n\
        sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n\
        \u{2014} example.com/fancylog hI2DJwECAwQ=\n\
        \u{2014} witness1.example mJirIkECAwQ=\n";
    let text = format!(
        "c2sp.org/tlog-proof@v1\nextra YWdl\nindex 73894\n\
         gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n\
         B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n\n{note}"
    );
    let file = ProofFile::parse(text.as_bytes()).unwrap();
    assert_eq!((file.index(), file.extra()), (73894, Some(&b"age"[..])));
    assert_eq!(file.origin(), "example.com/fancylog");
    assert_eq!(file.to_string(), text);
    let bare = text.replace("extra YWdl\n", "");
    let file = ProofFile::parse(bare.as_bytes()).unwrap();
    assert_eq!((file.extra(), file.to_string()), (None, bare));
}

#[test]
fn what_has_another_spelling_is_refused() {
    let good = proof_of(5, 9).to_string();
    assert_eq!(ProofFile::parse(good.as_bytes()), Ok(proof_of(5, 9)));
    for (from, to) in [
        ("@v1", "@v2"),
        ("index 5", "index 05"),
        ("index 5", "index +5"),
        ("index 5", "index 18446744073709551616"),
        ("index 5", "index"),
        ("index 5\n", ""),
        ("extra ", "extra"),
        ("extra NQ==", "extra NR=="),
        ("extra NQ==", "extra "),
        ("extra NQ==\nindex 5", "index 5\nextra NQ=="),
        ("\n\n", "\n"),
        ("\n\n", "\n\n\n"),
        ("\n", "\r\n"),
    ] {
        let other = good.replacen(from, to, 1);
        assert_ne!(other, good, "{from}");
        assert!(ProofFile::parse(other.as_bytes()).is_err(), "{from} {to}");
    }
    let many = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n".repeat(HASHES_MAX + 1);
    let long = good.replacen("index 5\n", &format!("index 5\n{many}"), 1);
    assert_eq!(
        ProofFile::parse(long.as_bytes()),
        Err(Error::ProofFile("number of hashes"))
    );
}

#[test]
fn any_changed_byte_is_refused() {
    let key = signer(ORIGIN, 7).verifier().clone();
    for (index, size) in [(0, 1), (5, 9), (255, 300)] {
        let good = proof_of(index, size).to_string().into_bytes();
        assert_eq!(proves(&good, &key), Ok(index));
        for at in 0..good.len() {
            for flip in [0x01, 0x20, 0x80] {
                let mut bad = good.clone();
                bad[at] ^= flip;
                assert!(
                    proves(&bad, &key).is_err(),
                    "byte {at} of {index} in {size}"
                );
            }
            assert!(proves(&good[..at], &key).is_err(), "cut at {at}");
        }
    }
}

#[test]
fn another_key_or_log_proves_nothing() {
    let text = proof_of(3, 4).to_string().into_bytes();
    let named = |origin, seed| proves(&text, signer(origin, seed).verifier());
    assert_eq!(named(ORIGIN, 7), Ok(3));
    assert!(matches!(named(ORIGIN, 8), Err(Error::Unsigned { .. })));
    assert!(matches!(
        named("hygie.example/other", 7),
        Err(Error::Unsigned { .. })
    ));
}

proptest! {
    #[test]
    fn every_proof_reads_back_and_holds((index, size) in (1_u64..80).prop_flat_map(|size| (0..size, Just(size)))) {
        let key = signer(ORIGIN, 7).verifier().clone();
        let text = proof_of(index, size).to_string();
        prop_assert_eq!(proves(text.as_bytes(), &key), Ok(index));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(file) = ProofFile::parse(&bytes) {
            prop_assert_eq!(file.to_string().into_bytes(), bytes);
        }
    }

    #[test]
    fn no_lines_panic(lines in proptest::collection::vec("(index [0-9]{0,3}|extra [A-Za-z0-9=]{0,8}|c2sp.org/tlog-proof@v1|[A-Za-z0-9+/]{43}=||— a AAAAAAA=)", 0..12)) {
        let bytes = lines.join("\n").into_bytes();
        if let Ok(file) = ProofFile::parse(&bytes) {
            prop_assert_eq!(file.to_string().into_bytes(), bytes);
        }
    }
}
