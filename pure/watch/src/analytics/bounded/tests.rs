use super::Bounded;
use crate::analytics::Output;

#[test]
fn a_slow_key_survives_any_flood_of_new_ones() {
    let mut map: Bounded<u64> = Bounded::new("keys", 100);
    let mut outputs = Vec::new();
    *map.touch(("north", "slow"), 0, &mut outputs) += 1;
    *map.touch(("north", "slow"), 1, &mut outputs) += 1;
    for flood in 0..10_000 {
        map.touch(
            ("north", &format!("flood-{flood}")),
            10 + flood,
            &mut outputs,
        );
    }
    assert_eq!(map.get("slow"), Some(&2));
    assert_eq!(map.len(), 100);
    let totals = outputs.iter().map(|output| match output {
        Output::Evicted(evicted) => evicted.total,
        Output::Found(_) => 0,
    });
    assert_eq!(
        totals.collect::<Vec<_>>(),
        (0..14).map(|n| 1 << n).collect::<Vec<u64>>()
    );
}

#[test]
fn the_owner_with_the_most_keys_pays() {
    let mut map: Bounded<u64> = Bounded::new("keys", 100);
    let mut outputs = Vec::new();
    for calm in 0..10 {
        map.touch(("south", &format!("calm-{calm}")), calm, &mut outputs);
    }
    for flood in 0..10_000 {
        map.touch(
            ("north", &format!("flood-{flood}")),
            10 + flood,
            &mut outputs,
        );
    }
    assert_eq!(
        map.iter()
            .filter(|(key, _)| key.starts_with("calm"))
            .count(),
        10
    );
}
