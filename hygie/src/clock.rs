//! The one clock of the program: everything below takes instants as arguments.

use std::time::{SystemTime, UNIX_EPOCH};

use event::Timestamp;

/// The present instant, as the machine knows it.
#[must_use]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_us(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}
