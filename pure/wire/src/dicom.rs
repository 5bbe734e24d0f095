//! DICOM as a guard must read it: associations, commands and the head of data sets.
//!
//! ```text
//! bytes of a connection ─ Framer ─► Pdu ─┬ AssociateRequest, AssociateAccept ─ to_bytes ─► other side
//!                                        └ Data ─ fragments ─┬ Command::parse ─ to_bytes ─► other side
//!                                                            └ Head: whose data is it?
//! ```
//!
//! INVARIANT: what negotiates and what commands is made anew from typed values; only the data set of
//! a command that was let through goes along as it came.
//!
//! Standards: DICOM PS3.8 (associations, "section" below), PS3.7 (commands), PS3.5 (data sets).

mod associate;
mod command;
mod fault;
mod head;
mod item;
mod name;
mod pdu;

pub use crate::limits::{
    DICOM_COMMAND_BYTES_MAX as COMMAND_BYTES_MAX, DICOM_PDU_BYTES_MAX as PDU_BYTES_MAX,
};
pub use associate::{
    AssociateAccept, AssociateRequest, Extended, Identity, Proposed, Role, Settled, User,
};
pub use command::{Command, Kind};
pub use fault::Fault;
pub use head::{Head, Syntax};
pub use name::{AeTitle, Uid};
pub use pdu::{Abort, Fragment, Framer, Pdu, Reject, fragments};

#[cfg(test)]
mod tests;
