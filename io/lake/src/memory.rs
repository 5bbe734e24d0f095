//! What the system keeps for this process: a limit on its memory, and an end with its parent.

use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit,
};

use crate::error::Error;

/// Refuses this process more memory than this; what asks for more fails.
///
/// The query engine keeps its own, lower account and fails with a sentence; this is the wall behind
/// it, so that a large query cannot push the gateway of the same machine out of memory.
pub(crate) fn limit(megabytes: u64) -> Result<(), Error> {
    let bytes = megabytes.saturating_mul(1 << 20);
    let now = getrlimit(Resource::Data);
    // A stricter limit that was set from outside stays.
    let bytes = now.maximum.map_or(bytes, |maximum| maximum.min(bytes));
    let wanted = Rlimit {
        current: Some(bytes),
        maximum: Some(bytes),
    };
    setrlimit(Resource::Data, wanted).map_err(|cause| Error::Memory {
        megabytes,
        cause: cause.into(),
    })
}

/// Ends this process when the one that started it ends: what nobody waits for need not be sealed.
///
/// A killed sealing leaves a file aside, which the next one writes over.
pub(crate) fn end_with_parent() -> Result<(), Error> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|cause| Error::Threads {
        cause: cause.into(),
    })
}
