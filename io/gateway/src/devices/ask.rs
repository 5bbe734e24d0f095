//! Taking a seat, asking for an act, approving it and taking it back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use event::{
    ActApproved, ActRequestId, ActRequested, ActWithdrawn, AssetId, Event, PersonId, SeatLeft,
    SeatTaken,
};
use hospital::Approval;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use policy::guard::Act;
use policy::{Action, Decision};
use tokio::sync::OwnedMutexGuard;

use super::{DeviceLine, Devices};
use crate::answer::Body;
use crate::desk::words;
use crate::door::Door;
use crate::form::{Form, read_form};
use crate::identity::Identity;
use crate::limits::{ACT_MINUTES_MAX, SEAT_MAX};
use crate::record::Account;
use crate::visit::Visit;

/// A refusal that is none of the policy.
type Refusal = (StatusCode, &'static str);

/// There is no room for more.
const BUSY: Refusal = (StatusCode::SERVICE_UNAVAILABLE, "busy");
const MALFORMED: Refusal = (StatusCode::BAD_REQUEST, "request-malformed");
const NOT_FOUND: Refusal = (StatusCode::NOT_FOUND, "not-found");
const NOT_YOURS: Refusal = (StatusCode::FORBIDDEN, "approval-not-yours");
const OWN_ACT: Refusal = (StatusCode::FORBIDDEN, "own-act");
const AT_RISK: Refusal = (StatusCode::FORBIDDEN, "account-at-risk");

/// What a form asks for.
struct Asked<'a> {
    line: &'a DeviceLine,
    act: String,
    minutes: u64,
    reason: String,
}

impl Door {
    /// `POST /guard/seat`: the person works at the address from which they ask.
    pub(super) async fn take_seat(
        self: &Arc<Self>,
        visit: &Visit,
        who: &Identity,
        devices: &Devices,
    ) -> Response<Body> {
        let account = self.device_account(visit, who);
        match self.decide_any(visit, who, devices) {
            Some(Decision::Permit(_)) => {}
            Some(refused) => return self.turn_away(account, &refused).await,
            None => return self.page_not_found(visit, who).await,
        }
        let turn = devices.turn().await;
        if !devices.acts().has_room_at(visit.ip, visit.at) {
            return self.refuse_act(account, BUSY, None).await;
        }
        let until = visit.at.after(SEAT_MAX);
        let event = Event::SeatTaken(SeatTaken {
            request: visit.id.clone(),
            actor: self.actor(visit, who),
            at: visit.at,
            until,
        });
        let told = serde_json::json!({ "address": visit.ip, "until": until });
        self.settle_act(visit, turn, event, (told, "seated")).await
    }

    /// `POST /guard/seat/leave`: they no longer do. Nobody needs a permit to go.
    pub(super) async fn leave_seat(
        self: &Arc<Self>,
        visit: &Visit,
        who: &Identity,
        devices: &Devices,
    ) -> Response<Body> {
        let turn = devices.turn().await;
        if !devices.is_seat_of(visit.ip, &who.person, visit.at) {
            // Somebody else's seat stays.
            let account = self.device_account(visit, who);
            return self.refuse_act(account, NOT_FOUND, None).await;
        }
        let event = Event::SeatLeft(SeatLeft {
            request: visit.id.clone(),
            actor: self.actor(visit, who),
            at: visit.at,
        });
        let told = serde_json::json!({ "address": visit.ip });
        self.settle_act(visit, turn, event, (told, "left")).await
    }

    /// `POST /guard/acts`: asks for an act on an asset, for a while.
    pub(super) async fn ask_act(
        self: &Arc<Self>,
        visit: &Visit,
        who: &Identity,
        devices: &Devices,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let mut account = self.device_account(visit, who);
        let (head, body) = request.into_parts();
        let form = match read_form(&head.headers, body).await {
            Ok(form) => form,
            Err(refused) => {
                let (told, detail) = ((refused.status, refused.code), refused.detail);
                return self.refuse_act(account, told, detail).await;
            }
        };
        let asked = match self.read_asked(&form, devices) {
            Ok(asked) => asked,
            Err(part) => return self.refuse_act(account, MALFORMED, Some(part)).await,
        };
        let Some(decision) = self.decide_line(visit, who, asked.line) else {
            return self.refuse_act(account, MALFORMED, Some("asset")).await;
        };
        account.take_decision(&decision);
        if !matches!(decision, Decision::Permit(_)) {
            return self.turn_away(account, &decision).await;
        }
        let turn = devices.turn().await;
        let has_room = {
            let acts = devices.acts();
            acts.has_room_for(&who.person, visit.at) && acts.has_room_at(visit.ip, visit.at)
        };
        if !has_room {
            return self.refuse_act(account, BUSY, None).await;
        }
        self.keep_asked(&account, turn, asked).await
    }

    /// `POST /guard/acts/ACT/approve`: somebody who answers for the asset agrees.
    pub(super) async fn approve_act(
        self: &Arc<Self>,
        visit: &Visit,
        who: &Identity,
        devices: &Devices,
        id: &str,
    ) -> Response<Body> {
        let turn = devices.turn().await;
        let act = match self.act_to_approve(visit, who, devices, id) {
            Ok(act) => act,
            Err(refusal) => {
                let account = self.device_account(visit, who);
                return self.refuse_act(account, refusal, None).await;
            }
        };
        let complete = self.complete(&act, &who.person, visit);
        let is_complete = !complete.is_empty();
        let event = Event::ActApproved(ActApproved {
            act_request: act.id.clone(),
            request: visit.id.clone(),
            actor: self.actor(visit, who),
            complete,
            at: visit.at,
        });
        let told = serde_json::json!({ "act": act.id, "complete": is_complete });
        self.settle_act(visit, turn, event, (told, "in_force"))
            .await
    }

