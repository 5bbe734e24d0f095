//! Tokens that are bound to a key: they hold with it, and only with it.

use event::KeyThumbprint;
use serde_json::{Value, json};

use crate::identity::testing::{Signer, claims_with, now, verifier_of};
use crate::identity::{Rejection, Shown};

fn key(text: &str) -> KeyThumbprint {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_bound_token_holds_with_its_own_key_only() {
    let signer = Signer::ed();
    let (verifier, _folder) = verifier_of(&[signer.jwk("k1")]).await;
    let (own, other) = (key("own"), key("other"));
    let certificate = |key| Shown {
        certificate: Some(key),
        proof: None,
    };
    let proof = |key| Shown {
        certificate: None,
        proof: Some(key),
    };
    let bound = Err(Rejection::TokenBound);
    for (cnf, shown, expected) in [
        (
            json!({"x5t#S256": "own"}),
            certificate(&own),
            Ok(Some(own.clone())),
        ),
        (
            json!({"x5t#S256": "own"}),
            certificate(&other),
            bound.clone(),
        ),
        (json!({"x5t#S256": "own"}), proof(&own), bound.clone()),
        (json!({"x5t#S256": "own"}), Shown::default(), bound.clone()),
        (json!({"jkt": "own"}), proof(&own), Ok(Some(own.clone()))),
        (json!({"jkt": "own"}), certificate(&own), bound.clone()),
        (
            json!({"jkt": "own", "x5t#S256": "own"}),
            proof(&own),
            bound.clone(),
        ),
        (json!({"jwk": {}}), proof(&own), bound.clone()),
        (json!({"kid": "own"}), proof(&own), bound.clone()),
        (json!({}), proof(&own), bound.clone()),
        (json!("own"), proof(&own), Err(Rejection::TokenMalformed)),
        (Value::Null, certificate(&own), Ok(Some(own.clone()))),
        (Value::Null, Shown::default(), Ok(None)),
    ] {
        let token = signer.token("k1", &claims_with("cnf", cnf.clone()));
        // Twice, for the second time it comes from the cache.
        for _ in 0..2 {
            let told = verifier.identify(&token, now(), &shown).await;
            assert_eq!(told.map(|it| it.key), expected, "{cnf} {shown:?}");
        }
    }
}
