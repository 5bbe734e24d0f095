//! The questions that a write raises, each with its answer: about the resource as it is, as it will
//! be, and about every other resource that it names.

use std::collections::BTreeSet;

use event::{Confidentiality, PatientId};
use hyper::StatusCode;
use policy::{Action, Decision};
use wire::fhir::disclosure::{names_of, version_of};
use wire::fhir::{self, Answer, Id, Membership, Resource, ResourceType, Scope, Search, Whose};
use wire::limits::AnswerLimits;

use super::headers::Preconditions;
use super::search::{Ground, Source, find};
use super::send::Intent;
use super::sift::{read, unreadable};
use super::verdicts::{Verdicts, confidentiality_of, patient_of};
use super::write::Settled;
use crate::identity::json;
use crate::limits::WRITTEN_NAMES_MAX;
use crate::upstream::{Fault, Fetched};

pub(super) const FHIR_JSON: &str = "application/fhir+json";
const JSON_PATCH: &str = "application/json-patch+json";

/// Why nothing is written.
#[derive(Debug)]
pub(super) enum Unsettled {
    /// What a conditional create would create is there already.
    Exists(ResourceType, Id),
    Fault(Fault),
    /// It is not done for this person; the code says why.
    NotDone(&'static str),
    /// The resource as it is is not open to this person.
    NotOpen(Box<Decision>),
    /// There is no such resource.
    NotThere,
    /// The resource as it will be is not this person's to write.
    Refused(Box<Decision>),
    /// The request itself is at fault.
    Told(StatusCode, &'static str),
}

impl From<Fault> for Unsettled {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A write whose questions are being answered.
pub(super) struct Settling<'s, S> {
    source: &'s mut S,
    ground: Ground<'s>,
    verdicts: Verdicts<'s>,
    preconditions: &'s Preconditions,
}

/// The type and id of a resource.
type Place = (ResourceType, Id);

/// The resource as it is.
struct Current {
    bytes: bytes::Bytes,
    version: Id,
    patients: BTreeSet<Id>,
    concerned: BTreeSet<PatientId>,
    confidentiality: Confidentiality,
}

impl<'s, S: Source> Settling<'s, S> {
    pub(super) fn new(
        source: &'s mut S,
        ground: Ground<'s>,
        preconditions: &'s Preconditions,
    ) -> Self {
        Self {
            source,
            ground,
            verdicts: Verdicts::new(ground.judge),
            preconditions,
        }
    }

    /// The one resource that the condition of a conditional interaction finds.
    pub(super) async fn find(&mut self, search: &Search) -> Result<(ResourceType, Id), Unsettled> {
        let found = find(search, self.source, self.ground, 1).await;
        match found? {
            None => Err(Unsettled::Told(
                StatusCode::PRECONDITION_FAILED,
                "several-match",
            )),
            Some(found) => match found.into_iter().next().and_then(|taken| taken.id) {
                Some(id) => Ok((search.resource_type, id)),
                // INVARIANT: an update never creates.
                None => Err(Unsettled::NotThere),
            },
        }
    }

    pub(super) async fn create(
        mut self,
        resource_type: ResourceType,
        body: &[u8],
    ) -> Result<Settled, Unsettled> {
        if resource_type.is_patient() {
            return Err(Unsettled::NotDone("patient-not-created"));
        }
        let bases = self.source.own_bases();
        let bases: Vec<&str> = bases.iter().map(String::as_str).collect();
        let new = self.written(resource_type, None, body, &bases)?;
        let concerned = self.allowed(Action::Create, &new)?;
        self.check_names(&new, None, &bases).await?;
        let if_none_exist = match self.condition(&new)? {
            Some(search) => {
                self.is_new(&search).await?;
                // Somebody may create it in between: the upstream looks again.
                search.condition()
            }
            None => None,
        };
        Ok(Settled {
            intent: Intent {
                method: "POST",
                target: format!("/{resource_type}"),
                media_type: FHIR_JSON,
                body: bytes::Bytes::copy_from_slice(body),
                if_match: None,
                if_none_exist,
            },
            permits: self.verdicts.permits,
            patients: concerned,
            at: None,
        })
    }

    pub(super) async fn update(
        mut self,
        resource_type: ResourceType,
        id: Id,
        body: &[u8],
    ) -> Result<Settled, Unsettled> {
        let bases = self.source.own_bases();
        let bases: Vec<&str> = bases.iter().map(String::as_str).collect();
        let new = self.written(resource_type, Some(&id), body, &bases)?;
        let current = self
            .current(Action::Update, resource_type, &id, &bases)
            .await?;
        let concerned = self.becomes(&current, &new, &bases).await?;
        let at = (resource_type, id);
        let body = bytes::Bytes::copy_from_slice(body);
        let intent = intent(("PUT", FHIR_JSON), body, current.version, &at);
        Ok(self.settled(intent, concerned, at))
    }

    pub(super) async fn patch(
        mut self,
        resource_type: ResourceType,
        id: Id,
        body: &[u8],
    ) -> Result<Settled, Unsettled> {
        if self.preconditions.media_type != JSON_PATCH {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Unsettled::Told(status, "patch-not-json"));
        }
        let bases = self.source.own_bases();
        let bases: Vec<&str> = bases.iter().map(String::as_str).collect();
        let patch = read_patch(body).ok_or(Unsettled::Told(
            StatusCode::BAD_REQUEST,
            "written-unreadable",
        ))?;
        let current = self
            .current(Action::Update, resource_type, &id, &bases)
            .await?;
        let patched = patched(&current.bytes, &patch)?;
        let new = self.written(resource_type, Some(&id), &patched, &bases)?;
        let concerned = self.becomes(&current, &new, &bases).await?;
        let at = (resource_type, id);
        let body = bytes::Bytes::copy_from_slice(body);
        let intent = intent(("PATCH", JSON_PATCH), body, current.version, &at);
        Ok(self.settled(intent, concerned, at))
    }

    pub(super) async fn delete(
        mut self,
        resource_type: ResourceType,
        id: Id,
    ) -> Result<Settled, Unsettled> {
        let bases = self.source.own_bases();
        let bases: Vec<&str> = bases.iter().map(String::as_str).collect();
        let current = self
            .current(Action::Delete, resource_type, &id, &bases)
            .await?;
        let at = (resource_type, id);
        let body = bytes::Bytes::new();
        let intent = intent(("DELETE", FHIR_JSON), body, current.version, &at);
        Ok(self.settled(intent, current.concerned, at))
    }

    fn settled(self, intent: Intent, patients: BTreeSet<PatientId>, at: Place) -> Settled {
        Settled {
            intent,
            permits: self.verdicts.permits,
            patients,
            at: Some(at),
        }
    }

    /// The resource as it is, when this person may do `action` to it.
    async fn current(
        &mut self,
        action: Action,
        resource_type: ResourceType,
        id: &Id,
        bases: &[&str],
    ) -> Result<Current, Unsettled> {
        let target = format!("/{resource_type}/{id}");
        let Fetched::Bytes(bytes) = self.source.fetch(&target).await? else {
            return Err(Unsettled::NotThere);
        };
        let Answer::Resource(resource) = read(&bytes, bases)? else {
            return Err(unreadable("not-a-resource").into());
        };
        if resource.resource_type != resource_type || resource.id.as_ref() != Some(id) {
            return Err(unreadable("another-answer").into());
        }
        let concerned = self
            .verdicts
            .resource(action, &resource)
            .map_err(Unsettled::NotOpen)?;
        // Without a version nobody could tell that it has changed since it was decided upon.
        let version = version_of(resource.raw).ok_or_else(|| unreadable("no-version"))?;
        let wanted = self.preconditions.if_match.as_ref();
        if wanted.is_some_and(|wanted| !wanted.is(&version)) {
            let status = StatusCode::PRECONDITION_FAILED;
            return Err(Unsettled::Told(status, "version-conflict"));
        }
        let patients = own_patients(&resource);
        Ok(Current {
            version,
            patients,
            concerned,
            confidentiality: confidentiality_of(&resource),
            bytes: bytes.clone(),
        })
    }

    /// Whether a resource may become another one.
    async fn becomes(
        &mut self,
        current: &Current,
        new: &Resource<'_>,
        bases: &[&str],
    ) -> Result<BTreeSet<PatientId>, Unsettled> {
        let concerned = self.allowed(Action::Update, new)?;
        // INVARIANT: no write moves a resource to another patient.
        if own_patients(new) != current.patients {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Unsettled::Told(status, "patient-changed"));
        }
        // INVARIANT: a label is lowered only by who might remove the resource altogether.
        if confidentiality_of(new) < current.confidentiality {
            let Answer::Resource(resource) = read(&current.bytes, bases)? else {
                return Err(unreadable("not-a-resource").into());
            };
            self.allowed(Action::Delete, &resource)?;
        }
        let before = str::from_utf8(&current.bytes).unwrap_or_default();
        self.check_names(new, Some(before), bases).await?;
        Ok(concerned.union(&current.concerned).cloned().collect())
    }

