use datafusion::prelude::{col, lit};
use proptest::prelude::*;

use super::*;

fn wanted(value: &str) -> Wanted {
    Wanted::of(&[col("person").eq(lit(value))]).unwrap()
}

/// A filter as an object holds it, header first.
fn filter(values: &[String], expected: u64) -> (Sbbf, Vec<u8>) {
    let mut filter = Sbbf::new_with_ndv_fpp(expected, 0.001).unwrap();
    for value in values {
        filter.insert(value.as_bytes());
    }
    let mut bytes = Vec::new();
    filter.write(&mut bytes).unwrap();
    (filter, bytes)
}

/// What a look at `bytes`, which begin at `offset` of an object, says.
fn look(value: &str, bytes: &[u8], offset: u64) -> bool {
    let place = (offset, bytes.len() as u64);
    let look = Look::at((0, 0), place, value).unwrap();
    let read = look.ranges().map(|range| {
        let at = |place: u64| usize::try_from(place - offset).unwrap();
        Bytes::copy_from_slice(&bytes[at(range.start)..at(range.end)])
    });
    look.may_hold(&wanted(value), &read)
}

proptest! {
    /// One block says what the whole filter says, by the implementation that wrote it.
    #[test]
    fn a_look_says_what_the_whole_filter_says(
        values in prop::collection::vec("[a-z0-9.]{0,20}", 0..50),
        others in prop::collection::vec("[a-z0-9.]{0,20}", 1..50),
        expected in 1_u64..5_000,
        offset in 0_u64..1 << 40,
    ) {
        let (filter, bytes) = filter(&values, expected);
        for value in &values {
            prop_assert!(look(value, &bytes, offset));
        }
        for other in &others {
            prop_assert_eq!(look(other, &bytes, offset), filter.check(other.as_bytes()));
        }
    }
}

#[test]
fn a_header_that_is_not_understood_rules_nothing_out() {
    let (_, bytes) = filter(&["there".to_owned()], 1_000);
    assert!(!look("absent", &bytes, 4));
    let header = bytes.len() - (1 << bytes.len().ilog2());
    for at in 0..header {
        for flip in [1, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            assert!(look("absent", &changed, 4), "byte {at}");
        }
    }
    // What was cut is no filter either.
    assert!(look("absent", &bytes[..bytes.len() - 1], 4));
    assert!(Look::at((0, 0), (4, 31), "absent").is_none());
}
