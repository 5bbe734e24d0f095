//! Several interactions at once: a batch carries each out on its own, a transaction all or none.
//!
//! Nothing of a bundle is forwarded as it came: each entry is understood and decided like a request
//! of its own, and a transaction is written anew.

use std::collections::{BTreeMap, BTreeSet};

use event::PatientId;
use http_body_util::BodyExt;
use hyper::header::{self, HeaderName};
use hyper::{Response, StatusCode};
use policy::{Decision, Permit};
use wire::fhir::disclosure::{names_of, own_address};
use wire::fhir::exchange::{
    Answered, Commanded, Exchange, Interaction, read_outcomes, write_answers, write_transaction,
};
use wire::fhir::{self};
use wire::limits::TargetLimits;

use super::headers::{Preconditions, VersionTag};
use super::settle::{self, Unsettled};
use super::write::{Sent, Settled};
use super::{Ask, Asked};
use crate::answer::{Body, EVIDENCE, FHIR_JSON, answer};
use crate::door::Door;
use crate::limits::BUNDLE_ENTRIES_MAX;
use crate::record::Account;
use crate::refusal::Refused;
use crate::upstream::{Errand, Fault};

/// An entry of a transaction that every question was answered for.
struct Ready<'a> {
    account: Account<'a>,
    settled: Settled,
    full_url: Option<String>,
}

impl Door {
    /// Answers a batch or a transaction.
    pub(super) async fn answer_bundle(&self, ask: Ask<'_>, body: &[u8]) -> Response<Body> {
        let plain = ask.visit.as_entry();
        let ask = Ask {
            visit: &plain,
            ..ask
        };
        let exchange = match Exchange::read(body, BUNDLE_ENTRIES_MAX) {
            Ok(exchange) => exchange,
            Err(why) => {
                tracing::debug!(code = why.code(), "A bundle cannot be read");
                let refused = Refused {
                    detail: Some(why.code()),
                    ..Refused::of(StatusCode::BAD_REQUEST, "request-malformed")
                };
                return self.not_read(ask, &refused).await;
            }
        };
        if exchange.atomic {
            self.answer_transaction(ask, &exchange.entries).await
        } else {
            self.answer_batch(ask, &exchange.entries).await
        }
    }

