//! What is kept of the operations of one association: who, from where, between which titles, and of
//! which patients.
//!
//! A patient is told before anything of theirs is shown or stored; how many instances there were
//! beyond the first is told when the operation ends, and of what is stored when the association does.

use std::collections::{BTreeMap, BTreeSet};

use event::{
    Access, Actor, Asked, Association, Disclosed, Event, Outcome, PatientRef, PersonId, Purpose,
    RequestId, ServiceId, SessionId, Target,
};
use wire::dicom::Kind;

use super::{DicomTerms, Titles};
use crate::guard::Command as Question;
use crate::guard::caller::Caller;
use crate::guard::flight::Flight;
use crate::guard::seat::Sitting;

/// The reason that evidence gives: a rule of the guard allows it.
const REASON: &str = "guard-rule";

/// One operation that a client asked for and that passed.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: u16,
    pub(super) context: u8,
    pub(super) about: About,
    /// Answers that wait to be kept and shown, written already.
    pub(super) waiting: Vec<Vec<u8>>,
    /// The patients of these.
    pub(super) patients: BTreeSet<PatientRef>,
    /// Whether something of it is told.
    pub(super) is_told: bool,
    /// Of what is sent in parts.
    pub(super) parts: Parts,
    pub(super) flight: Flight,
}

/// What an operation is, in the words of evidence.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) request: RequestId,
    pub(super) kind: Kind,
    pub(super) class: Option<String>,
    pub(super) destination: Option<String>,
    pub(super) patient: Option<PatientRef>,
    pub(super) rule: String,
}

impl About {
    pub(super) fn new(
        (request, rule): (RequestId, String),
        kind: Kind,
        question: &Question,
        patient: Option<PatientRef>,
    ) -> Self {
        let dimse = question.dimse.as_ref();
        Self {
            request,
            kind,
            class: dimse.and_then(|it| it.class.clone()),
            destination: dimse.and_then(|it| it.destination.clone()),
            patient,
            rule,
        }
    }
}

/// Patients of whom instances went, and how many since that was told.
///
/// INVARIANT: never more than `patients_max`; of others each instance is told.
#[derive(Debug, Default)]
pub(super) struct Parts {
    told: BTreeMap<Option<PatientRef>, u32>,
}

impl Parts {
    /// Counts one more of a patient who is told; whether they are.
    pub(super) fn count(&mut self, patient: Option<&PatientRef>) -> bool {
        match self.told.get_mut(&patient.cloned()) {
            Some(more) => {
                *more = more.saturating_add(1);
                true
            }
            None => false,
        }
    }

    /// It is durable that something of a patient went.
    pub(super) fn tell(&mut self, patient: Option<PatientRef>, patients_max: usize) {
        if self.told.len() < patients_max {
            self.told.insert(patient, 0);
        }
    }

    /// What went since it was told, when there is any.
    pub(super) fn more(&mut self) -> Option<Disclosed> {
        let more: Vec<_> = self
            .told
            .iter_mut()
            .filter(|(_, more)| **more > 0)
            .collect();
        let resources = more
            .iter()
            .fold(0_u32, |sum, (_, more)| sum.saturating_add(**more));
        let patients = more.iter().filter_map(|(patient, _)| (*patient).clone());
        let disclosed = Disclosed {
            patients: patients.collect(),
            resources,
            withheld: 0,
        };
        more.into_iter().for_each(|(_, more)| *more = 0);
        (resources > 0).then_some(disclosed)
    }
}

/// One instance, or one match.
pub(super) fn one(patient: Option<&PatientRef>) -> Disclosed {
    Disclosed {
        patients: patient.into_iter().cloned().collect(),
        resources: 1,
        withheld: 0,
    }
}

/// Who asks, and where it goes: what all events of an association have in common.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) titles: Titles,
    pub(super) session: SessionId,
}

impl Ends {
    /// The event of a part of an operation.
    pub(super) fn access(
        &self,
        (caller, sitting): (&Caller, &Sitting),
        terms: &DicomTerms,
        about: &About,
        disclosed: Disclosed,
    ) -> Option<Event> {
        Some(Event::Access(Access {
            request: about.request.clone(),
            actor: Actor {
                person: named(caller, sitting)?,
                profession: None,
                establishments: Vec::new(),
                session: self.session.clone(),
                ip: caller.client.to_canonical(),
            },
            asked: Asked {
                service: ServiceId::new(&caller.standing.name).ok()?,
                action: about.kind.name().to_owned(),
                purpose: Purpose::Treat,
                target: Target {
                    resource_type: None,
                    patient: about.patient.clone(),
                },
            },
            outcome: Outcome::Permit,
            reasons: vec![REASON.to_owned()],
            policies: vec![about.rule.clone()],
            policy_set: terms.policy_set.clone(),
            glass: None,
            disclosed,
            status: 200,
            association: Some(Association {
                calling: self.titles.calling.to_string(),
                called: self.titles.called.to_string(),
                device: caller.device.to_canonical(),
                class: about.class.clone(),
                destination: about.destination.clone(),
            }),
        }))
    }
}

/// The person who works there, or the machine by its name, or by its address.
fn named(caller: &Caller, sitting: &Sitting) -> Option<PersonId> {
    if let Some(person) = &sitting.person {
        return Some(person.clone());
    }
    let name = match &sitting.service {
        Some(service) => service.to_string(),
        None => caller.client.to_canonical().to_string().replace(':', "-"),
    };
    PersonId::new(&name).ok()
}

#[cfg(test)]
mod tests {
    use event::{PatientId, PatientSealer, SealKeys};

    use super::*;

    #[test]
    fn patients_are_told_once_and_their_instances_counted() {
        let sealer = PatientSealer::new(&SealKeys::from_secret(&[7; 32]));
        let [one, two, three] =
            ["p1", "p2", "p3"].map(|id| sealer.seal(&PatientId::new(id).unwrap()));
        let mut parts = Parts::default();
        assert!(!parts.count(Some(&one)), "nobody is told yet");
        parts.tell(Some(one.clone()), 2);
        assert!(parts.count(Some(&one)) && parts.count(Some(&one)));
        assert!(!parts.count(None), "instances of nobody known are apart");
        parts.tell(Some(two), 2);
        let more = parts.more().unwrap();
        assert_eq!((more.patients, more.resources), (vec![one.clone()], 2));
        assert_eq!(parts.more(), None, "told once");
        parts.tell(Some(three.clone()), 2);
        assert!(!parts.count(Some(&three)), "there is no room for a third");
        assert!(parts.count(Some(&one)));
    }
}
