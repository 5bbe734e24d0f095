//! What is sent: visits of one or more requests, the same again and again or each once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::bench::BenchError;

/// One request, and what its answer has to be.
#[derive(Debug, Clone)]
pub(in crate::bench) struct Step {
    /// The whole request.
    pub(in crate::bench) request: Arc<[u8]>,
    pub(in crate::bench) status: u16,
    /// How many entries the bundle of the answer has; without, the answer need not be a bundle.
    pub(in crate::bench) entries: Option<usize>,
}

/// Requests that follow each other on one connection and are measured as one.
pub(in crate::bench) type Visit = Vec<Step>;

/// The visits of a load, which all connections and all courses take from.
#[derive(Debug)]
pub(in crate::bench) struct Script {
    visits: Vec<Visit>,
    again: bool,
    taken: AtomicUsize,
}

impl Step {
    /// A request that is answered `200 OK`.
    pub(in crate::bench) fn ok(request: Arc<[u8]>) -> Self {
        Self {
            request,
            status: 200,
            entries: None,
        }
    }

    /// Whether the bundle of an answer has as many entries as it has to have.
    pub(in crate::bench) fn check(
        &self,
        target: &'static str,
        body: &[u8],
    ) -> Result<(), BenchError> {
        let Some(claimed) = self.entries else {
            return Ok(());
        };
        let entries = entries_of(body);
        if entries == claimed {
            Ok(())
        } else {
            Err(BenchError::Entries {
                target,
                entries,
                claimed,
            })
        }
    }
}

impl Script {
    /// The same visits, in turn and without end.
    pub(in crate::bench) fn again(visits: Vec<Visit>) -> Arc<Self> {
        Arc::new(Self {
            visits,
            again: true,
            taken: AtomicUsize::new(0),
        })
    }

    /// Each visit once.
    pub(in crate::bench) fn once(visits: Vec<Visit>) -> Arc<Self> {
        Arc::new(Self {
            visits,
            again: false,
            taken: AtomicUsize::new(0),
        })
    }

    /// The next visit, unless all are done.
    pub(super) fn next(&self) -> Option<&[Step]> {
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        let at = if self.again {
            taken.checked_rem(self.visits.len())?
        } else {
            taken
        };
        self.visits.get(at).map(Vec::as_slice)
    }
}

/// The member of a bundle that counts here.
#[derive(Deserialize)]
struct Bundle {
    #[serde(default)]
    entry: Vec<IgnoredAny>,
}

/// Entries of a bundle; none when it is no bundle.
fn entries_of(body: &[u8]) -> usize {
    serde_json::from_slice::<Bundle>(body).map_or(0, |bundle| bundle.entry.len())
}
