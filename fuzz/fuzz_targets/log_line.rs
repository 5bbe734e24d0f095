//! Any bytes are lines that are told or unreadable; what is told is one JSON object each, and the
//! messages of a connection keep their bounds.
#![no_main]

use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use wire::log::{Format, Framed, Frames, Reader, Terms, Told};

const MESSAGE_BYTES_MAX: usize = 4_096;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let forced = Format::ALL.get(usize::from(*first)).copied();
    read(forced, rest.split(|byte| *byte == b'\n'));

    let mut frames = Frames::new(MESSAGE_BYTES_MAX);
    let mut messages = Vec::new();
    for chunk in rest.chunks(97) {
        frames.push(chunk);
        while let Some(framed) = frames.next() {
            let (Framed::Message(message) | Framed::TooLong(message)) = framed;
            assert!(message.len() <= MESSAGE_BYTES_MAX);
            messages.push(message);
        }
    }
    read(None, messages.iter().map(Vec::as_slice));
});

fn read<'l>(format: Option<Format>, lines: impl Iterator<Item = &'l [u8]>) {
    let mut reader = Reader::new(Terms {
        format,
        name: "conn.log".to_owned(),
        zone: TimeZone::UTC,
        reference_us: 1_795_694_400_000_000,
    });
    let mut check = |_, told: Told<'_>| {
        if let Told::Record(record) = told {
            let read: Result<serde::de::IgnoredAny, _> = serde_json::from_slice(&record.json);
            assert!(read.is_ok() && record.json.first() == Some(&b'{'));
        }
    };
    for (at, line) in (0..).zip(lines) {
        reader.line(at, line, &mut check);
    }
    reader.finish(&mut check);
}
