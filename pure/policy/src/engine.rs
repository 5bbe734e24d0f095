//! The decision: from a question and the directory to one of three outcomes.

mod circumstances;
mod evaluate;
mod memo;

use std::sync::Arc;

use event::{Confidentiality, PersonId, Purpose, Timestamp};
use hospital::{Directory, Disclosure, Person, Relationship};

use crate::decision::{Breakable, Decision, Grounds, Permit, Refusal};
use crate::set::{Error, Partitioned, Source};
use crate::{Action, Question, Target};

use circumstances::Circumstances;
use evaluate::{Evaluator, Facts, Resource, Who};

/// Reasons that the engine itself gives when no policy names one.
const GLASS_NOT_ELIGIBLE: &str = "glass-not-eligible";
const NO_CARE_RELATION: &str = "no-care-relation";
const NOT_OPEN_TO_PATIENTS: &str = "not-open-to-patients";
const NOT_YOUR_RECORD: &str = "not-your-record";
const PROFESSION_NOT_ENTITLED: &str = "profession-not-entitled";
const PURPOSE_NOT_ALLOWED: &str = "purpose-not-allowed";
const SENSITIVITY_TOO_HIGH: &str = "sensitivity-too-high";
const SUPERVISOR_ABSENT: &str = "supervisor-absent";
const TIER_NOT_ALLOWED: &str = "tier-not-allowed";
const UNKNOWN_PERSON: &str = "unknown-person";

/// The reasons of [`Engine`] that stand in no policy file, for whoever checks that each has a text.
pub(crate) const OWN_REASONS: [&str; 10] = [
    GLASS_NOT_ELIGIBLE,
    NO_CARE_RELATION,
    NOT_OPEN_TO_PATIENTS,
    NOT_YOUR_RECORD,
    PROFESSION_NOT_ENTITLED,
    PURPOSE_NOT_ALLOWED,
    SENSITIVITY_TOO_HIGH,
    SUPERVISOR_ABSENT,
    TIER_NOT_ALLOWED,
    UNKNOWN_PERSON,
];

/// What the matrix of entitlements says about one profession and one type of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entitlement<'a> {
    /// The category of the type; empty when it has none.
    pub category: &'a str,
    /// Whether the profession may do it at all. The care relation is another question.
    pub entitled: bool,
}

/// A policy set in force.
#[derive(Debug)]
pub struct Engine {
    evaluator: Evaluator,
}

