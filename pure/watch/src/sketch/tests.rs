use super::{Distinct, Hll};
use crate::hash::HashKey;

fn hashes(count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(|value| HashKey::default().hash(&value.to_le_bytes()))
}

#[test]
fn the_estimate_stays_within_four_standard_errors() {
    for count in [0, 1, 10, 1_000, 3_000, 10_000, 200_000] {
        let mut hll = Hll::default();
        hashes(count).for_each(|hash| hll.insert(hash));
        let error = hll.estimate().abs_diff(count);
        assert!(
            error * 100 <= count * 13 + 100,
            "{count}: {}",
            hll.estimate()
        );
    }
}

#[test]
fn merging_is_seeing_both() {
    let (mut left, mut right, mut both) = (Hll::default(), Hll::default(), Hll::default());
    for (turn, hash) in hashes(5_000).enumerate() {
        both.insert(hash);
        if turn % 2 == 0 { &mut left } else { &mut right }.insert(hash);
    }
    left.merge(&right);
    assert_eq!(left, both);
}

#[test]
fn distinct_is_exact_up_to_the_threshold_and_says_so() {
    let mut distinct = Distinct::default();
    for hash in hashes(100) {
        assert!(distinct.insert(hash, 100));
        assert!(!distinct.insert(hash, 100));
    }
    assert!(distinct.is_exact());
    assert_eq!(distinct.count(), 100);
    distinct.insert(1, 100);
    assert!(!distinct.is_exact());
    assert!(
        (90..112).contains(&distinct.count()),
        "{}",
        distinct.count()
    );

    let mut few = Distinct::default();
    few.insert(2, 100);
    few.merge(&distinct, 100);
    assert!(!few.is_exact());
}
