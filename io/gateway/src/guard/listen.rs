//! Who is let in over TCP: clients of a conduit, within bounds, in clear or by certificate.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use event::ServiceId;
use policy::guard::{Code, Protocol};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use x509_parser::der_parser::asn1_rs::{FromDer as _, Utf8String};
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::X509Certificate;

use super::Way;
use super::caller::{Caller, Certified};
use super::door::GuardDoor;
use super::limits::told;
use crate::identity::Rejection;
use crate::identity::certificate::{self, PersonSource};
use crate::limits::HANDSHAKE_MAX;

/// How long to wait when the system has no room for another connection.
const CROWDED_PAUSE: Duration = Duration::from_millis(50);

/// The role of a client (MODBUS/TCP Security, section 8): 1.3.6.1.4.1.50316.802.1.
const ROLE: &[u64] = &[1, 3, 6, 1, 4, 1, 50_316, 802, 1];

/// Longest role that is told, in characters.
const ROLE_CHARS_MAX: usize = 64;

/// Modbus/TCP Security and DICOM over TLS: who asks is named by a certificate and not by an address.
#[derive(Clone)]
pub struct LineTls {
    /// The server; it must ask for client certificates. See [`crate::tls::server_config`].
    pub config: Arc<ServerConfig>,
    /// Which part of a client's certificate names the machine.
    pub names: PersonSource,
}

impl std::fmt::Debug for LineTls {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("LineTls")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// The connection of a client.
#[derive(Debug)]
pub(super) enum Client {
    Clear(TcpStream),
    Secured(Box<TlsStream<TcpStream>>),
}

/// Lets clients in until `stop` resolves, each to a session of its own; then every session ends.
pub(super) async fn listen<S, F>(
    door: &Arc<GuardDoor>,
    (way, protocol): (&Way, Protocol),
    (listener, tls): (TcpListener, Option<LineTls>),
    stop: impl Future<Output = ()>,
    session: S,
) where
    S: Fn(Arc<Caller>, Client) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let mut sessions = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            Some(ended) = sessions.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "A session broke off");
                }
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                let caller = Caller {
                    standing: door.standing(&way.conduit),
                    protocol,
                    client: address.ip(),
                    device: way.device.ip(),
                    is_secured: tls.is_some(),
                    certified: None,
                };
                let (tls, session) = (tls.clone(), session.clone());
                if let Some(entered) = enter(door, (caller, tls), (stream, address), session) {
                    sessions.spawn(entered);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "A connection could not be accepted");
                tokio::time::sleep(CROWDED_PAUSE).await;
            }
        }
    }
    sessions.shutdown().await;
}

/// The session of a client that may ask at all and finds room.
fn enter<S, F>(
    door: &Arc<GuardDoor>,
    (mut caller, tls): (Caller, Option<LineTls>),
    (stream, address): (TcpStream, SocketAddr),
    session: S,
) -> Option<impl Future<Output = ()> + Send + use<S, F>>
where
    S: Fn(Arc<Caller>, Client) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    if !door.admits(&caller) {
        door.unreadable(&caller, None, Code::SourceOutsideConduit.code());
        return None;
    }
    let guest = match caller.standing.enter(address.ip(), &door.limits) {
        Ok(guest) => guest,
        Err((limit, max)) => {
            door.pen.reached(limit, told(max));
            return None;
        }
    };
    let door = Arc::clone(door);
    Some(async move {
        let _guest = guest;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection keeps its delay");
        }
        let client = match tls {
            None => Some(Client::Clear(stream)),
            Some(tls) => secured(&door, &mut caller, tls, stream).await,
        };
        if let Some(client) = client {
            session(Arc::new(caller), client).await;
        }
    })
}

/// The connection of a client whose certificate names it; any other is told and let go.
async fn secured(
    door: &GuardDoor,
    caller: &mut Caller,
    tls: LineTls,
    stream: TcpStream,
) -> Option<Client> {
    let acceptor = TlsAcceptor::from(tls.config);
    let handshake = tokio::time::timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await;
    let stream = match handshake {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%error, "A handshake failed");
            door.unreadable(caller, None, "tls-handshake");
            return None;
        }
        Err(_elapsed) => {
            door.unreadable(caller, None, "tls-too-slow");
            return None;
        }
    };
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let named = certificate::identify(chain, &tls.names, door.now());
    let named = named.map_err(Rejection::code).and_then(|identity| {
        let service = ServiceId::new(identity.person.as_str());
        let service = service.map_err(|_| Rejection::CertificateSubject.code())?;
        Ok((service, identity.expires))
    });
    let (service, until) = match named {
        Ok(named) => named,
        Err(code) => {
            door.unreadable(caller, None, code);
            return None;
        }
    };
    let role = chain.first().and_then(role);
    caller.certified = Some(Certified {
        service,
        until,
        role,
    });
    Some(Client::Secured(Box::new(stream)))
}

impl AsyncRead for Client {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Secured(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Client {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Secured(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_flush(context),
            Self::Secured(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Secured(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

/// What the certificate says that its owner may do, without anything that could confuse a reader.
fn role(certificate: &CertificateDer<'_>) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let oid = Oid::from(ROLE).ok()?;
    let extension = certificate.get_extension_unique(&oid).ok()??;
    let (_, text) = Utf8String::from_der(extension.value).ok()?;
    let shown = text.string();
    let shown = shown.chars().filter(|it| !it.is_control());
    Some(shown.take(ROLE_CHARS_MAX).collect())
}
