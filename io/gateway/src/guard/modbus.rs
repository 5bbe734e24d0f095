//! What a Modbus request asks of the policy, and the proxy that stands before Modbus/TCP devices.
//!
//! Read first: `serve.rs` (who is let in), then `session.rs` (the way of one request).

mod queue;
mod reading;
mod serve;
mod session;

use policy::guard::{Access, Carrier, Contents, Function, Place, Protocol, Space, Span, Station};
use wire::modbus::{Adu, Request, UNIT_BROADCAST, Values};

use super::{Command, OwnedValue, OwnedWrite, access};
pub use serve::serve;

/// The question of one request to a unit.
#[must_use]
pub fn command(request: &Request, unit: u8) -> Command {
    // The number of a file is its address, and its records are one place.
    let is_file = |space| matches!(space, wire::modbus::Space::File(_));
    let reads = request.reads().into_iter().map(|span| Span {
        place: place(span.space, span.address),
        quantity: match is_file(span.space) {
            true => 1,
            false => u32::from(span.quantity),
        },
    });
    let writes = request.writes().into_iter().map(|span| OwnedWrite {
        place: place(span.space, span.address),
        value: match span.values {
            Values::Bits(bits) => OwnedValue::Bits(bits),
            Values::Masked { and, or } => OwnedValue::Masked { and, or },
            Values::Words(_) if is_file(span.space) => OwnedValue::Opaque,
            Values::Words(words) => OwnedValue::Words(words),
        },
        priority: None,
    });
    Command {
        protocol: Protocol::Modbus,
        station: Station::Unit(unit),
        function: Function::modbus(request.function()),
        name: request.name().to_owned(),
        access: access(request.access()),
        // What cannot be written anew was not understood whole.
        contents: match request {
            Request::Encapsulated { .. } | Request::Umas { .. } | Request::Unknown { .. } => {
                Contents::Untyped
            }
            _ => Contents::Whole,
        },
        carrier: match unit == UNIT_BROADCAST {
            true => Carrier::Broadcast,
            false => Carrier::Unicast,
        },
        lifetime: None,
        reads: reads.collect(),
        writes: writes.collect(),
        dimse: None,
    }
}

fn place(space: wire::modbus::Space, address: u16) -> Place {
    let (space, address) = match space {
        wire::modbus::Space::Coils => (Space::Coil, address),
        wire::modbus::Space::DiscreteInputs => (Space::DiscreteInput, address),
        wire::modbus::Space::HoldingRegisters => (Space::HoldingRegister, address),
        wire::modbus::Space::InputRegisters => (Space::InputRegister, address),
        wire::modbus::Space::File(file) => (Space::File, file),
    };
    Place {
        space,
        address: u32::from(address),
        index: None,
    }
}

/// A message whose function breaks its own rules: its number is all that is believed.
fn unread_command(adu: &Adu) -> Command {
    let function = Function::modbus(adu.pdu.first().copied().unwrap_or_default());
    Command {
        protocol: Protocol::Modbus,
        station: Station::Unit(adu.unit),
        function,
        name: function.name().unwrap_or_default().to_owned(),
        access: Access::Unknown,
        contents: Contents::Untyped,
        carrier: Carrier::Unicast,
        lifetime: None,
        reads: Vec::new(),
        writes: Vec::new(),
        dimse: None,
    }
}

#[cfg(test)]
mod tests;