impl Engine {
    /// Loads and validates a policy set; nothing comes into force that has any fault.
    ///
    /// `files` are the policies and, as `categories.csv` and `matrix.csv`, the entitlements.
    pub fn load(schema: Source<'_>, files: &[Source<'_>]) -> Result<Self, Error> {
        Ok(Self {
            evaluator: Evaluator::new(Partitioned::load(schema, files)?)?,
        })
    }

    /// SHA-256 of the schema, the policies and the entitlements, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        self.evaluator.set().sha256()
    }

    /// How many policies the set has.
    #[must_use]
    pub fn policies(&self) -> usize {
        self.evaluator.set().len()
    }

    /// What the matrix says, apart from any care relation.
    #[must_use]
    pub fn entitlement(
        &self,
        profession: &str,
        resource_type: &str,
        action: Action,
    ) -> Entitlement<'_> {
        let matrix = self.evaluator.set().matrix();
        Entitlement {
            category: matrix.category(resource_type),
            entitled: matrix.entitles(profession, resource_type, action, false),
        }
    }

    /// Every reason code that a decision can give, sorted.
    #[must_use]
    pub fn reasons(&self) -> Vec<Arc<str>> {
        let mut reasons: Vec<Arc<str>> = self.evaluator.set().reasons().cloned().collect();
        reasons.extend(OWN_REASONS.map(Arc::from));
        reasons.sort();
        reasons.dedup();
        reasons
    }

    /// Answers a question.
    ///
    /// Two runs at the most lead to the outcome: as things are, and, when that is refused, as they
    /// would be after breaking the glass. Refusals run a few more to say what is missing.
    #[must_use]
    pub fn decide(&self, directory: &Directory, question: &Question<'_>) -> Decision {
        let Some(who) = who(directory, question) else {
            return Decision::Refusal(Refusal::of_reason(UNKNOWN_PERSON));
        };
        let facts = facts_of(directory, who, question);
        let evaluation = self.evaluator.run(question.action, &facts);
        if evaluation.allowed {
            // The ordinary right comes first: a glass that is not needed is not used.
            return Decision::Permit(permit(question, &facts, evaluation.grounds.clone()));
        }
        if let Some(permit) = self.behind_open_glass(question, &facts) {
            return Decision::Permit(permit);
        }
        let grounds = if evaluation.forbidden {
            evaluation.grounds.clone()
        } else {
            Grounds::of_reason(self.missing(question.action, &facts))
        };
        if self.glass_would_open(question.action, &facts) {
            Decision::Breakable(Breakable { grounds })
        } else {
            Decision::Refusal(Refusal { grounds })
        }
    }

    /// The permit that the session's open glass gives, if it fits this question.
    fn behind_open_glass(&self, question: &Question<'_>, facts: &Facts<'_>) -> Option<Permit> {
        let patient = question.target.patient()?;
        let glass = question.glass.filter(|_| question.action.is_breakable())?;
        // INVARIANT: a glass opens one patient, for the person and session that broke it.
        if !glass.opens(question.person, question.session, patient, question.at) {
            return None;
        }
        let facts = facts.with(facts.circumstances.behind_glass(glass.purpose()));
        let evaluation = self.evaluator.run(question.action, &facts);
        evaluation
            .allowed
            .then(|| permit(question, &facts, evaluation.grounds.clone()))
    }

    /// Whether the person may declare an emergency here, and it would then be allowed.
    ///
    /// INVARIANT: a forbid beats a glass: the second run carries every forbidding policy.
    fn glass_would_open(&self, action: Action, facts: &Facts<'_>) -> bool {
        let of_a_record = matches!(facts.resource, Resource::Record { .. });
        let of_staff = matches!(facts.who, Who::Staff(_));
        of_a_record
            && of_staff
            && action.is_breakable()
            && self.evaluator.run(Action::DeclareBreakGlass, facts).allowed
            && self
                .evaluator
                .run(
                    action,
                    &facts.with(facts.circumstances.behind_glass(Purpose::Btg)),
                )
                .allowed
    }

    /// What is missing, found by asking the same policies how they would answer otherwise.
    fn missing(&self, action: Action, facts: &Facts<'_>) -> &'static str {
        match facts.who {
            Who::Holder(_) => self.missing_for_holder(action, facts),
            Who::Staff(_) => self.missing_for_staff(action, facts),
        }
    }

    fn missing_for_staff(&self, action: Action, facts: &Facts<'_>) -> &'static str {
        match facts.resource {
            Resource::Desk | Resource::Opening { .. } | Resource::Reference { .. } => {
                return PROFESSION_NOT_ENTITLED;
            }
            Resource::Service { .. } => return TIER_NOT_ALLOWED,
            Resource::Record { .. } if action == Action::DeclareBreakGlass => {
                return GLASS_NOT_ELIGIBLE;
            }
            Resource::Record { .. } => {}
        }
        let allowed = |facts: &Facts<'_>| self.evaluator.run(action, facts).allowed;
        let now = facts.circumstances;
        if !now.supervised && allowed(&facts.with(now.under_supervision())) {
            return SUPERVISOR_ABSENT;
        }
        let treating = now.treating();
        if allowed(&facts.with(treating)) {
            return NO_CARE_RELATION;
        }
        let for_treatment = treating.for_purpose(Purpose::Treat);
        if allowed(&facts.with(for_treatment)) {
            return PURPOSE_NOT_ALLOWED;
        }
        if allowed(&facts.with(for_treatment).ordinary()) {
            return SENSITIVITY_TOO_HIGH;
        }
        PROFESSION_NOT_ENTITLED
    }

    fn missing_for_holder(&self, action: Action, facts: &Facts<'_>) -> &'static str {
        let allowed = |facts: &Facts<'_>| self.evaluator.run(action, facts).allowed;
        let now = facts.circumstances;
        if !matches!(facts.resource, Resource::Record { .. }) || !action.is_reading() {
            return NOT_OPEN_TO_PATIENTS;
        }
        if !now.own_record && !now.representative {
            return NOT_YOUR_RECORD;
        }
        let asked = facts.with(now.for_purpose(Purpose::Patrqt));
        if allowed(&asked) {
            return PURPOSE_NOT_ALLOWED;
        }
        if allowed(&asked.ordinary()) {
            return SENSITIVITY_TOO_HIGH;
        }
        NOT_OPEN_TO_PATIENTS
    }
}

/// Who asks: a member of the staff, or the holder of an account in force.
///
/// INVARIANT: an identity of the staff is never one of a patient; the directory refuses both.
fn who<'a>(directory: &'a Directory, question: &Question<'a>) -> Option<Who<'a>> {
    match directory.person(question.person) {
        Some(person) => Some(Who::Staff(person)),
        None => directory
            .has_account(question.person, question.at)
            .then_some(Who::Holder(question.person)),
    }
}

fn facts_of<'a>(directory: &Directory, who: Who<'a>, question: &Question<'a>) -> Facts<'a> {
    let posted = match who {
        Who::Holder(_) => false,
        Who::Staff(person) => person.is_posted(question.at),
    };
    let circumstances = Circumstances {
        posted,
        at_risk: question.at_risk,
        ..Circumstances::none(question.purpose)
    };
    let record = |patient, resource_type, confidentiality, protected| Resource::Record {
        patient,
        resource_type,
        confidentiality,
        protected,
    };
    let (circumstances, resource) = match question.target {
        Target::Desk => (circumstances, Resource::Desk),
        Target::Opening { glass, holder } => {
            let opening = Resource::Opening {
                glass,
                own: question.person == holder,
                same_unit: match who {
                    Who::Holder(_) => false,
                    Who::Staff(person) => shares_unit(directory, person, holder, question.at),
                },
            };
            (circumstances, opening)
        }
        Target::Reference { resource_type } => {
            (circumstances, Resource::Reference { resource_type })
        }
        Target::Service { name, tier } => (circumstances, Resource::Service { name, tier }),
        // Whose it is is not known yet: ask whether the best relation would allow it at all.
        Target::Unopened { resource_type } => (
            match who {
                Who::Holder(_) => circumstances.of_own_record(),
                Who::Staff(_) => circumstances.treating(),
            },
            record(None, resource_type, Confidentiality::Normal, false),
        ),
        Target::Record {
            patient,
            resource_type,
            confidentiality,
        } => {
            let known = directory.patient(patient);
            let disclosure = Disclosure {
                purpose: question.purpose,
                resource_type,
                confidentiality,
            };
            let circumstances = match who {
                Who::Holder(_) => as_holder(directory, question, circumstances),
                Who::Staff(_) => as_staff(directory, question, &disclosure, circumstances),
            };
            let protected = known.is_some_and(|known| known.protected);
            (
                circumstances,
                record(Some(patient), resource_type, confidentiality, protected),
            )
        }
    };
    Facts {
        who,
        circumstances,
        resource,
    }
}

/// Whether both work in one unit at an instant.
fn shares_unit(directory: &Directory, person: &Person, other: &PersonId, at: Timestamp) -> bool {
    let units = directory.units_of(person, at);
    directory
        .person(other)
        .is_some_and(|other| !directory.units_of(other, at).is_disjoint(&units))
}

fn as_staff(
    directory: &Directory,
    question: &Question<'_>,
    disclosure: &Disclosure<'_>,
    circumstances: Circumstances,
) -> Circumstances {
    let Some(patient) = question.target.patient() else {
        return circumstances;
    };
    let relation = directory.relation(question.person, patient, question.at);
    let said = directory.consent(question.person, patient, disclosure, question.at);
    Circumstances {
        care_team: relation.care_team.is_some(),
        colleague: relation.colleague,
        consent: said.named.is_some(),
        emergency_objection: said.emergency_objection.is_some(),
        encounter: relation.is_present(),
        general_consent: said.general.is_some(),
        objection: said.objection.is_some(),
        objection_to_person: said.objection_to_person,
        own_record: relation.own_record,
        shared_establishment: relation.shared_establishments,
        supervised: relation.supervisor.is_some(),
        ..circumstances
    }
}

fn as_holder(
    directory: &Directory,
    question: &Question<'_>,
    circumstances: Circumstances,
) -> Circumstances {
    let relationship = question
        .target
        .patient()
        .and_then(|patient| directory.account(question.person, patient, question.at))
        .map(|account| account.relationship);
    Circumstances {
        own_record: relationship == Some(Relationship::Holder),
        representative: relationship.is_some_and(|it| it != Relationship::Holder),
        ..circumstances
    }
}

fn permit(question: &Question<'_>, facts: &Facts<'_>, grounds: Grounds) -> Permit {
    let glass = question.glass.filter(|_| facts.circumstances.glass);
    Permit {
        person: question.person.clone(),
        session: question.session.clone(),
        action: question.action,
        patient: question.target.patient().cloned(),
        resource_type: question.target.resource_type().map(Box::from),
        unopened: matches!(question.target, Target::Unopened { .. }),
        purpose: facts.circumstances.purpose,
        at: question.at,
        glass: glass.map(|glass| glass.id().clone()),
        grounds,
    }
}

#[cfg(test)]
mod tests;
