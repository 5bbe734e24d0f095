//! Notices: who must be told of an opening, by when, and what became of it.

use event::{
    DeferralGround, NoticeChannel, NoticeDeferred, NoticeGiven, NoticeId, NoticeOwed, NoticeTo,
    PersonId, Timestamp,
};
use serde::{Deserialize, Serialize};

use super::Review;

/// A notice that is or was owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its name.
    pub id: NoticeId,
    /// Who must be told.
    pub to: NoticeTo,
    /// The person of the staff, when the directory knew them.
    pub person: Option<PersonId>,
    /// By when.
    pub due: Timestamp,
    /// The last time it was put off.
    pub deferred: Option<Deferred>,
    /// That it was given.
    pub given: Option<Given>,
}

/// Why a notice was put off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferred {
    /// The ground.
    pub ground: DeferralGround,
    /// Why, in words.
    pub text: String,
    /// Until when.
    pub until: Timestamp,
    /// Who put it off.
    pub by: PersonId,
}

/// How a notice was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// How.
    pub channel: NoticeChannel,
    /// When.
    pub at: Timestamp,
    /// Who gave it.
    pub by: PersonId,
}

/// Where a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeState {
    /// It is owed.
    Owed,
    /// It is owed and its date has passed.
    Overdue,
    /// It was put off, for now.
    Deferred,
    /// It was given.
    Given,
}

impl Notice {
    pub(super) fn owed(owed: &NoticeOwed) -> Self {
        Self {
            id: owed.notice.clone(),
            to: owed.to,
            person: owed.person.clone(),
            due: owed.due,
            deferred: None,
            given: None,
        }
    }

    /// Where it stands at an instant.
    #[must_use]
    pub fn state(&self, at: Timestamp) -> NoticeState {
        let put_off = self.deferred.as_ref().map(|deferred| deferred.until);
        if self.given.is_some() {
            NoticeState::Given
        } else if put_off.is_some_and(|until| at < until) {
            NoticeState::Deferred
        // What was put off until a date is owed on that date, not before and not after.
        } else if at < put_off.unwrap_or_default().max(self.due) {
            NoticeState::Owed
        } else {
            NoticeState::Overdue
        }
    }
}

impl NoticeState {
    /// The state as listings show it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Owed => "owed",
            Self::Overdue => "overdue",
            Self::Deferred => "deferred",
            Self::Given => "given",
        }
    }
}

impl Review {
    /// The notices that were not given yet, those that were put off included.
    pub fn notices_owed(&self) -> impl Iterator<Item = &Notice> {
        self.notices.iter().filter(|notice| notice.given.is_none())
    }

    pub(super) fn defer(&mut self, deferred: &NoticeDeferred) {
        if let Some(notice) = self.notice_not_given(&deferred.notice) {
            notice.deferred = Some(Deferred {
                ground: deferred.ground,
                text: deferred.text.clone(),
                until: deferred.until,
                by: deferred.actor.person.clone(),
            });
        }
    }

    pub(super) fn give(&mut self, given: &NoticeGiven) {
        if let Some(notice) = self.notice_not_given(&given.notice) {
            notice.given = Some(Given {
                channel: given.channel,
                at: given.at,
                by: given.actor.person.clone(),
            });
        }
    }

    fn notice_not_given(&mut self, id: &NoticeId) -> Option<&mut Notice> {
        let mut notices = self.notices.iter_mut();
        notices.find(|notice| notice.id == *id && notice.given.is_none())
    }
}
