//! The parts that several resources share, as FHIR writes them: only what is needed is named, and
//! everything else is passed over.

use serde::Deserialize;

use super::{Participant, Period, Place, Unread, Who, time};
use crate::fhir::Id;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta {
    pub(super) last_updated: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Reference {
    reference: Option<String>,
    identifier: Option<Identifier>,
    #[serde(rename = "type")]
    target: Option<String>,
}

#[derive(Deserialize)]
struct Identifier {
    value: Option<String>,
}

#[derive(Deserialize, Default)]
pub(super) struct WrittenPeriod {
    start: Option<String>,
    end: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Concept {
    #[serde(default)]
    coding: Vec<Coding>,
}

#[derive(Deserialize)]
struct Coding {
    code: Option<String>,
}

impl Reference {
    /// The type and the logical id that it points at, on whatever server.
    fn points_at(&self) -> Option<(&str, &str)> {
        let text = self.reference.as_deref()?;
        let text = text.split_once("/_history/").map_or(text, |(it, _)| it);
        let mut tail = text.rsplitn(3, '/');
        let (id, kind) = (tail.next()?, tail.next()?);
        Id::is_valid(id).then_some((kind, id))
    }

    /// The logical id, if it points at one of these types.
    pub(super) fn id_of(&self, kinds: &[&str]) -> Option<&str> {
        let (kind, id) = self.points_at()?;
        kinds.contains(&kind).then_some(id)
    }

    /// Somebody of the staff; nothing for patients, relatives, devices and places.
    pub(super) fn who(&self) -> Option<Who> {
        match self.points_at() {
            Some(("Practitioner", id)) => Some(Who::Practitioner(id.to_owned())),
            Some(("PractitionerRole", id)) => Some(Who::PractitionerRole(id.to_owned())),
            Some(_) => None,
            None => {
                // Without a type an identifier may be that of a patient.
                let is_staff = self.target.as_deref() == Some("Practitioner");
                let value = self.identifier.as_ref()?.value.as_ref()?;
                is_staff.then(|| Who::Identifier(value.clone()))
            }
        }
    }

    /// A place or organisation.
    pub(super) fn place(&self, period: Period) -> Option<Place> {
        let id = self.id_of(&["Location", "HealthcareService", "Organization"])?;
        Some(Place {
            id: id.to_owned(),
            period,
        })
    }

    /// Somebody who takes part, with their role.
    pub(super) fn participant(&self, role: &[Concept], period: Period) -> Option<Participant> {
        Some(Participant {
            who: self.who()?,
            role: role.iter().find_map(Concept::code).map(str::to_owned),
            period,
        })
    }
}

impl WrittenPeriod {
    pub(super) fn read(&self) -> Result<Period, Unread> {
        time::period(self.start.as_deref(), self.end.as_deref())
    }
}

impl Concept {
    fn code(&self) -> Option<&str> {
        self.coding.iter().find_map(|coding| coding.code.as_deref())
    }
}

/// The period of a part that may have none.
pub(super) fn period_of(written: Option<&WrittenPeriod>) -> Result<Period, Unread> {
    written.map_or(Ok(Period::default()), WrittenPeriod::read)
}

pub(super) fn updated(meta: Option<&Meta>) -> Result<Option<u64>, Unread> {
    let written = meta.and_then(|meta| meta.last_updated.as_deref());
    written.map(time::begin_us).transpose()
}
