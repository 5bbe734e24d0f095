//! `[watch]`: what the logs are watched with.

use std::path::PathBuf;

use serde::Deserialize;
use serde_spanned::Spanned;
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

    fn small_file(&self, at: &Spanned<PathBuf>, key: &str) -> Result<String, Fault> {
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
