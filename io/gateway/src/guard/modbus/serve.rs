//! Who is let in: clients of a conduit, within bounds, in clear or by certificate.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use event::ServiceId;
use policy::guard::{Code, Protocol};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use x509_parser::der_parser::asn1_rs::{FromDer as _, Utf8String};
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::X509Certificate;

use super::line::Line;
use super::session::{End, Session};
use crate::guard::Way;
use crate::guard::decide::{Caller, Certified};
use crate::guard::door::GuardDoor;
use crate::guard::limits::told;
use crate::identity::Rejection;
use crate::identity::certificate::{self, PersonSource};
use crate::limits::HANDSHAKE_MAX;

/// How long to wait when the system has no room for another connection.
const CROWDED_PAUSE: Duration = Duration::from_millis(50);

/// The role of a client (MODBUS/TCP Security, section 8): 1.3.6.1.4.1.50316.802.1.
const ROLE: &[u64] = &[1, 3, 6, 1, 4, 1, 50_316, 802, 1];

/// Longest role that is told, in characters.
const ROLE_CHARS_MAX: usize = 64;

/// Modbus/TCP Security: who asks is named by a certificate and not by an address.
#[derive(Clone)]
pub struct ModbusTls {
    /// The server; it must ask for client certificates. See [`crate::tls::server_config`].
    pub config: Arc<ServerConfig>,
    /// Which part of a client's certificate names the machine.
    pub names: PersonSource,
}

impl std::fmt::Debug for ModbusTls {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ModbusTls")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// Stands before a device on one listener until `stop` resolves; then every session ends.
///
/// Each client has a connection to the device of its own, made when the first of its requests is
/// cleared.
pub async fn serve(
    door: Arc<GuardDoor>,
    way: Way,
    listener: TcpListener,
    tls: Option<ModbusTls>,
    stop: impl Future<Output = ()>,
) {
    let line = Arc::new(Line::new(way.device));
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
                let door = Arc::clone(&door);
                let line = (Arc::clone(&line), tls.clone());
                if let Some(session) = enter(door, (&way, line), stream, address) {
                    sessions.spawn(session);
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
fn enter(
    door: Arc<GuardDoor>,
    (way, (line, tls)): (&Way, (Arc<Line>, Option<ModbusTls>)),
    stream: TcpStream,
    address: SocketAddr,
) -> Option<impl Future<Output = ()> + Send + use<>> {
    let caller = Caller {
        standing: door.standing(&way.conduit),
        protocol: Protocol::Modbus,
        client: address.ip(),
        device: way.device.ip(),
        is_secured: tls.is_some(),
        certified: None,
    };
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
    Some(async move {
        let _guest = guest;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection keeps its delay");
        }
        match tls {
            None => {
                let caller = Arc::new(caller);
                let session = Session::new(Arc::clone(&door), Arc::clone(&caller), line, stream);
                ended(&door, &caller, session.run().await);
            }
            Some(tls) => secured(door, (caller, line), tls, stream).await,
        }
    })
}

async fn secured(
    door: Arc<GuardDoor>,
    (mut caller, line): (Caller, Arc<Line>),
    tls: ModbusTls,
    stream: TcpStream,
) {
    let acceptor = TlsAcceptor::from(tls.config);
    let handshake = tokio::time::timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await;
    let stream = match handshake {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%error, "A handshake failed");
            door.unreadable(&caller, None, "tls-handshake");
            return;
        }
        Err(_elapsed) => {
            door.unreadable(&caller, None, "tls-too-slow");
            return;
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
            door.unreadable(&caller, None, code);
            return;
        }
    };
    let role = chain.first().and_then(role);
    caller.certified = Some(Certified {
        service,
        until,
        role,
    });
    let caller = Arc::new(caller);
    let session = Session::new(Arc::clone(&door), Arc::clone(&caller), line, stream);
    ended(&door, &caller, session.run().await);
}

fn ended(door: &GuardDoor, caller: &Caller, end: End) {
    match end {
        End::Slow => {
            door.unreadable(caller, None, "modbus-too-slow");
        }
        End::Idle => {
            let max = door.limits.idle_max.as_secs();
            door.pen.reached("guard_idle_s_max", max);
        }
        // Told where it was read, or nothing to tell.
        End::Unreadable | End::Left => {}
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
