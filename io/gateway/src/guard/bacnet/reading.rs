//! What properties are now: the questions that the guard asks for itself, and what answers tell.

use std::net::IpAddr;

use policy::guard::{Place, Point, Space, Station};
use wire::bacnet::{Ack, Element, ObjectId, PropertyReference, Request};

/// The read of one property; nothing for what is no property.
pub(super) fn request(place: Place) -> Option<Request> {
    let Space::Object {
        kind,
        property: Some(property),
    } = place.space
    else {
        return None;
    };
    Some(Request::ReadProperty {
        object: ObjectId::new(kind, place.address)?,
        reference: PropertyReference {
            property,
            index: place.index,
        },
    })
}

/// The numbers that an answer tells.
pub(super) fn values(ack: &Ack, (device, station): (IpAddr, Station)) -> Vec<(Point, f64)> {
    let told = ack.told().into_iter();
    let numbers = told.filter_map(|(object, reference, value)| {
        let [Element::Value(value)] = value else {
            return None;
        };
        let point = Point {
            device: device.to_canonical(),
            station,
            place: super::place(object, reference),
        };
        Some((point, value.number()?))
    });
    numbers.collect()
}
