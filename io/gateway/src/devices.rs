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

use event::{ActRequestId, AssetId, Event, PersonId, Timestamp};
use hospital::Directory;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use policy::guard::{Act, Acts, AddressPattern, Range};
use policy::{Action, Decision, Target};
use serde_json::Value;
use tokio::sync::OwnedMutexGuard;

use crate::answer::{Body, answer, mark};
use crate::door::Door;
use crate::glass::JSON;
use crate::guard::GuardDoor;
use crate::identity::Identity;
use crate::record::Account;
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

/// What is done about an event beside remembering it.
#[derive(Debug)]
enum Effect {
    /// The guard holds the act, once it is approved.
    Hold(ActRequestId),
    /// It knows that nobody works at the address any more, before that is kept: the safe side.
    Leave(IpAddr),
    /// It lets go of the act, before that is kept.
    Release(ActRequestId),
    /// It knows who works at the address.
    Sit(IpAddr),
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
    pub fn new(guard: Arc<GuardDoor>, lines: Vec<DeviceLine>, acts: Acts, now: Timestamp) -> Self {
        let devices = Self {
            guard,
            lines,
            acts: Mutex::new(acts),
            turn: Arc::default(),
        };
        let known = devices.acts().clone();
        for (address, _) in known.seats(now) {
            devices.sit(address, now);
        }
        for act in known.asked(now) {
            devices.hold(act);
        }
        devices
    }

    /// Tells the guard who works at an address; whether it believes it.
    fn sit(&self, address: IpAddr, now: Timestamp) -> bool {
        let address = address.to_canonical();
        let acts = self.acts();
        let seat = acts.seats(now).find(|(taken, _)| *taken == address);
        let seat = seat.map(|(_, seat)| (seat.person.clone(), seat.until));
        drop(acts);
        // Reaching the bound is told by the guard itself.
        seat.is_some_and(|(person, until)| self.guard.seat(address, person, until).is_ok())
    }

    /// Lets go of what somebody holds who works nowhere any more: whatever is in force is in force
    /// of people of the house.
    fn recheck(&self, directory: &Directory, now: Timestamp) {
        let is_posted = |person: &PersonId| {
            let known = directory.person(person);
            known.is_some_and(|known| known.is_posted(now))
        };
        let acts = self.acts().clone();
        let lost = acts.seats(now).filter(|(_, seat)| !is_posted(&seat.person));
        lost.for_each(|(address, _)| self.guard.unseat(address));
        for act in acts.asked(now) {
            if act.is_approved() && !is_posted(&act.holder) {
                self.guard.release(act.id.as_str());
            }
        }
    }

    fn apply_before(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Leave(address) => {
                self.guard.unseat(*address);
                true
            }
            Effect::Release(act) => self.guard.release(act.as_str()),
            Effect::Hold(_) | Effect::Sit(_) => false,
        }
    }

    fn apply_after(&self, effect: &Effect, now: Timestamp) -> bool {
        match effect {
            Effect::Hold(act) => {
                let act = self.acts().find(act, now).cloned();
                act.is_some_and(|act| self.hold(&act))
            }
            Effect::Sit(address) => self.sit(*address, now),
            Effect::Leave(_) | Effect::Release(_) => false,
        }
    }

    /// Whether a person works at an address.
    fn is_seat_of(&self, address: IpAddr, person: &PersonId, now: Timestamp) -> bool {
        let address = address.to_canonical();
        let acts = self.acts();
        let mut seats = acts.seats(now);
        seats.any(|(taken, seat)| taken == address && seat.person == *person)
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
            tracing::error!(act = %act.id, %error, "The guard does not hold an approved act");
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

    /// An act that is not over.
    fn find_act(&self, visit: &Visit, devices: &Devices, id: &str) -> Option<Act> {
        let id = ActRequestId::new(id).ok()?;
        devices.acts().find(&id, visit.at).cloned()
    }

    /// Keeps what was done, and lets it be so, whether or not the client waits for it; whether the
    /// guard took it is told as `name`.
    ///
    /// A crash after it is kept: the next start folds it from the log.
    async fn settle_act(
        self: &Arc<Self>,
        visit: &Visit,
        turn: OwnedMutexGuard<()>,
        (event, effect): (Event, Effect),
        (mut told, name): (Value, &'static str),
    ) -> Response<Body> {
        let (door, at) = (Arc::clone(self), visit.at);
        let settled = tokio::spawn(async move {
            let _turn = turn;
            let devices = door.devices()?;
            let before = devices.apply_before(&effect);
            let kept = door.keep(&event, at).await;
            Some(kept.map(|receipt| {
                devices.acts().take(&event);
                let after = devices.apply_after(&effect, at);
                (receipt, before || after)
            }))
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

    /// Lets go of what is in force of people who work here no more.
    pub fn recheck_acts(&self) {
        if let Some(devices) = self.devices() {
            devices.recheck(&self.directory(), self.now());
        }
    }

    /// Refuses for a reason that is none of the policy.
    async fn refuse_act(
        &self,
        account: Account<'_>,
        (status, code): (StatusCode, &'static str),
        detail: Option<&'static str>,
    ) -> Response<Body> {
        self.decline(account, status, code, detail).await
    }
}

/// Back to the page, which shows what has become of it.
fn back() -> Response<Body> {
    let mut response = answer(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", "");
    let place = HeaderValue::from_static("/guard");
    response.headers_mut().insert(header::LOCATION, place);
    response
}
