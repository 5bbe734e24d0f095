//! `/console/reviews/REVIEW`: somebody else than the person who broke the glass looks at what was
//! opened, and comes to a finding.

use audit::{Closed, Review, ReviewState, Wanted};
use event::{Event, ReviewClosed, ReviewFinding, ReviewId};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use policy::{Action, Decision};

use super::{digits, summary};
use crate::answer::{Body, answer, mark};
use crate::door::Door;
use crate::form::{Form, read_form};
use crate::glass::JSON;
use crate::identity::Identity;
use crate::limits::REVIEW_TEXT_CHARS_MAX;
use crate::record::Account;
use crate::visit::Visit;

impl Door {
    /// `GET`: the opening, to whoever may review it.
    pub(super) async fn show_review(
        &self,
        visit: &Visit,
        who: &Identity,
        id: &str,
    ) -> Response<Body> {
        let mut account = Account::new(visit, who, self.own_name(), Action::ReviewGlass);
        let found = match ReviewId::new(id) {
            Ok(id) => self.openings(Wanted::Review(id)).await,
            Err(_) => Some(Vec::new()),
        };
        let Some(found) = found else {
            return self.internal(visit);
        };
        let [review] = found.as_slice() else {
            return self
                .decline(account, StatusCode::NOT_FOUND, "not-found", None)
                .await;
        };
        let decision = self.decide_about(&mut account, Action::ReviewGlass, review);
        if !matches!(decision, Decision::Permit(_)) {
            return self.turn_away(account, &decision).await;
        }
        account.status = StatusCode::OK;
        match self.keep_access(&account).await {
            Err(not_kept) => self.not_kept(visit, not_kept),
            Ok(receipt) => {
                let mut response = self.tell_review(visit, StatusCode::OK, review, false);
                mark(&mut response, &receipt);
                response
            }
        }
    }

    /// `POST`: the finding.
    pub(super) async fn close_review(
        &self,
        visit: &Visit,
        who: &Identity,
        id: &str,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let mut account = Account::new(visit, who, self.own_name(), Action::ReviewGlass);
        let (head, body) = request.into_parts();
        let form = match read_form(&head.headers, body).await {
            Ok(form) => form,
            Err(refused) => {
                return self
                    .decline(account, refused.status, refused.code, refused.detail)
                    .await;
            }
        };
        let _turn = self.desk_turn().lock().await;
        let found = match ReviewId::new(id) {
            Ok(id) => self.openings(Wanted::Review(id)).await,
            Err(_) => Some(Vec::new()),
        };
        let Some(found) = found else {
            return self.internal(visit);
        };
        let [review] = found.as_slice() else {
            return self
                .decline(account, StatusCode::NOT_FOUND, "not-found", None)
                .await;
        };
        let decision = self.decide_about(&mut account, Action::ReviewGlass, review);
        if !matches!(decision, Decision::Permit(_)) {
            return self.turn_away(account, &decision).await;
        }
        let conflict = match review.state(visit.at) {
            ReviewState::Open => Some("glass-still-open"),
            ReviewState::Closed(_) => Some("review-closed"),
            ReviewState::Owed | ReviewState::Overdue => None,
        };
        if let Some(code) = conflict {
            return self
                .decline(account, StatusCode::CONFLICT, code, None)
                .await;
        }
        self.keep_finding(account, review, &form).await
    }

