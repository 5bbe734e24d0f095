//! A capture that is made up: many devices, each of which tells who it is, among traffic that
//! tells nothing.
//!
//! For each device there are an ARP request, an I-Am of BACnet, a question and an answer of Modbus
//! identification, and segments of 1,448 bytes that no protocol here knows: at first sight two of
//! each, and of a few devices that go on speaking, one after the other, some hundreds.

use crate::frames::{Capture, End};

/// Bytes of a segment that tells nothing: what a frame of Ethernet holds behind TCP with options.
const SEGMENT_BYTES: usize = 1_448;

/// Such segments of each device at first sight.
const SEGMENTS: u32 = 2;

/// Devices that go on speaking, and how many segments each of them sends.
const SPEAKING: u32 = 1_000;
const SPOKEN: u32 = 200;

/// When the first frame comes: 2026-01-01.
const BEGINS_US: u64 = 1_767_225_600_000_000;

/// Whoever asks devices what they are.
const STATION: End = End {
    mac: [0x02, 0, 0, 0, 0, 1],
    ip: [10, 255, 255, 254],
    port: 40_000,
};

/// A capture (libpcap, Ethernet) of so many devices at first sight.
pub(super) fn first_sight(devices: u32) -> Vec<u8> {
    let mut capture = Capture::beginning(BEGINS_US);
    for number in 0..devices {
        identify(&mut capture, number);
        (0..SEGMENTS).for_each(|part| speak(&mut capture, number, part));
    }
    capture.into_bytes()
}

/// A capture of devices that go on speaking.
pub(super) fn speaking() -> Vec<u8> {
    let mut capture = Capture::beginning(BEGINS_US);
    (0..SPEAKING).for_each(|number| identify(&mut capture, number));
    for part in 0..SPOKEN {
        (0..SPEAKING).for_each(|number| speak(&mut capture, number, part));
    }
    capture.into_bytes()
}

fn device(number: u32) -> End {
    End {
        mac: mac(number),
        ip: address(number),
        port: 0,
    }
}

fn identify(capture: &mut Capture, number: u32) {
    let device = device(number);
    capture.arp(device, STATION.ip);
    capture.i_am(device, STATION, (number, 5));
    capture.identification((device, 1), STATION, ["Example Works", "AHU-4", "2.1"]);
}

fn speak(capture: &mut Capture, number: u32, part: u32) {
    let [.., seed] = number.wrapping_mul(31).wrapping_add(part).to_be_bytes();
    let payload = [seed | 0x80; SEGMENT_BYTES];
    let length = u32::try_from(SEGMENT_BYTES).unwrap_or_default();
    let to = device(number).at(5_001);
    capture.segment(STATION, to, 1 + part * length, &payload);
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
        let observed = observe(&first_sight(20), "made up", &mut inventory).unwrap();
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
