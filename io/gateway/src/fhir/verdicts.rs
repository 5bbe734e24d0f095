//! What the policy says of the resources of one answer: each is decided by whom it concerns, as
//! read from the resource itself.

use std::collections::{BTreeMap, BTreeSet};

use event::{Confidentiality, PatientId};
use policy::{Action, Decision, Permit, Refusal, Target};
use wire::fhir::{self, Id, Membership, Resource, ResourceType, Scope};

/// Asks the policy one question about this answer.
pub(super) type Judge<'j> = dyn Fn(Action, Target<'_>) -> Decision + Send + Sync + 'j;

/// The answers to the distinct questions that one answer raises.
pub(super) struct Verdicts<'j> {
    judge: &'j Judge<'j>,
    known: BTreeMap<Distinct, bool>,
    pub(super) permits: Vec<Permit>,
}

/// One distinct question: what is done, whose, what type, how confidential. A right to write is
/// none to read.
type Distinct = (Action, Option<PatientId>, &'static str, Confidentiality);

impl<'j> Verdicts<'j> {
    pub(super) fn new(judge: &'j Judge<'j>) -> Self {
        Self {
            judge,
            known: BTreeMap::new(),
            permits: Vec::new(),
        }
    }

    /// The patients whom showing this resource discloses, or the decision that holds it back.
    pub(super) fn resource(
        &mut self,
        action: Action,
        resource: &Resource<'_>,
    ) -> Result<BTreeSet<PatientId>, Box<Decision>> {
        let name = resource.resource_type.name();
        let confidentiality = confidentiality_of(resource);
        let unclear = || Box::new(Decision::Refusal(Refusal::of_reason("answer-unclear")));
        let patients = patients_of(resource).ok_or_else(unclear)?;
        match &resource.membership {
            Membership::Patients(own) => {
                for id in own {
                    let patient = PatientId::new(id.as_str()).map_err(|_| unclear())?;
                    self.ask((action, Some(patient), name, confidentiality))?;
                }
            }
            Membership::Open => {
                // What belongs to nobody is part of a record or an export for whoever may read it.
                let read = match action {
                    Action::Everything | Action::Export => Action::Read,
                    action => action,
                };
                self.ask((read, None, name, Confidentiality::Normal))?;
            }
            Membership::Closed
            | Membership::Orphan
            | Membership::Outcome
            | Membership::Undetermined(_) => return Err(unclear()),
        }
        // Somebody named in passing is disclosed too, and there is no telling who an unnamed one is.
        if resource.unnamed_patients > 0 {
            return Err(unclear());
        }
        for id in &resource.mentions {
            let patient = PatientId::new(id.as_str()).map_err(|_| unclear())?;
            self.ask((
                Action::Read,
                Some(patient),
                "Patient",
                Confidentiality::Normal,
            ))?;
        }
        Ok(patients)
    }

    /// Whether everybody in a group may be told as one of its patients, whatever else the group says
    /// of them is not told.
    pub(super) fn may_list(&mut self, action: Action, group: &Resource<'_>) -> bool {
        let confidentiality = confidentiality_of(group);
        let Some(patients) = patients_of(group) else {
            return false;
        };
        group.unnamed_patients == 0
            && patients.into_iter().all(|patient| {
                self.ask((action, Some(patient), "Patient", confidentiality))
                    .is_ok()
            })
    }

    /// Whether nothing of this type is hidden from the person by its type or labels: for an open
    /// type, or in the record of this patient. What names somebody else besides may still be.
    pub(super) fn sees_all(
        &mut self,
        action: Action,
        resource_type: ResourceType,
        patient: Option<&PatientId>,
    ) -> bool {
        let name = resource_type.name();
        match (resource_type.scope(), patient) {
            (Scope::Open, _) => self
                .ask((action, None, name, Confidentiality::Normal))
                .is_ok(),
            // Each level is asked: a patient may open one level and close another.
            (Scope::Compartment, Some(patient)) => Confidentiality::ALL.iter().all(|level| {
                self.ask((action, Some(patient.clone()), name, *level))
                    .is_ok()
            }),
            _ => false,
        }
    }

    /// Asks once for each distinct question and keeps the permit that answers it.
    fn ask(&mut self, question: Distinct) -> Result<(), Box<Decision>> {
        match self.known.get(&question) {
            Some(true) => return Ok(()),
            Some(false) => {
                return Err(Box::new(Decision::Refusal(Refusal::of_reason(
                    "already-refused",
                ))));
            }
            None => {}
        }
        let (action, patient, resource_type, confidentiality) = &question;
        let target = match patient {
            Some(patient) => Target::Record {
                patient,
                resource_type,
                confidentiality: *confidentiality,
            },
            None => Target::Reference { resource_type },
        };
        match (self.judge)(*action, target) {
            Decision::Permit(permit) => {
                self.permits.push(permit);
                self.known.insert(question, true);
                Ok(())
            }
            refused => {
                self.known.insert(question, false);
                Err(Box::new(refused))
            }
        }
    }
}

/// Every patient of this server whom the resource names; `None` when a name is no identity.
pub(super) fn patients_of(resource: &Resource<'_>) -> Option<BTreeSet<PatientId>> {
    resource
        .patients()
        .map(|id| PatientId::new(id.as_str()).ok())
        .collect()
}

/// A patient's id as the policy knows it.
pub(super) fn patient_of(id: &Id) -> Result<PatientId, event::InvalidId> {
    PatientId::new(id.as_str())
}

/// The level that the policy knows for the labels found.
///
/// Sensitivity codes (`PSY`, `HIV`, `ETH`...) and labels that nobody here understands count as
/// restricted: a label is put there by somebody who meant something.
pub(super) fn confidentiality_of(resource: &Resource<'_>) -> Confidentiality {
    let labels = &resource.labels;
    let labelled = match labels.confidentiality {
        Some(fhir::Confidentiality::VeryRestricted) => Confidentiality::VeryRestricted,
        Some(fhir::Confidentiality::Restricted) => Confidentiality::Restricted,
        Some(
            fhir::Confidentiality::Unrestricted
            | fhir::Confidentiality::Low
            | fhir::Confidentiality::Moderate
            | fhir::Confidentiality::Normal,
        )
        | None => Confidentiality::Normal,
    };
    if labels.sensitivity.is_empty() && labels.unknown == 0 {
        labelled
    } else {
        labelled.max(Confidentiality::Restricted)
    }
}

#[cfg(test)]
mod tests;
