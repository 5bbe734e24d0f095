//! The glass that is broken: one patient, one person, one session, one device, one hour at the
//! most.

mod reasons;

use std::time::Duration;

use event::{
    AccessMode, GlassDeclared, GlassId, KeyThumbprint, PatientId, PersonId, Purpose, SessionId,
    Timestamp,
};

use crate::{Action, Permit};

pub use reasons::rank_reasons;

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
    key: Option<KeyThumbprint>,
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

    /// The same with an opening of at most `asked`: nobody is given more time by asking.
    #[must_use]
    pub fn shortened(self, asked: Duration) -> Self {
        Self {
            open: self.open.min(asked),
            ..self
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
            key: None,
            mode,
            until: permit.at().after(terms.open),
            review_due: terms.review_due(permit.at()),
        })
    }

    /// The same, only for the device that shows this key.
    #[must_use]
    pub fn bound_to(self, key: Option<KeyThumbprint>) -> Self {
        Self { key, ..self }
    }

    /// The glass of a declaration kept in evidence, whose sealed patient was opened by the caller.
    #[must_use]
    pub fn from_kept(kept: &GlassDeclared, patient: PatientId) -> Self {
        Self {
            id: kept.glass.clone(),
            person: kept.actor.person.clone(),
            session: kept.actor.session.clone(),
            patient,
            key: kept.key.clone(),
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

    /// The key of the device from which it was broken, when it showed one.
    #[must_use]
    pub fn key(&self) -> Option<&KeyThumbprint> {
        self.key.as_ref()
    }

    /// Whether it was broken from the device that shows this key, or, like this request, from one
    /// that shows none.
    ///
    /// INVARIANT: a session that is carried to another device does not carry the glass along.
    #[must_use]
    pub fn is_of_device(&self, key: Option<&KeyThumbprint>) -> bool {
        self.key.as_ref() == key
    }

    /// The access mode.
    #[must_use]
    pub fn mode(&self) -> AccessMode {
        self.mode
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

#[cfg(test)]
mod tests;
