use proptest::prelude::*;

use super::*;
use Language::{En, Fr};

fn check(header: &str, when_en: Language, when_fr: Language) {
    assert_eq!(Language::negotiate(Some(header), En), when_en, "{header:?}");
    assert_eq!(Language::negotiate(Some(header), Fr), when_fr, "{header:?}");
}

#[test]
fn a_named_language_wins_over_the_fallback() {
    check("fr", Fr, Fr);
    check("en", En, En);
    check("FR", Fr, Fr);
    check("fr-CA", Fr, Fr);
    check("fr-Latn-FR", Fr, Fr);
    check("en-GB,en;q=0.9", En, En);
    check("de, fr;q=0.5", Fr, Fr);
    check("en;q=0.1", En, En);
}

#[test]
fn the_greater_quality_wins_and_the_first_of_equals() {
    check("en;q=0.8, fr;q=0.9", Fr, Fr);
    check("fr;q=0.8, en;q=0.9", En, En);
    check("fr;q=0.899, en;q=0.9", En, En);
    check("fr,en", Fr, Fr);
    check("en,fr", En, En);
    check("de;q=1, en;q=0.5, fr;q=0.5", En, En);
    check("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", Fr, Fr);
}

#[test]
fn the_star_speaks_for_what_is_not_named() {
    check("*", En, Fr);
    check("*;q=0.1", En, Fr);
    check("fr;q=0, *", En, En);
    check("en;q=0, *;q=0.5", Fr, Fr);
    check("en;q=0.3, *;q=0.5", Fr, Fr);
    check("fr-CA;q=0, *", En, Fr);
}

#[test]
fn nothing_acceptable_or_readable_leaves_the_fallback() {
    check("", En, Fr);
    check("de, es;q=0.5", En, Fr);
    check("en;q=0, fr;q=0", En, Fr);
    check("*;q=0", En, Fr);
    check(",,;;,q=,-,", En, Fr);
    check("frx, french, f", En, Fr);
    assert_eq!(Language::negotiate(None, Fr), Fr);
}

#[test]
fn a_range_with_an_unreadable_quality_counts_for_nothing() {
    for weight in [
        "q=", "q=2", "q=1.001", "q=0.1234", "q=-1", "q=+1", "q=1e0", "q=.5", "x=1", "q",
    ] {
        check(&format!("fr;{weight}, en;q=0.1"), En, En);
    }
    check("fr ; q = 0.5 , en ; q=0.4", Fr, Fr);
    check("fr;q=1.000, en;q=0.999", Fr, Fr);
}

#[test]
fn what_lies_beyond_the_limits_is_not_read() {
    let long = format!("{},fr", "x".repeat(ACCEPT_LANGUAGE_BYTES_MAX));
    check(&long, En, Fr);
    let fits = format!("{},fr", "x".repeat(ACCEPT_LANGUAGE_BYTES_MAX - 4));
    check(&fits, Fr, Fr);
    let many = format!("{}fr", "d,".repeat(ACCEPT_LANGUAGE_RANGES_MAX));
    check(&many, En, Fr);
}

#[test]
fn posix_locales_are_read() {
    for (text, language) in [
        ("fr_FR.UTF-8", Fr),
        ("fr", Fr),
        ("fr_CA@euro", Fr),
        ("fr-BE", Fr),
        ("FR_fr", Fr),
        ("de:fr:en", Fr),
        ("en_GB.UTF-8", En),
        ("C", En),
        ("C.UTF-8", En),
        ("POSIX", En),
        ("de_DE.UTF-8", En),
        ("", En),
        ("frr_DE", En),
    ] {
        assert_eq!(Language::from_environment(text), language, "{text:?}");
    }
}

/// The rule of the header in its plainest form, for two languages and well-formed input.
fn naive(ranges: &[(&str, u16)], fallback: Language) -> Language {
    let of = |code: &str| {
        ranges
            .iter()
            .filter(|(tag, _)| *tag == code)
            .map(|(_, q)| *q)
            .max()
    };
    let star = of("*").unwrap_or(0);
    let (en, fr) = (of("en").unwrap_or(star), of("fr").unwrap_or(star));
    let place = |code: &str| {
        ranges
            .iter()
            .position(|(tag, _)| *tag == code)
            .unwrap_or(usize::MAX)
    };
    match en.cmp(&fr) {
        std::cmp::Ordering::Greater => En,
        std::cmp::Ordering::Less => Fr,
        std::cmp::Ordering::Equal if en == 0 => fallback,
        std::cmp::Ordering::Equal => match place("en").cmp(&place("fr")) {
            std::cmp::Ordering::Less => En,
            std::cmp::Ordering::Greater => Fr,
            std::cmp::Ordering::Equal => fallback,
        },
    }
}

proptest! {
    #[test]
    fn any_text_gets_an_answer(header in ".{0,700}", lang in ".{0,40}") {
        prop_assert!(Language::ALL.contains(&Language::negotiate(Some(&header), En)));
        prop_assert!(Language::ALL.contains(&Language::from_environment(&lang)));
    }

    #[test]
    fn agrees_with_the_plain_rule(
        ranges in prop::collection::vec(
            (prop::sample::select(vec!["en", "fr", "de", "*"]), 0_u16..=1000),
            0..6,
        ),
        fallback in prop::sample::select(Language::ALL),
    ) {
        let header = ranges
            .iter()
            .map(|(tag, q)| format!("{tag};q={}.{:03}", q / 1000, q % 1000))
            .collect::<Vec<_>>()
            .join(", ");
        prop_assert_eq!(
            Language::negotiate(Some(&header), fallback),
            naive(&ranges, fallback),
            "{}", header
        );
    }
}
