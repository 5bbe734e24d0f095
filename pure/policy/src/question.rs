//! What is asked of the policy: who, what, when, and under which purpose.

use event::{Confidentiality, GlassId, PatientId, PersonId, Purpose, SessionId, Tier, Timestamp};

use crate::Glass;

/// One question. Everything it does not say (profession, posts, care relation) is looked up in
/// the directory by the engine itself.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who asks.
    pub person: &'a PersonId,
    /// In which session: a glass opens only for the session that broke it.
    pub session: &'a SessionId,
    /// What they want to do.
    pub action: Action,
    /// To what.
    pub target: Target<'a>,
    /// Why, as the token says. A glass that fits replaces it by its own purpose.
    pub purpose: Purpose,
    /// When.
    pub at: Timestamp,
    /// Whether something grave was found about the person, or enough of what is less grave, that
    /// has not faded yet.
    pub at_risk: bool,
    /// The glass that the session has open for this patient, if any.
    pub glass: Option<&'a Glass>,
}

/// What a person wants to do: the actions of `policies/schema.cedarschema`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Add a resource to a patient's record.
    Create,
    /// Declare an emergency for one patient.
    DeclareBreakGlass,
    /// Remove a resource from a patient's record.
    Delete,
    /// End an opening by break-glass before its time.
    EndGlass,
    /// Read a patient's whole record (`$everything`).
    Everything,
    /// Take the records of many patients out at once (`$export`). Asked about
    /// [`Target::Unopened`] before it begins, then about each resource.
    Export,
    /// Tell those concerned of an opening, or put it off.
    GiveNotice,
    /// Read one resource.
    Read,
    /// Review an opening, and come to a finding.
    ReviewGlass,
    /// Search resources of one patient.
    Search,
    /// Change a resource, in whole or in part (FHIR `update` and `patch`). Asked about the
    /// resource as it is and as it will be: both must be permitted.
    Update,
    /// Use a service that is not FHIR.
    UseService,
    /// See the officers' console.
    ViewDesk,
}

/// What the action is applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// The officers' console.
    Desk,
    /// An opening by break-glass.
    Opening {
        /// The opening.
        glass: &'a GlassId,
        /// Who broke the glass.
        holder: &'a PersonId,
    },
    /// A resource of a patient's record.
    Record {
        /// The patient.
        patient: &'a PatientId,
        /// The FHIR resource type.
        resource_type: &'a str,
        /// How confidential this resource is.
        confidentiality: Confidentiality,
    },
    /// A resource that concerns no patient.
    Reference {
        /// The FHIR resource type.
        resource_type: &'a str,
    },
    /// A service that is not FHIR.
    Service {
        /// Its name in the configuration.
        name: &'a str,
        /// Its tier.
        tier: Tier,
    },
    /// A resource asked for by its id alone: whose it is shows only when it is fetched.
    ///
    /// The answer to this question allows the fetch, never the showing.
    Unopened {
        /// The FHIR resource type.
        resource_type: &'a str,
    },
}

impl Action {
    /// Every action, in the order of this list.
    pub const ALL: [Self; 13] = [
        Self::Create,
        Self::DeclareBreakGlass,
        Self::Delete,
        Self::EndGlass,
        Self::Everything,
        Self::Export,
        Self::GiveNotice,
        Self::Read,
        Self::ReviewGlass,
        Self::Search,
        Self::Update,
        Self::UseService,
        Self::ViewDesk,
    ];

    /// The action as the schema names it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::DeclareBreakGlass => "declareBreakGlass",
            Self::Delete => "delete",
            Self::EndGlass => "endGlass",
            Self::Everything => "everything",
            Self::Export => "export",
            Self::GiveNotice => "giveNotice",
            Self::Read => "read",
            Self::ReviewGlass => "reviewGlass",
            Self::Search => "search",
            Self::Update => "update",
            Self::UseService => "useService",
            Self::ViewDesk => "viewDesk",
        }
    }

    /// Whether it shows what is in a patient's record, and changes nothing.
    #[must_use]
    pub fn is_reading(self) -> bool {
        matches!(self, Self::Everything | Self::Read | Self::Search)
    }

    /// Whether an open glass may serve this action at all, whatever a policy says.
    ///
    /// INVARIANT: an emergency reads and adds; it never changes, removes or carries out in bulk.
    #[must_use]
    pub fn is_breakable(self) -> bool {
        self == Self::Create || self.is_reading()
    }
}

impl<'a> Target<'a> {
    /// The patient whom the question is about, when it is about one.
    #[must_use]
    pub fn patient(&self) -> Option<&'a PatientId> {
        match self {
            Self::Record { patient, .. } => Some(patient),
            Self::Desk
            | Self::Opening { .. }
            | Self::Reference { .. }
            | Self::Service { .. }
            | Self::Unopened { .. } => None,
        }
    }

    /// The FHIR resource type, where there is one.
    #[must_use]
    pub fn resource_type(&self) -> Option<&'a str> {
        match self {
            Self::Record { resource_type, .. }
            | Self::Reference { resource_type }
            | Self::Unopened { resource_type } => Some(resource_type),
            Self::Desk | Self::Opening { .. } | Self::Service { .. } => None,
        }
    }
}
