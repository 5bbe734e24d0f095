//! The one directory of a house: many ask it while one changes it.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use event::{CareChange, PatientId};

use crate::{Applied, Directory};

/// A directory that changes while it is asked.
///
/// A change takes microseconds, for which a question waits; a question never sees half of one.
#[derive(Debug)]
pub struct SharedDirectory {
    now: RwLock<Directory>,
}

impl SharedDirectory {
    /// Shares a directory.
    #[must_use]
    pub fn new(directory: Directory) -> Self {
        Self {
            now: RwLock::new(directory),
        }
    }

    /// The directory as it is now. Not to be held while waiting for anything.
    pub fn read(&self) -> RwLockReadGuard<'_, Directory> {
        // Nothing panics while it changes; if it did, each of its parts would still be whole.
        self.now.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a change, which the next question finds.
    pub fn apply(&self, change: CareChange<PatientId>) -> Applied {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        now.apply(change)
    }
}
