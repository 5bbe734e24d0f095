use proptest::prelude::*;

use super::{Baseline, bucket, upper};
use crate::analytics::DAY_US;

#[test]
fn only_closed_days_are_asked_and_old_ones_fade() {
    let mut baseline = Baseline::default();
    for _ in 0..100 {
        baseline.learn(10, 0);
    }
    assert_eq!(baseline.quantile(990), None);
    baseline.learn(1_000_000, DAY_US);
    assert_eq!(baseline.quantile(990), Some(10));
    assert_eq!(baseline.threshold(20, 3, 100), 30);
    assert_eq!(baseline.threshold(50, 3, 100), 50);
    assert_eq!(baseline.threshold(5, 30, 100), 100);
    for day in 2..1_000 {
        baseline.learn(5, day * DAY_US);
    }
    assert_eq!(
        baseline.quantile(1_000),
        Some(5),
        "everything else has faded"
    );
}

proptest! {
    #[test]
    fn a_bucket_is_at_most_an_eighth_wide(value in any::<u64>()) {
        let top = upper(bucket(value));
        prop_assert!(top >= value);
        prop_assert!(top - value <= value / 8 + 1, "{value} {top}");
    }
}
