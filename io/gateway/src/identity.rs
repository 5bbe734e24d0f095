//! Who is asking: bearer tokens of OpenID providers and client certificates, read into an
//! [`Identity`] or turned away with a [`Rejection`].
//!
//! - [`bearer`] takes the token out of the headers, [`Verifier`] verifies it. The keys of the
//!   providers are held in memory and renewed in the background, so that a request costs no
//!   network call and an outage of a provider changes nothing for tokens already issued.
//! - [`certificate`] reads the person of a client certificate that the TLS handshake has verified.
//!
//! Only what is understood is accepted: three algorithms, one key per `kid`, strict base64url,
//! JSON without duplicate members. A token never says that an emergency exists: it can only wish
//! for it ([`Identity::glass_wish`]), the opening is declared at the door.
//!
//! Read first: `identity/verifier.rs`, then `identity/keyring.rs`.

mod bearer;
mod cache;
pub mod certificate;
mod claims;
mod config;
mod confirmation;
mod fetch;
pub(crate) mod json;
mod jwks;
mod keyring;
pub mod limits;
mod proof;
mod purpose;
mod rejection;
mod token;
mod verifier;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use event::{AccessMode, KeyThumbprint, PersonId, Purpose, SessionId, Timestamp};

pub use bearer::bearer;
pub(crate) use bearer::proved;
pub use config::{Issuer, KeySource, Misconfigured};
pub use confirmation::Shown;
pub(crate) use confirmation::{Confirmation, thumbprint};
pub use fetch::KeysFault;
pub use jwks::{SkipReason, Skipped};
pub use keyring::{KeysLoaded, KeysState, Refreshed};
pub(crate) use proof::{Proof as KeyProof, Proofs, Proved};
pub use rejection::Rejection;
pub use verifier::Verifier;

/// A person whose proof of identity has been verified.
///
/// Cheap to clone: texts are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The person.
    pub person: PersonId,
    /// The session: 32 hexadecimal digits derived from what names it, never a credential.
    pub session: SessionId,
    /// The purpose of use; never `BTG` or `ETREAT`, which only a declaration gives.
    pub purpose: Purpose,
    /// The emergency mode that the token asked for, to be offered as a declaration.
    pub glass_wish: Option<AccessMode>,
    /// Who vouches for the person: the `iss` of the token, or the certificate's issuer name.
    pub issuer: Arc<str>,
    /// When the proof ends. A token is still accepted for its issuer's leeway after it.
    pub expires: Timestamp,
    /// The kind of proof.
    pub authenticated_by: AuthenticatedBy,
    /// The key of the device that the request came from, when it showed one.
    pub key: Option<KeyThumbprint>,
    /// The key without which this identity counts for nothing.
    pub(crate) confirmation: Option<Confirmation>,
}

/// The kind of proof that an identity stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthenticatedBy {
    /// A client certificate, verified in the TLS handshake.
    Certificate,
    /// A bearer token of an OpenID provider.
    Token,
}

impl Identity {
    /// The identity as this request carries it, with the keys that it has shown.
    ///
    /// INVARIANT: a token that is bound to a key is worth nothing without it.
    fn shown_with(self, shown: &Shown<'_>) -> Result<Self, Rejection> {
        match &self.confirmation {
            Some(confirmation) if !confirmation.is_met(shown) => Err(Rejection::TokenBound),
            _ => Ok(Self {
                key: shown.device().cloned(),
                ..self
            }),
        }
    }

    /// Whether the proof still holds at `now`, for connections and streams that outlive the
    /// request which identified the person. No leeway: the next request may renew the proof.
    pub fn check(&self, now: Timestamp) -> Result<(), Rejection> {
        if now < self.expires {
            return Ok(());
        }
        Err(match self.authenticated_by {
            AuthenticatedBy::Certificate => Rejection::CertificateExpired,
            AuthenticatedBy::Token => Rejection::TokenExpired,
        })
    }
}

impl AuthenticatedBy {
    /// The kind as evidence and people read it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Token => "token",
        }
    }
}

/// A session name out of the parts that make it: SHA-256 over each part with its length before
/// it, so that no two lists of parts run together; the first 32 hexadecimal digits.
fn session_of(parts: &[&[u8]]) -> Option<SessionId> {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for part in parts {
        let bytes = u64::try_from(part.len()).ok()?;
        context.update(&bytes.to_be_bytes());
        context.update(part);
    }
    let digest = hex::encode(context.finish());
    SessionId::new(digest.get(..32)?).ok()
}
