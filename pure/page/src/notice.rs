//! The notices that are owed of openings: their list, and each as a letter to print and hand over.

use askama::Template;
use event::{DeferralGround, GlassReason, NoticeChannel, NoticeId, NoticeTo, PatientId, Timestamp};
use locale::{Family, Value, key};

use crate::limits::REVIEW_TEXT_CHARS_MAX;
use crate::{Frame, Summary};

/// What the list of notices shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notices {
    /// The notices, the earliest due first.
    pub rows: Vec<NoticeRow>,
}

/// One notice in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// The notice.
    pub id: NoticeId,
    /// Who is told.
    pub to: NoticeTo,
    /// The name of the person of the staff who is told, where the directory knows one.
    pub person: Option<String>,
    /// The first digits of the patient's pseudonym, never an identity.
    pub patient: String,
    /// By when.
    pub due: Timestamp,
    /// Where it stands.
    pub state: NoticeState,
}

/// Where a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeState {
    /// Put off, for now.
    Deferred,
    /// Given.
    Given,
    /// To do, too late.
    Overdue,
    /// To do.
    Owed,
}

/// A notice as a letter, and what the officer does with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The notice.
    pub id: NoticeId,
    /// Who is told.
    pub to: NoticeTo,
    /// The name of the person of the staff who is told, where the directory knows one.
    pub addressee: Option<String>,
    /// The patient, as the record knows them.
    pub patient: PatientId,
    /// The name of the person who opened the record.
    pub person: String,
    /// The code of their profession.
    pub profession: Option<String>,
    /// The names of the establishments they work for.
    pub establishments: Vec<String>,
    /// The reason given.
    pub reason: GlassReason,
    /// When it was declared.
    pub declared: Timestamp,
    /// When the opening ended.
    pub until: Timestamp,
    /// What was opened.
    pub opened: Summary,
    /// Where the notice stands.
    pub state: NoticeState,
    /// On which ground it was put off last, and until when.
    pub deferred: Option<(DeferralGround, Timestamp)>,
    /// How it was given, and when.
    pub given: Option<(NoticeChannel, Timestamp)>,
    /// The first day and the last until which it may be put off, as `YYYY-MM-DD`.
    pub days: (String, String),
}

/// Lists the notices that are owed.
#[must_use]
pub fn notices(frame: &Frame<'_>, view: &Notices) -> String {
    frame.render(&NoticesPage { frame, view })
}

/// Shows a notice as a letter, with the forms that say it was given or has to wait.
#[must_use]
pub fn letter(frame: &Frame<'_>, view: &Letter) -> String {
    frame.render(&LetterPage { frame, view })
}

impl NoticeState {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Deferred => "deferred",
            Self::Given => "given",
            Self::Overdue => "overdue",
            Self::Owed => "owed",
        }
    }
}

impl Letter {
    fn title(&self) -> locale::Key {
        match self.to {
            NoticeTo::Patient => key::LETTER_TITLE,
            NoticeTo::TreatingPhysician => key::LETTER_TITLE_PHYSICIAN,
        }
    }

    fn why(&self) -> locale::Key {
        match self.to {
            NoticeTo::Patient => key::LETTER_WHY,
            NoticeTo::TreatingPhysician => key::LETTER_WHY_PHYSICIAN,
        }
    }
}

impl Frame<'_> {
    fn two(&self, key: locale::Key, first: (&str, &str), second: (&str, &str)) -> String {
        let values = &[
            (first.0, Value::Text(first.1)),
            (second.0, Value::Text(second.1)),
        ];
        self.catalog.text(self.language, key, values)
    }

    /// When the record was opened, and until when.
    pub(crate) fn opened_on(&self, letter: &Letter) -> String {
        let (from, until) = (self.moment(&letter.declared), self.moment(&letter.until));
        self.two(key::LETTER_OPENED, ("from", &from), ("until", &until))
    }

    /// Who opened it.
    pub(crate) fn opened_by(&self, letter: &Letter) -> String {
        let profession = letter.profession.as_deref().unwrap_or("-");
        let profession = self.label(Family::Profession, profession);
        self.two(
            key::LETTER_PERSON,
            ("person", &letter.person),
            ("profession", &profession),
        )
    }

    /// On which ground a notice was put off.
    pub(crate) fn put_off(&self, ground: &DeferralGround, until: &Timestamp) -> String {
        let (ground, until) = (
            self.label(Family::Ground, ground.code()),
            self.moment(until),
        );
        self.two(
            key::NOTICE_DEFERRED_TOLD,
            ("ground", &ground),
            ("until", &until),
        )
    }

    /// How a notice was given.
    pub(crate) fn given(&self, channel: &NoticeChannel, at: &Timestamp) -> String {
        let (channel, time) = (self.label(Family::Channel, channel.code()), self.moment(at));
        self.two(
            key::NOTICE_GIVEN_TOLD,
            ("channel", &channel),
            ("time", &time),
        )
    }
}

#[derive(Template)]
#[template(path = "notices.html")]
struct NoticesPage<'a> {
    frame: &'a Frame<'a>,
    view: &'a Notices,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct LetterPage<'a> {
    frame: &'a Frame<'a>,
    view: &'a Letter,
}
