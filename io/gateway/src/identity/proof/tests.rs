use serde_json::json;

use super::*;
use crate::identity::testing::{NOW_S, Signer, b64, now};

const TOKEN: &str = "the.access.token";
const URL: &str = "https://door.example/fhir/Patient/ada";

fn claims() -> Value {
    let ath = thumbprint(TOKEN.as_bytes()).unwrap();
    json!({ "jti": "p-1", "htm": "GET", "htu": URL, "iat": NOW_S, "ath": ath.as_str() })
}

fn proof(signer: &Signer, claims: &Value) -> String {
    let header = json!({
        "typ": "dpop+jwt", "alg": signer.algorithm(), "jwk": signer.jwk("k"),
    });
    signer.token_raw(&header.to_string(), &claims.to_string())
}

fn with(proofs: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for proof in proofs {
        headers.append("dpop", proof.parse().unwrap());
    }
    headers
}

fn verify(proofs: &Proofs, sent: &[&str]) -> Result<KeyThumbprint, Rejection> {
    let proved = Proved {
        method: "GET",
        url: URL,
        token: TOKEN,
    };
    let proof = Proof::read(&with(sent), &proved, now())?;
    proofs.spend(&proof, now())?;
    Ok(proof.key)
}

#[test]
fn a_proof_gives_the_thumbprint_of_its_key_once() {
    for signer in [Signer::ed(), Signer::ec()] {
        let proofs = Proofs::default();
        let sent = proof(&signer, &claims());
        let key = verify(&proofs, &[&sent]).unwrap();
        let Value::Object(jwk) = signer.jwk("another name") else {
            panic!("no key");
        };
        assert_eq!(Some(key), thumbprint_of(&jwk), "its name is no part of it");
        assert_eq!(
            verify(&proofs, &[&sent]),
            Err(Rejection::TokenProof),
            "used"
        );
        let mut next = claims();
        next["jti"] = "p-2".into();
        assert!(verify(&proofs, &[&proof(&signer, &next)]).is_ok());
    }
}

/// RFC 7638, section 3.1: the key and the thumbprint of its example.
#[test]
fn the_thumbprint_is_that_of_the_standard() {
    let key = json!({
        "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    });
    let Value::Object(jwk) = key else {
        panic!("no key");
    };
    assert_eq!(
        thumbprint_of(&jwk).unwrap().as_str(),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

#[test]
fn a_proof_for_something_else_is_none() {
    let signer = Signer::ed();
    let changed = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        proof(&signer, &claims)
    };
    for sent in [
        changed("htm", "POST".into()),
        changed("htu", "https://door.example/fhir/Patient/eve".into()),
        changed("ath", b64(b"another token").into()),
        changed("iat", (NOW_S - 61).into()),
        changed("iat", (NOW_S + 61).into()),
        changed("jti", Value::Null),
        proof(&signer, &claims()).replace('.', "x"),
    ] {
        assert_eq!(
            verify(&Proofs::default(), &[&sent]),
            Err(Rejection::TokenProof)
        );
    }
    // The query is no part of what is signed.
    let queried = changed("htu", format!("{URL}?a=b").into());
    assert!(verify(&Proofs::default(), &[&queried]).is_ok());
    let good = proof(&signer, &claims());
    assert!(verify(&Proofs::default(), &[]).is_err());
    assert!(
        verify(&Proofs::default(), &[&good, &good]).is_err(),
        "two proofs"
    );
}

#[test]
fn a_proof_that_another_key_signed_is_none() {
    let (own, other) = (Signer::ed(), Signer::ed());
    let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": own.jwk("k") });
    let forged = other.token_raw(&header.to_string(), &claims().to_string());
    assert!(verify(&Proofs::default(), &[&forged]).is_err());
    for header in [
        json!({ "typ": "JWT", "alg": "EdDSA", "jwk": own.jwk("k") }),
        json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": own.jwk("k") }),
        json!({ "typ": "dpop+jwt", "alg": "EdDSA" }),
        json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": own.jwk("k"), "crit": ["exp"] }),
    ] {
        let sent = own.token_raw(&header.to_string(), &claims().to_string());
        assert!(verify(&Proofs::default(), &[&sent]).is_err(), "{header}");
    }
}
