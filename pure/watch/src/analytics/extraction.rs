//! Mass extraction: how many distinct patients a person opens, weighed by care relation; and
//! canary records, which nobody has reason to open.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::baseline::Baselines;
use super::bounded::Bounded;
use super::input::{CareRelation, RecordAccess};
use super::window::{Cut, DistinctWindow, Recent, SumWindow, Told};
use super::{DAY_US, Output, SECOND_US};
use crate::finding::{Entity, Fact, Finding, Level};
use crate::hash::HashKey;

/// Thresholds and limits. Lists go by window: a minute, an hour, a day, thirty days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExtractionSettings {
    /// The price of a patient for whom the person cares, in thousandths.
    pub price_treating: u64,
    /// The price of a patient of the person's unit.
    pub price_unit: u64,
    /// The price of a patient whose record was opened by break-glass.
    pub price_break_glass: u64,
    /// The price of a patient without any known relation.
    pub price_none: u64,
    /// The price that all distinct patients of a window may have together, in thousandths.
    pub budget: [u64; 4],
    /// The baseline never raises a budget above this.
    pub budget_ceiling: [u64; 4],
    /// The budget is at least so many times the 99th percentile of a person's day in the
    /// establishment, for the windows of a day and of thirty days.
    pub usual_factor: u64,
    /// Distinct patients that are counted exactly.
    pub exact_max: usize,
    /// Persons that are kept.
    pub keys_max: usize,
    /// Pseudonyms of canary records.
    pub canaries: BTreeSet<String>,
}

impl Default for ExtractionSettings {
    fn default() -> Self {
        Self {
            price_treating: 100,
            price_unit: 300,
            price_break_glass: 1_000,
            price_none: 2_000,
            budget: [15_000, 40_000, 120_000, 900_000],
            budget_ceiling: [30_000, 100_000, 400_000, 3_000_000],
            usual_factor: 2,
            exact_max: 4_096,
            keys_max: 100_000,
            canaries: BTreeSet::new(),
        }
    }
}

const CUTS: [Cut; 4] = [
    Cut {
        span_us: 60 * SECOND_US,
        slots: 12,
    },
    Cut {
        span_us: 3_600 * SECOND_US,
        slots: 12,
    },
    Cut {
        span_us: DAY_US,
        slots: 24,
    },
    Cut {
        span_us: 30 * DAY_US,
        slots: 30,
    },
];
const NAMES: [&str; 4] = ["1m", "1h", "24h", "30d"];
/// The first window whose budget follows the baseline.
const FOLLOWS_FROM: usize = 2;
const DAY_WINDOW: usize = 2;

/// The fold over record accesses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extraction {
    settings: ExtractionSettings,
    key: HashKey,
    people: Bounded<Reader>,
    usual: Baselines,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Reader {
    windows: [Opened; 4],
    recent: Recent,
    day: Option<i64>,
    canary: Told,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Opened {
    patients: DistinctWindow,
    price: SumWindow,
    priced: SumWindow,
    accesses: SumWindow,
    told: Told,
}

impl Extraction {
    /// No accesses yet.
    #[must_use]
    pub fn new(settings: ExtractionSettings, key: HashKey) -> Self {
        Self {
            people: Bounded::new("readers of records", settings.keys_max),
            usual: Baselines::default(),
            settings,
            key,
        }
    }

    /// Takes one access.
    pub fn apply(&mut self, access: &RecordAccess) -> Vec<Output> {
        let mut outputs = Vec::new();
        let settings = &self.settings;
        let at_us = access.place.at_us;
        let owner = &access.place.establishment;
        let reader = self
            .people
            .touch((owner, &access.person), at_us, &mut outputs);
        reader.recent.push(access.place.position);
        let usual = self.usual.of(owner);
        let day = at_us.div_euclid(DAY_US);
        if reader.day.is_some_and(|last| last < day)
            && let Some(opened) = reader.windows.get(DAY_WINDOW)
        {
            usual.learn(opened.price(), at_us);
        }
        reader.day = Some(reader.day.map_or(day, |last| last.max(day)));
        if settings.canaries.contains(&access.patient) && reader.canary.tell(at_us, 1, DAY_US) {
            outputs.push(Output::Found(canary(access)));
        }
        let hash = self.key.hash(access.patient.as_bytes());
        let price = settings.price(access.relation);
        for (place, opened) in reader.windows.iter_mut().enumerate() {
            let Some(cut) = CUTS.get(place).copied() else {
                continue;
            };
            opened.accesses.add(cut, at_us, 1);
            let is_new = opened.patients.insert(cut, at_us, hash, settings.exact_max);
            opened.price.add(cut, at_us, if is_new { price } else { 0 });
            opened.priced.add(cut, at_us, u64::from(is_new));
            let of = |list: &[u64; 4]| list.get(place).copied().unwrap_or(u64::MAX);
            let budget = match place >= FOLLOWS_FROM {
                true => usual.threshold(
                    of(&settings.budget),
                    settings.usual_factor,
                    of(&settings.budget_ceiling),
                ),
                false => of(&settings.budget),
            };
            let spent = opened.price();
            if spent <= budget || !opened.told.tell(at_us, spent, cut.span_us) {
                continue;
            }
            let thousandths =
                |price: u64| Fact::Thousandths(i64::try_from(price).unwrap_or(i64::MAX));
            let finding = Finding::new("mass_extraction", Level::High, at_us, entities(access))
                .technique("T1213")
                .events(reader.recent.positions(), opened.accesses.sum())
                .fact("window", NAMES.get(place).copied().unwrap_or_default())
                .fact("patients", opened.patients.count())
                .fact("counted", opened.patients.how())
                .fact("price", thousandths(spent))
                .fact("budget", thousandths(budget));
            outputs.push(Output::Found(finding));
        }
        outputs
    }
}

impl ExtractionSettings {
    fn price(&self, relation: CareRelation) -> u64 {
        match relation {
            CareRelation::BreakGlass => self.price_break_glass,
            CareRelation::None => self.price_none,
            CareRelation::Treating => self.price_treating,
            CareRelation::Unit => self.price_unit,
        }
    }
}

impl Opened {
    /// The price of all distinct patients: summed while they are counted exactly, then their mean
    /// price times their estimated number.
    fn price(&self) -> u64 {
        if self.patients.is_exact() {
            return self.price.sum();
        }
        let mean = self.price.sum() / self.priced.sum().max(1);
        mean.saturating_mul(self.patients.count())
            .max(self.price.sum())
    }
}

fn canary(access: &RecordAccess) -> Finding {
    let mut entities = entities(access);
    entities.push(Entity::patient(&access.patient));
    Finding::new(
        "canary_record",
        Level::Critical,
        access.place.at_us,
        entities,
    )
    .technique("T1213")
    .events([access.place.position], 1)
}

fn entities(access: &RecordAccess) -> Vec<Entity> {
    vec![
        Entity::person(&access.person),
        Entity::establishment(&access.place.establishment),
    ]
}