    /// The resource of a body.
    fn written<'b>(
        &self,
        resource_type: ResourceType,
        id: Option<&Id>,
        body: &'b [u8],
        bases: &[&str],
    ) -> Result<Resource<'b>, Unsettled> {
        let told = |code| Unsettled::Told(StatusCode::BAD_REQUEST, code);
        let read = fhir::disclosure::read(body, bases, &AnswerLimits::DEFAULT);
        let Ok(Answer::Resource(resource)) = read else {
            return Err(told("written-unreadable"));
        };
        let same_id = id.is_none() || resource.id.as_ref() == id;
        if resource.resource_type != resource_type || !same_id {
            return Err(told("written-mismatch"));
        }
        if !matches!(resource.membership, Membership::Patients(_)) {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Unsettled::Told(status, "written-names-no-patient"));
        }
        Ok(resource)
    }

    fn allowed(
        &mut self,
        action: Action,
        new: &Resource<'_>,
    ) -> Result<BTreeSet<PatientId>, Unsettled> {
        self.verdicts
            .resource(action, new)
            .map_err(Unsettled::Refused)
    }

    /// Whether every resource that is newly named is of the same patient and open to this person.
    ///
    /// What is not there, not open, or another patient's gets one answer.
    async fn check_names(
        &mut self,
        new: &Resource<'_>,
        before: Option<&str>,
        bases: &[&str],
    ) -> Result<(), Unsettled> {
        let told = |code| Unsettled::Told(StatusCode::UNPROCESSABLE_ENTITY, code);
        let names = names_of(new.raw, bases);
        let dangling = !names.in_bundle.is_empty() && !self.preconditions.in_bundle;
        if names.unclear || dangling {
            return Err(told("reference-unclear"));
        }
        let known = before.map(|raw| names_of(raw, bases)).unwrap_or_default();
        let fresh: Vec<_> = names
            .own
            .difference(&known.own)
            .filter(|(named, _)| named.scope() == Scope::Compartment && !named.is_patient())
            .collect();
        if fresh.len() > WRITTEN_NAMES_MAX {
            return Err(told("too-many-references"));
        }
        let own = own_patients(new);
        for (resource_type, id) in fresh {
            let target = format!("/{resource_type}/{id}");
            let Fetched::Bytes(bytes) = self.source.fetch(&target).await? else {
                return Err(told("reference-not-open"));
            };
            let Answer::Resource(named) = read(&bytes, bases)? else {
                return Err(told("reference-not-open"));
            };
            let is_meant = named.resource_type == *resource_type && named.id.as_ref() == Some(id);
            let is_same = !own_patients(&named).is_disjoint(&own);
            let is_open = self.verdicts.resource(Action::Read, &named).is_ok();
            if !(is_meant && is_same && is_open) {
                return Err(told("reference-not-open"));
            }
        }
        Ok(())
    }

    /// Whether nothing is there yet that a condition finds.
    async fn is_new(&mut self, search: &Search) -> Result<(), Unsettled> {
        match find(search, self.source, self.ground, 1).await? {
            None => Err(Unsettled::Told(
                StatusCode::PRECONDITION_FAILED,
                "several-match",
            )),
            Some(found) => match found.into_iter().next().and_then(|taken| taken.id) {
                Some(id) => Err(Unsettled::Exists(search.resource_type, id)),
                None => Ok(()),
            },
        }
    }

    /// The search of `If-None-Exist`, narrowed to the patient of the new resource.
    fn condition(&mut self, new: &Resource<'_>) -> Result<Option<Search>, Unsettled> {
        let Some(query) = &self.preconditions.if_none_exist else {
            return Ok(None);
        };
        let told = |code| Unsettled::Told(StatusCode::BAD_REQUEST, code);
        let limits = &wire::limits::TargetLimits::DEFAULT;
        let search = fhir::Request::parse_condition(new.resource_type, query, limits)
            .map_err(|_| told("bad-condition"))?;
        let own = own_patients(new);
        let patient = match (own.first(), own.len(), &search.whose) {
            (Some(patient), 1, Whose::Anyones) => patient.clone(),
            (Some(patient), 1, Whose::Patient(named)) if named == patient => patient.clone(),
            _ => return Err(told("bad-condition")),
        };
        let named = patient_of(&patient).map_err(|_| told("bad-condition"))?;
        // INVARIANT: whether something is there already tells nothing of what is hidden.
        let sees_all = self
            .verdicts
            .sees_all(Action::Search, new.resource_type, Some(&named));
        if !sees_all {
            return Err(Unsettled::NotDone("chain-reaches-hidden"));
        }
        let narrowed = Search {
            whose: Whose::Patient(patient),
            ..search
        };
        match narrowed.condition() {
            Some(_) => Ok(Some(narrowed)),
            None => Err(told("bad-condition")),
        }
    }
}

