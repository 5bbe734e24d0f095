//! `[inventory]`: what is seen of devices, and by which dates their support ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hospital::inventory::{Calendar, Fingerprints};
use intake::captures::dropped::CaptureFolder;
use intake::captures::live::LiveSource;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::{Config, Fault};
use crate::support::add_dates;

/// How long what nobody tells any more is known, unless it is said otherwise, and at most.
const KEEP_DAYS: u64 = 90;
const KEEP_DAYS_MAX: u64 = 3_650;

/// Most captures that are read at a time: each has a thread and a program.
const CAPTURES_MAX: usize = 16;

/// The section as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InventorySection {
    keep_days: Option<Spanned<u64>>,
    #[serde(default)]
    support: Vec<Spanned<PathBuf>>,
    #[serde(default)]
    captures: Vec<Capture>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Capture {
    name: Spanned<String>,
    interface: Option<Spanned<String>>,
    command: Option<Spanned<Vec<String>>>,
    folder: Option<Spanned<PathBuf>>,
}

/// Where captures come from.
#[derive(Clone, Debug)]
pub enum CaptureSource {
    /// A program writes one that goes on.
    Live(LiveSource),
    /// Finished ones are put into a folder.
    Folder(CaptureFolder),
}

impl CaptureSource {
    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Live(live) => &live.name,
            Self::Folder(folder) => &folder.name,
        }
    }
}

/// An inventory in which everything has been read and checked.
#[derive(Clone, Debug)]
pub struct InventorySettings {
    /// How long what nobody tells any more is known.
    pub keep: Duration,
    /// Where captures come from.
    pub captures: Vec<CaptureSource>,
    /// Dates of support.
    pub calendar: Arc<Calendar>,
    /// What claims say about makers, models and tiers.
    pub fingerprints: Fingerprints,
}

impl Config {
    /// What an inventory is made of; nothing where none is kept.
    pub(super) fn inventory(&self) -> Result<Option<InventorySettings>, Fault> {
        let Some(section) = &self.inventory else {
            return Ok(None);
        };
        let fingerprints = Fingerprints::built_in().map_err(|error| self.own_table(error))?;
        Ok(Some(InventorySettings {
            keep: self.keep(section.keep_days.as_ref())?,
            captures: self.captures(&section.captures)?,
            calendar: Arc::new(self.calendar(&section.support)?),
            fingerprints,
        }))
    }

    fn keep(&self, written: Option<&Spanned<u64>>) -> Result<Duration, Fault> {
        let days = written.map_or(KEEP_DAYS, |at| *at.get_ref());
        match (written, (1..=KEEP_DAYS_MAX).contains(&days)) {
            (Some(at), false) => {
                let what = format!("it is not from 1 to {KEEP_DAYS_MAX}");
                Err(self.fault(at, "inventory.keep_days", what))
            }
            _ => Ok(Duration::from_secs(days * 24 * 60 * 60)),
        }
    }

    fn captures(&self, written: &[Capture]) -> Result<Vec<CaptureSource>, Fault> {
        let mut sources: Vec<CaptureSource> = Vec::new();
        for capture in written {
            let source = self.capture(capture)?;
            let key = "inventory.captures.name";
            if sources.iter().any(|it| it.name() == source.name()) {
                return Err(self.fault(&capture.name, key, "two captures bear it"));
            }
            if sources.len() >= CAPTURES_MAX {
                let what = format!("there are more than {CAPTURES_MAX} captures");
                return Err(self.fault(&capture.name, key, what));
            }
            sources.push(source);
        }
        Ok(sources)
    }

    fn capture(&self, written: &Capture) -> Result<CaptureSource, Fault> {
        let name = self.plain_name(&written.name, "inventory.captures.name")?;
        match (&written.interface, &written.command, &written.folder) {
            (Some(at), None, None) => {
                let live = LiveSource::of_interface(&name, at.get_ref());
                live.map(CaptureSource::Live).ok_or_else(|| {
                    let what = "it is not the name of an interface";
                    self.fault(at, "inventory.captures.interface", what)
                })
            }
            (None, Some(at), None) => {
                let command = at.get_ref().clone();
                if command.first().is_none_or(String::is_empty) {
                    let what = "it names no program";
                    return Err(self.fault(at, "inventory.captures.command", what));
                }
                Ok(CaptureSource::Live(LiveSource { name, command }))
            }
            (None, None, Some(at)) => {
                let folder = CaptureFolder::new(name, self.path(at));
                Ok(CaptureSource::Folder(folder))
            }
            _ => {
                let what = "it needs one of `interface`, `command` and `folder`";
                Err(self.fault(&written.name, "inventory.captures", what))
            }
        }
    }

    fn calendar(&self, written: &[Spanned<PathBuf>]) -> Result<Calendar, Fault> {
        let mut calendar = Calendar::new().map_err(|error| self.own_table(error))?;
        for at in written {
            let mut bad = Vec::new();
            let read = add_dates(&mut calendar, &self.path(at), &mut |one| bad.push(one));
            let fault = |what: &str| self.fault(at, "inventory.support", what);
            read.map_err(|error| fault("it holds no dates").because(error))?;
            if let Some(first) = bad.into_iter().next() {
                return Err(fault(&first));
            }
        }
        Ok(calendar)
    }

    /// A table that is compiled in and cannot be read, which a test keeps from being so.
    fn own_table(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
        let what = "a table of the program cannot be read".to_owned();
        Fault::at(&self.origin, 0, "inventory", what).because(error)
    }
}
