//! The fold behind the console: the last decisions, counts, and the reviews that are owed.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use audit::{Review, ReviewState, Reviews};
use event::{Access, Event, Outcome, PersonId, Timestamp};
use evidence::Reader;
use hospital::Directory;
use page::{Asset, Console, Counts, Decision, ReviewOwed};

/// How many decisions the console lists.
const DECISIONS_MAX: usize = 50;

/// How many reviews the console lists, the most urgent first.
const REVIEWS_MAX: usize = 200;

/// The digits of a pseudonym that a table shows: enough to tell two patients apart.
const PSEUDONYM_DIGITS: usize = 8;

/// Evidence that cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log cannot be read.
    #[error("the evidence in `{folder}` cannot be read")]
    Evidence {
        /// The folder of the log.
        folder: PathBuf,
        /// What the log says.
        #[source]
        source: evidence::Error,
    },
}

/// What the console shows, kept up to date from the log.
#[derive(Debug)]
pub struct Desk {
    folder: PathBuf,
    directory: Arc<Directory>,
    fold: Mutex<Fold>,
}

/// The state folded so far.
///
/// INVARIANT: (6) same log, same state: it begins empty, and only kept events change it.
#[derive(Debug, Default)]
struct Fold {
    next: u64,
    counts: Counts,
    last: VecDeque<(Timestamp, Access)>,
    reviews: Reviews,
}

impl Desk {
    /// A desk over the log in `folder`, with the names that the directory knows.
    #[must_use]
    pub fn new(folder: PathBuf, directory: Arc<Directory>) -> Self {
        Self {
            folder,
            directory,
            fold: Mutex::new(Fold::default()),
        }
    }

    /// What there is to see at `at`. The state of the log itself is the caller's to fill in.
    ///
    /// Reads files: not for a thread that serves requests.
    pub fn view(&self, at: Timestamp) -> Result<Console, Error> {
        let mut fold = self.fold.lock().unwrap_or_else(PoisonError::into_inner);
        fold.catch_up(&self.folder)
            .map_err(|source| Error::Evidence {
                folder: self.folder.clone(),
                source,
            })?;
        Ok(Console {
            decisions: fold
                .last
                .iter()
                .rev()
                .map(|(time, access)| self.row(*time, access))
                .collect(),
            counts: fold.counts,
            reviews: fold
                .reviews
                .by_due()
                .into_iter()
                .take(REVIEWS_MAX)
                .map(|review| self.owed(review, at))
                .collect(),
            evidence: page::Evidence {
                entries: fold.next,
                signed_entries: 0,
                origin: String::new(),
                public_key: String::new(),
                queue: None,
            },
            assets: self.assets(),
        })
    }

    fn row(&self, time: Timestamp, access: &Access) -> Decision {
        let patient = access
            .asked
            .target
            .patient
            .as_ref()
            .or(access.disclosed.patients.first());
        Decision {
            time,
            person: self.name(&access.actor.person),
            profession: access.actor.profession.clone(),
            action: access.asked.action.clone(),
            resource_type: access.asked.target.resource_type.clone(),
            patient: patient.map(|patient| {
                patient
                    .pseudonym
                    .as_str()
                    .chars()
                    .take(PSEUDONYM_DIGITS)
                    .collect()
            }),
            outcome: access.outcome,
            reasons: access.reasons.clone(),
        }
    }

    fn owed(&self, review: &Review, at: Timestamp) -> ReviewOwed {
        ReviewOwed {
            glass: review.glass.clone(),
            person: self.name(&review.actor.person),
            reason: review.reason,
            declared: review.declared,
            due: review.due,
            state: match review.state(at) {
                ReviewState::Open | ReviewState::Owed => page::ReviewState::Open,
                ReviewState::Overdue => page::ReviewState::Overdue,
            },
        }
    }

    fn assets(&self) -> Vec<Asset> {
        self.directory
            .assets()
            .iter()
            .map(|asset| Asset {
                name: asset.name.clone(),
                tier: asset.tier,
                establishment: self.place(asset),
                function: asset.care_function.clone(),
            })
            .collect()
    }

    /// The name of an asset's establishment, and of the unit that it serves.
    fn place(&self, asset: &hospital::Asset) -> String {
        let mut known = self.directory.establishments().iter();
        let Some(establishment) = known.find(|known| known.id == asset.establishment) else {
            return asset.establishment.to_string();
        };
        let unit = asset
            .unit
            .as_ref()
            .and_then(|id| establishment.units.iter().find(|unit| unit.id == *id));
        unit.map_or_else(
            || establishment.name.clone(),
            |unit| format!("{}, {}", establishment.name, unit.name),
        )
    }

    fn name(&self, person: &PersonId) -> String {
        let known = self.directory.person(person);
        known.map_or_else(|| person.to_string(), |known| known.name.clone())
    }
}

impl Fold {
    /// Takes in what was kept since the last look.
    fn catch_up(&mut self, folder: &std::path::Path) -> Result<(), evidence::Error> {
        let mut reader = Reader::open(folder, self.next)?;
        while let Some(record) = reader.read()? {
            // An entry of a later version is passed over here; it stays in the log as it is.
            if let Ok(event) = Event::from_bytes(record.payload) {
                self.apply(record.index, Timestamp::from_us(record.time_us), event);
            }
            self.next = record.index.saturating_add(1);
        }
        Ok(())
    }

    fn apply(&mut self, index: u64, time: Timestamp, event: Event) {
        self.reviews.apply(index, &event);
        if let Event::Access(access) = event {
            let count = match access.outcome {
                Outcome::Breakable => &mut self.counts.breakable,
                Outcome::Permit => &mut self.counts.permit,
                Outcome::Refusal => &mut self.counts.refusal,
            };
            *count = count.saturating_add(1);
            self.last.push_back((time, access));
            if self.last.len() > DECISIONS_MAX {
                self.last.pop_front();
            }
        }
    }
}
