//! Which providers are trusted, checked whole before anything runs.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use hyper::Uri;

use super::limits::{CONFIG_TEXT_BYTES_MAX, ISSUERS_MAX, LEEWAY_S_MAX, REFRESH_MAX, REFRESH_MIN};
use crate::tls::TlsError;

/// A trusted OpenID provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` of its tokens, compared byte for byte.
    pub issuer: String,
    /// The audiences that mean this door; a token must name at least one.
    pub audiences: Vec<String>,
    /// Where its keys are published.
    pub keys: KeySource,
    /// How often they are renewed, from 10 s to 24 h.
    pub refresh: Duration,
    /// The tolerated difference between its clock and the door's, at most 60 s.
    pub leeway_s: u64,
}

/// Where a provider's JWK set is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file, read again at each refresh.
    File(PathBuf),
    /// An address: `https`, or `http` on this machine's loopback only.
    Url {
        /// The address of the JWK set itself (`jwks_uri`).
        url: String,
        /// The authority that the provider's certificate must come from; without it, those that
        /// the operating system trusts.
        ca_file: Option<PathBuf>,
    },
}

/// A configuration of identities that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Misconfigured {
    /// The same issuer appears twice, so its tokens would have two sets of keys.
    #[error("issuer `{0}` is configured twice")]
    IssuerTwice(String),
    /// A value is outside its limits.
    #[error("issuer `{issuer}`: `{key}` must be {expected}")]
    Limit {
        /// The issuer.
        issuer: String,
        /// The configuration key.
        key: &'static str,
        /// What is accepted.
        expected: &'static str,
    },
    /// There are too many issuers.
    #[error("at most {ISSUERS_MAX} issuers may be configured")]
    TooManyIssuers,
    /// The certificate authority for the keys' address cannot be used.
    #[error("issuer `{issuer}`: the TLS client of its keys cannot be set up")]
    Tls {
        /// The issuer.
        issuer: String,
        /// Why.
        #[source]
        source: TlsError,
    },
    /// The address of the keys is no absolute `https` address.
    #[error(
        "issuer `{issuer}`: `{url}` must be an https address without user name (plain http only \
         for 127.0.0.0/8, [::1] and localhost)"
    )]
    Url {
        /// The issuer.
        issuer: String,
        /// The address.
        url: String,
    },
}

/// Checks what concerns all issuers together and each alone.
pub(super) fn check(issuers: &[Issuer]) -> Result<(), Misconfigured> {
    if issuers.len() > ISSUERS_MAX {
        return Err(Misconfigured::TooManyIssuers);
    }
    let mut names = BTreeSet::new();
    for issuer in issuers {
        check_one(issuer)?;
        if !names.insert(&issuer.issuer) {
            return Err(Misconfigured::IssuerTwice(issuer.issuer.clone()));
        }
    }
    Ok(())
}

fn check_one(issuer: &Issuer) -> Result<(), Misconfigured> {
    let is_text = |text: &String| (1..=CONFIG_TEXT_BYTES_MAX).contains(&text.len());
    let demand = |holds: bool, key, expected| {
        let issuer = issuer.issuer.chars().take(CONFIG_TEXT_BYTES_MAX).collect();
        if holds {
            Ok(())
        } else {
            Err(Misconfigured::Limit {
                issuer,
                key,
                expected,
            })
        }
    };
    demand(is_text(&issuer.issuer), "issuer", "1 to 512 bytes")?;
    let audiences = !issuer.audiences.is_empty() && issuer.audiences.iter().all(is_text);
    demand(
        audiences,
        "audiences",
        "at least one text of 1 to 512 bytes",
    )?;
    demand(issuer.leeway_s <= LEEWAY_S_MAX, "leeway_s", "at most 60")?;
    let refresh = (REFRESH_MIN..=REFRESH_MAX).contains(&issuer.refresh);
    demand(refresh, "refresh", "from 10 s to 24 h")?;
    match &issuer.keys {
        KeySource::File(_) => Ok(()),
        KeySource::Url { url, .. } => match address(url) {
            Some(_) => Ok(()),
            None => Err(Misconfigured::Url {
                issuer: issuer.issuer.clone(),
                url: url.clone(),
            }),
        },
    }
}

/// An address that keys may be fetched from.
pub(super) fn address(url: &str) -> Option<Uri> {
    if url.len() > CONFIG_TEXT_BYTES_MAX || url.contains('#') {
        return None;
    }
    let uri: Uri = url.parse().ok()?;
    let authority = uri.authority()?;
    if authority.as_str().contains('@') {
        return None;
    }
    match uri.scheme_str()? {
        "https" => Some(uri),
        "http" if is_loopback(authority.host()) => Some(uri),
        _ => None,
    }
}

/// Keys fetched without TLS could be replaced by anybody on the way: there must be no way.
fn is_loopback(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    match literal.parse::<std::net::IpAddr>() {
        Ok(ip) => ip.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}
