//! One association: each operation decided, what it shows of patients kept, and only then passed on.
//!
//! ```text
//! client ─ command, data ─ decide ─ whose? ─ kept when it stores or sends away ─► application
//!        ◄─ answers, instances ─ kept before shown ─────── whose? ◄──────────────┘
//! ```

use std::sync::Arc;

use event::{Disclosed, Event, PatientRef, RequestId, SessionId};
use policy::guard::Answer;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use wire::dicom::{Abort, Command, Head, Kind, Pdu};
use wire::limits::DICOM_HEAD_BYTES_MAX;

use super::agree::{Agreed, Context};
use super::disclosed::{About, Ends, Operation, Parts, one};
use super::side::Side;
use super::turn::Said;
use super::{DicomTerms, command as question, is_about_patients};
use crate::guard::Command as Question;
use crate::guard::caller::Caller;
use crate::guard::decide::{Clearance, Decision, Owed};
use crate::guard::disclose::Shown;
use crate::guard::door::GuardDoor;
use crate::guard::listen::Client;
use crate::guard::room::Berth;

mod answers;
mod requests;

/// Why an association is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// One side left without a word.
    Left,
    /// One side ended it, and the other was told.
    Over,
    /// There was none; told where it was refused.
    Refused,
    /// The client sent what cannot be read, or what nobody expects.
    Broken(&'static str),
    /// The application did.
    Stray(&'static str),
    /// What was to be shown could not be kept.
    Unkept,
    /// The client said nothing for too long.
    Idle,
    /// Nobody said anything of what is under way.
    Silent,
    /// One side did not finish what it began, or took nothing.
    Slow,
}

/// What becomes of the data set that a side is sending; `R` is by what right it will go on.
#[derive(Debug)]
enum Course<R> {
    /// Nothing of it goes on before it is known whose it is.
    Held(Box<Held<R>>),
    /// It goes on.
    Passing(u8),
    /// It goes nowhere; at its end this is answered.
    Swallowed(Option<(u8, Command)>),
}

/// A message whose data set is looked at.
#[derive(Debug)]
struct Held<R> {
    context: u8,
    command: Command,
    head: Head,
    bytes: Vec<u8>,
    right: R,
}

/// A request that passed the policy, and the question that it was.
#[derive(Debug)]
struct Request {
    question: Question,
    ruling: Ruling,
}

/// How a request passed.
#[derive(Debug)]
enum Ruling {
    /// It may go on.
    Cleared(Clearance),
    /// It may once it is kept.
    Owed(Box<Owed>),
}

/// What the application says of the operation under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reply {
    /// An answer.
    Answer,
    /// An instance that it asked for.
    Part,
}

pub(super) struct Session {
    door: Arc<GuardDoor>,
    caller: Arc<Caller>,
    terms: Arc<DicomTerms>,
    ends: Ends,
    contexts: std::collections::BTreeMap<u8, Context>,
    client: Side<Client>,
    device: Side<TcpStream>,
    _berth: Berth,
    /// One at a time: more were not agreed on.
    operation: Option<Operation>,
    /// What the application asked the client, by its number.
    asked_back: Option<(u16, Kind)>,
    /// What was stored, and of which operation it is told at the end.
    stored: (Parts, Option<About>),
    from_client: Option<Course<Request>>,
    from_device: Option<Course<Reply>>,
    requests: u64,
    heard: Instant,
    /// When answers that wait are shown at the latest.
    matches_due: Option<Instant>,
}

impl Session {
    pub(super) fn new(
        door: Arc<GuardDoor>,
        caller: Arc<Caller>,
        terms: Arc<DicomTerms>,
        agreed: Agreed,
    ) -> Result<Self, End> {
        Ok(Self {
            ends: Ends {
                titles: agreed.titles,
                session: fresh_session(&door)?,
            },
            door,
            caller,
            terms,
            contexts: agreed.contexts,
            client: agreed.client,
            device: agreed.device,
            _berth: agreed.berth,
            operation: None,
            asked_back: None,
            stored: (Parts::default(), None),
            from_client: None,
            from_device: None,
            requests: 0,
            heard: Instant::now(),
            matches_due: None,
        })
    }

    /// Serves the association until one side ends it or breaks a rule.
    pub(super) async fn run(mut self) -> End {
        loop {
            if let Err(end) = self.step().await {
                self.close(end).await;
                return end;
            }
        }
    }

    async fn step(&mut self) -> Result<(), End> {
        while let Some(found) = self.client.incoming.next() {
            let pdu = found.map_err(|fault| End::Broken(fault.code()))?;
            self.take_client(pdu).await?;
        }
        while let Some(found) = self.device.incoming.next() {
            let pdu = found.map_err(|fault| End::Stray(fault.code()))?;
            self.take_device(pdu).await?;
        }
        let write_max = self.door.limits.dicom_message_max;
        self.device.flush(write_max).await?;
        self.client.flush(write_max).await?;
        let (wake, due) = (self.wake(), self.matches_due);
        tokio::select! {
            biased;
            read = self.device.incoming.fill(&mut self.device.stream) => self.hear(&read),
            read = self.client.incoming.fill(&mut self.client.stream) => self.hear(&read),
            () = until(due) => self.show_matches().await,
            () = sleep_until(wake) => Err(self.expired()),
        }
    }

    fn hear(&mut self, read: &std::io::Result<usize>) -> Result<(), End> {
        if !matches!(read, Ok(1..)) {
            return Err(End::Left);
        }
        self.heard = Instant::now();
        Ok(())
    }

