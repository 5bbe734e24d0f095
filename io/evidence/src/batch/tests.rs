//! Batches and their round trip, each flipped byte, and the count of zero sectors.

use proptest::prelude::*;

use super::*;
use crate::entry::Entry;
use crate::group::Prepared;

fn image(payloads: &[Vec<u8>], first: u64) -> (Vec<u8>, Hash) {
    let mut frontier = Frontier::new();
    for _ in 0..first {
        frontier.push(tlog::leaf_hash(b"earlier")).unwrap();
    }
    let entries: Vec<_> = payloads
        .iter()
        .map(|payload| Entry {
            class: 1,
            time_us: 2,
            payload: payload.clone(),
        })
        .collect();
    let prepared = Prepared::new(&entries, BATCH_BYTES_MAX).unwrap();
    let mut image = BatchImage::default();
    image.clear(0);
    image
        .push(&prepared.frames, &prepared.leaves, &mut frontier)
        .unwrap();
    (image.finish(42, &frontier).to_vec(), frontier.root())
}

fn check(image: &[u8], first: u64) -> Option<(Vec<Vec<u8>>, BatchTrailer)> {
    let header = BatchHeader::parse(image, 42).filter(|header| header.first_index == first)?;
    let mut payloads = Vec::new();
    let outcome = check_batch(image, &header, |frame| {
        payloads.push(frame.payload.to_vec());
        Ok(())
    });
    Some((payloads, outcome.unwrap().ok()?))
}

#[test]
fn every_flipped_byte_is_noticed() {
    let (bytes, _) = image(&[b"one".to_vec(), Vec::new(), vec![0; 700]], 5);
    assert!(check(&bytes, 5).is_some());
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x40;
        assert_eq!(check(&flipped, 5), None, "byte {at}");
    }
}

#[test]
fn batches_of_another_log_are_not_read() {
    let (bytes, _) = image(&[b"one".to_vec()], 0);
    assert!(BatchHeader::parse(&bytes, 42).is_some());
    assert_eq!(BatchHeader::parse(&bytes, 43), None);
}

#[test]
fn zero_sectors_of_a_whole_batch_are_told_in_advance() {
    for zeros in [0, 100, 500, 1000, 5000, 40_000] {
        let (bytes, _) = image(&[vec![0; zeros], vec![1; 10]], 0);
        let header = BatchHeader::parse(&bytes, 42).unwrap();
        assert_eq!(header.zero_sectors, zero_sectors(&bytes), "{zeros} zeros");
        assert_eq!(header.extent_bytes(), bytes.len());
    }
}

proptest! {
    #[test]
    fn what_is_batched_is_read(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 1..20),
        first in 0_u64..40,
    ) {
        let (bytes, root) = image(&payloads, first);
        prop_assert_eq!(bytes.len() % SECTOR_BYTES, 0);
        let (read, trailer) = check(&bytes, first).unwrap();
        prop_assert_eq!(trailer, BatchTrailer { size: first + payloads.len() as u64, root });
        prop_assert_eq!(read, payloads);
    }
}
