//! Break-glass at the door: the table of open glasses and the declaration that opens one.

mod declaration;
mod table;

use std::time::Duration;

use event::{Confidentiality, Event, GlassDeclared, GlassId, GlassReason, PatientId, ReviewId};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use policy::{Action, Decision, Glass, Permit, Target};

use crate::answer::{Body, HTML, answer, mark};
use crate::door::Door;
use crate::identity::Identity;
use crate::limits::GLASSES_OPEN_PER_PERSON_MAX;
use crate::record::Account;
use crate::refusal::Refused;
use crate::visit::Visit;

use declaration::Declaration;
pub(crate) use declaration::{read_body, read_within};
pub(crate) use table::{Glasses, Room};

const JSON: &str = "application/json";

impl Door {
    /// `POST /break-glass`: opens one patient's record to one person in one session, for a while.
    pub(crate) async fn break_glass(
        &self,
        visit: &Visit,
        who: &Identity,
        headers: &HeaderMap,
        body: Incoming,
    ) -> Response<Body> {
        let declaration = match Declaration::read(headers, body).await {
            Ok(declaration) => declaration,
            Err(refused) => {
                let mut account =
                    Account::new(visit, who, self.own_name(), Action::DeclareBreakGlass);
                account.grounds = policy::Grounds::of_reason(refused.code);
                account.status = refused.status;
                return self.refuse_kept(&account, &refused).await;
            }
        };
        let mut account = Account::new(visit, who, self.own_name(), Action::DeclareBreakGlass);
        account.resource_type = Some("Patient");
        account.patient = Some(declaration.patient.clone());
        if declaration.lacks_words() {
            return self.ask_for_words(account, declaration).await;
        }
        let target = Target::Record {
            patient: &declaration.patient,
            resource_type: "Patient",
            confidentiality: Confidentiality::Normal,
        };
        let permit = match self.decide(visit, who, Action::DeclareBreakGlass, target) {
            Decision::Permit(permit) => permit,
            refused => return self.turn_away(account, &refused).await,
        };
        match self
            .glasses()
            .room(&who.person, &who.session, &declaration.patient, visit.at)
        {
            Room::Open(glass) => {
                self.already_open(account, &declaration, &glass, permit)
                    .await
            }
            Room::Full => {
                account.status = StatusCode::TOO_MANY_REQUESTS;
                account.grounds = policy::Grounds::of_reason("glasses-too-many");
                let refused = Refused::of(StatusCode::TOO_MANY_REQUESTS, "glasses-too-many");
                tracing::warn!(limit = GLASSES_OPEN_PER_PERSON_MAX, "Glasses limit reached");
                self.refuse_kept(&account, &refused).await
            }
            Room::Free => self.open_glass(visit, who, &declaration, permit).await,
        }
    }

    /// Shows the form again, open where the words belong: nobody starts over in an emergency.
    async fn ask_for_words(
        &self,
        mut account: Account<'_>,
        declaration: Declaration,
    ) -> Response<Body> {
        let (visit, code) = (account.visit, "declaration-incomplete");
        account.grounds = policy::Grounds::of_reason(code);
        account.status = StatusCode::BAD_REQUEST;
        if !visit.wants_page {
            let refused = Refused {
                detail: Some("text"),
                ..Refused::of(StatusCode::BAD_REQUEST, "request-malformed")
            };
            return self.refuse_kept(&account, &refused).await;
        }
        let receipt = match self.keep_access(&account).await {
            Ok(receipt) => receipt,
            Err(not_kept) => return self.not_kept(visit, not_kept),
        };
        let view = page::Refusal {
            code: code.to_owned(),
            detail: None,
            request: Some(visit.id.clone()),
            evidence_index: Some(receipt.index()),
            glass: Some(page::GlassOffer {
                patient: declaration.patient,
                minutes: self.glass_minutes(),
                reasons: GlassReason::ALL.to_vec(),
                return_to: declaration.return_to.unwrap_or_default(),
                missing: Some(page::Missing::Text),
            }),
        };
        let page = page::refusal(&self.frame(visit.language), &view);
        let mut response = answer(StatusCode::BAD_REQUEST, HTML, page);
        let language = HeaderValue::from_static(visit.language.code());
        response
            .headers_mut()
            .insert(header::CONTENT_LANGUAGE, language);
        mark(&mut response, &receipt);
        response
    }

