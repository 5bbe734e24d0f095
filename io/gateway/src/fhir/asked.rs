//! The question behind a request: what the policy is asked before anything is fetched.

use event::{Confidentiality, PatientId};
use policy::{Action, Target};
use wire::fhir::{self, ResourceType, Scope};

/// The type as which a `Binary` is decided.
pub(super) const DOCUMENT: &str = "DocumentReference";

/// A request with the question that it puts to the policy.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: fhir::Request,
    pub(super) action: Action,
    /// The patient whom the request itself names.
    pub(super) patient: Option<PatientId>,
    pub(super) resource_type: &'static str,
    scope: Scope,
}

impl Asked {
    /// The question behind a request; `None` for what is answered without one.
    pub(super) fn of(request: fhir::Request) -> Option<Self> {
        // A document is decided by what it belongs to, and at least as one.
        let resource_type = match &request {
            fhir::Request::Binary { .. } => ResourceType::parse(DOCUMENT)?,
            request => request.resource_type()?,
        };
        let patient = request
            .patient()
            .map(|id| PatientId::new(id.as_str()))
            .transpose()
            .ok()?;
        Some(Self {
            action: action_of(&request)?,
            patient,
            resource_type: resource_type.name(),
            scope: resource_type.scope(),
            request,
        })
    }

    /// The same about a type of which nothing is known yet.
    pub(super) fn of_type(action: Action, request: fhir::Request) -> Option<Self> {
        let resource_type = request.resource_type()?;
        Some(Self {
            action,
            patient: None,
            resource_type: resource_type.name(),
            scope: resource_type.scope(),
            request,
        })
    }

    pub(super) fn target(&self) -> Target<'_> {
        match (&self.patient, self.scope) {
            (Some(patient), _) => Target::Record {
                patient,
                resource_type: self.resource_type,
                confidentiality: Confidentiality::Normal,
            },
            // A file of what belongs to nobody is part of an export of patients.
            (None, Scope::Open) if self.action == Action::Export => Target::Unopened {
                resource_type: "Patient",
            },
            (None, Scope::Open) => Target::Reference {
                resource_type: self.resource_type,
            },
            (None, _) => Target::Unopened {
                resource_type: self.resource_type,
            },
        }
    }
}

fn action_of(request: &fhir::Request) -> Option<Action> {
    Some(match request {
        fhir::Request::Binary { .. }
        | fhir::Request::History { .. }
        | fhir::Request::Read { .. }
        | fhir::Request::VersionRead { .. } => Action::Read,
        fhir::Request::Create { .. } => Action::Create,
        fhir::Request::Export { .. } | fhir::Request::ExportFile { .. } => Action::Export,
        fhir::Request::Everything { .. } => Action::Everything,
        fhir::Request::Search(_) => Action::Search,
        fhir::Request::Write { change, .. } => match change {
            fhir::Change::Delete => Action::Delete,
            fhir::Change::Patch | fhir::Change::Update => Action::Update,
        },
        fhir::Request::Bundle
        | fhir::Request::Capabilities
        | fhir::Request::ExportJob { .. }
        | fhir::Request::Page { .. } => return None,
    })
}
