//! What patients allow and refuse: the content of a FHIR R4 `Consent`, as far as access goes.
//!
//! The shape follows IHE PCF: a base provision and exceptions to it, one level deep. What a
//! provision says about the data itself (who wrote it, when, in which encounter) cannot be seen
//! from a question, and is kept as `residual`: such a permit then opens nothing, and such a refusal
//! refuses all it could mean.

use std::collections::BTreeSet;

use event::{Confidentiality, EstablishmentId, PatientId, PersonId, Purpose, Timestamp, UnitId};
use serde::{Deserialize, Serialize};

use crate::Person;
use crate::document::holds;

/// One consent or refusal in force for a period. One that was withdrawn is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Its identity, the logical id of a FHIR `Consent` where there is one.
    pub id: String,
    /// The patient.
    pub patient: PatientId,
    /// The first instant at which it counts.
    pub from: Timestamp,
    /// The first instant at which it no longer does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What it says.
    pub provision: Provision,
    /// Where it says otherwise; what one leaves open is as in the base.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Provision>,
}

/// A rule of a consent. A list that is empty leaves the point open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provision {
    /// Allowed or refused.
    pub effect: Effect,
    /// To whom; empty: to all who may ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<Recipient>,
    /// For what; empty: for every purpose but an emergency, which must be named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub purposes: BTreeSet<Purpose>,
    /// How confidential; a permit means just these, a refusal these and what is above.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub confidentiality: BTreeSet<Confidentiality>,
    /// Which types of FHIR resources.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub resource_types: BTreeSet<String>,
    /// It has a condition that only the data itself could answer, or that nobody here understands.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub residual: bool,
}

/// Whom a provision is about: all that is said must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// This person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Those who have a post in this unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Those who have a post in this establishment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub establishment: Option<EstablishmentId>,
    /// Those of this profession.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profession: Option<String>,
}

/// What a provision does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Allows.
    Permit,
    /// Refuses.
    Deny,
}

/// What a consent is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disclosure<'a> {
    /// For what.
    pub purpose: Purpose,
    /// Which type of FHIR resource.
    pub resource_type: &'a str,
    /// How confidential.
    pub confidentiality: Confidentiality,
}

/// What all consents of a patient say together about one disclosure to one person. Nothing said is
/// the default; a refusal stands beside a permit, and policy weighs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing<'a> {
    /// The consent that allows it to this person, their unit, establishment or profession.
    pub named: Option<&'a str>,
    /// The consent that allows it to all who may ask.
    pub general: Option<&'a str>,
    /// The consent that refuses it.
    pub objection: Option<&'a str>,
    /// Whether that refusal names this very person.
    pub objection_to_person: bool,
    /// The consent that refuses even an emergency, by naming that purpose.
    pub emergency_objection: Option<&'a str>,
}

impl Consent {
    /// Adds to `standing` what this consent says.
    pub(crate) fn add_to<'a>(
        &'a self,
        standing: &mut Standing<'a>,
        person: &Person,
        asked: &Disclosure<'_>,
        at: Timestamp,
    ) {
        if !holds(self.from, self.until, at) {
            return;
        }
        if let Some(said) = self.said(person, asked, at) {
            let recipients = self.recipients_of(said);
            match said.effect {
                Effect::Permit if recipients.is_empty() => standing.general = Some(&self.id),
                Effect::Permit => standing.named = Some(&self.id),
                Effect::Deny => {
                    standing.objection = Some(&self.id);
                    standing.objection_to_person |= recipients
                        .iter()
                        .any(|it| it.person.as_ref() == Some(&person.id));
                }
            }
        }
        let refuses_emergency = [Purpose::Btg, Purpose::Etreat].into_iter().any(|purpose| {
            let emergency = Disclosure { purpose, ..*asked };
            self.said(person, &emergency, at)
                .is_some_and(|said| said.effect == Effect::Deny)
        });
        if refuses_emergency {
            standing.emergency_objection = Some(&self.id);
        }
    }

    /// The provision that speaks: of the exceptions a refusal before a permit, then the base.
    ///
    /// What an exception leaves open it takes from the base; what it says replaces the base's word.
    fn said(&self, person: &Person, asked: &Disclosure<'_>, at: Timestamp) -> Option<&Provision> {
        let speaks = |provision: &Provision| {
            let recipients = self.recipients_of(provision);
            !provision.is_unsure(&self.provision)
                && provision.covers(&self.provision, asked)
                && (recipients.is_empty() || recipients.iter().any(|it| it.fits(person, at)))
        };
        let exception = |effect| {
            let of_effect = |it: &&Provision| it.effect == effect;
            self.exceptions
                .iter()
                .filter(of_effect)
                .find(|it| speaks(it))
        };
        exception(Effect::Deny)
            .or_else(|| exception(Effect::Permit))
            .or_else(|| Some(&self.provision).filter(|base| speaks(base)))
    }

    /// The recipients of an exception that names none are those of the base.
    fn recipients_of<'a>(&'a self, provision: &'a Provision) -> &'a [Recipient] {
        if provision.recipients.is_empty() {
            &self.provision.recipients
        } else {
            &provision.recipients
        }
    }
}

impl Provision {
    /// Whether it would open something on a condition that cannot be seen: its own, or one of the
    /// whole consent, which binds every exception of it.
    fn is_unsure(&self, base: &Self) -> bool {
        self.effect == Effect::Permit && (self.residual || base.residual)
    }

    /// Whether purpose, level and type fit, with the word of `base` where this one says nothing.
    fn covers(&self, base: &Self, asked: &Disclosure<'_>) -> bool {
        let emergency = matches!(asked.purpose, Purpose::Btg | Purpose::Etreat);
        let purposes = first_told(&self.purposes, &base.purposes);
        let purpose = if purposes.is_empty() {
            !emergency
        } else {
            purposes.contains(&asked.purpose)
        };
        let levels = first_told(&self.confidentiality, &base.confidentiality);
        let level = levels.is_empty()
            || match self.effect {
                Effect::Permit => levels.contains(&asked.confidentiality),
                Effect::Deny => levels.iter().any(|level| *level <= asked.confidentiality),
            };
        let types = first_told(&self.resource_types, &base.resource_types);
        purpose && level && (types.is_empty() || types.contains(asked.resource_type))
    }
}

fn first_told<'a, Word>(own: &'a BTreeSet<Word>, base: &'a BTreeSet<Word>) -> &'a BTreeSet<Word> {
    if own.is_empty() { base } else { own }
}

impl Recipient {
    /// Whether it says anything at all.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn fits(&self, person: &Person, at: Timestamp) -> bool {
        let wanted = |told: bool, fits: bool| !told || fits;
        wanted(
            self.person.is_some(),
            self.person.as_ref() == Some(&person.id),
        ) && wanted(
            self.profession.is_some(),
            self.profession.as_ref() == Some(&person.profession),
        ) && wanted(
            self.unit.is_some(),
            person.posts_at(at).any(|post| post.unit == self.unit),
        ) && wanted(
            self.establishment.is_some(),
            person
                .posts_at(at)
                .any(|post| Some(&post.establishment) == self.establishment.as_ref()),
        )
    }
}

#[cfg(test)]
mod tests;
