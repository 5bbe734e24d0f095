//! What a BACnet/IP datagram asks of the policy, and the proxy that stands before such devices.
//!
//! Read first: `serve.rs` (who is heard), `visitor.rs` (the way of one datagram), `talks.rs` (what
//! may come back).

mod answer;
mod reading;
mod serve;
mod talks;
mod visitor;

use policy::guard::{
    Access, Carrier, Contents, Function, Layer, Lifetime, Place, Protocol, Space, Span, Station,
};
use wire::bacnet::{
    Apdu, Body, Datagram, Element, NetworkMessage, Npdu, ObjectId, PropertyReference,
    PropertyWrite, Request, SegmentedKind, Unconfirmed, Value,
};

use super::{Command, OwnedValue, OwnedWrite, access};
pub use serve::serve;

/// The question of one datagram; `None` for what only answers.
#[must_use]
pub fn command(datagram: &Datagram) -> Option<Command> {
    let (npdu, carrier) = match datagram {
        Datagram::Result(_) | Datagram::Peers(_) | Datagram::Foreign(_) => return None,
        Datagram::WritePeers(_) => return Some(link(datagram, 1, None)),
        Datagram::ReadPeers => return Some(link(datagram, 2, None)),
        Datagram::RegisterForeign { seconds } => {
            let lifetime = Lifetime::Seconds(u32::from(*seconds));
            return Some(link(datagram, 5, Some(lifetime)));
        }
        Datagram::ReadForeign => return Some(link(datagram, 6, None)),
        Datagram::DeleteForeign(_) => return Some(link(datagram, 8, None)),
        Datagram::Unknown { function } => return Some(link(datagram, *function, None)),
        Datagram::Unicast(npdu) => (npdu, Carrier::Unicast),
        Datagram::Broadcast(npdu) | Datagram::Forwarded { npdu, .. } => (npdu, Carrier::Broadcast),
        Datagram::Distribute(npdu) => (npdu, Carrier::Distributed),
    };
    // Behind a router, whoever names no device means all of them (clause 6.2.2).
    let destination = npdu.destination.as_ref();
    let to_all = destination.is_some_and(|(far, _)| far.address.is_empty());
    let carrier = match to_all && carrier == Carrier::Unicast {
        true => Carrier::Broadcast,
        false => carrier,
    };
    match &npdu.body {
        Body::Network(message) => {
            let access = access(datagram.access());
            Some(network(message, access, (station(npdu), carrier)))
        }
        Body::Apdu(apdu) => service(apdu, npdu, carrier),
    }
}

fn link(datagram: &Datagram, number: u8, lifetime: Option<Lifetime>) -> Command {
    Command {
        lifetime,
        ..plain(
            Function::link(number),
            datagram.name(),
            access(datagram.access()),
            (
                Station::Device {
                    network: 0,
                    instance: None,
                },
                Carrier::Unicast,
            ),
        )
    }
}

fn network(message: &NetworkMessage, access: Access, to: (Station, Carrier)) -> Command {
    let function = Function {
        layer: Layer::Network,
        number: message.number().into(),
    };
    let name = function.name().unwrap_or("network-message");
    plain(function, name, access, to)
}

fn service(apdu: &Apdu, npdu: &Npdu, carrier: Carrier) -> Option<Command> {
    let to = (station(npdu), carrier);
    match apdu {
        Apdu::Confirmed { request, .. } => Some(confirmed(request, to)),
        Apdu::Unconfirmed(message) => Some(unconfirmed(message, to)),
        Apdu::Segmented(part) if part.kind == SegmentedKind::Request => {
            let function = Function::confirmed(part.service);
            Some(Command {
                contents: Contents::Segment,
                ..plain(
                    function,
                    function.name().unwrap_or("unknown"),
                    Access::Unknown,
                    to,
                )
            })
        }
        _ => None,
    }
}

