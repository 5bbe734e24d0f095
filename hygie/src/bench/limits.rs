//! Every bound of measuring, in one place.

use std::time::Duration;

/// The shortest measurement that says anything.
pub(super) const DURATION_MIN: Duration = Duration::from_millis(100);

/// The longest measurement: samples of the whole time are kept in memory.
pub(super) const DURATION_MAX: Duration = Duration::from_secs(600);

/// How long one measurement lasts unless the caller says otherwise.
pub(super) const DURATION_DEFAULT: Duration = Duration::from_secs(5);

/// The duration asked for, inside the bounds.
pub(super) fn bounded(duration: Duration) -> Duration {
    duration.clamp(DURATION_MIN, DURATION_MAX)
}
