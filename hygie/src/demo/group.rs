//! The whole group, drawn from a seed.

use std::collections::BTreeSet;
use std::time::Duration;

use event::{EstablishmentId, PatientId, PersonId, Timestamp};
use hospital::{
    CareTeam, CareTeamMember, DirectoryDocument, Encounter, EncounterStatus, Establishment,
    Patient, Unit,
};

use super::assets::assets;
use super::dice::Dice;
use super::places::{
    ESTABLISHMENTS, EstablishmentPlan, FORMER_PATIENTS, Specialty, UnitPlan, all_units,
};
use super::staff::{Name, Staff, earlier, id_of};
use super::{DemoError, air};

/// A hospital group that nobody lives in.
#[derive(Debug)]
pub struct Group {
    /// The seed it was drawn from.
    pub seed: u64,
    /// The instant that all its times stand around.
    pub at: Timestamp,
    /// Who works where and cares for whom.
    pub directory: DirectoryDocument,
    /// What the records are written from, one for each patient and in the same order.
    pub(super) cases: Vec<Case>,
}

/// A patient and why they came.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) patient: PatientId,
    pub(super) name: Name,
    pub(super) second_given: &'static str,
    pub(super) age_years: u32,
    pub(super) specialty: Specialty,
    pub(super) home: &'static EstablishmentPlan,
    pub(super) attending: PersonId,
    /// The earliest first.
    pub(super) encounters: Vec<Encounter>,
    pub(super) team: CareTeam,
}

impl Group {
    /// Draws the group of a seed as it stands at `at`; the same arguments give the same group.
    pub fn draw(seed: u64, at: Timestamp) -> Result<Self, DemoError> {
        let at = Timestamp::from_s(at.as_s());
        let staff = Staff::draw(seed, at)?;
        let mut admissions = Admissions {
            staff: &staff,
            dice: Dice::new(seed, "patients"),
            at,
            cases: Vec::new(),
        };
        for (establishment, unit) in all_units() {
            for _ in 0..unit.beds {
                admissions.admit(establishment, unit, true)?;
            }
        }
        let wards: Vec<_> = all_units().filter(|(_, unit)| unit.beds > 0).collect();
        for _ in 0..FORMER_PATIENTS {
            let ward = admissions.dice.pick_of(&wards).copied();
            let (establishment, unit) = ward.ok_or(DemoError::Absent { what: "ward" })?;
            admissions.admit(establishment, unit, false)?;
        }
        let mut cases = admissions.cases;
        let mut directory = directory(&staff, &cases)?;
        protect(&mut directory, &mut cases, &staff)?;
        air::responsibilities(&mut directory, at)?;
        Ok(Self {
            seed,
            at,
            directory,
            cases,
        })
    }
}

/// The desk that admits patients, one after the other.
struct Admissions<'a> {
    staff: &'a Staff,
    dice: Dice,
    at: Timestamp,
    cases: Vec<Case>,
}

