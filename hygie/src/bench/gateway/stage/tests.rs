use super::*;

#[test]
fn emergencies_are_enough_for_every_round() {
    for (emergencies, rounds) in [(4_000, 3), (1_000, 1), (60, 100)] {
        let round = affordable(emergencies, rounds);
        let needed = f64::from(EMERGENCIES_PER_S) * round.as_secs_f64() * f64::from(rounds);
        let short = round == DURATION_MIN;
        assert!(short || needed <= f64::from(emergencies), "{round:?}");
    }
    assert_eq!(affordable(4_000, 3), Duration::from_secs(20));
    assert_eq!(affordable(0, 1), DURATION_MIN);
}
