//! What of an answer may be shown: each resource is decided by whom it concerns, as read from the
//! resource itself.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use event::{Confidentiality, PatientId};
use evidence::Receipt;
use hyper::{Response, StatusCode};
use policy::{Action, Decision, Permit, Refusal, Target};
use wire::fhir::{self, Answer, Entry, Membership, Next, Resource, SearchMode, Searchset, Total};
use wire::limits::AnswerLimits;

use super::Asked;
use crate::answer::{Body, FHIR_JSON, answer, mark};
use crate::limits::ANSWER_BYTES_MAX;
use crate::upstream::Fault;

/// Asks the policy one question about this answer.
pub(super) type Judge<'j> = dyn Fn(Action, Target<'_>) -> Decision + Send + Sync + 'j;

/// What sifting leaves.
#[derive(Debug)]
pub(super) enum Sifted {
    /// The one resource that was asked for is not open to this person.
    Hidden {
        decision: Decision,
        patients: BTreeSet<PatientId>,
    },
    /// This may be shown once it is kept.
    Shown(Release),
}

/// An answer that may leave, with the permits it stands on.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) permits: Vec<Permit>,
    pub(super) patients: BTreeSet<PatientId>,
    pub(super) resources: u32,
    pub(super) withheld: u32,
    body: Bytes,
}

impl Release {
    /// Lets the answer leave.
    ///
    /// INVARIANT: (1) and (2): the permits are spent here, and the receipt proves that the access
    /// is durable in evidence.
    pub(super) fn show(self, receipt: &Receipt) -> Response<Body> {
        drop(self.permits);
        let mut response = answer(StatusCode::OK, FHIR_JSON, self.body);
        mark(&mut response, receipt);
        response
    }
}

/// Sifts the pages of a search into one bundle of what may be shown.
pub(super) struct Sifter<'s> {
    asked: &'s Asked,
    verdicts: Verdicts<'s>,
    searchset: Searchset<'s>,
    patients: BTreeSet<PatientId>,
    withheld: u32,
}

impl<'s> Sifter<'s> {
    pub(super) fn new(asked: &'s Asked, public_base: &'s str, judge: &'s Judge<'s>) -> Self {
        Self {
            asked,
            verdicts: Verdicts::new(judge),
            searchset: Searchset::new(public_base, &asked.request.canonical_target()),
            patients: BTreeSet::new(),
            withheld: 0,
        }
    }

    /// Takes in one page, and tells where the next one is.
    pub(super) fn page(
        &mut self,
        page: &[u8],
        own_bases: &[&str],
    ) -> Result<Option<String>, Fault> {
        let answer = read(page, own_bases)?;
        if !self.asked.request.is_answered_by(&answer) {
            return Err(unreadable("another-answer"));
        }
        let Answer::Bundle(bundle) = answer else {
            return Err(unreadable("not-a-bundle"));
        };
        for entry in &bundle.entries {
            self.entry(entry);
        }
        if self.searchset.bytes() > ANSWER_BYTES_MAX {
            return Err(Fault::TooLarge);
        }
        match bundle.next {
            None => Ok(None),
            Some(Next::Target(target)) => Ok(Some(target)),
            Some(Next::Foreign) => Err(unreadable("foreign-page")),
        }
    }

    pub(super) fn finish(self) -> Release {
        Release {
            permits: self.verdicts.permits,
            patients: self.patients,
            resources: u32::try_from(self.searchset.entries()).unwrap_or(u32::MAX),
            withheld: self.withheld,
            body: Bytes::from(self.searchset.finish(Total::Counted)),
        }
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        match self.verdicts.entry(self.asked, entry) {
            Some(concerned) => {
                self.patients.extend(concerned);
                self.searchset.push(entry);
            }
            // What the server says about the search itself is not part of any record.
            None if entry.mode == SearchMode::Outcome => {}
            None => self.withheld = self.withheld.saturating_add(1),
        }
    }
}

