//! The network layer: who is meant behind routers (clause 6).
//!
//! ```text
//! version u8 = 1 | control u8 | [DNET u16 | DLEN u8 | DADR] | [SNET u16 | SLEN u8 | SADR]
//!                | [hop count u8] | message of the network, or of a service
//! ```

mod message;

use super::fault::Reading;
use super::{Access, Apdu, Fault};
use crate::cursor::Cursor;
pub use message::NetworkMessage;

/// The network number that stands for all.
const EVERYWHERE: u16 = 0xffff;

/// Longest address of a device behind a router.
const ADDRESS_BYTES_MAX: usize = 18;

/// Hops that an answer may make.
const HOPS_MAX: u8 = 255;

/// A device, or all of them, on a network behind a router.
///
/// Its network is half of a device's key: the router's own address stands for many devices.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Far {
    /// Number of the network; 65,535 for all.
    pub network: u16,
    /// Address on that network; empty for all of its devices.
    pub address: Vec<u8>,
}

/// What the network layer carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A message of a service.
    Apdu(Apdu),
    /// A message between routers.
    Network(NetworkMessage),
}

/// A message of the network layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Npdu {
    /// 0 normal, 1 urgent, 2 critical equipment, 3 life safety.
    pub priority: u8,
    /// Whether the sender waits for an answer.
    pub expects_answer: bool,
    /// Whom it is for, behind a router, and how many hops it may still make.
    pub destination: Option<(Far, u8)>,
    /// Who sent it, behind a router.
    pub source: Option<Far>,
    /// What it carries.
    pub body: Body,
}

impl Npdu {
    /// A message of a service on the same network.
    #[must_use]
    pub const fn local(apdu: Apdu, expects_answer: bool) -> Self {
        Self {
            priority: 0,
            expects_answer,
            destination: None,
            source: None,
            body: Body::Apdu(apdu),
        }
    }

    /// The answer of whoever this message is for, to whoever sent it.
    pub(super) fn answer(&self, apdu: Apdu) -> Self {
        let everybody = |far: &Far| far.network == EVERYWHERE || far.address.is_empty();
        Self {
            priority: self.priority,
            expects_answer: false,
            destination: self.source.clone().map(|far| (far, HOPS_MAX)),
            source: self
                .destination
                .clone()
                .map(|(far, _)| far)
                .filter(|far| !everybody(far)),
            body: Body::Apdu(apdu),
        }
    }

    pub(super) const fn access(&self) -> Access {
        match &self.body {
            Body::Apdu(apdu) => apdu.access(),
            Body::Network(message) => message.access(),
        }
    }

    pub(super) fn read(bytes: &[u8], reading: &mut Reading) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(bytes);
        if cursor.u8().ok_or(Fault::TooShort)? != 1 {
            return Err(Fault::ForeignVersion);
        }
        let control = cursor.u8().ok_or(Fault::TooShort)?;
        reading.reserved(control & 0x50)?;
        let has = |bit: u8| control & bit != 0;
        let to = has(0x20).then(|| far(&mut cursor)).transpose()?;
        let source = has(0x08).then(|| far(&mut cursor)).transpose()?;
        // Nobody is at all addresses of a network, or on all networks.
        if source
            .as_ref()
            .is_some_and(|far| far.network == EVERYWHERE || far.address.is_empty())
        {
            return Err(Fault::IllegalValue);
        }
        let destination = match to {
            Some(to) => Some((to, cursor.u8().ok_or(Fault::TooShort)?)),
            None => None,
        };
        let body = if has(0x80) {
            Body::Network(NetworkMessage::read(cursor.rest())?)
        } else {
            Body::Apdu(Apdu::read(cursor.rest(), reading)?)
        };
        Ok(Self {
            priority: control & 0x03,
            expects_answer: has(0x04),
            destination,
            source,
            body,
        })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Option<()> {
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        out.push(1);
        out.push(
            bit(matches!(self.body, Body::Network(_)), 0x80)
                | bit(self.destination.is_some(), 0x20)
                | bit(self.source.is_some(), 0x08)
                | bit(self.expects_answer, 0x04)
                | (self.priority & 0x03),
        );
        for far in [
            self.destination.as_ref().map(|(far, _)| far),
            self.source.as_ref(),
        ]
        .into_iter()
        .flatten()
        {
            out.extend_from_slice(&far.network.to_be_bytes());
            out.push(u8::try_from(far.address.len()).ok()?);
            out.extend_from_slice(&far.address);
        }
        out.extend(self.destination.as_ref().map(|(_, hops)| *hops));
        match &self.body {
            Body::Apdu(apdu) => apdu.write(out),
            Body::Network(message) => message.write(out),
        }
    }
}

fn far(cursor: &mut Cursor<'_>) -> Result<Far, Fault> {
    let network = cursor.u16().ok_or(Fault::TooShort)?;
    let length = usize::from(cursor.u8().ok_or(Fault::TooShort)?);
    if network == 0 || length > ADDRESS_BYTES_MAX {
        return Err(Fault::IllegalValue);
    }
    let address = cursor.take(length).ok_or(Fault::TooShort)?.to_vec();
    // An address on all networks at once means nothing.
    if network == EVERYWHERE && !address.is_empty() {
        return Err(Fault::IllegalValue);
    }
    Ok(Far { network, address })
}
