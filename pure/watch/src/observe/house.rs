//! What the house itself did: records that were opened, and its events as lines for Sigma rules.

use std::net::IpAddr;

use event::{Access, Actor, Event, GlassDeclared, Outcome, Rejected};
use serde::{Serialize, Serializer};

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

/// The members of a line in their order; those that would be nothing are left out.
#[derive(Debug, Default)]
struct Line<'e>(Vec<(&'static str, Member<'e>)>);

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Member<'e> {
    Text(&'e str),
    Texts(Vec<&'e str>),
    Address(IpAddr),
    Number(u64),
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, member)| (name, member)))
    }
}

impl<'e> Line<'e> {
    fn text(mut self, name: &'static str, text: impl Into<Option<&'e str>>) -> Self {
        let text = text.into().map(|text| (name, Member::Text(text)));
        self.0.extend(text);
        self
    }

    fn texts(mut self, name: &'static str, texts: impl IntoIterator<Item = &'e str>) -> Self {
        let texts: Vec<&str> = texts.into_iter().collect();
        if !texts.is_empty() {
            self.0.push((name, Member::Texts(texts)));
        }
        self
    }

    fn address(mut self, name: &'static str, address: IpAddr) -> Self {
        self.0.push((name, Member::Address(address.to_canonical())));
        self
    }

    fn number(mut self, name: &'static str, number: impl Into<u64>) -> Self {
        self.0.push((name, Member::Number(number.into())));
        self
    }
}

fn of_actor(actor: &Actor) -> Line<'_> {
    let establishments = actor.establishments.iter().map(|it| it.as_str());
    Line::default()
        .text("person", actor.person.as_str())
        .text("profession", actor.profession.as_deref())
        .texts("establishment", establishments)
        .text("session", actor.session.as_str())
        .address("ip", actor.ip)
}

fn of_access(access: &Access) -> Line<'_> {
    let (asked, disclosed) = (&access.asked, &access.disclosed);
    let named = disclosed.patients.iter();
    let mut patients: Vec<&str> = named.map(|it| it.pseudonym.as_str()).collect();
    if let Some(asked) = asked.target.patient.as_ref()
        && !patients.contains(&asked.pseudonym.as_str())
    {
        patients.insert(0, asked.pseudonym.as_str());
    }
    let count = u64::try_from(disclosed.patients.len()).unwrap_or(u64::MAX);
    of_actor(&access.actor)
        .text("service", asked.service.as_str())
        .text("action", asked.action.as_str())
        .text("purpose", asked.purpose.code())
        .text("resource_type", asked.target.resource_type.as_deref())
        .text("outcome", access.outcome.code())
        .texts("reason", access.reasons.iter().map(String::as_str))
        .texts("patient", patients)
        .number("patients", count)
        .number("resources", disclosed.resources)
        .number("withheld", disclosed.withheld)
        .text("glass", access.glass.as_ref().map(|glass| glass.as_str()))
        .number("status", access.status)
}

fn of_rejected(rejected: &Rejected) -> Line<'_> {
    Line::default()
        .address("ip", rejected.ip)
        .texts("reason", [rejected.reason.as_str()])
        .number("status", rejected.status)
}

fn of_glass(glass: &GlassDeclared) -> Line<'_> {
    of_actor(&glass.actor)
        .texts("reason", [glass.reason.code()])
        .texts("patient", [glass.patient.pseudonym.as_str()])
        .text("glass", glass.glass.as_str())
        .text("mode", glass.mode.code())
}
