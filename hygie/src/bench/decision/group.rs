//! A group of the size of the largest, and questions about it: the same ones at every run.

use event::{Confidentiality, EstablishmentId, PatientId, PersonId, Purpose, Timestamp, UnitId};
use hospital::{
    CareTeam, CareTeamMember, DirectoryDocument, Encounter, EncounterStatus, Establishment,
    Patient, Person, Post, Unit,
};
use policy::{Action, Question, Target};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::BenchError;

/// Members of each patient's care team; with the encounter, the care relations of each patient.
const TEAM: usize = 4;
/// Care relations of each patient.
pub(super) const RELATIONS_PER_PATIENT: usize = TEAM + 1;

const ESTABLISHMENTS: usize = 20;
const UNITS: usize = 2_000;
/// 2026-03-02T10:00:00Z, when every question is asked.
const AT_S: u64 = 1_772_445_600;
/// When every post and every care relation began: sixty days before.
const SINCE_S: u64 = AT_S - 60 * 24 * 60 * 60;

/// Who works in a unit, in turn.
const PROFESSIONS: [&str; 10] = [
    "physician",
    "nurse",
    "nurse",
    "nursing-assistant",
    "physician",
    "nurse",
    "clerk",
    "midwife",
    "pharmacist",
    "student",
];
const RESOURCE_TYPES: [&str; 6] = [
    "Patient",
    "Observation",
    "Encounter",
    "Condition",
    "MedicationRequest",
    "DiagnosticReport",
];

/// How large the group is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) persons: usize,
    pub(super) patients: usize,
}

/// One question, kept with what it borrows.
#[derive(Debug)]
pub(super) struct Asked {
    person: PersonId,
    patient: PatientId,
    action: Action,
    resource_type: &'static str,
    confidentiality: Confidentiality,
    purpose: Purpose,
}

impl Asked {
    pub(super) fn question<'a>(&'a self, session: &'a event::SessionId) -> Question<'a> {
        Question {
            person: &self.person,
            session,
            action: self.action,
            target: Target::Record {
                patient: &self.patient,
                resource_type: self.resource_type,
                confidentiality: self.confidentiality,
            },
            purpose: self.purpose,
            at: Timestamp::from_s(AT_S),
            at_risk: false,
            glass: None,
        }
    }
}

/// The directory of the group: every unit has its staff, and its patients are theirs.
pub(super) fn document(size: Size) -> Result<DirectoryDocument, BenchError> {
    let mut document = DirectoryDocument {
        establishments: (0..ESTABLISHMENTS)
            .map(establishment)
            .collect::<Result<_, _>>()?,
        ..DirectoryDocument::default()
    };
    document.persons = (0..size.persons).map(person).collect::<Result<_, _>>()?;
    for number in 0..size.patients {
        let unit = number % UNITS;
        document.patients.push(Patient {
            id: patient_id(number)?,
            establishments: [establishment_id(unit % ESTABLISHMENTS)?].into(),
            protected: number % 50 == 49,
        });
        document.care_teams.push(CareTeam {
            id: format!("team-{number}"),
            patient: patient_id(number)?,
            episode: None,
            members: (0..TEAM)
                .map(|place| member(team_member(number, place, size)))
                .collect::<Result<_, _>>()?,
        });
        document.encounters.push(Encounter {
            id: format!("encounter-{number}"),
            patient: patient_id(number)?,
            unit: unit_id(unit)?,
            status: EncounterStatus::InProgress,
            from: Timestamp::from_s(SINCE_S),
            until: None,
        });
    }
    Ok(document)
}

/// Questions of an ordinary day: most by who treats the patient, some by the ward, some by others.
pub(super) fn questions(size: Size, count: usize) -> Result<Vec<Asked>, BenchError> {
    let mut chance = ChaCha8Rng::seed_from_u64(1);
    (0..count).map(|_| ask(&mut chance, size)).collect()
}

