//! Plays a scenario against the demonstration: messages on its feed, requests at its door.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use event::Timestamp;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jiff::tz::TimeZone;
use locale::{Language, key};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use wire::modbus::{Fault, Framer, Request, Response};

use super::super::{Words, print::say};
use crate::clock;
use crate::demo::Issuer;
use crate::demo::scenario::{Act, Scenario, Step, Told};

/// How long the door or the feed may take to answer one step.
const STEP_MAX: Duration = Duration::from_secs(30);

/// The longest acknowledgement that is read.
const ACKNOWLEDGEMENT_BYTES_MAX: u64 = 64 * 1024;

/// The number by which the controller of the theatre's air answers.
const UNIT: u8 = 1;

/// Where a scenario is played, and for whom it is told.
pub(super) struct Stage {
    pub(super) scenario: Scenario,
    pub(super) issuer: Arc<Issuer>,
    pub(super) door: SocketAddr,
    pub(super) feed: SocketAddr,
    pub(super) air: SocketAddr,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) json: bool,
}

/// What came of a step.
struct Came {
    what: String,
    as_expected: bool,
}

impl Stage {
    /// Plays every step, tells each, and counts those that came as they should.
    pub(super) async fn play(self, words: &Words) {
        if !self.json {
            say("");
            say(self.in_language(words, &self.scenario.title));
        }
        // What answers gave for later steps.
        let mut kept = BTreeMap::new();
        let mut as_expected = 0_usize;
        for (number, step) in (1..).zip(&self.scenario.steps) {
            let came = match tokio::time::timeout(STEP_MAX, self.act(number, step, &mut kept)).await
            {
                Ok(Ok(came)) => came,
                Ok(Err(error)) => Came {
                    what: format!("{error:#}"),
                    as_expected: false,
                },
                Err(_elapsed) => Came {
                    what: "-".to_owned(),
                    as_expected: false,
                },
            };
            as_expected = as_expected.saturating_add(usize::from(came.as_expected));
            self.tell(number, step, &came, words);
        }
        let steps = self.scenario.steps.len();
        if self.json {
            say(&json!({ "played": steps, "as_expected": as_expected }).to_string());
            return;
        }
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let done = [
            ("good", count(as_expected).into()),
            ("all", count(steps).into()),
        ];
        say(&words.text(key::DEMO_PLAYED, &done));
    }

    fn tell(&self, number: usize, step: &Step, came: &Came, words: &Words) {
        if self.json {
            let line = json!({
                "step": number, "at": step.at, "text": step.words.en,
                "came": came.what, "as_expected": came.as_expected,
            });
            return say(&line.to_string());
        }
        let mark = if came.as_expected { "ok " } else { "NOT" };
        let text = self.in_language(words, &step.words);
        say(&format!("  {}  {mark} {:<4} {text}", step.at, came.what));
    }

