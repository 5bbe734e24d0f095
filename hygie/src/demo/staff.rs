//! The staff of the group and their posts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use event::{EstablishmentId, Timestamp, UnitId};
use hospital::{Person, Post};

use super::DemoError;
use super::dice::Dice;
use super::names::{FAMILY, GIVEN_FEMALE, GIVEN_MALE};
use super::places::{ESTABLISHMENTS, EstablishmentPlan, Specialty, UnitPlan, all_units};

/// The name of somebody invented.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Name {
    pub(super) female: bool,
    pub(super) given: &'static str,
    pub(super) family: &'static str,
}

impl Name {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let female = dice.chance(52);
        Self::draw_as(dice, female)
    }

    pub(super) fn draw_as(dice: &mut Dice, female: bool) -> Self {
        let given = if female { GIVEN_FEMALE } else { GIVEN_MALE };
        Self {
            female,
            given: dice.pick(given),
            family: dice.pick(FAMILY),
        }
    }
}

/// The staff as they are drawn: the persons, and their names apart.
pub(super) struct Staff {
    pub(super) persons: Vec<Person>,
    pub(super) names: Vec<Name>,
    numbers: BTreeMap<&'static str, u32>,
    dice: Dice,
    at: Timestamp,
}

impl Staff {
    /// Draws the whole staff, as it stands at `at`.
    pub(super) fn draw(seed: u64, at: Timestamp) -> Result<Self, DemoError> {
        let mut staff = Self {
            persons: Vec::new(),
            names: Vec::new(),
            numbers: BTreeMap::new(),
            dice: Dice::new(seed, "staff"),
            at,
        };
        for (establishment, unit) in all_units() {
            for (profession, number) in complement(unit.specialty) {
                for _ in 0..*number {
                    staff.hire(profession, &[(establishment, Some(unit))])?;
                }
            }
        }
        for establishment in ESTABLISHMENTS {
            for (profession, number) in HOUSE_STAFF {
                for _ in 0..*number {
                    staff.hire(profession, &[(establishment, None)])?;
                }
            }
        }
        let everywhere: Vec<_> = ESTABLISHMENTS.iter().map(|it| (it, None)).collect();
        for profession in ["security-officer", "data-protection-officer"] {
            staff.hire(profession, &everywhere)?;
        }
        Ok(staff)
    }

    fn hire(
        &mut self,
        profession: &'static str,
        places: &[(&EstablishmentPlan, Option<&UnitPlan>)],
    ) -> Result<(), DemoError> {
        let name = Name::draw(&mut self.dice);
        let number = self.numbers.entry(profession).or_default();
        *number = number.saturating_add(1);
        let id = format!("{profession}-{number:03}");
        let since = earlier(self.at, self.dice.between(200, 4000), 0);
        let mut posts = Vec::new();
        for (establishment, unit) in places {
            posts.push(Post {
                establishment: id_of::<EstablishmentId>(establishment.id)?,
                unit: unit.map(|unit| id_of::<UnitId>(unit.id)).transpose()?,
                from: since,
                until: None,
            });
        }
        if let ("nurse" | "physician", true) = (profession, self.dice.chance(12)) {
            posts.extend(self.former_post(since)?);
        }
        self.persons.push(Person {
            id: id_of(&id)?,
            name: format!("{} {}", name.given, name.family),
            profession: profession.to_owned(),
            roles: BTreeSet::new(),
            posts,
            own_record: None,
        });
        self.names.push(name);
        Ok(())
    }

    /// Where somebody worked before, which gives them nothing any more.
    fn former_post(&mut self, until: Timestamp) -> Result<Option<Post>, DemoError> {
        let units: Vec<_> = all_units().collect();
        let Some((establishment, unit)) = self.dice.pick_of(&units) else {
            return Ok(None);
        };
        Ok(Some(Post {
            establishment: id_of(establishment.id)?,
            unit: Some(id_of(unit.id)?),
            from: earlier(until, 700, 0),
            until: Some(until),
        }))
    }
}

/// Reads a text of the generator as an identity.
pub(super) fn id_of<Id: std::str::FromStr<Err = event::InvalidId>>(
    text: &str,
) -> Result<Id, DemoError> {
    text.parse()
        .map_err(|source| DemoError::Identity { source })
}

/// The instant so many days and hours before `at`; not before 1970.
pub(super) fn earlier(at: Timestamp, days: u32, hours: u32) -> Timestamp {
    let hours = u64::from(days)
        .saturating_mul(24)
        .saturating_add(u64::from(hours));
    let past = Duration::from_secs(hours.saturating_mul(3600));
    Timestamp::from_us(
        at.as_us()
            .saturating_sub(u64::try_from(past.as_micros()).unwrap_or(0)),
    )
}

/// Who works in an establishment without a unit of their own.
const HOUSE_STAFF: &[(&str, u32)] = &[
    ("pharmacist", 2),
    ("clerk", 3),
    ("biomedical-engineer", 1),
    ("building-engineer", 1),
];

/// Who works in a unit.
fn complement(specialty: Specialty) -> &'static [(&'static str, u32)] {
    match specialty {
        Specialty::Theatre => &[("physician", 4), ("nurse", 6)],
        Specialty::Imaging => &[("physician", 2), ("radiographer", 4)],
        Specialty::Maternity => &[
            ("physician", 2),
            ("midwife", 5),
            ("nurse", 2),
            ("nursing-assistant", 2),
        ],
        Specialty::Cardiology | Specialty::Medicine | Specialty::Surgery => &[
            ("physician", 3),
            ("nurse", 6),
            ("nursing-assistant", 2),
            ("student", 1),
        ],
        Specialty::Emergency
        | Specialty::Geriatrics
        | Specialty::Infectiology
        | Specialty::IntensiveCare
        | Specialty::Psychiatry => &[("physician", 3), ("nurse", 6), ("nursing-assistant", 2)],
    }
}
