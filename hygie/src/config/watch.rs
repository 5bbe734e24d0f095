//! `[watch]`: what the logs are watched with.

use std::collections::BTreeSet;
use std::path::PathBuf;

use event::{Entity, Level, Suppression, Timestamp};
use serde::Deserialize;
use serde_spanned::Spanned;
use watch::incident::check;
use watch::observe::places::Places;
use watch::sigma::Placeholders;

use super::{Config, Fault};
use crate::detection::HouseRules;

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
    pub(super) fn watch(&self) -> Result<HouseRules, Fault> {
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

    pub(super) fn suppressions(&self) -> Result<Vec<Suppression>, Fault> {
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
        if std::fs::metadata(&path).map_err(unread)?.len() > FILE_BYTES_MAX {
            return Err(self.fault(at, key, "the file is too long"));
        }
        std::fs::read_to_string(&path).map_err(unread)
    }
}
