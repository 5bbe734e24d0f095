//! Any file tells bounded claims, holds bounded bytes, and tells nothing about a patient.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::capture::{Content, Decoder, Frames, Streams};
use wire::identify::{Identifier, IdentifyLimits, Seen, Told};
use wire::limits::StreamLimits;

const STREAMS: StreamLimits = StreamLimits {
    directions_max: 8,
    waiting_bytes_max: 1_024,
    waiting_segments_max: 8,
};

const LIMITS: IdentifyLimits = IdentifyLimits {
    connections_max: 4,
    message_bytes_max: 1_024,
    held_bytes_max: 2_048,
    recent_max: 16,
    again_seconds: 1,
};

fn check(identifier: &Identifier, told: &[Told]) {
    assert!(told.len() <= 256);
    for it in told {
        assert!(!it.value.is_empty() && it.value.chars().count() <= 200);
        assert!(!it.value.contains(char::is_control));
    }
    assert!(identifier.held_bytes() <= LIMITS.held_bytes_max);
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(frames) = Frames::read(bytes) else {
        return;
    };
    let mut decoder = Decoder::new();
    let mut streams = Streams::new(STREAMS);
    let mut identifier = Identifier::new(LIMITS, &[7; 16]);
    let mut last = Seen::default();
    for frame in frames {
        let Ok(frame) = frame else { break };
        let packet = decoder.decode(&frame);
        last = Seen::of(&packet);
        let told = identifier.packet(&packet);
        check(&identifier, &told);
        if let Content::Tcp(flow, segment) = &packet.content {
            for delivered in streams.push(*flow, segment) {
                let told = identifier.delivered(last, &delivered);
                check(&identifier, &told);
            }
        }
    }
    for delivered in streams.finish() {
        let told = identifier.delivered(last, &delivered);
        check(&identifier, &told);
    }
});
