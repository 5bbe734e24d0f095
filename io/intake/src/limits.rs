//! Every limit of the ears, in one place. Reaching one is an event.

use std::time::Duration;

/// Connections of one feed that are open at once; a further one is closed.
pub const CONNECTIONS_MAX: usize = 64;

/// How long to wait when the system has no room for another connection.
pub(crate) const CROWDED_PAUSE: Duration = Duration::from_millis(50);

/// How long a sender may take for the TLS handshake.
pub const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// The longest message, in bytes.
pub const MESSAGE_BYTES_MAX: usize = wire::hl7v2::MESSAGE_BYTES_MAX;

/// How long a sender may take for the rest of a message that it began.
pub const MESSAGE_MAX: Duration = Duration::from_secs(30);

/// How long a connection may be silent between two messages.
pub const IDLE_MAX: Duration = Duration::from_secs(4 * 60 * 60);

/// How long a sender may take to take its acknowledgement.
pub const ANSWER_MAX: Duration = Duration::from_secs(10);

/// How long a message may wait for its evidence.
pub const EVIDENCE_MAX: Duration = Duration::from_secs(5);

/// Events about what could not be read that are kept one by one in each second; what exceeds it is
/// counted, and the next one tells how many.
pub const UNREAD_PER_S_MAX: u64 = 50;

/// How long connections may finish what they began once the house closes.
pub const CLOSING_MAX: Duration = Duration::from_secs(5);

/// The longest file that is imported, in bytes.
pub const FILE_BYTES_MAX: u64 = 256 << 20;

/// Most lines of a table: several times the staff of the largest French hospital group.
pub const TABLE_LINES_MAX: usize = 1_000_000;

/// Most bad lines that are named.
pub const BAD_LINES_MAX: usize = 100;

/// Most changes that are kept together.
pub const BATCH_CHANGES_MAX: usize = 256;

/// How often it is looked whether there is a file to import.
pub const LOOK_EACH: Duration = Duration::from_millis(500);

/// How long before an appointment those who take part may prepare it.
pub const APPOINTMENT_BEFORE: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// How long after it they may finish what it began.
pub const APPOINTMENT_AFTER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long after its date an order stays open that nobody ends.
pub const ORDER_OPEN_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How many bytes of a log are read at once.
pub(crate) const LOG_READ_BYTES: usize = 256 * 1024;

/// Bytes that are read before it is looked how many lines of JSON they are, to be read elsewhere.
pub(crate) const LOG_BLOCK_BYTES: usize = 512 * 1024;

/// Fewer bytes of such lines are read where they are found, unless the source ends there.
pub(crate) const LOG_BLOCK_BYTES_MIN: usize = 16 * 1024;

/// Lines that are read one by one where lines of JSON do not follow each other, before it is looked
/// again.
pub(crate) const LOG_WAIT_LINES: usize = 256;

/// Buffers that wait to be filled again, each of at most twice a block.
pub(crate) const LOG_BUFFERS_MAX: usize = 64;

/// Bytes of one batch of events, after which it is given; one line may exceed it.
pub const LOG_BATCH_BYTES_MAX: usize = 4 << 20;

/// Entries of one batch of events, after which it is given.
pub const LOG_BATCH_LINES_MAX: usize = 8_192;

/// How much is kept of something that cannot be read.
pub const LOG_UNREAD_BYTES_MAX: usize = 4_096;

/// Most files that are read together.
pub const LOG_FILES_MAX: usize = 100_000;

/// How deep folders of logs may be nested.
pub const LOG_FOLDERS_DEEP_MAX: usize = 16;

/// Most memory of what a compressed log refers back to; the highest level of `xz` takes 64 MB.
pub const LOG_WINDOW_BYTES_MAX: usize = 80 << 20;

/// The same for Zstandard, as a power of two: 128 MB, what its `--long` takes.
pub const LOG_ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Largest directory of a zip archive.
pub const LOG_ZIP_DIRECTORY_BYTES_MAX: u64 = 16 << 20;

/// Largest event log of Windows that is expanded from an archive: those are read from memory.
pub const LOG_EVENT_LOG_BYTES_MAX: u64 = 128 << 20;

/// Most files that are followed at once; each holds at most one line.
pub const LOG_FOLLOWED_MAX: usize = 1_024;

/// How many first bytes of a file say that it is the same.
pub(crate) const LOG_HEAD_BYTES: u64 = 1_024;

/// Largest file of positions: some hundred bytes for each file.
pub(crate) const LOG_POSITIONS_BYTES_MAX: u64 = 16 << 20;

/// How long a file in a drop folder must have been left alone before it is taken as whole.
pub const LOG_SETTLED: Duration = Duration::from_secs(2);

/// Connections of one syslog listener that are open at once; a further one is closed.
pub const SYSLOG_CONNECTIONS_MAX: usize = 512;

/// Longest message of syslog over the network.
pub const SYSLOG_MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// Messages of syslog that may wait to be taken. Over TCP the senders wait then; what comes over
/// UDP is counted.
pub const SYSLOG_QUEUE_MAX: usize = 4_096;

/// How often it is told what came over UDP and was not taken.
pub const SYSLOG_TOLD_EACH: Duration = Duration::from_secs(1);

/// Senders whose unfinished events are held at once.
pub(crate) const SYSLOG_SENDERS_MAX: usize = 4_096;

/// How long no message may come before unfinished events are told as they are.
pub(crate) const SYSLOG_QUIET: Duration = Duration::from_secs(1);

/// How often it is looked whether followed files have grown, or files were dropped.
pub const LOG_LOOK_EACH: Duration = Duration::from_millis(500);

/// How long to wait before a batch that evidence did not take is tried again.
pub(crate) const LOG_AGAIN: Duration = Duration::from_secs(2);

/// Newest entries of the telemetry log that are searched for marks of batches at a start. A crash
/// repeats at most one batch of each source, which is the last thing that was kept.
pub const LOG_MARKS_LOOKED_AT: u64 = 65_536;

/// Batches of an import that may wait to be durable.
pub(crate) const LOG_PENDING_MAX: usize = 4;

/// Batches of earlier imports that are known again.
pub const LOG_KNOWN_MAX: usize = 1_000_000;

/// Batches over http that are known again when they are sent again.
pub(crate) const LOG_RECENT_MAX: usize = 1_024;

/// Connections of one http listener that are open at once; a further one is closed.
pub const HTTP_CONNECTIONS_MAX: usize = 256;

/// Bodies of requests that are in memory at once; others wait.
pub(crate) const HTTP_BODIES_MAX: usize = 2;

/// Headers of one request.
pub(crate) const HTTP_HEADERS_MAX: usize = 64;

/// Longest body of a request, as it comes.
pub const HTTP_BODY_BYTES_MAX: usize = 16 << 20;

/// The same, expanded.
pub const HTTP_EXPANDED_BYTES_MAX: usize = 64 << 20;
