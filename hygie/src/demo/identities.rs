//! The people of the demonstration's examples, chosen from the group by what they are.

use event::{AssetId, GlassReason, PatientId, PersonId, Timestamp};
use hospital::{Directory, Patient, Person};
use serde::{Deserialize, Serialize};

use super::staff::id_of;
use super::{DemoError, Resource, air};

/// Somebody whom a visitor of the demonstration can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// What they are in the demonstration, such as `treating-physician`.
    pub role: String,
    /// Their identity in the directory.
    pub person: PersonId,
    /// Their name.
    pub name: String,
}

/// One read of the examples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadExample {
    /// Who reads: the role of an [`Identity`].
    pub role: String,
    /// The patient whose data is asked for.
    pub patient: PatientId,
    /// Path and query below the base of the FHIR service, such as `Patient/pat-0001`.
    pub target: String,
}

/// The read that an emergency opens, and how it is declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlassExample {
    /// The read, which is refused until the declaration.
    pub read: ReadExample,
    /// Why.
    pub reason: GlassReason,
    /// Why, in their own words.
    pub text: String,
}

/// Everybody and everything the examples need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// The identities, one per role.
    pub identities: Vec<Identity>,
    /// A read that is permitted: the treating physician opens their patient.
    pub permitted: ReadExample,
    /// A read that is refused and no emergency opens: a clerk asks for results.
    pub refused: ReadExample,
    /// A read that is refused until a physician of another establishment breaks the glass.
    pub break_glass: BreakGlassExample,
}

impl BreakGlassExample {
    /// The body of the declaration, as JSON.
    #[must_use]
    pub fn declaration(&self) -> serde_json::Value {
        serde_json::json!({
            "patient": self.read.patient,
            "reason": self.reason,
            "text": self.text,
        })
    }
}

impl Cast {
    /// Chooses everybody as things stand at `at`.
    pub fn choose(
        directory: &Directory,
        records: &[Resource],
        at: Timestamp,
    ) -> Result<Self, DemoError> {
        let choice = Choice { directory, at };
        let [home, elsewhere, ..] = directory.establishments() else {
            return Err(DemoError::Absent {
                what: "second establishment",
            });
        };
        let (physician, nurse, known) = choice.bedside(home.id.as_str())?;
        let other = choice.colleague("physician", elsewhere.id.as_str())?;
        let stranger = choice.stranger(other, known, records)?;
        let mut identities = Vec::new();
        for (role, person) in [
            ("treating-physician", physician),
            ("ward-nurse", nurse),
            ("physician-elsewhere", other),
            (
                "admissions-clerk",
                choice.colleague("clerk", home.id.as_str())?,
            ),
            (
                "security-officer",
                choice.colleague("security-officer", home.id.as_str())?,
            ),
            (
                "data-protection-officer",
                choice.colleague("data-protection-officer", home.id.as_str())?,
            ),
            (
                "biomedical-engineer",
                choice.colleague("biomedical-engineer", home.id.as_str())?,
            ),
            (
                "building-engineer",
                choice.colleague("building-engineer", home.id.as_str())?,
            ),
            ("theatre-physician", choice.answering(air::ACT, air::ASSET)?),
            ("student", choice.colleague("student", home.id.as_str())?),
        ] {
            let (person, name) = (person.id.clone(), person.name.clone());
            identities.push(Identity {
                role: role.to_owned(),
                person,
                name,
            });
        }
        let (known, stranger) = (known.id.clone(), stranger.id.clone());
        Ok(Self {
            identities,
            permitted: ReadExample {
                role: "treating-physician".to_owned(),
                target: format!("Patient/{known}"),
                patient: known.clone(),
            },
            refused: ReadExample {
                role: "admissions-clerk".to_owned(),
                target: format!("Observation?patient={known}"),
                patient: known,
            },
            break_glass: BreakGlassExample {
                read: ReadExample {
                    role: "physician-elsewhere".to_owned(),
                    target: format!("AllergyIntolerance?patient={stranger}"),
                    patient: stranger,
                },
                reason: GlassReason::UnconsciousPatient,
                text: "Arrivée inconsciente aux urgences, allergies inconnues.".to_owned(),
            },
        })
    }

