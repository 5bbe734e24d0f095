//! Every bound of the demonstration, in one place.

use std::time::Duration;

/// Greatest number of connections to one of its servers at a time; more wait to be accepted.
pub(super) const CONNECTIONS_MAX: usize = 1024;

/// How long a connection may take for the head of a request, or stay idle between two.
pub(super) const HEAD_WAIT: Duration = Duration::from_secs(60);

/// How long open connections may take to finish once the server is told to stop.
pub(super) const DRAIN_WAIT: Duration = Duration::from_secs(3);

/// Pause after the system refused a connection, so that a lack of sockets does not spin.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Greatest length of path and query of a request.
pub(super) const TARGET_BYTES_MAX: usize = 8192;

/// Greatest length of a body.
pub(super) const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Resources that can be written, and versions that are kept of each.
pub(super) const WRITTEN_MAX: usize = 10_000;
pub(super) const VERSIONS_MAX: usize = 20;

/// Entries of one page when the client names no `_count`.
pub(super) const PAGE_ENTRIES: usize = 50;

/// Greatest number of entries of one page, whatever the client asks for.
pub(super) const PAGE_ENTRIES_MAX: usize = 1000;

/// Greatest length of a scenario.
pub(super) const SCENARIO_BYTES_MAX: usize = 256 * 1024;
