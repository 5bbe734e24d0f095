//! Every limit of the ears, in one place. Reaching one is an event.

use std::time::Duration;

/// Connections of one feed that are open at once; a further one is closed.
pub const CONNECTIONS_MAX: usize = 64;

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