    /// The identity of a role.
    #[must_use]
    pub fn identity(&self, role: &str) -> Option<&Identity> {
        self.identities
            .iter()
            .find(|identity| identity.role == role)
    }
}

struct Choice<'a> {
    directory: &'a Directory,
    at: Timestamp,
}

impl<'a> Choice<'a> {
    /// A physician, a nurse of the same ward who is not on the team, and their patient, who asked
    /// for no special discretion.
    fn bedside(
        &self,
        establishment: &str,
    ) -> Result<(&'a Person, &'a Person, &'a Patient), DemoError> {
        for patient in self.directory.patients() {
            let plain = !patient.protected && patient.establishments.len() == 1;
            if !plain || !patient.establishments.contains(establishment) {
                continue;
            }
            let physician = self.directory.persons().iter().find(|person| {
                let relation = self.directory.relation(&person.id, &patient.id, self.at);
                person.profession == "physician"
                    && relation
                        .care_team
                        .is_some_and(|it| it.role == "attending-physician")
                    && relation.encounter_unit.is_some()
            });
            let nurse = self.directory.persons().iter().find(|person| {
                let relation = self.directory.relation(&person.id, &patient.id, self.at);
                person.profession == "nurse"
                    && relation.care_team.is_none()
                    && relation.encounter_unit.is_some()
            });
            if let (Some(physician), Some(nurse)) = (physician, nurse) {
                return Ok((physician, nurse, patient));
            }
        }
        Err(DemoError::Absent {
            what: "patient with a treating physician and a ward nurse",
        })
    }

    /// Somebody of a profession who works in an establishment now, and is nobody's team mate.
    fn colleague(&self, profession: &str, establishment: &str) -> Result<&'a Person, DemoError> {
        let fits = |person: &&Person| {
            person.profession == profession
                && person.posts_at(self.at).next().is_some()
                && person
                    .posts_at(self.at)
                    .any(|it| it.establishment.as_str() == establishment)
        };
        let found = self.directory.persons().iter().find(fits);
        found.ok_or(DemoError::Absent {
            what: "colleague of a needed profession",
        })
    }

    /// The first of those who answer for what an act on an asset needs.
    fn answering(&self, act: &str, asset: &str) -> Result<&'a Person, DemoError> {
        let asset: AssetId = id_of(asset)?;
        let approvers = self.directory.approvers_of((act, &asset), self.at);
        let mut persons = approvers.into_values().flatten();
        let known = persons.find_map(|person| self.directory.person(person));
        known.ok_or(DemoError::Absent {
            what: "person who answers for the theatre's air",
        })
    }

    /// A patient with whom `physician` has nothing at all to do, with an allergy to find and
    /// nothing under a label, other than `known`.
    fn stranger(
        &self,
        physician: &Person,
        known: &Patient,
        records: &[Resource],
    ) -> Result<&'a Patient, DemoError> {
        let has_allergy = |patient: &Patient| {
            let prefix = format!("alg-{}-", patient.id);
            records.iter().any(|it| it.id.starts_with(&prefix))
        };
        let is_labelled = |patient: &Patient| {
            let own = format!("-{}-", patient.id);
            records
                .iter()
                .filter(|it| it.id.contains(&own))
                .any(|it| String::from_utf8_lossy(&it.json).contains("\"security\""))
        };
        self.directory
            .patients()
            .iter()
            .filter(|it| it.id != known.id && !it.protected)
            .filter(|it| {
                let relation = self.directory.relation(&physician.id, &it.id, self.at);
                !relation.is_care() && !relation.own_record && !relation.shared_establishments
            })
            .find(|it| has_allergy(it) && !is_labelled(it))
            .ok_or(DemoError::Absent {
                what: "patient for the emergency",
            })
    }
}
