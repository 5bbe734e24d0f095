//! Streams of TCP as their receivers got them, from packets that somebody else saw pass.
//!
//! Each direction is followed for itself. Bytes are given in order, once. What a receiver has
//! acknowledged and nobody has seen here is a gap with a length.

mod direction;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{ByFlow, Flow, TcpSegment};
use crate::limits::StreamLimits;
use direction::Direction;

/// What came of a direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery<'a> {
    /// It begins: whatever was made of bytes of the same ports before belongs to another stream.
    Begun {
        /// Whether its very beginning was seen.
        whole: bool,
    },
    /// Bytes that follow those before: of the segment itself, or of one that waited.
    Bytes(Cow<'a, [u8]>),
    /// So many bytes were never seen; what follows may begin in the middle of a message.
    Gap(u64),
    /// It ends, or is broken off.
    Ended,
    /// It is given up, because too many others are followed.
    Evicted,
}

/// What came, and of which direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered<'a> {
    /// The direction.
    pub flow: Flow,
    /// What came of it.
    pub delivery: Delivery<'a>,
}

/// Streams that are followed.
///
/// INVARIANT: at most [`StreamLimits::directions_max`] directions, each with at most
/// [`StreamLimits::waiting_bytes_max`] bytes that wait for those before them.
#[derive(Clone, Debug)]
pub struct Streams {
    directions: ByFlow<Direction>,
    /// Which direction was heard at which turn, or shortly after it ([`is_behind`]).
    heard: BTreeMap<u64, Flow>,
    turn: u64,
    limits: StreamLimits,
    evicted: u64,
}

/// Whether something that was heard at a turn has fallen so far behind in its order that it is put
/// at the end anew: by an eighth of those that there is room for. Whoever speaks on is at most so
/// much older in the order than it is, and is not put anew each time.
pub(crate) fn is_behind(heard: u64, turn: u64, room: usize) -> bool {
    turn.saturating_sub(heard) > u64::try_from(room / 8).unwrap_or(u64::MAX)
}

impl Streams {
    /// Follows nothing yet.
    #[must_use]
    pub const fn new(limits: StreamLimits) -> Self {
        Self {
            directions: ByFlow::new(),
            heard: BTreeMap::new(),
            turn: 0,
            limits,
            evicted: 0,
        }
    }

    /// Directions that were given up, because too many others were followed.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Bytes that wait for those before them, in all directions.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.directions.values().map(Direction::waiting_bytes).sum()
    }

    /// Takes the next segment that was seen; tells what can be told now, in order.
    pub fn push<'a>(&mut self, flow: Flow, segment: &'a TcpSegment<'_>) -> Vec<Delivered<'a>> {
        let mut out = Vec::new();
        // What the other side has got before it spoke comes before what it says.
        let other = flow.reversed();
        if let Some(acknowledged) = segment.acknowledged
            && let Some(direction) = self.directions.get_mut(&other)
        {
            direction.acknowledge(acknowledged, &mut telling(other, &mut out));
        }
        let says_nothing = segment.payload.is_empty() && !segment.syn && !segment.fin;
        if says_nothing && !segment.reset {
            return out;
        }
        if segment.reset {
            // A real receiver takes only the very number that it waits for (RFC 9293, 3.5.3).
            let direction = self.directions.get_mut(&flow);
            if direction.is_some_and(|it| !it.expects(segment.sequence)) {
                return out;
            }
            // A stream that is broken off has no other direction either.
            for flow in [flow, other] {
                if let Some(direction) = self.directions.get_mut(&flow) {
                    direction.end(&mut telling(flow, &mut out));
                }
            }
            return out;
        }
        self.hear(flow, segment, &mut out);
        out
    }

    /// At the end of a capture: what still waits, with the gaps before it.
    pub fn finish(&mut self) -> Vec<Delivered<'static>> {
        self.heard.clear();
        let mut out = Vec::new();
        for (flow, mut direction) in std::mem::take(&mut self.directions).into_sorted() {
            direction.finish(&mut telling(flow, &mut out));
        }
        out
    }

    /// Follows a direction, and gives up one that was silent for long when there are too many.
    fn hear<'a>(&mut self, flow: Flow, segment: &'a TcpSegment<'_>, out: &mut Vec<Delivered<'a>>) {
        self.turn += 1;
        let room = self.limits.directions_max.max(1);
        if let Some(direction) = self.directions.get_mut(&flow) {
            if is_behind(direction.heard, self.turn, room) {
                self.heard.remove(&direction.heard);
                direction.heard = self.turn;
                self.heard.insert(self.turn, flow);
            }
            direction.push(segment, &self.limits, &mut telling(flow, out));
            return;
        }
        if self.directions.len() >= room
            && let Some((_, silent)) = self.heard.pop_first()
        {
            // One that has ended is only kept to know late copies of its bytes again.
            let ended = self
                .directions
                .remove(&silent)
                .is_none_or(|gone| gone.has_ended());
            if !ended {
                self.evicted += 1;
                telling(silent, out)(Delivery::Evicted);
            }
        }
        let mut direction = Direction::new(self.turn);
        direction.push(segment, &self.limits, &mut telling(flow, out));
        self.directions.insert(flow, direction);
        self.heard.insert(self.turn, flow);
    }
}

/// Takes what comes of a direction.
fn telling<'a>(flow: Flow, out: &mut Vec<Delivered<'a>>) -> impl FnMut(Delivery<'a>) {
    move |delivery| out.push(Delivered { flow, delivery })
}
