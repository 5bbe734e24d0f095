//! What is foreseen changes nothing, whatever comes in whatever order.

use proptest::prelude::*;

use super::{Foreseen, Foresight};
use crate::record::{NamesBuilder, Record};

proptest! {
    #[test]
    fn lines_read_the_same_with_and_without(
        lines in proptest::collection::vec(
            proptest::collection::vec(("[a-d]{1,2}(\\.[a-c])?", 0..3), 0..6), 1..20)
    ) {
        let mut names = NamesBuilder::default();
        for name in ["a", "b", "c.a", "a.b", "dd", "ab.c"] {
            names.ask(name);
        }
        names.strip("c");
        let names = names.build();
        let mut foresight = Foresight::default();
        let (mut with, mut without) = (Record::default(), Record::default());
        for keys in &lines {
            let members: Vec<String> = keys.iter().map(|(key, depth)| match depth {
                0 => format!("\"{key}\":1"),
                1 => format!("\"{key}\":{{\"a\":1,\"b\":[{{\"c\":2}}]}}"),
                _ => format!("\"{key}\":[{{\"b\":1}},{{\"b\":2}}]"),
            }).collect();
            let line = format!("{{{}}}", members.join(","));
            let foreseen = Foreseen::next_line(&names, &mut foresight);
            with.read_by(line.as_bytes(), foreseen).unwrap();
            without.read(line.as_bytes(), &names).unwrap();
            prop_assert_eq!(with.fields(), without.fields(), "{}", line);
        }
    }
}

#[test]
fn its_room_is_fixed() {
    let names = NamesBuilder::default().build();
    let mut foresight = Foresight::default();
    let mut record = Record::default();
    for number in 0..30_000 {
        let line = format!("{{\"a{}\":1,\"b{number}\":1,\"c{number}\":1}}", number % 3);
        let foreseen = Foreseen::next_line(&names, &mut foresight);
        record.read_by(line.as_bytes(), foreseen).unwrap();
    }
    for number in 0..30_000_u32 {
        // Three names may start a line, and so on: a tree that would grow without bound.
        let keys: Vec<String> = (0..9)
            .map(|place| format!("\"k{}\":1", number / 3_u32.pow(place) % 3))
            .collect();
        let line = format!("{{{}}}", keys.join(","));
        let foreseen = Foreseen::next_line(&names, &mut foresight);
        record.read_by(line.as_bytes(), foreseen).unwrap();
    }
    assert!(foresight.entries.len() > 1_000);
    assert!(foresight.entries.len() <= super::ENTRIES_MAX);
    assert!(foresight.keys.len() <= super::KEY_BYTES_MAX);
}