fn ask(chance: &mut ChaCha8Rng, size: Size) -> Result<Asked, BenchError> {
    let patient = below(chance, size.patients);
    let person = match below(chance, 10) {
        0..6 => team_member(patient, below(chance, TEAM), size),
        6 | 7 => colleague(patient % UNITS, below(chance, size.persons), size),
        _ => below(chance, size.persons),
    };
    Ok(Asked {
        person: person_id(person)?,
        patient: patient_id(patient)?,
        action: match below(chance, 20) {
            0 => Action::Everything,
            1..5 => Action::Search,
            _ => Action::Read,
        },
        resource_type: pick(chance, &RESOURCE_TYPES).unwrap_or_default(),
        confidentiality: match below(chance, 50) {
            0 => Confidentiality::VeryRestricted,
            1..6 => Confidentiality::Restricted,
            _ => Confidentiality::Normal,
        },
        purpose: if below(chance, 20) == 0 {
            Purpose::Hpaymt
        } else {
            Purpose::Treat
        },
    })
}

/// A number below `end`; 0 when `end` is 0.
fn below(chance: &mut ChaCha8Rng, end: usize) -> usize {
    let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
    usize::try_from(chance.next_u64() % end).unwrap_or_default()
}

fn pick<T: Copy>(chance: &mut ChaCha8Rng, choices: &[T]) -> Option<T> {
    choices.get(below(chance, choices.len())).copied()
}

/// Somebody of a unit: its staff are the persons whose number leaves its own by [`UNITS`].
fn colleague(unit: usize, any: usize, size: Size) -> usize {
    let staff = size.persons.saturating_sub(unit).div_ceil(UNITS).max(1);
    unit.saturating_add((any % staff).saturating_mul(UNITS))
        .min(size.persons.saturating_sub(1))
}

/// The member at a place of a patient's team, by number.
fn team_member(patient: usize, place: usize, size: Size) -> usize {
    // Seven and thirty, the staff of a unit at full size, share no divisor: no member comes twice.
    let any = (patient / UNITS).saturating_add(place.saturating_mul(7));
    colleague(patient % UNITS, any, size)
}

fn establishment(number: usize) -> Result<Establishment, BenchError> {
    let units = (number..UNITS).step_by(ESTABLISHMENTS);
    let unit = |unit| {
        Ok(Unit {
            id: unit_id(unit)?,
            name: format!("Unit {unit}"),
        })
    };
    Ok(Establishment {
        id: establishment_id(number)?,
        name: format!("Establishment {number}"),
        units: units.map(unit).collect::<Result<_, BenchError>>()?,
    })
}

fn person(number: usize) -> Result<Person, BenchError> {
    let unit = number % UNITS;
    let profession = PROFESSIONS.get(number / UNITS % PROFESSIONS.len()).copied();
    Ok(Person {
        id: person_id(number)?,
        name: format!("Person {number}"),
        profession: profession.unwrap_or_default().to_owned(),
        roles: Default::default(),
        posts: vec![Post {
            establishment: establishment_id(unit % ESTABLISHMENTS)?,
            unit: Some(unit_id(unit)?),
            from: Timestamp::from_s(SINCE_S),
            until: None,
        }],
        own_record: None,
    })
}

fn member(number: usize) -> Result<CareTeamMember, BenchError> {
    Ok(CareTeamMember {
        person: person_id(number)?,
        role: "member".to_owned(),
        from: Timestamp::from_s(SINCE_S),
        until: None,
    })
}

fn establishment_id(number: usize) -> Result<EstablishmentId, BenchError> {
    EstablishmentId::new(&format!("est-{number:02}")).map_err(invalid)
}

fn unit_id(number: usize) -> Result<UnitId, BenchError> {
    UnitId::new(&format!("unit-{number:04}")).map_err(invalid)
}

fn person_id(number: usize) -> Result<PersonId, BenchError> {
    PersonId::new(&format!("person-{number:06}")).map_err(invalid)
}

fn patient_id(number: usize) -> Result<PatientId, BenchError> {
    PatientId::new(&format!("patient-{number:07}")).map_err(invalid)
}

fn invalid(source: event::InvalidId) -> BenchError {
    BenchError::Identity { source }
}
