//! Whatever is done to a token, it verifies as it was signed or not at all.

use std::sync::LazyLock;

use proptest::prelude::*;
use tempfile::TempDir;

use crate::identity::jwks::Keys;
use crate::identity::testing::{Signer, claims, now, verifier_of};
use crate::identity::{Rejection, Verifier};

/// One token of each algorithm, and a verifier that knows their keys.
struct Scene {
    verifier: Verifier,
    tokens: Vec<String>,
    _folder: TempDir,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let signers = [
        Signer::ed(),
        Signer::ec(),
        Signer::rsa(aws_lc_rs::rsa::KeySize::Rsa2048),
    ];
    let jwks: Vec<_> = signers.iter().map(|s| s.jwk(s.algorithm())).collect();
    let tokens = signers
        .iter()
        .map(|s| s.token(s.algorithm(), &claims()))
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (verifier, folder) = runtime.block_on(verifier_of(&jwks));
    Scene {
        verifier,
        tokens,
        _folder: folder,
    }
});

/// Every single-character change of every token, over the whole alphabet of tokens.
#[test]
fn any_changed_character_is_refused() {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/";
    for token in &SCENE.tokens {
        assert!(SCENE.verifier.verify(token, now()).is_ok());
        for (at, original) in token.bytes().enumerate() {
            // The alphabet is walked from another place at each position, to keep the test short:
            // signatures are whole-message, so a position is covered by some of its changes, and
            // the last characters, whose bits partly mean nothing, by all of them.
            let all = at + 8 > token.len();
            let few = if all { ALPHABET.len() } else { 4 };
            for step in 0..few {
                let change = ALPHABET[(at * 7 + step) % ALPHABET.len()];
                if change == original {
                    continue;
                }
                let mut bytes = token.clone().into_bytes();
                bytes[at] = change;
                let forged = String::from_utf8(bytes).unwrap();
                assert!(
                    SCENE.verifier.verify(&forged, now()).is_err(),
                    "{at}: {forged}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_verifies_or_panics(text in any::<String>()) {
        prop_assert!(SCENE.verifier.verify(&text, now()).is_err());
    }

    #[test]
    fn no_three_parts_verify_or_panic(text in "[A-Za-z0-9_=-]{0,60}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,90}") {
        prop_assert!(SCENE.verifier.verify(&text, now()).is_err());
    }

    #[test]
    fn no_header_or_claims_panic(header in json_text(), claims in json_text()) {
        let signer = Signer::ed();
        let token = signer.token_raw(&header, &claims);
        prop_assert!(SCENE.verifier.verify(&token, now()).is_err());
    }

    /// Cut, doubled, swapped and spliced parts of valid tokens.
    #[test]
    fn parts_of_valid_tokens_do_not_mix(
        picks in prop::collection::vec((0..3_usize, 0..3_usize), 3),
        cut in 0..200_usize,
    ) {
        let parts: Vec<&str> = picks
            .iter()
            .map(|(token, part)| SCENE.tokens[*token].split('.').nth(*part).unwrap())
            .collect();
        let mixed = parts.join(".");
        let known = SCENE.tokens.contains(&mixed);
        prop_assert_eq!(SCENE.verifier.verify(&mixed, now()).is_ok(), known);
        let token = &SCENE.tokens[picks[0].0];
        if cut > 0 {
            let short = token.get(..token.len().saturating_sub(cut)).unwrap();
            prop_assert!(SCENE.verifier.verify(short, now()).is_err());
        }
    }

    #[test]
    fn no_key_set_panics(document in json_text()) {
        let read = Keys::parse(document.as_bytes());
        prop_assert!(read.is_err() || read.is_ok_and(|keys| keys.len() == 0));
    }

    /// Members that matter, with values of every type.
    #[test]
    fn no_claims_of_a_true_issuer_panic(name in member(), value in json_value()) {
        static SIGNER: LazyLock<(Signer, Verifier, TempDir)> = LazyLock::new(|| {
            let signer = Signer::ed();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (verifier, folder) = runtime.block_on(verifier_of(&[signer.jwk("k1")]));
            (signer, verifier, folder)
        });
        let (signer, verifier, _) = &*SIGNER;
        let mut claims = claims();
        claims[&name] = serde_json::from_str(&value).unwrap();
        let told = verifier.verify(&signer.token("k1", &claims), now());
        prop_assert_ne!(told.map(|_| ()), Err(Rejection::TokenSignature));
    }
}

fn member() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "iss",
        "aud",
        "sub",
        "exp",
        "nbf",
        "iat",
        "sid",
        "jti",
        "cnf",
        "extensions",
        "keys",
        "Mode_Acces_Raison",
        "alg",
        "kid",
        "typ",
        "kty",
        "crv",
        "x",
        "n",
        "e",
        "purpose_of_use",
    ])
    .prop_map(str::to_owned)
}

/// A JSON value as text, with members that matter to a token or a key set.
fn json_value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<u64>().prop_map(|n| n.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        Just("1e308".to_owned()),
        "[a-zA-Z0-9:.^ -]{0,20}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::btree_map(member(), inner, 0..4).prop_map(|members| {
                let members: Vec<_> = members
                    .into_iter()
                    .map(|(name, value)| format!("\"{name}\":{value}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

fn json_text() -> impl Strategy<Value = String> {
    prop_oneof![json_value(), any::<String>()]
}
