//! Connections: accepted within a bound, secured, read within limits, ended in good order.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use event::{KeyThumbprint, Rejected};
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::door::Door;
use crate::identity::{Identity, Rejection, certificate, thumbprint};
use crate::limits::{
    CONNECTIONS_MAX, HANDSHAKE_MAX, HEAD_BYTES_MAX, HEAD_MAX, HEADERS_MAX, STREAMS_MAX,
};

/// How long connections may finish what they began once the door closes.
const CLOSING_MAX: Duration = Duration::from_secs(5);

/// How long to wait when the system has no room for another connection.
const CROWDED_PAUSE: Duration = Duration::from_millis(50);

/// Who is at the other end of a connection.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) ip: IpAddr,
    /// What the client's certificate says, when it showed one.
    pub(crate) certificate: Option<Result<Identity, Rejection>>,
    /// The key of that certificate, whomever it names.
    pub(crate) key: Option<KeyThumbprint>,
}

/// Serves until `stop` resolves, then lets open requests finish and flushes what is owed.
pub async fn serve(
    door: Arc<Door>,
    listener: TcpListener,
    tls: ServerConfig,
    stop: impl Future<Output = ()>,
) {
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let (stream, address, permit) = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accept(&listener, &room) => match accepted {
                Some(accepted) => accepted,
                None => continue,
            },
        };
        let connection = Connection {
            door: Arc::clone(&door),
            acceptor: acceptor.clone(),
            watcher: graceful.watcher(),
            address,
            _room: permit,
        };
        tokio::spawn(connection.run(stream));
    }
    drop(listener);
    if tokio::time::timeout(CLOSING_MAX, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("Some connections did not finish in time");
    }
    door.ledger().flush(door.now()).await;
}

/// Waits for room, then for a connection.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, permit)),
        Err(error) => {
            // Out of file descriptors, or a client that left at once: neither ends the door.
            tracing::warn!(%error, "A connection could not be accepted");
            tokio::time::sleep(CROWDED_PAUSE).await;
            None
        }
    }
}

/// One connection on its way.
struct Connection {
    door: Arc<Door>,
    acceptor: TlsAcceptor,
    watcher: Watcher,
    address: SocketAddr,
    _room: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(self, stream: TcpStream) {
        let ip = self.address.ip();
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection keeps its delay");
        }
        let handshake = tokio::time::timeout(HANDSHAKE_MAX, self.acceptor.accept(stream)).await;
        let stream = match handshake {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                tracing::debug!(%error, "A handshake failed");
                return self.turned_away(ip, "tls-handshake").await;
            }
            Err(_elapsed) => return self.turned_away(ip, "tls-too-slow").await,
        };
        let peer = Arc::new(Peer {
            ip,
            certificate: self.certificate(&stream),
            key: certificate_key(&stream),
        });
        let door = Arc::clone(&self.door);
        let service = service_fn(move |request: Request<Incoming>| {
            let (door, peer) = (Arc::clone(&door), Arc::clone(&peer));
            async move { Ok::<_, std::convert::Infallible>(door.receive(&peer, request).await) }
        });
        let builder = builder();
        let connection = builder
            .serve_connection(TokioIo::new(stream), service)
            .into_owned();
        // The watcher is taken by value; what else is needed afterwards stays.
        let Self { door, watcher, .. } = self;
        if let Err(error) = watcher.watch(connection).await
            && let Some(reason) = fault_of(&*error)
        {
            reject(&door, ip, reason).await;
        }
    }

    fn certificate(&self, stream: &TlsStream<TcpStream>) -> Option<Result<Identity, Rejection>> {
        let chain = stream.get_ref().1.peer_certificates()?;
        Some(certificate::identify(
            chain,
            self.door.certificate_person(),
            self.door.now(),
        ))
    }

    async fn turned_away(&self, ip: IpAddr, reason: &str) {
        reject(&self.door, ip, reason).await;
    }
}

/// The thumbprint of the certificate that the handshake has verified.
fn certificate_key(stream: &TlsStream<TcpStream>) -> Option<KeyThumbprint> {
    let chain = stream.get_ref().1.peer_certificates()?;
    thumbprint(chain.first()?)
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX));
    builder
}

/// A connection on which something was wrong, as opposed to one that simply ended.
fn fault_of(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    let error = error.downcast_ref::<hyper::Error>()?;
    if error.is_parse_too_large() {
        Some("http-head-too-large")
    } else if error.is_parse() {
        Some("http-malformed")
    } else if error.is_timeout() {
        Some("http-too-slow")
    } else {
        None
    }
}

/// Keeps that a connection was ended before a request had a name.
async fn reject(door: &Door, ip: IpAddr, reason: &str) {
    let rejected = Rejected {
        request: None,
        ip,
        reason: reason.to_owned(),
        status: 0,
    };
    if door
        .ledger()
        .keep_rejection(rejected, door.now())
        .await
        .is_none()
    {
        tracing::debug!(reason, "A rejection was counted, not kept by itself");
    }
}
