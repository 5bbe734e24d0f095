//! The life of a write: read, decided on the resource as it is and as it will be, kept, sent.
//!
//! Nothing is created by an update, no resource moves to another patient, and what is written names
//! only resources of the same patient that its author may read.

use std::collections::BTreeSet;

use event::{Disclosed, Outcome, PatientId};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use policy::Permit;
use wire::fhir::{self, Change, Id, ResourceType, Subject};

use super::headers::Preconditions;
use super::search::{Ground, Stop};
use super::send::{Done, Intent, send};
use super::settle::{Settling, Unsettled};
use super::{Ask, Asked};
use crate::answer::{Body, FHIR_JSON, answer, mark};
use crate::door::Door;
use crate::glass::read_within;
use crate::limits::{WRITTEN_BYTES_MAX, WRITTEN_MAX};
use crate::record::Account;
use crate::refusal::Refused;
use crate::upstream::Errand;

/// A write as it came.
#[derive(Clone, Copy)]
pub(super) struct Sent<'a> {
    pub(super) asked: &'a Asked,
    pub(super) preconditions: &'a Preconditions,
    pub(super) body: &'a [u8],
}

/// A resource after a change.
struct After {
    status: StatusCode,
    at: Option<(ResourceType, Id)>,
    version: Option<Id>,
}

/// A write that every question was answered for.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) intent: Intent,
    pub(super) permits: Vec<Permit>,
    pub(super) patients: BTreeSet<PatientId>,
    /// The resource that is changed; nothing for one that is not there yet.
    pub(super) at: Option<(ResourceType, Id)>,
}

/// Reads a body that is to be written.
pub(super) async fn read_written(body: Incoming) -> Result<bytes::Bytes, Refused<'static>> {
    read_within(body, WRITTEN_BYTES_MAX, WRITTEN_MAX).await
}

impl Door {
    /// Answers a create, update, patch or delete.
    pub(super) async fn answer_write(
        &self,
        ask: Ask<'_>,
        request: fhir::Request,
        preconditions: &Preconditions,
        body: &[u8],
    ) -> Response<Body> {
        let Some(asked) = Asked::of(request) else {
            return self.malformed(ask).await;
        };
        let (mut account, mut errand) = match self.begin(ask, &asked).await {
            Ok(begun) => begun,
            Err(response) => return *response,
        };
        let sent = Sent {
            asked: &asked,
            preconditions,
            body,
        };
        let settled = match self.settle(ask, sent, &mut errand).await {
            Ok(settled) => settled,
            Err(unsettled) => {
                return self.not_written(account, &asked, &errand, unsettled).await;
            }
        };
        self.write_down(&mut account, &settled);
        // INVARIANT: (2) a change is kept before it is done.
        let receipt = match self.keep_access(&account).await {
            Ok(receipt) => receipt,
            Err(not_kept) => return self.not_kept(ask.visit, not_kept),
        };
        let done = match send(&settled.intent, &mut errand).await {
            Ok(done) => done,
            Err(fault) => {
                return self
                    .upstream_failed(ask.visit, account.service, fault)
                    .await;
            }
        };
        drop(settled.permits);
        let mut response = match done {
            Done::Conflict => {
                self.refuse_plainly(ask, StatusCode::PRECONDITION_FAILED, "version-conflict")
            }
            Done::NotTaken => {
                self.refuse_plainly(ask, StatusCode::UNPROCESSABLE_ENTITY, "upstream-rejected")
            }
            Done::Changed {
                status,
                at,
                version,
            } => {
                let after = After {
                    status,
                    at: at.or(settled.at),
                    version,
                };
                let whole = preconditions.wants_representation;
                self.changed(ask, whole, after).await
            }
        };
        // An answer that shows the resource carries the evidence of its own reading.
        if !response.headers().contains_key(crate::answer::EVIDENCE) {
            mark(&mut response, &receipt);
        }
        response
    }

