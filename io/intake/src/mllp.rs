//! ADT messages over MLLP: accepted within bounds, read, kept, followed, acknowledged.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use wire::hl7v2::{Acknowledgement, Adt, Code, Unreadable, mllp};

use crate::adt::Reader;
use crate::keeper::{Keeper, Report};
use crate::limits::{
    ANSWER_MAX, CLOSING_MAX, CONNECTIONS_MAX, CROWDED_PAUSE, HANDSHAKE_MAX, IDLE_MAX,
    MESSAGE_BYTES_MAX, MESSAGE_MAX,
};
use crate::peers::Network;
use crate::terms::FeedTerms;

/// How many bytes are read at once.
const READ_BYTES: usize = 8 * 1024;

/// Where one feed comes in.
#[derive(Debug)]
pub struct Listener {
    /// What is agreed with its sender.
    pub terms: FeedTerms,
    /// From where it may come.
    pub peers: Vec<Network>,
    /// TLS, when it is not in clear; whether the sender must show a certificate.
    pub tls: Option<(Arc<rustls::ServerConfig>, bool)>,
    /// The bound socket.
    pub listener: TcpListener,
}

/// Takes messages until `stop` turns true, then lets those that were begun end.
pub async fn serve(listener: Listener, keeper: Arc<Keeper>, mut stop: watch::Receiver<bool>) {
    let Listener {
        terms,
        peers,
        tls,
        listener,
    } = listener;
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let desk = Arc::new(Desk {
        terms,
        peers,
        needs_certificate: tls.as_ref().is_some_and(|(_, needed)| *needed),
        acceptor: tls.map(|(config, _)| TlsAcceptor::from(config)),
        keeper,
        stop: stop.clone(),
    });
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
                Err(_) => desk.unread(address.ip(), "connections-too-many", ""),
            },
            Err(error) => {
                tracing::warn!(%error, "A connection of a feed could not be accepted");
                tokio::time::sleep(CROWDED_PAUSE).await;
            }
        }
    }
    drop(listener);
    let all = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
    if timeout(CLOSING_MAX, room.acquire_many(all)).await.is_err() {
        tracing::warn!("Some connections of a feed did not finish in time");
    }
}

/// Waits until a stop is asked for; a sender that is gone asks for it as well.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    while !*stop.borrow_and_update() && stop.changed().await.is_ok() {}
}

/// What every connection of a feed needs.
struct Desk {
    terms: FeedTerms,
    peers: Vec<Network>,
    needs_certificate: bool,
    acceptor: Option<TlsAcceptor>,
    keeper: Arc<Keeper>,
    stop: watch::Receiver<bool>,
}

