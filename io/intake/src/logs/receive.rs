//! Syslog over the network: UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425).
//!
//! Over TCP a sender waits while messages wait to be taken; over UDP nobody can wait, so what has
//! no room is counted, and the count is told.

mod messages;
mod udp;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use wire::log::{Framed, Frames};

use super::fault::Fault;
use crate::limits::{
    CLOSING_MAX, CROWDED_PAUSE, HANDSHAKE_MAX, IDLE_MAX, MESSAGE_MAX, SYSLOG_CONNECTIONS_MAX,
    SYSLOG_MESSAGE_BYTES_MAX, SYSLOG_QUEUE_MAX,
};
use crate::mllp::stopped;
use crate::peers::Network;
pub use messages::Messages;

/// How many bytes are read at once.
const READ_BYTES: usize = 16 * 1024;

/// Where syslog comes in.
#[derive(Debug)]
pub struct SyslogListener {
    /// From where it may come.
    pub peers: Vec<Network>,
    /// How it comes.
    pub transport: Transport,
}

/// A bound socket.
#[derive(Debug)]
pub enum Transport {
    /// Connections: in clear, or in TLS and whether the sender must show a certificate.
    Tcp(TcpListener, Option<(Arc<rustls::ServerConfig>, bool)>),
    /// Datagrams, one message each.
    Udp(UdpSocket),
}

/// One thing that a sender sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its address.
    pub ip: IpAddr,
    /// What.
    pub what: Arrived,
}

/// A message, or what could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// A message without its frame.
    Message(Vec<u8>),
    /// Something that is not taken.
    Unread {
        /// Why.
        fault: Fault,
        /// Its first bytes.
        head: Vec<u8>,
        /// How many times since it was last told.
        times: u64,
    },
}

/// The two ends of what waits to be taken.
#[must_use]
pub fn queue() -> (mpsc::Sender<Received>, mpsc::Receiver<Received>) {
    mpsc::channel(SYSLOG_QUEUE_MAX)
}

/// Takes messages until `stop` turns true, then lets those that were begun end.
pub async fn serve(
    listener: SyslogListener,
    queue: mpsc::Sender<Received>,
    stop: watch::Receiver<bool>,
) {
    let SyslogListener { peers, transport } = listener;
    match transport {
        Transport::Udp(socket) => udp::serve(socket, peers, queue, stop).await,
        Transport::Tcp(listener, tls) => {
            let desk = Desk {
                peers,
                needs_certificate: tls.as_ref().is_some_and(|(_, needed)| *needed),
                acceptor: tls.map(|(config, _)| TlsAcceptor::from(config)),
                queue,
                stop: stop.clone(),
            };
            accept(listener, Arc::new(desk), stop).await;
        }
    }
}

async fn accept(listener: TcpListener, desk: Arc<Desk>, mut stop: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(SYSLOG_CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => match Arc::clone(&room).try_acquire_owned() {
                Ok(permit) => {
                    tokio::spawn(Arc::clone(&desk).attend(stream, address, permit));
                }
                Err(_) => desk.unread(address.ip(), "connections-too-many").await,
            },
            Err(error) => {
                tracing::warn!(%error, "A connection of syslog could not be accepted");
                tokio::time::sleep(CROWDED_PAUSE).await;
            }
        }
    }
    drop(listener);
    let all = u32::try_from(SYSLOG_CONNECTIONS_MAX).unwrap_or(u32::MAX);
    if timeout(CLOSING_MAX, room.acquire_many(all)).await.is_err() {
        tracing::warn!("Some connections of syslog did not finish in time");
    }
}

/// What every connection needs.
struct Desk {
    peers: Vec<Network>,
    needs_certificate: bool,
    acceptor: Option<TlsAcceptor>,
    queue: mpsc::Sender<Received>,
    stop: watch::Receiver<bool>,
}

impl Desk {
    async fn attend(
        self: Arc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        _permit: OwnedSemaphorePermit,
    ) {
        let ip = address.ip();
        if !self.peers.iter().any(|network| network.contains(ip)) {
            return self.unread(ip, "peer-refused").await;
        }
        let ended = match &self.acceptor {
            None => self.listen(stream, ip).await,
            Some(acceptor) => match timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await {
                Err(_elapsed) => Ok(Some("tls-too-slow")),
                Ok(Err(_)) => Ok(Some("tls-handshake")),
                Ok(Ok(stream)) => {
                    let shown = stream.get_ref().1.peer_certificates().is_some();
                    if self.needs_certificate && !shown {
                        Ok(Some("certificate-missing"))
                    } else {
                        self.listen(stream, ip).await
                    }
                }
            },
        };
        match ended {
            Ok(None) => {}
            Ok(Some(code)) => self.unread(ip, code).await,
            Err(error) => tracing::debug!(%error, "A connection of syslog broke"),
        }
    }

    /// Takes messages until the sender ends; by which fault of the sender, if it is one.
    async fn listen(
        &self,
        mut stream: impl AsyncRead + Unpin,
        ip: IpAddr,
    ) -> io::Result<Option<&'static str>> {
        let mut frames = Frames::new(SYSLOG_MESSAGE_BYTES_MAX);
        let mut stop = self.stop.clone();
        let mut piece = vec![0; READ_BYTES];
        loop {
            while let Some(framed) = frames.next() {
                let what = match framed {
                    Framed::Message(message) => Arrived::Message(message),
                    Framed::TooLong(head) => Arrived::Unread {
                        fault: Fault::Line(wire::log::Reason::TooLong),
                        head,
                        times: 1,
                    },
                };
                self.send(ip, what).await;
            }
            let patience = if frames.is_inside() {
                MESSAGE_MAX
            } else {
                IDLE_MAX
            };
            let count = tokio::select! {
                biased;
                () = stopped(&mut stop) => 0,
                read = timeout(patience, stream.read(&mut piece)) => match read {
                    Ok(Ok(count)) => count,
                    // What was sent before a connection breaks is kept.
                    Ok(Err(error)) => {
                        self.rest(&mut frames, ip).await;
                        return Err(error);
                    }
                    Err(_elapsed) => {
                        let was_inside = self.rest(&mut frames, ip).await;
                        return Ok(was_inside.then_some("message-too-slow"));
                    }
                },
            };
            if count == 0 {
                self.rest(&mut frames, ip).await;
                return Ok(None);
            }
            frames.push(piece.get(..count).unwrap_or_default());
        }
    }

    /// Senders leave out the last line feed, so the rest is a message too. Whether there was one.
    async fn rest(&self, frames: &mut Frames, ip: IpAddr) -> bool {
        let was_inside = frames.is_inside();
        if let Some(rest) = frames.rest() {
            self.send(ip, Arrived::Message(rest)).await;
        }
        was_inside
    }

    async fn unread(&self, ip: IpAddr, code: &'static str) {
        let what = Arrived::Unread {
            fault: Fault::Sender(code),
            head: Vec::new(),
            times: 1,
        };
        self.send(ip, what).await;
    }

    async fn send(&self, ip: IpAddr, what: Arrived) {
        if self.queue.send(Received { ip, what }).await.is_err() {
            tracing::warn!("Nobody takes the messages of syslog any more");
        }
    }
}

#[cfg(test)]
mod tests;
