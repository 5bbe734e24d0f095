use proptest::prelude::*;

use super::*;

proptest! {
    /// Whatever rows a value is seen in, its spots cover them; up to three are covered exactly.
    #[test]
    fn spots_cover_their_rows(
        rows in prop::collection::btree_set(0_u64..3_000_000, 1..8),
        size in 3_000_000_u64..4_000_000,
    ) {
        let division = Division::new(size);
        let mut spots: Option<Spots> = None;
        for row in &rows {
            let seen = spots.map_or_else(|| Spots::of(*row, division), |spots| spots.with(*row, division));
            // Seen twice in one row is seen once.
            prop_assert_eq!(seen.with(*row, division), seen);
            spots = Some(seen);
        }
        let mut set = RowSet::none(division);
        set.add(spots.unwrap());
        let ranges = set.ranges();
        prop_assert!(rows.iter().all(|row| ranges.iter().any(|range| range.contains(row))));
        let covered: u64 = ranges.iter().map(|range| range.end - range.start).sum();
        if rows.len() <= 3 && rows.iter().all(|row| *row < ROW_MAX) {
            prop_assert_eq!(covered, u64::try_from(rows.len()).unwrap());
        }
        prop_assert!(covered <= u64::try_from(rows.len()).unwrap() * size.div_ceil(63));
        prop_assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
    }

    #[test]
    fn all_rows_are_one_range(size in 1_u64..10_000) {
        let all = RowSet::all(size).ranges();
        prop_assert_eq!(all, vec![0..size]);
    }
}
