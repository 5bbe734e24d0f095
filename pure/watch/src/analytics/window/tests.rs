use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Cut, DistinctWindow, SumWindow, Told};

const CUT: Cut = Cut {
    span_us: 100,
    slots: 10,
};

proptest! {
    #[test]
    fn counts_what_the_newest_slots_hold(events in vec((0_i64..400, 0_u64..20), 1..80)) {
        let (mut distinct, mut sum) = (DistinctWindow::default(), SumWindow::default());
        let mut seen: Vec<(i64, u64)> = Vec::new();
        for (at, value) in events {
            distinct.insert(CUT, at, value, 1_000);
            sum.add(CUT, at, 1);
            seen.push((at, value));
            let newest = seen.iter().map(|(at, _)| at / 10).max().unwrap();
            let live = seen.iter().filter(|(at, _)| at / 10 > newest - 10);
            let values: BTreeMap<u64, ()> = live.clone().map(|(_, value)| (*value, ())).collect();
            prop_assert_eq!(distinct.count(), values.len() as u64);
            prop_assert_eq!(sum.sum(), live.count() as u64);
        }
    }
}

#[test]
fn beyond_the_threshold_it_estimates_and_says_so() {
    let mut window = DistinctWindow::default();
    for value in 0..5_000_u64 {
        let hash = crate::hash::HashKey::default().hash(&value.to_le_bytes());
        window.insert(CUT, 50, hash, 100);
    }
    assert_eq!(window.how(), "estimated");
    assert!(window.count().abs_diff(5_000) < 650, "{}", window.count());
}

#[test]
fn tells_again_when_it_doubles_or_after_a_while() {
    let mut told = Told::default();
    let turns = [(0, 10), (1, 15), (2, 20), (3, 39), (102, 20)];
    let answers = turns.map(|(at, amount)| told.tell(at, amount, 100));
    assert_eq!(answers, [true, false, true, false, true]);
}