    /// `POST /guard/acts/ACT/withdraw`: by who asked, or by somebody who answers for the asset.
    pub(super) async fn withdraw_act(
        self: &Arc<Self>,
        visit: &Visit,
        who: &Identity,
        devices: &Devices,
        id: &str,
    ) -> Response<Body> {
        let turn = devices.turn().await;
        let act = match self.act_to_withdraw(visit, who, devices, id) {
            Ok(act) => act,
            Err(refusal) => {
                let account = self.device_account(visit, who);
                return self.refuse_act(account, refusal, None).await;
            }
        };
        let event = Event::ActWithdrawn(ActWithdrawn {
            act_request: act.id.clone(),
            request: visit.id.clone(),
            actor: self.actor(visit, who),
            at: visit.at,
        });
        let told = serde_json::json!({ "act": act.id });
        self.settle_act(visit, turn, event, (told, "was_in_force"))
            .await
    }

    /// An act that a person may approve.
    fn act_to_approve(
        &self,
        visit: &Visit,
        who: &Identity,
        devices: &Devices,
        id: &str,
    ) -> Result<Act, Refusal> {
        let act = find_act(visit, devices, id).ok_or(NOT_FOUND)?;
        if act.holder == who.person {
            return Err(OWN_ACT);
        }
        if !self.answers_for(&act, &who.person, visit) {
            return Err(NOT_YOURS);
        }
        if self.is_at_risk(&who.person, visit.at) {
            return Err(AT_RISK);
        }
        Ok(act)
    }

    /// An act that a person may take back.
    fn act_to_withdraw(
        &self,
        visit: &Visit,
        who: &Identity,
        devices: &Devices,
        id: &str,
    ) -> Result<Act, Refusal> {
        let act = find_act(visit, devices, id).ok_or(NOT_FOUND)?;
        let is_theirs = act.holder == who.person || self.answers_for(&act, &who.person, visit);
        if is_theirs { Ok(act) } else { Err(NOT_YOURS) }
    }

    fn device_account<'a>(&'a self, visit: &'a Visit, who: &'a Identity) -> Account<'a> {
        Account::new(visit, who, self.own_name(), Action::UseService)
    }

    async fn refuse_act(
        &self,
        account: Account<'_>,
        (status, code): Refusal,
        detail: Option<&'static str>,
    ) -> Response<Body> {
        self.decline(account, status, code, detail).await
    }

    /// Whether a person works here and answers now for an aspect that an act needs.
    pub(super) fn answers_for(&self, act: &Act, person: &PersonId, visit: &Visit) -> bool {
        let directory = self.directory();
        let known = directory.person(person);
        let approvers = directory.approvers_of((&act.act, &act.asset), visit.at);
        known.is_some_and(|known| known.is_posted(visit.at))
            && approvers.values().flatten().any(|it| *it == person)
    }

    /// Who approved which aspect, when nothing is missing once this person has approved too.
    fn complete(&self, act: &Act, person: &PersonId, visit: &Visit) -> BTreeMap<String, PersonId> {
        let mut approvers: BTreeSet<PersonId> = act.approvers.iter().cloned().collect();
        approvers.insert(person.clone());
        let directory = self.directory();
        let asked = (act.act.as_str(), &act.asset);
        match directory.approval(asked, &act.holder, &approvers, visit.at) {
            Approval::Approved { by } => by
                .into_iter()
                .map(|(aspect, by)| (aspect.code().to_owned(), by))
                .collect(),
            _ => BTreeMap::new(),
        }
    }

    async fn keep_asked(
        self: &Arc<Self>,
        account: &Account<'_>,
        turn: OwnedMutexGuard<()>,
        asked: Asked<'_>,
    ) -> Response<Body> {
        let (visit, who) = (account.visit, account.who);
        let Ok(id) = ActRequestId::new(&self.fresh_name("act-")) else {
            return self.internal(visit);
        };
        let until = visit.at.after(Duration::from_secs(asked.minutes * 60));
        let event = Event::ActRequested(ActRequested {
            act_request: id.clone(),
            request: visit.id.clone(),
            actor: self.actor(visit, who),
            act: asked.act,
            asset: asked.line.asset.clone(),
            conduit: asked.line.conduit.clone(),
            reason: asked.reason,
            at: visit.at,
            until,
        });
        let told = serde_json::json!({ "act": id, "until": until });
        self.settle_act(visit, turn, event, (told, "seated")).await
    }

    /// Reads the form; the part that is wrong otherwise.
    fn read_asked<'a>(&self, form: &Form, devices: &'a Devices) -> Result<Asked<'a>, &'static str> {
        let field = |name| form.field(name).unwrap_or_default();
        let asset = AssetId::new(field("asset")).map_err(|_| "asset")?;
        let conduit = field("conduit");
        let of_form = |line: &&DeviceLine| line.asset == asset && line.conduit == conduit;
        let line = devices.lines.iter().find(of_form).ok_or("conduit")?;
        let act = field("act");
        if !line.acts(&devices.guard, &self.directory()).contains(act) {
            return Err("act");
        }
        let minutes = field("minutes").parse::<u64>().ok();
        let minutes = minutes.filter(|it| (1..=ACT_MINUTES_MAX).contains(it));
        let reason = words(form).filter(|it| it.chars().count() <= page::ACT_REASON_CHARS_MAX);
        Ok(Asked {
            line,
            act: act.to_owned(),
            minutes: minutes.ok_or("minutes")?,
            reason: reason.ok_or("text")?,
        })
    }
}

/// An act that is not over.
fn find_act(visit: &Visit, devices: &Devices, id: &str) -> Option<Act> {
    let id = ActRequestId::new(id).ok()?;
    devices.acts().find(&id, visit.at).cloned()
}
