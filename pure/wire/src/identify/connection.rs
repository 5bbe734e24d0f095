//! Connections that are read: which side asks, which protocol it is, and what waits for more.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::hl7::Segments;
use super::modbus::Exchange;
use super::protocol::{self, Measure, Protocol};
use super::recent::Topic;
use super::teller::Teller;
use super::tls::Handshake;
use super::{Attribute, IdentifyLimits};
use crate::capture::{ByFlow, Delivered, Delivery, Flow, is_behind};

/// Which side speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It asks.
    Client,
    /// It answers.
    Server,
}

/// Who says something to whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spoken {
    pub(super) speaker: SocketAddr,
    pub(super) listener: SocketAddr,
    pub(super) role: Role,
}

/// Whether a side is read further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing more can be learnt from it.
    Enough,
    More,
}

/// What is kept of a connection for the protocols that need both sides, or several messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) modbus: Option<Box<Exchange>>,
    pub(super) handshake: Option<Box<Handshake>>,
}

/// One side of a connection.
#[derive(Clone, Debug, Default)]
struct Side {
    state: State,
    held: Vec<u8>,
    kept: Kept,
    /// How many deliveries began with nothing that is read here.
    strange: u8,
}

/// Deliveries that may be strange before a side is not read any further: a message of which only
/// the end was seen, or a protocol that is not read here.
const STRANGE_MAX: u8 = 64;

#[derive(Clone, Debug, Default)]
enum State {
    /// Bytes are gathered until a protocol is recognised.
    #[default]
    Unknown,
    Known {
        protocol: Protocol,
        /// Bytes of a message that is too long, still to be passed over.
        skip: usize,
    },
    Segments(Box<Segments>),
    /// Not read any further.
    Silent,
}

#[derive(Clone, Debug)]
struct Connection {
    client: Option<SocketAddr>,
    /// The side with the smaller address, and the other.
    sides: [Side; 2],
    /// Of both sides together.
    kept: Kept,
    heard: u64,
}

/// Connections, each under its two ends in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections {
    all: ByFlow<Connection>,
    /// Which connection was heard at which turn, or shortly after it ([`is_behind`]).
    heard: BTreeMap<u64, Flow>,
    turn: u64,
    evicted: u64,
    held_bytes: usize,
}

/// Both directions of a connection as one: from the smaller end to the other.
fn pair(flow: Flow) -> Flow {
    match flow.source <= flow.destination {
        true => flow,
        false => flow.reversed(),
    }
}

impl Connections {
    pub(super) const fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(super) const fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Takes note of who opens a connection.
    pub(super) fn open(&mut self, flow: Flow, client: SocketAddr, limits: &IdentifyLimits) {
        self.hear(pair(flow), limits, |connection| {
            connection.client = Some(client)
        });
    }

    /// Reads what came of one direction.
    pub(super) fn read(&mut self, delivered: &Delivered<'_>, teller: &mut Teller<'_>) {
        let flow = delivered.flow;
        let (before, after) = match &delivered.delivery {
            Delivery::Bytes(bytes) => {
                let limits = teller.limits;
                self.hear(pair(flow), limits, |connection| {
                    let before = connection.held_bytes();
                    connection.push(flow, bytes, teller);
                    (before, connection.held_bytes())
                })
            }
            // The opener is known by its packet, which came before.
            Delivery::Begun { .. } | Delivery::Gap(_) | Delivery::Evicted | Delivery::Ended => {
                let Some(connection) = self.all.get_mut(&pair(flow)) else {
                    return;
                };
                let before = connection.held_bytes();
                connection.begin(flow);
                (before, connection.held_bytes())
            }
        };
        self.held_bytes = (self.held_bytes + after).saturating_sub(before);
        // INVARIANT: what waits in all connections together is bounded: the last one gives way.
        if self.held_bytes > teller.limits.held_bytes_max {
            self.held_bytes = self.held_bytes.saturating_sub(after);
            self.evicted += 1;
            if let Some(connection) = self.all.get_mut(&pair(flow)) {
                connection.give_up();
            }
        }
    }

    /// Does something with the connection of two ends; one that was silent for long gives way to a
    /// new one.
    fn hear<R>(
        &mut self,
        pair: Flow,
        limits: &IdentifyLimits,
        with: impl FnOnce(&mut Connection) -> R,
    ) -> R {
        self.turn += 1;
        let (turn, room) = (self.turn, limits.connections_max.max(1));
        if let Some(connection) = self.all.get_mut(&pair) {
            if is_behind(connection.heard, turn, room) {
                self.heard.remove(&connection.heard);
                self.heard.insert(turn, pair);
                connection.heard = turn;
            }
            return with(connection);
        }
        if self.all.len() >= room {
            self.make_room();
        }
        let mut connection = Connection {
            client: None,
            sides: [Side::default(), Side::default()],
            kept: Kept::default(),
            heard: turn,
        };
        let result = with(&mut connection);
        self.heard.insert(turn, pair);
        self.all.insert(pair, connection);
        result
    }

    fn make_room(&mut self) {
        if let Some((_, silent)) = self.heard.pop_first()
            && let Some(gone) = self.all.remove(&silent)
        {
            self.held_bytes = self.held_bytes.saturating_sub(gone.held_bytes());
            self.evicted += 1;
        }
    }
}

impl Connection {
    fn held_bytes(&self) -> usize {
        self.sides.iter().map(Side::held_bytes).sum()
    }

    /// Forgets what waits, and reads no further.
    fn give_up(&mut self) {
        for side in &mut self.sides {
            *side = Side {
                state: State::Silent,
                ..Side::default()
            };
        }
    }

