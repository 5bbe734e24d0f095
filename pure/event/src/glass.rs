//! The events of one opening by break-glass: declared, ended, reviewed, and told to those
//! concerned.
//!
//! ```text
//! declared -> reads that name it -> ended -> reviewed
//!        \-> notices owed -> deferred ... -> given
//! ```

use serde::{Deserialize, Serialize};

use crate::{
    AccessMode, Actor, DeferralGround, GlassEnd, GlassId, GlassReason, KeyThumbprint,
    NoticeChannel, NoticeId, NoticeTo, PatientRef, PersonId, RequestId, ReviewFinding, ReviewId,
    Timestamp,
};

/// A declaration of break-glass (DICOM 110127, Emergency Override Started).
///
/// What it owes to others, the review and the notices, is part of it: whatever makes the opening
/// durable makes its debts durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlassDeclared {
    /// The opening, named in every read made under it.
    pub glass: GlassId,
    /// The request that declared it.
    pub request: RequestId,
    /// Who declared it, in which session.
    pub actor: Actor,
    /// The key of the device from which it was declared, when it showed one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<KeyThumbprint>,
    /// The one patient it opens.
    pub patient: PatientRef,
    /// The reason chosen.
    pub reason: GlassReason,
    /// The reason in the person's own words.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub text: String,
    /// The French access mode; its purpose is `mode.purpose()`.
    pub mode: AccessMode,
    /// When it began.
    pub from: Timestamp,
    /// When it ends by itself.
    pub until: Timestamp,
    /// The review that is owed.
    pub review: ReviewId,
    /// By when.
    pub review_due: Timestamp,
    /// The notices that are owed; none in logs of earlier versions.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notices: Vec<NoticeOwed>,
}

/// Somebody must be told of an opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeOwed {
    /// The notice.
    pub notice: NoticeId,
    /// Who must be told.
    pub to: NoticeTo,
    /// The person of the staff who must be told, when the directory knows them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<PersonId>,
    /// By when.
    pub due: Timestamp,
}

/// The end of an opening (DICOM 110138, Emergency Override Stopped).
///
/// What was opened under it is not repeated here: it is the fold of the reads that name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlassEnded {
    /// The opening.
    pub glass: GlassId,
    /// How it ended.
    pub end: GlassEnd,
    /// The instant from which it opened nothing.
    pub at: Timestamp,
    /// The request that ended it; none when time did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request: Option<RequestId>,
    /// Who ended it; nobody when time did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub actor: Option<Actor>,
}

/// A review came to a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewClosed {
    /// The review.
    pub review: ReviewId,
    /// The opening it was about.
    pub glass: GlassId,
    /// The request that closed it.
    pub request: RequestId,
    /// Who closed it; never the person who broke the glass.
    pub actor: Actor,
    /// What they found.
    pub finding: ReviewFinding,
    /// Why, in their own words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// A notice was put off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeDeferred {
    /// The notice.
    pub notice: NoticeId,
    /// The opening it is about.
    pub glass: GlassId,
    /// The request that put it off.
    pub request: RequestId,
    /// Who put it off; never the person who broke the glass.
    pub actor: Actor,
    /// On which ground.
    pub ground: DeferralGround,
    /// Why, in their own words.
    pub text: String,
    /// Until when; from then on it is owed again.
    pub until: Timestamp,
    /// When it was put off.
    pub at: Timestamp,
}

/// A notice was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeGiven {
    /// The notice.
    pub notice: NoticeId,
    /// The opening it is about.
    pub glass: GlassId,
    /// The request that said so.
    pub request: RequestId,
    /// Who gave it; never the person who broke the glass.
    pub actor: Actor,
    /// How.
    pub channel: NoticeChannel,
    /// What there is to add.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub text: String,
    /// When.
    pub at: Timestamp,
}
