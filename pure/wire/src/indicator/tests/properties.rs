//! Any bytes give a list within its bounds, and what is understood has its normal form.

use proptest::prelude::*;

use crate::indicator::{NotUnderstood, read, recognise};

/// Texts that are near to values, lists and patterns.
fn near() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "198.51.100.7",
        "evil.example",
        "http://",
        "hxxp",
        "[.]",
        "/",
        ":",
        "@",
        "'",
        "\"",
        ",",
        ";",
        "\n",
        " ",
        "[",
        "]",
        "(",
        ")",
        "=",
        " OR ",
        " AND ",
        "{",
        "}",
        "\\",
        "\"objects\"",
        "\"type\"",
        "\"indicator\"",
        "\"pattern\"",
        "\"Attribute\"",
        "\"value\"",
        "value",
        "ip",
        "url:value",
        "file:hashes.MD5",
        "d41d8cd98f00b204e9800998ecf8427e",
        "é",
        "\u{0}",
        "#",
        "*.",
        "24",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_are_a_surprise(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let list = read(&bytes, "x");
        let told = list.not_understood.len();
        prop_assert!(u64::try_from(told).unwrap() <= list.not_understood_total);
    }

    #[test]
    fn what_is_understood_is_normal(text in near()) {
        let list = read(text.as_bytes(), "x");
        for indicator in &list.indicators {
            let again = recognise(&indicator.value);
            prop_assert_eq!(again, Ok((indicator.kind, indicator.value.clone())));
        }
        let is_short = |entry: &NotUnderstood| entry.text.chars().count() <= 200;
        prop_assert!(list.not_understood.iter().all(is_short));
        crate::indicator::pattern::read(&text);
    }

    #[test]
    fn a_pattern_of_one_value_gives_it(octets in any::<[u8; 4]>()) {
        let address = std::net::Ipv4Addr::from(octets).to_string();
        let (values, beyond) = crate::indicator::pattern::read(&format!("[ipv4-addr:value = '{address}']"));
        prop_assert_eq!(values, vec![(crate::indicator::Kind::Address, address)]);
        prop_assert_eq!(beyond, vec![]);
    }
}