impl Admissions<'_> {
    fn admit(
        &mut self,
        home: &'static EstablishmentPlan,
        unit: &'static UnitPlan,
        present: bool,
    ) -> Result<(), DemoError> {
        let number = self.cases.len().saturating_add(1);
        let patient: PatientId = id_of(&format!("pat-{number:04}"))?;
        let name = match unit.specialty {
            Specialty::Maternity => Name::draw_as(&mut self.dice, true),
            _ => Name::draw(&mut self.dice),
        };
        let second_given = Name::draw_as(&mut self.dice, name.female).given;
        let (youngest, oldest) = ages(unit.specialty);
        let age_years = self.dice.between(youngest, oldest);
        let encounters = self.encounters(&patient, unit, present)?;
        let attending = self.colleague(unit, &["physician", "midwife"])?;
        let since = encounters
            .last()
            .map_or(self.at, |encounter| encounter.from);
        let team = self.care_team(&patient, unit, &attending, since)?;
        self.cases.push(Case {
            patient,
            name,
            second_given,
            age_years,
            specialty: unit.specialty,
            home,
            attending,
            encounters,
            team,
        });
        Ok(())
    }

    /// One or two encounters; the last is under way when the patient is present.
    fn encounters(
        &mut self,
        patient: &PatientId,
        unit: &UnitPlan,
        present: bool,
    ) -> Result<Vec<Encounter>, DemoError> {
        let mut encounters = Vec::new();
        if !present || self.dice.chance(40) {
            let wards: Vec<_> = all_units()
                .filter(|(_, it)| it.beds > 0 && it.specialty == unit.specialty)
                .collect();
            let before = match self.dice.pick_of(&wards) {
                Some((_, ward)) if present => ward,
                Some(_) | None => unit,
            };
            let days_ago = self.dice.between(40, 700);
            let from = earlier(self.at, days_ago, self.dice.below(24));
            let stay_hours = match before.specialty {
                Specialty::Emergency => self.dice.between(3, 11),
                _ => self.dice.between(40, 300),
            };
            let until = from.after(Duration::from_secs(u64::from(stay_hours) * 3600));
            encounters.push(Encounter {
                id: format!("enc-{}-1", patient.as_str()),
                patient: patient.clone(),
                unit: id_of(before.id)?,
                status: EncounterStatus::Finished,
                from,
                until: Some(until),
            });
        }
        if present {
            let (from, status) = match unit.specialty {
                Specialty::Emergency => {
                    let came = earlier(self.at, 0, self.dice.between(1, 8));
                    (came, self.dice.pick_of(EMERGENCY_STATUS).copied())
                }
                _ => (
                    earlier(self.at, self.dice.between(1, 9), self.dice.below(24)),
                    None,
                ),
            };
            encounters.push(Encounter {
                id: format!("enc-{}-2", patient.as_str()),
                patient: patient.clone(),
                unit: id_of(unit.id)?,
                status: status.unwrap_or(EncounterStatus::InProgress),
                from,
                until: None,
            });
        }
        Ok(encounters)
    }

    /// The team of the patient; it outlives the stay, for those who are followed afterwards.
    fn care_team(
        &mut self,
        patient: &PatientId,
        unit: &UnitPlan,
        attending: &PersonId,
        since: Timestamp,
    ) -> Result<CareTeam, DemoError> {
        let mut members = vec![member(attending.clone(), "attending-physician", since)];
        let nurse = self.colleague(unit, &["nurse", "midwife"])?;
        if nurse != *attending {
            members.push(member(nurse, "primary-nurse", since));
        }
        if self.dice.chance(25) {
            let mut adviser = member(self.anybody("physician")?, "consultant", since);
            // Who gave an opinion and left is no longer on the team.
            if self.dice.chance(50) {
                adviser.until = Some(midway(since, self.at));
            }
            members.push(adviser);
        }
        if self.dice.chance(20) {
            members.push(member(
                self.anybody("pharmacist")?,
                "clinical-pharmacist",
                since,
            ));
        }
        members.retain(|it| it.until.is_none_or(|until| it.from < until));
        Ok(CareTeam {
            id: format!("team-{}", patient.as_str()),
            patient: patient.clone(),
            episode: None,
            members,
        })
    }

    /// Somebody of these professions who works in the unit now.
    fn colleague(&mut self, unit: &UnitPlan, professions: &[&str]) -> Result<PersonId, DemoError> {
        let at = self.at;
        self.pick_person(|it| {
            professions.contains(&it.profession.as_str())
                && it.posts_at(at).any(|post| {
                    post.unit
                        .as_ref()
                        .is_some_and(|posted| posted.as_str() == unit.id)
                })
        })
    }

    fn anybody(&mut self, profession: &str) -> Result<PersonId, DemoError> {
        self.pick_person(|it| it.profession == profession)
    }

    fn pick_person(
        &mut self,
        fits: impl Fn(&hospital::Person) -> bool,
    ) -> Result<PersonId, DemoError> {
        let fitting: Vec<_> = self.staff.persons.iter().filter(|it| fits(it)).collect();
        let picked = self
            .dice
            .pick_of(&fitting)
            .ok_or(DemoError::Absent { what: "colleague" })?;
        Ok(picked.id.clone())
    }
}

