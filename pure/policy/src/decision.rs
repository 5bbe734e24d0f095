//! What the policy answers.

use std::sync::Arc;

use event::{GlassId, Outcome, PatientId, PersonId, Purpose, SessionId, Timestamp};

use crate::Action;

/// The three outcomes.
#[derive(Debug)]
pub enum Decision {
    /// Refused, and an emergency may open it.
    Breakable(Breakable),
    /// Allowed.
    Permit(Permit),
    /// Refused.
    Refusal(Refusal),
}

/// The authority to do one thing, made only by [`crate::Engine::decide`].
///
/// It cannot be copied or made elsewhere; whoever acts takes it by value.
#[derive(Debug)]
pub struct Permit {
    pub(crate) person: PersonId,
    pub(crate) session: SessionId,
    pub(crate) action: Action,
    pub(crate) patient: Option<PatientId>,
    pub(crate) resource_type: Option<Box<str>>,
    pub(crate) unopened: bool,
    pub(crate) purpose: Purpose,
    pub(crate) at: Timestamp,
    pub(crate) glass: Option<GlassId>,
    pub(crate) grounds: Grounds,
}

/// A refusal that explains itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub(crate) grounds: Grounds,
}

/// A refusal that an emergency may open: the person may declare one, and it would suffice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakable {
    pub(crate) grounds: Grounds,
}

/// Why: stable codes that people's texts are found by, and the policies that settled it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grounds {
    /// Reason codes, sorted; the first is the one to tell.
    pub reasons: Vec<Arc<str>>,
    /// Ids of the policies that settled it, sorted; empty when none allowed it.
    pub policies: Vec<Arc<str>>,
}

impl Decision {
    /// Which of the three it is.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Breakable(_) => Outcome::Breakable,
            Self::Permit(_) => Outcome::Permit,
            Self::Refusal(_) => Outcome::Refusal,
        }
    }

    /// Why.
    #[must_use]
    pub fn grounds(&self) -> &Grounds {
        match self {
            Self::Breakable(breakable) => &breakable.grounds,
            Self::Permit(permit) => &permit.grounds,
            Self::Refusal(refusal) => &refusal.grounds,
        }
    }
}

impl Grounds {
    /// The reason to tell a person.
    #[must_use]
    pub fn first_reason(&self) -> &str {
        self.reasons
            .first()
            .map_or("no-care-relation", AsRef::as_ref)
    }

    /// Why an answer that was not understood is not shown: there is no policy for it.
    #[must_use]
    pub fn of_reason(code: &str) -> Self {
        Self {
            reasons: vec![Arc::from(code)],
            policies: Vec::new(),
        }
    }
}

impl Refusal {
    /// A refusal that no policy was asked for, with the code of its reason.
    ///
    /// Refusing needs no authority; only permits do.
    #[must_use]
    pub fn of_reason(code: &str) -> Self {
        Self {
            grounds: Grounds::of_reason(code),
        }
    }

    /// Why.
    #[must_use]
    pub fn grounds(&self) -> &Grounds {
        &self.grounds
    }
}

impl Breakable {
    /// Why.
    #[must_use]
    pub fn grounds(&self) -> &Grounds {
        &self.grounds
    }
}

impl Permit {
    /// Who may act.
    #[must_use]
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// In which session.
    #[must_use]
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// What may be done.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// To whose record.
    #[must_use]
    pub fn patient(&self) -> Option<&PatientId> {
        self.patient.as_ref()
    }

    /// To which FHIR resource type.
    #[must_use]
    pub fn resource_type(&self) -> Option<&str> {
        self.resource_type.as_deref()
    }

    /// Whether it allows only to fetch, because whose resource it is was not yet known.
    #[must_use]
    pub fn is_fetch_only(&self) -> bool {
        self.unopened
    }

    /// Under which purpose of use.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// When it was given.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The glass it stands on.
    #[must_use]
    pub fn glass(&self) -> Option<&GlassId> {
        self.glass.as_ref()
    }

    /// Why.
    #[must_use]
    pub fn grounds(&self) -> &Grounds {
        &self.grounds
    }
}
