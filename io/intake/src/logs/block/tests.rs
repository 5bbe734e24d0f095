use std::fmt::Write as _;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use wire::log::Naming;

use super::*;
use crate::limits::{LOG_BLOCK_BYTES, LOG_BLOCK_BYTES_MIN};
use crate::logs::{Piece, Progress, Settings, read, read_pieces};

/// An entry as text, with everything that it says.
fn shown(source: &str, entry: &Entry<'_>) -> String {
    match entry {
        Entry::Event(it) => format!(
            "{source} {} {:?} {} {:?} {:?} {}",
            it.at,
            it.format,
            it.kind,
            it.time_us,
            it.host,
            String::from_utf8_lossy(it.json)
        ),
        Entry::Unread(it) => format!(
            "{source} {} {} {} {}",
            it.at,
            it.fault.code(),
            it.line_bytes,
            String::from_utf8_lossy(it.head)
        ),
    }
}

fn whole(path: &Path) -> (Vec<String>, Progress) {
    let mut told = Vec::new();
    let paths = [path.to_owned()];
    let progress = read(&paths, &Settings::default(), &mut |batch, _| {
        told.extend(batch.iter().map(|entry| shown(batch.source(), &entry)));
        ControlFlow::Continue(())
    });
    (told, progress)
}

/// Everybody's values are asked for, as if all had one name.
#[derive(Debug)]
struct All;

impl Naming for All {
    fn outermost(&self) -> u32 {
        0
    }

    fn member(&self, _: u32, _: &[u8]) -> (u32, bool) {
        (1, true)
    }
}

/// The same in pieces, and how many of them were blocks.
fn in_pieces(path: &Path) -> (Vec<String>, Progress, usize) {
    let (mut told, mut blocks, mut counted) = (Vec::new(), 0, Counts::default());
    let mut outline = Some(Outline::new(Arc::new(All)));
    let paths: [PathBuf; 1] = [path.to_owned()];
    let mut progress = read_pieces(&paths, &Settings::default(), &mut |piece, _| {
        match piece {
            Piece::Batch(batch) => {
                told.extend(batch.iter().map(|entry| shown(batch.source(), &entry)));
            }
            Piece::Block(block) => {
                blocks += 1;
                let counts = block.read(&mut outline, &mut |entry| {
                    if let Entry::Event(event) = &entry {
                        let values = event.values.unwrap();
                        // No value of its own name, and some of the line.
                        assert!(values.iter().all(|value| value.name == 1) && !values.is_empty());
                    }
                    told.push(shown(block.source(), &entry));
                });
                assert!(outline.is_some());
                counted.lines += counts.lines;
                counted.events += counts.events;
                counted.unread += counts.unread;
            }
        }
        ControlFlow::Continue(())
    });
    progress.lines += counted.lines;
    progress.events += counted.events;
    progress.unread += counted.unread;
    (told, progress, blocks)
}

/// Reading in pieces is the same as reading; gives how many of them were blocks.
fn check(text: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("conn.log");
    std::fs::write(&path, text).unwrap();
    let (meant, progress) = whole(&path);
    let (told, progress_in_pieces, blocks) = in_pieces(&path);
    assert_eq!(told, meant);
    assert_eq!(progress_in_pieces, progress);
    blocks
}

fn object(number: usize) -> String {
    format!("{{\"ts\":{number}.5,\"uid\":\"C{number}\",\"conn_state\":\"SF\"}}\n")
}

#[test]
fn objects_are_cut_and_other_lines_are_read_in_their_order() {
    let objects = |count: usize| (0..count).map(object).collect::<String>();
    // About fifty bytes each: more than one block, and the last line has no end.
    let many = objects(4 * LOG_BLOCK_BYTES / 50);
    assert!(check(&many) > 2);
    assert!(check(many.trim_end()) > 1);
    assert_eq!(check(&objects(3)), 1);
    assert_eq!(check(objects(3).trim_end()), 0);
    assert_eq!(check(""), 0);
    // Lines that belong together and end behind the objects.
    let audit = "type=SYSCALL msg=audit(1700000000.123:42): arch=c000003e syscall=59 success=yes\n";
    let eoe = "type=EOE msg=audit(1700000000.123:42):\n";
    let header = "#separator \\x09\n#path\tdns\n#fields\tts\tuid\n#types\ttime\tstring\n";
    let mut mixed = String::new();
    for part in [
        header,
        &many,
        audit,
        &many,
        "1.5\tC1\n{broken}\n",
        eoe,
        &many,
        "no event\n",
    ] {
        mixed.push_str(part);
    }
    assert!(check(&mixed) > 4);
}

#[test]
fn a_line_that_is_too_long_is_told_between_blocks() {
    let mut text: String = (0..2_000).map(object).collect();
    let long = "x".repeat(wire::log::LINE_BYTES_MAX);
    write!(text, "{{\"a\":\"{long}\"}}\n{}", object(1)).unwrap();
    text.push_str(&(0..2_000).map(object).collect::<String>());
    assert!(check(&text) > 1);
}

#[test]
fn few_objects_between_other_lines_are_no_block() {
    let mut text = String::new();
    for number in 0..3_000 {
        text.push_str(&object(number));
        text.push_str("<13>1 2026-11-26T08:03:13Z host app - - - said\n");
    }
    assert_eq!(check(&text), 0);
}

#[test]
fn memory_is_used_again_and_bounded() {
    let buffers = Buffers::default();
    let terms = Terms {
        format: None,
        name: String::new(),
        zone: jiff::tz::TimeZone::UTC,
        reference_us: 0,
    };
    let origin = Cutting::new("a", &terms, &buffers).origin;
    let block = |bytes| Block::new(&origin, 0, (vec![b' '; bytes], 0, bytes));
    // What was for a long line is not kept.
    drop(block(2 * LOG_BLOCK_BYTES + 1));
    assert_eq!(buffers.0.lock().unwrap().len(), 0);
    drop(block(2 * LOG_BLOCK_BYTES));
    assert_eq!(buffers.take().len(), 2 * LOG_BLOCK_BYTES);
    let blocks: Vec<Block> = (0..2 * LOG_BUFFERS_MAX).map(|_| block(8)).collect();
    drop(blocks);
    assert_eq!(buffers.take().len(), 8);
    assert_eq!(buffers.0.lock().unwrap().len(), LOG_BUFFERS_MAX - 1);
    // What was cut goes with its memory, and the place moves on.
    let text: String = (0..LOG_BLOCK_BYTES_MIN).map(object).collect();
    let mut lines = Lines::new(Cursor::new(text.clone()), 7);
    let (at, (bytes, from, to)) = lines.objects(Vec::new).unwrap();
    assert_eq!((at, &bytes[from..to]), (7, &text.as_bytes()[..to - from]));
    assert_eq!(lines.at(), 7 + u64::try_from(to - from).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn pieces_hold_what_the_whole_holds(parts in prop::collection::vec((0..4_u8, 1..600_usize), 1..8)) {
        let mut text = String::new();
        for (kind, count) in parts {
            for number in 0..count {
                match kind {
                    0 | 1 => text.push_str(&object(number)),
                    2 => text.push_str("<13>1 2026-11-26T08:03:13Z host app - - - said\n"),
                    _ => text.push_str("{\"broken\":\n\n"),
                }
            }
        }
        check(&text);
    }
}
