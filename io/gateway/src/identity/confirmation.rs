//! Tokens that are bound to a key of their holder (`cnf`, RFC 7800): bearing one proves nothing
//! until the request has shown the key.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use event::KeyThumbprint;
use serde_json::{Map, Value};

use super::Rejection;

/// The key that a token demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Confirmation {
    /// That of the client certificate of the connection (`x5t#S256`, RFC 8705 section 3.1).
    Certificate(KeyThumbprint),
    /// One that signed a proof for this very request (`jkt`, RFC 9449 section 6.1).
    Proof(KeyThumbprint),
}

/// The keys that a request has shown to hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown<'a> {
    /// That of the certificate which the TLS handshake has verified, whomever it names: a
    /// workstation's own is a device key.
    pub certificate: Option<&'a KeyThumbprint>,
    /// That of the proof which came with the request and was verified.
    pub proof: Option<&'a KeyThumbprint>,
}

impl Confirmation {
    /// Reads `cnf`. A token that is bound in a way this door does not understand is
    /// [`Rejection::TokenBound`]: passing over it would make it a bearer token.
    pub(super) fn read(claims: &Map<String, Value>) -> Result<Option<Self>, Rejection> {
        let members = match claims.get("cnf") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(members)) => members,
            Some(_) => return Err(Rejection::TokenMalformed),
        };
        let [(name, Value::String(thumbprint))] = *members.iter().collect::<Vec<_>>() else {
            return Err(Rejection::TokenBound);
        };
        let thumbprint = KeyThumbprint::new(thumbprint).map_err(|_| Rejection::TokenMalformed)?;
        match name.as_str() {
            "x5t#S256" => Ok(Some(Self::Certificate(thumbprint))),
            "jkt" => Ok(Some(Self::Proof(thumbprint))),
            _ => Err(Rejection::TokenBound),
        }
    }

    /// Whether the request has shown the key.
    pub(super) fn is_met(&self, shown: &Shown<'_>) -> bool {
        match self {
            Self::Certificate(wanted) => shown.certificate == Some(wanted),
            Self::Proof(wanted) => shown.proof == Some(wanted),
        }
    }
}

impl Shown<'_> {
    /// The key of the device, to which an emergency opening is bound: the proof before the
    /// certificate, for it stands nearer to the person's own application.
    #[must_use]
    pub fn device(&self) -> Option<&KeyThumbprint> {
        self.proof.or(self.certificate)
    }
}

/// The thumbprint of some bytes: base64url of their SHA-256.
pub(crate) fn thumbprint(bytes: &[u8]) -> Option<KeyThumbprint> {
    KeyThumbprint::new(&URL_SAFE_NO_PAD.encode(digest(&SHA256, bytes))).ok()
}