    /// Answers every question that a write raises.
    pub(super) async fn settle<'a>(
        &'a self,
        ask: Ask<'a>,
        sent: Sent<'_>,
        errand: &mut Errand<'a>,
    ) -> Result<Settled, Unsettled> {
        let Sent {
            asked,
            preconditions,
            body,
        } = sent;
        let judge = self.judge(ask);
        let public_base = self.public_base(ask.upstream);
        let no_panel = || None;
        let ground = Ground {
            judge: &judge,
            public_base: &public_base,
            panel: &no_panel,
        };
        let mut settling = Settling::new(errand, ground, preconditions);
        match &asked.request {
            fhir::Request::Create { resource_type } => settling.create(*resource_type, body).await,
            fhir::Request::Write { change, subject } => {
                let (resource_type, id) = match subject {
                    Subject::One(resource_type, id) => (*resource_type, id.clone()),
                    Subject::Found(search) => settling.find(search).await?,
                };
                match change {
                    Change::Delete => settling.delete(resource_type, id).await,
                    Change::Patch => settling.patch(resource_type, id, body).await,
                    Change::Update => settling.update(resource_type, id, body).await,
                }
            }
            _ => Err(Unsettled::NotDone("request-malformed")),
        }
    }

    /// What evidence says of a write that is about to be done.
    pub(super) fn write_down(&self, account: &mut Account<'_>, settled: &Settled) {
        account.take_grounds(&settled.permits);
        account.status = match account.action {
            "create" => StatusCode::CREATED,
            _ => StatusCode::OK,
        };
        if let (None, Some(only)) = (&account.patient, settled.patients.first()) {
            account.patient = (settled.patients.len() == 1).then(|| only.clone());
        }
        account.disclosed = Disclosed {
            patients: self.seal_all(&settled.patients),
            resources: 0,
            withheld: 0,
        };
    }

    /// Keeps and tells why nothing was written.
    pub(super) async fn not_written(
        &self,
        mut account: Account<'_>,
        asked: &Asked,
        errand: &Errand<'_>,
        unsettled: Unsettled,
    ) -> Response<Body> {
        let ask = Ask {
            visit: account.visit,
            who: account.who,
            upstream: errand.upstream(),
        };
        match unsettled {
            Unsettled::Exists(resource_type, id) => {
                account.take_grounds(std::slice::from_ref(errand.permit()));
                account.status = StatusCode::OK;
                let receipt = match self.keep_access(&account).await {
                    Ok(receipt) => receipt,
                    Err(not_kept) => return self.not_kept(ask.visit, not_kept),
                };
                let after = After {
                    status: StatusCode::OK,
                    at: Some((resource_type, id)),
                    version: None,
                };
                let mut response = self.changed(ask, false, after).await;
                mark(&mut response, &receipt);
                response
            }
            Unsettled::Fault(fault) => self.fetch_failed(account, errand.permit(), fault).await,
            Unsettled::NotDone(code) => self.not_done(account, code).await,
            Unsettled::Told(status, code) => {
                account.grounds = policy::Grounds::of_reason(code);
                account.status = status;
                self.refuse_kept(&account, &Refused::of(status, code)).await
            }
            Unsettled::NotThere if asked.patient.is_some() => self.absent(account, errand).await,
            Unsettled::NotThere => {
                let grounds = policy::Grounds::of_reason("not-found");
                self.not_open(account, Outcome::Refusal, &grounds).await
            }
            // The resource that is there is not open: the same answer as when there is none.
            Unsettled::NotOpen(decision) if asked.patient.is_none() => {
                self.not_open(account, decision.outcome(), decision.grounds())
                    .await
            }
            Unsettled::NotOpen(decision) | Unsettled::Refused(decision) => {
                self.turn_away(account, &decision).await
            }
        }
    }

    /// Tells that a change is done, with the resource when the client wants it.
    async fn changed(
        &self,
        ask: Ask<'_>,
        wants_representation: bool,
        after: After,
    ) -> Response<Body> {
        let After {
            status,
            at,
            version,
        } = after;
        let mut response = match &at {
            Some((resource_type, id))
                if wants_representation && status != StatusCode::NO_CONTENT =>
            {
                let request = fhir::Request::Read {
                    resource_type: *resource_type,
                    id: id.clone(),
                };
                let shown = self
                    .answer_fetch(ask, request, &Preconditions::default())
                    .await;
                if shown.status() == StatusCode::OK {
                    shown
                } else {
                    answer(status, FHIR_JSON, "")
                }
            }
            _ => answer(status, FHIR_JSON, ""),
        };
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if let Some((resource_type, id)) = at {
            let base = self.public_base(ask.upstream);
            let location = match &version {
                Some(version) => format!("{base}/{resource_type}/{id}/_history/{version}"),
                None => format!("{base}/{resource_type}/{id}"),
            };
            if let Ok(value) = HeaderValue::from_str(&location) {
                headers.insert(header::LOCATION, value);
            }
        }
        if let Some(version) = version
            && let Ok(value) = HeaderValue::from_str(&format!("W/\"{version}\""))
        {
            headers.insert(header::ETAG, value);
        }
        response
    }

    pub(super) fn refuse_plainly(
        &self,
        ask: Ask<'_>,
        status: StatusCode,
        code: &'static str,
    ) -> Response<Body> {
        self.refuse(ask.visit, &Refused::of(status, code))
    }
}

impl From<Stop> for Unsettled {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Fault(fault) => Self::Fault(fault),
            Stop::NotDone(code) => Self::NotDone(code),
        }
    }
}
