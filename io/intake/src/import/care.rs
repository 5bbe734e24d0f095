//! FHIR resources as changes of care.

use event::{
    CareChange, CareKey, EpisodeReport, EpisodeState, EpisodeStep, EstablishmentId, Member,
    MemberPeriod, PatientId, PersonId, PostPlace, PostReport, StaffReport, Timestamp, UnitId,
    UnitPeriod,
};
use hospital::SharedDirectory;
use wire::fhir::care::{
    self, CareKind, CareStatement, Participant, Period, Place, Standing, Unread, Who,
};

use super::{BadLine, Context, Imported};
use crate::limits::{APPOINTMENT_AFTER, APPOINTMENT_BEFORE, BAD_LINES_MAX, ORDER_OPEN_MAX};

/// The role of somebody of whom none is told.
const NO_ROLE: &str = "member";

/// Checks a file without using it: how many of its entries tell about care, and the bad ones.
#[must_use]
pub fn check_care(bytes: &[u8]) -> (usize, Imported) {
    let (statements, imported) = statements(bytes);
    (statements.len(), imported)
}

/// Reads a file: roles first, for teams name them.
pub(super) fn read(bytes: &[u8], context: Context<'_>, directory: &SharedDirectory) -> Imported {
    let (mut statements, mut imported) = statements(bytes);
    statements.sort_by_key(|(_, statement)| statement.kind);
    for (line, statement) in statements {
        let reader = Reader {
            context,
            directory,
            told: told(&statement, context.now),
        };
        match reader.change(&statement) {
            Ok(change) => imported.changes.push(change),
            Err(what) if imported.bad.len() < BAD_LINES_MAX => imported.bad.push(BadLine {
                line,
                column: "",
                what,
            }),
            Err(_) => {}
        }
    }
    imported
}

/// The statements of a file, each with its line or its place in the bundle.
fn statements(bytes: &[u8]) -> (Vec<(usize, CareStatement)>, Imported) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut all = Vec::new();
    let mut imported = Imported::default();
    let bad = |imported: &mut Imported, line, unread: Unread| {
        if imported.bad.len() < BAD_LINES_MAX {
            imported.bad.push(BadLine {
                line,
                column: "",
                what: unread.code(),
            });
        }
    };
    // One document, or one in each line.
    let whole = care::resources(bytes).map(|resources| (1..).zip(resources).collect::<Vec<_>>());
    let parts = match whole {
        Ok(parts) => parts,
        Err(Unread::TooMany) => {
            bad(&mut imported, 1, Unread::TooMany);
            return (all, imported);
        }
        Err(_) => {
            let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
            let full = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
            full.collect()
        }
    };
    for (line, part) in parts {
        match care::read(part) {
            Ok(Some(statement)) => all.push((line, statement)),
            Ok(None) => imported.passed_over += 1,
            Err(unread) => bad(&mut imported, line, unread),
        }
    }
    (all, imported)
}

/// When a version was told: never later than now.
fn told(statement: &CareStatement, now: Timestamp) -> Timestamp {
    let updated = statement.updated_us.map(Timestamp::from_us);
    updated.map_or(now, |updated| updated.min(now))
}

/// Reads one statement.
struct Reader<'a> {
    context: Context<'a>,
    directory: &'a SharedDirectory,
    told: Timestamp,
}

