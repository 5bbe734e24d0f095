//! What feeds brought, beside the document: for each patient the stays and the members that follow
//! from the reports of their episodes, and with whom they are one.
//!
//! A decision finds it by the number of the patient, in one step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use event::{
    CareKey, EpisodeReport, EpisodeState, EpisodeStep, EstablishmentId, Member, PersonId,
    PostPlace, Timestamp, UnitId,
};

use crate::course::Course;
use crate::document::holds;
use crate::succession::{Row, succeed};
use crate::{DirectoryLimits, Establishment, FeedLimits, Post};

/// Everything that feeds brought.
#[derive(Debug)]
pub(crate) struct Feeds {
    pub(crate) limits: FeedLimits,
    pub(crate) directory_limits: DirectoryLimits,
    /// By the number of the patient.
    followed: Vec<Option<Box<Followed>>>,
    episodes: BTreeMap<CareKey, Vec<EpisodeReport<u32>>>,
    /// The episodes that go on under another name.
    renamed: BTreeMap<CareKey, CareKey>,
    /// The episodes that name a post which nobody is known to have.
    waiting: BTreeMap<CareKey, BTreeSet<CareKey>>,
    /// The episodes that name a unit which is not known.
    unplaced: BTreeMap<UnitId, BTreeSet<CareKey>>,
    /// The establishment of each unit.
    units: BTreeMap<UnitId, EstablishmentId>,
    /// Who has which post.
    posts: BTreeMap<CareKey, PostFile>,
    members: usize,
}

/// One patient, as feeds tell.
#[derive(Debug, Default)]
pub(crate) struct Followed {
    /// The establishments that the document names.
    pub(crate) named: BTreeSet<EstablishmentId>,
    /// The patients who are one with this one, itself included, in the order of their numbers;
    /// empty for somebody who was never merged.
    pub(crate) group: Option<Arc<[u32]>>,
    /// By start, then unit.
    pub(crate) stays: Vec<(CareKey, Row<UnitId>)>,
    /// By start, then person and role.
    pub(crate) members: Vec<(CareKey, Part)>,
}

/// Somebody who takes part in an episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) person: PersonId,
    pub(crate) role: Arc<str>,
    pub(crate) kind: Arc<str>,
    pub(crate) from: Timestamp,
    pub(crate) until: Option<Timestamp>,
}

/// The versions of one post.
#[derive(Debug)]
struct PostFile {
    person: PersonId,
    versions: Vec<(Timestamp, Option<PostPlace>)>,
}

/// Whether a report was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filed {
    /// It was there already.
    Repeated,
    /// There is no room for it.
    Full,
    /// It is new.
    New,
}

impl Feeds {
    pub(crate) fn new(establishments: &[Establishment], directory_limits: DirectoryLimits) -> Self {
        let units = establishments.iter().flat_map(|it| {
            let units = it.units.iter();
            units.map(|unit| (unit.id.clone(), it.id.clone()))
        });
        Self {
            limits: FeedLimits::DEFAULT,
            directory_limits,
            followed: Vec::new(),
            episodes: BTreeMap::new(),
            renamed: BTreeMap::new(),
            waiting: BTreeMap::new(),
            unplaced: BTreeMap::new(),
            units: units.collect(),
            posts: BTreeMap::new(),
            members: 0,
        }
    }

    /// What feeds tell of a patient.
    pub(crate) fn of(&self, patient: u32) -> Option<&Followed> {
        self.followed
            .get(usize::try_from(patient).ok()?)?
            .as_deref()
    }

    /// The same, to be changed; begun with the establishments that the document names.
    pub(crate) fn follow(
        &mut self,
        patient: u32,
        named: &BTreeSet<EstablishmentId>,
    ) -> Option<&mut Followed> {
        let index = usize::try_from(patient).ok()?;
        if self.followed.len() <= index {
            self.followed.resize_with(index + 1, || None);
        }
        let followed = self.followed.get_mut(index)?.get_or_insert_with(|| {
            Box::new(Followed {
                named: named.clone(),
                ..Followed::default()
            })
        });
        Some(followed)
    }

    fn followed_mut(&mut self, patient: u32) -> Option<&mut Followed> {
        self.followed
            .get_mut(usize::try_from(patient).ok()?)?
            .as_deref_mut()
    }

