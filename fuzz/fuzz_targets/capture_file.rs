//! Any file is frames and at most one fault, in pieces too; what is held while they are read is
//! bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::capture::{Content, Decoder, Delivery, Frames, Reader, Step, Streams};
use wire::limits::StreamLimits;

const LIMITS: StreamLimits = StreamLimits {
    directions_max: 4,
    waiting_bytes_max: 1_024,
    waiting_segments_max: 8,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(frames) = Frames::read(bytes) else {
        return;
    };
    let mut decoder = Decoder::new();
    let mut streams = Streams::new(LIMITS);
    let mut ended = false;
    for frame in frames {
        assert!(!ended, "nothing is read after a fault");
        let Ok(frame) = frame else {
            ended = true;
            continue;
        };
        let packet = decoder.decode(&frame);
        let Content::Tcp(flow, segment) = packet.content else {
            continue;
        };
        for told in streams.push(flow, &segment) {
            if let Delivery::Bytes(bytes) = told.delivery {
                assert!(!bytes.is_empty());
            }
        }
        assert!(streams.waiting_bytes() <= LIMITS.directions_max * LIMITS.waiting_bytes_max);
    }
    streams.finish();
    assert_eq!(streams.waiting_bytes(), 0);
    in_pieces(bytes);
});

/// A reader that gets few bytes at a time gives the frames of the whole file.
fn in_pieces(bytes: &[u8]) {
    let (mut reader, mut held) = (Reader::default(), Vec::new());
    let mut whole = Frames::read(bytes).unwrap().filter_map(Result::ok);
    let piece = usize::from(bytes[bytes.len() - 1]) + 1;
    for piece in bytes.chunks(piece) {
        held.extend_from_slice(piece);
        while let Ok(Step::Read(length, frame)) = reader.step(&held) {
            if let Some(frame) = frame {
                assert_eq!(Some(frame), whole.next());
            }
            held.drain(..length);
        }
    }
}
