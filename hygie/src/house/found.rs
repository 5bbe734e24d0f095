//! Incidents as pages and commands show them, and as the door asks for the risk of persons.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLockReadGuard};

use event::{Entity, EntityKind, PersonId, Timestamp};
use gateway::Suspicion;
use page::FoundIncident;
use watch::incident::{Incident, Incidents};

use super::alerts::{Alerts, devices};
use super::findings::SharedIncidents;

/// Incidents that a page lists; the gravest and newest come first.
const LISTED_MAX: usize = 50;

/// Of one incident, whom it is about and what was found that are listed.
const NAMED_MAX: usize = 6;

/// The digits of a pseudonym that are shown: enough to tell two patients apart.
const PSEUDONYM_DIGITS: usize = 8;

/// What rules are called, by their ids.
pub(crate) type Titles = BTreeMap<String, String>;

/// The risk of persons, as the door asks for it. What a start has not folded yet is not in it: care
/// does not wait for it.
#[derive(Debug)]
pub(super) struct FoundRisk(pub(super) SharedIncidents);

/// From which risk on an account counts as being at risk, in thousandths of a point: a critical
/// finding adds 100 points, a high one 60, and a day halves them.
const AT_RISK: u64 = 90_000;

impl Suspicion for FoundRisk {
    fn is_at_risk(&self, person: &PersonId, at: Timestamp) -> bool {
        let at_us = i64::try_from(at.as_us()).unwrap_or(i64::MAX);
        let entity = Entity::person(person.as_str());
        let incidents = self.0.read().unwrap_or_else(PoisonError::into_inner);
        incidents.risks().of(&entity, at_us) >= AT_RISK
    }
}

/// What pages show of incidents.
#[derive(Debug)]
pub(super) struct FoundIncidents {
    pub(super) incidents: SharedIncidents,
    pub(super) titles: Titles,
    pub(super) alerts: Alerts,
}

impl FoundIncidents {
    /// The open incidents, with who answers for their devices now.
    pub(super) fn all(&self, now: Timestamp) -> Vec<FoundIncident> {
        let mut listed: Vec<_> = {
            let incidents = self.read();
            let open = incidents.open_incidents().into_iter().take(LISTED_MAX);
            open.map(|it| self.listed(it, about(it))).collect()
        };
        self.alerts.fill(&mut listed, None, now);
        listed.into_iter().map(|(incident, _)| incident).collect()
    }

    /// Those about devices that a person answers for now. Of devices that they do not answer for,
    /// and of persons and patients, nothing is told them.
    pub(super) fn of(&self, person: &PersonId, now: Timestamp) -> Vec<FoundIncident> {
        if !self.alerts.may_tell(person) {
            return Vec::new();
        }
        let mut listed: Vec<_> = {
            let incidents = self.read();
            let open = incidents.open_incidents().into_iter();
            let about_devices = open.filter(|it| devices(it).next().is_some());
            let listed = about_devices.map(|it| self.listed(it, Vec::new()));
            listed.collect()
        };
        self.alerts.fill(&mut listed, Some(person), now);
        let listed = listed.into_iter().map(|(incident, _)| incident);
        listed.filter(|it| !it.alerted.is_empty()).collect()
    }

    /// Held no longer than rows are made: whoever decides reads risk behind the same lock.
    fn read(&self) -> RwLockReadGuard<'_, Incidents> {
        let incidents = self.incidents.read();
        incidents.unwrap_or_else(PoisonError::into_inner)
    }

    /// An incident as a page lists it, and the devices that it names.
    fn listed(&self, incident: &Incident, about: Vec<String>) -> (FoundIncident, Vec<String>) {
        let row = FoundIncident {
            number: incident.id,
            level: incident.level.name(),
            about,
            found: found(incident, &self.titles),
            alerted: Vec::new(),
            last: instant(incident.last_us),
        };
        (row, devices(incident).map(str::to_owned).collect())
    }
}

/// Whom an incident is about, with how many more there are.
pub(crate) fn about(incident: &Incident) -> Vec<String> {
    let named = incident.entities.iter().filter(|entity| is_named(entity));
    let mut about: Vec<String> = named.clone().take(NAMED_MAX).map(shown).collect();
    about.extend(more(named.count()));
    about
}

/// What was found, by its title where there is one, with how often.
pub(crate) fn found(incident: &Incident, titles: &Titles) -> Vec<String> {
    let few = incident.findings.iter().take(NAMED_MAX);
    let mut found: Vec<String> = few
        .map(|(id, count)| {
            let title = titles.get(id).unwrap_or(id);
            match count {
                1 => title.clone(),
                count => format!("{title} ×{count}"),
            }
        })
        .collect();
    found.extend(more(incident.findings.len()));
    found
}

fn more(count: usize) -> Option<String> {
    let unnamed = count.saturating_sub(NAMED_MAX);
    (unnamed > 0).then(|| format!("+{unnamed}"))
}

/// Whether an entity is more than the place of what has no place.
pub(crate) fn is_named(entity: &Entity) -> bool {
    entity.id != "-"
}

/// An entity as `person:dr-ada`. What a stranger's log says of a name never steers a terminal.
pub(crate) fn shown(entity: &Entity) -> String {
    let id: String = match entity.kind {
        EntityKind::Patient => entity.id.chars().take(PSEUDONYM_DIGITS).collect(),
        _ => entity.id.escape_debug().to_string(),
    };
    format!("{}:{id}", entity.kind.name())
}

/// An instant before 1970 is that of 1970.
pub(crate) fn instant(us: i64) -> Timestamp {
    Timestamp::from_us(u64::try_from(us).unwrap_or(0))
}
