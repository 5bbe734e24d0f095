//! BACnet devices: who says to be there, and what they answer about themselves (ANSI/ASHRAE 135,
//! clauses 12.11, 15.5, 15.7 and 16.10).
//!
//! A router's address stands for many devices: the key is (address, network, instance).

use std::net::IpAddr;

use super::identifier::Datagram as Carried;
use super::recent::Topic;
use super::teller::{Rule, Teller, is_host, rule};
use super::{Attribute, Subject};
use crate::bacnet::{
    Ack, Apdu, Body, Datagram, Element, Fault, Flag, Npdu, ObjectId, Unconfirmed, Value, observe,
    property,
};

const I_AM: Rule = rule("bacnet-i-am", 90);
const PROPERTY: Rule = rule("bacnet-property", 90);
const SPEAKS: Rule = rule("bacnet-speaks", 80);
const FLAG: Rule = rule("bacnet-flag", 100);

pub(super) fn read(carried: &Carried<'_>, teller: &mut Teller<'_>) -> Option<()> {
    // The kind of link, and a function that is defined (annex J.2).
    if !matches!(carried.payload, [0x81, 0..=11, _, _, ..]) {
        return None;
    }
    let observed = observe(carried.payload);
    let sender = carried.source.ip();
    let datagram = match observed.whole {
        Ok(datagram) => datagram,
        Err(Fault::ForeignLink) => return None,
        Err(fault) => {
            let subject = teller.ip(sender)?;
            teller.tell(&subject, Attribute::Flag, fault.code(), FLAG);
            return Some(());
        }
    };
    for flag in &observed.flags {
        let code = match flag {
            Flag::LengthLie { .. } => "bacnet-length-lie",
            Flag::NonCanonical => "bacnet-non-canonical",
            Flag::Reserved => "bacnet-reserved",
            Flag::Unreadable => "bacnet-unreadable",
        };
        if let Some(subject) = teller.ip(sender) {
            teller.tell(&subject, Attribute::Flag, code, FLAG);
        }
    }
    let npdu = datagram.npdu()?;
    // A broadcast manager passes on what another address said.
    let speaker = match &datagram {
        Datagram::Forwarded { origin, .. } => IpAddr::from(*origin.ip()),
        _ => sender,
    };
    message(carried, npdu, speaker, teller);
    Some(())
}

fn message(carried: &Carried<'_>, npdu: &Npdu, speaker: IpAddr, teller: &mut Teller<'_>) {
    let Body::Apdu(apdu) = &npdu.body else {
        return;
    };
    match apdu {
        Apdu::Unconfirmed(Unconfirmed::IAm { device, vendor, .. }) => {
            if let Some(subject) = key(npdu, speaker, *device) {
                let vendor = format!("bacnet/{vendor}");
                teller.tell(&subject, Attribute::VendorId, vendor, I_AM);
                place(&subject, speaker, teller, I_AM);
                serves(carried, speaker, teller);
            }
        }
        Apdu::Unconfirmed(Unconfirmed::IHave { device, .. }) => {
            if let Some(subject) = key(npdu, speaker, *device) {
                place(&subject, speaker, teller, I_AM);
                serves(carried, speaker, teller);
            }
        }
        Apdu::ComplexAck { ack, .. } => {
            answered(ack, npdu, speaker, teller);
            let topic = Topic::BacnetAnswers {
                from: carried.source,
                speaker,
                to: carried.destination.ip(),
            };
            teller.tell_of(topic, |teller| {
                serves(carried, speaker, teller);
                peers(carried, speaker, teller);
            });
        }
        Apdu::SimpleAck { .. } | Apdu::Error { .. } => serves(carried, speaker, teller),
        _ => {}
    }
}

/// The key of a device; `None` when its address or its instance is that of nobody.
///
/// INVARIANT: a broadcast address and the instance 4,194,303 are never a key.
fn key(npdu: &Npdu, ip: IpAddr, device: ObjectId) -> Option<Subject> {
    let is_one = device.kind() == ObjectId::DEVICE && device.instance() != ObjectId::INSTANCE_ANY;
    (is_one && is_host(ip)).then(|| Subject::Bacnet {
        ip,
        network: npdu.source.as_ref().map_or(0, |far| far.network),
        instance: device.instance(),
    })
}

/// A device on the network of its address is the device at that address; a routed one is another.
fn place(subject: &Subject, speaker: IpAddr, teller: &mut Teller<'_>, rule: Rule) {
    let Some(at) = teller.ip(speaker) else { return };
    match subject {
        Subject::Bacnet { network: 0, .. } => teller.link(subject, &at, rule),
        _ => teller.behind(subject, &at, rule),
    }
}

fn serves(carried: &Carried<'_>, speaker: IpAddr, teller: &mut Teller<'_>) {
    if let Some(at) = teller.ip(speaker) {
        let value = format!("bacnet/udp/{}", carried.source.port());
        teller.tell(&at, Attribute::Service, value, SPEAKS);
    }
}

fn peers(carried: &Carried<'_>, speaker: IpAddr, teller: &mut Teller<'_>) {
    let asked = teller.ip(carried.destination.ip());
    if let (Some(at), Some(_)) = (teller.ip(speaker), asked) {
        let value = format!("{} bacnet", carried.destination.ip());
        teller.tell(&at, Attribute::Peer, value, SPEAKS);
    }
}

/// Properties of the device object itself; names of its points are not told.
fn answered(ack: &Ack, npdu: &Npdu, speaker: IpAddr, teller: &mut Teller<'_>) {
    for (object, reference, value) in ack.told() {
        let Some(subject) = key(npdu, speaker, object) else {
            continue;
        };
        let topic = Topic::BacnetPlace {
            device: &subject,
            speaker,
        };
        teller.tell_of(topic, |teller| place(&subject, speaker, teller, PROPERTY));
        let attribute = match reference.property {
            property::APPLICATION_SOFTWARE_VERSION => Attribute::Software,
            property::FIRMWARE_REVISION => Attribute::Firmware,
            property::LOCATION => Attribute::Location,
            property::MODEL_NAME => Attribute::Model,
            property::OBJECT_NAME => Attribute::Name,
            property::SERIAL_NUMBER => Attribute::Serial,
            property::VENDOR_NAME => Attribute::Vendor,
            property::VENDOR_IDENTIFIER => Attribute::VendorId,
            _ => continue,
        };
        let value = match value {
            [Element::Value(Value::Text(text))] => text.to_string(),
            [Element::Value(Value::Unsigned(number))] if attribute == Attribute::VendorId => {
                format!("bacnet/{number}")
            }
            _ => continue,
        };
        teller.tell(&subject, attribute, value, PROPERTY);
    }
}
