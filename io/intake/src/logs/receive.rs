//! Syslog over the network: UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425).
//!
//! Over TCP a sender waits while messages wait to be taken; over UDP nobody can wait, so what has
//! no room is counted, and the count is told.

mod body;
pub(crate) mod http;
mod messages;
mod token;
mod udp;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::timeout;
use wire::log::{Framed, Frames};

use super::fault::Fault;
use crate::connections::{Arrival, Gate, Tls, accept, stopped};
use crate::limits::{
    IDLE_MAX, MESSAGE_MAX, SYSLOG_CONNECTIONS_MAX, SYSLOG_MESSAGE_BYTES_MAX, SYSLOG_QUEUE_MAX,
};
use crate::peers::Network;
pub use http::HttpListener;
pub use messages::Messages;
pub use token::Token;

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
    Tcp(TcpListener, Option<Tls>),
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
            let desk = Arc::new(Desk {
                gate: Gate::new(peers, tls),
                queue,
                untold: AtomicU64::new(0),
                stop: stop.clone(),
            });
            let most = ("syslog", SYSLOG_CONNECTIONS_MAX);
            accept(listener, most, stop, |arrival| match arrival {
                Arrival::Connected(stream, ip, permit) => {
                    tokio::spawn(Arc::clone(&desk).attend(stream, ip, permit));
                }
                Arrival::TooMany(ip) => desk.tell(ip, "connections-too-many"),
            })
            .await;
        }
    }
}

/// What every connection needs.
struct Desk {
    gate: Gate,
    queue: mpsc::Sender<Received>,
    /// Senders that were turned away and could not be told.
    untold: AtomicU64,
    stop: watch::Receiver<bool>,
}

impl Desk {
    async fn attend(self: Arc<Self>, stream: TcpStream, ip: IpAddr, _permit: OwnedSemaphorePermit) {
        let ended = match self.gate.admit(stream, ip).await {
            Ok(stream) => self.listen(stream, ip).await,
            Err(code) => Ok(Some(code)),
        };
        match ended {
            Ok(None) => {}
            Ok(Some(code)) => self.tell(ip, code),
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

    /// Tells of a sender that does not keep to the terms. Nobody waits for it, so that a flood of
    /// them never keeps messages from being taken: what there is no room for is counted with the
    /// next one.
    fn tell(&self, ip: IpAddr, code: &'static str) {
        let untold = self.untold.swap(0, Ordering::Relaxed);
        let what = Arrived::Unread {
            fault: Fault::Sender(code),
            head: Vec::new(),
            times: untold.saturating_add(1),
        };
        if self.queue.try_send(Received { ip, what }).is_err() {
            self.untold
                .fetch_add(untold.saturating_add(1), Ordering::Relaxed);
        }
    }

    async fn send(&self, ip: IpAddr, what: Arrived) {
        if self.queue.send(Received { ip, what }).await.is_err() {
            tracing::warn!("Nobody takes the messages of syslog any more");
        }
    }
}

#[cfg(test)]
mod tests;
