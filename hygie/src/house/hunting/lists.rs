//! The lists of indicators of a house, read again when they change.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::clock;
use crate::hunt::Lists;
use crate::hunt::lists::{list_files, read_with_digest};

use super::super::findings::SharedIndicators;

/// The lists that are read, by the digest of their bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownLists(Arc<Mutex<BTreeMap<String, PathBuf>>>);

impl KnownLists {
    /// As they are now.
    pub(super) fn get(&self) -> BTreeMap<String, PathBuf> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, lists: BTreeMap<String, PathBuf>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = lists;
    }
}

/// What looks at them.
#[derive(Debug)]
pub(super) struct WatchedLists {
    paths: Vec<PathBuf>,
    indicators: SharedIndicators,
    known: KnownLists,
    /// As they were when all of them were read last.
    seen: Option<Vec<SeenList>>,
}

/// A list as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SeenList {
    path: PathBuf,
    bytes: u64,
    written: Option<SystemTime>,
}

impl WatchedLists {
    /// Nothing read yet.
    pub(super) fn new(paths: Vec<PathBuf>, indicators: SharedIndicators) -> Self {
        Self {
            paths,
            indicators,
            known: KnownLists::default(),
            seen: None,
        }
    }

    /// What it reads, also later.
    pub(super) fn known(&self) -> KnownLists {
        self.known.clone()
    }

    /// Reads the lists if they have changed, and compares lines with them from now on.
    pub(super) fn look(&mut self) {
        let files = match list_files(&self.paths, SystemTime::now()) {
            Ok(files) => files,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "Lists stay as they are");
                return;
            }
        };
        let seen = files.into_iter().filter_map(|path| {
            let metadata = fs::metadata(&path).ok()?;
            Some(SeenList {
                path,
                bytes: metadata.len(),
                written: metadata.modified().ok(),
            })
        });
        let seen: Vec<SeenList> = seen.collect();
        if self.seen.as_ref() == Some(&seen) {
            return;
        }
        let is_whole = self.read(&seen);
        // One that could not be read is tried again, whatever its time says.
        self.seen = is_whole.then_some(seen);
    }

    /// Whether all could be read.
    fn read(&self, seen: &[SeenList]) -> bool {
        let now_us = i64::try_from(clock::now().as_us()).unwrap_or(i64::MAX);
        let (mut lists, mut all, mut is_whole) = (BTreeMap::new(), Lists::default(), true);
        for list in seen {
            match read_with_digest(&list.path) {
                Ok((mut read, digest)) => {
                    // What is over is of the past: it is hunted, and not looked for in what comes.
                    let is_open = |until: Option<i64>| until.is_none_or(|until| until >= now_us);
                    read.indicators.retain(|it| is_open(it.valid_until_us));
                    all.add(read);
                    lists.insert(digest, list.path.clone());
                }
                Err(error) => {
                    is_whole = false;
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "A list is left out");
                }
            }
        }
        let not_understood = all.not_understood_total;
        let (indicators, unusable) = all.looked_for();
        if !seen.is_empty() {
            tracing::info!(
                lists = lists.len(),
                indicators = indicators.len(),
                not_understood,
                unusable = unusable.len(),
                "Lists of indicators are read"
            );
        }
        let mut shared = self
            .indicators
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *shared = Arc::new(indicators);
        drop(shared);
        self.known.set(lists);
        is_whole
    }
}
