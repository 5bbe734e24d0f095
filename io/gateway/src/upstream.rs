//! The services behind the door, and the errands that a permit allows to them.

use std::time::Duration;

use bytes::Bytes;
use event::{ServiceId, Tier};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use policy::Permit;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::answer::Body;
use crate::fhir::Source;
use crate::limits::{
    ANSWER_BYTES_MAX, CONNECT_MAX, ERRANDS_MAX, TURN_MAX, UPSTREAM_IDLE_MAX, UPSTREAM_MAX,
};

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A FHIR R4 server: requests are understood, answers are read.
    Fhir,
    /// Any other web application: use is decided, bodies pass through.
    Web,
}

/// A service behind the door, as configured.
#[derive(Debug, Clone)]
pub struct ServiceTerms {
    /// Its name, which is also the first segment of its public path.
    pub name: ServiceId,
    /// How it is spoken to.
    pub kind: Kind,
    /// Its tier.
    pub tier: Tier,
    /// Its address: scheme, authority and path, without a trailing slash.
    pub url: String,
    /// Other addresses by which it knows itself in links and references.
    pub own_urls: Vec<String>,
    /// The `Authorization` header that the door itself presents, if any.
    pub authorization: Option<HeaderValue>,
}

/// A service ready to be called.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) terms: ServiceTerms,
    client: Client<HttpsConnector<HttpConnector>, Body>,
    turns: Semaphore,
}

/// One conversation with a FHIR upstream that a permit allows: it holds the permit to its end.
#[derive(Debug)]
pub(crate) struct Errand<'u> {
    upstream: &'u Upstream,
    permit: Permit,
    bytes_left: usize,
    _turn: SemaphorePermit<'u>,
}

/// What was wrong with an upstream; never the upstream's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Too many requests wait for it already.
    Busy,
    /// It answered with a status that the door does not pass on.
    Refused,
    /// It answered more than the limit.
    TooLarge,
    /// It did not finish in time.
    TooSlow,
    /// It could not be reached, or broke off.
    Unreachable,
    /// It answered something that is not understood.
    Unreadable,
}

/// What a FHIR upstream said of a change.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) etag: Option<String>,
    /// Its body, when it is that of a change of several resources at once.
    pub(crate) bytes: Bytes,
}

/// What a FHIR upstream gave.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// There is no such resource.
    Absent,
    /// The bytes of an answer, which nobody has looked at yet.
    Bytes(Bytes),
}

impl Upstream {
    pub(crate) fn new(terms: ServiceTerms, tls: rustls::ClientConfig) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_MAX));
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(UPSTREAM_IDLE_MAX)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self {
            terms,
            client,
            turns: Semaphore::new(ERRANDS_MAX),
        }
    }

    /// Begins what `permit` allows; the permit is spent with the errand.
    ///
    /// INVARIANT: (1) no permit, no passage: this is the only way to a FHIR upstream.
    pub(crate) async fn errand(&self, permit: Permit) -> Result<Errand<'_>, (Fault, Permit)> {
        match tokio::time::timeout(TURN_MAX, self.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(Errand {
                upstream: self,
                permit,
                bytes_left: ANSWER_BYTES_MAX,
                _turn: turn,
            }),
            // Nobody closes the semaphore; should it be, no turn comes either.
            Ok(Err(_)) | Err(_) => Err((Fault::Busy, permit)),
        }
    }

    /// Sends a request of a web service on, and waits for the head of its answer.
    pub(crate) async fn pass(
        &self,
        permit: Permit,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, Fault> {
        drop(permit);
        let answer = tokio::time::timeout(UPSTREAM_MAX, self.client.request(request)).await;
        match answer {
            Err(_elapsed) => Err(Fault::TooSlow),
            Ok(Err(error)) => Err(self.unreachable(&error)),
            Ok(Ok(response)) => Ok(response),
        }
    }

    /// The upstream's address with `target` behind it.
    pub(crate) fn uri(&self, target: &str) -> Result<Uri, Fault> {
        let mut text = String::with_capacity(self.terms.url.len() + target.len());
        text.push_str(&self.terms.url);
        text.push_str(target);
        text.parse().map_err(|_| Fault::Unreadable)
    }

    fn unreachable(&self, error: &dyn std::error::Error) -> Fault {
        tracing::warn!(service = %self.terms.name, %error, "Upstream cannot be reached");
        Fault::Unreachable
    }
}

impl Source for Errand<'_> {
    async fn fetch(&mut self, target: &str) -> Result<Fetched, Fault> {
        Errand::fetch(self, target).await
    }

    fn own_bases(&self) -> Vec<String> {
        let bases = Errand::own_bases(self);
        bases.into_iter().map(str::to_owned).collect()
    }
}

