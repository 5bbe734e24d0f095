//! Getting a provider's key set: one bounded request, or one bounded file.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::header::ACCEPT;
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::config::{KeySource, address};
use super::limits::{FETCH_MAX, JWKS_BYTES_MAX};
use super::{Issuer, Misconfigured};
use crate::tls;

/// A client for key sets: TLS, or plain HTTP where the configuration allows it.
type KeysClient = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// Where keys come from, ready to be asked.
pub(super) enum Source {
    File(PathBuf),
    Url(Uri, Box<KeysClient>),
}

/// Why a provider's keys could not be had. The last good ones go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeysFault {
    /// The file cannot be read.
    File,
    /// The answer is no key set, or has too many keys.
    NotKeys,
    /// The answer has another status than 200; a redirection is not followed.
    Status(u16),
    /// The answer did not come in time.
    Timeout,
    /// The answer or the file is longer than the limit.
    TooLarge,
    /// The provider cannot be reached, or its certificate is not trusted.
    Unreachable,
}

impl Source {
    pub(super) fn open(issuer: &Issuer) -> Result<Self, Misconfigured> {
        let (url, ca_file) = match &issuer.keys {
            KeySource::File(path) => return Ok(Self::File(path.clone())),
            KeySource::Url { url, ca_file } => (url, ca_file),
        };
        let name = || issuer.issuer.clone();
        let uri = address(url).ok_or_else(|| Misconfigured::Url {
            issuer: name(),
            url: url.clone(),
        })?;
        let tls = tls::client_config(ca_file.as_deref()).map_err(|source| Misconfigured::Tls {
            issuer: name(),
            source,
        })?;
        // Plain HTTP reaches this line only for loopback, see `address`.
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        // A connection kept for minutes would mostly be found closed: each refresh opens its own.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self::Url(uri, Box::new(client)))
    }

    /// The bytes of the key set. Bounded in time and size; dropping the future ends it.
    pub(super) async fn fetch(&self) -> Result<Bytes, KeysFault> {
        match self {
            Self::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || read_file(&path));
                read.await.unwrap_or(Err(KeysFault::File))
            }
            Self::Url(uri, client) => {
                let answer = tokio::time::timeout(FETCH_MAX, get(uri, client));
                answer.await.unwrap_or(Err(KeysFault::Timeout))
            }
        }
    }
}

impl KeysFault {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::File => "keys-file",
            Self::NotKeys => "keys-unreadable",
            Self::Status(_) => "keys-status",
            Self::Timeout => "keys-timeout",
            Self::TooLarge => "keys-too-large",
            Self::Unreachable => "keys-unreachable",
        }
    }
}

fn read_file(path: &Path) -> Result<Bytes, KeysFault> {
    let file = File::open(path).map_err(|_| KeysFault::File)?;
    let limit = u64::try_from(JWKS_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|_| KeysFault::File)?;
    if bytes.len() > JWKS_BYTES_MAX {
        return Err(KeysFault::TooLarge);
    }
    Ok(bytes.into())
}

async fn get(uri: &Uri, client: &KeysClient) -> Result<Bytes, KeysFault> {
    let request = Request::get(uri)
        .header(ACCEPT, "application/jwk-set+json, application/json")
        .body(Empty::new())
        .map_err(|_| KeysFault::Unreachable)?;
    let answer = client
        .request(request)
        .await
        .map_err(|_| KeysFault::Unreachable)?;
    if answer.status() != StatusCode::OK {
        return Err(KeysFault::Status(answer.status().as_u16()));
    }
    let body = Limited::new(answer.into_body(), JWKS_BYTES_MAX)
        .collect()
        .await;
    match body {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(KeysFault::TooLarge),
        Err(_) => Err(KeysFault::Unreachable),
    }
}
