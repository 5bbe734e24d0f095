//! ADT messages over MLLP: accepted within bounds, read, kept, followed, acknowledged.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::timeout;
use wire::hl7v2::{Acknowledgement, Adt, Code, Unreadable, mllp};

use crate::adt::Reader;
use crate::connections::{Arrival, Gate, Tls, accept, stopped};
use crate::keeper::{Keeper, Report};
use crate::limits::{ANSWER_MAX, CONNECTIONS_MAX, IDLE_MAX, MESSAGE_BYTES_MAX, MESSAGE_MAX};
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
    pub tls: Option<Tls>,
    /// The bound socket.
    pub listener: TcpListener,
}

/// Takes messages until `stop` turns true, then lets those that were begun end.
pub async fn serve(listener: Listener, keeper: Arc<Keeper>, stop: watch::Receiver<bool>) {
    let Listener {
        terms,
        peers,
        tls,
        listener,
    } = listener;
    let desk = Arc::new(Desk {
        terms,
        gate: Gate::new(peers, tls),
        keeper,
        stop: stop.clone(),
    });
    accept(
        listener,
        ("feed", CONNECTIONS_MAX),
        stop,
        |arrival| match arrival {
            Arrival::Connected(stream, ip, permit) => {
                tokio::spawn(Arc::clone(&desk).attend(stream, ip, permit));
            }
            Arrival::TooMany(ip) => desk.unread(ip, "connections-too-many", ""),
        },
    )
    .await;
}

/// What every connection of a feed needs.
struct Desk {
    terms: FeedTerms,
    gate: Gate,
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
    async fn attend(self: Arc<Self>, stream: TcpStream, ip: IpAddr, _permit: OwnedSemaphorePermit) {
        let ended = match self.gate.admit(stream, ip).await {
            Ok(stream) => self.listen(stream, ip).await,
            Err(code) => Ok(Ends::Fault(code)),
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
