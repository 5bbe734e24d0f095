//! Reviews: each glass that was broken owes one, by a date, with what was opened under it, and
//! owes notices to those whom it concerns.

mod notice;

use std::collections::BTreeMap;

use event::{
    Access, AccessMode, Actor, Event, GlassDeclared, GlassEnd, GlassEnded, GlassId, GlassReason,
    NoticeId, PatientRef, PersonId, ReviewClosed, ReviewFinding, ReviewId, Timestamp,
};
use serde::{Deserialize, Serialize};

pub use notice::{Deferred, Given, Notice, NoticeState};

/// The most resource types that one review lists apart; FHIR R4 has 148.
const TYPES_MAX: usize = 160;

/// The actions of the door about an opening itself: they name it and read nothing under it.
const ABOUT_THE_OPENING: [&str; 4] = ["declareBreakGlass", "endGlass", "giveNotice", "reviewGlass"];

/// Every opening that still owes something, folded from evidence.
///
/// INVARIANT: (6) same log, same state: nothing but [`Reviews::apply`] changes it, and what is
/// written down and read back goes on as if it had never stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviews {
    by_glass: BTreeMap<GlassId, Review>,
}

/// One opening, with the review and the notices that are owed for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its name.
    pub id: ReviewId,
    /// The opening it is about.
    pub glass: GlassId,
    /// Who broke the glass, from where and in which session.
    pub actor: Actor,
    /// Whose record it opened.
    pub patient: PatientRef,
    /// The reason chosen.
    pub reason: GlassReason,
    /// The reason in the person's own words.
    pub text: String,
    /// The access mode.
    pub mode: AccessMode,
    /// When it was declared.
    pub declared: Timestamp,
    /// When the opening ends at the latest.
    pub until: Timestamp,
    /// How it ended, once that is kept.
    pub ended: Option<Ended>,
    /// By when the review is owed.
    pub due: Timestamp,
    /// What the review came to, while notices are still owed.
    pub closed: Option<Closed>,
    /// The notices, given ones included.
    pub notices: Vec<Notice>,
    /// What was opened so far.
    pub opened: Opened,
    /// The leaf index of the declaration in evidence.
    pub index: u64,
}

/// What was read under a glass.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Opened {
    /// How many requests were answered.
    pub reads: u64,
    /// How many resources left.
    pub resources: u64,
    /// How many requests for each resource type.
    pub by_type: BTreeMap<String, u64>,
    /// When the first was kept.
    pub first: Option<Timestamp>,
    /// When the last was kept.
    pub last: Option<Timestamp>,
}

/// How an opening ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How.
    pub end: GlassEnd,
    /// From when on it opened nothing.
    pub at: Timestamp,
    /// Who ended it; nobody when time did.
    pub by: Option<PersonId>,
}

/// What a review came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// The finding.
    pub finding: ReviewFinding,
    /// Who found it.
    pub by: PersonId,
    /// Why.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// Where a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewState {
    /// The opening is still under way.
    Open,
    /// It is owed.
    Owed,
    /// It is owed and its date has passed.
    Overdue,
    /// It came to a finding.
    Closed(ReviewFinding),
}

/// Which opening is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Those that owe a notice.
    Noticing,
    /// The one of this notice.
    Notice(NoticeId),
    /// The one of this glass.
    Glass(GlassId),
    /// The one of this review.
    Review(ReviewId),
}

impl Reviews {
    /// Takes in the event kept at leaf `index` and instant `time`; events of other kinds change
    /// nothing.
    pub fn apply(&mut self, index: u64, time: Timestamp, event: &Event) {
        match event {
            Event::GlassDeclared(declared) => self.declare(index, declared),
            Event::Access(access) => self.count(time, access),
            Event::GlassEnded(ended) => self.change(&ended.glass, |it| it.end(ended)),
            Event::ReviewClosed(closed) => self.change(&closed.glass, |it| it.close(closed)),
            Event::NoticeDeferred(deferred) => {
                self.change(&deferred.glass, |it| it.defer(deferred));
            }
            Event::NoticeGiven(given) => self.change(&given.glass, |it| it.give(given)),
            Event::ActApproved(_)
            | Event::ActRequested(_)
            | Event::ActWithdrawn(_)
            | Event::CareReported(_)
            | Event::DirectoryLoaded(_)
            | Event::FeedUnread(_)
            | Event::FindingRaised(_)
            | Event::GuardCommand(_)
            | Event::GuardFailed(_)
            | Event::DevicesObserved(_)
            | Event::GuardReads(_)
            | Event::HuntEnded(_)
            | Event::LakeFailed(_)
            | Event::LimitReached(_)
            | Event::LogRecovered(_)
            | Event::LogTaken(_)
            | Event::LogUnread(_)
            | Event::PolicyLoaded(_)
            | Event::Quiet
            | Event::Rejected(_)
            | Event::SeatLeft(_)
            | Event::SeatTaken(_)
            | Event::SegmentSealed(_)
            | Event::Started(_)
            | Event::Stopped
            | Event::SuppressionLifted(_)
            | Event::SuppressionSet(_)
            | Event::Upstream(_) => {}
        }
    }

