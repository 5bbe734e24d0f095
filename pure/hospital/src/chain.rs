//! Who answers for an aspect of an asset at an instant, and who may approve what is done to it.

mod alert;
mod approval;
mod survey;

use std::collections::{BTreeMap, BTreeSet};

use event::{AssetId, GroupId, PersonId, Timestamp};

use crate::{
    ApprovalRule, Aspect, Asset, Capacity, Directory, OfficeHours, Person, Replacement,
    Responsibility, Scope, Who,
};

pub use alert::Alerted;
pub use approval::Approval;
pub use survey::{Conflict, ConflictKind, Gap, Survey, SurveyLimits};

/// The responsibility chain of a checked document.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    pub(crate) entries: Vec<Responsibility>,
    pub(crate) approvals: Vec<ApprovalRule>,
    hours: BTreeMap<String, OfficeHours>,
    /// Who stands in for whom, by the one who is away.
    locums: BTreeMap<PersonId, Vec<Replacement>>,
}

/// Who answers, or why nobody does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<'a> {
    /// Somebody does.
    Answered(Answerable<'a>),
    /// Nobody does.
    Nobody(Unanswered),
}

/// Those who answer now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answerable<'a> {
    /// By which entry.
    pub responsibility: &'a Responsibility,
    /// As what.
    pub capacity: Capacity,
    /// Who; several when a role has several, never none.
    pub persons: Vec<&'a PersonId>,
}

/// Why nobody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unanswered {
    /// There was an entry, and it has ended.
    Expired,
    /// There is one, and nobody of it is there at this hour.
    NobodyThere,
    /// There is none yet.
    Unassigned,
    /// The directory has no such asset.
    UnknownAsset,
    /// There is one, and the directory has nobody of it.
    UnknownPerson,
}

impl Chain {
    pub(crate) fn new(
        entries: Vec<Responsibility>,
        approvals: Vec<ApprovalRule>,
        hours: Vec<OfficeHours>,
        replacements: &[Replacement],
    ) -> Self {
        let mut locums: BTreeMap<PersonId, Vec<Replacement>> = BTreeMap::new();
        if !entries.is_empty() {
            for it in replacements {
                let list = locums.entry(it.replaces.clone()).or_default();
                list.push(it.clone());
            }
        }
        Self {
            entries,
            approvals,
            hours: hours.into_iter().map(|it| (it.id.clone(), it)).collect(),
            locums,
        }
    }

    /// The locum of a person at an instant.
    fn locum(&self, person: &PersonId, at: Timestamp) -> Option<&PersonId> {
        let mut locums = self.locums.get(person).into_iter().flatten();
        let locum = locums.find(|it| it.from <= at && at < it.until);
        locum.map(|it| &it.person)
    }

    /// Whether somebody ever stands in for another.
    fn is_locum(&self, person: &PersonId, of: &PersonId) -> bool {
        let mut locums = self.locums.get(of).into_iter().flatten();
        locums.any(|it| it.person == *person)
    }

    /// Whether some hours, or always, hold at an instant.
    fn is_within(&self, hours: Option<&String>, at: Timestamp) -> bool {
        hours.is_none_or(|id| self.hours.get(id).is_some_and(|it| it.contains(at)))
    }
}

