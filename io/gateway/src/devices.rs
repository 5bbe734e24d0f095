//! `/guard`: who works where, and the acts on devices that those who answer for them approve.
//!
//! ```text
//! seat ─ ask ─ approve, approve ... ─► a grant that the guard holds, until its end
//!           \─ take back
//! ```
//!
//! INVARIANT: (6) same log, same state: all that changes it does so in one turn, is kept, and is
//! folded in the order in which it was kept.
//!
//! Whoever may use equipment of the tier may take a seat and ask; whoever answers for an aspect of
//! the asset now, by the directory, may approve, and never their own act.

mod ask;
mod show;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event::{ActRequested, AssetId, Event, PersonId, SeatTaken, Timestamp};
use hospital::Directory;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use policy::guard::{Act, Acts, AddressPattern, Range, Seat};
use policy::{Action, Decision, Target};
use serde_json::Value;
use tokio::sync::OwnedMutexGuard;

use crate::answer::{Body, answer, mark};
use crate::door::Door;
use crate::glass::JSON;
use crate::guard::GuardDoor;
use crate::identity::Identity;
use crate::visit::Visit;

/// The devices behind the guard, as the door's pages know them.
#[derive(Debug)]
pub struct Devices {
    /// The guard that stands before them.
    pub guard: Arc<GuardDoor>,
    /// Its lines.
    pub lines: Vec<DeviceLine>,
    acts: Mutex<Acts>,
    /// Held from looking at what is asked and seated to the end of what is done about it, also
    /// when the client has gone: memory and log have one order.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// One line of the guard: a conduit, and what is behind it.
#[derive(Debug, Clone)]
pub struct DeviceLine {
    /// The conduit.
    pub conduit: String,
    /// The asset behind it, in the directory.
    pub asset: AssetId,
    /// Its address.
    pub device: AddressPattern,
    /// Its unit there, of Modbus, when several answer at the address.
    pub unit: Option<u8>,
}

impl Devices {
    /// The devices with what was asked, approved and seated before; the guard is told of it.
    #[must_use]
    pub fn new(
        guard: Arc<GuardDoor>,
        lines: Vec<DeviceLine>,
        acts: Acts,
        (directory, now): (&Directory, Timestamp),
    ) -> Self {
        let devices = Self {
            guard,
            lines,
            acts: Mutex::new(acts),
            turn: Arc::default(),
        };
        devices.settle(directory, now);
        devices
    }

    /// Makes the guard hold what is approved and know who sits where, of people who have a post in
    /// the house, and of nobody else.
    fn settle(&self, directory: &Directory, now: Timestamp) {
        let is_posted = |person: &PersonId| {
            let known = directory.person(person);
            known.is_some_and(|known| known.is_posted(now))
        };
        let acts = self.acts();
        for (address, seat) in acts.seats(now) {
            let is_seated = self.guard.seated(address).as_ref() == Some(&seat.person);
            match (is_posted(&seat.person), is_seated) {
                (true, false) => {
                    self.sit(address, seat);
                }
                (false, true) => self.guard.unseat(address),
                (true, true) | (false, false) => {}
            }
        }
        for act in acts.asked(now) {
            match (is_posted(&act.holder), self.guard.holds(act.id.as_str())) {
                (true, false) => {
                    self.hold(act);
                }
                (false, true) => {
                    self.guard.release(act.id.as_str());
                }
                (true, true) | (false, false) => {}
            }
        }
    }

    /// What has to be so before an event is kept, because it is the safe side; whether it was.
    fn before(&self, event: &Event) -> bool {
        match event {
            Event::SeatLeft(left) => {
                self.guard.unseat(left.actor.ip);
                true
            }
            Event::ActWithdrawn(withdrawn) => self.guard.release(withdrawn.act_request.as_str()),
            _ => false,
        }
    }

    /// Remembers an event that was kept, and lets it be so; whether the guard took it.
    fn after(&self, event: &Event, now: Timestamp) -> bool {
        let mut acts = self.acts();
        acts.take(event);
        match event {
            Event::SeatTaken(SeatTaken { actor, .. })
            | Event::ActRequested(ActRequested { actor, .. }) => {
                let seat = acts.seat_at(actor.ip, now);
                seat.is_some_and(|seat| self.sit(actor.ip, seat))
            }
            Event::ActApproved(approved) => {
                let act = acts.find(&approved.act_request, now);
                act.is_some_and(|act| self.hold(act))
            }
            _ => false,
        }
    }

    /// Tells the guard who works at an address; reaching the bound is told by the guard itself.
    fn sit(&self, address: IpAddr, seat: &Seat) -> bool {
        let seated = self.guard.seat(address, seat.person.clone(), seat.until);
        seated.is_ok()
    }

    /// Whether a person works at an address.
    fn is_seat_of(&self, address: IpAddr, person: &PersonId, now: Timestamp) -> bool {
        let acts = self.acts();
        let seat = acts.seat_at(address, now);
        seat.is_some_and(|seat| seat.person == *person)
    }

