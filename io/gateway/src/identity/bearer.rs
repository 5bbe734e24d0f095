//! The bearer token of a request (RFC 6750, section 2.1).

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use super::Rejection;
use super::limits::TOKEN_BYTES_MAX;

/// The schemes with the one space that follows them.
const BEARER: &[u8] = b"bearer ";
const DPOP: &[u8] = b"dpop ";

/// Takes the bearer token out of the `Authorization` header.
///
/// [`Rejection::TokenMissing`] without the header or with another scheme;
/// [`Rejection::TokenMalformed`] when there are several headers, for two readers of such a request
/// could act for two persons, or when the token has a character outside RFC 6750's `b64token`.
pub fn bearer(headers: &HeaderMap) -> Result<&str, Rejection> {
    token_of(headers, BEARER)
}

/// The same for a token that comes with a proof of its key (RFC 9449, section 7.1).
pub(crate) fn proved(headers: &HeaderMap) -> Result<&str, Rejection> {
    token_of(headers, DPOP)
}

fn token_of<'a>(headers: &'a HeaderMap, wanted: &[u8]) -> Result<&'a str, Rejection> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Rejection::TokenMissing)?.as_bytes();
    if values.next().is_some() {
        return Err(Rejection::TokenMalformed);
    }
    let (scheme, token) = value
        .split_at_checked(wanted.len())
        .ok_or(Rejection::TokenMissing)?;
    if !scheme.eq_ignore_ascii_case(wanted) {
        return Err(Rejection::TokenMissing);
    }
    if token.is_empty() {
        return Err(Rejection::TokenMissing);
    }
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Rejection::TokenTooLong);
    }
    if !token.iter().copied().all(is_token_byte) {
        return Err(Rejection::TokenMalformed);
    }
    std::str::from_utf8(token).map_err(|_| Rejection::TokenMalformed)
}

/// The characters of `b64token`.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}
