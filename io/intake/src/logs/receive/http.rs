//! Logs as the bodies of requests: lines in a `POST`, plain or as the bulk format of
//! Elasticsearch, which many collectors write.
//!
//! A request is answered when its lines are durable: whoever gets no answer sends it again, and a
//! body that is the same as one of the last is answered without being kept twice.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use evidence::EvidenceLog;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::super::keep::{LogKeeper, digest, entries};
use super::body::{Body, expanded, read};
use super::token::Token;
use crate::budget::Budget;
use crate::connections::{Arrival, Gate, Tls, accept, stopped};
use crate::limits::{
    HANDSHAKE_MAX, HTTP_BODIES_MAX, HTTP_BODY_BYTES_MAX, HTTP_CONNECTIONS_MAX, HTTP_HEADERS_MAX,
    MESSAGE_MAX,
};
use crate::logs::Settings;
use crate::peers::Network;

/// What a sender is told whose lines were not kept.
const NOT_KEPT: &str = "not kept: send it again";

/// Where requests come in.
#[derive(Debug)]
pub struct HttpListener {
    /// From where they may come.
    pub peers: Vec<Network>,
    /// TLS, when it is not in clear.
    pub tls: Option<Tls>,
    /// What each request must show as `Authorization: Bearer`.
    pub token: Option<Token>,
    /// The bound socket.
    pub listener: TcpListener,
}

/// Takes requests until `stop` turns true.
pub(crate) async fn serve(
    http: HttpListener,
    (name, settings): (String, Settings),
    keeper: LogKeeper,
    stop: watch::Receiver<bool>,
) {
    let HttpListener {
        peers,
        tls,
        token,
        listener,
    } = http;
    let desk = Arc::new(Desk {
        gate: Gate::new(peers, tls),
        token,
        name,
        settings,
        telemetry: keeper.telemetry(),
        keeper: Mutex::new(keeper),
        budget: Budget::default(),
        bodies: Arc::new(Semaphore::new(HTTP_BODIES_MAX)),
        stop: stop.clone(),
    });
    let most = ("logs over http", HTTP_CONNECTIONS_MAX);
    accept(listener, most, stop, |arrival| match arrival {
        Arrival::Connected(stream, ip, permit) => {
            tokio::spawn(Arc::clone(&desk).attend(stream, ip, permit));
        }
        Arrival::TooMany(ip) => desk.tell(ip, "connections-too-many"),
    })
    .await;
}

/// What every connection needs.
struct Desk {
    gate: Gate,
    token: Option<Token>,
    name: String,
    settings: Settings,
    telemetry: Arc<EvidenceLog>,
    keeper: Mutex<LogKeeper>,
    budget: Budget,
    /// Bodies that are in memory at once.
    bodies: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
}

/// What becomes of a request.
enum Answer {
    /// Kept, now or before.
    Kept { events: u64, unread: u64 },
    /// Not taken, for this reason.
    Refused(StatusCode, &'static str),
}

impl Desk {
    async fn attend(self: Arc<Self>, stream: TcpStream, ip: IpAddr, _permit: OwnedSemaphorePermit) {
        let stream = match self.gate.admit(stream, ip).await {
            Ok(stream) => stream,
            Err(code) => return self.tell(ip, code),
        };
        let desk = &self;
        let serve = service_fn(move |request| async move {
            Ok::<_, Infallible>(desk.answer(request, ip).await)
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HANDSHAKE_MAX)
            .max_headers(HTTP_HEADERS_MAX);
        let connection = http.serve_connection(TokioIo::new(stream), serve);
        tokio::pin!(connection);
        let mut stop = self.stop.clone();
        let served = tokio::select! {
            biased;
            () = stopped(&mut stop) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
            served = connection.as_mut() => served,
        };
        if let Err(error) = served {
            tracing::debug!(%error, "A connection with logs broke");
        }
    }

    async fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
        ip: IpAddr,
    ) -> Response<Full<Bytes>> {
        let is_bulk = request.uri().path().ends_with("/_bulk");
        match self.take(request, ip, is_bulk).await {
            Answer::Kept { events, unread } if is_bulk => bulk_answer(events, unread),
            Answer::Kept { events, unread } => {
                let told = serde_json::json!({"events": events, "unread": unread});
                json(StatusCode::OK, told.to_string())
            }
            Answer::Refused(status, why) => {
                let mut response = json(status, serde_json::json!({"error": why}).to_string());
                if status == StatusCode::SERVICE_UNAVAILABLE {
                    response.headers_mut().insert(RETRY_AFTER, 2.into());
                }
                response
            }
        }
    }

