//! Scenarios: a day told as steps, each with what must come of it.
//!
//! A scenario names people and patients by what they are; the group that is there gives them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use event::{AssetId, PatientId, PersonId, Timestamp};
use hospital::Directory;
use serde::Deserialize;
use wire::modbus::Request;

use super::DemoError;
use super::limits::SCENARIO_BYTES_MAX;

/// The scenario that every binary carries.
pub const DAY: &str = include_str!("../../../scenarios/day.toml");

/// A scenario as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: Words,
    people: BTreeMap<String, Wanted>,
    patients: BTreeMap<String, WantedPatient>,
    steps: Vec<WrittenStep>,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Words {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    profession: Option<String>,
    establishment: Option<String>,
    unit: Option<String>,
    answers: Option<WantedAnswers>,
}

/// Somebody who answers for what an act on an asset needs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedAnswers {
    act: String,
    asset: AssetId,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedPatient {
    establishment: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStep {
    at: String,
    en: String,
    fr: String,
    adt: Option<String>,
    patient: Option<String>,
    merged: Option<String>,
    unit: Option<String>,
    before: Option<String>,
    attending: Option<String>,
    who: Option<String>,
    get: Option<String>,
    post: Option<String>,
    body: Option<String>,
    status: Option<u16>,
    reason: Option<String>,
    from: Option<IpAddr>,
    keep: Option<String>,
    modbus: Option<String>,
    came: Option<String>,
}

/// A scenario, its roles given to the people and patients of a group.
#[derive(Debug)]
pub struct Scenario {
    /// Its title.
    pub title: Words,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug)]
pub struct Step {
    /// The time of the story, such as `08:02`.
    pub at: String,
    /// What happens, for people.
    pub words: Words,
    /// What is done.
    pub act: Act,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Somebody asks the door.
    Ask {
        /// Who.
        person: PersonId,
        /// `GET` or `POST`.
        method: &'static str,
        /// Path and query.
        target: String,
        /// From which address; from any without.
        from: Option<IpAddr>,
        /// What is sent along.
        body: Option<String>,
        /// The status that must come.
        status: u16,
        /// The reason that a refusal must give.
        reason: Option<String>,
        /// A member of the answer whose text takes the place of its name in braces from here on.
        keep: Option<String>,
    },
    /// Somebody sends a message to the controller of the theatre's air.
    Command {
        /// From which address.
        from: IpAddr,
        /// What is sent.
        request: Request,
        /// What must come: `done`, what was read, or `exception` and its number.
        came: String,
    },
    /// The hospital's administration tells something.
    Tell(Told),
}

/// An ADT message in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The event, such as `A01`.
    pub event: String,
    /// The patient.
    pub patient: PatientId,
    /// The identity that is merged into the patient's.
    pub merged: Option<PatientId>,
    /// Where the patient is.
    pub unit: Option<String>,
    /// Where they were.
    pub before: Option<String>,
    /// Who is in charge.
    pub attending: Option<PersonId>,
}

impl Scenario {
    /// Reads a scenario and gives its roles to people and patients who fit: patients whom none of
    /// these people cares for at `at`.
    ///
    /// # Errors
    /// When it is not understood, or nobody fits a role.
    pub fn cast(text: &str, directory: &Directory, at: Timestamp) -> Result<Self, DemoError> {
        if text.len() > SCENARIO_BYTES_MAX {
            return Err(wrong("the scenario is too long"));
        }
        let written: Written = toml::from_str(text).map_err(|error| wrong(error.message()))?;
        let mut cast = Cast::default();
        for (role, wanted) in &written.people {
            let person = cast.choose(wanted, directory, at);
            let person = person.ok_or_else(|| wrong(&format!("nobody can be `{role}`")))?;
            cast.people.insert(role.clone(), person);
        }
        for (role, wanted) in &written.patients {
            let patient = cast.choose_patient(wanted, directory, at);
            let patient = patient.ok_or_else(|| wrong(&format!("no patient can be `{role}`")))?;
            cast.patients.insert(role.clone(), patient);
        }
        let steps = written.steps.into_iter().map(|step| cast.step(step));
        Ok(Self {
            title: written.title,
            steps: steps.collect::<Result<_, _>>()?,
        })
    }
}

/// Who plays whom.
#[derive(Default)]
struct Cast {
    people: BTreeMap<String, PersonId>,
    patients: BTreeMap<String, PatientId>,
}

impl Cast {
    fn choose(&self, wanted: &Wanted, directory: &Directory, at: Timestamp) -> Option<PersonId> {
        let approvers = wanted.answers.as_ref().map(|it| {
            let approvers = directory.approvers_of((&it.act, &it.asset), at);
            approvers.into_values().flatten().collect::<BTreeSet<_>>()
        });
        let fits = |person: &&hospital::Person| {
            let in_unit = wanted.unit.as_ref().is_none_or(|unit| {
                let mut posts = person.posts_at(at);
                posts.any(|post| post.unit.as_ref().is_some_and(|it| it.as_str() == unit))
            });
            let in_house = wanted.establishment.as_ref().is_none_or(|house| {
                let mut posts = person.posts_at(at);
                posts.any(|post| post.establishment.as_str() == house)
            });
            let is_of = |profession: &String| person.profession == *profession;
            wanted.profession.as_ref().is_none_or(is_of)
                && approvers.as_ref().is_none_or(|it| it.contains(&person.id))
                && person.is_posted(at)
                && in_unit
                && in_house
                && !self.people.values().any(|known| *known == person.id)
        };
        directory
            .persons()
            .iter()
            .find(fits)
            .map(|it| it.id.clone())
    }

