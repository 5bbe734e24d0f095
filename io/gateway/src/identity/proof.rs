//! Proofs of possession that come with a request (DPoP, RFC 9449): the client signs method, address
//! and token of this very request with its own key, to which the token is bound.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use event::{KeyThumbprint, Timestamp};
use hyper::HeaderMap;
use lru::LruCache;
use serde_json::{Map, Value};

use super::cache::{TokenDigest, digest_of};
use super::jwks::Key;
use super::limits::{PROOF_AGE_MAX, PROOFS_REMEMBERED_MAX, TOKEN_BYTES_MAX};
use super::token::{self, Algorithm};
use super::{Rejection, json, thumbprint};

/// What a proof must be about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proved<'a> {
    /// The method of the request.
    pub(crate) method: &'a str,
    /// The address that was asked, without query.
    pub(crate) url: &'a str,
    /// The token that came with it.
    pub(crate) token: &'a str,
}

/// A proof that holds.
#[derive(Debug)]
pub(crate) struct Proof {
    /// The thumbprint of the key that signed it.
    pub(crate) key: KeyThumbprint,
    /// Its key and its own name together.
    name: TokenDigest,
}

/// The proofs that were used a moment ago: each holds once.
#[derive(Debug)]
pub(crate) struct Proofs {
    used: Mutex<LruCache<TokenDigest, Timestamp>>,
}

impl Default for Proofs {
    fn default() -> Self {
        let room = NonZeroUsize::new(PROOFS_REMEMBERED_MAX).unwrap_or(NonZeroUsize::MIN);
        Self {
            used: Mutex::new(LruCache::new(room)),
        }
    }
}

impl Proofs {
    /// Uses a proof up, once the token that came with it is known to be bound to its key.
    ///
    /// INVARIANT: only who holds such a token is remembered, so that nobody else can fill the memory
    /// and shut everybody out.
    pub(crate) fn spend(&self, proof: &Proof, now: Timestamp) -> Result<(), Rejection> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.contains(&proof.name) {
            return Err(Rejection::TokenProof);
        }
        // INVARIANT: a proof that may still be accepted is never forgotten to make room: when all
        // that are remembered are that young, the door waits for them to age.
        let oldest = used.peek_lru().map(|(_, at)| *at);
        let full = used.len() == used.cap().get();
        if full && oldest.is_some_and(|at| now.since(at) <= PROOF_AGE_MAX * 2) {
            tracing::error!(
                proofs = used.len(),
                "So many proofs were used a moment ago that no further one is taken"
            );
            return Err(Rejection::TokenProof);
        }
        used.put(proof.name, now);
        Ok(())
    }
}

impl Proof {
    /// Reads the one proof of a request (RFC 9449, section 4.3), all but whether it was used
    /// before. Whatever is wrong is [`Rejection::TokenProof`].
    pub(crate) fn read(
        headers: &HeaderMap,
        proved: &Proved<'_>,
        now: Timestamp,
    ) -> Result<Self, Rejection> {
        Self::examine(headers, proved, now).ok_or(Rejection::TokenProof)
    }

    fn examine(headers: &HeaderMap, proved: &Proved<'_>, now: Timestamp) -> Option<Self> {
        let proof = only(headers)?;
        let (signed, signature) = proof.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header = json::object(&token::decode(header)?)?;
        let claims = json::object(&token::decode(claims)?)?;
        if text(&header, "typ")? != "dpop+jwt" || header.contains_key("crit") {
            return None;
        }
        let Some(Value::Object(jwk)) = header.get("jwk") else {
            return None;
        };
        // INVARIANT: the key decides the algorithm, and a private key is no proof of anything.
        let key = Key::parse(jwk).ok()?;
        let algorithm = Algorithm::from_name(text(&header, "alg")?)?;
        let holds = algorithm == key.algorithm
            && key.verifies(signed.as_bytes(), &token::decode(signature)?);
        if !holds || !is_about(&claims, proved, now) {
            return None;
        }
        let key = thumbprint_of(jwk)?;
        let name = digest_of(&format!("{key}.{}", text(&claims, "jti")?));
        Some(Self { key, name })
    }
}

/// The one proof of a request.
fn only(headers: &HeaderMap) -> Option<&str> {
    let mut proofs = headers.get_all("dpop").iter();
    let proof = proofs.next()?.to_str().ok()?;
    (proofs.next().is_none() && proof.len() <= TOKEN_BYTES_MAX).then_some(proof)
}

/// Whether the claims are about this request, now.
fn is_about(claims: &Map<String, Value>, proved: &Proved<'_>, now: Timestamp) -> bool {
    let is = |name, wanted: &str| text(claims, name) == Some(wanted);
    let url = text(claims, "htu").unwrap_or_default();
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let fresh = claims.get("iat").and_then(Value::as_u64).is_some_and(|s| {
        let at = Timestamp::from_s(s);
        at.since(now) <= PROOF_AGE_MAX && now.since(at) <= PROOF_AGE_MAX
    });
    let token = thumbprint(proved.token.as_bytes());
    is("htm", proved.method)
        && proved.url == url
        && token.is_some_and(|token| is("ath", token.as_str()))
        && fresh
}

/// The thumbprint of a public key (RFC 7638): its required members, in their order.
fn thumbprint_of(jwk: &Map<String, Value>) -> Option<KeyThumbprint> {
    let members: &[&str] = match text(jwk, "kty")? {
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "RSA" => &["e", "kty", "n"],
        _ => return None,
    };
    let mut required = Map::new();
    for name in members {
        let value = Value::from(text(jwk, name)?);
        required.insert((*name).to_owned(), value);
    }
    thumbprint(Value::Object(required).to_string().as_bytes())
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
