use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::*;

fn members(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    object(bytes, |key, value| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        found.push((text(key), text(value)));
    })?;
    Some(found)
}

#[test]
fn members_are_told_as_written() {
    let line = br#" { "a" : [1, {"b":"}"}] ,"c\n":"\u00e9\\\"x","d":{},"e":-1.5e+3,"f":null} "#;
    let told = members(line).unwrap();
    let expected = [
        ("a", r#"[1, {"b":"}"}]"#),
        (r"c\n", r#""\u00e9\\\"x""#),
        ("d", "{}"),
        ("e", "-1.5e+3"),
        ("f", "null"),
    ];
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    assert_eq!(told, expected);
    assert_eq!(members(b"{}"), Some(Vec::new()));
}

#[test]
fn what_is_no_object_is_refused() {
    for bad in [
        "",
        "[]",
        "1",
        "{",
        "{}x",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":1e}",
        "{\"a\":tru}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":[1,]}",
        "{\"a\":[1}",
        "{\"a\":{\"b\":1]}",
        "{'a':1}",
    ] {
        assert_eq!(members(bad.as_bytes()), None, "{bad}");
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let most = usize::try_from(LOG_DEPTH_MAX).unwrap();
    assert!(members(nested(most).as_bytes()).is_some());
    assert_eq!(members(nested(most + 1).as_bytes()), None);
    assert_eq!(members("{\"a\":".repeat(200_000).as_bytes()), None);
}

#[test]
fn numbers_and_texts_are_read() {
    assert_eq!(text(br#""a\tb""#).as_deref(), Some("a\tb"));
    assert_eq!(text(b"1"), None);
    assert_eq!(integer(b"-7"), Some(-7));
    assert_eq!(integer(br#""7""#), Some(7));
    assert_eq!(integer(b"7.0"), None);
    assert!(is_number(b"-0.5E-9") && !is_number(b"inf") && !is_number(b"1 "));
}

#[test]
fn words_are_looked_at_as_their_bytes_are() {
    for byte in 0..=u8::MAX {
        for at in 0..8 {
            let mut bytes = *b"12345678";
            bytes[at] = byte;
            let word = u64::from_le_bytes(bytes);
            let first = |mask: u64| usize::try_from(mask.trailing_zeros() / 8).unwrap();
            let digit = if byte.is_ascii_digit() { 8 } else { at };
            assert_eq!(first(non_digits(word)), digit, "{bytes:?}");
            let is_special = matches!(byte, b'"' | b'\\' | 0..0x20);
            let special = if is_special { at } else { 8 };
            assert_eq!(first(specials(word)), special, "{bytes:?}");
        }
    }
}

/// Pieces that make damaged JSON likely to be nearly right.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"a\"", "\"", "\\", "\\u00e9", "é", "1", "-0.5e3", "true",
        "null", " ", "0", ".", "e", "\n", "\u{1f}",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| format!("{{{}}}", pieces.concat()))
}

proptest! {
    /// The naive twin is a full JSON reader.
    #[test]
    fn the_same_is_refused_as_by_a_full_reader(line in pieces()) {
        let full = serde_json::from_str::<IgnoredAny>(&line).is_ok();
        prop_assert_eq!(members(line.as_bytes()).is_some(), full, "{}", line);
    }

    #[test]
    fn whatever_is_written_is_read(map: std::collections::BTreeMap<String, (String, i64, Option<bool>)>) {
        let line = serde_json::to_vec(&map).unwrap();
        let mut read = std::collections::BTreeMap::new();
        object(&line, |key, value| {
            let key: String = serde_json::from_slice(&[b"\"", key, b"\""].concat()).unwrap();
            read.insert(key, serde_json::from_slice(value).unwrap());
        }).unwrap();
        prop_assert_eq!(read, map);
    }
}
