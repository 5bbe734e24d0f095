//! Tokens, read back by an independent implementation.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use super::*;

fn issuer() -> Issuer {
    Issuer::from_pkcs8(&Issuer::new_key().unwrap()).unwrap()
}

fn minted(issuer: &Issuer) -> String {
    let (person, session) = ("nurse-001".parse().unwrap(), "s-1".parse().unwrap());
    issuer
        .mint(&person, &session, Timestamp::from_s(1_800_000_000))
        .unwrap()
}

fn read(token: &str, jwks: &Value) -> jsonwebtoken::errors::Result<Value> {
    let set: JwkSet = serde_json::from_value(jwks.clone()).unwrap();
    let header = decode_header(token).unwrap();
    let key = set.find(&header.kid.unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[Issuer::AUDIENCE]);
    validation.set_issuer(&[Issuer::NAME]);
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    decode::<Value>(token, &DecodingKey::from_jwk(key)?, &validation).map(|it| it.claims)
}

#[test]
fn a_token_says_who_for_how_long_and_why() {
    let issuer = issuer();
    let claims = read(&minted(&issuer), &issuer.jwks()).unwrap();
    assert_eq!(claims["sub"], "nurse-001");
    assert_eq!(claims["sid"], "s-1");
    assert_eq!(
        (&claims["iat"], &claims["nbf"]),
        (&1_800_000_000.into(), &1_800_000_000.into())
    );
    assert_eq!(claims["exp"], 1_800_000_000 + 12 * 3600);
    let purpose = &claims["extensions"]["ihe_iua"]["purpose_of_use"][0];
    assert_eq!(purpose["code"], "TREAT");
    assert_eq!(
        purpose["system"],
        "http://terminology.hl7.org/CodeSystem/v3-ActReason"
    );
    let again = read(&minted(&issuer), &issuer.jwks()).unwrap();
    assert_ne!(claims["jti"], again["jti"], "two tokens have the same name");
}

#[test]
fn another_key_or_an_altered_token_is_refused() {
    let (issuer, other) = (issuer(), issuer());
    let token = minted(&issuer);
    let mut jwks = other.jwks();
    jwks["keys"][0]["kid"] = issuer.jwks()["keys"][0]["kid"].clone();
    assert!(read(&token, &jwks).is_err());
    let mut parts: Vec<&str> = token.split('.').collect();
    let foreign = minted(&other);
    parts[2] = foreign.split('.').nth(2).unwrap();
    assert!(read(&parts.join("."), &issuer.jwks()).is_err());
}

#[test]
fn the_key_id_is_the_thumbprint_and_stays() {
    let key = Issuer::new_key().unwrap();
    let (first, again) = (
        Issuer::from_pkcs8(&key).unwrap(),
        Issuer::from_pkcs8(&key).unwrap(),
    );
    assert_eq!(first.jwks(), again.jwks());
    let set: JwkSet = serde_json::from_value(first.jwks()).unwrap();
    let thumbprint = set.keys[0].thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256);
    assert_eq!(
        set.keys[0].common.key_id.as_deref(),
        Some(thumbprint.unwrap().as_str())
    );
}

#[test]
fn bytes_that_are_no_key_are_refused_and_the_key_is_never_printed() {
    for bytes in [&b""[..], b"no key", &[0x30; 138]] {
        assert!(matches!(
            Issuer::from_pkcs8(bytes),
            Err(DemoError::Key { .. })
        ));
    }
    assert!(!format!("{:?}", issuer()).contains("EcdsaKeyPair"));
}
