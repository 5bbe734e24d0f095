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

/// Connections of the load that are kept alive.
pub(super) const CONNECTIONS: u32 = 64;

/// Stack of each thread of the load.
pub(super) const LOAD_STACK_BYTES: usize = 256 * 1024;

/// Between starting the threads of the load and the first request, so that all are there.
pub(super) const LOAD_START: Duration = Duration::from_millis(50);

/// The longest wait for an answer, or for a part of it.
pub(super) const ANSWER_MAX: Duration = Duration::from_secs(30);

/// The longest head of an answer.
pub(super) const HEAD_BYTES_MAX: usize = 16 * 1024;

/// The most headers of an answer.
pub(super) const HEADERS_MAX: usize = 64;

/// The longest body of an answer.
pub(super) const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The longest wait for a started program to be ready.
pub(super) const READY_MAX: Duration = Duration::from_secs(120);

/// The longest wait for a program that was told to stop.
pub(super) const STOP_MAX: Duration = Duration::from_secs(15);

/// Between two looks at whether a program is ready or has stopped.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// The longest announcement of the demonstration.
pub(super) const ANNOUNCEMENT_BYTES_MAX: u64 = 1024 * 1024;

/// How much is repeated of what a program said before it failed.
pub(super) const SAID_BYTES_MAX: usize = 2_000;

/// The longest that the peer may take for one set of events.
pub(super) const PEER_MAX: Duration = Duration::from_secs(30 * 60);

/// The longest that the peer may say: for each rule that found something, less than a hundred bytes.
pub(super) const PEER_SAID_BYTES_MAX: u64 = 16 << 20;

/// Differences from the peer that a table names; JSON has them all.
pub(super) const DIFFERENCES_SHOWN_MAX: usize = 20;

/// The most rounds of a measurement.
pub(super) const ROUNDS_MAX: u32 = 100;

/// Observations of one patient while searches of a hundred entries are measured, and entries of
/// each.
pub(super) const SEARCH_ENTRIES: usize = 100;

/// Observations of one patient while the memory of the door is watched, one size after the other.
pub(super) const LARGE_HELD: [usize; 2] = [1_000, 4_000];

/// Entries of each of these answers: as many as the door gives on one page.
pub(super) const LARGE_ENTRIES: usize = 1_000;

/// Connections over which emergencies are declared.
pub(super) const GLASS_CONNECTIONS: u32 = 8;

/// Glasses that one person opens during a measurement; the door allows 60 at once.
pub(super) const GLASSES_PER_PERSON: usize = 50;
