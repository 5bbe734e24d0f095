use super::*;
use proptest::prelude::*;

#[test]
fn dates_and_instants_are_read() {
    let at: Timestamp = "2026-11-23T22:23:19.5Z".parse().unwrap();
    assert_eq!(at.to_string(), "2026-11-23T22:23:19.500000Z");
    let day: Timestamp = "2026-11-23".parse().unwrap();
    assert_eq!(day.to_string(), "2026-11-23T00:00:00.000000Z");
    let offset: Timestamp = "2026-11-23T01:00:00+01:00".parse().unwrap();
    assert_eq!(offset, day);
}

#[test]
fn what_is_no_date_is_refused() {
    for bad in [
        "",
        "yesterday",
        "2026-13-01",
        "1969-12-31",
        "2026-11-23T25:00:00Z",
    ] {
        assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn text_and_instant_round_trip(us in any::<u64>()) {
        let at = Timestamp::from_us(us);
        prop_assert_eq!(at.to_string().parse::<Timestamp>().unwrap(), at);
    }
}
