use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::logs::files::Failing;

/// What was cut: where, how much of it was given, and how long it is.
fn all(bytes: &[u8], at: u64) -> Vec<(u64, Vec<u8>, u64)> {
    let mut lines = Lines::new(Cursor::new(bytes), at);
    let mut found = Vec::new();
    let told = |cut: Cut<'_>| match cut {
        Cut::Line { at, line } => (at, line.to_vec(), u64::try_from(line.len()).unwrap()),
        Cut::TooLong {
            at,
            head,
            line_bytes,
        } => (at, head, line_bytes),
        Cut::End | Cut::Broken(_) => panic!("no line"),
    };
    loop {
        match lines.next() {
            Cut::End => break,
            cut => found.push(told(cut)),
        }
    }
    found.extend(lines.rest().map(told));
    assert_eq!(lines.at(), at + u64::try_from(bytes.len()).unwrap());
    found
}

#[test]
fn a_line_that_is_too_long_is_told_and_passed() {
    let long = vec![b'x'; 3 * LINE_BYTES_MAX + 7];
    let bytes = [b"a\n".as_slice(), &long, b"\nb\n", &long].concat();
    let told = all(&bytes, 10);
    let long_bytes = u64::try_from(long.len()).unwrap();
    let head = vec![b'x'; LOG_UNREAD_BYTES_MAX];
    let meant = [
        (10, b"a".to_vec(), 1),
        (12, head.clone(), long_bytes),
        (13 + long_bytes, b"b".to_vec(), 1),
        (15 + long_bytes, head, long_bytes),
    ];
    assert_eq!(told, meant);
}

#[test]
fn memory_stays_bounded_whatever_the_line() {
    let endless = io::repeat(b'x').take(200 << 20);
    let mut lines = Lines::new(endless, 0);
    assert!(matches!(lines.next(), Cut::End));
    assert!(lines.buffer.len() <= LINE_BYTES_MAX + 4 * LOG_READ_BYTES);
    let Some(Cut::TooLong { line_bytes, .. }) = lines.rest() else {
        panic!("not told")
    };
    assert_eq!(line_bytes, 200 << 20);
}

#[test]
fn what_breaks_behind_a_block_is_told_behind_it() {
    let objects = "{\"a\":1}\n".repeat(LOG_BLOCK_BYTES_MIN);
    let breaks = Failing(Some(io::Error::other("torn")));
    let mut lines = Lines::new(Cursor::new(&objects).chain(breaks), 0);
    let (at, (bytes, from, to)) = lines.objects(Vec::new).unwrap();
    assert_eq!((at, &bytes[from..to]), (0, objects.as_bytes()));
    // Looking for the next block finds nothing, and does not lose why.
    assert!(lines.objects(Vec::new).is_none());
    let Cut::Broken(error) = lines.next() else {
        panic!("not told")
    };
    assert_eq!(error.to_string(), "torn");
    assert_eq!(lines.at(), u64::try_from(objects.len()).unwrap());
    assert!(matches!(lines.next(), Cut::End) && lines.rest().is_none());
}

proptest! {
    #[test]
    fn lines_are_those_of_a_naive_split(lines in prop::collection::vec("[a-c\r]{0,5}", 0..40), ends: bool) {
        let mut text = lines.join("\n");
        if ends && !text.is_empty() {
            text.push('\n');
        }
        let told: Vec<Vec<u8>> = all(text.as_bytes(), 0).into_iter().map(|(_, line, _)| line).collect();
        let mut meant: Vec<Vec<u8>> = text.split('\n').map(|line| line.as_bytes().to_vec()).collect();
        if meant.last().is_some_and(Vec::is_empty) {
            meant.pop();
        }
        prop_assert_eq!(told, meant);
    }
}