    async fn answer_batch(&self, ask: Ask<'_>, entries: &[Interaction<'_>]) -> Response<Body> {
        let mut answers = Vec::with_capacity(entries.len());
        let mut evidence = None;
        for entry in entries {
            let response = self.answer_entry(ask, entry).await;
            evidence = response.headers().get(EVIDENCE).cloned().or(evidence);
            answers.push(answered(response).await);
        }
        let mut response = answer(StatusCode::OK, FHIR_JSON, write_answers(false, &answers));
        if let Some(evidence) = evidence {
            response.headers_mut().insert(EVIDENCE, evidence);
        }
        response
    }

    async fn answer_entry(&self, ask: Ask<'_>, entry: &Interaction<'_>) -> Response<Body> {
        let request = match parse(entry) {
            Ok(request) => request,
            Err(misunderstood) => return self.misunderstood(ask, &misunderstood).await,
        };
        let preconditions = preconditions_of(entry);
        match &request {
            // A bundle inside a bundle has no meaning.
            fhir::Request::Bundle => self.malformed(ask).await,
            fhir::Request::Create { .. } | fhir::Request::Write { .. } => {
                let body = entry.resource.unwrap_or_default().as_bytes();
                self.answer_write(ask, request, &preconditions, body).await
            }
            _ => self.answer_read(ask, request, &preconditions).await,
        }
    }

    async fn answer_transaction(
        &self,
        ask: Ask<'_>,
        entries: &[Interaction<'_>],
    ) -> Response<Body> {
        let mut errand = None;
        let mut permits = Vec::new();
        let mut ready = Vec::with_capacity(entries.len());
        for entry in entries {
            match self.prepare(ask, entry, &mut errand, &mut permits).await {
                Ok(prepared) => ready.push(prepared),
                Err(refusal) => return *refusal,
            }
        }
        let Some(mut errand) = errand else {
            return answer(StatusCode::OK, FHIR_JSON, write_answers(true, &[]));
        };
        if !names_agree(&ready, &errand) {
            let refused = Refused::of(StatusCode::UNPROCESSABLE_ENTITY, "reference-not-open");
            return self.not_read(ask, &refused).await;
        }
        // INVARIANT: (2) every change is kept before the first is done.
        let mut receipt = None;
        for prepared in &mut ready {
            self.write_down(&mut prepared.account, &prepared.settled);
            match self.keep_access(&prepared.account).await {
                Ok(kept) => receipt = Some(kept),
                Err(not_kept) => return self.not_kept(ask.visit, not_kept),
            }
        }
        let mut response = match self.commit(ask, &ready, &mut errand).await {
            Ok(response) => response,
            Err(fault) => {
                let service = &ask.upstream.terms.name;
                return self.upstream_failed(ask.visit, service, fault).await;
            }
        };
        drop((ready, permits));
        if let Some(receipt) = receipt {
            crate::answer::mark(&mut response, &receipt);
        }
        response
    }

    /// Decides one entry of a transaction; the first one's permit carries the errand.
    async fn prepare<'a>(
        &'a self,
        ask: Ask<'a>,
        entry: &Interaction<'_>,
        errand: &mut Option<Errand<'a>>,
        permits: &mut Vec<Permit>,
    ) -> Result<Ready<'a>, Box<Response<Body>>> {
        let request = match parse(entry) {
            Ok(request) => request,
            Err(misunderstood) => {
                return Err(Box::new(self.misunderstood(ask, &misunderstood).await));
            }
        };
        let Some(asked) = Asked::of(request) else {
            return Err(Box::new(self.malformed(ask).await));
        };
        let account = match errand {
            None => {
                let (account, begun) = self.begin(ask, &asked).await?;
                *errand = Some(begun);
                account
            }
            Some(_) => {
                let mut account = self.account_of(ask, asked.action);
                account.resource_type = Some(asked.resource_type);
                account.patient = asked.patient.clone();
                match self.decide(ask.visit, ask.who, asked.action, asked.target()) {
                    Decision::Permit(permit) => permits.push(permit),
                    refused => return Err(Box::new(self.turn_away(account, &refused).await)),
                }
                account
            }
        };
        let Some(errand) = errand else {
            return Err(Box::new(self.malformed(ask).await));
        };
        let settled = match self.settle_entry(ask, &asked, entry, errand).await {
            Ok(settled) => settled,
            Err(unsettled) => {
                let told = self.not_written(account, &asked, errand, unsettled).await;
                return Err(Box::new(told));
            }
        };
        Ok(Ready {
            account,
            settled,
            full_url: entry.full_url.as_deref().map(str::to_owned),
        })
    }

    async fn settle_entry<'a>(
        &'a self,
        ask: Ask<'a>,
        asked: &Asked,
        entry: &Interaction<'_>,
        errand: &mut Errand<'a>,
    ) -> Result<Settled, Unsettled> {
        let changes = matches!(
            asked.request,
            fhir::Request::Create { .. }
                | fhir::Request::Write {
                    change: fhir::Change::Update | fhir::Change::Delete,
                    ..
                }
        );
        if !changes || entry.if_none_exist.is_some() {
            return Err(Unsettled::NotDone("transaction-only-writes"));
        }
        let body = entry.resource.unwrap_or_default().as_bytes();
        let preconditions = Preconditions {
            in_bundle: true,
            ..preconditions_of(entry)
        };
        let sent = Sent {
            asked,
            preconditions: &preconditions,
            body,
        };
        self.settle(ask, sent, errand).await
    }

    async fn commit(
        &self,
        ask: Ask<'_>,
        ready: &[Ready<'_>],
        errand: &mut Errand<'_>,
    ) -> Result<Response<Body>, Fault> {
        let commanded: Vec<Commanded<'_>> = ready
            .iter()
            .map(|it| {
                let intent = &it.settled.intent;
                Commanded {
                    full_url: it.full_url.as_deref(),
                    method: intent.method,
                    target: &intent.target,
                    if_match: intent.if_match.as_ref().map(fhir::Id::as_str),
                    resource: str::from_utf8(&intent.body).unwrap_or_default(),
                }
            })
            .collect();
        let body = write_transaction(&commanded).into();
        let headers = [
            ("prefer", "return=minimal".to_owned()),
            ("content-type", settle::FHIR_JSON.to_owned()),
        ];
        let said = errand.change("POST", "", &headers, body).await?;
        match said.status {
            StatusCode::OK => {}
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED | StatusCode::NOT_FOUND => {
                let status = StatusCode::PRECONDITION_FAILED;
                return Ok(self.refuse_plainly(ask, status, "version-conflict"));
            }
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return Ok(self.refuse_plainly(ask, status, "upstream-rejected"));
            }
            status => {
                tracing::warn!(%status, "Upstream refused a transaction");
                return Err(Fault::Refused);
            }
        }
        let outcomes = read_outcomes(&said.bytes).map_err(|_| Fault::Unreadable)?;
        if outcomes.len() != ready.len() {
            return Err(Fault::Unreadable);
        }
        let bases = errand.own_bases();
        let base = self.public_base(ask.upstream);
        let answers: Vec<Answered> = outcomes
            .iter()
            .zip(ready)
            .map(|(outcome, it)| answered_change(outcome, it, &bases, &base))
            .collect();
        Ok(answer(
            StatusCode::OK,
            FHIR_JSON,
            write_answers(true, &answers),
        ))
    }
}