    async fn keep_finding(
        &self,
        mut account: Account<'_>,
        review: &Review,
        form: &Form,
    ) -> Response<Body> {
        let (visit, who) = (account.visit, account.who);
        let finding = form
            .field("finding")
            .and_then(|code| code.parse::<ReviewFinding>().ok());
        let Some(finding) = finding else {
            let (status, code) = (StatusCode::BAD_REQUEST, "request-malformed");
            return self.decline(account, status, code, Some("finding")).await;
        };
        let Some(text) = words(form) else {
            if !visit.wants_page {
                let (status, code) = (StatusCode::BAD_REQUEST, "request-malformed");
                return self.decline(account, status, code, Some("text")).await;
            }
            account.status = StatusCode::BAD_REQUEST;
            return match self.keep_access(&account).await {
                Err(not_kept) => self.not_kept(visit, not_kept),
                Ok(receipt) => {
                    let status = StatusCode::BAD_REQUEST;
                    let mut response = self.tell_review(visit, status, review, true);
                    mark(&mut response, &receipt);
                    response
                }
            };
        };
        let closed = ReviewClosed {
            review: review.id.clone(),
            glass: review.glass.clone(),
            request: visit.id.clone(),
            actor: self.actor(visit, who),
            finding,
            text,
            at: visit.at,
        };
        let told = Review {
            closed: Some(Closed {
                finding,
                by: who.person.clone(),
                text: closed.text.clone(),
                at: visit.at,
            }),
            ..review.clone()
        };
        match self.keep(&Event::ReviewClosed(closed), visit.at).await {
            Err(not_kept) => self.not_kept(visit, not_kept),
            Ok(receipt) => {
                let mut response = self.tell_review(visit, StatusCode::OK, &told, false);
                mark(&mut response, &receipt);
                response
            }
        }
    }

    fn tell_review(
        &self,
        visit: &Visit,
        status: StatusCode,
        review: &Review,
        lacks_words: bool,
    ) -> Response<Body> {
        if !visit.wants_page {
            let told = serde_json::json!({
                "review": review.id,
                "glass": review.glass,
                "person": review.actor.person,
                "reason": review.reason,
                "text": review.text,
                "declared": review.declared,
                "until": review.end_at(),
                "due": review.due,
                "state": review.state(visit.at).code(),
                "opened": review.opened,
                "finding": review.closed.as_ref().map(|closed| closed.finding),
                "evidence_index": review.index,
            });
            return answer(status, JSON, told.to_string());
        }
        let view = page::Review {
            lacks_words,
            ..self.review_view(visit, review)
        };
        let html = page::review(&self.frame(visit.language), &view);
        self.page(visit, status, html)
    }

    fn review_view(&self, visit: &Visit, review: &Review) -> page::Review {
        let state = review.state(visit.at);
        page::Review {
            id: review.id.clone(),
            glass: review.glass.clone(),
            person: self.name_of(&review.actor.person),
            profession: review.actor.profession.clone(),
            establishments: self.names_of(&review.actor.establishments),
            patient: digits(review),
            reason: review.reason,
            text: review.text.clone(),
            declared: review.declared,
            until: review.end_at(),
            ended: review.ended.as_ref().map(|ended| ended.end),
            due: review.due,
            state: match state {
                ReviewState::Open | ReviewState::Owed => page::ReviewState::Open,
                ReviewState::Overdue => page::ReviewState::Overdue,
                ReviewState::Closed(ReviewFinding::Justified) => page::ReviewState::Justified,
                ReviewState::Closed(ReviewFinding::Unclear) => page::ReviewState::Unclear,
                ReviewState::Closed(ReviewFinding::Unjustified) => page::ReviewState::Unjustified,
            },
            still_open: state == ReviewState::Open,
            closed: review.closed.as_ref().map(|closed| page::Finding {
                finding: closed.finding,
                person: self.name_of(&closed.by),
                text: closed.text.clone(),
                at: closed.at,
            }),
            opened: summary(&review.opened),
            notices: self.notice_rows(visit, review),
            evidence_index: review.index,
            lacks_words: false,
        }
    }
}

/// Words that may lack, but that fit when they are there.
pub(super) fn optional_words(form: &Form) -> Result<String, &'static str> {
    match form.field("text").map(str::trim) {
        None | Some("") => Ok(String::new()),
        Some(_) => words(form).ok_or("text"),
    }
}

/// The words that a decision needs; nothing when they lack, are too many or hold a NUL.
pub(crate) fn words(form: &Form) -> Option<String> {
    let text = form.field("text").unwrap_or_default().trim();
    let fits = text.chars().count() <= REVIEW_TEXT_CHARS_MAX && !text.contains('\0');
    (fits && !text.is_empty()).then(|| text.to_owned())
}