    /// One after the other.
    async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.turn).lock_owned().await
    }

    fn acts(&self) -> MutexGuard<'_, Acts> {
        self.acts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the guard know of an act, once it is approved; whether it holds it then.
    fn hold(&self, act: &Act) -> bool {
        let mut lines = self.lines.iter();
        let is_meant = |line: &&DeviceLine| line.conduit == act.conduit && line.asset == act.asset;
        let Some(line) = lines.find(is_meant) else {
            return false;
        };
        let units = line.unit.and_then(|it| Range::new(it.into(), it.into()));
        let Some(grant) = act.grant(vec![line.device], units.into_iter().collect()) else {
            return false;
        };
        let held = self.guard.hold(grant);
        if let Err(error) = &held {
            tracing::debug!(act = %act.id, %error, "The guard does not hold an approved act");
        }
        held.is_ok()
    }
}

impl DeviceLine {
    /// The acts on what is behind the line that a rule of the guard asks an approval for, and that
    /// the directory has somebody approve.
    fn acts(&self, guard: &GuardDoor, directory: &Directory) -> BTreeSet<String> {
        let asked = guard.acts(&self.conduit);
        let approved = directory.acts_on(&self.asset);
        let both = asked
            .into_iter()
            .filter(|act| approved.contains(act.as_str()));
        both.collect()
    }
}

impl Door {
    /// Everything below `/guard`.
    pub(crate) async fn at_devices(
        self: &Arc<Self>,
        visit: &Visit,
        who: &Identity,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let Some(devices) = self.devices() else {
            return self.page_not_found(visit, who).await;
        };
        let looking = matches!(*request.method(), Method::GET | Method::HEAD);
        let posting = *request.method() == Method::POST;
        let path = visit.below_service().0.to_owned();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match segments.as_slice() {
            [""] if looking => self.show_devices(visit, who, devices).await,
            ["seat"] if posting => self.take_seat(visit, who, devices).await,
            ["seat", "leave"] if posting => self.leave_seat(visit, who, devices).await,
            ["acts"] if posting => self.ask_act(visit, who, devices, request).await,
            ["acts", id, "approve"] if posting => self.approve_act(visit, who, devices, id).await,
            ["acts", id, "withdraw"] if posting => self.withdraw_act(visit, who, devices, id).await,
            _ => self.page_not_found(visit, who).await,
        }
    }

    /// Whether a person may use what is behind a line.
    fn decide_line(&self, visit: &Visit, who: &Identity, line: &DeviceLine) -> Option<Decision> {
        let tier = self.directory().asset(line.asset.as_str())?.tier;
        let target = Target::Service {
            name: &line.conduit,
            tier,
        };
        Some(self.decide(visit, who, Action::UseService, target))
    }

    /// The decision about the first line that a person may use, or about the first of all.
    fn decide_any(&self, visit: &Visit, who: &Identity, devices: &Devices) -> Option<Decision> {
        let mut first = None;
        for line in &devices.lines {
            match self.decide_line(visit, who, line) {
                Some(permit @ Decision::Permit(_)) => return Some(permit),
                refused => first = first.or(refused),
            }
        }
        first
    }

    /// Keeps what was done, and lets it be so, whether or not the client waits for it; whether the
    /// guard took it is told as `name`.
    ///
    /// A crash after it is kept: the next start folds it from the log.
    async fn settle_act(
        self: &Arc<Self>,
        visit: &Visit,
        turn: OwnedMutexGuard<()>,
        event: Event,
        (mut told, name): (Value, &'static str),
    ) -> Response<Body> {
        let (door, at) = (Arc::clone(self), visit.at);
        let settled = tokio::spawn(async move {
            let _turn = turn;
            let devices = door.devices()?;
            let before = devices.before(&event);
            let kept = door.keep(&event, at).await;
            Some(kept.map(|receipt| (receipt, before | devices.after(&event, at))))
        });
        match settled.await {
            Ok(Some(Ok((receipt, taken)))) => {
                if let Some(told) = told.as_object_mut() {
                    told.insert(name.to_owned(), taken.into());
                }
                let mut response = match visit.wants_page {
                    true => back(),
                    false => answer(StatusCode::OK, JSON, told.to_string()),
                };
                mark(&mut response, &receipt);
                response
            }
            Ok(Some(Err(not_kept))) => self.not_kept(visit, not_kept),
            Ok(None) | Err(_) => self.internal(visit),
        }
    }

    /// Whoever signs out leaves the address where they worked.
    pub(crate) async fn leave_with_session(self: &Arc<Self>, visit: &Visit, who: &Identity) {
        if let Some(devices) = self.devices()
            && devices.is_seat_of(visit.ip, &who.person, visit.at)
        {
            self.leave_seat(visit, who, devices).await;
        }
    }

    /// Lets go of what is in force of people who have no post any more, and takes it up again when
    /// they have one.
    pub async fn settle_acts(&self) {
        if let Some(devices) = self.devices() {
            let _turn = devices.turn().await;
            devices.settle(&self.directory(), self.now());
        }
    }
}

/// Back to the page, which shows what has become of it.
fn back() -> Response<Body> {
    let mut response = answer(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", "");
    let place = HeaderValue::from_static("/guard");
    response.headers_mut().insert(header::LOCATION, place);
    response
}