fn parse(entry: &Interaction<'_>) -> Result<fhir::Request, fhir::Misunderstood> {
    let (path, query) = match entry.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (entry.target.as_str(), None),
    };
    fhir::Request::parse(&entry.method, path, query, &TargetLimits::DEFAULT)
}

fn preconditions_of(entry: &Interaction<'_>) -> Preconditions {
    Preconditions {
        if_match: entry.if_match.as_deref().map(VersionTag::parse),
        if_none_match: entry.if_none_match.as_deref().map(VersionTag::parse),
        if_none_exist: entry.if_none_exist.as_deref().map(str::to_owned),
        ..Preconditions::default()
    }
}

/// Takes an answer apart, to be put into a bundle of answers.
async fn answered(response: Response<Body>) -> Answered {
    let (head, body) = response.into_parts();
    let text = |name: HeaderName| {
        let value = head.headers.get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let bytes = body
        .collect()
        .await
        .ok()
        .map(http_body_util::Collected::to_bytes);
    let body = bytes
        .and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
        .filter(|body| !body.is_empty());
    Answered {
        status: head.status.as_u16(),
        location: text(header::LOCATION),
        etag: text(header::ETAG),
        body,
    }
}

fn answered_change(
    outcome: &fhir::exchange::Outcome,
    ready: &Ready<'_>,
    bases: &[&str],
    public_base: &str,
) -> Answered {
    let location = outcome.location.as_deref();
    let at = location
        .and_then(|location| own_address(location, bases))
        .or_else(|| ready.settled.at.clone());
    let version = outcome.etag.as_deref().map(VersionTag::parse);
    let digits = outcome.status.get(..3).and_then(|it| it.parse().ok());
    Answered {
        status: digits.unwrap_or(200),
        location: at.map(|(resource_type, id)| format!("{public_base}/{resource_type}/{id}")),
        etag: match version {
            Some(VersionTag::One(version)) => Some(format!("W/\"{version}\"")),
            Some(VersionTag::NotUnderstood) | None => None,
        },
        body: None,
    }
}

/// Whether what entries name by their addresses in the bundle is there, and of the same patient.
fn names_agree(ready: &[Ready<'_>], errand: &Errand<'_>) -> bool {
    let bases = errand.own_bases();
    let mut patients: BTreeMap<&str, &BTreeSet<PatientId>> = BTreeMap::new();
    for it in ready {
        if let Some(full_url) = &it.full_url
            && patients.insert(full_url, &it.settled.patients).is_some()
        {
            return false;
        }
    }
    ready.iter().all(|it| {
        let raw = str::from_utf8(&it.settled.intent.body).unwrap_or_default();
        raw.is_empty()
            || names_of(raw, &bases).in_bundle.iter().all(|urn| {
                patients
                    .get(urn.as_str())
                    .is_some_and(|of| !of.is_disjoint(&it.settled.patients))
            })
    })
}
