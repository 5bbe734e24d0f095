//! The life of a FHIR request, top to bottom: understood, decided, fetched, read for what it
//! discloses, decided again for each resource, kept, shown.

mod asked;
mod bundle;
mod capability;
mod export;
mod follow;
mod headers;
mod page;
mod read;
mod search;
mod send;
mod settle;
mod sift;
mod verdicts;
mod write;

use std::sync::Arc;

use event::{Disclosed, Event, Outcome, ServiceId};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use locale::Family;
use policy::{Action, Decision, Grounds, Permit, Target};
use wire::fhir::{self, Category, Misunderstood};
use wire::limits::TargetLimits;

use crate::answer::{Body, FHIR_JSON, answer, mark};
use crate::door::Door;
use crate::glass::read_body;
use crate::identity::Identity;
use crate::limits::PAGE_AGE_MAX;
use crate::record::Account;
use crate::refusal::Refused;
use crate::upstream::{Errand, Fault, Upstream};
use crate::visit::Visit;

use asked::Asked;
pub(crate) use capability::capability_statement;
use export::Job;
use headers::Preconditions;
pub(crate) use page::PageSeal;
use page::{Cursor, Holder, Page};
pub(crate) use search::Source;
use sift::Sifted;

/// Who asks what service, for a whole request or for one entry of a batch.
#[derive(Clone, Copy)]
struct Ask<'a> {
    visit: &'a Visit,
    who: &'a Identity,
    upstream: &'a Upstream,
}

impl Door {
    /// Answers one FHIR request of a known person.
    pub(crate) async fn answer_fhir(
        self: &Arc<Self>,
        visit: &Visit,
        who: &Identity,
        upstream: &Upstream,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let ask = Ask {
            visit,
            who,
            upstream,
        };
        let (head, body) = request.into_parts();
        let (path, query) = visit.below_service();
        let method = head.method.as_str();
        let (form, body) = if fhir::Request::takes_form(method, path) {
            match read_body(body).await {
                Ok(bytes) => (String::from_utf8_lossy(&bytes).into_owned(), None),
                Err(refused) => return self.not_read(ask, &refused).await,
            }
        } else {
            (String::new(), Some(body))
        };
        let limits = &TargetLimits::DEFAULT;
        let request = match fhir::Request::parse_with_form(method, path, query, &form, limits) {
            Ok(request) => request,
            Err(misunderstood) => return self.misunderstood(ask, &misunderstood).await,
        };
        let preconditions = Preconditions::of(&head.headers);
        if let fhir::Request::ExportFile {
            token,
            resource_type,
        } = &request
        {
            return self.answer_export_file(ask, token, *resource_type).await;
        }
        let Some(body) = body else {
            return self.answer_read(ask, request, &preconditions).await;
        };
        match &request {
            fhir::Request::Bundle | fhir::Request::Create { .. } | fhir::Request::Write { .. } => {
                match write::read_written(body).await {
                    Ok(bytes) if request == fhir::Request::Bundle => {
                        self.answer_bundle(ask, &bytes).await
                    }
                    Ok(bytes) => {
                        self.answer_write(ask, request, &preconditions, &bytes)
                            .await
                    }
                    Err(refused) => self.not_read(ask, &refused).await,
                }
            }
            _ => self.answer_read(ask, request, &preconditions).await,
        }
    }

    /// Answers what changes nothing.
    async fn answer_read(
        &self,
        ask: Ask<'_>,
        request: fhir::Request,
        preconditions: &Preconditions,
    ) -> Response<Body> {
        match request {
            fhir::Request::Capabilities => answer(
                StatusCode::OK,
                FHIR_JSON,
                capability_statement(&self.public_base(ask.upstream)),
            ),
            fhir::Request::Page { token, .. } => match self.page_behind(ask, &token) {
                Some((search, cursor)) => self.answer_search(ask, search, Some(cursor)).await,
                None => self.page_ended(ask).await,
            },
            fhir::Request::Search(search) => self.answer_search(ask, search, None).await,
            fhir::Request::Export { of, types, since } => {
                let job = Job { of, types, since };
                self.answer_export(ask, job, preconditions).await
            }
            fhir::Request::ExportJob { token } => self.answer_export_job(ask, &token).await,
            request => self.answer_fetch(ask, request, preconditions).await,
        }
    }

