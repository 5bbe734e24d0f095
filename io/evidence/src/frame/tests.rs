//! Frames and leaves, their round trip, and each flipped bit.

use proptest::prelude::*;

use super::*;

fn framed(payload: &[u8], index: u64) -> (Vec<u8>, [u8; LEAF_BYTES]) {
    let mut bytes = Vec::new();
    push_frame(&mut bytes, (2, 3), &[9; SALT_BYTES], payload).unwrap();
    assert_eq!(seal_frame(&mut bytes, index).unwrap().len(), 0);
    (bytes, leaf_of((2, 3), &[9; SALT_BYTES], payload))
}

#[test]
fn the_leaf_fills_one_block_of_the_hash() {
    // Leaf prefix, leaf, end mark and length: one more byte would cost a second block.
    assert_eq!(1 + LEAF_BYTES + 1 + 8, 62);
    let (_, leaf) = framed(b"words", 0);
    assert_eq!(
        &leaf[..20],
        b"hygie/ev\x00\x01\x00\x02\x00\x00\x00\x00\x00\x00\x00\x03"
    );
    assert_eq!(leaf[20..], digest(&[9; SALT_BYTES], b"words"));
}

#[test]
fn a_payload_over_the_limit_is_refused() {
    let mut bytes = Vec::new();
    let payload = vec![0; PAYLOAD_BYTES_MAX + 1];
    let refused = push_frame(&mut bytes, (0, 0), &[0; SALT_BYTES], &payload);
    assert!(matches!(refused, Err(Error::PayloadTooLong { .. })));
    assert!(bytes.is_empty());
}

#[test]
fn every_flipped_bit_is_noticed() {
    let (bytes, _) = framed(b"some words", 77);
    assert!(Frame::parse(&bytes, 77).is_ok());
    assert!(Frame::parse(&bytes, 78).is_err());
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(Frame::parse(&flipped, 77).is_err(), "bit {bit}");
    }
}

proptest! {
    #[test]
    fn what_is_framed_is_read(
        class: u16,
        time_us: u64,
        index: u64,
        payload in prop::collection::vec(any::<u8>(), 0..300),
        rest in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        let salt = [9; SALT_BYTES];
        let mut bytes = Vec::new();
        push_frame(&mut bytes, (class, time_us), &salt, &payload).unwrap();
        prop_assert_eq!(seal_frame(&mut bytes, index).unwrap().len(), 0);
        let leaf = leaf_of((class, time_us), &salt, &payload);
        bytes.extend_from_slice(&rest);
        let (frame, after) = Frame::parse(&bytes, index).unwrap();
        prop_assert_eq!(frame.leaf(), leaf);
        prop_assert_eq!((frame.class, frame.time_us, frame.payload), (class, time_us, &payload[..]));
        prop_assert_eq!(after, &rest[..]);
    }

    #[test]
    fn hostile_bytes_are_a_value(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Frame::parse(&bytes, 0).is_err());
    }
}