    fn choose_patient(
        &self,
        wanted: &WantedPatient,
        directory: &Directory,
        at: Timestamp,
    ) -> Option<PatientId> {
        let fits = |patient: &&hospital::Patient| {
            let followed = patient.establishments.iter();
            followed
                .map(|it| it.as_str())
                .any(|it| it == wanted.establishment)
                && !patient.protected
                && !self.patients.values().any(|known| *known == patient.id)
                && !self
                    .people
                    .values()
                    .any(|person| directory.relation(person, &patient.id, at).is_care())
        };
        directory
            .patients()
            .iter()
            .find(fits)
            .map(|it| it.id.clone())
    }

    fn step(&self, step: WrittenStep) -> Result<Step, DemoError> {
        let act = match (&step.adt, &step.who) {
            (Some(event), None) => Act::Tell(self.told(event, &step)?),
            (None, Some(who)) => self.ask(who, &step)?,
            (None, None) if step.modbus.is_some() => command(&step)?,
            _ => return Err(wrong(&format!("the step at {} does nothing", step.at))),
        };
        Ok(Step {
            at: step.at,
            words: Words {
                en: step.en,
                fr: step.fr,
            },
            act,
        })
    }

    fn told(&self, event: &str, step: &WrittenStep) -> Result<Told, DemoError> {
        let patient = step.patient.as_deref().unwrap_or_default();
        Ok(Told {
            event: event.to_owned(),
            patient: self.patient(patient)?,
            merged: step
                .merged
                .as_deref()
                .map(|role| self.patient(role))
                .transpose()?,
            unit: step.unit.clone(),
            before: step.before.clone(),
            attending: step
                .attending
                .as_deref()
                .map(|role| self.person(role))
                .transpose()?,
        })
    }

    fn ask(&self, who: &str, step: &WrittenStep) -> Result<Act, DemoError> {
        let (method, target) = match (&step.get, &step.post) {
            (Some(target), None) => ("GET", target),
            (None, Some(target)) => ("POST", target),
            _ => return Err(wrong(&format!("the step at {} asks nothing", step.at))),
        };
        Ok(Act::Ask {
            person: self.person(who)?,
            method,
            target: self.filled(target),
            from: step.from,
            keep: step.keep.clone(),
            body: step.body.as_deref().map(|body| self.filled(body)),
            status: step.status.unwrap_or(200),
            reason: step.reason.clone(),
        })
    }

    /// The text with the ids of patients in place of `{role}`.
    fn filled(&self, text: &str) -> String {
        self.patients
            .iter()
            .fold(text.to_owned(), |text, (role, id)| {
                text.replace(&format!("{{{role}}}"), id.as_str())
            })
    }

    fn person(&self, role: &str) -> Result<PersonId, DemoError> {
        let found = self.people.get(role).cloned();
        found.ok_or_else(|| wrong(&format!("there is no role `{role}`")))
    }

    fn patient(&self, role: &str) -> Result<PatientId, DemoError> {
        let found = self.patients.get(role).cloned();
        found.ok_or_else(|| wrong(&format!("there is no patient `{role}`")))
    }
}

/// A message of the forms `read-registers 40 2` and `write-register 40 210`.
fn command(step: &WrittenStep) -> Result<Act, DemoError> {
    let written = step.modbus.as_deref().unwrap_or_default();
    let mut words = written.split(' ');
    let function = words.next();
    let mut number = || words.next().and_then(|it| it.parse::<u16>().ok());
    let request = match (function, number(), number()) {
        (Some("read-registers"), Some(address), Some(quantity)) => {
            Request::ReadHoldingRegisters { address, quantity }
        }
        (Some("write-register"), Some(address), Some(value)) => {
            Request::WriteRegister { address, value }
        }
        _ => return Err(wrong(&format!("`{written}` is no message"))),
    };
    let (Some(from), Some(came)) = (step.from, step.came.clone()) else {
        let what = format!("the step at {} has no `from` or `came`", step.at);
        return Err(wrong(&what));
    };
    Ok(Act::Command {
        from,
        request,
        came,
    })
}

impl Told {
    /// The message (HL7 v2.5), told and happened at `at` such as `20260102030405.0006+0000`.
    #[must_use]
    pub fn message(&self, control: usize, at: &str) -> String {
        let event = &self.event;
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let (unit, before) = (text(&self.unit), text(&self.before));
        let attending = self.attending.as_ref().map_or("", PersonId::as_str);
        let patient = self.patient.as_str();
        // One number for the whole stay of a patient.
        let visit = format!("stay-{patient}");
        let ended = if event == "A03" { at } else { "" };
        let mut message = format!(
            "MSH|^~\\&|SCENARIO|GROUP|HYGIE|GROUP|{at}||ADT^{event}|{control}|P|2.5|||||FRA|UNICODE UTF-8\r\
             EVN||{at}||||{at}\r\
             PID|||{patient}^^^GROUP^PI\r"
        );
        if let Some(merged) = &self.merged {
            message.push_str(&format!("MRG|{merged}^^^GROUP^PI\r"));
        } else {
            let begun = if matches!(event.as_str(), "A01" | "A04") {
                at
            } else {
                ""
            };
            message.push_str(&format!(
                "PV1||I|{unit}|||{before}|{attending}||||||||||||{visit}^^^GROUP^VN\
                 |||||||||||||||||||||||||{begun}|{ended}\r"
            ));
        }
        message
    }
}

fn wrong(what: &str) -> DemoError {
    DemoError::Scenario {
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests;
