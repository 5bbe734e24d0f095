//! One client of Modbus/TCP and its own connection to the device.
//!
//! ```text
//! client ─ Framer ─► Request ─ decide ─► Clearance ─ to_bytes, our number ─► device
//!        ◄─ to_bytes, its number ─ Queue ◄─ Response ◄─ Pending, Framer ───┘
//! ```
//!
//! INVARIANT: no byte of the client reaches the device, and none of the device the client: what is
//! sent either way is made from typed values that were read whole.

use std::io;
use std::sync::Arc;

use policy::guard::{Answer, Point};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use wire::modbus::{Adu, Exception, Framer, Pending, Request, Response, refusal};

use super::queue::{Queue, Slot};
use super::{command, reading, unread_command};
use crate::guard::caller::Caller;
use crate::guard::decide::{Clearance, Decision};
use crate::guard::door::GuardDoor;
use crate::guard::incoming::Incoming;
use crate::guard::limits::told;
use crate::guard::line::Line;
use crate::guard::room::Berth;

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The client left, or its connection broke.
    Left,
    /// It sent what is no message; nobody knows where the next one begins.
    Unreadable,
    /// It said nothing for too long.
    Idle,
    /// It did not finish what it began, or took no answers.
    Slow,
}

/// What the guard itself has asked of the device.
#[derive(Debug, Default)]
enum Own {
    #[default]
    Nothing,
    Asked(u16),
    Answered(Response),
}

