//! The small HTTP server of the demonstration's upstreams.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Collected, Full, Limited};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::{ACCEPT_PAUSE, BODY_BYTES_MAX, CONNECTIONS_MAX, DRAIN_WAIT, HEAD_WAIT};

/// What a server says to a request.
pub trait Answer: Send + Sync + 'static {
    /// The answer, made from memory alone; the body is empty when it was longer than the limit.
    fn answer(&self, request: &Parts, body: &[u8]) -> Response<Full<Bytes>>;
}

/// Serves HTTP/1.1 in clear until `stop` completes, then lets open connections finish for a
/// short while.
///
/// Meant for the loopback interface: there is no encryption and nobody is asked who they are.
pub async fn serve<A: Answer>(
    listener: TcpListener,
    answer: Arc<A>,
    stop: impl Future<Output = ()>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let open = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &room) => accepted,
        };
        if let Some((stream, place)) = accepted {
            attend(stream, place, &open, Arc::clone(&answer));
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_WAIT, open.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("connections were still open when the demonstration's server stopped");
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::warn!(%error, "the demonstration's server could not accept a connection");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

fn attend<A: Answer>(
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    open: &GracefulShutdown,
    answer: Arc<A>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps Nagle's algorithm");
    }
    let answering = service_fn(move |request: Request<Incoming>| {
        let answer = Arc::clone(&answer);
        async move {
            let (head, body) = request.into_parts();
            let body = Limited::new(body, BODY_BYTES_MAX).collect().await;
            let body = body.map(Collected::to_bytes).unwrap_or_default();
            Ok::<_, Infallible>(answer.answer(&head, &body))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT)
        .serve_connection(TokioIo::new(stream), answering);
    let watched = open.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = watched.await {
            tracing::debug!(%error, "a connection to the demonstration's server broke");
        }
        drop(place);
    });
}
