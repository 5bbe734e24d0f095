//! A capture through the guard: what would have been let through, and what refused?
//!
//! Nothing is sent. Messages are recognised by their bytes: a stream is of Modbus when it begins with
//! the head of a message, and its client is whoever speaks to port 502 or, on another port, whoever
//! spoke first; one that begins with the request for an association is of DICOM; a datagram is of
//! BACnet when it begins as one.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use event::Timestamp;
use policy::guard::{Denial, Function, Grants, Guard, GuardState, Passage, Protocol, Verdict, Who};
use wire::bacnet::{self as bacnet_wire, Datagram};
use wire::capture::{Content, Decoder, Delivery, Fault, Flow, Frames, Streams};
use wire::limits::StreamLimits;
use wire::modbus::{Framer, Request};

use super::dicom::Association;
use super::{Command, bacnet, modbus};

/// The port of Modbus/TCP.
const MODBUS_PORT: u16 = 502;

/// The port of BACnet/IP.
const BACNET_PORT: u16 = 47_808;

/// How a BACnet/IP datagram begins (annex J.2), as many a report of RTCP does too.
const BACNET_BEGINS: u8 = 0x81;

/// The last function of the link that the standard knows; on the port of BACnet any is looked at.
const BACNET_FUNCTION_MAX: u8 = 12;

/// One request, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The frame that completed it, from 1.
    pub frame: u64,
    /// When, in microseconds since 1970; nothing when the capture does not say.
    pub time_us: Option<u64>,
    /// The language.
    pub protocol: Protocol,
    /// Who sent it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// The unit, of Modbus.
    pub unit: Option<u8>,
    /// The titles of the client and of the application, of DICOM.
    pub titles: Option<(String, String)>,
    /// What was asked, by its standard name; empty when it could not be read.
    pub function: String,
    /// Whether it passes.
    pub is_allowed: bool,
    /// The rule that lets it pass, or the code of why it does not.
    pub reason: String,
    /// The same at length, for people.
    pub detail: String,
}

/// A capture being played to a guard.
#[derive(Debug)]
pub struct Replay<'g> {
    guard: &'g Guard,
    grants: Grants,
    state: GuardState,
    framers: BTreeMap<Flow, Kind>,
    /// The frame that is looked at, and when it came.
    at: (u64, Option<u64>),
    judged: Vec<Judged>,
}

/// What a direction of a stream is.
#[derive(Debug)]
enum Kind {
    /// Requests of Modbus.
    Client(Framer),
    /// What a client of DICOM asks.
    Dicom(Box<Association>),
    /// Anything else.
    Other,
}

impl<'g> Replay<'g> {
    /// A guard that has seen nothing yet.
    #[must_use]
    pub fn new(guard: &'g Guard) -> Self {
        Self {
            guard,
            grants: Grants::new(),
            state: GuardState::default(),
            framers: BTreeMap::new(),
            at: (0, None),
            judged: Vec::new(),
        }
    }

    /// Plays one capture, telling each request as it is judged.
    ///
    /// # Errors
    /// What is no capture, or breaks off. What was told until then stands.
    pub fn play(&mut self, bytes: &[u8], tell: &mut dyn FnMut(&Judged)) -> Result<(), Fault> {
        let mut decoder = Decoder::new();
        let mut streams = Streams::new(StreamLimits::DEFAULT);
        self.framers.clear();
        let mut broken = None;
        for frame in Frames::read(bytes)? {
            let frame = match frame {
                Ok(frame) => frame,
                Err(fault) => {
                    broken = Some(fault);
                    break;
                }
            };
            self.at = (frame.number, frame.time_us);
            match decoder.decode(&frame).content {
                Content::Udp(flow, payload) => self.datagram(flow, &payload),
                Content::Tcp(flow, segment) => {
                    for told in streams.push(flow, &segment) {
                        self.stream(told.flow, told.delivery);
                    }
                }
                _ => {}
            }
            self.judged.drain(..).for_each(|judged| tell(&judged));
        }
        for told in streams.finish() {
            self.stream(told.flow, told.delivery);
        }
        self.judged.drain(..).for_each(|judged| tell(&judged));
        broken.map_or(Ok(()), Err)
    }

    fn stream(&mut self, flow: Flow, delivery: Delivery<'_>) {
        match delivery {
            Delivery::Bytes(bytes) => self.bytes(flow, &bytes),
            // What follows may begin anywhere, or belongs to another stream.
            Delivery::Begun { .. } | Delivery::Ended | Delivery::Evicted | Delivery::Gap(_) => {
                self.framers.remove(&flow);
            }
        }
    }

    fn bytes(&mut self, flow: Flow, bytes: &[u8]) {
        if !self.framers.contains_key(&flow) {
            let kind = match self.is_client(flow, bytes) {
                _ if Association::begins(bytes) => Kind::Dicom(Box::default()),
                true => Kind::Client(Framer::default()),
                false => Kind::Other,
            };
            self.framers.insert(flow, kind);
        }
        if let Some(Kind::Dicom(association)) = self.framers.get_mut(&flow) {
            let (asked, fault) = association.take(bytes);
            asked.iter().for_each(|it| self.judge(flow, it));
            if let Some(fault) = fault {
                let of = (Protocol::Dicom, None);
                self.unreadable(flow, of, String::new(), fault.code());
                self.framers.insert(flow, Kind::Other);
            }
            return;
        }
        let mut rest = bytes;
        loop {
            let Some(Kind::Client(framer)) = self.framers.get_mut(&flow) else {
                return;
            };
            let Some(found) = framer.feed(&mut rest) else {
                return;
            };
            match found {
                Ok(adu) => match Request::parse(&adu.pdu) {
                    Ok(request) => self.judge(flow, &modbus::command(&request, adu.unit)),
                    Err(fault) => {
                        let of = (Protocol::Modbus, Some(adu.unit));
                        self.unreadable(flow, of, String::new(), fault.code());
                    }
                },
                Err(fault) => {
                    self.unreadable(flow, (Protocol::Modbus, None), String::new(), fault.code());
                    // The guard closes the connection: nothing behind it is a message.
                    self.framers.insert(flow, Kind::Other);
                    return;
                }
            }
        }
    }

