//! What the door gives back: bodies, and the headers that every answer carries.

use bytes::Bytes;
use event::RequestId;
use evidence::Receipt;
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};

/// What can go wrong while a body passes.
pub(crate) type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// The body of every answer and of every request sent on.
pub(crate) type Body = UnsyncBoxBody<Bytes, BodyError>;

/// The request's name, for support and for the evidence.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The leaf index under which this access is kept.
pub(crate) const EVIDENCE: HeaderName = HeaderName::from_static("hygie-evidence");

/// The leaf index under which a rejection is kept, in the telemetry log.
pub(crate) const TELEMETRY: HeaderName = HeaderName::from_static("hygie-telemetry");

pub(crate) const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// A whole body.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// An answer with a body of one content type.
pub(crate) fn answer(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Body> {
    let mut response = Response::new(full(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if content_type == HTML {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(page::POLICY),
        );
        headers.insert(
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        );
    }
    response
}

/// Marks an answer with the leaf of its evidence.
pub(crate) fn mark(response: &mut Response<Body>, receipt: &Receipt) {
    response
        .headers_mut()
        .insert(EVIDENCE, HeaderValue::from(receipt.index()));
}

/// Marks an answer with the leaf of its rejection.
pub(crate) fn mark_rejected(response: &mut Response<Body>, receipt: &Receipt) {
    response
        .headers_mut()
        .insert(TELEMETRY, HeaderValue::from(receipt.index()));
}

/// The headers that every answer of the door carries.
pub(crate) fn finish(headers: &mut HeaderMap, request: &RequestId) {
    if let Ok(id) = HeaderValue::from_str(request.as_str()) {
        headers.insert(REQUEST_ID, id);
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=31536000"),
    );
}
