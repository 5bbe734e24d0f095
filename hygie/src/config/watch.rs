//! `[watch]`: what the logs are watched with.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use event::{Entity, Level, Suppression, Timestamp};
use serde::Deserialize;
use serde_spanned::Spanned;
use watch::incident::check;
use watch::observe::places::Places;
use watch::sigma::Placeholders;

use super::{Config, Fault};
use crate::detection::HouseRules;
use crate::folder::read_bounded;
use crate::hunt::HuntSettings;

/// The longest file of placeholders or places that is read, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Watch {
    #[serde(default)]
    rules: Vec<Spanned<PathBuf>>,
    placeholders_file: Option<Spanned<PathBuf>>,
    places_file: Option<Spanned<PathBuf>>,
    suppressions_file: Option<Spanned<PathBuf>>,
    #[serde(default)]
    indicators: Vec<Spanned<PathBuf>>,
    hunt_since_days: Option<Spanned<u32>>,
    hunt_core_percent: Option<Spanned<u32>>,
}

/// What the logs are watched with.
#[derive(Clone, Debug)]
pub struct WatchSettings {
    /// Rules and correlations.
    pub rules: HouseRules,
    /// What is kept from becoming an incident.
    pub suppressions: Vec<Suppression>,
    /// How the house hunts by itself.
    pub hunting: HuntSettings,
}

impl From<HouseRules> for WatchSettings {
    /// These rules, and nothing else.
    fn from(rules: HouseRules) -> Self {
        Self {
            rules,
            suppressions: Vec::new(),
            hunting: HuntSettings::default(),
        }
    }
}

/// A table of suppressions as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    suppression: Vec<WrittenSuppression>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSuppression {
    id: String,
    finding: Option<String>,
    entity: Option<String>,
    reason: String,
    by: String,
    until: String,
    level_max: Level,
}

impl WrittenSuppression {
    fn read(self) -> Result<Suppression, String> {
        let until: Timestamp = self
            .until
            .parse()
            .map_err(|error: event::InvalidTimestamp| format!("`until`: {error}"))?;
        let suppression = Suppression {
            id: self.id,
            finding: self.finding,
            entity: self.entity.as_deref().map(entity).transpose()?,
            reason: self.reason,
            by: self.by,
            until_us: i64::try_from(until.as_us()).unwrap_or(i64::MAX),
            level_max: self.level_max,
        };
        check(&suppression).map_err(|error| error.to_string())?;
        Ok(suppression)
    }
}

/// An entity as `device:10.0.0.5`.
fn entity(text: &str) -> Result<Entity, String> {
    let what = "is no entity such as `device:10.0.0.5`, `person:dr-1` or `destination:example.org`";
    Entity::parse(text).ok_or_else(|| format!("`{text}` {what}"))
}

impl Config {
    pub(super) fn watch(&self) -> Result<WatchSettings, Fault> {
        Ok(WatchSettings {
            rules: self.house_rules()?,
            suppressions: self.suppressions()?,
            hunting: self.hunting()?,
        })
    }

    fn house_rules(&self) -> Result<HouseRules, Fault> {
        let section = &self.watch;
        let placeholders = match &section.placeholders_file {
            None => Placeholders::new(),
            Some(at) => {
                let text = self.small_file(at, "watch.placeholders_file")?;
                toml::from_str(&text).map_err(|error| {
                    let what = "it is no table of lists such as `administrators = [\"adm-1\"]`";
                    self.fault(at, "watch.placeholders_file", what)
                        .because(error)
                })?
            }
        };
        let places = match &section.places_file {
            None => Places::default(),
            Some(at) => {
                let text = self.small_file(at, "watch.places_file")?;
                Places::read(&text).map_err(|error| {
                    let what = "the places cannot be used";
                    self.fault(at, "watch.places_file", what).because(error)
                })?
            }
        };
        let paths: Vec<PathBuf> = section.rules.iter().map(|at| self.path(at)).collect();
        HouseRules::load(&paths, &placeholders, places).map_err(|error| {
            let what = "the rules cannot be read";
            match section.rules.first() {
                Some(at) => self.fault(at, "watch.rules", what).because(error),
                None => Fault::whole(&self.origin.path, what.to_owned()).because(error),
            }
        })
    }

    fn hunting(&self) -> Result<HuntSettings, Fault> {
        let section = &self.watch;
        let mut settings = HuntSettings::default();
        for at in &section.indicators {
            let path = self.path(at);
            // A list that cannot be read as such is told when it is read.
            std::fs::metadata(&path).map_err(|error| {
                let what = "the list cannot be read";
                self.fault(at, "watch.indicators", what).because(error)
            })?;
            settings.lists.push(path);
        }
        settings.hunts_rules = !section.rules.is_empty() || !section.indicators.is_empty();
        if let Some(at) = &section.hunt_since_days {
            settings.since = Duration::from_secs(u64::from(*at.get_ref()) * 86_400);
        }
        if let Some(at) = &section.hunt_core_percent {
            settings.core_percent = *at.get_ref();
            if settings.core_percent > 100 {
                let what = "it is the share of one core: 0 to 100";
                return Err(self.fault(at, "watch.hunt_core_percent", what));
            }
        }
        Ok(settings)
    }

    fn suppressions(&self) -> Result<Vec<Suppression>, Fault> {
        let Some(at) = &self.watch.suppressions_file else {
            return Ok(Vec::new());
        };
        let key = "watch.suppressions_file";
        let text = self.small_file(at, key)?;
        let written: Table = toml::from_str(&text).map_err(|error| {
            let what = "it is no table of suppressions (docs/watch.md)";
            self.fault(at, key, what).because(error)
        })?;
        let mut ids = BTreeSet::new();
        let read = written.suppression.into_iter().map(|one| {
            let id = one.id.clone();
            if !ids.insert(id.clone()) {
                return Err(self.fault(at, key, format!("`{id}`: two suppressions bear it")));
            }
            one.read()
                .map_err(|what| self.fault(at, key, format!("`{id}`: {what}")))
        });
        read.collect()
    }

    pub(super) fn small_file(&self, at: &Spanned<PathBuf>, key: &str) -> Result<String, Fault> {
        let path = self.path(at);
        let unread = |error| {
            self.fault(at, key, "the file cannot be read")
                .because(error)
        };
        let bytes = read_bounded(&path, FILE_BYTES_MAX).map_err(unread)?;
        String::from_utf8(bytes).map_err(|error| unread(std::io::Error::other(error)))
    }
}
