//! Modbus/TCP as a guard must read it: every command whole, typed, and written anew.
//!
//! ```text
//! bytes of a connection ─ Framer ─► Adu ─ Request::parse ─► Request ─ to_bytes ─► device
//!                                    └── Pending::answer ─► Response ─ to_bytes ─► client
//! ```
//!
//! INVARIANT: what is sent on is made from typed values ([`Request::to_bytes`],
//! [`Response::to_bytes`]); bytes that were not understood are never copied.
//!
//! Standards: MODBUS Application Protocol Specification V1.1b3 (functions, "section" below) and
//! MODBUS Messaging on TCP/IP Implementation Guide V1.0b (the header).

mod fault;
mod framer;
mod identity;
mod pending;
mod request;
mod response;
mod span;

pub use crate::access::Access;
pub use crate::limits::{MODBUS_ADU_BYTES_MAX as ADU_BYTES_MAX, MODBUS_PENDING_MAX as PENDING_MAX};
pub use fault::Fault;
pub use framer::{Adu, Framer};
pub use identity::{DeviceIdentity, IdentityLevel};
pub use pending::Pending;
pub use request::{FileRead, FileWrite, Request};
pub use response::{Exception, Response};
pub use span::{ReadSpan, Space, Values, WriteSpan};

/// The unit that stands for every device behind a gateway to a serial line, which do not answer.
pub const UNIT_BROADCAST: u8 = 0;

/// A refusal in the form that every client understands (section 7): the function that was asked,
/// marked, and why.
#[must_use]
pub fn refusal(asked: &Adu, exception: Exception) -> Vec<u8> {
    let function = asked.pdu.first().copied().unwrap_or_default();
    framer::frame(
        asked.transaction,
        asked.unit,
        &[function | 0x80, exception.number()],
    )
}

#[cfg(test)]
mod tests;
