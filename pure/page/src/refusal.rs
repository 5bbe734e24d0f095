//! The pages of a refusal, of an emergency opening, and of what went wrong.

use askama::Template;
use event::{GlassId, GlassReason, PatientId, RequestId, Timestamp};
use locale::{Explanation, Family, Key, key};

use crate::Frame;
use crate::limits::GLASS_TEXT_CHARS_MAX;

/// What the page of a refusal shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code of the reason.
    pub code: String,
    /// The name of the part of the request in question, where the code has one.
    pub detail: Option<String>,
    /// The request.
    pub request: Option<RequestId>,
    /// The index of the refusal in the evidence log.
    pub evidence_index: Option<u64>,
    /// The offer to declare an emergency, when the refusal is breakable.
    pub glass: Option<GlassOffer>,
}

/// The offer to declare an emergency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlassOffer {
    /// The patient as the request gave them.
    pub patient: PatientId,
    /// For how long the record would open.
    pub minutes: u32,
    /// The reasons to choose from, the likeliest first; one tap on one declares.
    pub reasons: Vec<GlassReason>,
    /// Where to go afterwards; anything but a path of this origin becomes `/`.
    pub return_to: String,
    /// What a first attempt lacked.
    pub missing: Option<Missing>,
}

/// What a declaration lacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A patient.
    Patient,
    /// A reason.
    Reason,
    /// The words that the reason `other` asks for.
    Text,
}

/// What the page of an opened record shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The opening.
    pub glass: GlassId,
    /// The patient.
    pub patient: PatientId,
    /// When it ends.
    pub until: Timestamp,
    /// By when its review is due.
    pub review_due: Timestamp,
    /// Where the person wanted to go; anything but a path of this origin becomes `/`.
    pub return_to: Option<String>,
}

/// What the page of a failure shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The stable code of what happened.
    pub code: String,
    /// The name of the part of the request in question, where the code has one.
    pub detail: Option<String>,
    /// The request.
    pub request: Option<RequestId>,
    /// The index of the event in the evidence log.
    pub evidence_index: Option<u64>,
}

/// Says why something was refused and what can be done, with the form to declare an emergency
/// when the refusal is breakable.
#[must_use]
pub fn refusal(frame: &Frame<'_>, view: &Refusal) -> String {
    frame.render(&RefusalPage {
        frame,
        view,
        explanation: frame.explain(&view.code, view.detail.as_deref()),
    })
}

/// Says that a record is open, until when, and that the opening will be reviewed.
#[must_use]
pub fn glass_opened(frame: &Frame<'_>, view: &Opened) -> String {
    frame.render(&OpenedPage { frame, view })
}

/// Says that something did not work: an upstream, an address, a request that is too large.
#[must_use]
pub fn error(frame: &Frame<'_>, view: &Fault) -> String {
    frame.render(&ErrorPage {
        frame,
        view,
        explanation: frame.explain(&view.code, view.detail.as_deref()),
    })
}

impl Missing {
    fn key(self) -> Key {
        match self {
            Self::Patient => key::GLASS_PATIENT_MISSING,
            Self::Reason => key::GLASS_REASON_MISSING,
            Self::Text => key::GLASS_TEXT_MISSING,
        }
    }
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage<'a> {
    frame: &'a Frame<'a>,
    view: &'a Refusal,
    explanation: Explanation,
}

#[derive(Template)]
#[template(path = "opened.html")]
struct OpenedPage<'a> {
    frame: &'a Frame<'a>,
    view: &'a Opened,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: &'a Frame<'a>,
    view: &'a Fault,
    explanation: Explanation,
}