    /// Forgets what was read of one direction: other bytes follow than were waited for.
    fn begin(&mut self, flow: Flow) {
        let [low, high] = &mut self.sides;
        let side = if flow.source <= flow.destination {
            low
        } else {
            high
        };
        *side = Side::default();
        self.kept.modbus = None;
    }

    fn push(&mut self, flow: Flow, bytes: &[u8], teller: &mut Teller<'_>) {
        let [low, high] = &mut self.sides;
        let side = if flow.source <= flow.destination {
            low
        } else {
            high
        };
        if matches!(side.state, State::Silent) {
            return;
        }
        if let State::Segments(segments) = &mut side.state {
            let spoken = spoken(flow, self.client, Protocol::Hl7);
            return segments.push(bytes, &spoken, teller);
        }
        // As a rule nothing is held, and what comes is whole.
        if side.held.is_empty() {
            let rest = side.read(bytes, (flow, self.client), &mut self.kept, teller);
            side.held.extend_from_slice(rest);
            return;
        }
        let mut held = std::mem::take(&mut side.held);
        held.extend_from_slice(bytes);
        let rest = side.read(&held, (flow, self.client), &mut self.kept, teller);
        let done = held.len() - rest.len();
        if done < held.len() {
            held.drain(..done);
            side.held = held;
        }
    }
}

impl Side {
    fn held_bytes(&self) -> usize {
        let handshake = self.kept.handshake.as_ref();
        self.held.len() + handshake.map_or(0, |it| it.held_bytes())
    }

    /// Reads what is there, message by message; gives what waits for more.
    fn read<'a>(
        &mut self,
        bytes: &'a [u8],
        (flow, client): (Flow, Option<SocketAddr>),
        both: &mut Kept,
        teller: &mut Teller<'_>,
    ) -> &'a [u8] {
        let mut rest = bytes;
        loop {
            match &mut self.state {
                State::Unknown => match protocol::recognise(rest) {
                    protocol::Guess::Is(protocol) => {
                        let spoken = spoken(flow, client, protocol);
                        serves(protocol, &spoken, teller);
                        if protocol == Protocol::Hl7 {
                            let mut segments = Box::<Segments>::default();
                            segments.push(rest, &spoken, teller);
                            self.state = State::Segments(segments);
                            return &[];
                        }
                        self.state = State::Known { protocol, skip: 0 };
                    }
                    protocol::Guess::Later => return rest,
                    protocol::Guess::Never => return self.pass(),
                },
                State::Known { protocol, skip } => {
                    let protocol = *protocol;
                    let (_, after) = rest.split_at(rest.len().min(*skip));
                    *skip -= rest.len() - after.len();
                    rest = after;
                    if *skip > 0 || rest.is_empty() {
                        return rest;
                    }
                    match protocol::measure(protocol, rest) {
                        Measure::Later if rest.len() < teller.limits.message_bytes_max => {
                            return rest;
                        }
                        // INVARIANT: a message that is not read, or longer than is held, is passed
                        // over without being kept.
                        Measure::Skip(length) => *skip = length,
                        Measure::Whole(length) if length > teller.limits.message_bytes_max => {
                            *skip = length;
                        }
                        Measure::Whole(length) => {
                            let Some((message, after)) = rest.split_at_checked(length) else {
                                return rest;
                            };
                            rest = after;
                            let spoken = spoken(flow, client, protocol);
                            let kept = (&mut *both, &mut self.kept);
                            if protocol::read(protocol, message, &spoken, kept, teller)
                                == Next::Enough
                            {
                                self.state = State::Silent;
                                return &[];
                            }
                        }
                        Measure::Later | Measure::Lost => return self.pass(),
                    }
                }
                State::Segments(_) | State::Silent => return &[],
            }
        }
    }
}

impl Side {
    /// Gives up what is there: the next delivery may begin a message again.
    fn pass(&mut self) -> &'static [u8] {
        self.strange = self.strange.saturating_add(1);
        self.state = if self.strange < STRANGE_MAX {
            State::Unknown
        } else {
            State::Silent
        };
        &[]
    }
}

/// Who asks: whoever opened the connection, else whoever does not have the protocol's port, else
/// the side with the greater port.
fn spoken(flow: Flow, client: Option<SocketAddr>, protocol: Protocol) -> Spoken {
    let (source, destination) = (flow.source, flow.destination);
    let port = protocol.port();
    let asks = match client {
        Some(client) => client == source,
        None if (source.port() == port) != (destination.port() == port) => {
            destination.port() == port
        }
        None => source.port() > destination.port(),
    };
    Spoken {
        speaker: source,
        listener: destination,
        role: if asks { Role::Client } else { Role::Server },
    }
}

/// Tells the service once its server has spoken its protocol; a question alone proves nothing.
fn serves(protocol: Protocol, spoken: &Spoken, teller: &mut Teller<'_>) {
    let is_server = spoken.role == Role::Server;
    let topic = Topic::Speaks {
        protocol,
        // A client has another port each time.
        port: is_server.then(|| spoken.speaker.port()),
        speaker: spoken.speaker.ip(),
        listener: spoken.listener.ip(),
    };
    teller.tell_of(topic, |teller| {
        let (ip, peer) = (spoken.speaker.ip(), spoken.listener.ip());
        let (Some(speaker), Some(_)) = (teller.ip(ip), teller.ip(peer)) else {
            return;
        };
        let name = protocol.name();
        if is_server {
            let value = format!("{name}/tcp/{}", spoken.speaker.port());
            teller.tell(&speaker, Attribute::Service, value, protocol.rule());
        }
        let value = format!("{peer} {name}");
        teller.tell(&speaker, Attribute::Peer, value, protocol.rule());
    });
}
