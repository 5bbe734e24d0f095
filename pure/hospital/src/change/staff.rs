//! What feeds tell about the staff, and about units.

use std::collections::BTreeSet;

use event::{
    CareKey, EstablishmentId, PersonId, PostPlace, PostReport, StaffReport, Timestamp, UnitId,
};

use super::Applied;
use crate::feeds::Filed;
use crate::{Directory, Establishment, Person, Unit};

/// The profession of somebody of whom none was told; no policy names it.
const NO_PROFESSION: &str = "unknown";

impl Directory {
    pub(super) fn knows_staff(&self, report: &StaffReport) -> bool {
        let Some(person) = self.person(&report.person) else {
            return false;
        };
        let same =
            |new: &Option<String>, known: &String| new.as_ref().is_none_or(|new| new == known);
        let roles = report.roles.as_ref();
        let post = report.post.as_ref();
        same(&report.name, &person.name)
            && same(&report.profession, &person.profession)
            && roles.is_none_or(|roles| *roles == person.roles)
            && post.is_none_or(|post| self.feeds.last_place(post.key) == Some(&post.place))
    }

    pub(super) fn apply_staff(&mut self, report: StaffReport) -> Applied {
        let StaffReport {
            person: id,
            told,
            name,
            profession,
            roles,
            post,
        } = report;
        let Some(number) = self.number_of_person(&id) else {
            return Applied::Held;
        };
        let traits = self.traits_told.entry(number).or_default();
        let Some(person) = self.persons.get_mut(number) else {
            return Applied::Held;
        };
        let mut changed = false;
        let [name_told, profession_told, roles_told] = traits;
        let text_bytes_max = self.feeds.directory_limits.text_bytes_max;
        let fits = |text: &String| !text.is_empty() && text.len() <= text_bytes_max;
        let few = self.feeds.directory_limits.roles_per_person_max;
        changed |= tell(&mut person.name, name_told, (name.filter(fits), told));
        let profession = profession.filter(fits);
        changed |= tell(&mut person.profession, profession_told, (profession, told));
        let roles = roles.filter(|roles| roles.len() <= few && roles.iter().all(fits));
        changed |= tell(&mut person.roles, roles_told, (roles, told));
        let posted = match post {
            Some(PostReport { key, place }) => self.apply_post(number, key, (told, place)),
            None => Applied::Repeated,
        };
        match posted {
            Applied::Repeated if changed => Applied::Changed,
            posted => posted,
        }
    }

    fn apply_post(
        &mut self,
        number: u32,
        key: CareKey,
        version: (Timestamp, Option<PostPlace>),
    ) -> Applied {
        let Some(person) = self.persons.get(number) else {
            return Applied::Held;
        };
        let (id, own) = (person.id.clone(), person.posts.clone());
        let posts_max = self.feeds.directory_limits.posts_per_person_max;
        let before = self.feeds.posts_of(key);
        let (filed, waiting) = self.feeds.file_post(key, &id, version);
        match filed {
            Filed::Repeated => return Applied::Repeated,
            Filed::Full => return Applied::Held,
            Filed::New => {}
        }
        // What this post was before makes room for what it is now; other posts stay.
        let mut posts = own;
        for post in before {
            if let Some(index) = posts.iter().position(|it| *it == post) {
                posts.remove(index);
            }
        }
        posts.extend(self.feeds.posts_of(key));
        posts.sort_by(|a, b| (a.from, &a.unit, a.until).cmp(&(b.from, &b.unit, b.until)));
        posts.truncate(posts_max);
        if let Some(person) = self.persons.get_mut(number) {
            person.posts = posts;
        }
        for episode in waiting {
            self.settle(episode);
        }
        Applied::Changed
    }

    fn number_of_person(&mut self, id: &PersonId) -> Option<u32> {
        if let Some((number, _)) = self.persons.find(id.as_str()) {
            return Some(number);
        }
        // INVARIANT: who has an account as a patient never becomes staff by a feed: one identity
        // would have the rights of both.
        if self.accounts.knows(id) {
            return None;
        }
        if self.persons.entries().len() >= self.feeds.directory_limits.persons_max {
            return None;
        }
        Some(self.persons.add(Person {
            id: id.clone(),
            name: id.to_string(),
            profession: NO_PROFESSION.to_owned(),
            roles: BTreeSet::new(),
            posts: Vec::new(),
            own_record: None,
        }))
    }

    pub(super) fn apply_unit(
        &mut self,
        establishment: &EstablishmentId,
        unit: &UnitId,
        (name, establishment_name): (String, Option<String>),
    ) -> Applied {
        let limits = self.feeds.directory_limits;
        if let Some(known) = self.feeds.establishment_of(unit) {
            // A unit does not move to another establishment: that would be another unit.
            let same = known == establishment;
            return if same {
                Applied::Repeated
            } else {
                Applied::Held
            };
        }
        if self.feeds.unit_count() >= limits.units_max {
            return Applied::Held;
        }
        let mut all = self.establishments.iter();
        let index = match all.position(|it| it.id == *establishment) {
            Some(index) => index,
            None if self.establishments.len() >= limits.establishments_max => return Applied::Held,
            None => {
                let name = establishment_name.unwrap_or_else(|| establishment.to_string());
                self.establishments.push(Establishment {
                    id: establishment.clone(),
                    name,
                    units: Vec::new(),
                });
                self.establishments.len() - 1
            }
        };
        let Some(place) = self.establishments.get_mut(index) else {
            return Applied::Held;
        };
        place.units.push(Unit {
            id: unit.clone(),
            name,
        });
        for episode in self.feeds.place(unit, establishment) {
            self.settle(episode);
        }
        Applied::Changed
    }
}

/// Takes a trait over when it was told later, or at the same instant and sorts behind.
fn tell<Value: Ord>(
    known: &mut Value,
    known_told: &mut Timestamp,
    (new, told): (Option<Value>, Timestamp),
) -> bool {
    let Some(new) = new.filter(|new| (*known_told, &*known) < (told, new)) else {
        return false;
    };
    let differs = *known != new;
    (*known, *known_told) = (new, told);
    differs
}
