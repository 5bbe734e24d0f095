//! The officers' desk below `/console`: what was decided, the reviews, and the notices.
//!
//! Each step about an opening is the same: it is found in the fold of the log, the policy decides,
//! what is decided becomes an event, and only then it is told.

mod inventory;
mod notice;
mod review;

pub(crate) use review::words;

use audit::{Opened, Review, Wanted};
use event::{EstablishmentId, PersonId};
use evidence::Receipt;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use policy::{Action, Decision, Grounds, Target};

use crate::answer::{Body, HTML, answer};
use crate::door::Door;
use crate::identity::Identity;
use crate::record::Account;
use crate::refusal::Refused;
use crate::visit::Visit;

/// The digits of a pseudonym that a table shows: enough to tell two patients apart.
const PSEUDONYM_DIGITS: usize = 8;

impl Door {
    /// Everything below `/console`.
    pub(crate) async fn at_console(
        &self,
        visit: &Visit,
        who: &Identity,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let looking = matches!(*request.method(), Method::GET | Method::HEAD);
        let posting = *request.method() == Method::POST;
        let path = visit.below_service().0.to_owned();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match segments.as_slice() {
            [""] if looking => self.console(visit, who).await,
            ["reviews", id] if looking => self.show_review(visit, who, id).await,
            ["reviews", id] if posting => self.close_review(visit, who, id, request).await,
            ["inventory"] if looking => self.show_inventory(visit, who).await,
            ["inventory", "device"] if looking => self.show_device(visit, who).await,
            ["notices"] if looking => self.show_notices(visit, who).await,
            ["notices", id] if looking => self.show_notice(visit, who, id).await,
            ["notices", id] if posting => self.settle_notice(visit, who, id, request).await,
            _ => self.page_not_found(visit, who).await,
        }
    }

    /// A look at the desk: the policy decides, and what it decides is kept; or the answer to whoever
    /// may not look.
    pub(crate) async fn look(
        &self,
        visit: &Visit,
        who: &Identity,
    ) -> Result<Receipt, Response<Body>> {
        let mut account = Account::new(visit, who, self.own_name(), Action::ViewDesk);
        let decision = self.decide(visit, who, Action::ViewDesk, Target::Desk);
        account.take_decision(&decision);
        if !matches!(decision, Decision::Permit(_)) {
            return Err(self.turn_away(account, &decision).await);
        }
        account.status = StatusCode::OK;
        let kept = self.keep_access(&account).await;
        kept.map_err(|not_kept| self.not_kept(visit, not_kept))
    }

    /// Finds openings in the fold of the log; nothing when the log cannot be read.
    ///
    /// The fold reads files, so it is asked apart from the threads that serve requests.
    pub(crate) async fn openings(&self, wanted: Wanted) -> Option<Vec<Review>> {
        let read = self.hall().openings.clone()?;
        tokio::task::spawn_blocking(move || read(&wanted))
            .await
            .ok()?
    }

    /// Asks the policy about one opening, and writes the answer into the account.
    fn decide_about(&self, account: &mut Account<'_>, action: Action, review: &Review) -> Decision {
        let target = Target::Opening {
            glass: &review.glass,
            holder: &review.actor.person,
        };
        let decision = self.decide(account.visit, account.who, action, target);
        account.take_decision(&decision);
        account.glass = Some(review.glass.clone());
        decision
    }

    /// Keeps a refusal that is no decision of the policy, and tells it.
    pub(crate) async fn decline(
        &self,
        mut account: Account<'_>,
        status: StatusCode,
        code: &'static str,
        detail: Option<&'static str>,
    ) -> Response<Body> {
        account.outcome = event::Outcome::Refusal;
        account.grounds = Grounds::of_reason(code);
        account.status = status;
        let refused = Refused {
            detail,
            ..Refused::of(status, code)
        };
        self.refuse_kept(&account, &refused).await
    }

    pub(crate) fn internal(&self, visit: &Visit) -> Response<Body> {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        self.refuse(visit, &Refused::of(status, "internal"))
    }

    /// The name of a person, or their identity where the directory knows no name.
    pub(crate) fn name_of(&self, person: &PersonId) -> String {
        self.directory().name_of(person)
    }

    fn names_of(&self, establishments: &[EstablishmentId]) -> Vec<String> {
        let directory = self.directory();
        let known = directory.establishments();
        let name = |id: &EstablishmentId| {
            let found = known.iter().find(|known| known.id == *id);
            found.map_or_else(|| id.to_string(), |known| known.name.clone())
        };
        establishments.iter().map(name).collect()
    }

    fn page(&self, visit: &Visit, status: StatusCode, html: String) -> Response<Body> {
        let mut response = answer(status, HTML, html);
        let language = HeaderValue::from_static(visit.language.code());
        response
            .headers_mut()
            .insert(header::CONTENT_LANGUAGE, language);
        response
    }
}

/// What was opened, as pages show it.
pub(crate) fn summary(opened: &Opened) -> page::Summary {
    page::Summary {
        reads: opened.reads,
        resources: opened.resources,
        types: opened
            .by_type
            .iter()
            .map(|(name, count)| (name.clone(), *count))
            .collect(),
        first: opened.first,
        last: opened.last,
    }
}

fn digits(review: &Review) -> String {
    let pseudonym = review.patient.pseudonym.as_str().chars();
    pseudonym.take(PSEUDONYM_DIGITS).collect()
}
