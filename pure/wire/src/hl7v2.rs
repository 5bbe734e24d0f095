//! HL7 version 2 as hospitals send it: who is admitted, moved, discharged and merged.
//!
//! ```text
//! bytes of a connection ─ mllp::Decoder ─► one message ─ Adt::parse ─► Adt
//!                                             └── Acknowledgement ◄── what became of it
//! ```
//!
//! INVARIANT: what the care relation does not need is dropped here: of the segments about a
//! patient only identifiers, places, times and practitioners are read, never a name, an address,
//! an insurance or an observation.
//!
//! Standards: HL7 v2.5 chapters 2 (control) and 3 (patient administration), MLLP release 1, and
//! the segment `ZBE` of IHE PAM. Numbers such as `PID-3` are those of the standard.

mod acknowledgement;
mod adt;
pub mod mllp;
mod segment;
mod text;
mod time;

pub use crate::limits::HL7_MESSAGE_BYTES_MAX as MESSAGE_BYTES_MAX;
pub use acknowledgement::{Acknowledgement, Code};
pub use adt::{Adt, Identifier, Location, Merge, Movement, MovementAction, Trigger};
pub use segment::Unreadable;
pub use time::Time;
