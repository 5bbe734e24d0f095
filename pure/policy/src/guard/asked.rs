//! What is asked, in words that the protocols share. Whoever read the bytes fills it in.

use std::net::IpAddr;

use event::{PersonId, ServiceId, Tier};
use serde::{Deserialize, Serialize};

use super::names;

/// The language of a conduit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// BACnet/IP.
    Bacnet,
    /// DICOM.
    Dicom,
    /// Modbus/TCP.
    Modbus,
}

/// What a request does to the device that it reaches, from the mildest to what nobody can judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Asks for values and changes none.
    Read,
    /// Asks who or what the device is.
    Identify,
    /// Changes a value, a file, a list or a clock.
    Write,
    /// Stops, restarts, silences, programs or creates something.
    Control,
    /// Not understood.
    Unknown,
}

/// One request, borrowed from whoever read it.
///
/// INVARIANT: nothing here is believed because the request says it: `who` and `tier` come from the
/// session and the network, and the rest from bytes that were read whole.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The conduit on which it came.
    pub conduit: &'a str,
    /// The language in which it came.
    pub protocol: Protocol,
    /// The address that sent it.
    pub from: IpAddr,
    /// Who sent it, as far as the session proves.
    pub who: Who<'a>,
    /// The tier of the network that it came from, when it is known.
    pub tier: Option<Tier>,
    /// The address that it is for; a gateway stands for many devices.
    pub device: IpAddr,
    /// Which device at that address.
    pub station: Station,
    /// What is to be done.
    pub function: Function,
    /// What that does.
    pub access: Access,
    /// How much of it was understood.
    pub contents: Contents,
    /// How it travels.
    pub carrier: Carrier,
    /// For how long something is asked to go on: a subscription, a registration.
    pub lifetime: Option<Lifetime>,
    /// What is read, in order.
    pub reads: &'a [Span],
    /// What is written, in order.
    pub writes: &'a [Write<'a>],
    /// What only DICOM has.
    pub dimse: Option<Dimse<'a>>,
}

/// What a command of DICOM names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimse<'a> {
    /// The title that the client gives itself. It narrows what a rule allows, and proves nothing.
    pub calling: &'a str,
    /// The title that it asks for.
    pub called: &'a str,
    /// The class of service, by its UID; none while only an association is asked for.
    pub class: Option<&'a str>,
    /// To whom instances are to be sent.
    pub destination: Option<&'a str>,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who<'a> {
    /// A person of the staff or of a maintainer.
    Person(&'a PersonId),
    /// A machine under its own name.
    Service(&'a ServiceId),
    /// Nobody has said it.
    Unknown,
}

/// A device at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Station {
    /// BACnet: the network behind a router (0 for none), and the instance of the device when it is
    /// known.
    Device {
        /// The network.
        network: u16,
        /// The instance.
        instance: Option<u32>,
    },
    /// DICOM: the application of the called title.
    Entity,
    /// Modbus: the unit.
    Unit(u8),
}

/// Whose numbers a function has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// A function of Modbus.
    Modbus,
    /// A BACnet service that waits for an answer.
    Confirmed,
    /// A BACnet service that does not.
    Unconfirmed,
    /// BACnet over IP itself: broadcasts and foreign devices.
    Link,
    /// Messages between BACnet routers.
    Network,
    /// An operation of DICOM, by its command field (PS3.7, annex E.1); 0 for an association.
    Dimse,
}

/// A function by its number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Function {
    /// Whose number.
    pub layer: Layer,
    /// The number.
    pub number: u16,
}

/// How much of a request was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// A request whose parts contradict each other: whoever receives it may take another part for
    /// true than whoever judges it.
    Contradictory,
    /// One part of a request that is in segments.
    Segment,
    /// A function that the standard knows, with contents that nobody has read.
    Untyped,
    /// All of it.
    Whole,
}

/// How a request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// To every device: a BACnet broadcast, or unit 0 of Modbus behind a gateway to a serial line.
    Broadcast,
    /// To every device, by a broadcast manager that a foreign device asks for it.
    Distributed,
    /// To one device.
    Unicast,
}

/// For how long something is asked to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Not any more.
    Cancel,
    /// Until told otherwise.
    Forever,
    /// For so many seconds.
    Seconds(u32),
}

/// A table of a Modbus device, or a property of the objects of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Space {
    /// Bits that can be written.
    Coil,
    /// Bits that only the device writes.
    DiscreteInput,
    /// Files of Modbus; the address is the number of the file.
    File,
    /// Registers that can be written.
    HoldingRegister,
    /// Registers that only the device writes.
    InputRegister,
    /// BACnet; the address is the instance of the object.
    Object {
        /// The type of the objects.
        kind: u16,
        /// The property; none for the object as a whole.
        property: Option<u32>,
    },
}

/// One place of a table, or one property of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Which table.
    pub space: Space,
    /// The address, from 0 as on the wire; the instance of an object.
    pub address: u32,
    /// The element of an array, of BACnet only.
    pub index: Option<u32>,
}

/// A place of one device: what a value is remembered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Point {
    /// The address of the device.
    pub device: IpAddr,
    /// The device at that address.
    pub station: Station,
    /// The place.
    pub place: Place,
}

/// Places that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first one.
    pub place: Place,
    /// How many.
    pub quantity: u32,
}

/// What places become.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Write<'a> {
    /// The first one.
    pub place: Place,
    /// What it and those after it become.
    pub value: Value<'a>,
    /// The priority of the command, 1 to 16, of BACnet only; without one it is the lowest.
    pub priority: Option<u8>,
}

