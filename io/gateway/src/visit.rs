//! One request at the door, as far as it is known before anybody is named.

use std::net::IpAddr;

use event::{RequestId, Timestamp};
use hyper::header::{self, HeaderMap};
use hyper::{Request, Version, body::Incoming};
use locale::Language;
use wire::http::{BadTarget, Target};
use wire::limits::TargetLimits;

/// The name of the cookie in which a browser keeps its session; the prefix binds it to this host
/// over TLS (RFC 6265bis, section 4.1.3.2).
pub(crate) const COOKIE: &str = "__Host-hygie";

/// A request, named and measured.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// Its name.
    pub(crate) id: RequestId,
    /// When it arrived.
    pub(crate) at: Timestamp,
    /// From where.
    pub(crate) ip: IpAddr,
    /// The language of its answer.
    pub(crate) language: Language,
    /// Whether a person looks at the answer in a browser.
    pub(crate) wants_page: bool,
    path: String,
    query: Option<String>,
    /// How long the first segment of the path is, the slash before it included.
    service_bytes: usize,
}

impl Visit {
    /// Names a request and checks its target.
    pub(crate) fn begin(
        id: RequestId,
        at: Timestamp,
        ip: IpAddr,
        request: &Request<Incoming>,
        fallback: Language,
    ) -> (Self, Result<(), BadTarget>) {
        let raw = request
            .uri()
            .path_and_query()
            .map_or("/", |target| target.as_str());
        let checked = if names_a_host(request) {
            Err(BadTarget::NotOriginForm)
        } else {
            Target::parse(raw, &TargetLimits::DEFAULT)
        };
        let (path, query) = match &checked {
            Ok(target) => (target.path.to_owned(), target.query.map(str::to_owned)),
            // What is not understood is not repeated, not even to ourselves.
            Err(_) => ("/".to_owned(), None),
        };
        let headers = request.headers();
        let service_bytes = path
            .get(1..)
            .and_then(|rest| rest.find('/'))
            .map_or(path.len(), |n| n + 1);
        let visit = Self {
            id,
            at,
            ip,
            language: language_of(query.as_deref(), headers, fallback),
            wants_page: wants_page(headers),
            path,
            query,
            service_bytes,
        };
        (visit, checked.map(|_| ()))
    }

    /// The same for one entry of a bundle, whose answer is never a page.
    pub(crate) fn as_entry(&self) -> Self {
        Self {
            wants_page: false,
            ..self.clone()
        }
    }

    /// The path, escapes not decoded.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The first segment of the path: the service, or one of the door's own pages.
    pub(crate) fn service(&self) -> &str {
        self.path.get(1..self.service_bytes).unwrap_or_default()
    }

    /// What follows the service in the path, and the query.
    pub(crate) fn below_service(&self) -> (&str, Option<&str>) {
        let below = self
            .path
            .get(self.service_bytes..)
            .filter(|path| !path.is_empty());
        (below.unwrap_or("/"), self.query.as_deref())
    }

    /// Path and query together, to come back to.
    pub(crate) fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

/// Whether an HTTP/1 request line names a host, as one for a proxy does (RFC 9112 section 3.2.2):
/// a host there and another in `Host` would be two readings of one request.
fn names_a_host(request: &Request<Incoming>) -> bool {
    request.version() < Version::HTTP_2 && request.uri().authority().is_some()
}

/// The value of the session cookie, when the request has exactly one.
pub(crate) fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// `?lang=` is how the pages' own language link asks; else the browser says.
fn language_of(query: Option<&str>, headers: &HeaderMap, fallback: Language) -> Language {
    let asked = query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .find_map(|pair| pair.strip_prefix("lang="))
        .and_then(Language::from_code);
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    asked.unwrap_or_else(|| Language::negotiate(accepted, fallback))
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|accept| accept.contains("text/html"))
}