    async fn answer_search(
        &self,
        ask: Ask<'_>,
        search: fhir::Search,
        from: Option<Cursor>,
    ) -> Response<Body> {
        let Some(asked) = Asked::of(fhir::Request::Search(search.clone())) else {
            return self.malformed(ask).await;
        };
        let (account, mut errand) = match self.begin(ask, &asked).await {
            Ok(begun) => begun,
            Err(response) => return *response,
        };
        let public_base = self.public_base(ask.upstream);
        let judge = self.judge(ask);
        let panel = || self.panel(ask);
        let ground = search::Ground {
            judge: &judge,
            public_base: &public_base,
            panel: &panel,
        };
        match search::run(&search, from, &mut errand, ground).await {
            Ok(hit) => {
                let next = match &hit.next {
                    Some(cursor) => match self.link_to(ask, &search, cursor) {
                        Some(next) => Some(next),
                        None => {
                            let fault = Fault::TooLarge;
                            return self.fetch_failed(account, errand.permit(), fault).await;
                        }
                    },
                    None => None,
                };
                let sifted = Sifted::Shown(hit.release(next.as_deref()));
                self.show(account, &asked, &errand, sifted).await
            }
            Err(search::Stop::Fault(fault)) => {
                self.fetch_failed(account, errand.permit(), fault).await
            }
            Err(search::Stop::NotDone(code)) => self.not_done(account, code).await,
        }
    }