/// A change of the version that was decided upon.
fn intent(
    (method, media_type): (&'static str, &'static str),
    body: bytes::Bytes,
    version: Id,
    (resource_type, id): &Place,
) -> Intent {
    Intent {
        method,
        target: format!("/{resource_type}/{id}"),
        media_type,
        body,
        // INVARIANT: what is changed is the version that was decided upon.
        if_match: Some(version),
        if_none_exist: None,
    }
}

/// The patients in whose compartments a resource is.
fn own_patients(resource: &Resource<'_>) -> BTreeSet<Id> {
    match &resource.membership {
        Membership::Patients(own) => own.clone(),
        _ => BTreeSet::new(),
    }
}

/// A patch with one reading: its bytes are passed on, so a member that stands twice, or that only
/// some readers know, would be carried out otherwise than it was decided.
fn read_patch(body: &[u8]) -> Option<json_patch::Patch> {
    const MEMBERS: [&str; 4] = ["from", "op", "path", "value"];
    let value = json::value(body)?;
    let known = value.as_array()?.iter().all(|operation| {
        operation
            .as_object()
            .is_some_and(|it| it.keys().all(|key| MEMBERS.contains(&key.as_str())))
    });
    known.then(|| serde_json::from_value(value).ok()).flatten()
}

/// The resource as a patch leaves it (RFC 6902).
fn patched(bytes: &[u8], patch: &json_patch::Patch) -> Result<Vec<u8>, Unsettled> {
    let told = |code| Unsettled::Told(StatusCode::UNPROCESSABLE_ENTITY, code);
    let mut value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|_| told("patch-not-applied"))?;
    json_patch::patch(&mut value, patch).map_err(|_| told("patch-not-applied"))?;
    serde_json::to_vec(&value).map_err(|_| told("patch-not-applied"))
}

#[cfg(test)]
mod tests;
