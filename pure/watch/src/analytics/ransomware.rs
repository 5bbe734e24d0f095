//! Ransomware on file shares: one account on one device that rewrites and renames many files.
//!
//! Three signs are weighed: how many distinct files are touched, how many renames give a new and
//! common extension, how much of what is written is as good as random. The deletion of the copies
//! that a system keeps is told at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::baseline::Baselines;
use super::bounded::Bounded;
use super::input::{FileAction, FileOperation};
use super::window::{Cut, DistinctWindow, Recent, SumWindow, Told};
use super::{Output, SECOND_US};
use crate::finding::{Entity, Fact, Finding, Level};
use crate::hash::HashKey;

/// Thresholds and limits. Lists go by window: a minute, ten minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RansomwareSettings {
    /// Distinct files that were written or renamed.
    pub files_min: [u64; 2],
    /// The baseline never raises a threshold above this.
    pub files_ceiling: [u64; 2],
    /// The threshold is at least so many times the 99th percentile of the establishment.
    pub usual_factor: u64,
    /// Of all changes, renames that put one and the same extension in the place of another, in
    /// thousandths.
    pub renamed_thousandths_min: u64,
    /// Entropy from which on what was written counts as random, in thousandths of a bit a byte.
    pub random_millibits_min: u32,
    /// Of the writes whose entropy is known, those that count as random, in thousandths.
    pub random_thousandths_min: u64,
    /// Writes of known entropy below which no share is formed.
    pub random_writes_min: u64,
    /// A deletion of kept copies makes a burst critical for so long, in seconds.
    pub shadow_memory_s: i64,
    /// Distinct values that are counted exactly.
    pub exact_max: usize,
    /// Pairs of account and device that are kept.
    pub keys_max: usize,
}

impl Default for RansomwareSettings {
    fn default() -> Self {
        Self {
            files_min: [40, 150],
            files_ceiling: [400, 2_000],
            usual_factor: 3,
            renamed_thousandths_min: 300,
            random_millibits_min: 7_200,
            random_thousandths_min: 700,
            random_writes_min: 20,
            shadow_memory_s: 86_400,
            exact_max: 4_096,
            keys_max: 50_000,
        }
    }
}

const CUTS: [Cut; 2] = [
    Cut {
        span_us: 60 * SECOND_US,
        slots: 12,
    },
    Cut {
        span_us: 600 * SECOND_US,
        slots: 10,
    },
];
const NAMES: [&str; 2] = ["1m", "10m"];
/// New extensions that are counted apart for each account.
const EXTENSIONS_MAX: usize = 16;
const EXTENSION_BYTES_MAX: usize = 32;

