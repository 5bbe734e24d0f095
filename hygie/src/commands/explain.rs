//! `hygie policy explain`: why somebody may, or may not, open a record, now or at another time.
//!
//! The answer is the decision that the door would give, by the same engine over the same
//! directory; beside it stands what holds between the two people, so that the reason can be
//! checked and not only believed.

mod told;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use event::{Confidentiality, PatientId, PersonId, Purpose, SessionId, Timestamp};
use hospital::{Account, Directory, DirectoryLimits, Disclosure, Relation, Standing};
use policy::{Action, Decision, Engine, Entitlement, Question, Target};

use super::{Ending, Usage, Words, say};
use crate::cli::{PolicyExplain, WhichDirectory};
use crate::clock;
use crate::config::Config;
use crate::house::followed;
use crate::rules;

use told::Told;

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

/// What holds between the two at that instant, and what is open to the profession.
struct Found<'a> {
    relation: Relation<'a>,
    standing: Standing<'a>,
    account: Option<&'a Account>,
    entitlement: Option<Entitlement<'a>>,
}

/// Explains one decision; ends well whatever it is.
pub(crate) fn run(explain: &PolicyExplain, words: &Words) -> Result<Ending> {
    let asked = Asked::of(explain)?;
    let (engine, directory) = in_force(explain)?;
    let decision = asked.decide(&engine, &directory)?;
    let found = asked.found(&engine, &directory);
    if explain.json {
        say(&asked.json(&decision, &found, &directory, &engine));
    } else {
        let told = Told {
            asked: &asked,
            directory: &directory,
            found,
            words,
        };
        told.question();
        told.answer(&decision);
        told.facts();
        told.breakable(&decision);
    }
    Ok(Ending::Done)
}

/// The policy and directory of a configuration, or those that are named.
fn in_force(explain: &PolicyExplain) -> Result<(Engine, Arc<Directory>)> {
    let Some(file) = &explain.directory else {
        let settings = Config::read(&explain.config)?.resolve()?;
        let directory = followed(settings.directory, &settings.data, &settings.lake)?;
        return Ok((settings.engine, Arc::new(directory)));
    };
    let directory = read_directory(file)?;
    Ok((rules::load(explain.folder.as_deref())?, Arc::new(directory)))
}

/// A directory by itself.
pub(super) fn read_directory(file: &Path) -> Result<Directory> {
    let read = || format!("reading `{}`", file.display());
    let bytes = std::fs::read(file).with_context(read)?;
    Directory::from_json(&bytes, &DirectoryLimits::DEFAULT).with_context(read)
}

/// The directory that a command names; that of a configuration follows what feeds have told.
pub(super) fn directory_of(which: &WhichDirectory) -> Result<Directory> {
    let Some(file) = &which.directory else {
        let settings = Config::read(&which.config)?.resolve()?;
        return Ok(followed(
            settings.directory,
            &settings.data,
            &settings.lake,
        )?);
    };
    read_directory(file)
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
                    "`{}` is none of read, search, everything, create, update, delete, export and declareBreakGlass",
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
                at_risk: false,
                glass: None,
            },
        ))
    }

    fn found<'a>(&'a self, engine: &'a Engine, directory: &'a Directory) -> Found<'a> {
        let disclosure = Disclosure {
            purpose: self.purpose,
            resource_type: &self.resource_type,
            confidentiality: self.confidentiality,
        };
        let (person, patient) = (&self.person, &self.patient);
        let profession = directory
            .person(person)
            .map(|person| person.profession.as_str());
        Found {
            relation: directory.relation(person, patient, self.at),
            standing: directory.consent(person, patient, &disclosure, self.at),
            account: directory.account(person, patient, self.at),
            entitlement: profession
                .map(|it| engine.entitlement(it, &self.resource_type, self.action)),
        }
    }

    fn json(
        &self,
        decision: &Decision,
        found: &Found<'_>,
        directory: &Directory,
        engine: &Engine,
    ) -> String {
        let grounds = decision.grounds();
        let person = directory.person(&self.person);
        let patient = directory.patient(&self.patient);
        let (relation, standing) = (&found.relation, &found.standing);
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
            "access_mode": self.purpose.access_mode(),
            "at": self.at,
            "outcome": decision.outcome().code(),
            "reasons": grounds.reasons,
            "policies": grounds.policies,
            "facts": {
                "profession": person.map(|person| person.profession.as_str()),
                "posted": person.is_some_and(|person| person.is_posted(self.at)),
                "care_team": team,
                "encounter_unit": relation.encounter_unit,
                "on_call_unit": relation.on_call_unit,
                "replaces": relation.replaces,
                "supervisor": relation.supervisor,
                "colleague": relation.colleague,
                "own_record": relation.own_record,
                "shared_establishment": relation.shared_establishments,
                "patient_known": patient.is_some(),
                "protected": patient.is_some_and(|patient| patient.protected),
                "category": found.entitlement.map(|it| it.category),
                "entitled": found.entitlement.map(|it| it.entitled),
                "consent": standing.named,
                "general_consent": standing.general,
                "objection": standing.objection,
                "objection_to_person": standing.objection_to_person,
                "emergency_objection": standing.emergency_objection,
                "account": found.account.map(|account| account.relationship),
            },
            "policy_sha256": engine.sha256(),
        })
        .to_string()
    }
}
