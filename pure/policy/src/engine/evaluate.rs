//! One run of Cedar over the few policies that can apply and the two entities they need.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Decision as CedarDecision, Effect, Entities, Entity, EntityId, EntityTypeName,
    EntityUid, Request, RestrictedExpression,
};
use event::{Confidentiality, GlassId, PatientId, PersonId, Tier};
use hospital::Person;

use crate::Action;
use crate::decision::Grounds;
use crate::matrix::{PATIENT_COLUMN, REPRESENTATIVE_COLUMN};
use crate::set::{Applies, Error, Partitioned};

use super::circumstances::Circumstances;
use super::memo::{Kind, Memo};

/// What a run is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) who: Who<'a>,
    pub(super) circumstances: Circumstances,
    pub(super) resource: Resource<'a>,
}

/// Who acts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who<'a> {
    /// A member of the staff.
    Staff(&'a Person),
    /// A patient, or somebody who acts for one, by this account.
    Holder(&'a PersonId),
}

/// The resource, with the attributes that the schema gives it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Resource<'a> {
    Desk,
    Opening {
        glass: &'a GlassId,
        own: bool,
        same_unit: bool,
    },
    Record {
        /// Nobody, while it is not known whose it is.
        patient: Option<&'a PatientId>,
        resource_type: &'a str,
        confidentiality: Confidentiality,
        protected: bool,
    },
    Reference {
        resource_type: &'a str,
    },
    Service {
        name: &'a str,
        tier: Tier,
    },
}

/// What a run says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Evaluation {
    pub(super) allowed: bool,
    /// Whether a forbidding policy, rather than the lack of a permitting one, refused it.
    pub(super) forbidden: bool,
    pub(super) grounds: Grounds,
}

/// A policy set ready to run.
#[derive(Debug)]
pub(super) struct Evaluator {
    set: Partitioned,
    authorizer: Authorizer,
    names: Names,
    memo: Memo,
}

/// Names that Cedar would otherwise parse on every run.
#[derive(Debug)]
struct Names {
    patient: EntityTypeName,
    person: EntityTypeName,
    desk: EntityTypeName,
    opening: EntityTypeName,
    record: EntityTypeName,
    reference: EntityTypeName,
    service: EntityTypeName,
    actions: Vec<(Action, EntityUid)>,
}

impl<'a> Facts<'a> {
    pub(super) fn with(self, circumstances: Circumstances) -> Self {
        Self {
            circumstances,
            ..self
        }
    }

    /// Which part of the set applies.
    fn applies(&self, action: Action) -> Applies {
        (action, self.who.type_name(), self.resource.type_name())
    }

    /// The same about a record of ordinary confidentiality.
    pub(super) fn ordinary(self) -> Self {
        match self.resource {
            Resource::Record {
                patient,
                resource_type,
                protected,
                ..
            } => Self {
                resource: Resource::Record {
                    patient,
                    resource_type,
                    confidentiality: Confidentiality::Normal,
                    protected,
                },
                ..self
            },
            Resource::Desk
            | Resource::Opening { .. }
            | Resource::Reference { .. }
            | Resource::Service { .. } => self,
        }
    }
}

impl Evaluator {
    pub(super) fn new(set: Partitioned) -> Result<Self, Error> {
        let names = Names::parse()?;
        Ok(Self {
            set,
            authorizer: Authorizer::new(),
            names,
            memo: Memo::default(),
        })
    }

    pub(super) fn set(&self) -> &Partitioned {
        &self.set
    }

    /// What the policies say, from memory where they speak of kinds only.
    pub(super) fn run(&self, action: Action, facts: &Facts<'_>) -> Arc<Evaluation> {
        if self.set.names_somebody(facts.applies(action)) {
            return Arc::new(self.evaluate(action, facts));
        }
        let kind = Kind::of(action, facts);
        if let Some(known) = self.memo.find(&kind) {
            return known;
        }
        let evaluation = Arc::new(self.evaluate(action, facts));
        self.memo.keep(kind, &evaluation);
        evaluation
    }

    /// Runs the policies; anything that goes wrong inside is a refusal, never a permit.
    pub(super) fn evaluate(&self, action: Action, facts: &Facts<'_>) -> Evaluation {
        self.try_evaluate(action, facts)
            .unwrap_or_else(|| Evaluation {
                allowed: false,
                forbidden: false,
                grounds: Grounds::default(),
            })
    }

    fn try_evaluate(&self, action: Action, facts: &Facts<'_>) -> Option<Evaluation> {
        let policies = self.set.part(facts.applies(action))?;
        let principal = self.principal(facts.who)?;
        let resource = self.resource(&facts.resource)?;
        let wanted = action;
        let action = self
            .names
            .actions
            .iter()
            .find(|(known, _)| *known == action)?
            .1
            .clone();
        let context = facts
            .circumstances
            .context(self.entitles(wanted, facts))
            .ok()?;
        let request = Request::new(principal.uid(), action, resource.uid(), context, None).ok()?;
        let entities = Entities::from_entities([principal, resource], None).ok()?;
        let response = self.authorizer.is_authorized(&request, policies, &entities);
        // INVARIANT: a policy that errs cannot be trusted to have spoken: the answer is no. The
        // validator excludes it; this keeps it so should the two ever disagree.
        let errs = response.diagnostics().errors().next().is_some();
        let settled: Vec<_> = response.diagnostics().reason().collect();
        let forbidden = settled.iter().any(|id| {
            policies
                .policy(id)
                .is_some_and(|policy| policy.effect() == Effect::Forbid)
        });
        Some(Evaluation {
            allowed: response.decision() == CedarDecision::Allow && !errs,
            forbidden,
            grounds: Grounds {
                reasons: sorted(settled.iter().filter_map(|id| self.set.reason(id))),
                policies: sorted(settled.iter().filter_map(|id| self.set.id(id))),
            },
        })
    }

