//! Logs of other systems: from files and sockets into batches of JSON objects.
//!
//! ```text
//! files ─ expanded within caps ─ lines ─ records ┐
//! files that grow ─ position kept ─ lines ───────┼─ batch ─ taken ─ position moves
//! syslog: UDP, TCP, TLS ─ messages ──────────────┘
//! ```
//!
//! What a line is, `wire::log` knows; here is where it comes from. A batch holds what was read and
//! what could not be, each with its place, and is used again for the next one.
//! [`LogKeeper`] makes entries of the telemetry log of it, and [`serve`] runs one source.
//!
//! INVARIANT: (8) what cannot be read, be it a line, a member of an archive or a whole file, is an
//! entry of a batch with its reason.
//! INVARIANT: a position moves only after the batch before it was taken; a crash in between is a
//! repeat, which [`follow::Mark`] lets the one who takes it recognise.

mod batch;
mod block;
pub mod drop;
mod evtx;
mod fault;
pub mod files;
mod flatten;
pub mod follow;
mod keep;
mod lines;
mod list;
mod positions;
pub mod receive;
mod source;
mod unpack;
mod zip;

pub use batch::{Batch, Entry, Event, Unread};
pub use block::{Block, Counts};
pub use drop::{DropFolder, hand_over, is_whole};
pub use fault::Fault;
pub use files::{Piece, Progress, Settings, read, read_pieces};
pub use follow::{Follow, Mark};
pub use keep::{Kept, KeptAs, LogKeeper, kept_as, marks};
pub use list::{Listed, list};
pub use receive::{HttpListener, Messages, SyslogListener, Token, Transport};
pub use source::{LogSource, Place, serve};
pub use unpack::Caps;