/// The fold over file operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ransomware {
    settings: RansomwareSettings,
    key: HashKey,
    accounts: Bounded<Account>,
    usual: Baselines,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Account {
    windows: [Changes; 2],
    shares: DistinctWindow,
    recent: Recent,
    shadow_us: Option<i64>,
    minute: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Changes {
    files: DistinctWindow,
    all: SumWindow,
    extensions: BTreeMap<String, SumWindow>,
    known: SumWindow,
    random: SumWindow,
    told: Told,
}

impl Ransomware {
    /// No operations yet.
    #[must_use]
    pub fn new(settings: RansomwareSettings, key: HashKey) -> Self {
        Self {
            accounts: Bounded::new("accounts on file shares", settings.keys_max),
            usual: Baselines::default(),
            settings,
            key,
        }
    }

    /// Takes one operation.
    pub fn apply(&mut self, operation: &FileOperation) -> Vec<Output> {
        let mut outputs = Vec::new();
        let at_us = operation.place.at_us;
        let key = format!("{}\u{1f}{}", operation.person, operation.device);
        let owner = &operation.place.establishment;
        match operation.action {
            FileAction::Read => {}
            FileAction::ShadowCopyDelete => {
                let account = self.accounts.touch((owner, &key), at_us, &mut outputs);
                account.shadow_us = Some(at_us);
                let finding = Finding::new(
                    "shadow_copy_deletion",
                    Level::High,
                    at_us,
                    entities(operation),
                )
                .technique("T1490")
                .events([operation.place.position], 1);
                outputs.push(Output::Found(finding));
            }
            FileAction::Create | FileAction::Delete | FileAction::Rename | FileAction::Write => {
                let account = self.accounts.touch((owner, &key), at_us, &mut outputs);
                let usual = self.usual.of(owner);
                let minute = at_us.div_euclid(60 * SECOND_US);
                if account.minute.is_some_and(|last| last < minute)
                    && let Some(changes) = account.windows.first()
                {
                    usual.learn(changes.files.count(), at_us);
                }
                account.minute = Some(account.minute.map_or(minute, |last| last.max(minute)));
                account.take(operation, &self.settings, self.key);
                outputs.extend(account.tell(operation, &self.settings, usual));
            }
        }
        outputs
    }
}

impl Account {
    fn take(&mut self, operation: &FileOperation, settings: &RansomwareSettings, key: HashKey) {
        let at_us = operation.place.at_us;
        let before = operation.path_before.as_deref();
        // A file keeps its identity through a rename: it is the one of before.
        let file = before.unwrap_or(&operation.path);
        let file = key.hash_all([operation.share.as_str(), file]);
        self.recent.push(operation.place.position);
        let share = key.hash(operation.share.as_bytes());
        let [_, cut] = CUTS;
        self.shares.insert(cut, at_us, share, settings.exact_max);
        let extension = changed_extension(operation);
        for (changes, cut) in self.windows.iter_mut().zip(CUTS) {
            changes.files.insert(cut, at_us, file, settings.exact_max);
            changes.all.add(cut, at_us, 1);
            changes.pass(cut, at_us);
            if let Some(extension) = &extension {
                changes.renamed(cut, at_us, extension);
            }
            if let Some(millibits) = operation.entropy_millibits {
                let is_random = millibits >= settings.random_millibits_min;
                changes.known.add(cut, at_us, 1);
                changes.random.add(cut, at_us, u64::from(is_random));
            }
        }
    }

    fn tell(
        &mut self,
        operation: &FileOperation,
        settings: &RansomwareSettings,
        usual: &super::baseline::Baseline,
    ) -> Option<Output> {
        let at_us = operation.place.at_us;
        let memory_us = settings.shadow_memory_s.saturating_mul(SECOND_US);
        let has_shadow = self
            .shadow_us
            .is_some_and(|shadow_us| at_us.saturating_sub(shadow_us) <= memory_us);
        for (place, (changes, cut)) in self.windows.iter_mut().zip(CUTS).enumerate() {
            let of = |list: &[u64; 2]| list.get(place).copied().unwrap_or(u64::MAX);
            let min = usual.threshold(
                of(&settings.files_min),
                settings.usual_factor,
                of(&settings.files_ceiling),
            );
            let files = changes.files.count();
            let renamed = changes.most_renamed().saturating_mul(1_000) / changes.all.sum().max(1);
            let known = changes.known.sum();
            let random = changes.random.sum().saturating_mul(1_000) / known.max(1);
            let is_renaming = renamed >= settings.renamed_thousandths_min;
            let is_random =
                known >= settings.random_writes_min && random >= settings.random_thousandths_min;
            let signs = u8::from(is_renaming) + u8::from(is_random) + u8::from(has_shadow);
            if files < min || signs == 0 || !changes.told.tell(at_us, files, cut.span_us) {
                continue;
            }
            let level = if signs > 1 {
                Level::Critical
            } else {
                Level::High
            };
            let thousandths =
                |share: u64| Fact::Thousandths(i64::try_from(share).unwrap_or(i64::MAX));
            let finding = Finding::new("ransomware", level, at_us, entities(operation))
                .technique("T1486")
                .events(self.recent.positions(), changes.all.sum())
                .fact("window", NAMES.get(place).copied().unwrap_or_default())
                .fact("files", files)
                .fact("counted", changes.files.how())
                .fact("shares", self.shares.count())
                .fact("renamed", thousandths(renamed))
                .fact("random", thousandths(random))
                .fact("shadow_copies", if has_shadow { "deleted" } else { "kept" });
            return Some(Output::Found(finding));
        }
        None
    }
}

impl Changes {
    /// Shares are taken of windows that end at the same event.
    fn pass(&mut self, cut: Cut, at_us: i64) {
        self.known.pass(cut, at_us);
        self.random.pass(cut, at_us);
        self.extensions.retain(|_, window| {
            window.pass(cut, at_us);
            window.sum() > 0
        });
    }

    fn renamed(&mut self, cut: Cut, at_us: i64, extension: &str) {
        if !self.extensions.contains_key(extension) && self.extensions.len() >= EXTENSIONS_MAX {
            let least = self
                .extensions
                .iter()
                .min_by_key(|(_, window)| window.sum());
            if let Some(least) = least.map(|(extension, _)| extension.clone()) {
                self.extensions.remove(&least);
            }
        }
        let window = self.extensions.entry(extension.to_owned()).or_default();
        window.add(cut, at_us, 1);
    }

    fn most_renamed(&self) -> u64 {
        self.extensions
            .values()
            .map(SumWindow::sum)
            .max()
            .unwrap_or(0)
    }
}

/// The new extension of a rename that changed it.
fn changed_extension(operation: &FileOperation) -> Option<String> {
    if operation.action != FileAction::Rename {
        return None;
    }
    let after = extension(&operation.path)?;
    let before = operation.path_before.as_deref().and_then(extension);
    (before.as_ref() != Some(&after)).then_some(after)
}

fn extension(path: &str) -> Option<String> {
    let name = path.rsplit(['/', '\\']).next()?;
    let (_, extension) = name.rsplit_once('.')?;
    let is_short = !extension.is_empty() && extension.len() <= EXTENSION_BYTES_MAX;
    is_short.then(|| extension.to_lowercase())
}

fn entities(operation: &FileOperation) -> Vec<Entity> {
    vec![
        Entity::person(&operation.person),
        Entity::device(&operation.device),
        Entity::establishment(&operation.place.establishment),
    ]
}
