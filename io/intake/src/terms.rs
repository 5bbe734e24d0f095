//! How the names of a sender become the names of the house.

use std::collections::BTreeMap;

use event::{InvalidId, PatientId, PersonId, ServiceId, UnitId};
use jiff::tz::TimeZone;
use wire::hl7v2::Identifier;

/// What is agreed with the sender of a feed.
#[derive(Debug, Clone)]
pub struct FeedTerms {
    /// The feed, as evidence names it.
    pub name: ServiceId,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// Whose messages are taken; the first that fits counts.
    pub senders: Vec<SenderTerms>,
}

/// What is agreed with one sending application or facility.
#[derive(Debug, Clone, Default)]
pub struct SenderTerms {
    /// The sending application (MSH-3); any without it.
    pub application: Option<String>,
    /// The sending facility (MSH-4); any without it.
    pub facility: Option<String>,
    /// Who gives the identifier under which the record knows a patient: the name or the OID of the
    /// assigning authority in PID-3. Without it the identifier of kind `PI` counts.
    pub patient_authority: Option<String>,
    /// What stands before that identifier in the logical id of the FHIR `Patient`.
    pub patient_prefix: String,
    /// Who gives the identifier under which the directory knows a practitioner (XCN-9); any
    /// without it.
    pub person_authority: Option<String>,
    /// What stands before it in the identity of the person.
    pub person_prefix: String,
    /// What stands before the name of a unit in its identity.
    pub unit_prefix: String,
    /// Units that have quite another identity here.
    pub units: BTreeMap<String, UnitId>,
}

impl FeedTerms {
    /// What is agreed with a sender.
    pub(crate) fn of(&self, sender: &(Option<String>, Option<String>)) -> Option<&SenderTerms> {
        let fits = |wanted: &Option<String>, got: &Option<String>| {
            wanted.is_none() || wanted.as_deref() == got.as_deref()
        };
        let mut senders = self.senders.iter();
        senders.find(|it| fits(&it.application, &sender.0) && fits(&it.facility, &sender.1))
    }
}

impl SenderTerms {
    /// The patients that a list of identifiers names, by the authority that counts.
    pub(crate) fn patients(&self, all: &[Identifier]) -> Result<Vec<PatientId>, InvalidId> {
        let counts = |it: &&Identifier| match &self.patient_authority {
            Some(authority) => is_of(it, authority),
            None => it.kind.as_deref() == Some("PI"),
        };
        let mut counting: Vec<&Identifier> = all.iter().filter(counts).collect();
        if counting.is_empty() && self.patient_authority.is_none() {
            // Small systems give no kinds: then one identifier alone is meant.
            counting.extend(all.iter().filter(|it| it.kind.is_none()).take(1));
        }
        let ids = counting.into_iter();
        ids.map(|it| PatientId::new(&format!("{}{}", self.patient_prefix, it.value)))
            .collect()
    }

    /// The people whom a list names; a name that cannot be one of the house is passed over.
    pub(crate) fn people(&self, all: &[Identifier]) -> Vec<PersonId> {
        let counts = |it: &&Identifier| {
            let authority = self.person_authority.as_ref();
            authority.is_none_or(|authority| is_of(it, authority))
        };
        let mut people: Vec<PersonId> = Vec::new();
        for it in all.iter().filter(counts) {
            if let Ok(person) = PersonId::new(&format!("{}{}", self.person_prefix, it.value))
                && !people.contains(&person)
            {
                people.push(person);
            }
        }
        people
    }

    /// The unit of a name; nothing for one that cannot be a unit of the house.
    pub(crate) fn unit(&self, name: &str) -> Option<UnitId> {
        let known = self.units.get(name).cloned();
        known.or_else(|| UnitId::new(&format!("{}{name}", self.unit_prefix)).ok())
    }
}

fn is_of(identifier: &Identifier, authority: &str) -> bool {
    let by_name = identifier.authority.as_deref() == Some(authority);
    by_name || identifier.authority_id.as_deref() == Some(authority)
}
