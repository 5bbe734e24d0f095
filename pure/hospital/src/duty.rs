//! Duties that a post alone does not tell: on call, in the place of a colleague, under supervision.
//!
//! Each comes from a roster and ends: a duty without an end would outlive the person's stay.

use std::collections::BTreeSet;

use event::{PersonId, Timestamp, UnitId};
use serde::{Deserialize, Serialize};

use crate::Person;
use crate::table::{Ledger, Register};

/// A person who answers for units besides their own, for a night or a weekend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnCall {
    /// Who.
    pub person: PersonId,
    /// The units, of any establishment of the group: hospitals share their nights.
    pub units: BTreeSet<UnitId>,
    /// The first instant of the duty.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

/// A locum: takes over the units and the care teams of a colleague for a period.
///
/// The rights stay those of the locum's own profession, which must be the colleague's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// The locum.
    pub person: PersonId,
    /// The colleague.
    pub replaces: PersonId,
    /// The first instant of the replacement.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

/// A student and who answers for them in one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supervision {
    /// The student.
    pub person: PersonId,
    /// The supervisor.
    pub supervisor: PersonId,
    /// The unit where both must have a post.
    pub unit: UnitId,
    /// The first instant of the supervision.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

/// The duties of a directory, filed under who has them.
#[derive(Debug)]
pub(crate) struct Duties {
    on_call: Ledger<OnCall>,
    replacements: Ledger<Replacement>,
    supervisions: Ledger<Supervision>,
}

impl Duties {
    pub(crate) fn new(
        persons: &Register<Person>,
        on_call: Vec<OnCall>,
        replacements: Vec<Replacement>,
        supervisions: Vec<Supervision>,
    ) -> Self {
        Self {
            on_call: filed(persons, on_call, |it| (&it.person, it.from)),
            replacements: filed(persons, replacements, |it| (&it.person, it.from)),
            supervisions: filed(persons, supervisions, |it| (&it.person, it.from)),
        }
    }

    /// The duties on call of a person that hold at an instant.
    pub(crate) fn on_call(&self, person: u32, at: Timestamp) -> impl Iterator<Item = &OnCall> {
        let duties = self.on_call.of(person).iter();
        duties.filter(move |it| it.from <= at && at < it.until)
    }

    /// The replacements by a person that hold at an instant.
    pub(crate) fn replacements(
        &self,
        person: u32,
        at: Timestamp,
    ) -> impl Iterator<Item = &Replacement> {
        let duties = self.replacements.of(person).iter();
        duties.filter(move |it| it.from <= at && at < it.until)
    }

    /// The supervisions of a student that hold at an instant.
    pub(crate) fn supervisions(
        &self,
        person: u32,
        at: Timestamp,
    ) -> impl Iterator<Item = &Supervision> {
        let duties = self.supervisions.of(person).iter();
        duties.filter(move |it| it.from <= at && at < it.until)
    }
}

fn filed<Duty>(
    persons: &Register<Person>,
    duties: Vec<Duty>,
    key: impl for<'a> Fn(&'a Duty) -> (&'a PersonId, Timestamp),
) -> Ledger<Duty> {
    let rows = duties
        .into_iter()
        .filter_map(|duty| Some((persons.find(key(&duty).0.as_str())?.0, duty)))
        .collect();
    Ledger::new(persons.entries().len(), rows, |duty| key(duty).1)
}
