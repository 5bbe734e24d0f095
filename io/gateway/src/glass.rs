//! Break-glass at the door: the table of open glasses and the declaration that opens one.

mod declaration;
mod opening;
mod table;

use std::time::Duration;

use event::{
    Confidentiality, Event, GlassDeclared, GlassId, NoticeId, NoticeOwed, NoticeTo, PatientId,
    PersonId, ReviewId, Timestamp,
};
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
pub use table::Over;
pub(crate) use table::{Glasses, Holder, Room};

pub(crate) const JSON: &str = "application/json";

/// From where somebody asks, as glasses are found.
fn holder_of(who: &Identity) -> Holder<'_> {
    Holder {
        person: &who.person,
        session: &who.session,
        key: who.key.as_ref(),
    }
}

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
        // INVARIANT: two taps at once open one glass.
        let _turn = self.declaration_turn().lock().await;
        match self
            .glasses()
            .room(holder_of(who), &declaration.patient, visit.at)
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
        let reasons = self.ranked(visit, account.who, &declaration.patient);
        let view = page::Refusal {
            code: code.to_owned(),
            detail: None,
            request: Some(visit.id.clone()),
            evidence_index: Some(receipt.index()),
            glass: Some(page::GlassOffer {
                patient: declaration.patient,
                minutes: self.glass_minutes(),
                reasons,
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
        let terms = declaration.ttl.map_or(*self.glass_terms(), |asked| {
            self.glass_terms().shortened(asked)
        });
        let Some(glass) = Glass::begin(&permit, id, mode, &terms) else {
            return self.refuse(
                visit,
                &Refused::of(StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            );
        };
        drop(permit);
        let glass = glass.bound_to(who.key.clone());
        let review_due = glass.review_due();
        let declared = Event::GlassDeclared(GlassDeclared {
            glass: glass.id().clone(),
            request: visit.id.clone(),
            actor: self.actor(visit, who),
            key: who.key.clone(),
            patient: self.seal(&declaration.patient),
            reason: declaration.reason,
            text: declaration.text.clone(),
            mode,
            from: visit.at,
            until: glass.until(),
            review,
            review_due,
            notices: self.notices_of(visit, who, &declaration.patient, review_due),
        });
        // INVARIANT: a glass opens only once its declaration is durable, and with it the review and
        // the notices it owes. A crash before this leaves nothing open; a crash after it finds the
        // glass in the log.
        let receipt = match self.keep(&declared, visit.at).await {
            Ok(receipt) => receipt,
            Err(not_kept) => return self.not_kept(visit, not_kept),
        };
        self.glasses().open(glass.clone(), visit.at);
        let mut response = self.told_open(visit, declaration, &glass, StatusCode::CREATED);
        mark(&mut response, &receipt);
        response
    }

    /// Who must be told of an opening: the patient, and the physician who treats them, unless that
    /// is who broke the glass.
    fn notices_of(
        &self,
        visit: &Visit,
        who: &Identity,
        patient: &PatientId,
        due: Timestamp,
    ) -> Vec<NoticeOwed> {
        let directory = self.directory();
        let treating = directory.treating_physician(patient, visit.at);
        let owed = |to, person: Option<&PersonId>| {
            Some(NoticeOwed {
                notice: NoticeId::new(&self.fresh_name("notice-")).ok()?,
                to,
                person: person.cloned(),
                due,
            })
        };
        let physician = treating.map(|person| &person.id);
        // Nobody known is no reason to tell nobody: whoever gives the notice finds them.
        let to_physician = (physician != Some(&who.person))
            .then(|| owed(NoticeTo::TreatingPhysician, physician))
            .flatten();
        owed(NoticeTo::Patient, None)
            .into_iter()
            .chain(to_physician)
            .collect()
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
                "access_mode": glass.mode(),
                "until": glass.until(),
                "review_due": review_due,
                "device_bound": glass.key().is_some(),
                "end": format!("/break-glass/{}/end", glass.id()),
                "authorization_details": [{
                    "type": wire::fhir::BREAK_GLASS_DETAILS,
                    "patient": glass.patient(),
                    "purpose": glass.purpose(),
                    "ttl_s": glass.until().since(visit.at).as_secs(),
                }],
            });
            answer(status, JSON, told.to_string())
        };
        let language = HeaderValue::from_static(visit.language.code());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LANGUAGE, language);
        let place = format!("/break-glass/{}", glass.id());
        if let Ok(place) = HeaderValue::from_str(&place) {
            headers.insert(header::LOCATION, place);
        }
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
        self.glasses().find(holder_of(who), patient, visit.at)
    }
}
