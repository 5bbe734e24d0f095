use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

fn us(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_microsecond()
}

fn paris_winter() -> TimeZone {
    TimeZone::fixed(Offset::constant(1))
}

#[test]
fn every_spelling_of_an_instant_is_the_same() {
    let meant = us("2026-11-26T08:03:13.123456Z");
    for text in [
        "2026-11-26T08:03:13.123456Z",
        "2026-11-26t08:03:13,123456789z",
        "2026-11-26 09:03:13.123456+01:00",
        "2026-11-26T09:03:13.123456+0100",
        "2026-11-26T09:03:13.123456+01",
        "2026-11-25T22:03:13.123456-10:00",
        "2026-11-26T08:03:13.123456",
    ] {
        assert_eq!(iso(text.as_bytes(), None), Some(meant), "{text}");
    }
    let local = iso(b"2026-11-26 09:03:13.123456", Some(&paris_winter()));
    assert_eq!(local, Some(meant));
}

#[test]
fn what_is_no_instant_is_none() {
    for text in [
        "",
        "2026-11-26",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-26T24:00:00Z",
        "2026-11-26T08:60:00Z",
        "2026-11-26T08:03:13.Z",
        "2026-11-26T08:03:13+1",
        "2026-11-26T08:03:13Zx",
        "2O26-11-26T08:03:13Z",
    ] {
        assert_eq!(iso(text.as_bytes(), None), None, "{text}");
    }
    for edge in ["0000-01-01T00:00:00Z", "9999-12-30T21:59:59Z"] {
        assert_eq!(iso(edge.as_bytes(), None), Some(us(edge)), "{edge}");
    }
    assert!(iso(b"9999-12-31T23:59:60Z", None).is_some());
}

#[test]
fn numbers_are_instants_by_their_size() {
    for (text, meant) in [
        ("1591367999.305988", Some(1_591_367_999_305_988)),
        ("1591367999.3", Some(1_591_367_999_300_000)),
        ("1591367999", Some(1_591_367_999_000_000)),
        ("1591367999305", Some(1_591_367_999_305_000)),
        ("1591367999305988", Some(1_591_367_999_305_988)),
        ("1591367999305988123", Some(1_591_367_999_305_988)),
        ("-1.5", Some(-1_500_000)),
        ("1e9", None),
        ("99999999999999999999", None),
        ("", None),
    ] {
        assert_eq!(epoch(text.as_bytes()), meant, "{text}");
    }
}

#[test]
fn a_missing_year_is_the_last_that_fits() {
    let reference = us("2026-01-02T00:00:00Z");
    let read = |text: &'static str| without_year(text.as_bytes(), &TimeZone::UTC, reference);
    for (text, meant) in [
        ("Jan  1 12:00:00 x", "2026-01-01T12:00:00Z"),
        ("Jan  2 23:59:59 x", "2026-01-02T23:59:59Z"),
        ("Dec 31 23:59:59 x", "2025-12-31T23:59:59Z"),
        ("Feb 29 00:00:00 x", "2024-02-29T00:00:00Z"),
    ] {
        assert_eq!(read(text), Some((us(meant), b" x".as_slice())), "{text}");
    }
    for bad in ["Foo  1 12:00:00", "Jan 32 12:00:00", "Jan  1 12:00"] {
        assert_eq!(read(bad), None, "{bad}");
    }
}

#[test]
fn dates_of_servers_are_read() {
    let meant = us("2026-11-26T07:03:13Z");
    let (read, rest) = bind(b"26-Nov-2026 08:03:13.250 client", &paris_winter()).unwrap();
    assert_eq!((read, rest), (meant + 250_000, b" client".as_slice()));
    assert_eq!(
        american(b"11/26/26", b"08:03:13", &paris_winter()),
        Some(meant)
    );
    assert_eq!(american(b"26/11/26", b"08:03:13", &paris_winter()), None);
}

#[test]
fn seconds_of_today_are_read_as_all_others() {
    for text in [
        "1713485475.540015",
        "1713485475.5",
        "0000000000.000001",
        "9999999999.999999",
    ] {
        let quick = seconds_of_today(text.as_bytes());
        assert!(quick.is_some(), "{text}");
        assert_eq!(quick, seconds(text.as_bytes()), "{text}");
    }
    // Left to the others, whatever they say of it.
    for text in [
        "",
        "1713485475",
        "1713485475.",
        "1713485475.5400151",
        "171348547.540015",
        "17134854750.540015",
        "1713485475,540015",
        "17134854x5.540015",
        "1713485475.54x015",
        "-713485475.540015",
    ] {
        assert_eq!(seconds_of_today(text.as_bytes()), None, "{text}");
    }
}

proptest! {
    /// The naive twin is the time library.
    #[test]
    fn arithmetic_agrees_with_the_calendar(time_us in -62_167_219_200_000_000_i64..253_402_207_199_000_000) {
        let text = written(time_us).unwrap();
        prop_assert_eq!(iso(text.as_bytes(), None), Some(time_us));
    }

    #[test]
    fn seconds_are_the_same_in_either_way(text in "[0-9x]{8,11}[.,][0-9x]{0,8}") {
        let bytes = text.as_bytes();
        if text.contains('.') {
            prop_assert_eq!(epoch(bytes), seconds(bytes));
        }
        let digits: String = text.chars().take(8).collect();
        let meant = digits.parse().ok();
        prop_assert_eq!(eight_digits(digits.as_bytes().try_into().unwrap()), meant);
    }

    #[test]
    fn any_bytes_are_an_instant_or_none(bytes: Vec<u8>, text in "[0-9:TZ .,+/-]{0,40}") {
        for input in [bytes.as_slice(), text.as_bytes()] {
            let _iso = iso(input, Some(&TimeZone::UTC));
            let _epoch = epoch(input);
            let _seconds = seconds(input);
            let _without = without_year(input, &TimeZone::UTC, i64::MAX);
            let _bind = bind(input, &TimeZone::UTC);
            let _american = american(input, input, &TimeZone::UTC);
        }
    }
}