/// Reads one resource and decides it.
pub(super) fn sift_resource(
    asked: &Asked,
    bytes: Bytes,
    own_bases: &[&str],
    judge: &Judge<'_>,
) -> Result<Sifted, Fault> {
    let answer = read(&bytes, own_bases)?;
    if !asked.request.is_answered_by(&answer) {
        return Err(unreadable("another-answer"));
    }
    let Answer::Resource(resource) = answer else {
        return Err(unreadable("not-a-resource"));
    };
    let mut verdicts = Verdicts::new(judge);
    match verdicts.resource(asked.action, &resource) {
        Ok(patients) => Ok(Sifted::Shown(Release {
            permits: verdicts.permits,
            patients,
            resources: 1,
            withheld: 0,
            // The bytes as the upstream wrote them: numbers and order are part of a record.
            body: bytes,
        })),
        Err(decision) => Ok(Sifted::Hidden {
            decision: *decision,
            patients: patients_of(&resource).unwrap_or_default(),
        }),
    }
}

fn read<'a>(bytes: &'a [u8], own_bases: &[&str]) -> Result<Answer<'a>, Fault> {
    fhir::disclosure::read(bytes, own_bases, &AnswerLimits::DEFAULT)
        .map_err(|why| unreadable(why.code()))
}

fn unreadable(code: &'static str) -> Fault {
    tracing::warn!(code, "Answer of an upstream cannot be shown");
    Fault::Unreadable
}

/// The answers to the distinct questions that one answer raises.
struct Verdicts<'j> {
    judge: &'j Judge<'j>,
    known: BTreeMap<Distinct, bool>,
    permits: Vec<Permit>,
}

/// One distinct question: whose, what type, how confidential.
type Distinct = (Option<PatientId>, &'static str, Confidentiality);

impl<'j> Verdicts<'j> {
    fn new(judge: &'j Judge<'j>) -> Self {
        Self {
            judge,
            known: BTreeMap::new(),
            permits: Vec::new(),
        }
    }

    /// The patients whom showing this entry discloses; `None` when it is held back.
    fn entry(&mut self, asked: &Asked, entry: &Entry<'_>) -> Option<BTreeSet<PatientId>> {
        let resource = &entry.resource;
        if !is_of_the_search(asked, resource) {
            return None;
        }
        self.resource(asked.action, resource).ok()
    }

    /// The patients whom showing this resource discloses, or the decision that holds it back.
    fn resource(
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
                    self.ask(action, (Some(patient), name, confidentiality))?;
                }
            }
            Membership::Open => {
                let read = if action == Action::Everything {
                    Action::Read
                } else {
                    action
                };
                self.ask(read, (None, name, Confidentiality::Normal))?;
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
            self.ask(
                Action::Read,
                (Some(patient), "Patient", Confidentiality::Normal),
            )?;
        }
        Ok(patients)
    }

    /// Asks once for each distinct question and keeps the permit that answers it.
    fn ask(&mut self, action: Action, question: Distinct) -> Result<(), Box<Decision>> {
        match self.known.get(&question) {
            Some(true) => return Ok(()),
            Some(false) => {
                return Err(Box::new(Decision::Refusal(Refusal::of_reason(
                    "already-refused",
                ))));
            }
            None => {}
        }
        let (patient, resource_type, confidentiality) = &question;
        let target = match patient {
            Some(patient) => Target::Record {
                patient,
                resource_type,
                confidentiality: *confidentiality,
            },
            None => Target::Reference { resource_type },
        };
        match (self.judge)(action, target) {
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
fn patients_of(resource: &Resource<'_>) -> Option<BTreeSet<PatientId>> {
    resource
        .patients()
        .map(|id| PatientId::new(id.as_str()).ok())
        .collect()
}

/// Whether an entry belongs to the search: a server that ignores a parameter answers with more
/// than was asked, and that is not shown even to one who may see it.
fn is_of_the_search(asked: &Asked, resource: &Resource<'_>) -> bool {
    let of_the_type = resource.resource_type.name() == asked.resource_type;
    let of_the_patient = match (&resource.membership, &asked.patient) {
        (Membership::Patients(own), Some(patient)) => {
            own.iter().any(|id| id.as_str() == patient.as_str())
        }
        _ => false,
    };
    match asked.action {
        Action::Everything => of_the_patient || resource.membership == Membership::Open,
        _ => of_the_type && of_the_patient,
    }
}

/// The level that the policy knows for the labels found.
///
/// Sensitivity codes (`PSY`, `HIV`, `ETH`...) and labels that nobody here understands count as
/// restricted: a label is put there by somebody who meant something.
fn confidentiality_of(resource: &Resource<'_>) -> Confidentiality {
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
