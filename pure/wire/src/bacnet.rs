//! BACnet/IP as a guard must read it: every message whole, typed, and written anew; and as an
//! inventory reads it, that looks at both sides of a lie and says so.
//!
//! ```text
//! datagram = BVLC (link over IP) { NPDU (network, routing) { APDU (service) { elements } } }
//!
//! payload ─ Datagram::parse ─► Datagram ─ to_bytes ─► device     strict: one form, or a fault
//! payload ─ observe ─► Observed { whole, claimed, flags }        lenient: for an inventory
//! ```
//!
//! INVARIANT: what is sent on is made from typed values and elements ([`Datagram::to_bytes`]);
//! bytes that were not understood are never copied, but for the parts of an answer in segments, which
//! only whoever asked can put together.
//!
//! Standard: ANSI/ASHRAE 135 (ISO 16484-5), clauses 6 (network), 20 and 21 (application) and
//! annex J (IP). "Clause" below is one of it.

mod ack;
mod apdu;
mod element;
mod fault;
mod fields;
mod link;
mod network;
mod object;
mod request;
mod service;
mod unconfirmed;

pub use crate::access::Access;
pub use crate::limits::BACNET_DATAGRAM_BYTES_MAX as DATAGRAM_BYTES_MAX;
pub use ack::{Ack, FileContents, PropertyResult, ReadResult};
pub use apdu::{Apdu, Segmented, SegmentedKind};
pub use element::{Element, Text, Value};
pub use fault::{Fault, Flag};
pub use link::{Datagram, Observed, TableEntry, observe};
pub use network::{Body, Far, NetworkMessage, Npdu};
pub use object::{ObjectId, object_type_name, property, property_name};
pub use request::{
    Create, FileRange, FileWrite, ObjectWrites, Priority, PropertyReference, PropertyWrite, Range,
    ReadSpecification, Request,
};
pub use service::{confirmed_name, unconfirmed_name};
pub use unconfirmed::{GroupChange, Unconfirmed, Wanted};

#[cfg(test)]
mod tests;