impl Reader<'_> {
    fn change(&self, it: &CareStatement) -> Result<CareChange<PatientId>, &'static str> {
        if it.kind == CareKind::PractitionerRole {
            return self.post(it).map(CareChange::Staff);
        }
        let patient = it.patient.as_deref().and_then(|id| PatientId::new(id).ok());
        let patient = patient.ok_or(Unread::Patient.code())?;
        let name = format!("{}|{}", it.kind.name(), it.id);
        Ok(CareChange::Episode(EpisodeReport {
            told: self.told,
            step: EpisodeStep::Whole(self.state(it)),
            at: self.told,
            movement: None,
            units: Vec::new(),
            attending: Vec::new(),
            began: None,
            prior: Vec::new(),
            patient,
            episode: self.context.sealer.care_key("resource", &name),
        }))
    }

    fn state(&self, it: &CareStatement) -> EpisodeState {
        let mut state = EpisodeState {
            kind: kind_of(it.kind).to_owned(),
            void: it.standing == Standing::Void,
            stays: Vec::new(),
            members: Vec::new(),
        };
        if !matches!(it.standing, Standing::Active | Standing::Ended) {
            return state;
        }
        let whole = self.whole(it);
        for place in &it.places {
            state.stays.extend(self.stay(place, whole));
        }
        for participant in &it.participants {
            state.members.extend(self.member(participant, whole));
        }
        state
    }

    /// The period of the whole, with the margins that care needs around it.
    fn whole(&self, it: &CareStatement) -> (Timestamp, Option<Timestamp>) {
        let from = it.period.from_us.map_or(self.told, Timestamp::from_us);
        let until = it.period.until_us.map(Timestamp::from_us);
        match it.kind {
            CareKind::Appointment => {
                let before = u64::try_from(APPOINTMENT_BEFORE.as_micros()).unwrap_or(0);
                let end = until.unwrap_or(from);
                let from = Timestamp::from_us(from.as_us().saturating_sub(before));
                (from, Some(end.after(APPOINTMENT_AFTER)))
            }
            CareKind::ServiceRequest => {
                let last = until.unwrap_or(from).max(from).after(ORDER_OPEN_MAX);
                let is_open = it.standing == Standing::Active;
                (from, Some(if is_open { last } else { last.min(self.told) }))
            }
            // What has ended has ended, whatever end was planned.
            _ if it.standing == Standing::Ended => (
                from,
                Some(until.map_or(self.told, |until| until.min(self.told))),
            ),
            _ => (from, until),
        }
    }

    fn stay(&self, place: &Place, whole: (Timestamp, Option<Timestamp>)) -> Option<UnitPeriod> {
        let (from, until) = within(place.period, whole)?;
        Some(UnitPeriod {
            unit: UnitId::new(&place.id).ok()?,
            from,
            until,
        })
    }

    fn member(
        &self,
        it: &Participant,
        whole: (Timestamp, Option<Timestamp>),
    ) -> Option<MemberPeriod> {
        let (from, until) = within(it.period, whole)?;
        let who = match &it.who {
            Who::Practitioner(id) | Who::Identifier(id) => Member::Person(PersonId::new(id).ok()?),
            Who::PractitionerRole(id) => Member::Post(self.role_key(id)),
        };
        let role = it.role.clone().unwrap_or_else(|| NO_ROLE.to_owned());
        Some(MemberPeriod {
            who,
            role,
            from,
            until,
        })
    }

    fn role_key(&self, id: &str) -> CareKey {
        let name = format!("PractitionerRole|{id}");
        self.context.sealer.care_key("post", &name)
    }

    /// A role is a post in the first of its places that is a unit, else in its establishment.
    fn post(&self, it: &CareStatement) -> Result<StaffReport, &'static str> {
        let who = it.participants.first().map(|it| &it.who);
        let (Some(Who::Practitioner(id)) | Some(Who::Identifier(id))) = who else {
            return Err("practitioner-unknown");
        };
        let person = PersonId::new(id).map_err(|_| "identifier-malformed")?;
        let (from, until) = self.whole(it);
        let (establishment, unit) = self.place_of(it).ok_or("unit-unknown")?;
        let is_empty = until.is_some_and(|until| until <= from);
        Ok(StaffReport {
            person,
            told: self.told,
            name: None,
            profession: None,
            roles: None,
            post: Some(PostReport {
                key: self.role_key(&it.id),
                place: (!is_empty).then_some(PostPlace {
                    establishment,
                    unit,
                    from,
                    until,
                }),
            }),
        })
    }

    fn place_of(&self, it: &CareStatement) -> Option<(EstablishmentId, Option<UnitId>)> {
        let places = it.places.iter().map(|place| &place.id);
        let units = places.chain(&it.organization);
        let mut units = units.filter_map(|id| UnitId::new(id).ok());
        let unit = units.find_map(|unit| {
            let directory = self.directory.read();
            let establishment = directory.establishment_of(&unit)?.clone();
            Some((establishment, Some(unit)))
        });
        unit.or_else(|| {
            let id = it.organization.as_deref()?;
            let directory = self.directory.read();
            let mut all = directory.establishments().iter();
            let known = all.find(|known| known.id.as_str() == id)?;
            Some((known.id.clone(), None))
        })
    }
}

fn kind_of(kind: CareKind) -> &'static str {
    match kind {
        CareKind::Appointment => "appointment",
        CareKind::CareTeam => "care-team",
        CareKind::Encounter => "encounter",
        CareKind::PractitionerRole => "post",
        CareKind::ServiceRequest => "service-request",
    }
}

/// The period of a part inside that of the whole; nothing when there is none.
fn within(
    part: Period,
    (from, until): (Timestamp, Option<Timestamp>),
) -> Option<(Timestamp, Option<Timestamp>)> {
    let begins = part.from_us.map_or(from, Timestamp::from_us);
    let ends = match (part.until_us.map(Timestamp::from_us), until) {
        (Some(ends), Some(until)) => Some(ends.min(until)),
        (ends, until) => ends.or(until),
    };
    ends.is_none_or(|ends| begins < ends)
        .then_some((begins, ends))
}

#[cfg(test)]
mod tests;
