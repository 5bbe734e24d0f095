//! Captures into an inventory: what devices tell of themselves while nobody asks them.
//!
//! Nothing is sent, and nothing about patients is read: `wire::identify` drops it at its bytes.

use hospital::inventory::{Added, Attribute, Inventory, Observation};
use wire::capture::{Content, Decoder, Fault, Frames, Streams};
use wire::identify::{Attribute as Told, Identifier, IdentifyLimits, Seen};
use wire::limits::StreamLimits;

/// What came of one capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Frames.
    pub frames: u64,
    /// What was told of devices, repetitions included.
    pub observations: u64,
    /// Of those, what the inventory had no room for.
    pub beyond: u64,
    /// Where the capture broke off.
    pub broken: Option<Fault>,
}

/// Whether bytes are a capture, by how they begin.
#[must_use]
pub fn is_capture(bytes: &[u8]) -> bool {
    Frames::read(bytes).is_ok()
}

/// Takes everything that a capture tells into an inventory. `source` is the name of the capture.
///
/// # Errors
/// What is no capture.
pub fn observe(bytes: &[u8], source: &str, inventory: &mut Inventory) -> Result<Observed, Fault> {
    let mut decoder = Decoder::new();
    let mut streams = Streams::new(StreamLimits::DEFAULT);
    let mut identifier = Identifier::new(IdentifyLimits::DEFAULT);
    let mut observed = Observed::default();
    let mut last = Seen::default();
    let mut take = |told: Vec<wire::identify::Told>, observed: &mut Observed| {
        for one in told {
            observed.observations += 1;
            if let Added::Full(_) = inventory.add(&observation(one, source)) {
                observed.beyond += 1;
            }
        }
    };
    for frame in Frames::read(bytes)? {
        let frame = match frame {
            Ok(frame) => frame,
            Err(fault) => {
                observed.broken = Some(fault);
                break;
            }
        };
        observed.frames += 1;
        let packet = decoder.decode(&frame);
        last = Seen::of(&packet);
        take(identifier.packet(&packet), &mut observed);
        if let Content::Tcp(flow, segment) = &packet.content {
            for delivered in streams.push(*flow, segment) {
                take(identifier.delivered(last, &delivered), &mut observed);
            }
        }
    }
    for delivered in streams.finish() {
        take(identifier.delivered(last, &delivered), &mut observed);
    }
    Ok(observed)
}

/// What was told, as of this source.
pub(crate) fn observation(told: wire::identify::Told, source: &str) -> Observation {
    Observation {
        subject: told.subject.to_string(),
        attribute: attribute(told.attribute),
        value: told.value,
        rule: told.rule.to_owned(),
        confidence: told.confidence,
        frame: told.frame,
        at_us: told.at_us,
        source: source.to_owned(),
    }
}

const fn attribute(told: Told) -> Attribute {
    match told {
        Told::Behind => Attribute::Behind,
        Told::Device => Attribute::Device,
        Told::DhcpParameters => Attribute::DhcpParameters,
        Told::Firmware => Attribute::Firmware,
        Told::Flag => Attribute::Flag,
        Told::Function => Attribute::Function,
        Told::Hostname => Attribute::Hostname,
        Told::Implementation => Attribute::Implementation,
        Told::Is => Attribute::Is,
        Told::Location => Attribute::Location,
        Told::Model => Attribute::Model,
        Told::Name => Attribute::Name,
        Told::OrderNumber => Attribute::OrderNumber,
        Told::Os => Attribute::Os,
        Told::OsVersion => Attribute::OsVersion,
        Told::Peer => Attribute::Peer,
        Told::Service => Attribute::Service,
        Told::Serial => Attribute::Serial,
        Told::Software => Attribute::Software,
        Told::SystemDescription => Attribute::SystemDescription,
        Told::Unit => Attribute::Unit,
        Told::VendorClass => Attribute::VendorClass,
        Told::VendorId => Attribute::VendorId,
        Told::Vendor => Attribute::Vendor,
    }
}
