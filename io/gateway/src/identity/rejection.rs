//! Why an identity was not accepted.

use std::fmt;

/// Why a token or a certificate was turned away.
///
/// A value, not an error: it becomes an answer with status 401 and an event. It never carries a
/// byte of what the client sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rejection {
    /// The certificate's validity is over.
    CertificateExpired,
    /// The certificate cannot be read.
    CertificateMalformed,
    /// No certificate was shown.
    CertificateMissing,
    /// The certificate's validity has not begun.
    CertificateNotYetValid,
    /// The certificate names no person, several, or one outside the configured mapping.
    CertificateSubject,
    /// The algorithm is none of RS256, ES256 and EdDSA, or not that of the key.
    TokenAlgorithm,
    /// The token is meant for somebody else.
    TokenAudience,
    /// The token is bound to a key of its holder (`cnf`), so bearing it proves nothing.
    TokenBound,
    /// The token's validity is over.
    TokenExpired,
    /// The token's issuer is none of the configured ones.
    TokenIssuer,
    /// The token names no key, or one that its issuer does not publish.
    TokenKeyUnknown,
    /// The token is not a JWS in compact form with a header and claims of the expected types.
    TokenMalformed,
    /// No token was sent.
    TokenMissing,
    /// The token's validity has not begun, or it claims to be issued in the future.
    TokenNotYetValid,
    /// The proof that the token's key is held (DPoP) is missing or does not hold.
    TokenProof,
    /// The purpose of use is none of the known codes.
    TokenPurpose,
    /// The signature does not hold.
    TokenSignature,
    /// The token names no person, or one whose identifier cannot be an identity.
    TokenSubject,
    /// The token is longer than the limit.
    TokenTooLong,
}

impl Rejection {
    /// Every rejection, in the order of their codes.
    pub const ALL: &'static [Self] = &[
        Self::CertificateExpired,
        Self::CertificateMalformed,
        Self::CertificateMissing,
        Self::CertificateNotYetValid,
        Self::CertificateSubject,
        Self::TokenAlgorithm,
        Self::TokenAudience,
        Self::TokenBound,
        Self::TokenExpired,
        Self::TokenIssuer,
        Self::TokenKeyUnknown,
        Self::TokenMalformed,
        Self::TokenMissing,
        Self::TokenNotYetValid,
        Self::TokenProof,
        Self::TokenPurpose,
        Self::TokenSignature,
        Self::TokenSubject,
        Self::TokenTooLong,
    ];

    /// The stable code, as evidence and answers carry it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CertificateExpired => "certificate-expired",
            Self::CertificateMalformed => "certificate-malformed",
            Self::CertificateMissing => "certificate-missing",
            Self::CertificateNotYetValid => "certificate-not-yet-valid",
            Self::CertificateSubject => "certificate-subject",
            Self::TokenAlgorithm => "token-algorithm",
            Self::TokenAudience => "token-audience",
            Self::TokenBound => "token-bound",
            Self::TokenExpired => "token-expired",
            Self::TokenIssuer => "token-issuer",
            Self::TokenKeyUnknown => "token-key-unknown",
            Self::TokenMalformed => "token-malformed",
            Self::TokenMissing => "token-missing",
            Self::TokenNotYetValid => "token-not-yet-valid",
            Self::TokenProof => "token-proof",
            Self::TokenPurpose => "token-purpose",
            Self::TokenSignature => "token-signature",
            Self::TokenSubject => "token-subject",
            Self::TokenTooLong => "token-too-long",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