fn confirmed(request: &Request, to: (Station, Carrier)) -> Command {
    let function = Function::confirmed(request.service());
    let writes = request
        .writes()
        .into_iter()
        .map(|(object, write)| OwnedWrite {
            place: place(object, write.reference),
            value: value(write),
            priority: write.priority.map(wire::bacnet::Priority::number),
        });
    let contents = match request {
        Request::Other { .. } | Request::PrivateTransfer { .. } => Contents::Untyped,
        // What its properties begin with, and at which priority, is not among the writes.
        Request::CreateObject { initial, .. } if !initial.is_empty() => Contents::Untyped,
        _ if request.access() == wire::access::Access::Unknown => Contents::Untyped,
        _ => Contents::Whole,
    };
    Command {
        contents,
        lifetime: lifetime(request),
        reads: reads(request),
        writes: writes.collect(),
        ..plain(function, request.name(), access(request.access()), to)
    }
}

fn unconfirmed(message: &Unconfirmed, to: (Station, Carrier)) -> Command {
    let function = Function::unconfirmed(message.service());
    let contents = match message {
        // The values and priorities of a group are not among the writes.
        Unconfirmed::WriteGroup { .. }
        | Unconfirmed::Other { .. }
        | Unconfirmed::Unknown { .. }
        | Unconfirmed::Unreadable { .. } => Contents::Untyped,
        _ => Contents::Whole,
    };
    Command {
        contents,
        ..plain(function, message.name(), access(message.access()), to)
    }
}

fn plain(
    function: Function,
    name: &str,
    access: Access,
    (station, carrier): (Station, Carrier),
) -> Command {
    Command {
        protocol: Protocol::Bacnet,
        station,
        function,
        name: name.to_owned(),
        access,
        contents: Contents::Whole,
        carrier,
        lifetime: None,
        reads: Vec::new(),
        writes: Vec::new(),
        dimse: None,
    }
}

/// Behind a router it is its network that tells devices apart; the instance is not in a request.
fn station(npdu: &Npdu) -> Station {
    Station::Device {
        network: npdu.destination.as_ref().map_or(0, |(far, _)| far.network),
        instance: None,
    }
}

fn place(object: ObjectId, reference: PropertyReference) -> Place {
    Place {
        space: Space::Object {
            kind: object.kind(),
            property: Some(reference.property),
        },
        address: object.instance(),
        index: reference.index,
    }
}

fn value(write: &PropertyWrite) -> OwnedValue {
    if write.relinquishes() {
        return OwnedValue::Relinquish;
    }
    let whole = match write.value.as_slice() {
        [Element::Value(Value::Boolean(on))] => Some(i64::from(*on)),
        [Element::Value(Value::Enumerated(number))] => Some(i64::from(*number)),
        [Element::Value(Value::Signed(number))] => Some(*number),
        [Element::Value(Value::Unsigned(number))] => i64::try_from(*number).ok(),
        _ => None,
    };
    match (whole, write.number()) {
        (Some(number), _) => OwnedValue::Integer(number),
        (None, Some(number)) => OwnedValue::Real(number),
        (None, None) => OwnedValue::Opaque,
    }
}

fn reads(request: &Request) -> Vec<Span> {
    let one = |object: ObjectId, reference: PropertyReference| Span {
        place: place(object, reference),
        quantity: 1,
    };
    match request {
        Request::ReadProperty { object, reference }
        | Request::ReadRange {
            object, reference, ..
        } => vec![one(*object, *reference)],
        Request::ReadPropertyMultiple(specifications) => specifications
            .iter()
            .flat_map(|it| {
                it.properties
                    .iter()
                    .map(|reference| one(it.object, *reference))
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn lifetime(request: &Request) -> Option<Lifetime> {
    let (confirmed, seconds) = match request {
        Request::SubscribeCov {
            confirmed,
            lifetime_seconds,
            ..
        }
        | Request::SubscribeCovProperty {
            confirmed,
            lifetime_seconds,
            ..
        } => (confirmed, lifetime_seconds),
        _ => return None,
    };
    Some(match (confirmed, seconds) {
        (None, None) => Lifetime::Cancel,
        (_, None | Some(0)) => Lifetime::Forever,
        (_, Some(seconds)) => Lifetime::Seconds(*seconds),
    })
}

#[cfg(test)]
mod tests;
