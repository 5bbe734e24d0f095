//! Captures that were cut or changed: whatever the bytes, nothing panics and limits hold.

use hospital::InventoryLimits;
use hospital::inventory::{Fingerprints, Inventory};
use intake::captures::observe;
use wire::capture::Frames;

use crate::captures;

/// Folders with captures.
const FOLDERS: [&str; 3] = ["bacnet/testing/traces", "medical/testdata", "modbus"];

/// How often each capture is cut, and changed, when nobody asks for more.
const CUTS: usize = 10;
const CHANGES: usize = 6;

/// How a capture of blocks begins.
const BLOCKS: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// One bit in so many bytes is turned, at least.
const BYTES_PER_FLIP: [u64; 3] = [37, 997, 20_011];

/// Numbers that look random and are the same every time (Steele, Lea and Flood 2014).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap();
        usize::try_from(self.next() % bound).unwrap()
    }
}

#[test]
fn cut_captures() {
    let is_every = std::env::var_os("HYGIE_CONFORMANCE_EVERY_PACKET").is_some();
    let (mut numbers, mut read) = (Numbers(1), 0_u64);
    for (name, bytes) in all() {
        let ends = ends(&bytes);
        let packets: Vec<usize> = match is_every {
            true => ends,
            false => (0..CUTS).map(|_| ends[numbers.below(ends.len())]).collect(),
        };
        for end in packets {
            let is_whole = survive(&name, &bytes[..end]);
            let is_blocks = bytes.starts_with(&BLOCKS);
            // A block goes on behind its packet; a record of the older format ends with it.
            assert!(is_whole || is_blocks, "{name}, {end}");
            let inside = end - 1 - numbers.below(8);
            survive(&name, &bytes[..inside]);
            read += 2;
        }
        survive(&name, &bytes[..numbers.below(64)]);
    }
    println!("cut captures that were read: {read}");
}

#[test]
fn changed_captures() {
    let (mut numbers, mut read) = (Numbers(2), 0_u64);
    for (name, bytes) in all() {
        for round in 0..CHANGES {
            let every = BYTES_PER_FLIP[round % BYTES_PER_FLIP.len()];
            let flips = bytes.len() / usize::try_from(every).unwrap() + 1;
            let mut changed = bytes.clone();
            for _ in 0..flips {
                let at = numbers.below(changed.len());
                changed[at] ^= 1 << numbers.below(8);
            }
            survive(&name, &changed);
            read += 1;
        }
        // Heads of frames stay, what they carry does not.
        let mut changed = bytes.clone();
        for frame in Frames::read(&bytes).unwrap() {
            let frame = frame.unwrap();
            let start = frame.bytes.as_ptr().addr() - bytes.as_ptr().addr();
            let at = start + numbers.below(frame.bytes.len());
            changed[at] = numbers.next().to_le_bytes()[0];
        }
        survive(&name, &changed);
        read += 1;
    }
    println!("changed captures that were read: {read}");
}

fn all() -> Vec<(String, Vec<u8>)> {
    FOLDERS.iter().flat_map(|folder| captures(folder)).collect()
}

/// Where each packet ends.
fn ends(bytes: &[u8]) -> Vec<usize> {
    let base = bytes.as_ptr().addr();
    let frames = Frames::read(bytes).unwrap().map(Result::unwrap);
    frames
        .map(|frame| frame.bytes.as_ptr().addr() - base + frame.bytes.len())
        .collect()
}

/// Reads whatever it is, folds it, and says whether it was whole.
fn survive(name: &str, bytes: &[u8]) -> bool {
    let limits = InventoryLimits::DEFAULT;
    let mut inventory = Inventory::new(limits);
    let observed = observe(bytes, name, &mut inventory);
    assert!(inventory.bytes() <= limits.bytes_max);
    assert!(inventory.len() <= limits.subjects_max);
    let fingerprints = Fingerprints::default();
    assert!(inventory.assets(&fingerprints).iter().count() <= limits.assets_max);
    observed.is_ok_and(|observed| observed.broken.is_none())
}
