//! A capture that is made up: many devices, each of which tells who it is, among traffic that
//! tells nothing.
//!
//! For each device there are an ARP request, an I-Am of BACnet, a question and an answer of Modbus
//! identification, and two segments of 1,448 bytes that no protocol here knows.

use crate::frames::{Capture, End};

/// Bytes of a segment that tells nothing: what a frame of Ethernet holds behind TCP with options.
const SEGMENT_BYTES: usize = 1_448;

/// Such segments of each device.
const SEGMENTS: u32 = 2;

/// When the first frame comes: 2026-01-01.
const BEGINS_US: u64 = 1_767_225_600_000_000;

/// A capture (libpcap, Ethernet) of so many devices.
pub(super) fn capture(devices: u32) -> Vec<u8> {
    let mut capture = Capture::beginning(BEGINS_US);
    let station = End {
        mac: [0x02, 0, 0, 0, 0, 1],
        ip: [10, 255, 255, 254],
        port: 40_000,
    };
    for number in 0..devices {
        let device = End {
            mac: mac(number),
            ip: address(number),
            port: 0,
        };
        capture.arp(device, station.ip);
        capture.i_am(device, station, (number, 5));
        capture.identification((device, 1), station, ["Example Works", "AHU-4", "2.1"]);
        for part in 0..SEGMENTS {
            let [.., seed] = number.wrapping_mul(31).wrapping_add(part).to_be_bytes();
            let payload = [seed | 0x80; SEGMENT_BYTES];
            let length = u32::try_from(SEGMENT_BYTES).unwrap_or_default();
            capture.segment(station, device.at(5_001), 1 + part * length, &payload);
        }
    }
    capture.into_bytes()
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