    /// What the matrix says of this action; it says nothing of what is no record.
    fn entitles(&self, action: Action, facts: &Facts<'_>) -> bool {
        let Resource::Record { resource_type, .. } = facts.resource else {
            return false;
        };
        let column = match facts.who {
            Who::Staff(person) => person.profession.as_str(),
            Who::Holder(_) if facts.circumstances.own_record => PATIENT_COLUMN,
            Who::Holder(_) => REPRESENTATIVE_COLUMN,
        };
        let glass = facts.circumstances.glass;
        self.set
            .matrix()
            .entitles(column, resource_type, action, glass)
    }

    fn principal(&self, who: Who<'_>) -> Option<Entity> {
        let person = match who {
            Who::Staff(person) => person,
            Who::Holder(id) => return entity(&self.names.patient, id.as_str(), []),
        };
        let roles = person
            .roles
            .iter()
            .map(|r| RestrictedExpression::new_string(r.clone()));
        let attributes = [
            (
                "profession".to_owned(),
                RestrictedExpression::new_string(person.profession.clone()),
            ),
            ("roles".to_owned(), RestrictedExpression::new_set(roles)),
        ];
        entity(&self.names.person, person.id.as_str(), attributes)
    }

    fn resource(&self, resource: &Resource<'_>) -> Option<Entity> {
        let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
        match *resource {
            Resource::Desk => entity(&self.names.desk, "desk", []),
            Resource::Opening {
                glass,
                own,
                same_unit,
            } => {
                let facts = [("own", own), ("sameUnit", same_unit)]
                    .map(|(name, holds)| (name.to_owned(), RestrictedExpression::new_bool(holds)));
                entity(&self.names.opening, glass.as_str(), facts)
            }
            Resource::Record {
                patient,
                resource_type,
                confidentiality,
                protected,
            } => {
                let sensitivity = match confidentiality {
                    Confidentiality::Normal => 0,
                    Confidentiality::Restricted => 1,
                    Confidentiality::VeryRestricted => 2,
                };
                let attributes = [
                    (
                        "category".to_owned(),
                        text(self.set.matrix().category(resource_type)),
                    ),
                    (
                        "protected".to_owned(),
                        RestrictedExpression::new_bool(protected),
                    ),
                    ("resourceType".to_owned(), text(resource_type)),
                    (
                        "sensitivity".to_owned(),
                        RestrictedExpression::new_long(sensitivity),
                    ),
                ];
                entity(
                    &self.names.record,
                    patient.map_or("", PatientId::as_str),
                    attributes,
                )
            }
            Resource::Reference { resource_type } => entity(
                &self.names.reference,
                resource_type,
                [("resourceType".to_owned(), text(resource_type))],
            ),
            Resource::Service { name, tier } => entity(
                &self.names.service,
                name,
                [("tier".to_owned(), text(tier.code()))],
            ),
        }
    }
}

impl Who<'_> {
    fn type_name(self) -> &'static str {
        match self {
            Self::Holder(_) => "Hygie::Patient",
            Self::Staff(_) => "Hygie::Person",
        }
    }
}

impl Resource<'_> {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Desk => "Hygie::Desk",
            Self::Opening { .. } => "Hygie::Opening",
            Self::Record { .. } => "Hygie::Record",
            Self::Reference { .. } => "Hygie::Reference",
            Self::Service { .. } => "Hygie::Service",
        }
    }
}

impl Names {
    fn parse() -> Result<Self, Error> {
        let name = |text: &str| {
            text.parse::<EntityTypeName>()
                .map_err(|error| Error::Validation {
                    message: error.to_string(),
                })
        };
        let action_type = name("Hygie::Action")?;
        let actions = Action::ALL.map(|action| {
            let id = EntityId::new(action.code());
            (
                action,
                EntityUid::from_type_name_and_id(action_type.clone(), id),
            )
        });
        Ok(Self {
            patient: name("Hygie::Patient")?,
            person: name("Hygie::Person")?,
            desk: name("Hygie::Desk")?,
            opening: name("Hygie::Opening")?,
            record: name("Hygie::Record")?,
            reference: name("Hygie::Reference")?,
            service: name("Hygie::Service")?,
            actions: actions.to_vec(),
        })
    }
}

fn entity(
    type_name: &EntityTypeName,
    id: &str,
    attributes: impl IntoIterator<Item = (String, RestrictedExpression)>,
) -> Option<Entity> {
    let uid = EntityUid::from_type_name_and_id(type_name.clone(), EntityId::new(id));
    Entity::new(uid, attributes.into_iter().collect(), Default::default()).ok()
}

fn sorted(codes: impl Iterator<Item = Arc<str>>) -> Vec<Arc<str>> {
    codes.collect::<BTreeSet<_>>().into_iter().collect()
}
