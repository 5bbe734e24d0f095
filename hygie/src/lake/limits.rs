//! Every limit on jobs of the lake, in one place.

use std::time::Duration;

/// Memory of one job unless the configuration says otherwise, in megabytes.
pub const MEMORY_MB: u64 = 1_024;

/// Least memory that can be asked for.
pub const MEMORY_MB_MIN: u64 = 128;

/// Most memory that can be asked for.
pub const MEMORY_MB_MAX: u64 = 65_536;

/// How long decisions stay unsealed unless the configuration says otherwise, in hours.
pub const SEAL_AFTER_HOURS: u64 = 24;

/// How often it is looked whether something may be sealed, in seconds.
pub const SEAL_CHECK_S: u64 = 30;

/// Most closed segments of decisions that wait: what lies beyond is sealed whatever its age.
pub(crate) const SEGMENTS_MAX: usize = 64;

/// Most segments that one job seals into one object.
pub(crate) const JOB_SEGMENTS_MAX: usize = 16;

/// Most bytes of segments that one job seals, unless one segment alone is longer.
pub(crate) const JOB_BYTES_MAX: u64 = 512 << 20;

/// Longest that a job which reads back may give nothing.
pub(crate) const SILENCE_MAX: Duration = Duration::from_secs(120);

/// Longest that one job may take.
pub(crate) const JOB_MAX: Duration = Duration::from_secs(30 * 60);

/// Longest pause after failures.
pub(crate) const PAUSE_MAX: Duration = Duration::from_secs(60 * 60);

/// Longest answer of a job that seals: one object has a few hundred row groups.
pub(crate) const ANSWER_BYTES_MAX: usize = 8 << 20;

/// How much of the end of what a job says about itself is kept.
pub(crate) const SAID_BYTES_MAX: usize = 2 << 10;

/// How often a running job is looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

/// How long to wait for the last words of a job that has ended.
pub(crate) const LAST_WORDS_MAX: Duration = Duration::from_secs(1);

/// Longest file that says where sealed entries are kept.
pub(crate) const STORE_BYTES_MAX: u64 = 64 << 10;

/// How long a hunt may find nothing before it is taken for dead: years without a match are read
/// in less.
pub(super) const HUNT_SILENCE_MAX: Duration = Duration::from_secs(60 * 60);
