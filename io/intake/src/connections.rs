//! Connections of senders: accepted within bounds, let in by address and by certificate.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::limits::{CLOSING_MAX, CROWDED_PAUSE, HANDSHAKE_MAX};
use crate::peers::Network;

/// TLS of a listener, and whether a sender must show a certificate.
pub type Tls = (Arc<rustls::ServerConfig>, bool);

/// A connection, in clear or in TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Who may come in.
pub(crate) struct Gate {
    peers: Vec<Network>,
    tls: Option<(TlsAcceptor, bool)>,
}

/// Somebody at the door.
pub(crate) enum Arrival {
    /// A connection; the permit is its place among those that are open at once.
    Connected(TcpStream, IpAddr, OwnedSemaphorePermit),
    /// One more than are open at once: it was closed.
    TooMany(IpAddr),
}

impl Gate {
    pub(crate) fn new(peers: Vec<Network>, tls: Option<Tls>) -> Self {
        let tls = tls.map(|(config, needed)| (TlsAcceptor::from(config), needed));
        Self { peers, tls }
    }

    /// Lets a connection in; the stable code of why not.
    pub(crate) async fn admit(
        &self,
        stream: TcpStream,
        ip: IpAddr,
    ) -> Result<Box<dyn Stream>, &'static str> {
        if !self.peers.iter().any(|network| network.contains(ip)) {
            return Err("peer-refused");
        }
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection keeps its delay");
        }
        let Some((acceptor, needs_certificate)) = &self.tls else {
            return Ok(Box::new(stream));
        };
        match timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await {
            Err(_elapsed) => Err("tls-too-slow"),
            Ok(Err(_)) => Err("tls-handshake"),
            Ok(Ok(stream)) => {
                let shown = stream.get_ref().1.peer_certificates().is_some();
                if *needs_certificate && !shown {
                    return Err("certificate-missing");
                }
                Ok(Box::new(stream))
            }
        }
    }
}

/// Hands on whoever comes, until a stop is asked for; then waits a while for those inside.
pub(crate) async fn accept(
    listener: TcpListener,
    (what, connections_max): (&'static str, usize),
    mut stop: watch::Receiver<bool>,
    mut take: impl FnMut(Arrival),
) {
    let room = Arc::new(Semaphore::new(connections_max));
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => take(arrival(stream, address, &room)),
            Err(error) => {
                tracing::warn!(%error, what, "A connection could not be accepted");
                tokio::time::sleep(CROWDED_PAUSE).await;
            }
        }
    }
    drop(listener);
    let all = u32::try_from(connections_max).unwrap_or(u32::MAX);
    if timeout(CLOSING_MAX, room.acquire_many(all)).await.is_err() {
        tracing::warn!(what, "Some connections did not finish in time");
    }
}

fn arrival(stream: TcpStream, address: SocketAddr, room: &Arc<Semaphore>) -> Arrival {
    match Arc::clone(room).try_acquire_owned() {
        Ok(permit) => Arrival::Connected(stream, address.ip(), permit),
        Err(_) => Arrival::TooMany(address.ip()),
    }
}

/// Waits until a stop is asked for; a sender that is gone asks for it as well.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    while !*stop.borrow_and_update() && stop.changed().await.is_ok() {}
}
