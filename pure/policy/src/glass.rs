//! The glass that is broken: one patient, one person, one session, one hour at the most.

use std::time::Duration;

use event::{
    AccessMode, GlassDeclared, GlassId, PatientId, PersonId, Purpose, SessionId, Timestamp,
};

use crate::{Action, Permit};

/// How long a glass stays open and when its review is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlassTerms {
    open: Duration,
    review: Duration,
}

/// An opening by break-glass.
///
/// INVARIANT: made only from the permit to declare it ([`Glass::begin`]) or from the kept event of
/// a declaration ([`Glass::from_kept`]), never renewed and never longer than [`GlassTerms`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glass {
    id: GlassId,
    person: PersonId,
    session: SessionId,
    patient: PatientId,
    mode: AccessMode,
    until: Timestamp,
    review_due: Timestamp,
}

impl GlassTerms {
    /// The longest a glass may ever stay open.
    pub const OPEN_MAX: Duration = Duration::from_secs(60 * 60);

    /// Terms with an opening of at most [`Self::OPEN_MAX`] and a review due after `review`.
    #[must_use]
    pub fn new(open: Duration, review: Duration) -> Self {
        Self {
            open: open.min(Self::OPEN_MAX),
            review,
        }
    }

    /// How long a glass stays open.
    #[must_use]
    pub fn open(&self) -> Duration {
        self.open
    }

    /// When a review is due for a declaration made at `at`.
    #[must_use]
    pub fn review_due(&self, at: Timestamp) -> Timestamp {
        at.after(self.review)
    }
}

impl Glass {
    /// Begins the glass that `permit` allows; `None` when the permit is for something else.
    ///
    /// It opens nothing until its declaration is durable in evidence: that is the caller's duty.
    #[must_use]
    pub fn begin(
        permit: &Permit,
        id: GlassId,
        mode: AccessMode,
        terms: &GlassTerms,
    ) -> Option<Self> {
        let patient = permit
            .patient()
            .filter(|_| permit.action() == Action::DeclareBreakGlass)?;
        Some(Self {
            id,
            person: permit.person().clone(),
            session: permit.session().clone(),
            patient: patient.clone(),
            mode,
            until: permit.at().after(terms.open),
            review_due: terms.review_due(permit.at()),
        })
    }

    /// The glass of a declaration kept in evidence, whose sealed patient was opened by the caller.
    #[must_use]
    pub fn from_kept(kept: &GlassDeclared, patient: PatientId) -> Self {
        Self {
            id: kept.glass.clone(),
            person: kept.actor.person.clone(),
            session: kept.actor.session.clone(),
            patient,
            mode: kept.mode,
            until: kept.until.min(kept.from.after(GlassTerms::OPEN_MAX)),
            review_due: kept.review_due,
        }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &GlassId {
        &self.id
    }

    /// The one patient it opens.
    #[must_use]
    pub fn patient(&self) -> &PatientId {
        &self.patient
    }

    /// The person who broke it.
    #[must_use]
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// The session that broke it.
    #[must_use]
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// The instant at which it is no longer open.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// By when its review is owed; asking again never moves it.
    #[must_use]
    pub fn review_due(&self) -> Timestamp {
        self.review_due
    }

    /// The purpose of use of what is read under it.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.mode.purpose()
    }

    /// Whether it opens `patient` for this person in this session now.
    #[must_use]
    pub fn opens(
        &self,
        person: &PersonId,
        session: &SessionId,
        patient: &PatientId,
        at: Timestamp,
    ) -> bool {
        at < self.until
            && self.person == *person
            && self.session == *session
            && self.patient == *patient
    }
}
