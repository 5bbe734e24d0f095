//! Openings as those see them who broke the glass: which are open, for how long, what was opened,
//! and their end, by the person, by an officer, or by time.

use audit::{Review, Wanted};
use event::{Event, GlassEnd, GlassEnded, GlassId, Timestamp};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use policy::{Action, Decision, Glass, Grounds, Target};

use super::{JSON, Over};
use crate::answer::{Body, HTML, answer, mark};
use crate::door::Door;
use crate::identity::Identity;
use crate::record::Account;
use crate::refusal::Refused;
use crate::visit::Visit;

impl Door {
    /// Everything below `/break-glass`.
    pub(crate) async fn at_break_glass(
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
            [""] if posting => {
                let (head, body) = request.into_parts();
                self.break_glass(visit, who, &head.headers, body).await
            }
            [""] if looking => self.own_openings(visit, who).await,
            [glass] if looking => match GlassId::new(glass) {
                Ok(glass) => self.show_opening(visit, who, glass).await,
                Err(_) => self.page_not_found(visit, who).await,
            },
            [glass, "end"] if posting => match GlassId::new(glass) {
                Ok(glass) => self.end_glass(visit, who, glass).await,
                Err(_) => self.page_not_found(visit, who).await,
            },
            _ => self.page_not_found(visit, who).await,
        }
    }

    /// `GET /break-glass`: the openings that this person has now, on any device.
    async fn own_openings(&self, visit: &Visit, who: &Identity) -> Response<Body> {
        let mut account = Account::new(visit, who, self.own_name(), Action::EndGlass);
        let mut permits = Vec::new();
        let own = self.glasses().of_person(&who.person, visit.at);
        let mut reviews = Vec::new();
        for glass in &own {
            let decision = self.decide(visit, who, Action::EndGlass, target_of(glass));
            if let Decision::Permit(permit) = decision {
                permits.push(permit);
                let Some(found) = self.openings(Wanted::Glass(glass.id().clone())).await else {
                    return self.internal(visit);
                };
                reviews.extend(found);
            }
        }
        // A person may always look at what they have open themselves, also when it is nothing.
        account.take_grounds(&permits);
        account.status = StatusCode::OK;
        match self.keep_access(&account).await {
            Err(not_kept) => self.not_kept(visit, not_kept),
            Ok(receipt) => {
                let mut response = self.told(visit, who, &reviews);
                mark(&mut response, &receipt);
                response
            }
        }
    }

    /// `GET /break-glass/GLASS`: one opening.
    async fn show_opening(&self, visit: &Visit, who: &Identity, glass: GlassId) -> Response<Body> {
        let mut account = Account::new(visit, who, self.own_name(), Action::EndGlass);
        let Some(found) = self.openings(Wanted::Glass(glass)).await else {
            return self.internal(visit);
        };
        let [review] = found.as_slice() else {
            return self.no_such_opening(account).await;
        };
        let decision = self.decide(visit, who, Action::EndGlass, about(review));
        account.take_decision(&decision);
        account.glass = Some(review.glass.clone());
        if !matches!(decision, Decision::Permit(_)) {
            return self.turn_away(account, &decision).await;
        }
        account.status = StatusCode::OK;
        match self.keep_access(&account).await {
            Err(not_kept) => self.not_kept(visit, not_kept),
            Ok(receipt) => {
                let mut response = self.told(visit, who, &found);
                mark(&mut response, &receipt);
                response
            }
        }
    }

    /// `POST /break-glass/GLASS/end`: the emergency is over.
    async fn end_glass(&self, visit: &Visit, who: &Identity, glass: GlassId) -> Response<Body> {
        let mut account = Account::new(visit, who, self.own_name(), Action::EndGlass);
        let _turn = self.desk_turn().lock().await;
        let Some(found) = self.openings(Wanted::Glass(glass.clone())).await else {
            return self.internal(visit);
        };
        let [review] = found.as_slice() else {
            return self.no_such_opening(account).await;
        };
        let decision = self.decide(visit, who, Action::EndGlass, about(review));
        account.glass = Some(glass.clone());
        if !matches!(decision, Decision::Permit(_)) {
            return self.turn_away(account, &decision).await;
        }
        if review.ended.is_some() || review.end_at() <= visit.at {
            // It is over already: whoever says so again is told the same.
            account.take_decision(&decision);
            account.glass = Some(glass);
            account.status = StatusCode::OK;
            return match self.keep_access(&account).await {
                Err(not_kept) => self.not_kept(visit, not_kept),
                Ok(receipt) => {
                    let mut response = self.told(visit, who, &found);
                    mark(&mut response, &receipt);
                    response
                }
            };
        }
        self.close_glass(visit, who, review).await
    }

    async fn close_glass(&self, visit: &Visit, who: &Identity, review: &Review) -> Response<Body> {
        // Closed before it is kept: should evidence fail now, the record is shut all the same.
        let closing = self.glasses().closing(review.glass.clone(), visit.at);
        let own = who.person == review.actor.person;
        let ended = Event::GlassEnded(GlassEnded {
            glass: review.glass.clone(),
            end: if own {
                GlassEnd::Holder
            } else {
                GlassEnd::Officer
            },
            at: visit.at,
            request: Some(visit.id.clone()),
            actor: Some(self.actor(visit, who)),
        });
        let receipt = match self.keep(&ended, visit.at).await {
            Ok(receipt) => receipt,
            Err(not_kept) => return self.not_kept(visit, not_kept),
        };
        closing.kept();
        // Looked up again: reads that were under way count as well. An opening whose debts were
        // all paid has left the fold, and is told as it was.
        let after = self.openings(Wanted::Glass(review.glass.clone())).await;
        let mut response = match after.filter(|found| !found.is_empty()) {
            Some(found) => self.told(visit, who, &found),
            None => self.told(visit, who, std::slice::from_ref(review)),
        };
        mark(&mut response, &receipt);
        response
    }

    /// Keeps the end of each glass whose time is over.
    ///
    /// What cannot be kept now is tried again the next time: the glass itself has been shut since
    /// its own instant.
    pub async fn end_glasses_over(&self) {
        let now = self.now();
        let mut over = self.glasses().take_over(now).into_iter();
        while let Some(Over { glass, until }) = over.next() {
            let ended = Event::GlassEnded(GlassEnded {
                glass: glass.clone(),
                end: GlassEnd::Time,
                at: until,
                request: None,
                actor: None,
            });
            if self.keep(&ended, now).await.is_err() {
                self.glasses()
                    .owe_ends(std::iter::once(Over { glass, until }).chain(over));
                return;
            }
        }
    }

    async fn no_such_opening(&self, mut account: Account<'_>) -> Response<Body> {
        account.grounds = Grounds::of_reason("not-found");
        account.status = StatusCode::NOT_FOUND;
        let refused = Refused::of(StatusCode::NOT_FOUND, "not-found");
        self.refuse_kept(&account, &refused).await
    }

    /// Shows openings, in the form and language of the request.
    fn told(&self, visit: &Visit, who: &Identity, reviews: &[Review]) -> Response<Body> {
        let mut response = if visit.wants_page {
            let openings = reviews.iter().map(|it| self.opening_view(visit, who, it));
            let view = page::Openings {
                openings: openings.collect(),
            };
            let page = page::openings(&self.frame(visit.language), &view);
            answer(StatusCode::OK, HTML, page)
        } else {
            let told: Vec<_> = reviews.iter().map(|it| json(it, visit.at)).collect();
            let told = serde_json::json!({ "openings": told });
            answer(StatusCode::OK, JSON, told.to_string())
        };
        let language = HeaderValue::from_static(visit.language.code());
        response
            .headers_mut()
            .insert(header::CONTENT_LANGUAGE, language);
        response
    }

    fn opening_view(&self, visit: &Visit, who: &Identity, review: &Review) -> page::Opening {
        let own = who.person == review.actor.person;
        let until = review.end_at();
        let over = until <= visit.at;
        let left_s = if over {
            0
        } else {
            until.since(visit.at).as_secs()
        };
        page::Opening {
            glass: review.glass.clone(),
            // Whoever broke the glass named the patient; nobody else is told by this page.
            patient: own.then(|| self.unseal(&review.patient)).flatten(),
            person: (!own).then(|| self.name_of(&review.actor.person)),
            until,
            minutes_left: u32::try_from(left_s.div_ceil(60)).unwrap_or(u32::MAX),
            ended: over.then(|| review.ended.as_ref().map_or(GlassEnd::Time, |it| it.end)),
            opened: crate::desk::summary(&review.opened),
            review_due: review.due,
        }
    }
}

fn about(review: &Review) -> Target<'_> {
    Target::Opening {
        glass: &review.glass,
        holder: &review.actor.person,
    }
}

fn target_of(glass: &Glass) -> Target<'_> {
    Target::Opening {
        glass: glass.id(),
        holder: glass.person(),
    }
}

/// An opening for a program: no patient, whom its holder knows and nobody else needs.
fn json(review: &Review, at: Timestamp) -> serde_json::Value {
    let over = review.end_at() <= at;
    let end = review.ended.as_ref().map_or(GlassEnd::Time, |it| it.end);
    let opened = &review.opened;
    serde_json::json!({
        "glass": review.glass,
        "state": if over { "ended" } else { "open" },
        "purpose": review.mode.purpose(),
        "access_mode": review.mode,
        "until": review.end_at(),
        "end": over.then_some(end),
        "opened": {
            "reads": opened.reads,
            "resources": opened.resources,
            "by_type": opened.by_type,
            "first": opened.first,
            "last": opened.last,
        },
        "review_due": review.due,
    })
}