/// Values; none of them needs to know what was there before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// One bit for each place.
    Bits(&'a [bool]),
    /// A whole number: enumerated, counted, signed.
    Integer(i64),
    /// A register becomes (old AND `and`) OR (`or` AND NOT `and`).
    Masked {
        /// Bits that stay.
        and: u16,
        /// Bits that are set where they do not stay.
        or: u16,
    },
    /// Nothing that can be compared: text, lists, bytes of a file.
    Opaque,
    /// A number with a fraction.
    Real(f64),
    /// Gives up what was written before (NULL).
    Relinquish,
    /// One register for each place.
    Words(&'a [u16]),
}

/// One place of a write, and what it becomes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Single {
    Masked { and: u16, or: u16 },
    Number(f64),
    Opaque,
    Relinquish,
}

/// The greatest whole number that a fraction holds exactly.
const EXACT_MAX: i64 = 1 << 53;

impl Function {
    /// That an association of DICOM is asked for.
    pub const ASSOCIATE: Self = Self::dimse(0);

    /// A function of Modbus.
    #[must_use]
    pub const fn modbus(number: u8) -> Self {
        Self::of(Layer::Modbus, number)
    }

    /// An operation of DICOM by its command field.
    #[must_use]
    pub const fn dimse(field: u16) -> Self {
        Self {
            layer: Layer::Dimse,
            number: field,
        }
    }

    /// A BACnet service that waits for an answer.
    #[must_use]
    pub const fn confirmed(number: u8) -> Self {
        Self::of(Layer::Confirmed, number)
    }

    /// A BACnet service that does not.
    #[must_use]
    pub const fn unconfirmed(number: u8) -> Self {
        Self::of(Layer::Unconfirmed, number)
    }

    /// A function of BACnet over IP itself.
    #[must_use]
    pub const fn link(number: u8) -> Self {
        Self::of(Layer::Link, number)
    }

    const fn of(layer: Layer, number: u8) -> Self {
        Self {
            layer,
            number: number as u16,
        }
    }

    /// Its standard name; none for what the standard does not know.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        names::of_function(self)
    }

    /// The protocol that has it.
    #[must_use]
    pub const fn protocol(self) -> Protocol {
        match self.layer {
            Layer::Modbus => Protocol::Modbus,
            Layer::Confirmed | Layer::Unconfirmed | Layer::Link | Layer::Network => {
                Protocol::Bacnet
            }
            Layer::Dimse => Protocol::Dicom,
        }
    }
}

impl Station {
    /// The protocol that has it.
    #[must_use]
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::Device { .. } => Protocol::Bacnet,
            Self::Entity => Protocol::Dicom,
            Self::Unit(_) => Protocol::Modbus,
        }
    }
}

impl Space {
    /// The protocol that has it.
    #[must_use]
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::Object { .. } => Protocol::Bacnet,
            _ => Protocol::Modbus,
        }
    }

    /// Its last address on the wire.
    pub(crate) const fn address_max(self) -> u32 {
        match self {
            Self::Object { .. } => 0x3f_ffff,
            _ => 0xffff,
        }
    }
}

impl Value<'_> {
    /// How many places become something.
    pub(crate) fn quantity(&self) -> u32 {
        let length = match self {
            Self::Bits(bits) => bits.len(),
            Self::Words(words) => words.len(),
            _ => 1,
        };
        u32::try_from(length).unwrap_or(u32::MAX)
    }

    /// What the n-th place becomes.
    pub(crate) fn at(&self, offset: u32) -> Single {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        match self {
            Self::Bits(bits) => bits.get(offset).map_or(Single::Opaque, |bit| {
                Single::Number(f64::from(u8::from(*bit)))
            }),
            Self::Words(words) => words
                .get(offset)
                .map_or(Single::Opaque, |word| Single::Number(f64::from(*word))),
            Self::Integer(number) => exact(*number).map_or(Single::Opaque, Single::Number),
            Self::Masked { and, or } => Single::Masked { and: *and, or: *or },
            Self::Opaque => Single::Opaque,
            Self::Real(number) => Single::Number(*number),
            Self::Relinquish => Single::Relinquish,
        }
    }
}

/// The number as a fraction, when that is the same number.
fn exact(number: i64) -> Option<f64> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "whole numbers up to 2^53 are exact"
    )]
    (number.unsigned_abs() <= EXACT_MAX.unsigned_abs()).then_some(number as f64)
}

impl<'a> Write<'a> {
    /// What is written, place by place.
    pub(crate) fn singles(&self) -> impl Iterator<Item = (Place, Single)> + use<'a> {
        let write = *self;
        (0..write.value.quantity()).map(move |offset| {
            let place = Place {
                address: write.place.address.saturating_add(offset),
                ..write.place
            };
            (place, write.value.at(offset))
        })
    }
}

impl<'a> Asked<'a> {
    /// The place as a point of the device that is meant.
    #[must_use]
    pub fn point(&self, place: Place) -> Point {
        Point {
            device: self.device.to_canonical(),
            station: self.station,
            place,
        }
    }

    /// Whether it changes something.
    pub(crate) const fn changes(&self) -> bool {
        matches!(
            self.access,
            Access::Control | Access::Unknown | Access::Write
        )
    }

    /// Whether it looks for devices or objects that it does not know yet.
    pub(crate) fn is_search(&self) -> bool {
        self.function == Function::unconfirmed(7) || self.function == Function::unconfirmed(8)
    }

    /// What is written, place by place, with the priority of its span.
    pub(crate) fn prioritised(&self) -> impl Iterator<Item = (Place, Single, Option<u8>)> {
        let spans = self.writes.iter();
        spans.flat_map(|span| span.singles().map(|(place, it)| (place, it, span.priority)))
    }

    /// What is written, place by place, over all spans.
    pub(crate) fn singles(&self) -> impl Iterator<Item = (Place, Single)> + use<'a> {
        self.writes.iter().flat_map(Write::singles)
    }
}