    async fn open_glass(
        &self,
        visit: &Visit,
        who: &Identity,
        declaration: &Declaration,
        permit: Permit,
    ) -> Response<Body> {
        let named = (self.fresh_name("glass-"), self.fresh_name("review-"));
        let (Ok(id), Ok(review)) = (GlassId::new(&named.0), ReviewId::new(&named.1)) else {
            return self.refuse(
                visit,
                &Refused::of(StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            );
        };
        let mode = declaration.reason.access_mode();
        let Some(glass) = Glass::begin(&permit, id, mode, self.glass_terms()) else {
            return self.refuse(
                visit,
                &Refused::of(StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            );
        };
        drop(permit);
        let review_due = glass.review_due();
        let declared = Event::GlassDeclared(GlassDeclared {
            glass: glass.id().clone(),
            request: visit.id.clone(),
            actor: self.actor(visit, who),
            patient: self.seal(&declaration.patient),
            reason: declaration.reason,
            text: declaration.text.clone(),
            mode,
            from: visit.at,
            until: glass.until(),
            review,
            review_due,
        });
        // INVARIANT: a glass opens only once its declaration and the review it owes are durable. A
        // crash before this leaves nothing open; a crash after it finds the glass in the log.
        let receipt = match self.keep(&declared, visit.at).await {
            Ok(receipt) => receipt,
            Err(not_kept) => return self.not_kept(visit, not_kept),
        };
        self.glasses().open(glass.clone(), visit.at);
        let mut response = self.told_open(visit, declaration, &glass, StatusCode::CREATED);
        mark(&mut response, &receipt);
        response
    }

    /// A glass that is open is neither renewed nor doubled: the person is told of the one there is.
    async fn already_open(
        &self,
        mut account: Account<'_>,
        declaration: &Declaration,
        glass: &Glass,
        permit: Permit,
    ) -> Response<Body> {
        account.take_decision(&Decision::Permit(permit));
        account.glass = Some(glass.id().clone());
        account.status = StatusCode::OK;
        match self.keep_access(&account).await {
            Err(not_kept) => self.not_kept(account.visit, not_kept),
            Ok(receipt) => {
                let mut response =
                    self.told_open(account.visit, declaration, glass, StatusCode::OK);
                mark(&mut response, &receipt);
                response
            }
        }
    }

    fn told_open(
        &self,
        visit: &Visit,
        declaration: &Declaration,
        glass: &Glass,
        status: StatusCode,
    ) -> Response<Body> {
        let review_due = glass.review_due();
        let mut response = if visit.wants_page {
            let view = page::Opened {
                glass: glass.id().clone(),
                patient: glass.patient().clone(),
                until: glass.until(),
                review_due,
                return_to: declaration.return_to.clone(),
            };
            answer(
                status,
                HTML,
                page::glass_opened(&self.frame(visit.language), &view),
            )
        } else {
            let told = serde_json::json!({
                "glass": glass.id(),
                "patient": glass.patient(),
                "purpose": glass.purpose(),
                "access_mode": glass.purpose().access_mode(),
                "until": glass.until(),
                "review_due": review_due,
            });
            answer(status, JSON, told.to_string())
        };
        let language = HeaderValue::from_static(visit.language.code());
        response
            .headers_mut()
            .insert(header::CONTENT_LANGUAGE, language);
        response
    }

    /// For how long a glass opens, in whole minutes, as people are told.
    pub(crate) fn glass_minutes(&self) -> u32 {
        let open: Duration = self.glass_terms().open();
        u32::try_from(open.as_secs() / 60).unwrap_or(u32::MAX)
    }

    /// The glass that this session has open for a patient.
    pub(crate) fn open_glass_for(
        &self,
        visit: &Visit,
        who: &Identity,
        patient: &PatientId,
    ) -> Option<Glass> {
        self.glasses()
            .find(&who.person, &who.session, patient, visit.at)
    }
}
