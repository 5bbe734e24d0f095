//! `/guard`: who works where, and the acts on devices that those who answer for them approve.
//!
//! ```text
//! seat ─ ask ─ approve, approve ... ─► a grant that the guard holds, until its end
//!           \─ take back
//! ```
//!
//! Whoever may use equipment of the tier may take a seat and ask; whoever answers for an aspect of
//! the asset now, by the directory, may approve, and never their own act.

mod ask;
mod show;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event::{ActRequestId, AssetId, Event, Timestamp};
use hospital::Directory;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use policy::guard::{Act, Acts, AddressPattern, Range};
use policy::{Action, Decision, Target};

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

    fn acts(&self) -> MutexGuard<'_, Acts> {
        self.acts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the guard know of an act, once it is approved; whether it holds it then.
    fn hold(&self, act: &Act) -> bool {
        let lines = self.lines.iter();
        let is_meant = |line: &&DeviceLine| line.conduit == act.conduit && line.asset == act.asset;
        let Some(line) = lines.filter(is_meant).next() else {
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
        &self,
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

    /// Keeps what was done, and only then lets it be so.
    ///
    /// A crash after it is kept: the next start folds it from the log.
    async fn settle_act(
        &self,
        visit: &Visit,
        devices: &Devices,
        event: Event,
        so: impl FnOnce(&Devices) -> serde_json::Value,
    ) -> Response<Body> {
        match self.keep(&event, visit.at).await {
            Err(not_kept) => self.not_kept(visit, not_kept),
            Ok(receipt) => {
                devices.acts().take(&event);
                let told = so(devices);
                let mut response = match visit.wants_page {
                    true => back(),
                    false => answer(StatusCode::OK, JSON, told.to_string()),
                };
                mark(&mut response, &receipt);
                response
            }
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
