//! What captured traffic tells about the devices that sent it, without a word to any of them.
//!
//! ```text
//! Packet ────────► Identifier::packet ─────┐
//! Delivered ─────► Identifier::delivered ──┴► Told { subject, attribute, value, rule, ... }
//! ```
//!
//! What is told is a claim of whoever sent it, with a confidence and the frame that holds it; what
//! an asset is follows elsewhere, from all claims together.
//!
//! Protocols are recognised by their bytes. A port only decides between two readings of the same
//! bytes, or which side of a connection answers when its beginning was not seen.
//!
//! INVARIANT: (9) health data stays home: segments about patients, observations, queries and
//! images are passed over unread, and no name of a user, path of a request or community is told.
//!
//! INVARIANT: whatever the bytes, what is held and what is told is bounded ([`crate::limits`]).
//!
//! Each file names the standard of its protocol.

mod bacnet;
mod ber;
mod connection;
mod dhcp;
mod dicom;
mod dns;
mod enip;
mod hl7;
mod identifier;
mod knx;
mod line;
mod link;
mod logged;
mod marks;
mod modbus;
mod neighbour;
mod ntlm;
mod opcua;
mod protocol;
mod recent;
mod s7;
mod snmp;
mod teller;
mod text;
mod tls;
mod told;

pub use crate::limits::IdentifyLimits;
pub use identifier::{Identifier, Seen};
pub use logged::LogIdentifier;
pub use told::{Attribute, Subject, Told};

#[cfg(test)]
mod tests;
