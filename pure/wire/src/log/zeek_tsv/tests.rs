use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const HEADER: [&str; 7] = [
    r"#separator \x09",
    "#set_separator\t,",
    "#empty_field\t(empty)",
    "#unset_field\t-",
    "#path\tconn",
    "#fields\tts\tuid\tid.orig_p\tlocal\tnote\ttags\tcounts",
    "#types\ttime\tstring\tport\tbool\tstring\tset[string]\tvector[count]",
];

fn header() -> Header {
    let mut header = Header::default();
    for line in HEADER {
        header.line(line).unwrap();
    }
    header
}

fn row(header: &Header, line: &str) -> Result<(Value, Option<i64>), Reason> {
    let mut out = Vec::new();
    let record = header.row(line, &mut out)?;
    let time_us = record.time_us;
    Ok((serde_json::from_slice(&record.json).unwrap(), time_us))
}

#[test]
fn a_row_is_what_zeek_writes_as_json() {
    let line = "1591367999.305988\tC1\t443\tT\ta\\x09b\\x5cé\tx,y\\x2cz\t1,2";
    let (value, time_us) = row(&header(), line).unwrap();
    let meant = json!({"_path": "conn", "ts": 1_591_367_999.305_988, "uid": "C1", "id.orig_p": 443,
        "local": true, "note": "a\tb\\é", "tags": ["x", "y,z"], "counts": [1, 2]});
    assert_eq!(value, meant);
    assert_eq!(time_us, Some(1_591_367_999_305_988));
}

#[test]
fn unset_is_left_out_and_empty_is_empty() {
    let (value, time_us) = row(&header(), "-\t-\t-\t-\t(empty)\t(empty)\t-").unwrap();
    assert_eq!(value, json!({"_path": "conn", "note": "", "tags": []}));
    assert_eq!(time_us, None);
}

#[test]
fn what_is_not_of_its_type_is_text() {
    let (value, _) = row(&header(), "inf\tC\thttp\tmaybe\t\\xff\\xzz\t-\t-,x").unwrap();
    let meant = json!({"_path": "conn", "ts": "inf", "uid": "C", "id.orig_p": "http",
        "local": "maybe", "note": "\\xff\\xzz", "counts": [null, "x"]});
    assert_eq!(value, meant);
}

#[test]
fn rows_must_fit_their_header() {
    for (line, reason) in [
        ("1\tC", Reason::Columns),
        ("1\tC\t1\tT\tn\tx\t1\t2", Reason::Columns),
    ] {
        assert_eq!(row(&header(), line), Err(reason), "{line}");
    }
    assert_eq!(row(&Header::default(), "1"), Err(Reason::Header));
    let mut bad = header();
    for line in [
        "#fields\ta\ta",
        "#fields\ta\t\tb",
        "#types\tx",
        "#separator ",
        "#what",
    ] {
        assert_eq!(bad.line(line), Err(Reason::Header), "{line}");
    }
}

#[test]
fn another_separator_is_followed() {
    let mut header = Header::default();
    for line in [
        r"#separator |",
        "#set_separator|;",
        "#fields|a|b",
        "#types|set[int]|string",
    ] {
        header.line(line).unwrap();
    }
    let (value, _) = row(&header, "1;-2|x,y").unwrap();
    assert_eq!(value, json!({"a": [1, -2], "b": "x,y"}));
}

/// Writes a text as Zeek does in a table.
fn escaped(text: &str) -> String {
    let mut written = String::new();
    for character in text.chars() {
        let is_plain = !character.is_control() && !"\\,".contains(character);
        if is_plain {
            written.push(character);
        } else {
            let mut buffer = [0; 4];
            for byte in character.encode_utf8(&mut buffer).bytes() {
                written.push_str(&format!("\\x{byte:02x}"));
            }
        }
    }
    match written.as_str() {
        "" => "(empty)".into(),
        "-" => r"\x2d".into(),
        "(empty)" => r"\x28empty)".into(),
        _ => written,
    }
}

proptest! {
    #[test]
    fn a_table_comes_back_whole(note: String, tags in prop::collection::vec("\\PC{1,8}", 1..4), port: u16, us in 0_i64..4_102_444_800_000_000) {
        let tags_written: Vec<String> = tags.iter().map(|tag| escaped(tag)).collect();
        let line = format!("{}.{:06}\tC\t{port}\tF\t{}\t{}\t0", us / 1_000_000, us % 1_000_000, escaped(&note), tags_written.join(","));
        let (value, time_us) = row(&header(), &line).unwrap();
        prop_assert_eq!(&value["note"], &json!(note));
        prop_assert_eq!(&value["tags"], &json!(tags));
        prop_assert_eq!(&value["id.orig_p"], &json!(port));
        prop_assert_eq!(time_us, Some(us));
    }
}
