//! The outer form of a token: JWS compact serialisation (RFC 7515, section 3.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::limits::{KID_BYTES_MAX, TOKEN_BYTES_MAX};
use super::{Rejection, json};

/// A token taken apart. Nothing in it is trusted before its signature has been verified.
pub(super) struct Jws<'a> {
    /// The algorithm that the header claims.
    pub(super) algorithm: Algorithm,
    /// The key that the header names.
    pub(super) kid: String,
    /// The claims.
    pub(super) claims: Map<String, Value>,
    /// The bytes that are signed: header and claims as they came.
    pub(super) signed: &'a [u8],
    /// The signature.
    pub(super) signature: Vec<u8>,
}

/// The algorithms that are accepted, all asymmetric (RFC 7518, section 3.1; RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Algorithm {
    /// Edwards-curve signature, over Ed25519 only.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSA PKCS #1 v1.5 with SHA-256.
    Rs256,
}

/// Header members that would change how the token is to be read or bring its own key along.
///
/// A verifier that ignores them is safe, one that follows them is not: refusing shows the attempt.
/// `crit` (RFC 7515, section 4.1.11) names extensions, and none is understood here.
const REFUSED_MEMBERS: &[&str] = &["b64", "crit", "enc", "jku", "jwk", "x5c", "x5u", "zip"];

impl<'a> Jws<'a> {
    /// Takes a token apart; every departure from the expected form has its code.
    pub(super) fn parse(token: &'a str) -> Result<Self, Rejection> {
        if token.is_empty() {
            return Err(Rejection::TokenMissing);
        }
        // The size is settled before anything is decoded.
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Rejection::TokenTooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Rejection::TokenMalformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Rejection::TokenMalformed)?;
        // A further dot (a JWE has five parts) is no base64url and fails below.
        let header = decode(header).and_then(|bytes| json::object(&bytes));
        let header = header.ok_or(Rejection::TokenMalformed)?;
        let algorithm = algorithm(&header)?;
        check_header(&header)?;
        let claims = decode(claims).and_then(|bytes| json::object(&bytes));
        Ok(Self {
            algorithm,
            kid: kid(&header)?,
            claims: claims.ok_or(Rejection::TokenMalformed)?,
            signed: signed.as_bytes(),
            signature: decode(signature).ok_or(Rejection::TokenMalformed)?,
        })
    }
}

impl Algorithm {
    /// The algorithm of a JOSE name, compared exactly: `none`, `NONE` and `HS256` are nothing.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "EdDSA" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            _ => None,
        }
    }
}

/// Base64url without padding; non-canonical trailing bits are refused, so that a token has one
/// spelling only.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn algorithm(header: &Map<String, Value>) -> Result<Algorithm, Rejection> {
    match header.get("alg") {
        Some(Value::String(name)) => Algorithm::from_name(name).ok_or(Rejection::TokenAlgorithm),
        Some(_) => Err(Rejection::TokenMalformed),
        None => Err(Rejection::TokenAlgorithm),
    }
}

fn check_header(header: &Map<String, Value>) -> Result<(), Rejection> {
    if REFUSED_MEMBERS
        .iter()
        .any(|name| header.contains_key(*name))
    {
        return Err(Rejection::TokenMalformed);
    }
    match header.get("typ") {
        None => Ok(()),
        Some(Value::String(typ)) if is_access_token(typ) => Ok(()),
        Some(_) => Err(Rejection::TokenMalformed),
    }
}

/// `JWT` (RFC 7519, section 5.1) or `at+jwt` (RFC 9068, section 2.1), in any case and with or
/// without `application/`. A logout token or a DPoP proof is no proof of identity.
fn is_access_token(typ: &str) -> bool {
    ["JWT", "at+jwt", "application/at+jwt"]
        .iter()
        .any(|known| typ.eq_ignore_ascii_case(known))
}

/// The name of the key. Without one the verifier would have to try keys, and a key must be chosen
/// by its name, not by what it happens to verify.
fn kid(header: &Map<String, Value>) -> Result<String, Rejection> {
    match header.get("kid") {
        Some(Value::String(kid)) if kid.len() <= KID_BYTES_MAX => Ok(kid.clone()),
        Some(Value::String(_)) | None => Err(Rejection::TokenKeyUnknown),
        Some(_) => Err(Rejection::TokenMalformed),
    }
}
