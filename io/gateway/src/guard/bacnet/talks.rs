//! What a client has asked, and so what may come back to it.
//!
//! INVARIANT: nothing of a device reaches a client that it did not ask for: an answer finds its
//! request by invoke id, service and both ends; a broadcast or a notice finds the search, the
//! subscription or the registration that called for it, while it lasts.

use std::collections::BTreeMap;
use std::time::Duration;

use event::Timestamp;
use policy::guard::Lifetime;
use tokio::time::Instant;
use wire::bacnet::{
    Access, Ack, Apdu, Body, Datagram, Far, NetworkMessage, Npdu, Request, SegmentedKind,
    Unconfirmed,
};

use crate::guard::GuardLimits;
use crate::guard::flight::Flight;

/// One exchange: its invoke id, and who is meant behind routers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Talk {
    pub(super) invoke: u8,
    /// Whoever asks, behind a router.
    pub(super) asker: Option<Far>,
    /// Whoever answers, behind a router.
    pub(super) answerer: Option<Far>,
}

/// A request that waits for its answer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) request: Request,
    /// When it was sent.
    pub(super) asked: Timestamp,
    /// What it writes; in doubt when this is let go before its end. Nothing when the guard itself
    /// has asked.
    pub(super) flight: Option<Flight>,
    /// Until when an answer is waited for.
    due: Instant,
    /// Whether its answer has begun to come in segments.
    is_segmented: bool,
}

#[derive(Debug)]
pub(super) struct Talks {
    waiting: BTreeMap<Talk, Waiting>,
    /// Notices of the device that wait for the client's acknowledgement, and until when.
    notices: BTreeMap<Talk, Instant>,
    /// Orders to a broadcast manager, by function, and until when they are waited for.
    orders: BTreeMap<u8, Instant>,
    searching: Option<Instant>,
    asking_routers: Option<Instant>,
    subscribed: Option<Instant>,
    registered: Option<Instant>,
    limits: GuardLimits,
}

/// What an answer is to the request that it found.
#[derive(Debug)]
pub(super) enum Found {
    /// It ends the request: done, with what was read; or refused.
    Ends { waiting: Waiting, is_done: bool },
    /// More of it follows, or it was called for by something that lasts.
    GoesOn,
}

impl Waiting {
    /// Whether the guard itself has asked, so that the answer is for nobody else.
    pub(super) const fn is_own(&self) -> bool {
        self.flight.is_none()
    }
}

/// Nobody has asked for it; the stable code says what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unasked(pub(super) &'static str);

const UNASKED: Unasked = Unasked("bacnet-unasked");

impl Talks {
    pub(super) fn new(limits: GuardLimits) -> Self {
        Self {
            waiting: BTreeMap::new(),
            notices: BTreeMap::new(),
            orders: BTreeMap::new(),
            searching: None,
            asking_routers: None,
            subscribed: None,
            registered: None,
            limits,
        }
    }

