//! One client of BACnet/IP and its own socket towards the device.
//!
//! ```text
//! client ─ Datagram::parse ─ decide ─► Clearance ─ expect ─ to_bytes ─► device
//!        ◄──────────────── to_bytes ◄─ answered ◄─ Datagram::parse ───┘
//! ```
//!
//! INVARIANT: no byte of the client reaches the device, and none of the device the client: what is
//! sent either way is made from typed values that were read whole. The parts of an answer in segments
//! are the one exception, and they go to whoever asked for it.

use std::net::SocketAddr;
use std::sync::Arc;

use policy::guard::{Access, Answer, Carrier, Point};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use wire::bacnet::{Ack, Apdu, Body, DATAGRAM_BYTES_MAX, Datagram, Npdu, Unconfirmed, observe};

use super::talks::{Found, Talk, Talks, Unasked};
use super::{answer, command, reading, station};
use crate::guard::Command;
use crate::guard::caller::Caller;
use crate::guard::decide::{Clearance, Decision};
use crate::guard::door::GuardDoor;

/// The longest message that the guard itself takes, in the code of clause 20.1.2.5: 1,476 bytes.
const APDU_LONGEST: u8 = 5;

pub(super) struct Visitor {
    door: Arc<GuardDoor>,
    caller: Arc<Caller>,
    /// The socket that all clients speak to, and the address of this one.
    client: (Arc<UdpSocket>, SocketAddr),
    device: UdpSocket,
    datagrams: mpsc::Receiver<Vec<u8>>,
    talks: Talks,
    buffer: Vec<u8>,
    heard: Instant,
}

impl Visitor {
    pub(super) fn new(
        door: Arc<GuardDoor>,
        caller: Arc<Caller>,
        (socket, address, device): (Arc<UdpSocket>, SocketAddr, UdpSocket),
        datagrams: mpsc::Receiver<Vec<u8>>,
    ) -> Self {
        let talks = Talks::new(door.limits);
        Self {
            door,
            caller,
            client: (socket, address),
            device,
            datagrams,
            talks,
            buffer: vec![0; DATAGRAM_BYTES_MAX + 1],
            heard: Instant::now(),
        }
    }

    /// Serves the client until it has been silent for long and nothing is owed to it.
    pub(super) async fn run(mut self) {
        loop {
            let idle = self.heard + self.door.limits.idle_max;
            let rest = self
                .talks
                .lasts_until()
                .map_or(idle, |until| idle.max(until));
            let wake = self.talks.due().map_or(rest, |due| rest.min(due));
            tokio::select! {
                biased;
                received = self.device.recv(&mut self.buffer) => {
                    if let Ok(count) = received {
                        self.take_answer(count).await;
                    }
                }
                received = self.datagrams.recv() => match received {
                    None => return,
                    Some(bytes) => {
                        self.heard = Instant::now();
                        self.take_question(&bytes).await;
                    }
                },
                () = sleep_until(wake) => {
                    self.talks.expire(Instant::now());
                    if Instant::now() >= rest {
                        return;
                    }
                }
            }
        }
    }

    async fn take_question(&mut self, bytes: &[u8]) {
        let datagram = match Datagram::parse(bytes) {
            Ok(datagram) => datagram,
            Err(fault) => {
                // What it would have asked is told, though none of it is believed or answered.
                let seen = observe(bytes).whole.ok();
                let command = seen.and_then(|datagram| command(&datagram));
                self.door
                    .unreadable(&self.caller, command.as_ref(), fault.code());
                return;
            }
        };
        match command(&datagram) {
            Some(command) => {
                let command = of_client(&datagram, command);
                self.request(&datagram, command).await;
            }
            None => self.goes_on(&datagram).await,
        }
    }

    async fn request(&mut self, datagram: &Datagram, command: Command) {
        let command = Arc::new(command);
        let mut has_read = false;
        loop {
            match self.door.decide(&self.caller, &command) {
                Decision::Pass(clearance) => {
                    return self.send(clearance, datagram, &command).await;
                }
                Decision::Keep(owed) => {
                    let (door, caller) = (Arc::clone(&self.door), Arc::clone(&self.caller));
                    let asked = Arc::clone(&command);
                    let keep = async move { door.keep(&caller, &asked, *owed).await };
                    return match self.while_waiting(Box::pin(keep)).await {
                        Ok(clearance) => self.send(clearance, datagram, &command).await,
                        Err(answer) => self.refuse(datagram, answer).await,
                    };
                }
                Decision::ReadFirst(points) if !has_read => {
                    has_read = true;
                    self.read_first(datagram, &points).await;
                }
                Decision::ReadFirst(_) => {
                    let answer = self.door.refuse_unread(&self.caller, &command);
                    return self.refuse(datagram, answer).await;
                }
                Decision::Refuse(answer) => return self.refuse(datagram, answer).await,
            }
        }
    }

    /// Sends a request that was cleared, in its only form.
    ///
    /// A crash before it leaves: a command is told and was not given.
    ///
    /// INVARIANT: whatever is not sent is forgotten with its flight.
    async fn send(&mut self, clearance: Clearance, datagram: &Datagram, command: &Command) {
        let mut flight = clearance.into_flight();
        let Some(bytes) = datagram.to_bytes() else {
            return;
        };
        let now = Instant::now();
        flight.send(self.door.answered_until());
        let asked = (self.door.now(), Some(flight));
        let expected = self.talks.expect(datagram, asked, command.lifetime, now);
        if let Err(code) = expected {
            self.door.unreadable(&self.caller, Some(command), code);
            return;
        }
        if let Err(error) = self.device.send(&bytes).await {
            tracing::debug!(%error, "A device cannot be reached");
        }
    }