    fn in_language<'w>(&self, words: &Words, text: &'w crate::demo::scenario::Words) -> &'w str {
        match words.language {
            Language::Fr => &text.fr,
            Language::En => &text.en,
        }
    }

    async fn act(
        &self,
        number: usize,
        step: &Step,
        kept: &mut BTreeMap<String, String>,
    ) -> Result<Came> {
        match &step.act {
            Act::Tell(told) => self.on_feed(number, told).await,
            Act::Command {
                from,
                request,
                came,
            } => {
                let what = self.at_controller(*from, request).await?;
                let as_expected = what == *came;
                Ok(Came { what, as_expected })
            }
            Act::Ask {
                status,
                reason,
                keep,
                ..
            } => {
                let (came, answer) = self.at_door(&step.act, kept).await?;
                let given = reason_of(&answer);
                let same_reason = reason.is_none() || given == *reason;
                if let Some(name) = keep {
                    let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
                    let text = answer.get(name).and_then(Value::as_str);
                    let text = text.with_context(|| format!("the answer has no `{name}`"))?;
                    kept.insert(name.clone(), text.to_owned());
                }
                Ok(Came {
                    what: came.to_string(),
                    as_expected: came == *status && same_reason,
                })
            }
        }
    }

    /// Tells a message on the feed and waits for its acknowledgement (MLLP).
    async fn on_feed(&self, number: usize, told: &Told) -> Result<Came> {
        let message = told.message(number, &hl7_time(clock::now())?);
        let mut stream = TcpStream::connect(self.feed).await.context("the feed")?;
        stream.write_all(b"\x0b").await?;
        stream.write_all(message.as_bytes()).await?;
        stream.write_all(b"\x1c\r").await?;
        let mut answer = Vec::new();
        let mut limited = stream.take(ACKNOWLEDGEMENT_BYTES_MAX);
        while !answer.ends_with(b"\x1c\r") {
            if limited.read_buf(&mut answer).await? == 0 {
                break;
            }
        }
        let answer = String::from_utf8_lossy(&answer);
        let code = answer
            .split('\r')
            .find_map(|segment| segment.strip_prefix("MSA|"))
            .and_then(|rest| rest.split('|').next())
            .unwrap_or("-");
        Ok(Came {
            what: code.to_owned(),
            as_expected: code == "AA",
        })
    }

    /// Asks the door as a person, in a session of their own; status and body.
    async fn at_door(&self, act: &Act, kept: &BTreeMap<String, String>) -> Result<(u16, Bytes)> {
        let Act::Ask {
            person,
            method,
            target,
            from,
            body,
            ..
        } = act
        else {
            bail!("nobody asks");
        };
        let target = filled(target, kept);
        let body = filled(body.as_deref().unwrap_or_default(), kept);
        // One session for each person, so that an opening stays open from step to step.
        let session = event::SessionId::new(&format!("scenario-{person}"))?;
        let token = self.issuer.mint(person, &session, clock::now())?;
        let stream = connect(*from, self.door).await.context("the door")?;
        let name = ServerName::try_from("localhost").context("the name of the door")?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(name, stream).await.context("TLS")?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let driven = tokio::spawn(connection);
        let media_type = if target.starts_with("/fhir") {
            "application/fhir+json"
        } else {
            "application/json"
        };
        let request = hyper::Request::builder()
            .method(*method)
            .uri(target)
            .header("host", "localhost")
            .header("accept", "application/fhir+json")
            .header("content-type", media_type)
            .header("authorization", format!("Bearer {token}"))
            .body(Full::new(Bytes::from(body)))?;
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await?.to_bytes();
        driven.abort();
        Ok((status, bytes))
    }

    /// Sends one message towards the controller of the theatre's air; what came of it.
    async fn at_controller(&self, from: IpAddr, request: &Request) -> Result<String> {
        let asked = request.to_bytes(1, UNIT).context("the message")?;
        let mut stream = connect(Some(from), self.air).await.context("the guard")?;
        stream.write_all(&asked).await?;
        let mut framer = Framer::new();
        let mut bytes = [0; wire::modbus::ADU_BYTES_MAX];
        loop {
            let read = stream.read(&mut bytes).await?;
            let mut rest = bytes.get(..read).unwrap_or_default();
            if rest.is_empty() {
                return Ok("closed".to_owned());
            }
            if let Some(adu) = framer.feed(&mut rest) {
                let unread = |fault: Fault| anyhow!("the answer: {}", fault.code());
                let adu = adu.map_err(unread)?;
                let response = Response::parse(request, &adu.pdu).map_err(unread)?;
                return Ok(match response {
                    Response::Done => "done".to_owned(),
                    Response::Exception(exception) => format!("exception {}", exception.number()),
                    Response::Registers(values) => {
                        let values = values.iter().map(u16::to_string);
                        values.collect::<Vec<_>>().join(" ")
                    }
                    _ => "something else".to_owned(),
                });
            }
        }
    }
}

/// A connection from an address of this machine.
async fn connect(from: Option<IpAddr>, to: SocketAddr) -> std::io::Result<TcpStream> {
    let Some(from) = from else {
        return TcpStream::connect(to).await;
    };
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    socket.connect(to).await
}

/// The text with what answers gave in place of its name in braces.
fn filled(text: &str, kept: &BTreeMap<String, String>) -> String {
    kept.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

/// The reason in an `OperationOutcome` of the door.
fn reason_of(answer: &[u8]) -> Option<String> {
    let outcome: Value = serde_json::from_slice(answer).ok()?;
    let code = outcome.pointer("/issue/0/details/coding/0/code")?;
    code.as_str().map(str::to_owned)
}

/// An instant as HL7 v2 writes it (chapter 2A, `DTM`), to a tenth of a millisecond.
fn hl7_time(at: Timestamp) -> Result<String> {
    let us = i64::try_from(at.as_us()).context("the clock")?;
    let instant = jiff::Timestamp::from_microsecond(us).context("the clock")?;
    let zoned = instant.to_zoned_datetime(TimeZone::UTC);
    let fraction = us.rem_euclid(1_000_000) / 100;
    Ok(format!(
        "{}.{fraction:04}+0000",
        zoned.strftime("%Y%m%d%H%M%S")
    ))
}
