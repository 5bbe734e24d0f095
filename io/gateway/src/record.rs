//! The account of one access, from which its event is written.

use event::{Access, Actor, Asked, Disclosed, Event, GlassId, Outcome, PatientId, PatientRef};
use event::{Purpose, ServiceId, Target};
use evidence::Receipt;
use hyper::StatusCode;
use policy::{Action, Decision, Grounds, Permit};

use std::collections::BTreeSet;

use crate::door::Door;
use crate::identity::Identity;
use crate::ledger::NotKept;
use crate::visit::Visit;

/// What is known of one access while it goes on.
#[derive(Debug, Clone)]
pub(crate) struct Account<'a> {
    pub(crate) visit: &'a Visit,
    pub(crate) who: &'a Identity,
    pub(crate) service: &'a ServiceId,
    pub(crate) action: &'static str,
    pub(crate) purpose: Purpose,
    pub(crate) resource_type: Option<&'a str>,
    pub(crate) patient: Option<PatientId>,
    pub(crate) outcome: Outcome,
    pub(crate) grounds: Grounds,
    pub(crate) glass: Option<GlassId>,
    pub(crate) disclosed: Disclosed,
    pub(crate) status: StatusCode,
}

impl<'a> Account<'a> {
    /// An account that begins as a refusal: whatever is not settled otherwise stays one.
    pub(crate) fn new(
        visit: &'a Visit,
        who: &'a Identity,
        service: &'a ServiceId,
        action: Action,
    ) -> Self {
        Self {
            visit,
            who,
            service,
            action: action.code(),
            purpose: who.purpose,
            resource_type: None,
            patient: None,
            outcome: Outcome::Refusal,
            grounds: Grounds::default(),
            glass: None,
            disclosed: Disclosed::default(),
            status: StatusCode::FORBIDDEN,
        }
    }

    /// Takes over what a decision says.
    pub(crate) fn take_decision(&mut self, decision: &Decision) {
        self.outcome = decision.outcome();
        self.grounds = decision.grounds().clone();
        if let Decision::Permit(permit) = decision {
            self.take_grounds(std::slice::from_ref(permit));
        }
    }

    /// Takes over what the permits of an answer say.
    pub(crate) fn take_grounds(&mut self, permits: &[Permit]) {
        self.outcome = Outcome::Permit;
        self.grounds = union_of(permits);
        let under_glass = permits.iter().find(|permit| permit.glass().is_some());
        self.glass = under_glass.and_then(|permit| permit.glass().cloned());
        if let Some(permit) = under_glass.or(permits.first()) {
            self.purpose = permit.purpose();
        }
    }
}

impl Door {
    /// Keeps an account as an event of evidence.
    pub(crate) async fn keep_access(&self, account: &Account<'_>) -> Result<Receipt, NotKept> {
        let event = Event::Access(Access {
            request: account.visit.id.clone(),
            actor: self.actor(account.visit, account.who),
            asked: Asked {
                service: account.service.clone(),
                action: account.action.to_owned(),
                purpose: account.purpose,
                target: Target {
                    resource_type: account.resource_type.map(str::to_owned),
                    patient: account.patient.as_ref().map(|patient| self.seal(patient)),
                },
            },
            outcome: account.outcome,
            reasons: account
                .grounds
                .reasons
                .iter()
                .map(ToString::to_string)
                .collect(),
            policies: account
                .grounds
                .policies
                .iter()
                .map(ToString::to_string)
                .collect(),
            policy_set: self.policy_set().to_owned(),
            glass: account.glass.clone(),
            disclosed: account.disclosed.clone(),
            status: account.status.as_u16(),
            association: None,
        });
        self.keep(&event, account.visit.at).await
    }

    /// Who asked, as evidence names them.
    pub(crate) fn actor(&self, visit: &Visit, who: &Identity) -> Actor {
        let directory = self.directory();
        let known = directory.person(&who.person);
        Actor {
            person: who.person.clone(),
            profession: known.map(|person| person.profession.clone()),
            establishments: known
                .map(|person| directory.establishments_of(person, visit.at))
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            session: who.session.clone(),
            ip: visit.ip,
        }
    }

    pub(crate) fn seal_all(&self, patients: &BTreeSet<PatientId>) -> Vec<PatientRef> {
        patients.iter().map(|patient| self.seal(patient)).collect()
    }
}

/// The reasons and policies of several permits together, sorted and without repetition.
fn union_of(permits: &[Permit]) -> Grounds {
    if let [permit] = permits {
        return permit.grounds().clone();
    }
    let grounds = || permits.iter().map(Permit::grounds);
    let reasons: BTreeSet<_> = grounds().flat_map(|g| g.reasons.iter().cloned()).collect();
    let policies: BTreeSet<_> = grounds().flat_map(|g| g.policies.iter().cloned()).collect();
    Grounds {
        reasons: reasons.into_iter().collect(),
        policies: policies.into_iter().collect(),
    }
}
