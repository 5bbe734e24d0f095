//! `/console/notices`: who must be told of an opening, the letter to hand over, and what the
//! officer says became of it.

use audit::{Notice, NoticeState, Review, Wanted};
use event::{
    DeferralGround, Disclosed, Event, NoticeChannel, NoticeDeferred, NoticeGiven, NoticeId,
    Timestamp,
};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use policy::{Action, Decision};

use super::review::{optional_words, words};
use super::{digits, summary};
use crate::answer::{Body, answer, mark};
use crate::door::Door;
use crate::form::{Form, read_form};
use crate::glass::JSON;
use crate::identity::Identity;
use crate::limits::DEFERRAL_MAX;
use crate::record::Account;
use crate::visit::Visit;

/// How many days there are before the first until which a notice may be put off.
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

impl Door {
    /// `GET /console/notices`: the list. It names patients by pseudonym, as the console does.
    pub(super) async fn show_notices(&self, visit: &Visit, who: &Identity) -> Response<Body> {
        let receipt = match self.look(visit, who).await {
            Ok(receipt) => receipt,
            Err(answered) => return answered,
        };
        let Some(owing) = self.openings(Wanted::Noticing).await else {
            return self.internal(visit);
        };
        let rows = owing.iter().flat_map(|review| {
            let rows = self.notice_rows(visit, review).into_iter();
            rows.filter(|row| row.state != page::NoticeState::Given)
        });
        let view = page::Notices {
            rows: rows.collect(),
        };
        let html = page::notices(&self.frame(visit.language), &view);
        let mut response = self.page(visit, StatusCode::OK, html);
        mark(&mut response, &receipt);
        response
    }

    /// `GET /console/notices/NOTICE`: the letter. It names the patient, so evidence says that it
    /// did, and of whom.
    pub(super) async fn show_notice(
        &self,
        visit: &Visit,
        who: &Identity,
        id: &str,
    ) -> Response<Body> {
        let mut account = Account::new(visit, who, self.own_name(), Action::GiveNotice);
        let Some(found) = self.opening_of_notice(id).await else {
            return self.internal(visit);
        };
        let Some((review, notice)) = only(&found, id) else {
            return self
                .decline(account, StatusCode::NOT_FOUND, "not-found", None)
                .await;
        };
        let decision = self.decide_about(&mut account, Action::GiveNotice, review);
        if !matches!(decision, Decision::Permit(_)) {
            return self.turn_away(account, &decision).await;
        }
        account.status = StatusCode::OK;
        account.disclosed = Disclosed {
            patients: vec![review.patient.clone()],
            ..Disclosed::default()
        };
        match self.keep_access(&account).await {
            Err(not_kept) => self.not_kept(visit, not_kept),
            Ok(receipt) => {
                let mut response = self.tell_notice(visit, review, notice);
                mark(&mut response, &receipt);
                response
            }
        }
    }

    /// `POST /console/notices/NOTICE`: it was given, or it has to wait.
    pub(super) async fn settle_notice(
        &self,
        visit: &Visit,
        who: &Identity,
        id: &str,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let mut account = Account::new(visit, who, self.own_name(), Action::GiveNotice);
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
        let Some(found) = self.opening_of_notice(id).await else {
            return self.internal(visit);
        };
        let Some((review, notice)) = only(&found, id) else {
            return self
                .decline(account, StatusCode::NOT_FOUND, "not-found", None)
                .await;
        };
        let decision = self.decide_about(&mut account, Action::GiveNotice, review);
        if !matches!(decision, Decision::Permit(_)) {
            return self.turn_away(account, &decision).await;
        }
        if notice.given.is_some() {
            let (status, code) = (StatusCode::CONFLICT, "notice-given");
            return self.decline(account, status, code, None).await;
        }
        let settled = Settled::read(&form, visit.at);
        let settled = match settled {
            Ok(settled) => settled,
            Err(part) => {
                let (status, code) = (StatusCode::BAD_REQUEST, "request-malformed");
                return self.decline(account, status, code, Some(part)).await;
            }
        };
        let event = self.event_of(&account, review, notice, &settled);
        match self.keep(&event, visit.at).await {
            Err(not_kept) => self.not_kept(visit, not_kept),
            Ok(receipt) => {
                let mut response = self.tell_settled(visit, review, notice, &settled);
                mark(&mut response, &receipt);
                response
            }
        }
    }

    /// The rows of an opening's notices, given ones included.
    pub(super) fn notice_rows(&self, visit: &Visit, review: &Review) -> Vec<page::NoticeRow> {
        let row = |notice: &Notice| page::NoticeRow {
            id: notice.id.clone(),
            to: notice.to,
            person: notice.person.as_ref().map(|it| self.name_of(it)),
            patient: digits(review),
            due: notice.due,
            state: state_of(notice, visit.at),
        };
        review.notices.iter().map(row).collect()
    }

    async fn opening_of_notice(&self, id: &str) -> Option<Vec<Review>> {
        match NoticeId::new(id) {
            Ok(id) => self.openings(Wanted::Notice(id)).await,
            Err(_) => Some(Vec::new()),
        }
    }