    /// Takes note of what is about to be sent to the device.
    ///
    /// The same request again is a retry. Another one under an id that still waits is refused: its
    /// answer could not be told from the first one's.
    pub(super) fn expect(
        &mut self,
        datagram: &Datagram,
        (asked, flight): (Timestamp, Option<Flight>),
        lifetime: Option<Lifetime>,
        now: Instant,
    ) -> Result<(), &'static str> {
        self.expect_of_link(datagram, now);
        let Some(npdu) = datagram.npdu() else {
            return Ok(());
        };
        match &npdu.body {
            Body::Network(_) => self.asking_routers = Some(now + self.limits.search_max),
            Body::Apdu(Apdu::Unconfirmed(
                Unconfirmed::WhoIs { .. } | Unconfirmed::WhoHas { .. },
            )) => self.searching = Some(now + self.limits.search_max),
            Body::Apdu(Apdu::Confirmed {
                invoke, request, ..
            }) => {
                let talk = asked_by(npdu, *invoke);
                if self
                    .waiting
                    .get(&talk)
                    .is_some_and(|it| it.request != *request)
                {
                    return Err("bacnet-invoke-reused");
                }
                if self.waiting.len() >= self.limits.invoked_max {
                    return Err("bacnet-too-many-invoked");
                }
                if let Some(Lifetime::Seconds(seconds)) = lifetime {
                    let until = now + Duration::from_secs(seconds.into());
                    self.subscribed = self.subscribed.max(Some(until));
                }
                let waiting = Waiting {
                    request: request.clone(),
                    asked,
                    flight,
                    due: now + self.limits.answer_max,
                    is_segmented: false,
                };
                self.waiting.insert(talk, waiting);
            }
            Body::Apdu(_) => {}
        }
        Ok(())
    }

    fn expect_of_link(&mut self, datagram: &Datagram, now: Instant) {
        let function = match datagram {
            Datagram::WritePeers(_) => 1,
            Datagram::ReadPeers => 2,
            Datagram::RegisterForeign { seconds } => {
                // A manager keeps a line for thirty seconds more (annex J.5.2.3).
                let until = now + Duration::from_secs(u64::from(*seconds) + 30);
                self.registered = Some(until);
                5
            }
            Datagram::ReadForeign => 6,
            Datagram::DeleteForeign(_) => 8,
            Datagram::Distribute(_) => 9,
            _ => return,
        };
        self.orders.insert(function, now + self.limits.answer_max);
    }

    /// An invoke id of our own to a device, which no request bears that waits.
    pub(super) fn free(&self, answerer: Option<&Far>) -> Option<Talk> {
        let talks = (0..=u8::MAX).rev().map(|invoke| Talk {
            invoke,
            asker: None,
            answerer: answerer.cloned(),
        });
        let mut talks = talks;
        talks.find(|talk| !self.waits(talk))
    }

    /// Whether a request waits for its answer.
    pub(super) fn waits(&self, talk: &Talk) -> bool {
        self.waiting.contains_key(talk)
    }

    /// Finds what a message of the device answers.
    pub(super) fn answered(&mut self, datagram: &Datagram, now: Instant) -> Result<Found, Unasked> {
        let lasts = |until: Option<Instant>| until.is_some_and(|until| now < until);
        let is_registered = lasts(self.registered);
        let (npdu, is_unicast) = match datagram {
            Datagram::Result(code) => return self.ordered(ordered_by(*code), now),
            Datagram::Peers(_) => return self.ordered(&[2], now),
            Datagram::Foreign(_) => return self.ordered(&[6], now),
            Datagram::Unicast(npdu) => (npdu, true),
            Datagram::Broadcast(npdu) | Datagram::Forwarded { npdu, .. } => (npdu, false),
            _ => return Err(UNASKED),
        };
        let apdu = match &npdu.body {
            Body::Apdu(apdu) => apdu,
            Body::Network(message) => return self.routed(message, now),
        };
        let is_called_for = match apdu {
            Apdu::Unconfirmed(Unconfirmed::IAm { .. } | Unconfirmed::IHave { .. }) => {
                lasts(self.searching) || is_registered
            }
            // Notices of changes, single and several.
            Apdu::Unconfirmed(Unconfirmed::Other {
                service: 2 | 11, ..
            }) => lasts(self.subscribed) || is_registered,
            // What a manager passes on to whoever has registered, when it changes nothing there.
            Apdu::Unconfirmed(told) => {
                is_registered && matches!(told.access(), Access::Read | Access::Identify)
            }
            Apdu::Confirmed {
                invoke, request, ..
            } if is_unicast => {
                let is_notice = matches!(request.service(), 1 | 31) && lasts(self.subscribed);
                let has_room = self.notices.len() < self.limits.invoked_max;
                if is_notice && has_room {
                    let due = now + self.limits.answer_max;
                    self.notices.insert(asked_by(npdu, *invoke), due);
                }
                is_notice && has_room
            }
            _ if is_unicast => return self.ended(npdu, apdu, now),
            _ => false,
        };
        match is_called_for {
            true => Ok(Found::GoesOn),
            false => Err(UNASKED),
        }
    }

    /// Whether what the client sends belongs to an exchange that goes on: it acknowledges segments
    /// or a notice, or ends what it asked.
    pub(super) fn goes_on(&mut self, datagram: &Datagram, now: Instant) -> Result<(), Unasked> {
        let (Datagram::Unicast(npdu), Some(apdu)) = (datagram, datagram.apdu()) else {
            return Err(UNASKED);
        };
        let is_of_exchange = match apdu {
            Apdu::SegmentAck {
                server: false,
                invoke,
                ..
            } => {
                let due = now + self.limits.answer_max;
                let waiting = self.waiting.get_mut(&asked_by(npdu, *invoke));
                let segmented = waiting.filter(|waiting| waiting.is_segmented);
                segmented.map(|waiting| waiting.due = due).is_some()
            }
            Apdu::Abort {
                server: false,
                invoke,
                ..
            } => self.waiting.contains_key(&asked_by(npdu, *invoke)),
            Apdu::SimpleAck { invoke, .. }
            | Apdu::Error { invoke, .. }
            | Apdu::Reject { invoke, .. }
            | Apdu::Abort {
                server: true,
                invoke,
                ..
            } => self.notices.remove(&answered_by(npdu, *invoke)).is_some(),
            _ => false,
        };
        match is_of_exchange {
            true => Ok(()),
            false => Err(UNASKED),
        }
    }

    /// Gives up on what has waited too long.
    pub(super) fn expire(&mut self, now: Instant) {
        self.waiting.retain(|_, waiting| now < waiting.due);
        self.notices.retain(|_, due| now < *due);
        self.orders.retain(|_, due| now < *due);
    }

    /// When something is given up next.
    pub(super) fn due(&self) -> Option<Instant> {
        let waiting = self.waiting.values().map(|waiting| waiting.due);
        let others = self.notices.values().chain(self.orders.values()).copied();
        waiting.chain(others).min()
    }

    /// Until when something may still come, that the client has called for.
    pub(super) fn lasts_until(&self) -> Option<Instant> {
        let longest = self.waiting.values().map(|waiting| waiting.due).max();
        self.subscribed.max(self.registered).max(longest)
    }

    /// Gives up on one request.
    pub(super) fn forget(&mut self, talk: &Talk) {
        self.waiting.remove(talk);
    }

    fn ordered(&mut self, functions: &[u8], now: Instant) -> Result<Found, Unasked> {
        let waits = |function: &&u8| self.orders.get(function).is_some_and(|due| now < *due);
        let function = functions.iter().find(waits).ok_or(UNASKED)?;
        self.orders.remove(function);
        Ok(Found::GoesOn)
    }

    fn routed(&self, message: &NetworkMessage, now: Instant) -> Result<Found, Unasked> {
        let is_asked = self.asking_routers.is_some_and(|until| now < until);
        let is_called_for = match message {
            NetworkMessage::IAmRouter(_) | NetworkMessage::NetworkNumberIs { .. } => is_asked,
            NetworkMessage::Rejected { network, .. } => {
                let mut waiting = self.waiting.iter();
                let is_of = |(talk, waiting): (&Talk, &Waiting)| {
                    let far = talk.answerer.as_ref();
                    !waiting.is_own() && far.is_some_and(|far| far.network == *network)
                };
                is_asked || waiting.any(is_of)
            }
            _ => false,
        };
        match is_called_for {
            true => Ok(Found::GoesOn),
            false => Err(UNASKED),
        }
    }

    /// An answer to one request.
    fn ended(&mut self, npdu: &Npdu, apdu: &Apdu, now: Instant) -> Result<Found, Unasked> {
        let (invoke, service, is_done) = match apdu {
            Apdu::SimpleAck { invoke, service } => (*invoke, Some(*service), true),
            Apdu::ComplexAck { invoke, ack } => (*invoke, Some(ack.service()), true),
            Apdu::Error {
                invoke, service, ..
            } => (*invoke, Some(*service), false),
            Apdu::Segmented(part) if part.kind == SegmentedKind::Answer => {
                (part.invoke, Some(part.service), true)
            }
            Apdu::Reject { invoke, .. }
            | Apdu::Abort {
                invoke,
                server: true,
                ..
            }
            | Apdu::SegmentAck {
                server: true,
                invoke,
                ..
            } => (*invoke, None, false),
            _ => return Err(UNASKED),
        };
        let talk = answered_by(npdu, invoke);
        let waiting = self.waiting.get_mut(&talk).ok_or(UNASKED)?;
        if service.is_some_and(|service| service != waiting.request.service()) {
            return Err(Unasked("bacnet-service-differs"));
        }
        // The guard takes its own answers whole, and reads nothing that is only acknowledged.
        let is_own = waiting.is_own();
        match apdu {
            Apdu::Segmented(_) | Apdu::SimpleAck { .. } if is_own => return Err(UNASKED),
            Apdu::ComplexAck { ack, .. } if !answers(&waiting.request, ack) => {
                return Err(Unasked("bacnet-answer-differs"));
            }
            // The last segment may be lost and come again: the exchange ends by its time.
            Apdu::Segmented(_) => {
                waiting.is_segmented = true;
                waiting.due = now + self.limits.answer_max;
                return Ok(Found::GoesOn);
            }
            Apdu::SegmentAck { .. } => return Err(UNASKED),
            _ => {}
        }
        let waiting = self.waiting.remove(&talk).ok_or(UNASKED)?;
        Ok(Found::Ends { waiting, is_done })
    }
}

