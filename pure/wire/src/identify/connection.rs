//! Connections that are read: which side asks, which protocol it is, and what waits for more.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::hl7::Segments;
use super::modbus::Exchange;
use super::protocol::{self, Measure, Protocol};
use super::teller::Teller;
use super::tls::Handshake;
use super::{Attribute, IdentifyLimits};
use crate::capture::is_behind;
use crate::capture::{Delivered, Delivery, Flow};

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

impl Spoken {
    /// The side that answers.
    pub(super) const fn server(&self) -> SocketAddr {
        match self.role {
            Role::Client => self.listener,
            Role::Server => self.speaker,
        }
    }
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

type Pair = (SocketAddr, SocketAddr);

/// Connections, each under its two ends in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections {
    all: BTreeMap<Pair, Connection>,
    /// Which connection was heard at which turn, or shortly after it ([`is_behind`]).
    heard: BTreeMap<u64, Pair>,
    turn: u64,
    evicted: u64,
    held_bytes: usize,
}

fn pair(flow: Flow) -> Pair {
    (
        flow.source.min(flow.destination),
        flow.source.max(flow.destination),
    )
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
        self.hear(pair(flow), limits).client = Some(client);
    }

    /// Reads what came of one direction.
    pub(super) fn read(&mut self, delivered: &Delivered, teller: &mut Teller<'_>) {
        let flow = delivered.flow;
        let (before, after) = match &delivered.delivery {
            Delivery::Bytes(bytes) => {
                let connection = self.hear(pair(flow), teller.limits);
                let before = connection.held_bytes();
                connection.push(flow, bytes, teller);
                (before, connection.held_bytes())
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

    /// The connection of two ends; one that was silent for long gives way to a new one.
    fn hear(&mut self, pair: Pair, limits: &IdentifyLimits) -> &mut Connection {
        self.turn += 1;
        let (turn, room) = (self.turn, limits.connections_max.max(1));
        match self.all.get_mut(&pair) {
            Some(known) => {
                if is_behind(known.heard, turn, room) {
                    self.heard.remove(&known.heard);
                    self.heard.insert(turn, pair);
                    known.heard = turn;
                }
            }
            None => {
                if self.all.len() >= room
                    && let Some((_, silent)) = self.heard.pop_first()
                    && let Some(gone) = self.all.remove(&silent)
                {
                    self.held_bytes = self.held_bytes.saturating_sub(gone.held_bytes());
                    self.evicted += 1;
                }
                self.heard.insert(turn, pair);
            }
        }
        self.all.entry(pair).or_insert_with(|| Connection {
            client: None,
            sides: [Side::default(), Side::default()],
            kept: Kept::default(),
            heard: turn,
        })
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
        side.held.extend_from_slice(bytes);
        side.read(flow, self.client, &mut self.kept, teller);
    }
}

impl Side {
    fn held_bytes(&self) -> usize {
        let handshake = self.kept.handshake.as_ref();
        self.held.len() + handshake.map_or(0, |it| it.held_bytes())
    }

    /// Reads what is held, message by message.
    fn read(
        &mut self,
        flow: Flow,
        client: Option<SocketAddr>,
        both: &mut Kept,
        teller: &mut Teller<'_>,
    ) {
        let mut held = std::mem::take(&mut self.held);
        let mut rest = held.as_slice();
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
                            return;
                        }
                        self.state = State::Known { protocol, skip: 0 };
                    }
                    protocol::Guess::Later => break,
                    protocol::Guess::Never => return self.pass(),
                },
                State::Known { protocol, skip } => {
                    let protocol = *protocol;
                    let (_, after) = rest.split_at(rest.len().min(*skip));
                    *skip -= rest.len() - after.len();
                    rest = after;
                    if *skip > 0 || rest.is_empty() {
                        break;
                    }
                    match protocol::measure(protocol, rest) {
                        Measure::Later if rest.len() < teller.limits.message_bytes_max => break,
                        // INVARIANT: a message that is not read, or longer than is held, is passed
                        // over without being kept.
                        Measure::Skip(length) => *skip = length,
                        Measure::Whole(length) if length > teller.limits.message_bytes_max => {
                            *skip = length;
                        }
                        Measure::Whole(length) => {
                            let Some((message, after)) = rest.split_at_checked(length) else {
                                break;
                            };
                            rest = after;
                            let spoken = spoken(flow, client, protocol);
                            let kept = (&mut *both, &mut self.kept);
                            if protocol::read(protocol, message, &spoken, kept, teller)
                                == Next::Enough
                            {
                                self.state = State::Silent;
                                return;
                            }
                        }
                        Measure::Later | Measure::Lost => return self.pass(),
                    }
                }
                State::Segments(_) | State::Silent => return,
            }
        }
        let done = held.len() - rest.len();
        held.drain(..done);
        self.held = held;
    }
}

impl Side {
    /// Gives up what is held: the next delivery may begin a message again.
    fn pass(&mut self) {
        self.strange = self.strange.saturating_add(1);
        self.state = if self.strange < STRANGE_MAX {
            State::Unknown
        } else {
            State::Silent
        };
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
    let (Some(server), Some(client)) = (
        teller.ip(spoken.server().ip()),
        teller.ip(match spoken.role {
            Role::Client => spoken.speaker.ip(),
            Role::Server => spoken.listener.ip(),
        }),
    ) else {
        return;
    };
    let name = protocol.name();
    if spoken.role == Role::Server {
        let value = format!("{name}/tcp/{}", spoken.speaker.port());
        teller.tell(&server, Attribute::Service, value, protocol.rule());
        let value = format!("{} {name}", spoken.listener.ip());
        teller.tell(&server, Attribute::Peer, value, protocol.rule());
    } else {
        let value = format!("{} {name}", spoken.listener.ip());
        teller.tell(&client, Attribute::Peer, value, protocol.rule());
    }
}
