//! The token that requests show.

use std::fmt;

use hyper::header::HeaderValue;
use subtle::ConstantTimeEq;

/// A secret that both sides know.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A token as it is written in its file.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(token.to_owned())
    }

    /// Whether an `Authorization` header shows it as a bearer token (RFC 6750).
    pub(super) fn is_shown_by(&self, header: &HeaderValue) -> bool {
        let shown = header.as_bytes().split_at_checked(7);
        let shown = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "));
        shown.is_some_and(|(_, shown)| shown.ct_eq(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