/// Whether an answer is of the property that was asked for.
fn answers(request: &Request, ack: &Ack) -> bool {
    match (request, ack) {
        (
            Request::ReadProperty { object, reference },
            Ack::ReadProperty {
                object: told,
                reference: of,
                ..
            },
        ) => {
            // A device may be asked for itself without its number.
            let is_wildcard = object.instance() == wire::bacnet::ObjectId::INSTANCE_ANY
                && object.kind() == told.kind();
            reference == of && (object == told || is_wildcard)
        }
        _ => true,
    }
}

/// Which orders a result is of (annex J.2.1).
const fn ordered_by(code: u16) -> &'static [u8] {
    match code {
        0 => &[1, 5, 8],
        0x10 => &[1],
        0x20 => &[2],
        0x30 => &[5],
        0x40 => &[6],
        0x50 => &[8],
        0x60 => &[9],
        _ => &[],
    }
}

/// The exchange of a request.
fn asked_by(npdu: &Npdu, invoke: u8) -> Talk {
    Talk {
        invoke,
        asker: npdu.source.clone(),
        answerer: npdu.destination.clone().map(|(far, _)| far),
    }
}

/// The exchange of an answer.
fn answered_by(npdu: &Npdu, invoke: u8) -> Talk {
    Talk {
        invoke,
        asker: npdu.destination.clone().map(|(far, _)| far),
        answerer: npdu.source.clone(),
    }
}

#[cfg(test)]
mod tests;
