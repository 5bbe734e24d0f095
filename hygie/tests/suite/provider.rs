//! An OpenID provider: one ES256 key, its published form, and any token one likes.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The provider.
#[derive(Debug)]
pub(crate) struct Provider {
    key: EcdsaKeyPair,
}

impl Provider {
    pub(crate) const ISSUER: &str = "https://idp.hospital.example";
    pub(crate) const AUDIENCE: &str = "hygie";
    const KEY_ID: &str = "k-1";

    pub(crate) fn new() -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
        }
    }

    /// The published keys.
    pub(crate) fn jwks(&self) -> String {
        let point = self.key.public_key().as_ref();
        json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "kid": Self::KEY_ID, "alg": "ES256", "use": "sig",
            "x": b64(&point[1..33]), "y": b64(&point[33..]),
        }] })
        .to_string()
    }

    /// A good token for a person in a session, to treat.
    pub(crate) fn token(&self, person: &str, session: &str) -> String {
        self.sign(&header("ES256"), &claims(person, session))
    }

    /// The same for another purpose of use.
    pub(crate) fn token_for(&self, person: &str, session: &str, purpose: &str) -> String {
        let system = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
        let mut claims = claims(person, session);
        claims["extensions"] = json!({
            "ihe_iua": { "purpose_of_use": [{ "system": system, "code": purpose }] },
        });
        self.sign(&header("ES256"), &claims)
    }

    /// A token with these parts, signed.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = signed_part(header, claims);
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes());
        format!("{signed}.{}", b64(signature.unwrap().as_ref()))
    }

    /// A token without signature.
    pub(crate) fn unsigned(claims: &Value) -> String {
        format!("{}.", signed_part(&header("none"), claims))
    }

    /// A token whose HMAC has the public key for its secret.
    pub(crate) fn confused(&self, claims: &Value) -> String {
        let signed = signed_part(&header("HS256"), claims);
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.public_key().as_ref());
        format!(
            "{signed}.{}",
            b64(hmac::sign(&key, signed.as_bytes()).as_ref())
        )
    }
}

/// The header of a token.
pub(crate) fn header(algorithm: &str) -> Value {
    json!({ "alg": algorithm, "typ": "JWT", "kid": Provider::KEY_ID })
}

/// The claims of a good token.
pub(crate) fn claims(person: &str, session: &str) -> Value {
    let now = now_s();
    json!({
        "iss": Provider::ISSUER, "aud": Provider::AUDIENCE, "sub": person, "sid": session,
        "iat": now, "nbf": now - 10, "exp": now + 3600,
    })
}

/// Seconds since 1970.
pub(crate) fn now_s() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs()
}

fn signed_part(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| b64(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