    /// How many episodes there are, and how many parts of people in them.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.episodes.len(), self.members)
    }

    /// The name under which an episode goes on.
    pub(crate) fn root(&self, episode: CareKey) -> CareKey {
        let mut root = episode;
        // INVARIANT: a name is only ever given to a root, so there is no way back.
        while let Some(next) = self.renamed.get(&root) {
            root = *next;
        }
        root
    }

    /// Lets an episode go on under another name, with all that was and will be told under both.
    pub(crate) fn rename(&mut self, from: CareKey, to: CareKey) -> Filed {
        let (from, to) = (self.root(from), self.root(to));
        if from == to {
            return Filed::Repeated;
        }
        if self.renamed.len() >= self.limits.episodes_max {
            return Filed::Full;
        }
        self.renamed.insert(from, to);
        for mut report in self.episodes.remove(&from).unwrap_or_default() {
            report.episode = to;
            self.file(report);
        }
        Filed::New
    }

    /// Files a report among those of its episode, under its root.
    pub(crate) fn file(&mut self, mut report: EpisodeReport<u32>) -> Filed {
        let limits = self.limits;
        let room = self.episodes.len() < limits.episodes_max;
        for unit in report.units.iter_mut().chain(&mut report.prior) {
            // Hundreds of thousands of reports name a few hundred units.
            if let Some((known, _)) = self.units.get_key_value(unit) {
                *unit = known.clone();
            }
        }
        let reports = match self.episodes.get_mut(&report.episode) {
            Some(reports) => reports,
            None if room => self.episodes.entry(report.episode).or_default(),
            None => return Filed::Full,
        };
        let Err(index) = reports.binary_search(&report) else {
            return Filed::Repeated;
        };
        // A long stay is told anew every day: from some number on only what changes it is filed,
        // so that there is always room for its end.
        let is_long = reports.len() >= limits.reports_per_episode_all;
        let before = is_long.then(|| Course::of(reports));
        reports.insert(index, report);
        let filed = match before {
            Some(before) if Course::of(reports) == before => Filed::Repeated,
            _ if reports.len() > limits.reports_per_episode_max => Filed::Full,
            _ => return Filed::New,
        };
        reports.remove(index);
        filed
    }

    /// The patient of an episode, as its reports now have it.
    pub(crate) fn patient_of(&self, episode: CareKey) -> Option<u32> {
        let reports = self.episodes.get(&episode)?;
        reports.last().map(|report| report.patient)
    }

    /// The last state of an episode that was told, if none is told after an instant; with the
    /// number of its patient.
    pub(crate) fn last_state(
        &self,
        episode: CareKey,
        told: Timestamp,
    ) -> Option<(u32, &EpisodeState)> {
        let last = self.episodes.get(&episode)?.last()?;
        match &last.step {
            EpisodeStep::Whole(state) if last.told <= told => Some((last.patient, state)),
            _ => None,
        }
    }

    /// Takes what followed from an episode away from a patient.
    pub(crate) fn withdraw(&mut self, episode: CareKey, patient: u32) {
        let Some(followed) = self.followed_mut(patient) else {
            return;
        };
        followed.stays.retain(|(of, _)| *of != episode);
        let before = followed.members.len();
        followed.members.retain(|(of, _)| *of != episode);
        let gone = before.saturating_sub(followed.members.len());
        self.members = self.members.saturating_sub(gone);
    }

    /// Writes down what follows from an episode now, for its patient.
    pub(crate) fn settle(&mut self, episode: CareKey) {
        let Some(reports) = self.episodes.get(&episode) else {
            return;
        };
        let course = Course::of(reports);
        self.withdraw(episode, course.patient);
        for stay in &course.stays {
            if !self.units.contains_key(&stay.value) {
                let waiting = self.unplaced.entry(stay.value.clone()).or_default();
                waiting.insert(episode);
            }
        }
        let kind: Arc<str> = Arc::from(course.kind);
        let mut parts = Vec::new();
        for row in course.members {
            let (who, role) = row.value;
            let person = match who {
                Member::Person(person) => person,
                Member::Post(key) => {
                    let Some(file) = self.posts.get(&key) else {
                        self.waiting.entry(key).or_default().insert(episode);
                        continue;
                    };
                    file.person.clone()
                }
            };
            let part = Part {
                person,
                role: Arc::from(role),
                kind: Arc::clone(&kind),
                from: row.from,
                until: row.until,
            };
            parts.push((episode, part));
        }
        self.members += parts.len();
        let Some(followed) = self.followed_mut(course.patient) else {
            return;
        };
        let stays = course.stays.into_iter();
        followed.stays.extend(stays.map(|row| (episode, row)));
        followed.members.extend(parts);
        let stays = &mut followed.stays;
        stays.sort_by(|(_, a), (_, b)| (a.from, &a.value).cmp(&(b.from, &b.value)));
        let order = |it: &Part| (it.from, it.person.clone(), Arc::clone(&it.role));
        let members = &mut followed.members;
        members.sort_by_cached_key(|(_, part)| order(part));
    }

    /// The establishments that follow a patient: those named, and those of their stays.
    pub(crate) fn establishments_of(&self, patient: u32) -> Option<BTreeSet<EstablishmentId>> {
        let followed = self.of(patient)?;
        let units = followed.stays.iter();
        let stayed = units.filter_map(|(_, stay)| self.units.get(&stay.value));
        Some(followed.named.iter().chain(stayed).cloned().collect())
    }

    pub(crate) fn establishment_of(&self, unit: &UnitId) -> Option<&EstablishmentId> {
        self.units.get(unit)
    }

    pub(crate) fn unit_count(&self) -> usize {
        self.units.len()
    }

    /// Notes where a unit is, and gives the episodes that had named it before.
    pub(crate) fn place(
        &mut self,
        unit: &UnitId,
        establishment: &EstablishmentId,
    ) -> BTreeSet<CareKey> {
        self.units.insert(unit.clone(), establishment.clone());
        self.unplaced.remove(unit).unwrap_or_default()
    }

    /// Who has a post.
    pub(crate) fn person_of_post(&self, post: CareKey) -> Option<&PersonId> {
        self.posts.get(&post).map(|file| &file.person)
    }

    /// Where a post is, as it was last told.
    pub(crate) fn last_place(&self, post: CareKey) -> Option<&Option<PostPlace>> {
        let last = self.posts.get(&post)?.versions.last()?;
        Some(&last.1)
    }

    /// Files a version of a post, and gives the episodes that had named it before.
    ///
    /// A post belongs to whom it was first given: another one is another post.
    pub(crate) fn file_post(
        &mut self,
        key: CareKey,
        person: &PersonId,
        (told, place): (Timestamp, Option<PostPlace>),
    ) -> (Filed, BTreeSet<CareKey>) {
        let file = self.posts.entry(key).or_insert_with(|| PostFile {
            person: person.clone(),
            versions: Vec::new(),
        });
        let version = (told, place);
        let filed = match file.versions.binary_search(&version) {
            Ok(_) => Filed::Repeated,
            Err(_) if file.person != *person => Filed::Full,
            Err(_) if file.versions.len() >= self.limits.versions_per_post_max => Filed::Full,
            Err(index) => {
                file.versions.insert(index, version);
                Filed::New
            }
        };
        (filed, self.waiting.remove(&key).unwrap_or_default())
    }

    /// The posts that follow from the versions of one.
    pub(crate) fn posts_of(&self, key: CareKey) -> Vec<Post> {
        let mut rows = Vec::new();
        let versions = self.posts.get(&key).map(|file| file.versions.as_slice());
        for (told, place) in versions.unwrap_or_default() {
            match place {
                None => rows.clear(),
                Some(place) => {
                    let row = Row {
                        value: (place.establishment.clone(), place.unit.clone()),
                        from: place.from,
                        until: place.until,
                    };
                    succeed(&mut rows, vec![row], *told);
                }
            }
        }
        let posts = rows.into_iter().map(|row| Post {
            establishment: row.value.0,
            unit: row.value.1,
            from: row.from,
            until: row.until,
        });
        posts.collect()
    }

    /// Makes two patients one; false when they are already, or too many are.
    pub(crate) fn unite(&mut self, one: u32, other: u32) -> bool {
        let group = |patient| match self.of(patient).and_then(|it| it.group.as_ref()) {
            Some(group) => group.to_vec(),
            None => vec![patient],
        };
        let mut united = group(one);
        if united.contains(&other) {
            return false;
        }
        united.extend(group(other));
        if united.len() > self.limits.merged_patients_max {
            return false;
        }
        united.sort_unstable();
        let united: Arc<[u32]> = Arc::from(united);
        for patient in united.iter() {
            if let Some(followed) = self.followed_mut(*patient) {
                followed.group = Some(Arc::clone(&united));
            }
        }
        true
    }
}

impl Followed {
    /// The first membership of a person that holds at an instant.
    pub(crate) fn part(&self, person: &PersonId, at: Timestamp) -> Option<&Part> {
        let members = self.members.iter().map(|(_, part)| part);
        let mut own = members.filter(|it| it.person == *person);
        own.find(|it| holds(it.from, it.until, at))
    }

    /// The stays that hold at an instant.
    pub(crate) fn stays_at(&self, at: Timestamp) -> impl Iterator<Item = &Row<UnitId>> {
        let stays = self.stays.iter().map(|(_, stay)| stay);
        stays.filter(move |it| holds(it.from, it.until, at))
    }
}