/// Why a connection ends.
enum Ends {
    /// The other side went, or the house closes.
    Quietly,
    /// By this fault of the sender.
    Fault(&'static str),
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
            return self.unread(ip, "peer-refused", "");
        }
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection keeps its delay");
        }
        let ended = match &self.acceptor {
            None => self.listen(stream, ip).await,
            Some(acceptor) => match timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await {
                Err(_elapsed) => Ok(Ends::Fault("tls-too-slow")),
                Ok(Err(_)) => Ok(Ends::Fault("tls-handshake")),
                Ok(Ok(stream)) => {
                    let shown = stream.get_ref().1.peer_certificates().is_some();
                    if self.needs_certificate && !shown {
                        Ok(Ends::Fault("certificate-missing"))
                    } else {
                        self.listen(stream, ip).await
                    }
                }
            },
        };
        match ended {
            Ok(Ends::Quietly) => {}
            Ok(Ends::Fault(reason)) => self.unread(ip, reason, ""),
            Err(error) => tracing::debug!(%error, "A connection of a feed broke"),
        }
    }

    async fn listen(
        &self,
        mut stream: impl AsyncRead + AsyncWrite + Unpin,
        ip: IpAddr,
    ) -> io::Result<Ends> {
        let mut decoder = mllp::Decoder::new(MESSAGE_BYTES_MAX);
        let mut stop = self.stop.clone();
        let mut piece = vec![0; READ_BYTES];
        loop {
            while let Some(framed) = decoder.next() {
                match framed {
                    mllp::Framed::Message(message) => {
                        let Some(answer) = self.take(&message, ip).await else {
                            // Nothing can be answered, and the sender would wait for ever.
                            return Ok(Ends::Quietly);
                        };
                        let answer = mllp::encode(&answer);
                        match timeout(ANSWER_MAX, write(&mut stream, &answer)).await {
                            Ok(sent) => sent?,
                            Err(_elapsed) => return Ok(Ends::Fault("answer-too-slow")),
                        }
                    }
                    mllp::Framed::Stray(_) => self.unread(ip, "frame-stray", ""),
                    mllp::Framed::TooLong => return Ok(Ends::Fault("message-too-long")),
                }
            }
            let patience = if decoder.is_inside() {
                MESSAGE_MAX
            } else {
                IDLE_MAX
            };
            let read = timeout(patience, stream.read(&mut piece));
            let count = tokio::select! {
                biased;
                () = stopped(&mut stop) => return Ok(Ends::Quietly),
                read = read => match read {
                    Ok(count) => count?,
                    Err(_) if decoder.is_inside() => return Ok(Ends::Fault("message-too-slow")),
                    Err(_) => return Ok(Ends::Quietly),
                },
            };
            if count == 0 {
                let cut = decoder.is_inside();
                let ends = if cut {
                    Ends::Fault("message-truncated")
                } else {
                    Ends::Quietly
                };
                return Ok(ends);
            }
            decoder.push(piece.get(..count).unwrap_or_default());
        }
    }

    /// Takes one message, and gives the acknowledgement; nothing for one that has no header.
    async fn take(&self, message: &[u8], ip: IpAddr) -> Option<Vec<u8>> {
        let (code, why) = match Adt::parse(message) {
            Err(unreadable) => {
                let (reason, field) = reason_of(unreadable);
                self.unread(ip, reason, field);
                (code_of(unreadable), reason)
            }
            Ok(adt) => self.understand(&adt, ip).await,
        };
        let now = self.keeper.now();
        let answer = Acknowledgement {
            code,
            why,
            control_id: &format!("H{}", now.as_us()),
            time: &time_of(&now.to_string()),
        };
        answer.to(message).ok()
    }

    async fn understand(&self, adt: &Adt, ip: IpAddr) -> (Code, &'static str) {
        let reader = Reader {
            terms: &self.terms,
            sealer: self.keeper.sealer(),
            now: self.keeper.now(),
        };
        let changes = match reader.read(adt) {
            Ok(changes) => changes,
            Err(not_taken) => {
                self.unread(ip, not_taken.code(), "");
                return (Code::Reject, not_taken.code());
            }
        };
        let report = Report {
            feed: self.terms.name.clone(),
            message: adt.control_id.clone(),
            message_type: adt.event.clone(),
            changes,
        };
        match self.keeper.take(report).await {
            Ok(_effects) => (Code::Accept, ""),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "A message is not kept"
                );
                (Code::Error, "not-kept")
            }
        }
    }

    fn unread(&self, ip: IpAddr, reason: &str, field: &str) {
        self.keeper
            .unread(&self.terms.name, Some(ip), (reason, field));
    }
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

/// What is of another kind will never be taken; what is broken may come again, whole.
fn code_of(unreadable: Unreadable) -> Code {
    match unreadable {
        Unreadable::Type | Unreadable::Charset => Code::Reject,
        Unreadable::Header
        | Unreadable::ControlId
        | Unreadable::Segments
        | Unreadable::Missing
        | Unreadable::Field(_) => Code::Error,
    }
}

fn reason_of(unreadable: Unreadable) -> (&'static str, &'static str) {
    match unreadable {
        Unreadable::Header => ("message-without-header", ""),
        Unreadable::ControlId => ("control-id-missing", ""),
        Unreadable::Type => ("message-type", ""),
        Unreadable::Charset => ("character-set", ""),
        Unreadable::Segments => ("segments-too-many", ""),
        Unreadable::Missing => ("segment-missing", ""),
        Unreadable::Field(field) => ("field-unreadable", field),
    }
}

/// `2026-03-02T10:20:30.123456Z` as `20260302102030+0000`.
fn time_of(written: &str) -> String {
    let digits = written.bytes().filter(u8::is_ascii_digit).take(14);
    let mut time: String = digits.map(char::from).collect();
    time.push_str("+0000");
    time
}