    /// The permit to fetch, and the errand that it allows; or why there is none.
    async fn begin<'a>(
        &'a self,
        ask: Ask<'a>,
        asked: &Asked,
    ) -> Result<(Account<'a>, Errand<'a>), Box<Response<Body>>> {
        let Ask {
            visit,
            who,
            upstream,
        } = ask;
        let mut account = Account::new(visit, who, &upstream.terms.name, asked.action);
        account.resource_type = Some(asked.resource_type);
        account.patient = asked.patient.clone();
        let permit = match self.decide(visit, who, asked.action, asked.target()) {
            Decision::Permit(permit) => permit,
            refused => return Err(Box::new(self.turn_away(account, &refused).await)),
        };
        match upstream.errand(permit).await {
            Ok(errand) => Ok((account, errand)),
            Err((fault, permit)) => Err(Box::new(self.fetch_failed(account, &permit, fault).await)),
        }
    }

    /// The search and the place behind a token, when it is this person's and still good.
    fn page_behind(&self, ask: Ask<'_>, token: &str) -> Option<(fhir::Search, Cursor)> {
        let page = self.pages().open(token, self.holder(ask), ask.visit.at)?;
        let (path, query) = page.search.split_once('?').unwrap_or((&page.search, ""));
        match fhir::Request::parse("GET", path, Some(query), &TargetLimits::DEFAULT) {
            Ok(fhir::Request::Search(search)) => Some((search, page.cursor)),
            _ => None,
        }
    }

    /// The target of the page that begins at `cursor`.
    fn link_to(&self, ask: Ask<'_>, search: &fhir::Search, cursor: &Cursor) -> Option<String> {
        let page = Page {
            search: fhir::Request::Search(search.clone()).canonical_target(),
            cursor: cursor.clone(),
        };
        let token = self
            .pages()
            .seal(&page, self.holder(ask), ask.visit.at, PAGE_AGE_MAX)?;
        let request = fhir::Request::Page {
            resource_type: search.resource_type,
            token: token.into(),
        };
        Some(request.canonical_target())
    }

    fn holder<'a>(&'a self, ask: Ask<'a>) -> Holder<'a> {
        Holder {
            person: &ask.who.person,
            session: &ask.who.session,
            service: ask.upstream.terms.name.as_str(),
            policy_set: self.policy_set(),
        }
    }

    /// A token that is forged, another's, of another policy or too old gets one answer.
    async fn page_ended(&self, ask: Ask<'_>) -> Response<Body> {
        let mut account = self.account_of(ask, Action::Search);
        account.grounds = Grounds::of_reason("page-ended");
        account.status = StatusCode::GONE;
        self.refuse_kept(&account, &Refused::of(StatusCode::GONE, "page-ended"))
            .await
    }

    /// Something that this door does not do for this person, whatever is there.
    async fn not_done(&self, mut account: Account<'_>, code: &'static str) -> Response<Body> {
        account.grounds = Grounds::of_reason(code);
        account.status = StatusCode::FORBIDDEN;
        self.refuse_kept(&account, &Refused::of(StatusCode::FORBIDDEN, code))
            .await
    }

    /// The patients in the person's care now, when they are few enough to look through.
    fn panel(&self, ask: Ask<'_>) -> Option<Vec<fhir::Id>> {
        let most = crate::limits::CHAINED_MAX;
        let patients = self
            .directory()
            .in_care_of(&ask.who.person, ask.visit.at, most)?;
        Some(
            patients
                .iter()
                .filter_map(|patient| fhir::Id::parse(patient.as_str()))
                .collect(),
        )
    }

    /// The upstream failed: who asked is kept as well as what it did.
    async fn fetch_failed(
        &self,
        mut account: Account<'_>,
        permit: &Permit,
        fault: Fault,
    ) -> Response<Body> {
        account.take_grounds(std::slice::from_ref(permit));
        account.status = fault.status();
        match self.keep_access(&account).await {
            Ok(_receipt) => {
                self.upstream_failed(account.visit, account.service, fault)
                    .await
            }
            Err(not_kept) => self.not_kept(account.visit, not_kept),
        }
    }

    /// The address by which clients know a service.
    fn public_base(&self, upstream: &Upstream) -> String {
        format!("{}/{}", self.public_url(), upstream.terms.name)
    }

    /// Asks the policy about the resources of one answer.
    fn judge<'j>(
        &'j self,
        ask: Ask<'j>,
    ) -> impl Fn(Action, Target<'_>) -> Decision + Send + Sync + 'j {
        move |action, target| self.decide(ask.visit, ask.who, action, target)
    }

    fn account_of<'a>(&self, ask: Ask<'a>, action: Action) -> Account<'a> {
        Account::new(ask.visit, ask.who, &ask.upstream.terms.name, action)
    }

    async fn malformed(&self, ask: Ask<'_>) -> Response<Body> {
        let refused = Refused::of(StatusCode::BAD_REQUEST, "request-malformed");
        self.not_read(ask, &refused).await
    }

    /// INVARIANT: (8) what cannot be read, or is more than is taken, is an event too.
    async fn not_read(&self, ask: Ask<'_>, refused: &Refused<'_>) -> Response<Body> {
        let mut account = self.account_of(ask, Action::Read);
        account.action = "not-understood";
        account.grounds = Grounds::of_reason(refused.code);
        account.status = refused.status;
        self.refuse_kept(&account, refused).await
    }

    async fn show(
        &self,
        mut account: Account<'_>,
        asked: &Asked,
        errand: &Errand<'_>,
        sifted: Sifted,
    ) -> Response<Body> {
        // An answer with nothing in it stands on the permit to ask.
        account.take_grounds(std::slice::from_ref(errand.permit()));
        match sifted {
            Sifted::Hidden { decision, patients } => {
                account.disclosed = Disclosed {
                    patients: self.seal_all(&patients),
                    resources: 0,
                    withheld: 1,
                };
                if asked.patient.is_some() {
                    return self.turn_away(account, &decision).await;
                }
                self.not_open(account, decision.outcome(), decision.grounds())
                    .await
            }
            Sifted::Shown(release) => {
                account.status = StatusCode::OK;
                if !release.permits.is_empty() {
                    account.take_grounds(&release.permits);
                }
                account.disclosed = Disclosed {
                    patients: self.seal_all(&release.patients),
                    resources: release.resources,
                    withheld: release.withheld,
                };
                // INVARIANT: (2) kept before shown: `show` asks for the receipt of this access.
                match self.keep_access(&account).await {
                    Ok(receipt) => release.show(&receipt),
                    Err(not_kept) => self.not_kept(account.visit, not_kept),
                }
            }
        }
    }

    /// There is no such resource: where the request names the patient this is said plainly, else
    /// with the same words as when it is not open to this person.
    async fn absent(&self, mut account: Account<'_>, errand: &Errand<'_>) -> Response<Body> {
        let permit = errand.permit();
        if permit.is_fetch_only() {
            return self
                .not_open(account, Outcome::Refusal, permit.grounds())
                .await;
        }
        account.take_grounds(std::slice::from_ref(permit));
        account.status = StatusCode::NOT_FOUND;
        self.refuse_kept(&account, &Refused::of(StatusCode::NOT_FOUND, "not-found"))
            .await
    }

    /// INVARIANT: a resource asked for by its id alone gets one answer whether it does not exist
    /// or is not open to this person; only evidence knows which it was.
    async fn not_open(
        &self,
        mut account: Account<'_>,
        outcome: Outcome,
        grounds: &Grounds,
    ) -> Response<Body> {
        account.outcome = outcome;
        account.grounds = grounds.clone();
        account.status = StatusCode::NOT_FOUND;
        let refused = Refused::of(StatusCode::NOT_FOUND, "not-found-or-not-open");
        self.refuse_kept(&account, &refused).await
    }

    async fn misunderstood(&self, ask: Ask<'_>, misunderstood: &Misunderstood) -> Response<Body> {
        let visit = ask.visit;
        let (status, text) = match misunderstood.reason.category() {
            Category::Malformed => (StatusCode::BAD_REQUEST, "request-malformed"),
            Category::Forbidden => (StatusCode::FORBIDDEN, "request-forbidden-construct"),
            Category::NotSupported => (
                not_supported_status(misunderstood.reason),
                "request-not-supported",
            ),
        };
        let mut account = self.account_of(ask, Action::Read);
        account.action = "not-understood";
        account.grounds = Grounds::of_reason(misunderstood.reason.code());
        account.status = status;
        let cause = misunderstood.reason.code();
        let cause = self.catalog().label(visit.language, Family::Cause, cause);
        let detail = format!("{cause} ({})", misunderstood.detail);
        let refused = Refused {
            detail: Some(&detail),
            ..Refused::of(status, text)
        };
        let mut response = self.refuse_kept(&account, &refused).await;
        if status == StatusCode::METHOD_NOT_ALLOWED {
            let allow = hyper::header::HeaderValue::from_static("GET");
            response.headers_mut().insert(hyper::header::ALLOW, allow);
        }
        response
    }

    /// Keeps what an upstream did, and tells that there is no answer.
    pub(crate) async fn upstream_failed(
        &self,
        visit: &Visit,
        service: &ServiceId,
        fault: Fault,
    ) -> Response<Body> {
        let failed = Event::Upstream(event::Upstream {
            request: visit.id.clone(),
            service: service.clone(),
            fault: fault.code().to_owned(),
        });
        match self.keep(&failed, visit.at).await {
            Err(not_kept) => self.not_kept(visit, not_kept),
            Ok(receipt) => {
                let mut response = self.refuse(visit, &Refused::of(fault.status(), fault.code()));
                mark(&mut response, &receipt);
                response
            }
        }
    }
}

fn not_supported_status(reason: fhir::Reason) -> StatusCode {
    match reason {
        fhir::Reason::MethodNotSupported | fhir::Reason::MethodWrite => {
            StatusCode::METHOD_NOT_ALLOWED
        }
        _ => StatusCode::NOT_IMPLEMENTED,
    }
}