    /// Every review that is owed, the earliest due first.
    #[must_use]
    pub fn by_due(&self) -> Vec<&Review> {
        let owed = self.by_glass.values().filter(|it| it.closed.is_none());
        let mut reviews: Vec<&Review> = owed.collect();
        reviews.sort_by(|a, b| a.due.cmp(&b.due).then_with(|| a.index.cmp(&b.index)));
        reviews
    }

    /// The openings that owe a notice, that with the earliest due first.
    #[must_use]
    pub fn noticing(&self) -> Vec<&Review> {
        let due = |review: &Review| review.notices_owed().map(|it| it.due).min();
        let mut owing: Vec<(Timestamp, &Review)> = self
            .by_glass
            .values()
            .filter_map(|review| Some((due(review)?, review)))
            .collect();
        owing.sort_by_key(|(due, review)| (*due, review.index));
        owing.into_iter().map(|(_, review)| review).collect()
    }

    /// What is looked for; nothing when it owes nothing any more, or never was.
    #[must_use]
    pub fn find(&self, wanted: &Wanted) -> Vec<&Review> {
        let of = |fits: &dyn Fn(&&Review) -> bool| self.by_glass.values().find(fits);
        let found = match wanted {
            Wanted::Noticing => return self.noticing(),
            Wanted::Glass(glass) => self.by_glass.get(glass),
            Wanted::Review(id) => of(&|it| it.id == *id),
            Wanted::Notice(id) => of(&|it| it.notices.iter().any(|notice| notice.id == *id)),
        };
        found.into_iter().collect()
    }

    /// How many openings still owe something.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_glass.len()
    }

    /// Whether none does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_glass.is_empty()
    }

    fn declare(&mut self, index: u64, declared: &GlassDeclared) {
        // A glass is declared once; a second event of the same name cannot move its review's date.
        self.by_glass
            .entry(declared.glass.clone())
            .or_insert_with(|| Review {
                id: declared.review.clone(),
                glass: declared.glass.clone(),
                actor: declared.actor.clone(),
                patient: declared.patient.clone(),
                reason: declared.reason,
                text: declared.text.clone(),
                mode: declared.mode,
                declared: declared.from,
                until: declared.until,
                ended: None,
                due: declared.review_due,
                closed: None,
                notices: declared.notices.iter().map(Notice::owed).collect(),
                opened: Opened::default(),
                index,
            });
    }

    fn count(&mut self, time: Timestamp, access: &Access) {
        let Some(review) = access
            .glass
            .as_ref()
            .and_then(|id| self.by_glass.get_mut(id))
        else {
            return;
        };
        if !ABOUT_THE_OPENING.contains(&access.asked.action.as_str()) {
            review.opened.count(time, access);
        }
    }

    /// Changes one opening; it leaves once it owes nothing any more, so that the state grows with
    /// what is owed and not with what ever happened.
    fn change(&mut self, glass: &GlassId, change: impl FnOnce(&mut Review)) {
        let Some(review) = self.by_glass.get_mut(glass) else {
            return;
        };
        change(review);
        if review.is_settled() {
            self.by_glass.remove(glass);
        }
    }
}

impl Review {
    /// Where it stands at an instant.
    #[must_use]
    pub fn state(&self, at: Timestamp) -> ReviewState {
        if let Some(closed) = &self.closed {
            ReviewState::Closed(closed.finding)
        } else if at < self.end_at() {
            ReviewState::Open
        } else if at < self.due {
            ReviewState::Owed
        } else {
            ReviewState::Overdue
        }
    }

    /// From when on it opened or will open nothing.
    #[must_use]
    pub fn end_at(&self) -> Timestamp {
        self.ended.as_ref().map_or(self.until, |ended| ended.at)
    }

    fn end(&mut self, ended: &GlassEnded) {
        // It ends once, and never later than it would have by itself.
        self.ended.get_or_insert_with(|| Ended {
            end: ended.end,
            at: ended.at.min(self.until),
            by: ended.actor.as_ref().map(|actor| actor.person.clone()),
        });
    }

    fn close(&mut self, closed: &ReviewClosed) {
        // INVARIANT: nobody reviews their own opening, whatever an entry says.
        if self.id != closed.review || closed.actor.person == self.actor.person {
            return;
        }
        self.closed.get_or_insert_with(|| Closed {
            finding: closed.finding,
            by: closed.actor.person.clone(),
            text: closed.text.clone(),
            at: closed.at,
        });
    }

    fn is_settled(&self) -> bool {
        let over = |closed: &Closed| self.ended.is_some() || closed.at >= self.until;
        self.closed.as_ref().is_some_and(over) && self.notices_owed().next().is_none()
    }
}

impl Opened {
    fn count(&mut self, time: Timestamp, access: &Access) {
        self.reads += 1;
        self.resources += u64::from(access.disclosed.resources);
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
        let resource_type = access.asked.target.resource_type.as_deref().unwrap_or("-");
        if self.by_type.len() < TYPES_MAX || self.by_type.contains_key(resource_type) {
            *self.by_type.entry(resource_type.to_owned()).or_default() += 1;
        }
    }
}

impl ReviewState {
    /// The state as listings show it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Owed => "owed",
            Self::Overdue => "overdue",
            Self::Closed(finding) => finding.code(),
        }
    }
}

#[cfg(test)]
mod tests;
