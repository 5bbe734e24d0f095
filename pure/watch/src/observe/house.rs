//! What the house itself did: records that were opened, and its events as lines for Sigma rules.

use event::{Access, Actor, Event, GlassDeclared, Outcome, Rejected};
use serde::Serialize;

use super::places::Places;
use crate::analytics::Observed;
use crate::analytics::first_seen::Sighting;
use crate::analytics::input::{CareRelation, Place, RecordAccess};
use crate::finding::{Entity, EntityKind};

/// The rules about the house that come with the program: file and text.
pub const HOUSE_RULES: [(&str, &str); 5] = [
    (
        "rules/hygie/break_glass_burst.yml",
        include_str!("../../../../rules/hygie/break_glass_burst.yml"),
    ),
    (
        "rules/hygie/many_patients.yml",
        include_str!("../../../../rules/hygie/many_patients.yml"),
    ),
    (
        "rules/hygie/refusals_burst.yml",
        include_str!("../../../../rules/hygie/refusals_burst.yml"),
    ),
    (
        "rules/hygie/refused_then_broken.yml",
        include_str!("../../../../rules/hygie/refused_then_broken.yml"),
    ),
    (
        "rules/hygie/rejected_burst.yml",
        include_str!("../../../../rules/hygie/rejected_burst.yml"),
    ),
];

/// Patients that one finding names; how many there were is a fact.
const PATIENTS_MAX: usize = 8;

/// Reasons of a permit that stand for a team that treats the patient.
const TREATING: [&str; 3] = ["care-team", "consent", "emergency-call"];

/// Reasons of a permit that stand for the unit in which the patient is.
const UNIT: [&str; 2] = ["current-encounter", "supervised"];

pub(super) fn observed(event: &Event, position: u64, at_us: i64, places: &Places) -> Vec<Observed> {
    let Event::Access(access) = event else {
        return Vec::new();
    };
    if access.outcome != Outcome::Permit {
        return Vec::new();
    }
    let person = access.actor.person.as_str();
    let own = access.actor.establishments.first();
    let address = access.actor.ip.to_canonical().to_string();
    let place = Place {
        at_us,
        position,
        establishment: own.map_or_else(
            || places.establishment(&address).to_owned(),
            |own| own.as_str().to_owned(),
        ),
    };
    let relation = relation(access);
    let mut observed = vec![Observed::Sighting(Sighting {
        place: place.clone(),
        kind: "account".to_owned(),
        subject: person.to_owned(),
        entity: EntityKind::Person,
    })];
    observed.extend(access.disclosed.patients.iter().map(|patient| {
        Observed::Access(RecordAccess {
            place: place.clone(),
            person: person.to_owned(),
            patient: patient.pseudonym.as_str().to_owned(),
            relation,
        })
    }));
    observed
}

/// Whom an event concerns, for findings about it.
pub(crate) fn entities(event: &Event) -> Vec<Entity> {
    let of_actor = |actor: &Actor| {
        let address = actor.ip.to_canonical().to_string();
        vec![
            Entity::person(actor.person.as_str()),
            Entity::device(&address),
        ]
    };
    match event {
        Event::Access(access) => {
            let mut entities = of_actor(&access.actor);
            let asked = access.asked.target.patient.iter();
            let patients = asked.chain(&access.disclosed.patients).take(PATIENTS_MAX);
            for patient in patients {
                let patient = Entity::patient(patient.pseudonym.as_str());
                if !entities.contains(&patient) {
                    entities.push(patient);
                }
            }
            let establishments = access.actor.establishments.iter();
            entities.extend(establishments.map(|it| Entity::establishment(it.as_str())));
            entities
        }
        Event::GlassDeclared(glass) => {
            let mut entities = of_actor(&glass.actor);
            entities.push(Entity::patient(glass.patient.pseudonym.as_str()));
            let establishments = glass.actor.establishments.iter();
            entities.extend(establishments.map(|it| Entity::establishment(it.as_str())));
            entities
        }
        Event::Rejected(rejected) => {
            vec![Entity::device(&rejected.ip.to_canonical().to_string())]
        }
        _ => Vec::new(),
    }
}

fn relation(access: &Access) -> CareRelation {
    let is_of = |reasons: &[&str]| {
        let mut own = access.reasons.iter();
        own.any(|reason| reasons.contains(&reason.as_str()))
    };
    if access.glass.is_some() || is_of(&["break-glass"]) {
        CareRelation::BreakGlass
    } else if is_of(&TREATING) {
        CareRelation::Treating
    } else if is_of(&UNIT) {
        CareRelation::Unit
    } else {
        CareRelation::None
    }
}

/// An event of the house as rules of `product: hygie` see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseLine {
    /// The way to its log source: `hygie.access`.
    pub hint: &'static str,
    /// One JSON object on one line; patients by pseudonym alone.
    pub json: Vec<u8>,
}

/// The line of an event, for those that rules can ask about.
#[must_use]
pub fn house_line(event: &Event) -> Option<HouseLine> {
    let (hint, line) = match event {
        Event::Access(access) => ("hygie.access", of_access(access)),
        Event::Rejected(rejected) => ("hygie.rejected", of_rejected(rejected)),
        Event::GlassDeclared(glass) => ("hygie.glass", of_glass(glass)),
        _ => return None,
    };
    let json = serde_json::to_vec(&line).ok()?;
    Some(HouseLine { hint, json })
}

/// Every member that a line can have; those that are nothing are left out.
#[derive(Debug, Default, Serialize)]
struct Line<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profession: Option<&'e str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    establishment: Vec<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'e str>,
    ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'e str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reason: Vec<&'e str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    patient: Vec<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patients: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withheld: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    glass: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

fn of_actor(actor: &Actor) -> Line<'_> {
    Line {
        person: Some(actor.person.as_str()),
        profession: actor.profession.as_deref(),
        establishment: actor.establishments.iter().map(|it| it.as_str()).collect(),
        session: Some(actor.session.as_str()),
        ip: actor.ip.to_canonical().to_string(),
        ..Line::default()
    }
}

fn of_access(access: &Access) -> Line<'_> {
    let asked = access.asked.target.patient.as_ref();
    let disclosed = &access.disclosed.patients;
    let mut patient: Vec<&str> = disclosed.iter().map(|it| it.pseudonym.as_str()).collect();
    if let Some(asked) = asked.map(|asked| asked.pseudonym.as_str())
        && !patient.contains(&asked)
    {
        patient.insert(0, asked);
    }
    Line {
        service: Some(access.asked.service.as_str()),
        action: Some(&access.asked.action),
        purpose: Some(access.asked.purpose.code()),
        resource_type: access.asked.target.resource_type.as_deref(),
        outcome: Some(access.outcome.code()),
        reason: access.reasons.iter().map(String::as_str).collect(),
        patient,
        patients: Some(disclosed.len()),
        resources: Some(access.disclosed.resources),
        withheld: Some(access.disclosed.withheld),
        glass: access.glass.as_ref().map(|glass| glass.as_str()),
        status: Some(access.status),
        ..of_actor(&access.actor)
    }
}

fn of_rejected(rejected: &Rejected) -> Line<'_> {
    Line {
        ip: rejected.ip.to_canonical().to_string(),
        reason: vec![&rejected.reason],
        status: Some(rejected.status),
        ..Line::default()
    }
}

fn of_glass(glass: &GlassDeclared) -> Line<'_> {
    Line {
        reason: vec![glass.reason.code()],
        patient: vec![glass.patient.pseudonym.as_str()],
        glass: Some(glass.glass.as_str()),
        mode: Some(glass.mode.code()),
        ..of_actor(&glass.actor)
    }
}
