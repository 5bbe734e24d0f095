use super::Hll;
use crate::hash::HashKey;

fn hashes(count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(|value| HashKey::default().hash(&value.to_le_bytes()))
}

#[test]
fn the_estimate_stays_within_four_standard_errors() {
    for count in [0, 1, 10, 1_000, 3_000, 10_000, 200_000] {
        let mut hll = Hll::default();
        for hash in hashes(count) {
            hll.insert(hash);
        }
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
