//! Lines as they come, well formed and not.

use super::{FieldId, Names, NamesBuilder, Record, Unreadable, text};
use proptest::prelude::*;

fn names(of: &[&str]) -> Names {
    let mut builder = NamesBuilder::default();
    builder.strip("Event.EventData");
    builder.rename("Event.System.EventID.#text", "EventID");
    of.iter().for_each(|name| {
        builder.ask(name);
    });
    builder.build()
}

/// Each value as `name=raw (kind)`.
fn shown(line: &str) -> Vec<String> {
    let mut record = Record::default();
    record.read(line.as_bytes(), &names(&[])).unwrap();
    let fields = record.fields().iter().map(|field| {
        let name = record.dotted_name(line.as_bytes(), field);
        let raw = String::from_utf8_lossy(field.raw(line.as_bytes())).into_owned();
        format!("{name}={raw} {:?}", field.kind())
    });
    fields.collect()
}

/// The raw values of one name that was asked for.
fn asked(line: &str, name: &str) -> Vec<String> {
    let names = names(&[name, "Image", "EventID"]);
    let wanted: FieldId = names.id(name).unwrap();
    let mut record = Record::default();
    record.read(line.as_bytes(), &names).unwrap();
    let fields = record
        .fields()
        .iter()
        .filter(|field| names.fields_at(field.node()).contains(&wanted));
    fields
        .map(|field| String::from_utf8_lossy(field.raw(line.as_bytes())).into_owned())
        .collect()
}

#[test]
fn every_kind_of_value_is_found() {
    let line = r#" {"a":"x","b":-1.5e3,"c":true,"d":null,"e":{},"f":[], "g" : { "h" : [1, {"i":"j"}, [2]] } } "#;
    assert_eq!(
        shown(line),
        [
            "a=x Text",
            "b=-1.5e3 Number",
            "c=true Bool",
            "d=null Null",
            "e= Object",
            "f= Array",
            "g= Object",
            "g.h= Array",
            "g.h=1 Number",
            "g.h= Object",
            "g.h.i=j Text",
            "g.h= Array",
            "g.h=2 Number",
        ]
    );
    assert_eq!(shown("{}"), Vec::<String>::new());
    assert_eq!(shown("\u{feff}{\"a\":1}"), ["a=1 Number"]);
}

