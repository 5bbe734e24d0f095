//! The guard before Modbus/TCP, BACnet/IP and DICOM devices: from bytes to the questions of the
//! policy.
//!
//! ```text
//! bytes ─ wire::modbus, wire::bacnet, wire::dicom ─ Command ─ policy::guard::Guard::judge ─ verdict
//! ```
//!
//! What a message asks is written down once, in [`modbus`], [`bacnet`] and [`dicom`], for the guard that stands
//! inline as for the replay of a capture ([`replay`]).
//!
//! INVARIANT: what was not read whole is refused; there is no way from bytes past the policy.

pub mod bacnet;
mod caller;
mod decide;
pub mod dicom;
mod disclose;
mod door;
mod flight;
mod incoming;
mod limits;
mod line;
mod listen;
pub mod modbus;
mod pen;
pub mod replay;
mod room;
mod seat;
mod standing;
mod tally;
#[cfg(test)]
mod testing;
mod told;

pub use door::{Clock, ConduitView, GuardDoor, GuardParts, SeatsTaken};
pub use limits::GuardLimits;
pub use listen::LineTls;
pub use seat::Places;

use std::net::{IpAddr, SocketAddr};

use policy::guard::{
    Access, Asked, Carrier, Contents, Dimse, Function, Lifetime, Protocol, Span, Station, Value,
    Who, Write,
};

/// Where a listener leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The conduit of the policy.
    pub conduit: String,
    /// The device, or the gateway to several.
    pub device: SocketAddr,
}

/// What one message asks of a device: a question to the policy that owns its parts.
#[derive(Clone, Debug)]
pub struct Command {
    /// The language.
    pub protocol: Protocol,
    /// Which device at the address.
    pub station: Station,
    /// What is to be done.
    pub function: Function,
    /// Its standard name, or what it is called here.
    pub name: String,
    /// What that does.
    pub access: Access,
    /// How much of it was understood.
    pub contents: Contents,
    /// How it travels.
    pub carrier: Carrier,
    /// For how long something is asked to go on.
    pub lifetime: Option<Lifetime>,
    /// What is read.
    pub reads: Vec<Span>,
    /// What is written.
    pub writes: Vec<OwnedWrite>,
    /// What only DICOM has.
    pub dimse: Option<OwnedDimse>,
}

/// What a command of DICOM names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedDimse {
    /// The title that the client gives itself.
    pub calling: String,
    /// The title that it asks for.
    pub called: String,
    /// The class of service.
    pub class: Option<String>,
    /// To whom instances are to be sent.
    pub destination: Option<String>,
}

/// What places become.
#[derive(Clone, Debug)]
pub struct OwnedWrite {
    /// The first place.
    pub place: policy::guard::Place,
    /// What it becomes.
    pub value: OwnedValue,
    /// Of BACnet.
    pub priority: Option<u8>,
}

/// A value that owns its parts.
#[derive(Clone, Debug)]
pub enum OwnedValue {
    /// A bit for each place.
    Bits(Vec<bool>),
    /// A whole number.
    Integer(i64),
    /// A register under a mask.
    Masked {
        /// Bits that stay.
        and: u16,
        /// Bits that are set.
        or: u16,
    },
    /// Nothing that can be compared.
    Opaque,
    /// A number with a fraction.
    Real(f64),
    /// Gives up what was written before.
    Relinquish,
    /// A register for each place.
    Words(Vec<u16>),
}

impl OwnedValue {
    fn borrowed(&self) -> Value<'_> {
        match self {
            Self::Bits(bits) => Value::Bits(bits),
            Self::Integer(number) => Value::Integer(*number),
            Self::Masked { and, or } => Value::Masked { and: *and, or: *or },
            Self::Opaque => Value::Opaque,
            Self::Real(number) => Value::Real(*number),
            Self::Relinquish => Value::Relinquish,
            Self::Words(words) => Value::Words(words),
        }
    }
}

impl Command {
    /// What is written, as the policy takes it.
    #[must_use]
    pub fn borrowed_writes(&self) -> Vec<Write<'_>> {
        let writes = self.writes.iter().map(|it| Write {
            place: it.place,
            value: it.value.borrowed(),
            priority: it.priority,
        });
        writes.collect()
    }

    /// The question to the policy.
    #[must_use]
    pub fn asked<'a>(
        &'a self,
        conduit: &'a str,
        (from, device): (IpAddr, IpAddr),
        who: Who<'a>,
        writes: &'a [Write<'a>],
    ) -> Asked<'a> {
        Asked {
            conduit,
            protocol: self.protocol,
            from,
            who,
            tier: None,
            device,
            station: self.station,
            function: self.function,
            access: self.access,
            contents: self.contents,
            carrier: self.carrier,
            lifetime: self.lifetime,
            reads: &self.reads,
            writes,
            dimse: self.dimse.as_ref().map(|it| Dimse {
                calling: &it.calling,
                called: &it.called,
                class: it.class.as_deref(),
                destination: it.destination.as_deref(),
            }),
        }
    }
}

/// The same words on both sides.
const fn access(access: wire::access::Access) -> Access {
    match access {
        wire::access::Access::Read => Access::Read,
        wire::access::Access::Identify => Access::Identify,
        wire::access::Access::Write => Access::Write,
        wire::access::Access::Control => Access::Control,
        wire::access::Access::Unknown => Access::Unknown,
    }
}

#[cfg(test)]
mod tests;