    fn event_of(
        &self,
        account: &Account<'_>,
        review: &Review,
        notice: &Notice,
        settled: &Settled,
    ) -> Event {
        let (visit, who) = (account.visit, account.who);
        let (id, glass) = (notice.id.clone(), review.glass.clone());
        let (request, actor) = (visit.id.clone(), self.actor(visit, who));
        match settled {
            Settled::Given { channel, text } => Event::NoticeGiven(NoticeGiven {
                notice: id,
                glass,
                request,
                actor,
                channel: *channel,
                text: text.clone(),
                at: visit.at,
            }),
            Settled::Deferred {
                ground,
                until,
                text,
            } => Event::NoticeDeferred(NoticeDeferred {
                notice: id,
                glass,
                request,
                actor,
                ground: *ground,
                text: text.clone(),
                until: *until,
                at: visit.at,
            }),
        }
    }

    fn tell_settled(
        &self,
        visit: &Visit,
        review: &Review,
        notice: &Notice,
        settled: &Settled,
    ) -> Response<Body> {
        let (state, given, deferred) = match settled {
            Settled::Given { channel, .. } => {
                (page::NoticeState::Given, Some((*channel, visit.at)), None)
            }
            Settled::Deferred { ground, until, .. } => {
                let deferred = Some((*ground, *until));
                (page::NoticeState::Deferred, None, deferred)
            }
        };
        let letter = self.letter_view(visit, review, notice);
        let Some(letter) = letter.filter(|_| visit.wants_page) else {
            let told = serde_json::json!({ "notice": notice.id, "state": state.code() });
            return answer(StatusCode::OK, JSON, told.to_string());
        };
        let view = page::Letter {
            state,
            given,
            deferred,
            ..letter
        };
        let html = page::letter(&self.frame(visit.language), &view);
        self.page(visit, StatusCode::OK, html)
    }

    fn tell_notice(&self, visit: &Visit, review: &Review, notice: &Notice) -> Response<Body> {
        match self.letter_view(visit, review, notice) {
            // Sealed with a key that this door does not have.
            None => self.internal(visit),
            Some(view) => {
                let html = page::letter(&self.frame(visit.language), &view);
                self.page(visit, StatusCode::OK, html)
            }
        }
    }

    fn letter_view(&self, visit: &Visit, review: &Review, notice: &Notice) -> Option<page::Letter> {
        Some(page::Letter {
            id: notice.id.clone(),
            to: notice.to,
            addressee: notice.person.as_ref().map(|it| self.name_of(it)),
            patient: self.unseal(&review.patient)?,
            person: self.name_of(&review.actor.person),
            profession: review.actor.profession.clone(),
            establishments: self.names_of(&review.actor.establishments),
            reason: review.reason,
            declared: review.declared,
            until: review.end_at(),
            opened: summary(&review.opened),
            state: state_of(notice, visit.at),
            deferred: notice.deferred.as_ref().map(|it| (it.ground, it.until)),
            given: notice.given.as_ref().map(|it| (it.channel, it.at)),
            days: (day(visit.at.after(DAY)), day(visit.at.after(DEFERRAL_MAX))),
        })
    }
}

/// What became of a notice.
enum Settled {
    Given {
        channel: NoticeChannel,
        text: String,
    },
    Deferred {
        ground: DeferralGround,
        until: Timestamp,
        text: String,
    },
}

impl Settled {
    /// Reads the form; the part that is wrong otherwise.
    fn read(form: &Form, at: Timestamp) -> Result<Self, &'static str> {
        if let Some(channel) = form.field("channel") {
            return Ok(Self::Given {
                channel: channel.parse().map_err(|_| "channel")?,
                text: optional_words(form)?,
            });
        }
        let ground = form.field("ground").unwrap_or_default();
        let until = form.field("until").unwrap_or_default();
        let until: Timestamp = until.parse().map_err(|_| "until")?;
        if until <= at || until > at.after(DEFERRAL_MAX) {
            return Err("until");
        }
        Ok(Self::Deferred {
            ground: ground.parse().map_err(|_| "ground")?,
            until,
            text: words(form).ok_or("text")?,
        })
    }
}

/// The opening that was found, and the notice of this name.
fn only<'a>(found: &'a [Review], id: &str) -> Option<(&'a Review, &'a Notice)> {
    let [review] = found else {
        return None;
    };
    let notice = review.notices.iter().find(|it| it.id.as_str() == id)?;
    Some((review, notice))
}

fn state_of(notice: &Notice, at: Timestamp) -> page::NoticeState {
    match notice.state(at) {
        NoticeState::Owed => page::NoticeState::Owed,
        NoticeState::Overdue => page::NoticeState::Overdue,
        NoticeState::Deferred => page::NoticeState::Deferred,
        NoticeState::Given => page::NoticeState::Given,
    }
}

/// The day of an instant, as a field of a form writes it.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

#[cfg(test)]
mod tests;
