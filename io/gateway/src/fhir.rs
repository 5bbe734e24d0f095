//! The life of a FHIR read, top to bottom: understood, decided, fetched, read for what it
//! discloses, decided again for each resource, kept, shown.

mod capability;
mod sift;

use event::{Confidentiality, Disclosed, Event, Outcome, PatientId, ServiceId};
use hyper::{Method, Response, StatusCode};
use locale::Family;
use policy::{Action, Decision, Grounds, Permit, Target};
use wire::fhir::{self, Category, Misunderstood, Scope};
use wire::limits::TargetLimits;

use crate::answer::{Body, FHIR_JSON, answer, mark};
use crate::door::Door;
use crate::identity::Identity;
use crate::limits::PAGES_MAX;
use crate::record::Account;
use crate::refusal::Refused;
use crate::upstream::{Errand, Fault, Fetched, Upstream};
use crate::visit::Visit;

pub(crate) use capability::capability_statement;
use sift::{Sifted, Sifter};

/// A FHIR request with the question that it puts to the policy.
#[derive(Debug)]
struct Asked {
    request: fhir::Request,
    action: Action,
    /// The patient whom the request itself names.
    patient: Option<PatientId>,
    resource_type: &'static str,
    scope: Scope,
}

impl Door {
    /// Answers one FHIR request of a known person.
    pub(crate) async fn answer_fhir(
        &self,
        visit: &Visit,
        who: &Identity,
        upstream: &Upstream,
        method: &Method,
    ) -> Response<Body> {
        let (path, query) = visit.below_service();
        let request = fhir::Request::parse(method.as_str(), path, query, &TargetLimits::DEFAULT);
        let asked = match request {
            Ok(fhir::Request::Capabilities) => {
                return answer(
                    StatusCode::OK,
                    FHIR_JSON,
                    capability_statement(&self.public_base(upstream)),
                );
            }
            Ok(request) => Asked::of(request),
            Err(misunderstood) => {
                return self
                    .misunderstood(visit, who, upstream, &misunderstood)
                    .await;
            }
        };
        let Some(asked) = asked else {
            return self.refuse(
                visit,
                &Refused::of(StatusCode::BAD_REQUEST, "request-malformed"),
            );
        };
        let mut account = Account::new(visit, who, &upstream.terms.name, asked.action);
        account.resource_type = Some(asked.resource_type);
        account.patient = asked.patient.clone();
        let permit = match self.decide(visit, who, asked.action, asked.target()) {
            Decision::Permit(permit) => permit,
            refused => return self.turn_away(account, &refused).await,
        };
        let mut errand = match upstream.errand(permit).await {
            Ok(errand) => errand,
            Err((fault, permit)) => return self.fetch_failed(account, &permit, fault).await,
        };
        let fetched = if asked.action == Action::Read {
            self.fetch_one(&account, &asked, &mut errand).await
        } else {
            self.fetch_pages(&account, &asked, &mut errand).await
        };
        match fetched {
            Ok(Some(sifted)) => {
                // An answer with nothing in it stands on the permit to ask.
                account.take_grounds(std::slice::from_ref(errand.permit()));
                self.show(account, &asked, sifted).await
            }
            Ok(None) => self.absent(account, &errand).await,
            Err(fault) => self.fetch_failed(account, errand.permit(), fault).await,
        }
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

    /// Fetches one resource and decides it; `None` when there is no such resource.
    async fn fetch_one(
        &self,
        account: &Account<'_>,
        asked: &Asked,
        errand: &mut Errand<'_>,
    ) -> Result<Option<Sifted>, Fault> {
        let Fetched::Bytes(bytes) = errand.fetch(&asked.request.canonical_target()).await? else {
            return Ok(None);
        };
        let judge = self.judge(account);
        sift::sift_resource(asked, bytes, &errand.own_bases(), &judge).map(Some)
    }

    /// Fetches every page of a search and decides each entry; `None` when the upstream knows no
    /// such patient.
    ///
    /// Pages are followed here, below the upstream's own base, so that the client never holds a
    /// link that would carry it past a decision.
    async fn fetch_pages(
        &self,
        account: &Account<'_>,
        asked: &Asked,
        errand: &mut Errand<'_>,
    ) -> Result<Option<Sifted>, Fault> {
        let public_base = self.public_base(errand.upstream());
        let judge = self.judge(account);
        let mut sifter = Sifter::new(asked, &public_base, &judge);
        let mut target = asked.request.canonical_target();
        for page in 0..PAGES_MAX {
            let bytes = match errand.fetch(&target).await? {
                Fetched::Bytes(bytes) => bytes,
                Fetched::Absent if page == 0 => return Ok(None),
                Fetched::Absent => return Err(Fault::Unreadable),
            };
            match sifter.page(&bytes, &errand.own_bases())? {
                Some(next) => target = next,
                None => return Ok(Some(Sifted::Shown(sifter.finish()))),
            }
        }
        Err(Fault::TooLarge)
    }

    /// The address by which clients know a service.
    fn public_base(&self, upstream: &Upstream) -> String {
        format!("{}/{}", self.public_url(), upstream.terms.name)
    }

    /// Asks the policy about the resources of one answer.
    fn judge<'j>(
        &'j self,
        account: &Account<'j>,
    ) -> impl Fn(Action, Target<'_>) -> Decision + Send + Sync + 'j {
        let (visit, who) = (account.visit, account.who);
        move |action, target| self.decide(visit, who, action, target)
    }

    async fn show(
        &self,
        mut account: Account<'_>,
        asked: &Asked,
        sifted: Sifted,
    ) -> Response<Body> {
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

    async fn misunderstood(
        &self,
        visit: &Visit,
        who: &Identity,
        upstream: &Upstream,
        misunderstood: &Misunderstood,
    ) -> Response<Body> {
        let (status, text) = match misunderstood.reason.category() {
            Category::Malformed => (StatusCode::BAD_REQUEST, "request-malformed"),
            Category::Forbidden => (StatusCode::FORBIDDEN, "request-forbidden-construct"),
            Category::NotSupported => (
                not_supported_status(misunderstood.reason),
                "request-not-supported",
            ),
        };
        let mut account = Account::new(visit, who, &upstream.terms.name, Action::Read);
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

impl Asked {
    /// The question behind a request; `None` for what is answered without one.
    fn of(request: fhir::Request) -> Option<Self> {
        let (action, resource_type, patient) = match &request {
            fhir::Request::Capabilities => return None,
            fhir::Request::Everything { patient, .. } => (
                Action::Everything,
                fhir::ResourceType::parse("Patient")?,
                Some(patient),
            ),
            fhir::Request::Read { resource_type, id } => {
                let patient = resource_type.is_patient().then_some(id);
                (Action::Read, *resource_type, patient)
            }
            fhir::Request::SearchByPatient {
                resource_type,
                patient,
                ..
            } => (Action::Search, *resource_type, Some(patient)),
        };
        let patient = patient
            .map(|id| PatientId::new(id.as_str()))
            .transpose()
            .ok()?;
        Some(Self {
            action,
            patient,
            resource_type: resource_type.name(),
            scope: resource_type.scope(),
            request,
        })
    }

    fn target(&self) -> Target<'_> {
        match (&self.patient, self.scope) {
            (Some(patient), _) => Target::Record {
                patient,
                resource_type: self.resource_type,
                confidentiality: Confidentiality::Normal,
            },
            (None, Scope::Open) => Target::Reference {
                resource_type: self.resource_type,
            },
            (None, Scope::Closed | Scope::Compartment | Scope::Outcome) => Target::Unopened {
                resource_type: self.resource_type,
            },
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