    async fn take(
        self: &Arc<Self>,
        request: Request<Incoming>,
        ip: IpAddr,
        is_bulk: bool,
    ) -> Answer {
        if let Some(token) = &self.token
            && !request
                .headers()
                .get(AUTHORIZATION)
                .is_some_and(|it| token.is_shown_by(it))
        {
            self.tell(ip, "log-token");
            return Answer::Refused(
                StatusCode::UNAUTHORIZED,
                "the token is missing or another one",
            );
        }
        if request.method() != Method::POST && request.method() != Method::PUT {
            return Answer::Refused(StatusCode::METHOD_NOT_ALLOWED, "lines come as a POST");
        }
        let (head, body) = request.into_parts();
        let too_long = (
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is too long or broke off: send fewer lines at once",
        );
        let most = u64::try_from(HTTP_BODY_BYTES_MAX).unwrap_or(u64::MAX);
        if body.size_hint().lower() > most {
            return Answer::Refused(too_long.0, too_long.1);
        }
        // Others wait for their turn here, unread.
        let Ok(turn) = Arc::clone(&self.bodies).acquire_owned().await else {
            return Answer::Refused(StatusCode::SERVICE_UNAVAILABLE, NOT_KEPT);
        };
        let collected = Limited::new(body, HTTP_BODY_BYTES_MAX).collect();
        let bytes = match timeout(MESSAGE_MAX, collected).await {
            Err(_elapsed) => return Answer::Refused(StatusCode::REQUEST_TIMEOUT, "too slow"),
            Ok(Err(_)) => return Answer::Refused(too_long.0, too_long.1),
            Ok(Ok(collected)) => collected.to_bytes(),
        };
        let (desk, encoding) = (Arc::clone(self), encoding(&head.headers).to_vec());
        // Expanding and reading are work for a thread that may be slow: care is served by others.
        let work = spawn_blocking(move || {
            // INVARIANT: so many bodies are in memory, also when their senders have gone away.
            let _turn = turn;
            match expanded(&encoding, bytes) {
                Ok(bytes) => desk.keep(&Body {
                    source: &desk.name,
                    host: &ip.to_canonical().to_string(),
                    is_bulk,
                    bytes: &bytes,
                }),
                Err(why) => Answer::Refused(StatusCode::BAD_REQUEST, why),
            }
        });
        work.await
            .unwrap_or(Answer::Refused(StatusCode::INTERNAL_SERVER_ERROR, NOT_KEPT))
    }

    /// Keeps the lines of a body; when this returns they are durable.
    fn keep(&self, body: &Body<'_>) -> Answer {
        let now = self.lock().now();
        let now_us = i64::try_from(now.as_us()).unwrap_or(i64::MAX);
        let (mut events, mut unread) = (0, 0);
        for batch in read(body, &self.settings, now_us) {
            let not_read = batch.unread();
            let all = u64::try_from(batch.len()).unwrap_or(u64::MAX);
            let digest = digest(&batch);
            if !self.lock().knows(&digest) {
                let entries = entries(&batch, digest.clone(), None, now);
                if let Err(error) = self.telemetry.append_batch_wait(&entries) {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "The evidence does not take logs over http");
                    return Answer::Refused(StatusCode::SERVICE_UNAVAILABLE, NOT_KEPT);
                }
                // Whoever got no answer before this sends it again, and it is kept twice at worst.
                self.lock().remember(digest);
            }
            unread += not_read;
            events += all.saturating_sub(not_read);
        }
        Answer::Kept { events, unread }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LogKeeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps that a sender was turned away, within the budget of the second.
    fn tell(&self, ip: IpAddr, code: &'static str) {
        let keeper = self.lock();
        let Some(times) = self.budget.spend(keeper.now()) else {
            return;
        };
        let source = format!("{} {}", self.name, ip.to_canonical());
        if !keeper.turned_away(&source, code, times) {
            self.budget.give_back(times);
        }
    }
}

fn encoding(headers: &HeaderMap) -> &[u8] {
    headers
        .get(CONTENT_ENCODING)
        .map_or(b"", hyper::header::HeaderValue::as_bytes)
}

/// What the bulk format answers: one item for each line, each as it came.
fn bulk_answer(events: u64, unread: u64) -> Response<Full<Bytes>> {
    let item = r#"{"create":{"status":201}}"#;
    let count = usize::try_from(events.saturating_add(unread)).unwrap_or_default();
    // What cannot be read is kept as well, with the reason: the sender is done with it.
    let items = vec![item; count.min(HTTP_BODY_BYTES_MAX)].join(",");
    json(
        StatusCode::OK,
        format!(r#"{{"took":0,"errors":false,"items":[{items}]}}"#),
    )
}

fn json(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

#[cfg(test)]
mod tests;
