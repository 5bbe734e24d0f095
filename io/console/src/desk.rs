//! The desk: what the officers see, from the fold of the evidence and the directory's names.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audit::{Review, ReviewState, Wanted};
use event::{Access, PersonId, Timestamp};
use evidence::{Records, SealedSource};
use hospital::{Directory, SharedDirectory};
use page::{Asset, Console, Counts, Decision, ReviewOwed};

use crate::fold::Fold;

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
    source: Arc<dyn SealedSource>,
    directory: Arc<SharedDirectory>,
    fold: Mutex<Fold>,
}

impl Desk {
    /// A desk over the log in `folder`, with what is remembered of it and the names that the
    /// directory knows.
    #[must_use]
    pub fn new(
        folder: PathBuf,
        source: Arc<dyn SealedSource>,
        directory: Arc<SharedDirectory>,
        fold: Fold,
    ) -> Self {
        Self {
            folder,
            source,
            directory,
            fold: Mutex::new(fold),
        }
    }

    /// The state of the log as of now, to be written down.
    ///
    /// Reads files: not for a thread that serves requests.
    pub fn fold(&self) -> Result<Fold, Error> {
        self.caught_up().map(|fold| fold.clone())
    }

    /// The openings that are looked for, up to the last durable entry.
    ///
    /// Reads files: not for a thread that serves requests.
    pub fn openings(&self, wanted: &Wanted) -> Result<Vec<Review>, Error> {
        let fold = self.caught_up()?;
        Ok(fold.reviews().find(wanted).into_iter().cloned().collect())
    }

    /// What there is to see at `at`. The state of the log itself and the incidents are
    /// the caller's to fill in.
    ///
    /// Reads files: not for a thread that serves requests.
    pub fn view(&self, at: Timestamp) -> Result<Console, Error> {
        let fold = self.caught_up()?;
        let counts = fold.counts();
        let owed = fold.reviews().by_due();
        let overdue = owed
            .iter()
            .filter(|review| review.state(at) == ReviewState::Overdue)
            .count();
        Ok(Console {
            decisions: fold
                .last()
                .map(|(time, access)| self.row(*time, access))
                .collect(),
            counts: Counts {
                permit: counts.permit,
                breakable: counts.breakable,
                refusal: counts.refusal,
            },
            incidents: Vec::new(),
            reviews: owed
                .iter()
                .take(REVIEWS_MAX)
                .map(|review| self.owed(review, at))
                .collect(),
            reviews_overdue: u32::try_from(overdue).unwrap_or(u32::MAX),
            openings_to_tell: u32::try_from(fold.reviews().noticing().len()).unwrap_or(u32::MAX),
            evidence: page::Evidence {
                entries: fold.next(),
                signed_entries: 0,
                origin: String::new(),
                public_key: String::new(),
                queue: None,
                accepting: true,
            },
            telemetry: None,
            has_inventory: false,
            assets: self.assets(),
        })
    }

    /// The fold, with what was kept since the last look.
    fn caught_up(&self) -> Result<MutexGuard<'_, Fold>, Error> {
        let mut fold = self.fold.lock().unwrap_or_else(PoisonError::into_inner);
        let records = Records::open(&self.folder, fold.next(), Arc::clone(&self.source));
        fold.catch_up(&mut records.with_classes(Fold::CLASSES))
            .map_err(|source| Error::Evidence {
                folder: self.folder.clone(),
                source,
            })?;
        Ok(fold)
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
            id: review.id.clone(),
            glass: review.glass.clone(),
            person: self.name(&review.actor.person),
            reason: review.reason,
            declared: review.declared,
            due: review.due,
            state: match review.state(at) {
                ReviewState::Open | ReviewState::Owed | ReviewState::Closed(_) => {
                    page::ReviewState::Open
                }
                ReviewState::Overdue => page::ReviewState::Overdue,
            },
        }
    }

    fn assets(&self) -> Vec<Asset> {
        let directory = self.directory.read();
        let assets = directory.assets().iter();
        assets
            .map(|asset| Asset {
                name: asset.name.clone(),
                tier: asset.tier,
                establishment: place(&directory, asset),
                function: asset.care_function.clone(),
            })
            .collect()
    }

    fn name(&self, person: &PersonId) -> String {
        self.directory.read().name_of(person)
    }
}

/// The name of an asset's establishment, and of the unit that it serves.
fn place(directory: &Directory, asset: &hospital::Asset) -> String {
    let mut known = directory.establishments().iter();
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
