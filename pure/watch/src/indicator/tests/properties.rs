//! The matcher against a naive one that shares nothing with it but the shapes, and any bytes.

use std::collections::BTreeSet;
use std::net::IpAddr;

use proptest::prelude::*;

use crate::indicator::{Indicator, Indicators, Kind, Observable, Observer};

/// Whether a value is the one looked for, by comparison of texts and bits.
fn is_naively_met(indicator: &Indicator, value: Observable<'_>) -> bool {
    let text = value.to_string();
    match (indicator.kind, value) {
        (Kind::Address, Observable::Address(_)) => text == indicator.value,
        (Kind::Network, Observable::Address(_)) => {
            let (first, bits) = indicator.value.split_once('/').unwrap();
            let bits: usize = bits.parse().unwrap();
            let binary = |text: &str| match text.parse::<IpAddr>().unwrap() {
                IpAddr::V4(address) => format!("{:032b}", address.to_bits()),
                IpAddr::V6(address) => format!("{:0128b}", address.to_bits()),
            };
            let (one, other) = (binary(first), binary(&text));
            one.len() == other.len() && one.chars().take(bits).eq(other.chars().take(bits))
        }
        (Kind::Domain, Observable::Domain(_)) => {
            text == indicator.value || text.ends_with(&format!(".{}", indicator.value))
        }
        (Kind::Hash, Observable::Hash(_)) | (Kind::Mail, Observable::Mail(_)) => {
            text == indicator.value
        }
        (Kind::Url, Observable::Url(_)) => {
            let plain = indicator
                .value
                .trim_start_matches("https://")
                .trim_start_matches("http://");
            text == plain
        }
        _ => false,
    }
}

fn values() -> impl Strategy<Value = String> {
    let octet = || prop::sample::select(vec![7_u8, 8, 129]);
    prop_oneof![
        [octet(), octet(), octet(), octet()].prop_map(|[a, b, c, d]| format!("{a}.{b}.{c}.{d}")),
        (octet(), octet()).prop_map(|(a, b)| format!("2001:db8:{a:x}::{b:x}")),
        "[a-c]{1,2}\\.[a-c]{1,2}\\.(ab|cd)",
        "[a-c]\\.(ab|cd)",
        "[a-b]@[a-c]\\.(ab|cd)",
        "https?://[a-c]\\.(ab|cd)/[a-b]{0,2}",
        "[a-b]{32}",
    ]
}

fn indicator() -> impl Strategy<Value = Indicator> {
    (values(), 8_u8..32).prop_map(|(value, bits)| {
        let is_address = value.parse::<IpAddr>().is_ok();
        let kind = match &value {
            value if is_address && bits % 2 == 0 && value.contains('.') => {
                return Indicator::new(Kind::Network, &format!("{value}/{bits}"));
            }
            _ if is_address => Kind::Address,
            value if value.contains("://") => Kind::Url,
            value if value.contains('@') => Kind::Mail,
            value if value.contains('.') => Kind::Domain,
            _ => Kind::Hash,
        };
        Indicator::new(kind, &value)
    })
}

proptest! {
    #[test]
    fn the_same_as_a_naive_one(
        list in prop::collection::vec(indicator(), 0..20),
        texts in prop::collection::vec((values(), values(), any::<bool>()), 0..6),
    ) {
        let fields = texts.iter().enumerate().map(|(number, (one, other, is_joined))| {
            let text = if *is_joined { format!("{one} {other}") } else { one.clone() };
            (format!("f{number}"), serde_json::Value::String(text))
        });
        let line = serde_json::to_vec(&fields.collect::<serde_json::Map<_, _>>()).unwrap();
        let mut observer = Observer::default();
        let mut naive = BTreeSet::new();
        observer.observe(&line, |_, value| {
            let met = list.iter().enumerate().filter(|(_, one)| is_naively_met(one, value));
            naive.extend(met.map(|(number, _)| number));
        }).unwrap();
        // Whatever stands alone in a field is observed as its shape.
        for (one, _, _) in &texts {
            let line = serde_json::to_vec(&serde_json::json!({"x": one})).unwrap();
            let mut count = 0;
            observer.observe(&line, |_, _| count += 1).unwrap();
            prop_assert!(count > 0, "{}", one);
        }
        let (indicators, unusable) = Indicators::new(list.clone());
        prop_assert_eq!(unusable, vec![]);
        let matches = indicators.matches(&mut observer, &line).unwrap();
        let found: BTreeSet<usize> = matches
            .matched
            .iter()
            .map(|one| list.iter().position(|known| std::ptr::eq(known, one.indicator) || known == one.indicator).unwrap())
            .collect();
        let naive_first: BTreeSet<usize> = naive
            .iter()
            .map(|number| list.iter().position(|known| *known == list[*number]).unwrap())
            .collect();
        prop_assert_eq!(found, naive_first);
        prop_assert_eq!(matches.total, naive.len());
    }

    #[test]
    fn what_is_looked_for_covers_what_is_met(value in values(), indicator in indicator()) {
        let line = serde_json::to_vec(&serde_json::json!({"x": value})).unwrap();
        let (indicators, _) = Indicators::new(vec![indicator]);
        let mut observer = Observer::default();
        let is_met = indicators.is_met(&mut observer, &line).unwrap();
        let mut is_covered = false;
        observer.observe(&line, |_, value| {
            is_covered |= match value {
                Observable::Address(address) => indicators
                    .ranges()
                    .any(|(first, last)| (first..=last).contains(&address)),
                Observable::Domain(name) => Observable::above(name)
                    .any(|name| indicators.texts().any(|text| text == Observable::Domain(name))),
                other => indicators.texts().any(|text| text == other),
            };
        }).unwrap();
        prop_assert_eq!(is_met, is_covered);
    }

    #[test]
    fn no_bytes_are_a_surprise(bytes in prop::collection::vec(any::<u8>(), 0..200), list in prop::collection::vec(indicator(), 0..4)) {
        let (indicators, _) = Indicators::new(list);
        let mut line = b"{\"x\":\"".to_vec();
        line.extend(bytes.iter().filter(|byte| !matches!(byte, b'"' | b'\\')));
        line.extend_from_slice(b"\"}");
        let mut observer = Observer::default();
        let read = indicators.matches(&mut observer, &line);
        prop_assert!(read.is_ok());
        // Raw bytes are a line or none, and either is an answer.
        let is_object = bytes.trim_ascii_start().first() == Some(&b'{') || bytes.starts_with(b"\xef");
        let raw = indicators.is_met(&mut observer, &bytes);
        prop_assert!(raw.is_err() || is_object);
    }
}
