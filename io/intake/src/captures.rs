//! Captures into an inventory: what devices tell of themselves while nobody asks them.
//!
//! Nothing is sent, and nothing about patients is read: `wire::identify` drops it at its bytes.

pub mod dropped;
pub mod live;

use std::hash::{BuildHasher, RandomState};

use hospital::inventory::{Added, Attribute, Inventory, Observation};
use wire::capture::{Content, Decoder, Fault, Frame, Frames, Streams};
use wire::identify::{Attribute as Named, Identifier, IdentifyLimits, Seen, Told};
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
    let (mut observer, mut observed) = (Observer::new(), Observed::default());
    let mut take = |told: Vec<Told>, observed: &mut Observed| {
        for one in told {
            observed.observations += 1;
            if let Added::Full(_) = inventory.add(&observation(one, source)) {
                observed.beyond += 1;
            }
        }
    };
    for frame in Frames::read(bytes)? {
        match frame {
            Ok(frame) => {
                observed.frames += 1;
                take(observer.frame(&frame), &mut observed);
            }
            Err(fault) => {
                observed.broken = Some(fault);
                break;
            }
        }
    }
    take(observer.finish(), &mut observed);
    Ok(observed)
}

/// Reads the frames of one capture in their order.
#[derive(Debug)]
pub(crate) struct Observer {
    decoder: Decoder,
    streams: Streams,
    identifier: Identifier,
    last: Seen,
}

impl Observer {
    pub(crate) fn new() -> Self {
        Self {
            decoder: Decoder::new(),
            streams: Streams::new(StreamLimits::DEFAULT),
            identifier: Identifier::new(IdentifyLimits::DEFAULT, &random_key()),
            last: Seen::default(),
        }
    }

    /// What a frame tells, with what it completes.
    pub(crate) fn frame(&mut self, frame: &Frame<'_>) -> Vec<Told> {
        let packet = self.decoder.decode(frame);
        self.last = Seen::of(&packet);
        let mut told = self.identifier.packet(&packet);
        if let Content::Tcp(flow, segment) = &packet.content {
            for delivered in self.streams.push(*flow, segment) {
                told.extend(self.identifier.delivered(self.last, &delivered));
            }
        }
        told
    }

    /// What was held when the capture ended.
    pub(crate) fn finish(mut self) -> Vec<Told> {
        let mut told = Vec::new();
        for delivered in self.streams.finish() {
            told.extend(self.identifier.delivered(self.last, &delivered));
        }
        told
    }
}

/// A key that nobody else has: whoever sends on a network must not choose what is taken for known.
pub(crate) fn random_key() -> [u8; 16] {
    // Its keys are drawn at random by the system.
    let state = RandomState::new();
    let [low, high] = [0_u8, 1].map(|number| u128::from(state.hash_one(number)));
    (high << 64 | low).to_le_bytes()
}

/// What was told, as of this source.
pub(crate) fn observation(told: Told, source: &str) -> Observation {
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

const fn attribute(told: Named) -> Attribute {
    match told {
        Named::Behind => Attribute::Behind,
        Named::Device => Attribute::Device,
        Named::DhcpParameters => Attribute::DhcpParameters,
        Named::Firmware => Attribute::Firmware,
        Named::Flag => Attribute::Flag,
        Named::Function => Attribute::Function,
        Named::Hostname => Attribute::Hostname,
        Named::Implementation => Attribute::Implementation,
        Named::Is => Attribute::Is,
        Named::Location => Attribute::Location,
        Named::Model => Attribute::Model,
        Named::Name => Attribute::Name,
        Named::OrderNumber => Attribute::OrderNumber,
        Named::Os => Attribute::Os,
        Named::OsVersion => Attribute::OsVersion,
        Named::Peer => Attribute::Peer,
        Named::Service => Attribute::Service,
        Named::Serial => Attribute::Serial,
        Named::Software => Attribute::Software,
        Named::SystemDescription => Attribute::SystemDescription,
        Named::Unit => Attribute::Unit,
        Named::VendorClass => Attribute::VendorClass,
        Named::VendorId => Attribute::VendorId,
        Named::Vendor => Attribute::Vendor,
    }
}
