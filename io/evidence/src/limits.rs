//! Every limit of the log, in one place.

use std::time::Duration;

/// Longest payload of one entry.
pub const PAYLOAD_BYTES_MAX: usize = 1 << 20;

/// Most entries that one append may carry; they become durable together.
pub const BATCH_ENTRIES_MAX: usize = 16_384;

/// Longest batch on disk, framing included.
pub const BATCH_BYTES_MAX: usize = 16 << 20;

/// Default for [`crate::Options::queue_entries_max`].
pub const QUEUE_ENTRIES_MAX: usize = 65_536;

/// Default for [`crate::Options::queue_bytes_max`].
pub const QUEUE_BYTES_MAX: usize = 48 << 20;

/// Default for [`crate::Options::segment_bytes`].
pub const SEGMENT_BYTES: u64 = 64 << 20;

/// Smallest segment that can be asked for.
pub const SEGMENT_BYTES_MIN: u64 = 8 << 10;

/// Largest segment that can be asked for.
pub const SEGMENT_BYTES_MAX: u64 = 1 << 30;

/// Most segments that a reserve can have.
pub const RESERVE_SEGMENTS_MAX: usize = 64;

/// Segments kept ahead by [`crate::Options::decisions`]: with decisions of about 600 bytes, room
/// for about 400,000 of them on a full disk.
pub const RESERVE_SEGMENTS: usize = 4;

/// Room on the disk that [`crate::Options::telemetry`] leaves to others.
pub const TELEMETRY_FREE_BYTES_MIN: u64 = 1 << 30;

/// How long the tree waits before it tries again to write on a full disk.
pub(crate) const DISK_FULL_PAUSE: Duration = Duration::from_secs(5);

/// Longest origin (the name of a log).
pub const ORIGIN_BYTES_MAX: usize = 255;

/// Shortest time between two published checkpoints.
pub const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(3);

/// Shortest time between two marks up to which tiles are known to be on disk.
pub const MARK_INTERVAL: Duration = Duration::from_secs(60);

/// Longest manifest of what is sealed: about a hundred thousand ranges.
pub const MANIFEST_BYTES_MAX: usize = 64 << 20;

/// Longest state that a snapshot may hold.
pub const SNAPSHOT_BYTES_MAX: usize = 64 << 20;

/// How far the thread that signs stands back behind the one that acknowledges.
pub(crate) const INTEGRATOR_NICE: i32 = 5;

/// Zeros written and synced at a time while a segment is prepared, so that the synchronisation
/// of an acknowledgement never waits behind a whole segment.
pub(crate) const ZEROS_BYTES: usize = 512 << 10;

/// Memory that the writer keeps for its batch between two batches.
pub(crate) const IMAGE_BYTES_KEPT: usize = 4 << 20;

/// How often the writer's lock is asked for; a running verification holds it for microseconds.
pub(crate) const LOCK_ATTEMPTS_MAX: u32 = 10;

/// Pause between two attempts on the lock.
pub(crate) const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// How often verification looks again at the tail that a running writer is writing.
pub(crate) const TAIL_ATTEMPTS_MAX: u32 = 100;

/// Pause between two looks at the tail of a running log.
pub(crate) const TAIL_PAUSE: Duration = Duration::from_millis(10);

/// How often a verification reads on after files that a running writer has made meanwhile.
pub(crate) const PURSUITS_MAX: u32 = 16;

/// After how many sealed entries a verification says how far it is.
pub(crate) const SEALED_PROGRESS_ENTRIES: u64 = 16_384;
