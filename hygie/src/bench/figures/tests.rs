use proptest::prelude::*;

use super::*;

#[test]
fn percentiles_by_nearest_rank() {
    let check = |samples: &[u64], percent, expect| {
        let samples = Samples::new(samples.to_vec());
        assert_eq!(
            samples.percentile_ns(percent),
            expect,
            "p{percent} of {samples:?}"
        );
    };
    check(&[], 50, 0);
    check(&[7], 0, 7);
    check(&[7], 50, 7);
    check(&[7], 99, 7);
    check(&[4, 1, 3, 2], 50, 2);
    check(&[5, 1, 4, 2, 3], 50, 3);
    check(&[1, 2], 51, 2);
    let hundred: Vec<u64> = (1..=100).rev().collect();
    check(&hundred, 50, 50);
    check(&hundred, 99, 99);
    check(&hundred, 100, 100);
    // One slow operation in a thousand is no matter of the 99th percentile, eleven are.
    let with_slow = |slow: usize| {
        let fast = std::iter::repeat_n(1, 1000 - slow);
        fast.chain(std::iter::repeat_n(900, slow))
            .collect::<Vec<u64>>()
    };
    check(&with_slow(1), 99, 1);
    check(&with_slow(10), 99, 1);
    check(&with_slow(11), 99, 900);
}

#[test]
fn medians() {
    let check = |figures: &[f64], expect: f64| {
        assert!((median(figures) - expect).abs() < 1e-9, "{figures:?}");
    };
    check(&[], 0.0);
    check(&[3.0], 3.0);
    check(&[9.0, 1.0], 5.0);
    check(&[9.0, -1.0, 2.0], 2.0);
    check(&[4.0, 1.0, 3.0, 2.0], 2.5);
}

#[test]
fn units_and_shown_digits() {
    let samples = Samples::new(vec![1_500_000]);
    assert!((samples.percentile_ms(50) - 1.5).abs() < 1e-9);
    assert!((samples.percentile_us(50) - 1_500.0).abs() < 1e-9);
    assert!((per_s(30, Duration::from_millis(1_500)) - 20.0).abs() < 1e-9);
    assert_eq!(per_s(30, Duration::ZERO).to_string(), "0");
    assert_eq!(rounded(1.0 / 3.0, 3).to_string(), "0.333");
    assert_eq!(rounded(12_345.6, 0).to_string(), "12346");
    assert_eq!(rounded(-0.0001, 3).to_string(), "0");
    assert_eq!(whole_ns(Duration::from_micros(3)), 3_000);
    assert_eq!(whole_ns(Duration::MAX), u64::MAX);
}

proptest! {
    #[test]
    fn a_percentile_is_a_sample_that_enough_do_not_exceed(
        times in proptest::collection::vec(0_u64..50, 1..200),
        percent in 1_usize..=100,
    ) {
        let found = Samples::new(times.clone()).percentile_ns(percent);
        prop_assert!(times.contains(&found));
        let not_above = times.iter().filter(|it| **it <= found).count();
        prop_assert!(not_above * 100 >= times.len() * percent);
        let below = times.iter().filter(|it| **it < found).count();
        prop_assert!(below * 100 < times.len() * percent, "a smaller sample would do");
    }
}
