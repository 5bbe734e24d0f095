//! `hygie policy explain`: why somebody may, or may not, open a record, now or at another time.
//!
//! The answer is the decision that the door would give, by the same engine over the same
//! directory; beside it stands what holds between the two people, so that the reason can be
//! checked and not only believed.

use std::sync::Arc;

use anyhow::{Context, Result};
use event::{Confidentiality, PatientId, PersonId, Purpose, SessionId, Timestamp};
use hospital::{Directory, DirectoryLimits, Relation};
use locale::{Family, Key, Value, key};
use policy::{Action, Decision, Engine, Question, Target};

use super::{Ending, Usage, Words, say};
use crate::cli::PolicyExplain;
use crate::clock;
use crate::config::Config;
use crate::rules;

/// What is asked, checked.
struct Asked {
    person: PersonId,
    patient: PatientId,
    action: Action,
    resource_type: String,
    confidentiality: Confidentiality,
    purpose: Purpose,
    at: Timestamp,
}

/// Explains one decision; ends well whatever it is.
pub(crate) fn run(explain: &PolicyExplain, words: &Words) -> Result<Ending> {
    let asked = Asked::of(explain)?;
    let (engine, directory) = in_force(explain)?;
    let decision = asked.decide(&engine, &directory)?;
    let relation = directory.relation(&asked.person, &asked.patient, asked.at);
    if explain.json {
        say(&asked.json(&decision, &relation, &directory, &engine));
    } else {
        let told = Told {
            asked: &asked,
            directory: &directory,
            relation,
            words,
        };
        told.question();
        told.answer(&decision);
        told.facts();
        if matches!(decision, Decision::Breakable(_)) {
            told.line(key::EXPLAIN_BREAKABLE, &[]);
        }
    }
    Ok(Ending::Done)
}

/// The policy and directory of a configuration, or those that are named.
fn in_force(explain: &PolicyExplain) -> Result<(Engine, Arc<Directory>)> {
    let Some(file) = &explain.directory else {
        let settings = Config::read(&explain.config)?.resolve()?;
        return Ok((settings.engine, settings.directory));
    };
    let read = || format!("reading `{}`", file.display());
    let bytes = std::fs::read(file).with_context(read)?;
    let directory = Directory::from_json(&bytes, &DirectoryLimits::DEFAULT).with_context(read)?;
    Ok((rules::load(explain.folder.as_deref())?, Arc::new(directory)))
}

impl Asked {
    fn of(explain: &PolicyExplain) -> Result<Self> {
        let wrong = |what: String| Usage(what);
        let bare = explain.patient.strip_prefix("Patient/");
        let patient = PatientId::new(bare.unwrap_or(&explain.patient));
        let action = Action::ALL
            .into_iter()
            .filter(|action| {
                !matches!(
                    action,
                    Action::EndGlass
                        | Action::GiveNotice
                        | Action::ReviewGlass
                        | Action::UseService
                        | Action::ViewDesk
                )
            })
            .find(|action| action.code() == explain.action);
        let known = wire::fhir::ResourceType::parse(&explain.resource_type);
        Ok(Self {
            person: PersonId::new(&explain.person).map_err(|error| wrong(error.to_string()))?,
            patient: patient.map_err(|error| wrong(error.to_string()))?,
            action: action.ok_or_else(|| {
                wrong(format!(
                    "`{}` is none of read, search, everything and declareBreakGlass",
                    explain.action
                ))
            })?,
            resource_type: known
                .ok_or_else(|| {
                    wrong(format!(
                        "`{}` is no resource type of FHIR R4",
                        explain.resource_type
                    ))
                })?
                .name()
                .to_owned(),
            confidentiality: explain
                .label
                .parse()
                .map_err(|error: event::UnknownCode| wrong(error.to_string()))?,
            purpose: explain
                .purpose
                .parse()
                .map_err(|error: event::UnknownCode| wrong(error.to_string()))?,
            at: match &explain.at {
                None => clock::now(),
                Some(at) => at
                    .parse()
                    .map_err(|error: event::InvalidTimestamp| wrong(error.to_string()))?,
            },
        })
    }

    fn decide(&self, engine: &Engine, directory: &Directory) -> Result<Decision> {
        // No glass is bound to this session, so the answer is the one before any emergency.
        let session = SessionId::new("explained").map_err(|error| Usage(error.to_string()))?;
        Ok(engine.decide(
            directory,
            &Question {
                person: &self.person,
                session: &session,
                action: self.action,
                target: Target::Record {
                    patient: &self.patient,
                    resource_type: &self.resource_type,
                    confidentiality: self.confidentiality,
                },
                purpose: self.purpose,
                at: self.at,
                glass: None,
            },
        ))
    }

