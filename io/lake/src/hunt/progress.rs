//! How far a hunt is: one line of JSON for each object, and one at the end.

use std::io::Write;

use event::SegmentSealed;
use serde::Serialize;

use crate::error::Error;

/// What a hunt did so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Progress {
    /// Why it goes no further.
    pub(crate) hunt: Reached,
    /// Objects that it looks at.
    pub(crate) objects: u64,
    pub(crate) objects_done: u64,
    /// Rows of all these objects.
    pub(crate) rows: u64,
    pub(crate) rows_read: u64,
    /// Entries that were given.
    pub(crate) entries: u64,
    /// Where the hunt goes on when it is started again: the argument of `--from`.
    pub(crate) next: u64,
    /// Side indexes that were missing, damaged or of another version, and made again.
    pub(crate) indexes_built: u64,
    /// Payloads that are no line of JSON, in objects whose index said so.
    pub(crate) unread: u64,
}

/// How far a hunt got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reached {
    /// It goes on.
    Progress,
    /// Everything was looked at.
    End,
    /// As many entries were given as were wanted at most.
    EntriesMax,
}

impl Progress {
    pub(super) fn over(objects: &[SegmentSealed], from: u64) -> Self {
        let rows = objects.iter().map(|one| one.end.saturating_sub(one.first));
        Self {
            hunt: Reached::Progress,
            objects: u64::try_from(objects.len()).unwrap_or(u64::MAX),
            objects_done: 0,
            rows: rows.sum(),
            rows_read: 0,
            entries: 0,
            next: from,
            indexes_built: 0,
            unread: 0,
        }
    }

    /// An object was looked at to its end.
    pub(super) fn done(&mut self, next: u64) {
        self.objects_done += 1;
        self.next = self.next.max(next);
    }

    pub(super) fn stop_before(&mut self, index: u64) {
        self.hunt = Reached::EntriesMax;
        self.next = index;
    }

    pub(super) fn end(&mut self) {
        self.hunt = Reached::End;
    }

    pub(super) fn tell(&self, said: &mut dyn Write) -> Result<(), Error> {
        let line = serde_json::to_string(self).unwrap_or_default();
        writeln!(said, "{line}").map_err(|cause| Error::Output { cause })
    }
}