pub(super) struct Session<S> {
    door: Arc<GuardDoor>,
    caller: Arc<Caller>,
    line: Arc<Line>,
    client: S,
    device: Option<TcpStream>,
    berth: Option<Berth>,
    from_client: Incoming<Framer>,
    from_device: Incoming<Framer>,
    to_client: Vec<u8>,
    to_device: Vec<u8>,
    pending: Pending,
    queue: Queue,
    own: Own,
    next: u16,
    /// When the client was last heard, and since when it has begun a message.
    heard: Instant,
    begun: Option<Instant>,
    has_left: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) fn new(
        door: Arc<GuardDoor>,
        caller: Arc<Caller>,
        line: Arc<Line>,
        client: S,
    ) -> Self {
        Self {
            door,
            caller,
            line,
            client,
            device: None,
            berth: None,
            from_client: Incoming::new(),
            from_device: Incoming::new(),
            to_client: Vec::new(),
            to_device: Vec::new(),
            pending: Pending::new(),
            queue: Queue::default(),
            own: Own::Nothing,
            next: 0,
            heard: Instant::now(),
            begun: None,
            has_left: false,
        }
    }

    /// Serves the client until it leaves or breaks a rule.
    ///
    /// INVARIANT: what was kept is sent, as far as the device takes it; whatever still waits for
    /// its answer then ends in doubt with the queue, also when this is dropped.
    pub(super) async fn run(mut self) -> End {
        loop {
            if let Err(end) = self.step().await {
                self.flush_device().await;
                return end;
            }
        }
    }

    async fn step(&mut self) -> Result<(), End> {
        self.requests().await?;
        if self.has_left && self.queue.is_empty() {
            return Err(End::Left);
        }
        self.flush().await?;
        if !self.from_client.is_empty() && self.has_room() {
            // The answers that have just left have made room for what has already come.
            return Ok(());
        }
        let wake = self.wake();
        let may_ask = !self.has_left && self.has_room();
        let is_idle = self.device.is_some() && self.queue.is_empty();
        tokio::select! {
            biased;
            read = fill(&mut self.from_device, &mut self.device) => self.answers(&read),
            read = self.from_client.fill(&mut self.client), if may_ask => match read {
                Ok(0) => self.has_left = true,
                Ok(_) => self.heard = Instant::now(),
                Err(_) => return Err(End::Left),
            },
            () = sleep_until(wake) => self.expire()?,
            () = self.line.asked_back(), if is_idle => self.lose_device(),
        }
        Ok(())
    }

    /// Takes up what has come from the client, as far as there is room.
    async fn requests(&mut self) -> Result<(), End> {
        while self.has_room() {
            match self.from_client.next() {
                Some(Ok(adu)) => {
                    self.begun = None;
                    self.request(adu).await?;
                }
                Some(Err(fault)) => {
                    self.door.unreadable(&self.caller, None, fault.code());
                    return Err(End::Unreadable);
                }
                None if self.from_client.is_within_message() => {
                    self.begun = self.begun.or_else(|| Some(Instant::now()));
                    return Ok(());
                }
                None => {
                    self.begun = None;
                    return Ok(());
                }
            }
        }
        // Whoever waits for room is not slow.
        self.begun = None;
        if !self.from_client.is_empty() {
            let max = told(self.door.limits.pipelined_max);
            self.door.pen.reached("guard_pipelined_max", max);
        }
        Ok(())
    }

    fn has_room(&self) -> bool {
        self.queue.len() < self.door.limits.pipelined_max
    }

    async fn request(&mut self, adu: Adu) -> Result<(), End> {
        let request = match Request::parse(&adu.pdu) {
            Ok(request) => request,
            Err(fault) => {
                let command = unread_command(&adu);
                let answer = self
                    .door
                    .unreadable(&self.caller, Some(&command), fault.code());
                self.refuse(&adu, answer);
                return Ok(());
            }
        };
        let command = Arc::new(command(&request, adu.unit));
        let mut has_read = false;
        loop {
            match self.door.decide(&self.caller, &command) {
                Decision::Pass(clearance) => {
                    return self.send(clearance, &adu, request).await;
                }
                Decision::Keep(owed) => {
                    let (door, caller) = (Arc::clone(&self.door), Arc::clone(&self.caller));
                    let asked = Arc::clone(&command);
                    let keep = async move { door.keep(&caller, &asked, *owed).await };
                    match self.while_waiting(Box::pin(keep)).await? {
                        Ok(clearance) => return self.send(clearance, &adu, request).await,
                        Err(answer) => self.refuse(&adu, answer),
                    }
                    return Ok(());
                }
                Decision::ReadFirst(points) if !has_read => {
                    has_read = true;
                    self.read_first(&points, adu.unit).await?;
                }
                Decision::ReadFirst(_) => {
                    let answer = self.door.refuse_unread(&self.caller, &command);
                    self.refuse(&adu, answer);
                    return Ok(());
                }
                Decision::Refuse(answer) => {
                    self.refuse(&adu, answer);
                    return Ok(());
                }
            }
        }
    }

    /// Sends a request that was cleared, in its only form and under a number of our own.
    ///
    /// A crash before the bytes leave: a command is told and was not given.
    async fn send(&mut self, clearance: Clearance, adu: &Adu, request: Request) -> Result<(), End> {
        let ours = self.number();
        let bytes = request.to_bytes(ours, adu.unit);
        let mut flight = clearance.into_flight();
        let is_connected = self.connect().await;
        let now = self.door.now();
        let due = Instant::now() + self.door.limits.answer_max;
        let slot = match bytes {
            Some(bytes) if is_connected && self.pending.ask(ours, adu.unit, request).is_ok() => {
                self.to_device.extend_from_slice(&bytes);
                flight.send(self.door.answered_until());
                Slot::sent(adu, ours, (now, due), flight)
            }
            _ => {
                let mut slot = Slot::sent(adu, ours, (now, due), flight);
                slot.fail();
                slot
            }
        };
        self.queue.push(slot);
        Ok(())
    }

    fn refuse(&mut self, adu: &Adu, answer: Answer) {
        // Other answers are of the other protocol, and nothing is one too.
        if let Answer::ModbusException(number) = answer {
            let answer = refusal(adu, Exception::from_number(number));
            self.queue.push(Slot::answered(adu, answer, Instant::now()));
        }
    }

    /// A number that no request bears that waits for its answer.
    fn number(&mut self) -> u16 {
        self.next = self.next.wrapping_add(1);
        self.next
    }

    /// Whether there is a connection to the device. It is made when something is cleared, so that
    /// who may ask nothing takes no connection of the device either.
    async fn connect(&mut self) -> bool {
        if self.device.is_some() {
            return true;
        }
        let connecting = self.line.connect_in_turn(self.caller.client, &self.door);
        let Some((stream, berth)) = connecting.await else {
            return false;
        };
        self.device = Some(stream);
        self.berth = Some(berth);
        self.from_device = Incoming::new();
        true
    }

    /// Reads what places are now; what the device does not tell stays unknown.
    async fn read_first(&mut self, points: &[Point], unit: u8) -> Result<(), End> {
        for request in reading::requests(points) {
            let asked = self.door.now();
            let Some(response) = self.ask(request.clone(), unit).await? else {
                return Ok(());
            };
            let values = reading::values(&request, &response, (self.caller.device, unit));
            self.door.learn(&self.caller, values.into_iter(), asked);
        }
        Ok(())
    }

    /// Asks the device for ourselves, and goes on handing answers to the client meanwhile.
    async fn ask(&mut self, request: Request, unit: u8) -> Result<Option<Response>, End> {
        let ours = self.number();
        let Some(bytes) = request.to_bytes(ours, unit) else {
            return Ok(None);
        };
        if !self.connect().await || self.pending.ask(ours, unit, request).is_err() {
            return Ok(None);
        }
        self.to_device.extend_from_slice(&bytes);
        self.own = Own::Asked(ours);
        let due = Instant::now() + self.door.limits.answer_max;
        while matches!(self.own, Own::Asked(_)) {
            self.flush().await?;
            let next = self.queue.due().map_or(due, |other| other.min(due));
            tokio::select! {
                biased;
                read = fill(&mut self.from_device, &mut self.device) => self.answers(&read),
                () = sleep_until(next) => {
                    self.give_up(Some(Instant::now()));
                    if Instant::now() >= due {
                        self.pending.forget(ours);
                        self.own = Own::Nothing;
                    }
                }
            }
        }
        match std::mem::take(&mut self.own) {
            Own::Answered(response) => Ok(Some(response)),
            Own::Nothing | Own::Asked(_) => Ok(None),
        }
    }

    /// Waits for something while answers go on to the client.
    async fn while_waiting<T>(
        &mut self,
        mut wanted: impl Future<Output = T> + Unpin,
    ) -> Result<T, End> {
        loop {
            self.flush().await?;
            let due = self.queue.due();
            tokio::select! {
                biased;
                value = &mut wanted => return Ok(value),
                read = fill(&mut self.from_device, &mut self.device) => self.answers(&read),
                () = until(due) => self.give_up(Some(Instant::now())),
            }
        }
    }

    /// Takes up what has come from the device.
    fn answers(&mut self, read: &io::Result<usize>) {
        if !matches!(read, Ok(1..)) {
            return self.lose_device();
        }
        while let Some(found) = self.from_device.next() {
            match found {
                Ok(adu) => self.answer(&adu),
                Err(fault) => {
                    self.door.stray(&self.caller, fault.code());
                    return self.lose_device();
                }
            }
        }
    }

    fn answer(&mut self, adu: &Adu) {
        let ours = adu.transaction;
        let is_own = matches!(self.own, Own::Asked(asked) if asked == ours);
        let answered = self.pending.answer(adu);
        if let Err(fault) = &answered {
            self.door.stray(&self.caller, fault.code());
        }
        if is_own {
            self.own = answered.map_or(Own::Nothing, |(_, response)| Own::Answered(response));
            return;
        }
        let Some(slot) = self.queue.sent_as(ours) else {
            return;
        };
        let bytes = match &answered {
            Ok((request, response)) => response.to_bytes(request, slot.theirs, slot.unit),
            Err(_) => None,
        };
        match &answered {
            // It was taken up and goes on; anything else that is no "done" leaves a doubt.
            Ok((_, Response::Exception(Exception::Acknowledge))) => {}
            Ok((_, Response::Exception(_))) => {
                if let Some(flight) = slot.flight.take() {
                    flight.refuse();
                }
            }
            Err(_) => slot.flight = None,
            Ok((request, response)) => {
                if let Some(flight) = slot.flight.take() {
                    flight.land();
                }
                let values = reading::values(request, response, (self.caller.device, slot.unit));
                self.door
                    .learn(&self.caller, values.into_iter(), slot.asked);
            }
        }
        match bytes {
            Some(bytes) => slot.answer(bytes),
            None => slot.fail(),
        }
    }

    /// The device is gone: nobody knows what became of what it was asked.
    fn lose_device(&mut self) {
        self.device = None;
        self.berth = None;
        self.to_device.clear();
        self.give_up(None);
        self.pending = Pending::new();
        self.own = Own::Nothing;
    }

    fn give_up(&mut self, until: Option<Instant>) {
        let pending = &mut self.pending;
        self.queue.give_up(until, |slot| {
            slot.ours.and_then(|ours| pending.forget(ours));
        });
    }

    /// Sends what is ready to be sent.
    async fn flush(&mut self) -> Result<(), End> {
        self.flush_device().await;
        self.flush_client().await
    }

    async fn flush_device(&mut self) {
        let write_max = self.door.limits.write_max;
        if let Some(device) = &mut self.device
            && !self.to_device.is_empty()
        {
            let written = timeout(write_max, device.write_all(&self.to_device)).await;
            self.to_device.clear();
            if !matches!(written, Ok(Ok(()))) {
                self.lose_device();
            }
        }
    }

    async fn flush_client(&mut self) -> Result<(), End> {
        let write_max = self.door.limits.write_max;
        self.queue.take(&mut self.to_client);
        if !self.to_client.is_empty() {
            let written = timeout(write_max, self.client.write_all(&self.to_client)).await;
            self.to_client.clear();
            return match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(End::Left),
                Err(_elapsed) => Err(End::Slow),
            };
        }
        Ok(())
    }

    /// When something is to be given up next, at the latest.
    fn wake(&self) -> Instant {
        let limits = &self.door.limits;
        let idle = self.heard + limits.idle_max;
        let begun = self.begun.map(|begun| begun + limits.message_max);
        [self.queue.due(), begun]
            .into_iter()
            .flatten()
            .fold(idle, Instant::min)
    }

    fn expire(&mut self) -> Result<(), End> {
        let now = Instant::now();
        let limits = &self.door.limits;
        let is_idle = self.queue.is_empty() && now >= self.heard + limits.idle_max;
        let is_slow = self.begun.is_some_and(|at| now >= at + limits.message_max);
        if is_idle {
            return Err(End::Idle);
        }
        if is_slow {
            return Err(End::Slow);
        }
        if !self.queue.is_empty() {
            self.heard = self.heard.max(now);
        }
        self.give_up(Some(now));
        Ok(())
    }
}

/// Waits for bytes of a device, for ever when there is none.
async fn fill(
    incoming: &mut Incoming<Framer>,
    device: &mut Option<TcpStream>,
) -> io::Result<usize> {
    match device {
        Some(device) => incoming.fill(device).await,
        None => std::future::pending().await,
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
