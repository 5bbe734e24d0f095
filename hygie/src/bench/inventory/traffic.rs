//! A capture that is made up: many devices, each of which tells who it is, among traffic that
//! tells nothing.
//!
//! For each device there are an ARP request, an I-Am of BACnet, a question and an answer of Modbus
//! identification, and two segments of 1,448 bytes that no protocol here knows.

/// Bytes of a segment that tells nothing: what a frame of Ethernet holds behind TCP with options.
const SEGMENT_BYTES: usize = 1_448;

/// Such segments of each device.
const SEGMENTS: u32 = 2;

/// A capture (libpcap, Ethernet) of so many devices.
pub(super) fn capture(devices: u32) -> Vec<u8> {
    let mut capture = Capture {
        bytes: Vec::new(),
        at_us: 1_767_225_600_000_000,
    };
    // Magic, version 2.4, zone, accuracy, length of a frame, Ethernet.
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 1_u32] {
        capture.bytes.extend_from_slice(&word.to_le_bytes());
    }
    for device in 0..devices {
        capture.arp(device);
        capture.i_am(device);
        capture.identification(device);
        for part in 0..SEGMENTS {
            capture.filler(device, part);
        }
    }
    capture.bytes
}

struct Capture {
    bytes: Vec<u8>,
    at_us: u64,
}

impl Capture {
    fn frame(&mut self, frame: &[u8]) {
        self.at_us += 10;
        let seconds = u32::try_from(self.at_us / 1_000_000).unwrap_or(u32::MAX);
        let us = u32::try_from(self.at_us % 1_000_000).unwrap_or_default();
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        for word in [seconds, us, length, length] {
            self.bytes.extend_from_slice(&word.to_le_bytes());
        }
        self.bytes.extend_from_slice(frame);
    }

    fn arp(&mut self, device: u32) {
        let mut frame = vec![0xff; 6];
        frame.extend_from_slice(&mac(device));
        frame.extend_from_slice(&[0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1]);
        frame.extend_from_slice(&mac(device));
        frame.extend_from_slice(&address(device));
        frame.extend_from_slice(&[0, 0, 0, 0, 0, 0, 10, 255, 255, 254]);
        self.frame(&frame);
    }

    /// BACnet I-Am: an object of type 8, 1,476 bytes, no segments, a vendor.
    fn i_am(&mut self, device: u32) {
        let [_, high, middle, low] = device.to_be_bytes();
        let payload = [
            0x81,
            0x0b,
            0x00,
            0x18,
            0x01,
            0x20,
            0xff,
            0xff,
            0x00,
            0xff,
            0x10,
            0x00,
            0xc4,
            0x02,
            high & 0x3f,
            middle,
            low,
            0x22,
            0x05,
            0xc4,
            0x91,
            0x03,
            0x21,
            0x05,
        ];
        let mut udp = Vec::with_capacity(8 + payload.len());
        for port in [47_808_u16, 47_808] {
            udp.extend_from_slice(&port.to_be_bytes());
        }
        udp.extend_from_slice(&[0, 32, 0, 0]);
        udp.extend_from_slice(&payload);
        self.ip(device, (17, &udp), true);
    }

    /// Modbus, function 43 kind 14: a maker, a product and a version.
    fn identification(&mut self, device: u32) {
        let question = [0, 1, 0, 0, 0, 5, 1, 0x2b, 0x0e, 0x01, 0x00];
        let mut answer = vec![0, 1, 0, 0, 0, 0, 1, 0x2b, 0x0e, 0x01, 0x01, 0, 0, 3];
        for (number, text) in [(0_u8, "Example Works"), (1, "AHU-4"), (2, "2.1")] {
            let length = u8::try_from(text.len()).unwrap_or_default();
            answer.extend_from_slice(&[number, length]);
            answer.extend_from_slice(text.as_bytes());
        }
        let counted = u8::try_from(answer.len() - 6).unwrap_or_default();
        if let Some(length) = answer.get_mut(5) {
            *length = counted;
        }
        self.tcp((device, 502, true), 1, &question);
        self.tcp((device, 502, false), 1, &answer);
    }

    fn filler(&mut self, device: u32, part: u32) {
        let [.., seed] = device.wrapping_mul(31).wrapping_add(part).to_be_bytes();
        let payload = vec![seed | 0x80; SEGMENT_BYTES];
        let length = u32::try_from(SEGMENT_BYTES).unwrap_or_default();
        self.tcp((device, 5_001, true), 1 + part * length, &payload);
    }

    /// A segment between a station and a device, to it or from it.
    fn tcp(&mut self, (device, port, to): (u32, u16, bool), sequence: u32, payload: &[u8]) {
        let mut segment = Vec::with_capacity(20 + payload.len());
        let (source, destination) = if to { (40_000, port) } else { (port, 40_000) };
        segment.extend_from_slice(&u16::to_be_bytes(source));
        segment.extend_from_slice(&u16::to_be_bytes(destination));
        segment.extend_from_slice(&sequence.to_be_bytes());
        // Acknowledged, head of five words, ACK and PSH, window.
        segment.extend_from_slice(&[0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
        segment.extend_from_slice(payload);
        self.ip(device, (6, &segment), !to);
    }

    fn ip(&mut self, device: u32, (protocol, payload): (u8, &[u8]), from: bool) {
        let station = (&[0x02, 0, 0, 0, 0, 1], &[10, 255, 255, 254]);
        let device = (&mac(device), &address(device));
        let ((source_mac, source), (target_mac, target)) = match from {
            true => (device, station),
            false => (station, device),
        };
        let length = u16::try_from(20 + payload.len()).unwrap_or(u16::MAX);
        let mut frame = Vec::with_capacity(34 + payload.len());
        frame.extend_from_slice(target_mac);
        frame.extend_from_slice(source_mac);
        frame.extend_from_slice(&[0x08, 0x00, 0x45, 0]);
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&[0, 0, 0x40, 0, 64, protocol, 0, 0]);
        frame.extend_from_slice(source);
        frame.extend_from_slice(target);
        frame.extend_from_slice(payload);
        self.frame(&frame);
    }
}

/// An interface of a number, locally administered.
fn mac(device: u32) -> [u8; 6] {
    let [first, second, third, fourth] = device.to_be_bytes();
    [0x06, 0, first, second, third, fourth]
}

fn address(device: u32) -> [u8; 4] {
    let [_, second, third, fourth] = device.to_be_bytes();
    [10, second, third, fourth]
}

#[cfg(test)]
mod tests {
    use hospital::InventoryLimits;
    use hospital::inventory::{Attribute, Fingerprints, Inventory};
    use intake::captures::observe;

    use super::*;

    #[test]
    fn each_device_that_is_made_up_is_found_with_what_it_tells() {
        let mut inventory = Inventory::new(InventoryLimits::DEFAULT);
        let observed = observe(&capture(20), "made up", &mut inventory).unwrap();
        assert_eq!(
            (observed.frames, observed.broken),
            (20 * u64::from(4 + SEGMENTS), None)
        );
        let fingerprints = Fingerprints::built_in().unwrap();
        let assets = inventory.assets(&fingerprints);
        let told = |attribute, value: &str| {
            let of = |it: &hospital::inventory::Asset| {
                it.best(attribute).is_some_and(|known| known.value == value)
            };
            assets.iter().filter(|it| of(it)).count()
        };
        assert_eq!(told(Attribute::Vendor, "Example Works"), 20);
        assert_eq!(told(Attribute::Firmware, "2.1"), 20);
    }
}