#[test]
fn quotes_and_backslashes_end_texts_where_they_should() {
    assert_eq!(
        shown(r#"{"a":"x\\","b":"\"","c\"d":"\\\"","e":"\\\\"}"#),
        [
            "a=x\\\\ Text",
            "b=\\\" Text",
            "c\"d=\\\\\\\" Text",
            "e=\\\\\\\\ Text"
        ]
    );
}

#[test]
fn names_are_found_in_every_shape() {
    for (line, name) in [
        (r#"{"Image":"v"}"#, "Image"),
        (r#"{"Im\u0061ge":"v"}"#, "Image"),
        (r#"{"Event":{"EventData":{"Image":"v"}}}"#, "Image"),
        (r#"{"Event.EventData.Image":"v"}"#, "Image"),
        (r#"{"Event":{"EventData.Image":"v"}}"#, "Image"),
        (
            r#"{"Event":{"EventData":{"Image":"v"}}}"#,
            "Event.EventData.Image",
        ),
        (
            r##"{"Event":{"System":{"EventID":{"#text":"v"}}}}"##,
            "EventID",
        ),
        (
            r#"{"Event":{"EventData":{"Source Name":"v"}}}"#,
            "SourceName",
        ),
        (r#"{"id.orig_h":"v"}"#, "id.orig_h"),
        (r#"{"id":{"orig_h":"v"}}"#, "id.orig_h"),
        (r#"{"id":[{"orig_h":"v"}]}"#, "id.orig_h"),
        (r#"{"a":[["v"]]}"#, "a"),
    ] {
        let found = asked(line, name);
        assert_eq!(
            found.last().map(String::as_str),
            Some("v"),
            "{name} in {line}"
        );
    }
    for (line, name) in [
        (r#"{"image":"v"}"#, "Image"),
        (r#"{"Other":{"Image":"v"}}"#, "Image"),
        (r#"{"Event":{"Other":{"Image":"v"}}}"#, "Image"),
    ] {
        assert_eq!(asked(line, name), Vec::<String>::new(), "{name} in {line}");
    }
}

#[test]
fn what_is_no_object_is_unreadable() {
    let mut record = Record::default();
    let names = names(&[]);
    for line in [
        "",
        " ",
        "x",
        "[]",
        "\"a\"",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":tru}",
        "{\"a\":1}}",
        "{\"a\":[1}",
        "{\"a\":{\"b\":1]}",
        "{\"a\":\"x}",
        "{\"a\":\"x\\\"}",
        "{\"a\":1} {",
        "{\"a\":[1,]}",
        "{\"a\":+1}",
    ] {
        let read = record.read(line.as_bytes(), &names);
        assert!(matches!(read, Err(Unreadable::Malformed { .. })), "{line}");
        assert!(record.fields().is_empty(), "{line}");
    }
}

#[test]
fn limits_are_values() {
    let mut record = Record::default();
    let names = names(&[]);
    let deep = format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40));
    assert_eq!(
        record.read(deep.as_bytes(), &names),
        Err(Unreadable::TooDeep)
    );
    let lists = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(
        record.read(lists.as_bytes(), &names),
        Err(Unreadable::TooDeep)
    );
    let wide = format!("{{\"a\":[{}1]}}", "1,".repeat(9_000));
    assert_eq!(
        record.read(wide.as_bytes(), &names),
        Err(Unreadable::TooManyFields)
    );
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(5 * 1024 * 1024));
    assert_eq!(
        record.read(long.as_bytes(), &names),
        Err(Unreadable::TooLong)
    );
}

#[test]
fn escapes_are_resolved() {
    let mut out = Vec::new();
    for (raw, plain) in [
        (r"C:\\Windows", r"C:\Windows"),
        (r#"\"\/\b\f\n\r\t"#, "\"/\u{8}\u{c}\n\r\t"),
        (r"\u0041\u00e9\u20AC", "Aé€"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83dx", "\u{fffd}x"),
        (r"\x\u12g4\", r"\x\u12g4\"),
    ] {
        text::unescape(raw.as_bytes(), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), plain, "{raw}");
    }
}

#[test]
fn letters_fold_but_never_into_ascii() {
    assert_eq!(
        text::folded("ÉCOLE Straße".as_bytes()),
        "école straße".as_bytes()
    );
    assert_eq!(text::folded("\u{212a}".as_bytes()), "\u{212a}".as_bytes());
    assert_eq!(text::folded(b"A\xffB"), b"a\xffb");
}

#[test]
fn whole_numbers_have_one_form() {
    for (raw, canonical) in [
        ("4688.0", Some("4688")),
        ("4.688e3", Some("4688")),
        ("4688", None),
        ("1.5", None),
        ("1e300", None),
    ] {
        assert_eq!(
            text::canonical_number(raw.as_bytes()).as_deref(),
            canonical,
            "{raw}"
        );
    }
}

proptest! {
    /// What a JSON writer writes is read with the same values as a full parser reads.
    #[test]
    fn agrees_with_a_full_parser(
        pairs in proptest::collection::btree_map("[a-z]{1,4}", "\\PC{0,12}", 0..6)
    ) {
        let line = serde_json::to_string(&pairs).unwrap();
        let mut record = Record::default();
        record.read(line.as_bytes(), &names(&[])).unwrap();
        let mut plain = Vec::new();
        let read: Vec<(String, String)> = record.fields().iter().map(|field| {
            text::unescape(field.raw(line.as_bytes()), &mut plain);
            let name = record.dotted_name(line.as_bytes(), field);
            (name, String::from_utf8_lossy(&plain).into_owned())
        }).collect();
        let wanted: Vec<(String, String)> = pairs.into_iter().collect();
        prop_assert_eq!(read, wanted);
    }

    /// Any bytes are read or refused; a line that a full parser reads as an object is not refused.
    #[test]
    fn never_panics(line in "[\\[\\]{}:,\"\\\\a1 ]{0,40}") {
        let mut record = Record::default();
        let read = record.read(line.as_bytes(), &names(&["a"]));
        if serde_json::from_str::<serde_json::Value>(&line).is_ok_and(|value| value.is_object()) {
            prop_assert_eq!(read, Ok(()));
        }
    }
}
