//! The page of one's own emergency openings: how long each still lasts, what was opened under it,
//! and the button that ends it.

use askama::Template;
use event::{GlassEnd, GlassId, PatientId, Timestamp};
use locale::{Family, Value, key};

use crate::Frame;

/// What the page of openings shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Openings {
    /// The openings, the one that ends first before the others.
    pub openings: Vec<Opening>,
}

/// One opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The opening.
    pub glass: GlassId,
    /// The patient, to the person who broke the glass.
    pub patient: Option<PatientId>,
    /// The person who broke it, to anybody else.
    pub person: Option<String>,
    /// When it ends, or ended.
    pub until: Timestamp,
    /// How many minutes are left, begun ones included.
    pub minutes_left: u32,
    /// How it ended, if it did.
    pub ended: Option<GlassEnd>,
    /// What was opened under it.
    pub opened: Summary,
    /// By when its review is due.
    pub review_due: Timestamp,
}

/// What was opened under a glass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many requests were answered.
    pub reads: u64,
    /// How many resources were shown.
    pub resources: u64,
    /// Each resource type, and how many requests there were for it.
    pub types: Vec<(String, u64)>,
    /// When the first was.
    pub first: Option<Timestamp>,
    /// When the last was.
    pub last: Option<Timestamp>,
}

/// Shows openings, each with its summary and, while it lasts, the button that ends it.
#[must_use]
pub fn openings(frame: &Frame<'_>, view: &Openings) -> String {
    frame.render(&OpeningsPage { frame, view })
}

impl Frame<'_> {
    /// How many requests, and how many resources.
    pub(crate) fn counts(&self, opened: &Summary) -> String {
        let (reads, resources) = (self.number(&opened.reads), self.number(&opened.resources));
        let values = &[
            ("reads", Value::Text(&reads)),
            ("resources", Value::Text(&resources)),
        ];
        self.catalog
            .text(self.language, key::OPENING_SUMMARY_COUNTS, values)
    }

    /// From when to when.
    pub(crate) fn span(&self, opened: &Summary) -> Option<String> {
        let (first, last) = (self.moment(&opened.first?), self.moment(&opened.last?));
        let values = &[("first", Value::Text(&first)), ("last", Value::Text(&last))];
        let text = self
            .catalog
            .text(self.language, key::OPENING_SUMMARY_SPAN, values);
        Some(text)
    }

    /// Since when an opening has ended, and how.
    pub(crate) fn ended(&self, end: &GlassEnd, until: &Timestamp) -> String {
        let (end, until) = (self.label(Family::Ended, end.code()), self.moment(until));
        let values = &[("end", Value::Text(&end)), ("until", Value::Text(&until))];
        self.catalog.text(self.language, key::OPENING_ENDED, values)
    }
}

#[derive(Template)]
#[template(path = "openings.html")]
struct OpeningsPage<'a> {
    frame: &'a Frame<'a>,
    view: &'a Openings,
}