impl<'u> Errand<'u> {
    /// Where it goes.
    pub(crate) fn upstream(&self) -> &'u Upstream {
        self.upstream
    }

    /// The permit it stands on.
    pub(crate) fn permit(&self) -> &Permit {
        &self.permit
    }

    /// The addresses by which the upstream knows itself.
    pub(crate) fn own_bases(&self) -> Vec<&str> {
        let terms = &self.upstream.terms;
        std::iter::once(&terms.url)
            .chain(&terms.own_urls)
            .map(String::as_str)
            .collect()
    }

    /// Fetches one target below the upstream's base, within the errand's bounds.
    pub(crate) async fn fetch(&mut self, target: &str) -> Result<Fetched, Fault> {
        let uri = self.upstream.uri(target)?;
        let request = self.request(Method::GET, uri, Bytes::new())?;
        match tokio::time::timeout(UPSTREAM_MAX, self.exchange(request)).await {
            Ok(fetched) => fetched,
            Err(_elapsed) => Err(Fault::TooSlow),
        }
    }

    /// Sends a change of one target below the upstream's base, within the errand's bounds.
    pub(crate) async fn change(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&'static str, String)],
        body: Bytes,
    ) -> Result<Said, Fault> {
        let uri = self.upstream.uri(target)?;
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| Fault::Unreadable)?;
        let mut request = self.request(method, uri, body)?;
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(|_| Fault::Unreadable)?;
            request.headers_mut().insert(*name, value);
        }
        match tokio::time::timeout(UPSTREAM_MAX, self.say(request)).await {
            Ok(said) => said,
            Err(_elapsed) => Err(Fault::TooSlow),
        }
    }

    fn request(&self, method: Method, uri: Uri, body: Bytes) -> Result<Request<Body>, Fault> {
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header(header::ACCEPT, "application/fhir+json")
            // A condition that the server does not know is to fail, not to be passed over.
            .header("prefer", "handling=strict");
        if let Some(authorization) = &self.upstream.terms.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let body = Full::new(body)
            .map_err(|never| match never {})
            .boxed_unsync();
        request.body(body).map_err(|_| Fault::Unreadable)
    }

    async fn say(&mut self, request: Request<Body>) -> Result<Said, Fault> {
        let response = self.ask(request).await?;
        let text = |name: header::HeaderName| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let (status, location, etag) = (
            response.status(),
            text(header::LOCATION),
            text(header::ETAG),
        );
        Ok(Said {
            status,
            location,
            etag,
            bytes: self.body(response).await?,
        })
    }

    async fn ask(&self, request: Request<Body>) -> Result<Response<Incoming>, Fault> {
        self.upstream
            .client
            .request(request)
            .await
            .map_err(|error| self.upstream.unreachable(&error))
    }

    async fn exchange(&mut self, request: Request<Body>) -> Result<Fetched, Fault> {
        let response = self.ask(request).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(Fetched::Absent),
            status => {
                tracing::warn!(service = %self.upstream.terms.name, %status, "Upstream refused");
                return Err(Fault::Refused);
            }
        }
        self.body(response).await.map(Fetched::Bytes)
    }

    async fn body(&mut self, response: Response<Incoming>) -> Result<Bytes, Fault> {
        // The door asks for no encoding; an encoded body would hide what it discloses.
        if response.headers().contains_key(header::CONTENT_ENCODING) {
            return Err(Fault::Unreadable);
        }
        let collected = Limited::new(response.into_body(), self.bytes_left)
            .collect()
            .await;
        match collected {
            Ok(body) => {
                let bytes = body.to_bytes();
                self.bytes_left = self.bytes_left.saturating_sub(bytes.len());
                Ok(bytes)
            }
            Err(error) if error.is::<LengthLimitError>() => Err(Fault::TooLarge),
            Err(error) => Err(self.upstream.unreachable(&*error)),
        }
    }
}

impl Fault {
    /// A stable word for evidence and texts.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Refused => "upstream-refused",
            Self::TooLarge => "upstream-too-large",
            Self::TooSlow => "upstream-too-slow",
            Self::Unreachable => "upstream-unreachable",
            Self::Unreadable => "upstream-unreadable",
        }
    }

    /// The status to answer with (RFC 9110 section 15.6).
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooSlow => StatusCode::GATEWAY_TIMEOUT,
            Self::Refused | Self::TooLarge | Self::Unreachable | Self::Unreadable => {
                StatusCode::BAD_GATEWAY
            }
        }
    }
}