const EMERGENCY_STATUS: &[EncounterStatus] = &[
    EncounterStatus::Arrived,
    EncounterStatus::Triaged,
    EncounterStatus::InProgress,
];

fn member(person: PersonId, role: &str, from: Timestamp) -> CareTeamMember {
    CareTeamMember {
        person,
        role: role.to_owned(),
        from,
        until: None,
    }
}

fn midway(from: Timestamp, to: Timestamp) -> Timestamp {
    from.after(to.since(from) / 2)
}

fn ages(specialty: Specialty) -> (u32, u32) {
    match specialty {
        Specialty::Maternity => (19, 43),
        Specialty::Geriatrics => (74, 98),
        Specialty::Cardiology | Specialty::IntensiveCare => (38, 90),
        Specialty::Psychiatry => (18, 70),
        Specialty::Emergency
        | Specialty::Imaging
        | Specialty::Infectiology
        | Specialty::Medicine
        | Specialty::Surgery
        | Specialty::Theatre => (18, 92),
    }
}

/// Writes down everything but the records.
fn directory(staff: &Staff, cases: &[Case]) -> Result<DirectoryDocument, DemoError> {
    let mut establishments = Vec::new();
    for plan in ESTABLISHMENTS {
        let mut units = Vec::new();
        for unit in plan.units {
            units.push(Unit {
                id: id_of(unit.id)?,
                name: unit.name.to_owned(),
            });
        }
        establishments.push(Establishment {
            id: id_of(plan.id)?,
            name: plan.name.to_owned(),
            units,
        });
    }
    let mut patients = Vec::new();
    for case in cases {
        let mut followed_by: BTreeSet<EstablishmentId> = BTreeSet::new();
        for encounter in &case.encounters {
            let place = all_units().find(|(_, unit)| unit.id == encounter.unit.as_str());
            let (establishment, _) = place.ok_or(DemoError::Absent { what: "unit" })?;
            followed_by.insert(id_of(establishment.id)?);
        }
        patients.push(Patient {
            id: case.patient.clone(),
            establishments: followed_by,
            protected: false,
        });
    }
    Ok(DirectoryDocument {
        establishments,
        persons: staff.persons.clone(),
        patients,
        care_teams: cases.iter().map(|case| case.team.clone()).collect(),
        encounters: cases
            .iter()
            .flat_map(|case| case.encounters.clone())
            .collect(),
        assets: assets()?,
        ..DirectoryDocument::default()
    })
}

/// Two patients ask for discretion: one is well known, the other works in the group.
fn protect(
    directory: &mut DirectoryDocument,
    cases: &mut [Case],
    staff: &Staff,
) -> Result<(), DemoError> {
    let in_unit = |case: &Case, unit: &str| {
        case.encounters
            .last()
            .is_some_and(|encounter| encounter.unit.as_str() == unit)
    };
    let known = cases.iter().position(|case| in_unit(case, "chu-medecine"));
    let colleague = cases.iter().position(|case| in_unit(case, "chu-chirurgie"));
    for index in [known, colleague].into_iter().flatten() {
        if let Some(patient) = directory.patients.get_mut(index) {
            patient.protected = true;
        }
    }
    let works_elsewhere = directory.persons.iter().position(|person| {
        person.profession == "nurse"
            && person
                .posts
                .iter()
                .all(|post| post.establishment.as_str() == "ch-castelvigne")
    });
    let (Some(colleague), Some(person)) = (colleague, works_elsewhere) else {
        return Err(DemoError::Absent {
            what: "patient who works in the group",
        });
    };
    if let (Some(case), Some(person), Some(name)) = (
        cases.get_mut(colleague),
        directory.persons.get_mut(person),
        staff.names.get(person),
    ) {
        // The name of a person of the staff, at an age at which one works.
        case.name = *name;
        case.age_years = case.age_years.clamp(25, 60);
        person.own_record = Some(case.patient.clone());
    }
    Ok(())
}
