//! The demonstration's own OpenID issuer: one ES256 key, its JWKS, and access tokens.
//!
//! It stands in for the hospital's identity provider and asks nobody for a password, so its
//! tokens are only ever as good as a demonstration.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use event::{PersonId, Purpose, SessionId, Timestamp};
use serde_json::{Value, json};

use super::DemoError;

/// How long a token holds: one long shift.
const TOKEN_LIFE: Duration = Duration::from_secs(12 * 3600);
/// Random bytes of a session and of a token's own name.
const NAME_BYTES: usize = 16;
const SYSTEM_PURPOSE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

/// Who signs the demonstration's tokens.
pub struct Issuer {
    key: EcdsaKeyPair,
    key_id: String,
    x: String,
    y: String,
}

impl Issuer {
    /// The `iss` of its tokens; a name that can never be a host (RFC 2606).
    pub const NAME: &'static str = "https://issuer.hygie-demo.invalid";
    /// The `aud` of its tokens.
    pub const AUDIENCE: &'static str = "hygie-demo";

    /// A new signing key as PKCS#8, for the caller to keep and to give to [`Self::from_pkcs8`].
    pub fn new_key() -> Result<Vec<u8>, DemoError> {
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map(|document| document.as_ref().to_vec())
            .map_err(|_| DemoError::Key { act: "begin" })
    }

    /// The issuer of a kept key.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, DemoError> {
        let unreadable = DemoError::Key { act: "sign" };
        let Ok(key) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8) else {
            return Err(unreadable);
        };
        // SEC 1, section 2.3.3: an uncompressed point is 04, then x and y of 32 bytes each.
        let Some((&[0x04], point)) = key.public_key().as_ref().split_first_chunk::<1>() else {
            return Err(unreadable);
        };
        let Some((x, y)) = point.split_at_checked(32) else {
            return Err(unreadable);
        };
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        // RFC 7638: the required members only, in this order, without spaces.
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let key_id = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
        Ok(Self { key, key_id, x, y })
    }

    /// The public key as a JWK Set (RFC 7517); `kid` is the thumbprint (RFC 7638).
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": [{
            "kty": "EC",
            "crv": "P-256",
            "x": self.x,
            "y": self.y,
            "kid": self.key_id,
            "alg": "ES256",
            "use": "sig",
        }] })
    }

    /// A fresh name for a session.
    pub fn new_session() -> Result<SessionId, DemoError> {
        let name = format!("demo-{}", random_name()?);
        SessionId::new(&name).map_err(|source| DemoError::Identity { source })
    }

    /// An access token for a person in a session, to treat (RFC 9068, IHE IUA section 3.71).
    ///
    /// It holds from `at` for twelve hours.
    pub fn mint(
        &self,
        person: &PersonId,
        session: &SessionId,
        at: Timestamp,
    ) -> Result<String, DemoError> {
        let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.key_id });
        let purpose = json!({ "system": SYSTEM_PURPOSE, "code": Purpose::Treat.code() });
        let claims = json!({
            "iss": Self::NAME,
            "aud": Self::AUDIENCE,
            "sub": person,
            "sid": session,
            "jti": random_name()?,
            "iat": at.as_s(),
            "nbf": at.as_s(),
            "exp": at.after(TOKEN_LIFE).as_s(),
            "extensions": { "ihe_iua": { "purpose_of_use": [purpose] } },
        });
        let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut token);
        let signature = self.key.sign(&SystemRandom::new(), token.as_bytes());
        let signature = signature.map_err(|_| DemoError::Key { act: "sign" })?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

fn random_name() -> Result<String, DemoError> {
    let mut bytes = [0_u8; NAME_BYTES];
    getrandom::fill(&mut bytes).map_err(|source| DemoError::Randomness { source })?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests;