    /// Whether the direction asks in Modbus.
    fn is_client(&self, flow: Flow, bytes: &[u8]) -> bool {
        if flow.destination.port() == MODBUS_PORT {
            return true;
        }
        // An answer has the same head: whoever spoke first asks.
        flow.source.port() != MODBUS_PORT
            && !self.framers.contains_key(&flow.reversed())
            && is_head(bytes)
    }

    fn datagram(&mut self, flow: Flow, payload: &[u8]) {
        let is_bacnet = match payload {
            [BACNET_BEGINS, function, _, _, ..] => {
                *function <= BACNET_FUNCTION_MAX || flow.destination.port() == BACNET_PORT
            }
            _ => false,
        };
        if !is_bacnet {
            return;
        }
        match Datagram::parse(payload) {
            Ok(datagram) => {
                if let Some(command) = bacnet::command(&datagram) {
                    self.judge(flow, &command);
                }
            }
            Err(fault) => {
                // What it would have asked is told, though a guard believes none of it.
                let seen = bacnet_wire::observe(payload).whole.ok();
                let name = match seen.map(|datagram| bacnet::command(&datagram)) {
                    // A message that only answers passes no order on.
                    Some(None) => return,
                    Some(Some(command)) => command.name,
                    None => String::new(),
                };
                self.unreadable(flow, (Protocol::Bacnet, None), name, fault.code());
            }
        }
    }

    fn judge(&mut self, flow: Flow, command: &Command) {
        let (from, device) = (flow.source.ip(), flow.destination.ip());
        let now = self.at.1.map_or(Timestamp::from_us(0), Timestamp::from_us);
        let writes = command.borrowed_writes();
        let (mut passage, mut nearest): (Option<Passage>, Option<Denial>) = (None, None);
        let mut associated = false;
        let conduits = self.guard.conduits();
        for conduit in conduits.filter(|it| self.guard.protocol(it) == Some(command.protocol)) {
            let asked = command.asked(conduit, (from, device), Who::Unknown, &writes);
            if command.function == Function::ASSOCIATE {
                match self.guard.associate(&asked) {
                    Ok(()) => {
                        associated = true;
                        break;
                    }
                    Err(denial) => nearest = later(nearest, denial),
                }
                continue;
            }
            let verdict = self.guard.judge(&mut self.state, &self.grants, &asked, now);
            let denial = match verdict {
                Verdict::Allowed(it) => {
                    passage = Some(it);
                    break;
                }
                Verdict::Denied(denial) => denial,
                // A capture cannot be asked: whoever stands inline reads first.
                Verdict::ReadFirst(_) => self.guard.deny_unread(&asked),
            };
            nearest = later(nearest, denial);
        }
        let (reason, detail) = match (&passage, &nearest) {
            (Some(passage), _) => (passage.rule().to_owned(), String::new()),
            _ if associated => ("associated".to_owned(), String::new()),
            (None, Some(denial)) => (denial.code().code().to_owned(), denial.to_string()),
            (None, None) => ("conduit-missing".to_owned(), String::new()),
        };
        self.judged.push(Judged {
            frame: self.at.0,
            time_us: self.at.1,
            protocol: command.protocol,
            from: flow.source,
            to: flow.destination,
            unit: match command.station {
                policy::guard::Station::Unit(unit) => Some(unit),
                policy::guard::Station::Device { .. } | policy::guard::Station::Entity => None,
            },
            titles: command
                .dimse
                .as_ref()
                .map(|it| (it.calling.clone(), it.called.clone())),
            function: command.name.clone(),
            is_allowed: passage.is_some() || associated,
            reason,
            detail,
        });
    }

    fn unreadable(
        &mut self,
        flow: Flow,
        (protocol, unit): (Protocol, Option<u8>),
        function: String,
        code: &str,
    ) {
        self.judged.push(Judged {
            frame: self.at.0,
            time_us: self.at.1,
            protocol,
            from: flow.source,
            to: flow.destination,
            unit,
            titles: None,
            function,
            is_allowed: false,
            reason: code.to_owned(),
            detail: String::new(),
        });
    }
}

/// Codes are in the order of the questions: the later one came nearer.
fn later(nearest: Option<Denial>, denial: Denial) -> Option<Denial> {
    match nearest {
        Some(nearest) if nearest.code() >= denial.code() => Some(nearest),
        _ => Some(denial),
    }
}

/// Whether bytes begin like a message of Modbus/TCP: protocol 0, and a length that can be.
fn is_head(bytes: &[u8]) -> bool {
    let head = bytes.first_chunk::<6>();
    head.is_some_and(|[_, _, high, low, long, short]| {
        let length = u16::from_be_bytes([*long, *short]);
        (*high, *low) == (0, 0) && (2..=254).contains(&length)
    })
}
