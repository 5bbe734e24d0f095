//! What of an answer may be shown, and how it leaves.

use std::collections::BTreeSet;

use bytes::Bytes;
use event::PatientId;
use evidence::Receipt;
use hyper::{Response, StatusCode};
use policy::{Decision, Permit};
use wire::fhir::{self, Answer, Entry, Membership, Next, Resource, SearchMode, Searchset, Total};
use wire::limits::AnswerLimits;

use super::Asked;
use super::verdicts::{Judge, Verdicts, patients_of};
use crate::answer::{Body, FHIR_JSON, answer, mark};
use crate::limits::ANSWER_BYTES_MAX;
use crate::upstream::Fault;

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
    pub(super) body: Bytes,
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

/// Sifts the pages of a whole record into one bundle of what may be shown.
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
        let matches = self.searchset.matches();
        Release {
            permits: self.verdicts.permits,
            patients: self.patients,
            resources: u32::try_from(self.searchset.entries()).unwrap_or(u32::MAX),
            withheld: self.withheld,
            body: Bytes::from(self.searchset.finish(Total::Counted(matches), None)),
        }
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        let resource = &entry.resource;
        let shown = is_of_the_record(self.asked, resource)
            .then(|| self.verdicts.resource(self.asked.action, resource).ok())
            .flatten();
        match shown {
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

pub(super) fn read<'a>(bytes: &'a [u8], own_bases: &[&str]) -> Result<Answer<'a>, Fault> {
    fhir::disclosure::read(bytes, own_bases, &AnswerLimits::DEFAULT)
        .map_err(|why| unreadable(why.code()))
}

pub(super) fn unreadable(code: &'static str) -> Fault {
    tracing::warn!(code, "Answer of an upstream cannot be shown");
    Fault::Unreadable
}

/// Whether an entry belongs to the record: a server that ignores what was asked answers with more,
/// and that is not shown even to one who may see it.
fn is_of_the_record(asked: &Asked, resource: &Resource<'_>) -> bool {
    match (&resource.membership, &asked.patient) {
        (Membership::Open, _) => true,
        (Membership::Patients(own), Some(patient)) => {
            own.iter().any(|id| id.as_str() == patient.as_str())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
