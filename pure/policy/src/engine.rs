//! The decision: from a question and the directory to one of three outcomes.

mod circumstances;
mod evaluate;
mod memo;

use std::sync::Arc;

use event::{Confidentiality, PatientId, PersonId, Timestamp};
use hospital::{Directory, Person};

use crate::decision::{Breakable, Decision, Grounds, Permit, Refusal};
use crate::set::{Error, Partitioned, Source};
use crate::{Action, Question, Target};

use circumstances::Circumstances;
use evaluate::{Evaluator, Facts, Resource};

/// Reasons that the engine itself gives when no policy names one.
const UNKNOWN_PERSON: &str = "unknown-person";
const NO_CARE_RELATION: &str = "no-care-relation";
const PURPOSE_NOT_ALLOWED: &str = "purpose-not-allowed";
const SENSITIVITY_TOO_HIGH: &str = "sensitivity-too-high";
const PROFESSION_NOT_ENTITLED: &str = "profession-not-entitled";
const TIER_NOT_ALLOWED: &str = "tier-not-allowed";
const GLASS_NOT_ELIGIBLE: &str = "glass-not-eligible";

/// The reasons of [`Engine`] that stand in no policy file, for whoever checks that each has a text.
pub(crate) const OWN_REASONS: [&str; 7] = [
    GLASS_NOT_ELIGIBLE,
    NO_CARE_RELATION,
    PROFESSION_NOT_ENTITLED,
    PURPOSE_NOT_ALLOWED,
    SENSITIVITY_TOO_HIGH,
    TIER_NOT_ALLOWED,
    UNKNOWN_PERSON,
];

/// A policy set in force.
#[derive(Debug)]
pub struct Engine {
    evaluator: Evaluator,
}

impl Engine {
    /// Loads and validates a policy set; nothing comes into force that has any fault.
    pub fn load(schema: Source<'_>, files: &[Source<'_>]) -> Result<Self, Error> {
        Ok(Self {
            evaluator: Evaluator::new(Partitioned::load(schema, files)?)?,
        })
    }

    /// SHA-256 of the schema and the policies, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        self.evaluator.set().sha256()
    }

    /// How many policies the set has.
    #[must_use]
    pub fn policies(&self) -> usize {
        self.evaluator.set().len()
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
        let Some(person) = directory.person(question.person) else {
            return Decision::Refusal(Refusal::of_reason(UNKNOWN_PERSON));
        };
        let facts = facts_of(directory, person, question);
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
        let glass = question.glass?;
        // INVARIANT: a glass opens one patient, for the person and session that broke it.
        if !glass.opens(question.person, question.session, patient, question.at) {
            return None;
        }
        let opened = Circumstances {
            glass: true,
            purpose: glass.purpose(),
            ..facts.circumstances
        };
        let facts = facts.with(opened);
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
        let readable = matches!(action, Action::Everything | Action::Read | Action::Search);
        of_a_record
            && readable
            && self.evaluator.run(Action::DeclareBreakGlass, facts).allowed
            && self
                .evaluator
                .run(action, &facts.with(facts.circumstances.behind_glass()))
                .allowed
    }

    /// What is missing, found by asking the same policies how they would answer otherwise.
    fn missing(&self, action: Action, facts: &Facts<'_>) -> &'static str {
        match facts.resource {
            Resource::Desk | Resource::Opening { .. } => return PROFESSION_NOT_ENTITLED,
            Resource::Service { .. } => return TIER_NOT_ALLOWED,
            Resource::Reference { .. } => return PROFESSION_NOT_ENTITLED,
            Resource::Record { .. } if action == Action::DeclareBreakGlass => {
                return GLASS_NOT_ELIGIBLE;
            }
            Resource::Record { .. } => {}
        }
        let allowed = |facts: &Facts<'_>| self.evaluator.run(action, facts).allowed;
        let treating = facts.circumstances.treating();
        if allowed(&facts.with(treating)) {
            return NO_CARE_RELATION;
        }
        let for_treatment = treating.for_treatment();
        if allowed(&facts.with(for_treatment)) {
            return PURPOSE_NOT_ALLOWED;
        }
        if allowed(&facts.with(for_treatment).ordinary()) {
            return SENSITIVITY_TOO_HIGH;
        }
        PROFESSION_NOT_ENTITLED
    }
}

fn facts_of<'a>(directory: &Directory, person: &'a Person, question: &Question<'a>) -> Facts<'a> {
    let posted = person.is_posted(question.at);
    let circumstances = Circumstances {
        posted,
        ..Circumstances::none(question.purpose)
    };
    let (circumstances, resource) = match question.target {
        Target::Desk => (circumstances, Resource::Desk),
        Target::Opening { glass, holder } => {
            let opening = Resource::Opening {
                glass,
                own: person.id == *holder,
                same_unit: shares_unit(directory, person, holder, question.at),
            };
            (circumstances, opening)
        }
        Target::Reference { resource_type } => {
            (circumstances, Resource::Reference { resource_type })
        }
        Target::Service { name, tier } => (circumstances, Resource::Service { name, tier }),
        // Whose it is is not known yet: ask whether the best relation would allow it at all.
        Target::Unopened { resource_type } => (
            circumstances.treating(),
            Resource::Record {
                patient: None,
                resource_type,
                confidentiality: Confidentiality::Normal,
                protected: false,
            },
        ),
        Target::Record {
            patient,
            resource_type,
            confidentiality,
        } => (
            with_relation(directory, question, patient, circumstances),
            Resource::Record {
                patient: Some(patient),
                resource_type,
                confidentiality,
                protected: directory
                    .patient(patient)
                    .is_some_and(|known| known.protected),
            },
        ),
    };
    Facts {
        person,
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

fn with_relation(
    directory: &Directory,
    question: &Question<'_>,
    patient: &PatientId,
    circumstances: Circumstances,
) -> Circumstances {
    let relation = directory.relation(question.person, patient, question.at);
    Circumstances {
        care_team: relation.care_team.is_some(),
        encounter: relation.encounter_unit.is_some(),
        own_record: relation.own_record,
        shared_establishment: relation.shared_establishments,
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