    fn json(
        &self,
        decision: &Decision,
        relation: &Relation<'_>,
        directory: &Directory,
        engine: &Engine,
    ) -> String {
        let grounds = decision.grounds();
        let person = directory.person(&self.person);
        let patient = directory.patient(&self.patient);
        let team = relation.care_team.map(|team| {
            serde_json::json!({
                "team": team.team, "role": team.role, "from": team.from, "until": team.until,
            })
        });
        serde_json::json!({
            "person": self.person,
            "patient": self.patient,
            "action": self.action.code(),
            "resource_type": self.resource_type,
            "confidentiality": self.confidentiality,
            "purpose": self.purpose,
            "at": self.at,
            "outcome": decision.outcome().code(),
            "reasons": grounds.reasons,
            "policies": grounds.policies,
            "facts": {
                "profession": person.map(|person| person.profession.as_str()),
                "posted": person.is_some_and(|person| person.is_posted(self.at)),
                "care_team": team,
                "encounter_unit": relation.encounter_unit,
                "own_record": relation.own_record,
                "shared_establishment": relation.shared_establishments,
                "patient_known": patient.is_some(),
                "protected": patient.is_some_and(|patient| patient.protected),
            },
            "policy_sha256": engine.sha256(),
        })
        .to_string()
    }
}

/// Tells people.
struct Told<'a> {
    asked: &'a Asked,
    directory: &'a Directory,
    relation: Relation<'a>,
    words: &'a Words,
}

impl Told<'_> {
    fn line(&self, key: Key, values: &[(&str, Value<'_>)]) {
        say(&self.words.text(key, values));
    }

    fn question(&self) {
        let (asked, words) = (self.asked, self.words);
        let person = self.directory.person(&asked.person);
        let name = person.map_or(asked.person.as_str(), |person| person.name.as_str());
        let profession = person.map(|person| words.label(Family::Profession, &person.profession));
        let action = words.label(Family::Action, asked.action.code());
        let purpose = words.label(Family::Purpose, asked.purpose.code());
        let time = asked.at.to_string();
        self.line(
            key::EXPLAIN_QUESTION,
            &[
                ("action", Value::Text(&action)),
                ("label", Value::Text(asked.confidentiality.code())),
                ("name", Value::Text(name)),
                ("patient", Value::Text(asked.patient.as_str())),
                (
                    "profession",
                    Value::Text(profession.as_deref().unwrap_or("?")),
                ),
                ("purpose", Value::Text(&purpose)),
                ("time", Value::Text(&time)),
                ("type", Value::Text(&asked.resource_type)),
            ],
        );
    }

    fn answer(&self, decision: &Decision) {
        let grounds = decision.grounds();
        let outcome = self.words.label(Family::Outcome, decision.outcome().code());
        let cause = self.words.label(Family::Cause, grounds.first_reason());
        let values = [
            ("outcome", Value::Text(&outcome)),
            ("reason", Value::Text(&cause)),
        ];
        self.line(key::EXPLAIN_ANSWER, &values);
        if grounds.policies.is_empty() {
            self.line(key::EXPLAIN_NO_POLICY, &[]);
        } else {
            let policies = grounds.policies.join(", ");
            self.line(
                key::EXPLAIN_POLICIES,
                &[("policies", Value::Text(&policies))],
            );
        }
    }

    /// What holds at that instant, good or bad.
    fn facts(&self) {
        let Some(person) = self.directory.person(&self.asked.person) else {
            return self.line(key::EXPLAIN_PERSON_UNKNOWN, &[]);
        };
        if !person.is_posted(self.asked.at) {
            self.line(key::EXPLAIN_NOT_POSTED, &[]);
        }
        let Some(patient) = self.directory.patient(&self.asked.patient) else {
            return self.line(key::EXPLAIN_PATIENT_UNKNOWN, &[]);
        };
        self.care();
        if patient.protected {
            self.line(key::EXPLAIN_PROTECTED, &[]);
        }
        if self.relation.own_record {
            self.line(key::EXPLAIN_OWN_RECORD, &[]);
        }
    }

    fn care(&self) {
        match self.relation.care_team {
            Some(team) => {
                let from = team.from.to_string();
                self.line(
                    key::EXPLAIN_CARE_TEAM,
                    &[
                        ("from", Value::Text(&from)),
                        ("role", Value::Text(team.role)),
                        ("team", Value::Text(team.team)),
                    ],
                );
                if let Some(until) = team.until {
                    let until = until.to_string();
                    self.line(
                        key::EXPLAIN_CARE_TEAM_UNTIL,
                        &[("until", Value::Text(&until))],
                    );
                }
            }
            None => self.line(key::EXPLAIN_NO_CARE_TEAM, &[]),
        }
        match self.relation.encounter_unit {
            Some(unit) => {
                let unit = [("unit", Value::Text(unit.as_str()))];
                self.line(key::EXPLAIN_ENCOUNTER, &unit);
            }
            None => self.line(key::EXPLAIN_NO_ENCOUNTER, &[]),
        }
        if self.relation.shared_establishments && !self.relation.is_care() {
            self.line(key::EXPLAIN_SHARED_ESTABLISHMENT, &[]);
        }
    }
}
