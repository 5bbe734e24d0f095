//! The page on which somebody reviews an opening.

use askama::Template;
use event::{GlassEnd, GlassId, GlassReason, ReviewFinding, ReviewId, Timestamp};
use locale::{Family, Value, key};

use crate::limits::REVIEW_TEXT_CHARS_MAX;
use crate::{Frame, NoticeRow, ReviewState, Summary};

/// What the page of a review shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The review.
    pub id: ReviewId,
    /// The opening it is about.
    pub glass: GlassId,
    /// The name of the person who broke the glass.
    pub person: String,
    /// The code of the profession under which they acted.
    pub profession: Option<String>,
    /// The names of the establishments they work for.
    pub establishments: Vec<String>,
    /// The first digits of the patient's pseudonym, never an identity.
    pub patient: String,
    /// The reason chosen.
    pub reason: GlassReason,
    /// The reason in the person's own words.
    pub text: String,
    /// When it was declared.
    pub declared: Timestamp,
    /// When the opening ends, or ended.
    pub until: Timestamp,
    /// How it ended.
    pub ended: Option<GlassEnd>,
    /// By when the review is due.
    pub due: Timestamp,
    /// Where it stands.
    pub state: ReviewState,
    /// Whether the opening is still under way, so that it cannot be closed yet.
    pub still_open: bool,
    /// What it came to.
    pub closed: Option<Finding>,
    /// What was opened.
    pub opened: Summary,
    /// Who is told of it.
    pub notices: Vec<NoticeRow>,
    /// The entry of the declaration in the evidence log.
    pub evidence_index: u64,
    /// Whether a first attempt lacked the words.
    pub lacks_words: bool,
}

/// What a review came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The finding.
    pub finding: ReviewFinding,
    /// The name of the person who found it.
    pub person: String,
    /// Why.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// Shows an opening to whoever reviews it, with the form that closes the review.
#[must_use]
pub fn review(frame: &Frame<'_>, view: &Review) -> String {
    frame.render(&ReviewPage { frame, view })
}

impl Frame<'_> {
    /// Who closed a review, and when.
    pub(crate) fn closed_by(&self, closed: &Finding) -> String {
        let time = self.moment(&closed.at);
        let values = &[
            ("person", Value::Text(&closed.person)),
            ("time", Value::Text(&time)),
        ];
        self.catalog
            .text(self.language, key::REVIEWING_CLOSED, values)
    }
}

#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage<'a> {
    frame: &'a Frame<'a>,
    view: &'a Review,
}
