//! Any file is frames and at most one fault; what is held while they are read is bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::capture::{Content, Decoder, Delivery, Frames, Streams};
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
});