    /// Something that asks nothing new: it belongs to an exchange that was cleared, or is dropped.
    async fn goes_on(&mut self, datagram: &Datagram) {
        match self.talks.goes_on(datagram, Instant::now()) {
            Ok(()) => {
                if let Some(bytes) = datagram.to_bytes()
                    && let Err(error) = self.device.send(&bytes).await
                {
                    tracing::debug!(%error, "A device cannot be reached");
                }
            }
            Err(Unasked(code)) => {
                self.door.unreadable(&self.caller, None, code);
            }
        }
    }

    async fn refuse(&self, datagram: &Datagram, answer: Answer) {
        if let Some(bytes) = answer::refusal(datagram, answer) {
            self.reply(&bytes).await;
        }
    }

    async fn reply(&self, bytes: &[u8]) {
        let (socket, address) = &self.client;
        let sent = timeout(self.door.limits.write_max, socket.send_to(bytes, *address)).await;
        if !matches!(sent, Ok(Ok(_))) {
            tracing::debug!("An answer could not be sent");
        }
    }

    /// Takes up a datagram of the device.
    async fn take_answer(&mut self, count: usize) {
        let bytes = self.buffer.get(..count).unwrap_or_default();
        let datagram = match Datagram::parse(bytes) {
            Ok(datagram) => datagram,
            Err(fault) => return self.door.stray(&self.caller, fault.code()),
        };
        let found = match self.talks.answered(&datagram, Instant::now()) {
            Ok(found) => found,
            Err(Unasked(code)) => return self.door.stray(&self.caller, code),
        };
        if let Found::Ends { waiting, is_done } = found {
            if let Some(Apdu::ComplexAck { ack, .. }) = datagram.apdu() {
                self.learn(&datagram, ack, waiting.asked);
            }
            match waiting.flight {
                Some(flight) if is_done => flight.land(),
                Some(flight) => flight.refuse(),
                // INVARIANT: what the guard has asked itself goes to nobody.
                None => return,
            }
        }
        match datagram.to_bytes() {
            Some(bytes) => self.reply(&bytes).await,
            None => self.door.stray(&self.caller, "bacnet-answer-unknown"),
        }
    }

    fn learn(&self, datagram: &Datagram, ack: &Ack, asked: event::Timestamp) {
        let Some(npdu) = datagram.npdu() else {
            return;
        };
        let network = npdu.source.as_ref().map_or(0, |far| far.network);
        let station = policy::guard::Station::Device {
            network,
            instance: None,
        };
        let values = reading::values(ack, (self.caller.device, station));
        self.door.learn(&self.caller, values.into_iter(), asked);
    }

    /// Reads what properties are now; what the device does not tell stays unknown.
    async fn read_first(&mut self, datagram: &Datagram, points: &[Point]) {
        let Some(npdu) = datagram.npdu() else {
            return;
        };
        let destination = npdu.destination.clone();
        for point in points {
            let far = destination.as_ref().map(|(far, _)| far);
            let (Some(request), Some(talk)) = (reading::request(point.place), self.talks.free(far))
            else {
                return;
            };
            let asked = Datagram::Unicast(Npdu {
                priority: npdu.priority,
                expects_answer: true,
                destination: destination.clone(),
                source: None,
                body: Body::Apdu(Apdu::Confirmed {
                    invoke: talk.invoke,
                    accepts: (0, APDU_LONGEST),
                    segments: false,
                    request,
                }),
            });
            debug_assert_eq!(station(npdu), point.station);
            if !self.ask(&asked, talk).await {
                return;
            }
        }
    }

    /// Asks the device for ourselves; whether it has answered in time.
    async fn ask(&mut self, datagram: &Datagram, talk: Talk) -> bool {
        let Some(bytes) = datagram.to_bytes() else {
            return false;
        };
        let asked = (self.door.now(), None);
        let now = Instant::now();
        let is_expected = self.talks.expect(datagram, asked, None, now).is_ok();
        if !is_expected || self.device.send(&bytes).await.is_err() {
            self.talks.forget(&talk);
            return false;
        }
        let due = now + self.door.limits.answer_max;
        while self.talks.waits(&talk) {
            tokio::select! {
                biased;
                received = self.device.recv(&mut self.buffer) => {
                    if let Ok(count) = received {
                        self.take_answer(count).await;
                    }
                }
                () = sleep_until(due) => {
                    self.talks.forget(&talk);
                    return false;
                }
            }
        }
        true
    }

    /// Waits for something while answers go on to the client.
    async fn while_waiting<T>(&mut self, mut wanted: impl Future<Output = T> + Unpin) -> T {
        loop {
            tokio::select! {
                biased;
                value = &mut wanted => return value,
                received = self.device.recv(&mut self.buffer) => {
                    if let Ok(count) = received {
                        self.take_answer(count).await;
                    }
                }
            }
        }
    }
}

/// What a message is when a client sends it.
///
/// INVARIANT: a client speaks for itself. What it claims to pass on for somebody else needs the
/// allowance of what a broadcast manager distributes; and what binds the number or the name of a
/// device to an address is no search but a change, so that no reader can put itself in its place.
fn of_client(datagram: &Datagram, command: Command) -> Command {
    let carrier = match datagram {
        Datagram::Forwarded { .. } => Carrier::Distributed,
        _ => command.carrier,
    };
    let access = match datagram.apdu() {
        Some(Apdu::Unconfirmed(Unconfirmed::IAm { .. } | Unconfirmed::IHave { .. })) => {
            Access::Write
        }
        _ => command.access,
    };
    Command {
        access,
        carrier,
        ..command
    }
}