impl Directory {
    /// Who answers for an aspect of an asset at an instant: the holder who is there and within
    /// their hours, else the deputy, else whoever is on call.
    ///
    /// A person who is replaced is not there; their locum answers in their place.
    /// Of several entries in force the first that answers is told; see [`Directory::survey`] for
    /// the conflict.
    #[must_use]
    pub fn answerable(&self, asset: &AssetId, aspect: Aspect, at: Timestamp) -> Answer<'_> {
        let Some(asset) = self.asset(asset.as_str()) else {
            return Answer::Nobody(Unanswered::UnknownAsset);
        };
        let entries = self.entries(asset).remove(&aspect).unwrap_or_default();
        let fillers = self.fillers(entries.iter().copied());
        self.answers((asset, &entries), at, &fillers)
    }

    /// Who answers for each aspect of an asset that anybody was ever named for, as for an alert.
    #[must_use]
    pub fn answerables(&self, asset: &AssetId, at: Timestamp) -> BTreeMap<Aspect, Answer<'_>> {
        let Some(asset) = self.asset(asset.as_str()) else {
            return BTreeMap::new();
        };
        let entries = self.entries(asset);
        let fillers = self.fillers(entries.values().flatten().copied());
        let answers = entries.iter().map(|(aspect, entries)| {
            let answer = self.answers((asset, entries), at, &fillers);
            (*aspect, answer)
        });
        answers.collect()
    }

    /// The responsibility chain, in the order of the document.
    #[must_use]
    pub fn responsibilities(&self) -> &[Responsibility] {
        &self.chain.entries
    }

    /// The groups that an asset belongs to.
    pub(crate) fn groups_of(&self, asset: &Asset) -> BTreeSet<&GroupId> {
        let groups = self.asset_groups().iter();
        groups
            .filter(|it| it.contains(asset))
            .map(|it| &it.id)
            .collect()
    }

    /// The entries that cover an asset, of any time, by aspect and in the order of the document.
    fn entries(&self, asset: &Asset) -> BTreeMap<Aspect, Vec<&Responsibility>> {
        let groups = self.groups_of(asset);
        let mut entries: BTreeMap<Aspect, Vec<&Responsibility>> = BTreeMap::new();
        for it in self
            .chain
            .entries
            .iter()
            .filter(|it| it.of.covers(asset, &groups))
        {
            entries.entry(it.aspect).or_default().push(it);
        }
        entries
    }

    /// Everybody who fills a role of some entries, in one look at the staff.
    fn fillers<'a>(&'a self, entries: impl Iterator<Item = &'a Responsibility>) -> Fillers<'a> {
        let parties = entries.flat_map(Responsibility::parties);
        let mut fillers: Fillers<'_> = parties
            .filter_map(|(_, party)| match &party.who {
                Who::Role(role) => Some((role.as_str(), Vec::new())),
                Who::Person(_) => None,
            })
            .collect();
        if fillers.is_empty() {
            return fillers;
        }
        for (number, person) in (0..).zip(self.persons()) {
            let roles = person.roles.iter().filter(|it| **it != person.profession);
            for role in roles.chain([&person.profession]) {
                if let Some(list) = fillers.get_mut(role.as_str()) {
                    list.push((number, person));
                }
            }
        }
        fillers
    }

    /// Who answers by the entries for one aspect of an asset.
    fn answers<'a>(
        &'a self,
        (asset, entries): (&Asset, &[&'a Responsibility]),
        at: Timestamp,
        fillers: &Fillers<'a>,
    ) -> Answer<'a> {
        let in_force = in_force(entries, at);
        for entry in &in_force {
            for (capacity, party) in entry.parties() {
                if !self.chain.is_within(party.hours.as_ref(), at) {
                    continue;
                }
                let persons = self.present(&party.who, (asset, capacity), at, fillers);
                if !persons.is_empty() {
                    return Answer::Answered(Answerable {
                        responsibility: entry,
                        capacity,
                        persons,
                    });
                }
            }
        }
        let has_somebody = |entry: &&Responsibility| {
            let mut parties = entry.parties();
            parties.any(|(_, party)| self.has_any_of(&party.who, fillers))
        };
        Answer::Nobody(if in_force.iter().any(has_somebody) {
            Unanswered::NobodyThere
        } else if !in_force.is_empty() {
            Unanswered::UnknownPerson
        } else if entries.iter().any(|it| it.from <= at) {
            Unanswered::Expired
        } else {
            Unanswered::Unassigned
        })
    }

    /// Those of a party who are there.
    fn present<'a>(
        &'a self,
        who: &'a Who,
        (asset, capacity): (&Asset, Capacity),
        at: Timestamp,
        fillers: &Fillers<'a>,
    ) -> Vec<&'a PersonId> {
        let on_duty =
            |number: u32| capacity != Capacity::OnCall || self.is_on_call(number, asset, at);
        match who {
            Who::Person(person) => {
                let person = self.chain.locum(person, at).unwrap_or(person);
                let found = self.persons.find(person.as_str());
                let found = found.filter(|(number, it)| it.is_posted(at) && on_duty(*number));
                found.map(|(_, it)| &it.id).into_iter().collect()
            }
            Who::Role(role) => {
                let here = |person: &Person| {
                    let mut posts = person.posts_at(at);
                    posts.any(|post| post.establishment == asset.establishment)
                };
                let away = |person: &Person| self.chain.locum(&person.id, at).is_some();
                let all = fillers.get(role.as_str()).into_iter().flatten();
                let there = all.filter(|(number, it)| here(it) && on_duty(*number) && !away(it));
                there.map(|(_, it)| &it.id).collect()
            }
        }
    }

    /// Whether a person is on call for the asset's unit, or for any unit of its establishment when
    /// it has none.
    fn is_on_call(&self, person: u32, asset: &Asset, at: Timestamp) -> bool {
        let mut duties = self.duties().on_call(person, at);
        match &asset.unit {
            Some(unit) => duties.any(|it| it.units.contains(unit)),
            None => {
                let mut establishments = self.establishments.iter();
                let here = establishments.find(|it| it.id == asset.establishment);
                let units = || here.into_iter().flat_map(|it| &it.units);
                duties.any(|it| units().any(|unit| it.units.contains(&unit.id)))
            }
        }
    }

    /// Whether the directory has anybody of a party, there or not.
    fn has_any_of(&self, who: &Who, fillers: &Fillers<'_>) -> bool {
        match who {
            Who::Person(person) => self.person(person).is_some(),
            Who::Role(role) => fillers.get(role.as_str()).is_some_and(|it| !it.is_empty()),
        }
    }
}

/// Everybody who fills each role, with their number.
type Fillers<'a> = BTreeMap<&'a str, Vec<(u32, &'a Person)>>;

/// The entries in force at an instant: those of the asset itself, else those of its groups.
fn in_force<'a>(entries: &[&'a Responsibility], at: Timestamp) -> Vec<&'a Responsibility> {
    let holding = entries.iter().filter(|it| it.holds(at));
    let (own, of_groups): (Vec<&Responsibility>, Vec<&Responsibility>) =
        holding.partition(|it| matches!(it.of, Scope::Asset(_)));
    if own.is_empty() { of_groups } else { own }
}

impl Unanswered {
    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "responsibility-expired",
            Self::NobodyThere => "nobody-there",
            Self::Unassigned => "unassigned",
            Self::UnknownAsset => "unknown-asset",
            Self::UnknownPerson => "unknown-person",
        }
    }
}

#[cfg(test)]
mod tests;