    async fn take_client(&mut self, pdu: Pdu) -> Result<(), End> {
        match pdu {
            Pdu::Data(fragments) => {
                for fragment in fragments {
                    let said = self.client.turn.take(fragment);
                    match said.map_err(|fault| End::Broken(fault.code()))? {
                        None => {}
                        Some(Said::Command(context, it)) => self.request(context, it).await?,
                        Some(Said::Data { bytes, is_last }) => {
                            self.client_data(bytes, is_last).await?;
                        }
                    }
                }
                Ok(())
            }
            Pdu::ReleaseRequest | Pdu::ReleaseAnswer => self.release(pdu, true).await,
            Pdu::Abort(abort) => {
                let wait_max = self.door.limits.message_max;
                self.device.abort(abort, wait_max).await;
                Err(End::Over)
            }
            Pdu::AssociateRequest(_) | Pdu::AssociateAccept(_) | Pdu::AssociateReject(_) => {
                Err(End::Broken("dicom-unexpected"))
            }
        }
    }

    async fn take_device(&mut self, pdu: Pdu) -> Result<(), End> {
        match pdu {
            Pdu::Data(fragments) => {
                for fragment in fragments {
                    let said = self.device.turn.take(fragment);
                    match said.map_err(|fault| End::Stray(fault.code()))? {
                        None => {}
                        Some(Said::Command(context, it)) => {
                            self.device_command(context, it).await?
                        }
                        Some(Said::Data { bytes, is_last }) => {
                            self.device_data(bytes, is_last).await?;
                        }
                    }
                }
                Ok(())
            }
            Pdu::ReleaseRequest | Pdu::ReleaseAnswer => self.release(pdu, false).await,
            Pdu::Abort(abort) => {
                let wait_max = self.door.limits.message_max;
                self.client.abort(abort, wait_max).await;
                Err(End::Over)
            }
            Pdu::AssociateRequest(_) | Pdu::AssociateAccept(_) | Pdu::AssociateReject(_) => {
                Err(End::Stray("dicom-unexpected"))
            }
        }
    }

    /// Passes a release on; its answer is the last that is said.
    async fn release(&mut self, pdu: Pdu, is_of_client: bool) -> Result<(), End> {
        let is_over = pdu == Pdu::ReleaseAnswer;
        match is_of_client {
            true => self.device.say(&pdu),
            false => self.client.say(&pdu),
        }
        if !is_over {
            return Ok(());
        }
        let write_max = self.door.limits.message_max;
        self.device.flush(write_max).await?;
        self.client.flush(write_max).await?;
        Err(End::Over)
    }

    /// The event of a part of an operation; a name that cannot be one of the house ends it.
    fn event(&self, about: &About, disclosed: Disclosed) -> Result<Event, End> {
        let sitting = self.door.sitting(&self.caller, self.door.now());
        let ends = (&*self.caller, &sitting);
        let event = self.ends.access(ends, &self.terms, about, disclosed);
        event.ok_or(End::Unkept)
    }

    async fn disclose(&self, about: &About, disclosed: Disclosed) -> Result<Shown, End> {
        let event = self.event(about, disclosed)?;
        let shown = self.door.disclose(&self.caller, &event).await;
        shown.ok_or(End::Unkept)
    }

    fn request_id(&mut self) -> Result<RequestId, End> {
        self.requests = self.requests.saturating_add(1);
        let name = format!("{}-{}", self.ends.session, self.requests);
        RequestId::new(&name).map_err(|_| End::Unkept)
    }

    /// When something is to be given up next, at the latest.
    fn wake(&mut self) -> Instant {
        let limits = &self.door.limits;
        let quiet_max = match self.is_under_way() {
            true => limits.operation_max,
            false => limits.idle_max,
        };
        let begun = [self.client.begun(), self.device.begun()];
        let begun = begun.into_iter().flatten();
        begun
            .map(|begun| begun + limits.dicom_message_max)
            .fold(self.heard + quiet_max, Instant::min)
    }

    fn is_under_way(&self) -> bool {
        let is_open = self.client.turn.is_open() || self.device.turn.is_open();
        self.operation.is_some() || self.asked_back.is_some() || is_open
    }

    fn expired(&mut self) -> End {
        if self.client.begun().is_some() || self.device.begun().is_some() {
            return End::Slow;
        }
        match self.is_under_way() {
            true => End::Silent,
            false => End::Idle,
        }
    }

    /// Tells what was only counted, and ends both sides unless they have ended.
    ///
    /// A crash before it: who was shown or stored is told, and how many instances is not.
    async fn close(&mut self, end: End) {
        let wait_max = self.door.limits.message_max;
        if !matches!(end, End::Left | End::Over) {
            let abort = match end {
                End::Broken(_) => Abort::UNEXPECTED,
                _ => Abort::BY_USER,
            };
            self.client.abort(abort, wait_max).await;
        }
        if end != End::Over {
            // Whoever has ended it does not hear this.
            self.device.abort(Abort::BY_USER, wait_max).await;
        }
        let operation = self.operation.take();
        let under_way = operation.map(|mut it| (it.parts.more(), it.about));
        let stored = (self.stored.0.more(), self.stored.1.take());
        let told = under_way.map(|(more, about)| (more, Some(about)));
        for (more, about) in told.into_iter().chain([stored]) {
            if let (Some(more), Some(about)) = (more, about)
                && self.disclose(&about, more).await.is_err()
            {
                tracing::error!("How many images went could not be kept");
            }
        }
    }
}

/// A name nobody can guess.
fn fresh_session(door: &GuardDoor) -> Result<SessionId, End> {
    let mut bytes = [0_u8; 16];
    if getrandom::fill(&mut bytes).is_err() {
        // Without randomness the instant keeps names apart; nothing secret hangs on them.
        bytes = u128::from(door.now().as_us()).to_be_bytes();
    }
    SessionId::new(&hex::encode(bytes)).map_err(|_| End::Unkept)
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
